"""The Dagster UI as who must decide whether to trust a number meets it: `roofhouse ui`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pipelines.settings import ROOT
from tests import feeds
from tests.daemon import Dagster, serving

#: Stands where a batch size should: the case is rejected, and the reason repeats it.
HOSTILE = "<img src=x onerror=window.hit=1>"

#: What the UI may take to show a page, on a busy machine.
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    """`roofhouse ui` over an empty data folder, with a feed; at the end Ctrl-C stops it."""
    feed = feeds.shipped()
    feed["items"].append(feeds.put(feeds.case(), "id", "case-hostile"))
    feeds.put(feed["items"][-1], "scenario.batch_size", HOSTILE)
    feed["count"] += 1
    with serving(json.dumps(feed).encode()) as feed_url:
        started = Dagster(tmp_path_factory.mktemp("ui"), "roofhouse ui")
        started.feed_url = feed_url
        started.start()
        try:
            yield started
            started.interrupt()
            assert started.tail().endswith("stopped\n")
        finally:
            started.kill()


@pytest.fixture
def page(browser: Browser, ui: Dagster) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1600, "height": 1000},
        base_url=f"http://127.0.0.1:{ui.port}",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    opened = context.new_page()
    yield opened
    context.close()


def shoot(page: Page, name: str) -> None:
    """Take a picture for the README where that is asked for."""
    if os.environ.get("ROOFHOUSE_SCREENSHOTS"):
        page.wait_for_timeout(2000)
        page.screenshot(path=ROOT / "docs" / "img" / name)


@contextmanager
def markdown(page: Page, place: int) -> Iterator[Locator]:
    """The dialog of one of an asset's Markdown entries, gone again at the end."""
    page.get_by_text("[Show Markdown]").nth(place).click()
    dialog = page.get_by_role("dialog")
    yield dialog
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_it_prints_the_addresses_of_the_ui_and_of_the_report(ui: Dagster) -> None:
    ui.wait_for("last line", lambda: "Ctrl-C stops it." in ui.tail())
    assert f"UI         http://127.0.0.1:{ui.port}\n" in ui.tail()
    assert "report     none yet; run `roofhouse build`\n" in ui.tail()


def launch(ui: Dagster, page: Page, job: str) -> str:
    """Launch a job from its page, by one click; returns how its run ended."""
    page.goto(f"/locations/roofhouse/jobs/{job}")
    page.get_by_role("button", name="Materialize all").click()
    expect(page.get_by_text("Launched run")).to_be_visible()
    expect(page.get_by_text("Are you sure?")).to_have_count(0)

    def ended() -> str:
        answer = ui.ask(
            "{ runsOrError { ... on Runs { results { jobName status tags { key } } } } }"
        )
        status = next(
            str(one["status"])
            for one in answer["runsOrError"]["results"]
            if one["jobName"] == job and {"key": "dagster/from_ui"} in one["tags"]
        )
        return status if status in ("SUCCESS", "FAILURE") else ""

    return ui.wait_for(f"end of {job}", ended)


def test_the_offline_job_asks_for_no_confirmation_where_nothing_was_ever_fetched(
    ui: Dagster, page: Page
) -> None:
    assert launch(ui, page, "build_warehouse") == "FAILURE"
    page.goto("/assets/raw_snapshots?view=events")
    expect(page.get_by_text("failed, and did not materialize this asset")).to_be_visible()


def test_the_job_that_fetches_is_launched_from_the_page_and_publishes(
    ui: Dagster, page: Page
) -> None:
    assert launch(ui, page, "fetch_and_build") == "SUCCESS"
    assert ui.published()
    page.goto("/runs")
    expect(page.get_by_text("roofhouse/build_id:").first).to_be_visible()
    expect(page.get_by_text("roofhouse/snapshot: 2026-04-29T10:37:47Z").first).to_be_visible()
    expect(page.get_by_text("Success").first).to_be_visible()
    assert (ui.data / "marts" / "report.html").is_file()


def test_the_offline_job_is_launched_from_the_page_and_publishes_without_a_fetch(
    ui: Dagster, page: Page
) -> None:
    assert launch(ui, page, "build_warehouse") == "SUCCESS"
    page.goto("/assets/raw_snapshots?view=overview")
    expect(page.get_by_text("not asked to fetch")).to_be_visible()
    expect(page.get_by_text("staging.raw_file").first).to_be_visible()


def test_after_a_fetch_nothing_counts_as_out_of_date(ui: Dagster) -> None:
    answer = ui.ask("{ assetNodes { assetKey { path } staleStatus } }")
    assert {one["staleStatus"] for one in answer["assetNodes"]} == {"FRESH"}


def test_the_lineage_shows_the_stages_in_the_order_of_the_flow(page: Page) -> None:
    page.goto("/asset-groups")
    places = []
    for group in ("raw", "staging", "star", "metrics", "quality", "marts", "publish"):
        node = page.locator("svg").get_by_text(group, exact=True).first
        expect(node).to_be_visible()
        box = node.bounding_box()
        assert box is not None
        places.append(box["x"])
    assert places == sorted(places)


def test_a_warning_names_the_cases_that_break_the_rule(page: Page) -> None:
    page.goto("/assets/finding?view=checks&checkDetail=evidence_tier_qualifies")
    expect(page.get_by_text("22 cases break it.")).to_be_visible()
    expect(page.get_by_text("Measured means measured.")).to_be_visible()
    rows = page.locator("table table tr").filter(has_text="case-")
    expect(rows).to_have_count(20)
    expect(rows.first).to_contain_text("Declared measured")
    shoot(page, "checks.png")


def test_a_mart_shows_its_columns_rows_snapshot_and_sql(page: Page) -> None:
    page.goto("/assets/case_metric?view=overview")
    expect(page.get_by_text("metrics.case_metric").first).to_be_visible()
    expect(
        page.get_by_text("team:roofhouse").or_(page.get_by_text("roofhouse")).first
    ).to_be_visible()
    expect(page.get_by_text("decode_roofline_efficiency", exact=True).first).to_be_visible()
    expect(page.get_by_text("unit: tok/s").first).to_be_visible()
    expect(page.get_by_text("(2026-04-29 10:37:47 UTC)")).to_be_visible()
    shoot(page, "asset.png")
    expect(page.get_by_text("[Show Markdown]")).to_have_count(3)
    with markdown(page, 0) as dialog:
        expect(dialog.get_by_role("table")).to_contain_text("metrics.case_input: decode_tok_s")
    with markdown(page, 1) as dialog:
        picture = dialog.get_by_role("img", name="roofline of decode")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") > 500
    with markdown(page, 2) as dialog:
        expect(dialog).to_contain_text("from metrics.case_input")


def test_the_set_shows_how_fresh_it_is(page: Page) -> None:
    page.goto("/assets/published_warehouse?view=overview")
    expect(
        page.get_by_text("Fails if more than 36 hours since last materialization")
    ).to_be_visible()
    expect(
        page.get_by_text("Warns if more than 26 hours since last materialization")
    ).to_be_visible()
    expect(page.get_by_text("Passing", exact=True).first).to_be_visible()


def test_the_feed_has_a_check_of_how_fresh_it_is(page: Page) -> None:
    page.goto("/assets/upstream_feed?view=checks&checkDetail=every_source_is_fresh")
    expect(page.get_by_text("every_source_is_fresh").first).to_be_visible()


def test_feed_text_is_shown_as_text(page: Page) -> None:
    page.goto("/assets/reject?view=checks&checkDetail=every_case_loaded")
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hit") is None
