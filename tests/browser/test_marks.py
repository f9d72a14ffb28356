"""The marks of the charts under a pointer and under a finger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

CHARTS = ("model", "efficiency", "energy", "roofline", "compared")
#: The best of the plausible cases: the first mark of their path, which lies on top.
CASE = "case-qwen36-mi325x8-sglang-001"


def place(page: Page, chart: str, which: int = 0) -> dict[str, Any]:
    """The place on the screen of the first mark of a kind of a chart, once it is there."""
    svg = page.locator(f"[data-plot={chart}] svg")
    svg.scroll_into_view_if_needed()
    found: dict[str, Any] = (
        svg.locator(".mark")
        .nth(which)
        .evaluate(
            """path => {
            const [, x, y] = /^M([-\\d.]+) ([-\\d.]+)/.exec(path.getAttribute("d"));
            const box = path.ownerSVGElement.getBoundingClientRect();
            const radius = path.matches(".plausible") ? 4 : 0;
            return { x: box.left + Number(x) + radius, y: box.top + Number(y) };
        }"""
        )
    )
    if not 80 < found["y"] < 950:
        page.evaluate("by => scrollBy(0, by)", found["y"] - 500)
        return place(page, chart, which)
    return found


def point(page: Page, chart: str, which: int = 0) -> None:
    found = place(page, chart, which)
    page.mouse.move(found["x"] - 60, found["y"] - 60)
    page.mouse.move(found["x"], found["y"])


@pytest.mark.parametrize("width", [390, 768])
def test_tooltips_stay_on_the_screen(open_page: OpenPage, published: Path, width: int) -> None:
    page = open_page(published, width)
    for chart in CHARTS:
        for which in (0, -1):
            point(page, chart, which)
            expect(page.locator("#tip")).to_be_visible()
            box = page.locator("#tip").bounding_box()
            assert box is not None
            assert box["x"] >= 0, chart
            assert box["x"] + box["width"] <= width, chart
            assert box["y"] >= 0, chart
            assert box["y"] + box["height"] <= 1000, chart


def test_the_roofline_tells_its_numbers_and_its_hardware(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published)
    point(page, "roofline")
    for words in ("Operations per byte", "Ridge point", "Efficiency", "Hardware", "Evidence"):
        expect(page.locator("#tip")).to_contain_text(words)
    page.mouse.move(0, 0)
    expect(page.locator("#tip")).to_be_hidden()
    page.locator("#roof-hardware").select_option(label="昇腾 910B (Huawei Ascend 910B)")
    chart = page.locator("[data-plot=roofline]")
    faded = chart.locator(".mark.faded").get_attribute("d") or ""
    assert faded.count("a4.5") == 2 * 21
    counts = chart.locator(".mark[data-count]").evaluate_all("all => all.map(m => m.dataset.count)")
    assert counts == ["1"]


def test_a_click_on_a_mark_opens_the_case(open_page: OpenPage, published: Path) -> None:
    page = open_page(published)
    found = place(page, "efficiency", -1)
    page.mouse.click(found["x"], found["y"])
    expect(page.locator("#case")).to_be_visible()
    expect(page.locator("#case code")).to_have_text(CASE)
    assert page.evaluate("location.hash") == f"#{CASE}"
    expect(page.locator("#tip")).to_be_hidden()


def test_a_finger_sees_the_numbers_before_it_opens_the_case(
    open_page: OpenPage, published: Path
) -> None:
    page = open_page(published, 390, has_touch=True)
    found = place(page, "efficiency", -1)
    page.touchscreen.tap(found["x"], found["y"])
    expect(page.locator("#tip")).to_contain_text("Tap it again to open the case")
    expect(page.locator("#case")).to_be_hidden()
    page.touchscreen.tap(found["x"], found["y"])
    expect(page.locator("#case code")).to_have_text(CASE)
    expect(page.locator("#tip")).to_be_hidden()
    page.get_by_role("button", name="Close the case").tap()
    expect(page.locator("#case")).to_be_hidden()
    again = place(page, "efficiency", -1)
    page.touchscreen.tap(again["x"], again["y"])  # not the second tap of before
    expect(page.locator("#tip")).to_be_visible()
    expect(page.locator("#case")).to_be_hidden()
    page.locator("#efficiency-title").tap()
    expect(page.locator("#tip")).to_be_hidden()
