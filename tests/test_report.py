"""report.html is complete, repeatable, self-contained, and safe from hostile text of the feed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import report, settings
from pipelines.errors import RoofhouseError
from pipelines.publish import manifest
from pipelines.report import charts, details, renderer, vega_bundle
from tests import feeds
from tests.marts import mixture
from tests.published import A100, publish_report, respecified, write_report

HOSTILE = "</script><img src=x onerror=alert(1)>=cmd|' /C calc'!A0 {{ 7 * 7 }} \u2028 & \"quoted\""
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}


class Page(HTMLParser):
    """The tags of a page, the texts outside scripts and styles, the scripts, and the data."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.texts.append(data)
        elif self._inside == "script":
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def specs(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.json)
        return found

    @property
    def json(self) -> str:
        return self.scripts[1]


def prose(page: Page) -> str:
    """The text of a page, without the blanks that the tags leave before a comma."""
    return re.sub(r" ([,;.])", r"\1", page.text)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "data"
    publish_report(folder, feeds.shipped(), respecified())
    return folder


@pytest.fixture(scope="module")
def page(data: Path) -> Page:
    return Page(data / "marts" / report.NAME)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published folder of cases of every verdict and workload, of decoding and whole runs."""
    folder = tmp_path_factory.mktemp("mixed") / "data"
    publish_report(folder, feeds.feed(*mixture.mixture()))
    return folder


def changed(data: Path, to: Path, **marts: pl.DataFrame) -> Page:
    """The report of the same folder with other rows in some marts."""
    shutil.copytree(data, to)
    for name, frame in marts.items():
        frame.write_parquet(to / "marts" / f"{name}.parquet")
    return Page(write_report(to, to / "report.html"))


def mart(data: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(data / "marts" / f"{name}.parquet")


def test_another_process_writes_the_same_bytes(data: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.published import write_report; "
        "write_report(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    expected = (data / "marts" / report.NAME).read_bytes()
    for seed in ("1", "2"):
        path = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", code, str(data), str(path)],
            check=True,
            cwd=settings.ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert path.read_bytes() == expected


@pytest.mark.parametrize("state", ["ready", "killed", "none"])
def test_a_process_that_waits_writes_it_and_else_this_one(
    state: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = (data / "marts" / report.NAME).read_bytes()
    found = settings.load(data)
    if state != "none":
        renderer.prepare()
    try:
        if state == "killed":
            (waiting,) = renderer._waiting
            waiting.kill()
            waiting.wait()
        elif state == "ready":
            monkeypatch.delattr(report, "render")  # this process cannot
        page = tmp_path / report.NAME
        with renderer.writing(found.marts, manifest.read(found), page, limit_s=60):
            pass
    finally:
        renderer.dismiss()
    assert (tmp_path / report.NAME).read_bytes() == expected


def test_a_process_that_hangs_is_ended_and_nothing_is_written(data: Path, tmp_path: Path) -> None:
    found = settings.load(data)
    renderer.prepare()
    (waiting,) = renderer._waiting
    waiting.send_signal(signal.SIGSTOP)
    page = tmp_path / report.NAME
    # An order that is longer than a pipe holds: it hangs while it is sent.
    described = manifest.read(found) | {"padding": "x" * 200_000}
    with (
        pytest.raises(RoofhouseError, match=r"report.html: not made within 0.5 s"),
        renderer.writing(found.marts, described, page, limit_s=0.5),
    ):
        pass
    assert waiting.poll() == -signal.SIGKILL
    assert not page.exists()
    assert renderer._waiting == []


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(vega_bundle, "folder", lambda: folder)
    return folder


def test_a_lost_or_damaged_cache_is_made_again(cache: Path) -> None:
    load = vega_bundle.load.__wrapped__
    first = load()
    (cached,) = cache.iterdir()
    cached.write_bytes(cached.read_bytes()[:1000])
    assert load() == first == vega_bundle.load()
    assert list(cache.iterdir()) == [cached]
    assert load() == first


def test_the_script_is_made_where_it_cannot_be_cached(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert vega_bundle.load.__wrapped__() == vega_bundle.load()


def test_the_page_stands_alone(page: Page, data: Path) -> None:
    assert (data / "marts" / report.NAME).stat().st_size < 2_000_000
    for tag, attributes in page.tags:
        assert not LOADING & attributes.keys()
        assert tag not in ("link", "base", "iframe", "object", "embed")
        if "href" in attributes:
            assert tag == "a"
    (policy,) = (
        attributes["content"]
        for tag, attributes in page.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


def test_it_says_what_the_marts_say(page: Page, data: Path) -> None:
    assert (
        "Of 22 published claims, 5 are impossible as reported, 7 are implausible and 10 are "
        "plausible; none rests on a measurement that anybody can trace." in page.text
    )
    assert "Snapshot of 1 May 2026, 12:00 UTC" in page.text
    assert manifest.read(settings.load(data))["build_id"] in page.text
    assert "CC-BY-SA-4.0" in page.text
    for row in mart(data, "mart_case_findings").iter_rows(named=True):
        assert row["message"] in page.text
        assert row["rule_why"] in page.text
    for name in mart(data, "mart_case_metrics")["hardware_name"]:
        assert name in page.text


def test_the_first_sentence_counts_by_plausibility_and_by_traceable_measurements(
    mixed: Path,
) -> None:
    cases = mart(mixed, "mart_case_metrics")
    counts = dict(cases.group_by("plausibility").len().iter_rows())
    assert set(counts) == {"impossible", "implausible", "plausible", "not_judged"}
    assert (
        f"Of {cases.height} published claims, {counts['impossible']} are impossible as reported, "
        f"{counts['implausible']} are implausible, {counts['plausible']} are plausible and "
        f"{counts['not_judged']} could not be judged; {cases['is_traceable'].sum()} rest on a "
        "measurement that anybody can trace."
    ) in prose(Page(mixed / "marts" / report.NAME))


@pytest.mark.parametrize("state", ["impossible", "implausible", "plausible", "not_judged"])
def test_one_case_is_told_by_its_plausibility(mixed: Path, tmp_path: Path, state: str) -> None:
    one = mart(mixed, "mart_case_metrics").filter(pl.col("plausibility") == state).head(1)
    found = changed(mixed, tmp_path / "data", mart_case_metrics=one)
    (is_traceable,) = one["is_traceable"]
    said = {"impossible": "is impossible as reported", "not_judged": "cannot be judged"}
    assert (
        f"The one published claim {said.get(state, f'is {state}')}, and rests on "
        f"{'a' if is_traceable else 'no'} measurement that anybody can trace."
    ) in prose(found)


def test_plausible_cases_lead_and_whole_runs_are_told_apart(mixed: Path) -> None:
    page = Page(mixed / "marts" / report.NAME)
    data = page.specs["data"]
    cases = {row["case_id"]: row for row in mart(mixed, "mart_case_metrics").to_dicts()}
    for name, metric in (("efficiency", "roofline_efficiency"), ("tokens", "output_tok_s_per_w")):
        rows = data[name]
        order = [(row["verdict"] == "plausible", row[metric]) for row in rows]
        assert order == sorted(order, reverse=True)
        assert len({row["throughput"] for row in rows}) == 2
        for row in rows:
            case = cases[row["case_id"]]
            assert row["throughput"] == details.SCOPES[case["throughput_scope"]]
            assert row["verdict"] == case["plausibility"].replace("_", " ")
            if name == "efficiency":
                assert (row["low"] is None) == (case["throughput_scope"] == "wall")
    assert page.text.count("the two do not compare") == 3
    frontier = [row for row in data["pareto"] if row["standing"] == "frontier of all"]
    assert {row["throughput"] for row in frontier} == set(details.SCOPES.values())
    standings: dict[str, set[str]] = {}
    for row in data["pareto"]:
        standings.setdefault(row["case_id"].split("-on-")[0], set()).add(row["standing"])
    assert standings["impossible"] == {"impossible"}
    assert standings["implausible"] == {"implausible"}
    assert standings["no-length"] == {"in no class", "frontier of all"}
    assert not {"image", "no-result", "prompts-alone"} & standings.keys()


def test_the_open_division_is_named_and_ranks_behind_the_closed_one(tmp_path: Path) -> None:
    cases = feeds.feed(*mixture.mixture("phase", "wall"))
    for item in cases["items"]:
        item["division"] = "Open" if item["id"].startswith("wall") else "closed"
    publish_report(tmp_path / "data", cases)
    data = Page(tmp_path / "data" / "marts" / report.NAME).specs["data"]
    for name in ("efficiency", "tokens"):
        is_open = [row["case_id"].startswith("wall") for row in data[name]]
        assert is_open == sorted(is_open)
        assert any(is_open)
        said = {row["throughput"] for row in data[name]}
        assert said == {"decoding", "whole run, open division"}


def test_what_the_frontier_leaves_out_is_counted(mixed: Path) -> None:
    count = len(mixture.plausible())
    reasons = ("impossible", "implausible", "of another workload", "not judged")
    text = Page(mixed / "marts" / report.NAME).text
    for reason in (*reasons, "without the figures"):
        assert f"{count} {reason}" in text[text.index("Left out:") :]


def test_models_of_one_name_keep_apart_in_the_matrix(mixed: Path) -> None:
    cells = Page(mixed / "marts" / report.NAME).specs["data"]["coverage"]
    names = {(row["hardware_name"], row["model_name"]) for row in cells}
    assert len(names) == len(cells)
    assert "Llama 3.3 70B Instruct (llama-3.3-70b-image)" in {name for _, name in names}


def test_every_chart_is_there_and_no_title_is_a_column(page: Page) -> None:
    assert set(page.specs["charts"]) == {
        "one_scale",
        "by_hardware",
        "efficiency",
        "tokens",
        "pareto",
        "compared",
        "tiers",
        "coverage",
    }

    def titles(spec: Any) -> list[str]:
        if isinstance(spec, list):
            return [title for part in spec for title in titles(part)]
        if not isinstance(spec, dict):
            return []
        own = [spec["title"]] if isinstance(spec.get("title"), str) else []
        return own + [title for part in spec.values() for title in titles(part)]

    found = titles(page.specs["charts"])
    assert len(found) > 40
    assert not [title for title in found if "_" in title]


def test_the_distance_to_the_roof_is_the_efficiency(page: Page) -> None:
    rows = page.specs["data"]["roofline"]
    assert len(rows) == 22
    for row in rows:
        assert row["achieved"] / row["attainable"] == pytest.approx(row["efficiency"])
        assert row["mfu"] / min(1, row["to_ridge"]) == pytest.approx(row["efficiency"])


def test_a_changed_specification_is_told(page: Page) -> None:
    assert "Memory bandwidth of one card GB/s per card 2,039 1,019.5 1 0.306 → 0.613" in page.text
    assert page.text.count(A100) == 2  # of the case itself and of the change


def test_hostile_text_is_text(data: Path, tmp_path: Path) -> None:
    hostile = {
        name: mart(data, name).with_columns(pl.lit(HOSTILE).alias(column))
        for name, column in (
            ("mart_case_metrics", "display_title"),
            ("mart_case_findings", "message"),
            ("mart_pareto_frontier", "display_title"),
            ("mart_coverage_matrix", "model_name"),
            ("mart_spec_change", "new_value"),
        )
    }
    hostile["mart_case_metrics"] = hostile["mart_case_metrics"].with_columns(
        pl.lit(HOSTILE).alias("hardware_name")
    )
    found = changed(data, tmp_path / "data", **hostile)
    tags = [tag for tag, _ in found.tags]
    assert "img" not in tags
    assert tags.count("script") == 4
    assert found.text.count("onerror=alert(1)>=cmd|' /C calc'!A0 {{ 7 * 7 }}") > 100
    assert {row["title"] for row in found.specs["data"]["roofline"]} == {HOSTILE}
    assert "<" not in found.json
    assert "\u2028" not in found.json


@pytest.mark.parametrize("title", ["=1+1", "漢<" * 10_000])
def test_many_cases_with_any_title_keep_the_page_small(
    data: Path, tmp_path: Path, title: str
) -> None:
    count = 2_000

    def repeated(name: str) -> pl.DataFrame:
        one = mart(data, name).filter(pl.col("case_id") == A100)
        copies = pl.DataFrame({"copy": range(count)})
        case_id = pl.format("case-{}", pl.col("copy"))
        whole = one.join(copies, how="cross").with_columns(case_id.alias("case_id")).drop("copy")
        named = "display_title" in whole
        return whole.with_columns(pl.lit(title).alias("display_title")) if named else whole

    marts = ("mart_case_metrics", "mart_case_findings", "mart_pareto_frontier")
    frames = {name: repeated(name) for name in (*marts, "mart_reported_vs_implied")}
    found = changed(data, tmp_path / "data", **frames)
    assert (tmp_path / "data" / "report.html").stat().st_size < report.MAX_BYTES
    shown = sum(tag == "details" for tag, _ in found.tags)
    assert shown >= report.MAX_CASES / 4
    assert f"{shown} of 2,000 cases are shown one by one: those with the most errors" in found.text
    assert "The 40 highest of 2,000 cases with an efficiency" in found.text


def test_empty_marts_are_told_in_words(data: Path, tmp_path: Path) -> None:
    empty = {path.stem: pl.read_parquet(path).clear() for path in data.glob("marts/*.parquet")}
    found = changed(data, tmp_path / "data", **empty)
    assert found.specs["charts"] == found.specs["data"] == {}
    assert "No case is published" in found.text
    for sentence in (
        "No case shown has a decode roofline",
        "No case has a roofline efficiency",
        "No case reports both throughput and power",
        "No case gives both the time between tokens and the throughput",
        "No case reports a quantity that its other numbers imply",
        "There is no case to list",
        "No combination of hardware and model has a claim",
        "There is no case to trust or not",
        "No specification changed between the 2 snapshots",
    ):
        assert sentence in found.text


def test_no_number_at_all_is_no_obstacle(data: Path, tmp_path: Path) -> None:
    """Cases of which nothing but the description is known, and none declares evidence."""
    frames = {}
    for name in ("mart_case_metrics", "mart_reported_vs_implied", "mart_pareto_frontier"):
        frame = mart(data, name)
        absent = [
            column
            for column, dtype in frame.schema.items()
            if dtype == pl.Float64 or column in ("declared_tier", "effective_tier", "tier_reason")
        ]
        frames[name] = frame.with_columns(
            pl.lit(None, dtype=frame.schema[column]).alias(column) for column in absent
        )
    frames["mart_pareto_frontier"] = frames["mart_pareto_frontier"].clear()
    found = changed(data, tmp_path / "data", **frames)
    assert set(found.specs["charts"]) == {"tiers", "coverage"}
    assert "no evidence" in found.text


def test_a_tier_that_nobody_has_heard_of_is_shown_among_the_others(
    data: Path, tmp_path: Path
) -> None:
    metrics = mart(data, "mart_case_metrics").with_columns(
        pl.lit("verified").alias("declared_tier"), pl.lit("verified").alias("effective_tier")
    )
    found = changed(data, tmp_path / "data", mart_case_metrics=metrics)
    assert {row["tier"] for row in found.specs["data"]["tiers"]} == {"other"}


def test_a_case_without_a_title_is_named_by_what_ran_on_what(tmp_path: Path) -> None:
    cases = feeds.shipped()
    for item in cases["items"]:
        item["title"] = " "
    publish_report(tmp_path / "data", cases)
    found = Page(tmp_path / "data" / "marts" / report.NAME)
    titles = {
        row["case_id"]: row["title"]
        for rows in found.specs["data"].values()
        for row in rows
        if "title" in row
    }
    assert titles[A100] == "Llama 3.3 70B Instruct on 8× NVIDIA A100 SXM4 80GB with vLLM"


def test_a_legend_has_what_the_chart_has() -> None:
    found = charts.legends({"roofline": [{"verdict": "implausible"}]})
    assert [key.name for key in found["one_scale"]] == ["implausible"]
    assert found["pareto"] == []
