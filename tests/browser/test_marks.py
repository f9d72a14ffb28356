"""The marks of the charts under a pointer and under a finger."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage

#: The highest of the plausible cases, which lead.
CASE = "case-qwen36-mi325x8-sglang-001"
SYMBOLS = ("one_scale", "by_hardware", "efficiency", "pareto", "compared")
BARS = ("tokens", "tiers", "coverage")


def marks(page: Page, chart: str) -> Locator:
    kind = "symbol" if chart in SYMBOLS else "rect"
    return page.locator(f"[data-chart={chart}] .mark-{kind}.role-mark path")


def tooltip(page: Page) -> Locator:
    return page.locator("#vg-tooltip-element.visible")


@pytest.mark.parametrize("width", [390, 768])
def test_tooltips_stay_on_the_screen(open_page: OpenPage, published: Path, width: int) -> None:
    page = open_page(published, width)
    for chart in SYMBOLS + BARS:
        found = marks(page, chart)
        for place in {0, found.count() // 2, found.count() - 1}:
            page.mouse.move(0, 0)
            found.nth(place).hover(force=True)
            expect(tooltip(page)).to_be_visible()
            box = tooltip(page).bounding_box()
            assert box is not None
            assert box["x"] >= 0, chart
            assert box["x"] + box["width"] <= width, chart
            assert box["y"] >= 0, chart
            assert box["y"] + box["height"] <= 1000, chart


def test_the_roofline_tells_its_numbers_and_its_hardware(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published)
    chart = page.locator("[data-chart=by_hardware]")
    opacities = "marks => marks.map(mark => mark.getAttribute('opacity'))"
    marks = chart.locator(".mark-symbol.role-mark path")
    assert marks.count() == 22
    marks.first.hover(force=True)
    expect(page.locator("#vg-tooltip-element")).to_be_visible()
    for words in ("Operations per byte", "Achieved", "Decode efficiency", "Hardware"):
        expect(page.locator("#vg-tooltip-element")).to_contain_text(words)
    page.mouse.move(0, 0)
    page.get_by_label("Hardware").first.select_option(label="昇腾 910B")
    expect(chart.locator(".role-mark text", has_text="bf16: 320").first).to_be_visible()
    assert marks.evaluate_all(opacities).count("0.12") == 21


def test_a_click_on_a_mark_opens_the_case(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    page.locator("[data-chart=efficiency] .mark-symbol.role-mark path").first.click(force=True)
    expect(page.locator(f"[id='{CASE}']")).to_have_attribute("open", "")


def test_a_count_leaves_the_pointer_to_its_cell(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    page.locator("[data-chart=coverage] .mark-text.role-mark text").first.hover(force=True)
    expect(tooltip(page)).to_contain_text("Best there is")


def test_a_finger_sees_the_numbers_before_it_opens_the_case(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published, 390, has_touch=True)
    first, second = (marks(page, "efficiency").nth(place) for place in (0, 1))
    for mark in (second, first):
        mark.tap(force=True)
        expect(tooltip(page)).to_contain_text("Low end")
        expect(tooltip(page)).to_have_class(re.compile("leads"))
        assert page.locator("details.case[open]").count() == 0
    first.tap(force=True)
    expect(page.locator(f"[id='{CASE}']")).to_have_attribute("open", "")
    expect(tooltip(page)).to_have_count(0)
    marks(page, "coverage").first.tap(force=True)
    expect(tooltip(page)).to_contain_text("Best there is")
    page.locator("#coverage-title").tap()
    expect(tooltip(page)).to_have_count(0)
    page.evaluate("location.hash = ''")
    first.tap(force=True)  # not the second tap of before
    expect(tooltip(page)).to_contain_text("Low end")
    assert page.evaluate("location.hash") == ""
