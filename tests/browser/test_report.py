"""The report as a reader meets it: by eye, by keyboard, by screen reader, on a phone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pipelines.settings import ROOT
from tests import feeds
from tests.browser.conftest import OpenPage
from tests.published import publish_report, write_report

CASE = "case-glm51-h200x8-vllm-001"
ROWS = "#claims tbody tr:not([hidden])"
WIDTHS = pytest.mark.parametrize("width", [390, 1600])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def column(page: Page, position: int) -> list[str]:
    return page.locator(f"{ROWS} > :nth-child({position})").all_inner_texts()


@WIDTHS
def test_every_chart_has_marks_and_no_label_is_cut(
    open_page: OpenPage, published: Path, width: int
) -> None:
    page = open_page(published, width)
    charts = page.locator("[data-chart]").all()
    assert len(charts) == 8
    for chart in charts:
        marks = chart.locator(".role-mark path, .role-mark line, .role-mark rect")
        assert marks.count() > 2
        name = chart.get_attribute("data-chart")
        alternative = chart.locator("xpath=parent::*[@role='img']").get_attribute("aria-label")
        assert len(alternative or "") > 40
        # The coverage matrix scrolls in its own container; all else fits its own.
        cut = chart.evaluate(
            """chart => {
                const box = chart.querySelector("svg").getBoundingClientRect();
                return [...chart.querySelectorAll("svg text")]
                    .filter(text => text.textContent.trim() && text.getAttribute("opacity") !== "0")
                    .filter(text => {
                        const inner = text.getBoundingClientRect();
                        return inner.left < box.left - 1 || inner.right > box.right + 1;
                    })
                    .map(text => text.textContent);
            }"""
        )
        assert (name, cut) == (name, [])
        if name != "coverage":
            assert chart.evaluate("chart => chart.scrollWidth <= chart.clientWidth")


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
def test_every_verdict_and_scope_has_its_marks_and_room(
    open_page: OpenPage, mixed: Path, width: int
) -> None:
    page = open_page(mixed, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for table in page.locator(".few").all():
        assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    badges = set(page.locator("#claims .badge").all_inner_texts())
    assert badges == {"impossible", "implausible", "plausible", "not judged"}
    efficiency = page.locator("[data-chart=efficiency]")
    expect(efficiency.locator("text", has_text="whole run: wall-on-").first).to_be_visible()
    legend = page.locator("#pareto .legend")
    for standing in ("frontier of all", "in no class", "implausible", "impossible"):
        expect(legend.get_by_text(standing, exact=True)).to_be_visible()
    page.get_by_label("Verdict").select_option("not judged")
    assert set(column(page, 6)) == {"not judged"}


def test_sorting_reorders_the_cases(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    before = column(page, 9)
    head = page.locator("#claims th", has_text="Efficiency")
    for order, reverse in (("descending", True), ("ascending", False)):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        values = [float(text) for text in column(page, 9)]
        assert values == sorted(values, reverse=reverse)
    assert column(page, 9) != before
    page.locator("#claims th", has_text="Model").get_by_role("button").click()
    expect(head).not_to_have_attribute("aria-sort", "ascending")
    names = column(page, 3)
    assert names == sorted(names, key=str.lower)


def test_filters_narrow_table_and_findings(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    page.get_by_label("Verdict").select_option("impossible")
    cases = pl.read_parquet(published.parent / "mart_case_metrics.parquet")
    impossible = cases.filter(pl.col("error_count") > 0).height
    expect(page.locator("#count")).to_have_text(f"{impossible} of {cases.height} cases")
    assert set(column(page, 6)) == {"impossible"}
    assert page.locator("details.case:visible").count() == impossible
    page.get_by_label("Find").fill("kimi")
    expect(page.locator("#count")).to_have_text("1 of 22 cases")
    page.get_by_label("Find").fill("  VLLM  glm-5.1 ")
    expect(page.locator("#count")).to_have_text("2 of 22 cases")
    page.get_by_label("Find").fill("no such case")
    expect(page.get_by_text("No case fits")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator("#count")).to_have_text("22 of 22 cases")
    expect(page.get_by_text("No case fits")).to_be_hidden()
    page.locator("#filter-hardware").select_option(label="AMD Instinct MI300X")
    expect(page.locator("#count")).to_have_text("1 of 22 cases")


def test_a_deep_link_opens_its_case_even_where_the_filter_hides_it(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published, at=f"#{CASE}")
    case = page.locator(f"[id='{CASE}']")
    expect(case).to_have_attribute("open", "")
    page.wait_for_function(
        "id => Math.abs(document.getElementById(id).getBoundingClientRect().top - 75) < 75",
        arg=CASE,
    )
    expect(case).to_contain_text("The weights take 1,508 GB, but 8 cards hold 1,211 GB at most.")
    expect(case).to_contain_text("Expected: The weights fit the cards. Weights that exceed")
    expect(case).to_contain_text('trusted as inconsistent: it breaks "The weights fit the cards".')
    expect(case).to_contain_text("73 ÷ 163 % = 0.447")
    expect(case).to_contain_text("Pareto standingimpossible")
    page.get_by_label("Find").fill("kimi")
    expect(case).to_be_hidden()
    page.evaluate("location.hash = ''")
    page.evaluate(f"location.hash = '{CASE}'")
    expect(case).to_be_visible()
    expect(case).to_be_in_viewport()


def test_the_keyboard_is_enough(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    focused = "document.activeElement.textContent.trim()"
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('thead') !== null"):
            reached.add(page.evaluate(focused))
            if page.evaluate(focused).startswith("MFU"):
                break
    assert {"Case", "Hardware", "Efficiency", "MFU"} <= reached
    page.keyboard.press("Enter")
    values = [float(text) for text in column(page, 10)]
    assert values == sorted(values, reverse=True)
    page.locator("#claims tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.case[open] summary")).to_be_focused()
    page.keyboard.press("Space")
    assert page.locator("details.case[open]").count() == 0


def test_the_theme_is_that_of_the_system_until_chosen(open_page: OpenPage, published: Path) -> None:
    page = open_page(published, theme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    axis = (
        "getComputedStyle(document.querySelector('[data-chart=pareto] .role-axis-title text')).fill"
    )
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
    expect(page.locator("[data-chart=coverage]")).to_contain_text("摩尔线程 MTT S4000")
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
    page.locator("[data-chart=pareto] .mark-symbol.role-mark path").first.hover(force=True)
    expect(page.locator("#vg-tooltip-element")).to_contain_text("<img src=x")
    assert page.locator("img").count() == 0
    assert page.title().startswith("roofhouse")
    assert set(column(page, 1)) == {hostile}


def test_one_case_has_axes_and_grammar(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(publish_report(tmp_path / "data", feeds.feed(feeds.case())))
    expect(page.locator("main")).to_contain_text(
        "The one published claim is implausible, and rests on no measurement"
    )
    for name in ("pareto", "by_hardware"):
        for axis in page.locator(f"[data-chart={name}] .role-axis-label").all():
            assert axis.locator("text").count() > 2
    ticks = page.locator("[data-chart=tiers] .role-axis-label").first.locator("text")
    assert ticks.all_text_contents() == ["0", "1"]
    page.get_by_label("Find").fill("a100")
    expect(page.locator("#count")).to_have_text("1 of 1 case")


def test_print_clips_nothing_and_opens_every_case(open_page: OpenPage, published: Path) -> None:
    page = open_page(published, 700)  # A4
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.case[open]").count() == 22
    clipped = page.locator(".scroll, figure, .cases").evaluate_all(
        """boxes => boxes.filter(box => box.scrollWidth > document.body.clientWidth
            || getComputedStyle(box).overflowY === "auto").map(box => box.className)"""
    )
    assert clipped == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.case[open]").count() == 0
    assert "#" not in page.url


def test_empty_marts_are_told_without_an_error(
    open_page: OpenPage, published: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(published.parents[1], tmp_path / "data")
    for path in data.glob("marts/*.parquet"):
        pl.read_parquet(path).clear().write_parquet(path)
    page = open_page(write_report(data, tmp_path / "report.html"))
    expect(page.locator("main")).to_contain_text("No case is published")
    assert page.locator("[data-chart]").count() == 0


def test_the_first_screen_is_a_picture_for_the_readme(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(publish_report(tmp_path / "data", feeds.shipped()))
    wanted = "ROOFHOUSE_SCREENSHOTS" in os.environ
    picture = (ROOT / "docs" / "img" if wanted else tmp_path) / "report.png"
    page.set_viewport_size({"width": 1600, "height": 1340})
    page.wait_for_timeout(300)
    page.screenshot(path=picture)
    assert 50_000 < picture.stat().st_size < 300_000
