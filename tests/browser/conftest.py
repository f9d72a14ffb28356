"""A browser, pages in it that must not err nor call anybody, and a published report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import feeds
from tests.marts import mixture
from tests.published import publish_report, respecified, write_report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

#: `open_page(path, width=…, theme=…)`: a page of a file, all of whose charts are drawn.
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Pages of files; an error in one, or a request of one for another file, fails the test."""
    troubles: list[str] = []
    contexts = []

    def open_(
        path: Path, width: int = 1600, theme: str = "light", at: str = "", has_touch: bool = False
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 1000},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            has_touch=has_touch,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(path.as_uri()) else troubles.append(request.url)
            ),
        )
        page.goto(path.as_uri() + at)
        page.wait_for_selector("html[data-charts]")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a data folder in which the shipped feed and a later one are published."""
    folder = tmp_path_factory.mktemp("browser") / "data"
    return publish_report(folder, feeds.shipped(), respecified())


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of cases of every verdict and workload, of decoding and of whole runs."""
    folder = tmp_path_factory.mktemp("mixed") / "data"
    cases = mixture.mixture()
    for case in cases:
        case["title"] = case["id"]
    return publish_report(folder, feeds.feed(*cases))


@pytest.fixture(scope="session")
def many(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 1,200 cases: each published one many times, under other ids and titles."""
    data = tmp_path_factory.mktemp("many") / "data"
    shutil.copytree(published.parents[1], data)
    copies = pl.DataFrame({"copy": range(1200 // 22 + 1)})
    for name in ("mart_case_metrics", "mart_case_provenance"):
        path = data / "marts" / f"{name}.parquet"
        whole = pl.read_parquet(path).join(copies, how="cross").sort("copy", "case_id").head(1200)
        number = pl.format("run {}", pl.int_range(pl.len()))
        named = {"display_title", "title"} & set(whole.columns)
        whole.with_columns(
            pl.format("{}-{}", "case_id", "copy").alias("case_id"),
            *(number.alias(column) for column in named),
        ).drop("copy").write_parquet(path)
    return write_report(data, data / "report.html")
