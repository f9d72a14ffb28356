"""The report as a reader meets it: by eye, by keyboard, by screen reader, on a phone."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from pipelines.settings import ROOT
from tests import feeds, result_sources
from tests.browser.conftest import OpenPage
from tests.browser.test_marks import point
from tests.marts import mixture
from tests.published import publish_report, write_report

CASE = "case-glm51-h200x8-vllm-001"
ROWS = "#claims tbody tr"
WIDTHS = pytest.mark.parametrize("width", [390, 1600])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def column(page: Page, position: int) -> list[str]:
    return page.locator(f"{ROWS} > :nth-child({position})").all_inner_texts()


@WIDTHS
def test_every_chart_has_marks_and_no_label_is_cut(
    open_page: OpenPage, published: Path, width: int
) -> None:
    page = open_page(published, width)
    charts = page.locator("[data-plot]").all()
    assert len(charts) == 5
    for chart in charts:
        name = chart.get_attribute("data-plot")
        assert chart.locator(".mark").count() > 0, name
        assert chart.locator(".axis text").count() > 2, name
        alternative = chart.locator("xpath=parent::*[@role='img']").get_attribute("aria-label")
        assert len(alternative or "") > 40
        cut = chart.evaluate(
            """chart => {
                const box = chart.getBoundingClientRect();
                return [...chart.querySelectorAll("svg text")]
                    .filter(text => {
                        const inner = text.getBoundingClientRect();
                        return inner.left < box.left - 1 || inner.right > box.right + 1
                            || inner.top < box.top - 1 || inner.bottom > box.bottom + 1;
                    })
                    .map(text => text.textContent);
            }"""
        )
        assert (name, cut) == (name, [])
        titles = chart.locator("text.title").all_text_contents()
        assert titles
        assert not [title for title in titles if "_" in title]


@WIDTHS
def test_every_mark_lies_inside_its_chart(open_page: OpenPage, mixed: Path, width: int) -> None:
    page = open_page(mixed, width)
    for chart in page.locator("[data-plot]:visible").all():
        outside = chart.evaluate(
            """chart => {
                const svg = chart.querySelector("svg");
                const [width, height] = [svg.clientWidth, svg.clientHeight];
                return [...svg.querySelectorAll(".mark, .line, .box *")].filter(mark => {
                    const { x, y, width: wide, height: high } = mark.getBBox();
                    return x < 0 || y < 0 || x + wide > width + 1 || y + high > height + 1;
                }).length;
            }"""
        )
        assert (chart.get_attribute("data-plot"), outside) == (
            chart.get_attribute("data-plot"),
            0,
        )


@WIDTHS
@THEMES
def test_axe_finds_nothing(open_page: OpenPage, published: Path, width: int, theme: str) -> None:
    page = open_page(published, width, theme, f"#{CASE}")
    found = [
        (violation["id"], violation["impact"], [node["html"] for node in violation["nodes"][:3]])
        for violation in Axe().run(page).response["violations"]
    ]
    assert found == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1600])
def test_the_page_never_scrolls_sideways(open_page: OpenPage, published: Path, width: int) -> None:
    page = open_page(published, width, at=f"#{CASE}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    wide = page.locator(".scroll").filter(has=page.locator("#claims"))
    assert ("wider" in (wide.get_attribute("class") or "")) == (width < 1280)
    expect(page.get_by_text("it scrolls sideways").first).to_be_visible(visible=width < 1280)
    for table in page.locator(".few").all():
        assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")


@pytest.mark.parametrize("width", [320, 390, 1600])
def test_every_verdict_has_its_marks_and_room(open_page: OpenPage, mixed: Path, width: int) -> None:
    page = open_page(mixed, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for table in page.locator(".few").all():
        assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    efficiency = page.locator("[data-plot=efficiency]")
    for verdict in ("plausible", "implausible", "impossible"):
        assert efficiency.locator(f".mark.{verdict}").count() > 0
    page.locator("#filter-verdict").select_option("not judged")
    assert set(column(page, 6)) == {"not judged"}


def test_sorting_reorders_the_cases(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    before = column(page, 10)
    head = page.locator("#claims th", has_text="Efficiency")
    for order, reverse in (("descending", True), ("ascending", False)):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        values = [float(text) for text in column(page, 10)]
        assert values == sorted(values, reverse=reverse)
    assert column(page, 10) != before
    page.locator("#claims th", has_text="Model").get_by_role("button").click()
    expect(head).not_to_have_attribute("aria-sort", "ascending")
    names = column(page, 3)
    assert names == sorted(names, key=str.lower)


def test_filters_search_all_cases_and_the_address_keeps_them(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published)
    page.locator("#filter-verdict").select_option("impossible")
    cases = pl.read_parquet(published.parent / "mart_case_metrics.parquet")
    impossible = cases.filter(pl.col("error_count") > 0).height
    expect(page.locator("#count")).to_have_text(f"{impossible} of {cases.height} cases")
    assert set(column(page, 6)) == {"impossible"}
    page.get_by_label("Find").fill("kimi")
    expect(page.locator("#count")).to_have_text("1 of 22 cases")
    page.get_by_label("Find").fill("  VLLM  glm-5.1 ")
    expect(page.locator("#count")).to_have_text("2 of 22 cases")
    page.wait_for_function("location.hash.includes('glm-5.1')")
    again = open_page(published, at=page.evaluate("location.hash"))
    expect(again.locator("#count")).to_have_text("2 of 22 cases")
    expect(again.locator("#filter-verdict")).to_have_value("impossible")
    page.get_by_label("Find").fill("no such case")
    expect(page.get_by_text("No case fits")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator("#count")).to_have_text("22 of 22 cases")
    expect(page.get_by_text("No case fits")).to_be_hidden()
    page.locator("#filter-hardware").select_option(label="AMD Instinct MI300X")
    expect(page.locator("#count")).to_have_text("1 of 22 cases")


def test_many_cases_come_a_page_at_a_time_and_all_are_searched(
    open_page: OpenPage, many: Path
) -> None:
    page = open_page(many)
    assert page.locator(ROWS).count() == 50
    expect(page.locator("#page")).to_have_text("1 to 50 of 1,200")
    first = column(page, 1)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#page")).to_have_text("51 to 100 of 1,200")
    assert not set(first) & set(column(page, 1))
    page.get_by_label("Find").fill("run 1199")
    expect(page.locator("#count")).to_have_text("1 of 1,200 cases")
    assert column(page, 1) == ["run 1199"]
    box = page.locator("[data-plot=efficiency] .box")
    assert box.count() > 0


def test_a_deep_link_opens_its_case_and_another_stands_beside_it(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published, at=f"#{CASE}")
    case = page.locator("#case")
    expect(case).to_be_visible()
    expect(page.locator("#case-title")).to_be_focused()
    for words in (
        "The weights take 1,508 GB, but 8 cards hold 1,211 GB at most.",
        "Expected: The weights fit the cards. Weights that exceed",
        'trusted as inconsistent: it breaks "The weights fit the cards".',
        "73 ÷ 163 % = 0.447",
        "Pareto standingimpossible",
        "Source EvoKernel Spec",
        "Submitter @evokernel-bot",
        f"select * from marts.mart_case_metrics where case_id = '{CASE}';",
    ):
        expect(case).to_contain_text(words)
    link = case.locator(".links a").first
    assert (link.get_attribute("href") or "").startswith("https://")
    page.get_by_label("Compare with").fill("a100")
    page.keyboard.press("Enter")
    expect(case).to_contain_text("The other: Llama 3.3 70B on 8× A100")
    case.get_by_role("button", name="Copy").click()
    expect(case.locator(".query button")).to_have_text(re.compile("Copied|Selected"))
    throughput = case.locator("tr", has_text="Decode throughput of all cards")
    expect(throughput).to_contain_text("2,400 tok/s1,480 tok/s0.617")
    assert "with=case-llama33-a100x8-vllm-001" in page.evaluate("location.hash")
    page.get_by_role("button", name="Close the case").click()
    expect(case).to_be_hidden()
    page.locator("#claims tbody a").first.click()
    expect(case).to_be_visible()
    page.go_back()
    expect(case).to_be_hidden()


def test_the_speed_and_the_prices_rank_the_hardware_at_once(
    open_page: OpenPage, mixed: Path
) -> None:
    page = open_page(mixed)
    page.get_by_label("Model", exact=True).fill("llama 3.3 70b instruct")
    page.keyboard.press("Enter")
    cases = pl.read_parquet(mixed.parent / "mart_case_metrics.parquet").filter(
        pl.col("model_name").str.contains("Llama 3.3 70B"), pl.col("plausibility") == "plausible"
    )
    ranking = page.locator("#ranking tbody tr")
    per_card = [
        text.replace(",", "") for text in ranking.locator("td:nth-child(3)").all_inner_texts()
    ]
    assert [float(text) for text in per_card] == sorted(map(float, per_card), reverse=True)
    best = cases["output_tok_s_per_card"].max()
    assert isinstance(best, float)
    fastest = cases["interactivity_tok_s_user"].max()
    assert isinstance(fastest, float)
    page.get_by_label("Slowest speed for one user, tokens").fill(str(2 * fastest))
    expect(page.locator("#ranking-said")).to_contain_text("No plausible claim")
    assert ranking.count() == 0
    page.get_by_label("Slowest speed for one user, tokens").fill("1")
    assert ranking.count() > 0
    page.locator("#model-rank").select_option("dollar")
    expect(page.locator("#ranking-said")).to_have_text(
        "Enter a price per card and hour to rank by tokens per dollar."
    )
    price = page.locator("#prices input").first
    price.fill("3.6")
    row = ranking.filter(has=page.locator("td:nth-child(6)", has_not_text="–")).first
    shown = float(row.locator("td:nth-child(3)").inner_text().replace(",", ""))
    per_dollar = float(row.locator("td:nth-child(6)").inner_text().replace(",", ""))
    assert per_dollar == pytest.approx(1000 * shown, rel=0.01)
    expect(ranking.first.locator("td:nth-child(6)")).not_to_have_text("–")
    of = ranking.filter(has=page.locator("td:nth-child(6)", has_not_text="–")).count()
    said = page.locator("#ranking-said")
    expect(said).to_contain_text("leads alone" if of == 1 else f"leads of {of}")
    assert ("without a price" in said.inner_text()) == (of < ranking.count())
    address = page.evaluate("location.hash")
    assert "speed=1" in address
    assert "price." in address
    again = open_page(mixed, at=address)
    assert again.locator("#ranking").inner_text() == page.locator("#ranking").inner_text()


def test_no_address_breaks_the_page(open_page: OpenPage, tmp_path: Path) -> None:
    folder = result_sources.lab(tmp_path / "data")
    for day in (1, 2):
        result_sources.write(folder / f"{day}.json", result_sources.vllm_run(day, day=day))
    report = publish_report(tmp_path / "data", feeds.shipped())
    for at in (
        "rank=constructor&measure=toString&runs=0.5&speed=Infinity",
        "rank=dollar&price.h100-sxm5=1e-320&runs=-1&speed=-1&sort=99.ascending",
        "model=__proto__&scope=constructor&lengths=valueOf&roof=nobody&case=nobody&with=nobody",
        "%E0%A4%A",
    ):
        page = open_page(report, at=f"#{at}")
        for chart in ("model", "efficiency", "roofline", "runs"):
            expect(page.locator(f"[data-plot={chart}] svg .mark").first).to_be_visible()
        expect(page.locator("#model-rank")).not_to_have_value("")
        expect(page.locator("#ranking tbody tr").first).to_be_visible()


def test_a_configured_price_holds_until_the_reader_gives_one(
    open_page: OpenPage, mixed: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(mixed.parents[1], data)
    option = data / "marts" / "mart_best_option.parquet"
    priced = pl.when(pl.col("hardware_id") == "mi300x").then(2.5).alias("usd_per_card_hour")
    pl.read_parquet(option).with_columns(priced).write_parquet(option)
    page = open_page(
        write_report(data, data / "report.html"), at="#model=llama-4-scout&rank=dollar"
    )
    first = page.locator("#ranking tbody tr").first
    said = page.locator("#ranking-said")
    expect(said).to_contain_text("MI300X, bf16 leads alone; 1 without a price.")
    shown = float(first.locator("td:nth-child(3)").inner_text())
    per_dollar = float(first.locator("td:nth-child(6)").inner_text().replace(",", ""))
    assert per_dollar == pytest.approx(3600 * shown / 2.5, rel=0.01)
    page.locator(".prices summary").click()
    price = page.get_by_label("MI300X")
    expect(price).to_have_attribute("placeholder", "2.5")
    price.fill("5")
    expect(first.locator("td:nth-child(6)")).to_have_text(f"{per_dollar / 2:,.0f}")
    price.fill("0")
    expect(said).to_contain_text("Enter a price per card and hour")


def test_a_claim_without_a_power_hides_none_that_has_one(
    open_page: OpenPage, tmp_path: Path
) -> None:
    found = feeds.feed(*mixture.mixture("phase", "no-power"))
    for item in found["items"]:
        item["title"] = item["id"]
        if item["id"].startswith("no-power"):
            throughput = item["results"]["throughput_tokens_per_sec"]
            throughput["decode"] *= 1.05
    path = publish_report(tmp_path / "data", found)
    page = open_page(path, at="#model=llama-4-scout&rank=joule")
    best = pl.read_parquet(path.parent / "mart_best_option.parquet").filter(
        pl.col("model_id") == "llama-4-scout", pl.col("min_tok_s_user") == 0
    )
    rows = page.locator("#ranking tbody tr")
    assert rows.count() == best.height > 1
    per_joule = [float(text) for text in rows.locator("td:nth-child(5)").all_inner_texts()]
    assert per_joule == [
        pytest.approx(figure, rel=5e-3)
        for figure in best["best_output_tok_s_per_w"].sort(descending=True)
    ]
    assert all(name.startswith("phase") for name in rows.locator("a").all_inner_texts())
    page.locator("#model-rank").select_option("dollar")
    page.locator("#prices input").first.fill("2")
    expect(page.locator("#ranking-said")).to_contain_text("leads alone; 1 without a price.")
    page.locator("#model-rank").select_option("throughput")
    assert all(name.startswith("no-power") for name in rows.locator("a").all_inner_texts())


def test_the_slider_moves_by_keyboard_and_says_its_speed(open_page: OpenPage, mixed: Path) -> None:
    page = open_page(mixed)
    slider = page.locator("#speed")
    slider.focus()
    page.keyboard.press("End")
    text = slider.get_attribute("aria-valuetext") or ""
    assert text.endswith("tokens per second")
    assert float(page.locator("#speed-number").input_value()) > 0
    expect(page.locator("#ranking-said")).to_contain_text("tok/s or more for one user")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "any speed")


def test_only_plausible_claims_of_the_closed_division_are_ranked(
    open_page: OpenPage, tmp_path: Path
) -> None:
    found = feeds.feed(*mixture.mixture("phase", "wall", "impossible", "implausible"))
    for item in found["items"]:
        item["title"] = item["id"]
        item["division"] = "open" if item["id"].startswith("wall") else "closed"
    page = open_page(publish_report(tmp_path / "data", found))
    page.get_by_label("Model", exact=True).click()
    models = page.locator("#model-list li").all_inner_texts()
    assert len(models) > 1
    seen = set()
    for at in range(len(models)):
        page.get_by_label("Model", exact=True).click()
        page.locator("#model-list li").nth(at).click()
        for scope in ("decoding", "whole run"):
            if page.locator(f"#model-scope option[value='{scope}']").count():
                page.locator("#model-scope").select_option(scope)
                seen |= set(page.locator("#ranking tbody a").all_inner_texts())
    assert seen
    assert {name.split("-on-")[0] for name in seen} == {"phase"}


def test_the_keyboard_is_enough(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    focused = "document.activeElement.textContent.trim()"
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('thead') !== null"):
            reached.add(page.evaluate(focused))
            if page.evaluate(focused).startswith("MFU"):
                break
    assert {"Case", "Hardware", "Efficiency", "MFU"} <= reached
    page.keyboard.press("Enter")
    values = [float(text) for text in column(page, 11)]
    assert values == sorted(values, reverse=True)
    first = page.locator("#claims tbody a").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#case")).to_be_hidden()
    expect(first).to_be_focused()
    page.get_by_label("Model", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#model-list [aria-selected=true]")).to_have_count(1)
    chosen = page.locator("#model-list [aria-selected=true] span").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Model", exact=True)).to_have_value(chosen)
    expect(page.locator("#model-list")).to_be_hidden()


def test_a_panel_over_the_whole_page_keeps_the_focus(open_page: OpenPage, published: Path) -> None:
    page = open_page(published, 390, at=f"#{CASE}")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#case')"
        )
    page.keyboard.press("Escape")
    first = page.locator("#claims tbody a").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_have_js_property("inert", True)
    page.set_viewport_size({"width": 1600, "height": 1000})
    expect(page.locator("main")).to_have_js_property("inert", False)


def test_the_theme_is_that_of_the_system_until_chosen(open_page: OpenPage, published: Path) -> None:
    page = open_page(published, theme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    axis = "getComputedStyle(document.querySelector('[data-plot=roofline] text')).fill"
    dark = page.evaluate(ground), page.evaluate(axis)
    page.get_by_role("button", name="Light").click()
    light = page.evaluate(ground), page.evaluate(axis)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    expect(page.get_by_role("button", name="Dark")).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-charts]")
    assert (page.evaluate(ground), page.evaluate(axis)) == light
    other = open_page(published, theme="light")
    assert (other.evaluate(ground), other.evaluate(axis)) == light


def test_chinese_names_are_drawn(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    expect(page.locator("#claims")).to_contain_text("天数智芯 天垓 100")
    expect(page.locator("#matrix")).to_contain_text("摩尔线程 MTT S4000 (Moore Threads MTT S4000)")
    # A character that no font has is drawn as a box, all boxes alike.
    drawn = page.evaluate(
        """() => {
            const font = getComputedStyle(document.body).fontFamily;
            return ["天", "昇", "寒", "\\u{10FFFD}"].map(char => {
                const canvas = document.createElement("canvas");
                const context = canvas.getContext("2d");
                context.font = `40px ${font}`;
                context.fillText(char, 10, 60);
                return canvas.toDataURL();
            });
        }"""
    )
    assert len(set(drawn)) == 4


def test_hostile_text_does_nothing(open_page: OpenPage, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=\"document.title='gone'\">=1+1"
    content = feeds.shipped()
    for item in content["items"]:
        item["title"] = hostile
        item["resolved"]["hardware"]["name"] = hostile
    page = open_page(publish_report(tmp_path / "data", content))
    point(page, "roofline")
    expect(page.locator("#tip")).to_contain_text("<img src=x")
    page.locator("#claims tbody a").first.click()
    expect(page.locator("#case-title")).to_have_text(hostile)
    assert page.locator("img").count() == 0
    assert page.title().startswith("roofhouse")
    assert {text.rstrip("…") for text in column(page, 1)} == {hostile}


def test_one_case_has_axes_and_grammar(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(publish_report(tmp_path / "data", feeds.feed(feeds.case())))
    expect(page.locator("main")).to_contain_text(
        "The one published claim is implausible, and rests on no measurement"
    )
    for name in ("model", "roofline"):
        for side in ("x", "y"):
            assert page.locator(f"[data-plot={name}] .axis.{side} text:not(.title)").count() > 2
    page.get_by_label("Find").fill("a100")
    expect(page.locator("#count")).to_have_text("1 of 1 case")


def test_print_clips_nothing_and_tells_every_case(open_page: OpenPage, published: Path) -> None:
    page = open_page(published, 700)  # A4
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#printed article").count() == 22
    assert page.locator("#printed .findings li").count() > 22
    clipped = page.locator(".scroll, figure, #printed").evaluate_all(
        """boxes => boxes.filter(box => box.scrollWidth > document.body.clientWidth
            || getComputedStyle(box).overflowY === "auto").map(box => box.className)"""
    )
    assert clipped == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed article").count() == 0
    assert "#" not in page.url


def test_without_its_script_the_words_and_a_first_table_remain(
    browser: Browser, published: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(published.as_uri())
    expect(page.locator("main")).to_contain_text("Of 22 published claims")
    assert page.locator(ROWS).count() == 22
    expect(page.get_by_text("The charts and the search need JavaScript")).to_be_visible()
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator("#model .controls")).to_be_hidden()
    assert page.locator("#matrix tbody tr").count() > 10
    context.close()


def test_empty_marts_are_told_without_an_error(
    open_page: OpenPage, published: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(published.parents[1], tmp_path / "data")
    for path in data.glob("marts/*.parquet"):
        pl.read_parquet(path).clear().write_parquet(path)
    page = open_page(write_report(data, tmp_path / "report.html"))
    expect(page.locator("main")).to_contain_text("No case is published")
    assert page.locator("[data-plot]").count() == 0


def test_the_first_screen_is_a_picture_for_the_readme(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(publish_report(tmp_path / "data", feeds.shipped()))
    wanted = "ROOFHOUSE_SCREENSHOTS" in os.environ
    picture = (ROOT / "docs" / "img" if wanted else tmp_path) / "report.png"
    page.set_viewport_size({"width": 1600, "height": 1340})
    page.wait_for_timeout(300)
    page.screenshot(path=picture)
    assert 50_000 < picture.stat().st_size < 300_000
