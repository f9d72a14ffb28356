"""report.html is complete, repeatable, self-contained, and safe from hostile text of the feed."""

from __future__ import annotations

import copy
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
from pipelines.report import block, cases, details, renderer
from tests import feeds, result_sources
from tests.marts import mixture
from tests.published import A100, publish_report, respecified, write_report

HOSTILE = "</script><img src=x onerror=alert(1)>=cmd|' /C calc'!A0 {{ 7 * 7 }} \u2028 & \"quoted\""
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}


class Page(HTMLParser):
    """The tags of a page, the texts outside scripts and styles, tables, and embedded data."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: dict[str, str] = {}
        self.tables: dict[str, list[list[str]]] = {}
        self._inside = self._script = self._table = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.tags.append((tag, dict(attrs)))
        name = dict(attrs).get("id") or ""
        if tag == "script":
            self._script = name
        elif tag == "table":
            self._table = name
            self.tables[name] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self.tables[self._table][-1].append("")

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[self._script] = data
        elif self._inside != "style":
            self.texts.append(data)
            if self._table and self.tables[self._table]:
                self.tables[self._table][-1][-1:] = [
                    " ".join(f"{cell} {data}".split()) for cell in self.tables[self._table][-1][-1:]
                ]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if tag == "table":
            self._table = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def block(self, name: str) -> Any:
        """An embedded block, as it was packed."""
        return block.unpacked(self.scripts[f"block-{name}"])

    @property
    def cases(self) -> list[dict[str, Any]]:
        """The embedded cases, a row each."""
        return unfolded(self.block("cases"))

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The details of the embedded cases, a row each, with their id."""
        found = unfolded(self.block("details")["facts"])
        return [facts | case for case, facts in zip(self.cases, found, strict=True)]


def unfolded(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a table that is packed by column."""
    values = {
        name: [column["d"][code] if code >= 0 else None for code in column["c"]]
        if "d" in column
        else column["v"]
        for name, column in table["columns"].items()
    }
    return [{name: column[at] for name, column in values.items()} for at in range(table["length"])]


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


def test_the_page_stands_alone(page: Page, data: Path) -> None:
    assert (data / "marts" / report.NAME).stat().st_size < 300_000
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
    found = page.block("details")
    at = {case["case_id"]: place for place, case in enumerate(page.cases)}
    told = {
        (row["at"], row["message"], *found["rules"][row["rule"]])
        for row in unfolded(found["findings"])
    }
    assert told == {
        (at[row["case_id"]], row["message"], row["severity"], row["rule_title"], row["rule_why"])
        for row in mart(data, "mart_case_findings").iter_rows(named=True)
    }
    for name in mart(data, "mart_case_metrics")["hardware_name"]:
        assert name in page.text


def test_every_case_is_embedded_with_the_numbers_of_the_marts(mixed: Path) -> None:
    page = Page(mixed / "marts" / report.NAME)
    marts = {row["case_id"]: row for row in mart(mixed, "mart_case_metrics").to_dicts()}
    assert {case["case_id"] for case in page.cases} == marts.keys()
    for case in page.facts:
        told = marts[case["case_id"]]
        for name in (*cases.NUMBERS, "serving_roofline_tok_s", "decode_mbu", "power_per_card_w"):
            assert case[name] == (
                None if told[name] is None else pytest.approx(told[name], rel=5e-4)
            )
        assert case["verdict"] == told["plausibility"].replace("_", " ")
        assert case["scope"] == details.SCOPES[told["throughput_scope"]]
        assert bool(case["is_traceable"]) == told["is_traceable"]


@pytest.mark.parametrize("largest", [2.0, 2.0**53, 1e20, 1e300])
def test_a_number_of_any_size_is_embedded(largest: float) -> None:
    packed = block.packed(block.columns(pl.DataFrame({"n": [1.0, None, largest, float("inf")]})))
    assert unfolded(block.unpacked(packed)) == [{"n": one} for one in (1, None, largest, None)]


def test_the_verdicts_of_a_source_are_told_apart_from_its_evidence(mixed: Path) -> None:
    page = Page(mixed / "marts" / report.NAME)
    (_, row) = page.tables["by-source"]
    told = mart(mixed, "mart_case_metrics")
    assert row[0] == "EvoKernel Spec"
    assert row[1] == str(told.height)
    for verdict, count in told.group_by("plausibility").len().iter_rows():
        assert f"{count} {verdict.replace('_', ' ')}" in row[2]
    assert f"{told['is_traceable'].sum()} traceable" in row[3]
    counts = [int(count) for count in re.findall(r"\d+", row[3])]
    assert sum(counts) == told.height


def test_a_case_names_its_submitter_and_leads_to_its_evidence(page: Page) -> None:
    found = page.block("details")
    at = next(place for place, case in enumerate(page.cases) if case["case_id"] == A100)
    item = next(item for item in feeds.shipped()["items"] if item["id"] == A100)
    urls = [found["addresses"][one] for one in found["evidence"]["evidence_urls"][at]]
    assert urls == [one["url"] for one in item["evidence"]]
    assert page.facts[at]["submitter_github"] == item["submitter"]["github"]


def test_names_in_other_letters_have_the_catalogs_beside_them(page: Page) -> None:
    names = {case["hardware_name"] for case in page.cases}
    assert {"昇腾 910B (Huawei Ascend 910B)", "NVIDIA A100 SXM4 80GB"} <= names
    assert not [name for name in names if not name.isascii() and "(" not in name]


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


def test_a_case_has_its_standing_and_what_does_not_compare_is_said(mixed: Path) -> None:
    page = Page(mixed / "marts" / report.NAME)
    assert page.text.count("the two do not compare") == 3
    standings: dict[str, set[str]] = {}
    scopes = set()
    for case in page.facts:
        standings.setdefault(case["case_id"].split("-on-")[0], set()).add(case["standing"])
        if case["standing"] == "frontier of all":
            scopes.add(case["scope"])
    assert scopes == set(details.SCOPES.values())
    assert standings["impossible"] == {"impossible"}
    assert standings["implausible"] == {"implausible"}
    assert standings["no-length"] == {"in no class", "frontier of all"}
    for workload in ("image", "no-result", "prompts-alone"):
        assert standings[workload] == {None}


def test_the_open_division_is_marked(tmp_path: Path) -> None:
    found = feeds.feed(*mixture.mixture("phase", "wall"))
    for item in found["items"]:
        item["division"] = "Open" if item["id"].startswith("wall") else "closed"
    publish_report(tmp_path / "data", found)
    rows = Page(tmp_path / "data" / "marts" / report.NAME).cases
    assert {bool(case["is_open"]) for case in rows} == {True, False}
    for case in rows:
        assert bool(case["is_open"]) == case["case_id"].startswith("wall")


def test_what_the_frontier_leaves_out_is_counted(mixed: Path) -> None:
    count = len(mixture.plausible())
    reasons = ("impossible", "implausible", "of another workload", "not judged")
    text = Page(mixed / "marts" / report.NAME).text
    for reason in (*reasons, "without the figures"):
        assert f"{count} {reason}" in text[text.index("Left out:") :]


def test_models_of_one_name_keep_apart(mixed: Path) -> None:
    page = Page(mixed / "marts" / report.NAME)
    heads, *rows = page.tables["matrix"]
    assert len(set(heads)) == len(heads)
    assert len({row[0] for row in rows}) == len(rows)
    assert "Llama 3.3 70B Instruct (llama-3.3-70b-image)" in heads
    names = {(case["model_id"], case["model_name"]) for case in page.cases}
    assert len(names) == len({name for _, name in names})


def test_what_two_sources_call_otherwise_has_one_name(mixed: Path, tmp_path: Path) -> None:
    names = [f"{side}_name" for side in ("hardware", "model")]
    one = pl.col("case_id") == "phase-on-h200-sxm"
    metrics = mart(mixed, "mart_case_metrics").with_columns(
        pl.when(one).then(pl.lit("Another")).otherwise(name).alias(name) for name in names
    )
    page = changed(mixed, tmp_path / "data", mart_case_metrics=metrics)
    before = Page(mixed / "marts" / report.NAME)
    for name in names:
        assert {case["case_id"]: case[name] for case in page.cases} == {
            case["case_id"]: case[name] for case in before.cases
        }


def test_every_chart_has_its_place_and_says_what_it_is(page: Page) -> None:
    places = [attributes["data-plot"] for _, attributes in page.tags if "data-plot" in attributes]
    assert places == ["model", "efficiency", "energy", "roofline", "compared"]
    images = [attributes for _, attributes in page.tags if attributes.get("role") == "img"]
    assert len(images) == len(places)
    assert all(len(image["aria-label"] or "") > 40 for image in images)


def test_the_distance_to_the_roof_is_the_efficiency(page: Page) -> None:
    assert len(page.facts) == 22
    for case in page.facts:
        efficiency = pytest.approx(case["decode_roofline_efficiency"], rel=2e-3)
        assert case["achieved"] / case["attainable"] == efficiency
        to_ridge = case["arithmetic_intensity"] / case["ridge_point"]
        assert case["decode_mfu"] / min(1, to_ridge) == efficiency


def test_claims_that_came_changed_and_went_are_told(tmp_path: Path) -> None:
    gone, changed_, new, *rest = feeds.shipped()["items"]
    before = feeds.feed(gone, copy.deepcopy(changed_), *rest)
    changed_["stack"]["engine"]["version"] = "9.9.9"
    after = feeds.feed(changed_, new, *rest, generated="2026-05-01T12:00:00.000Z")
    publish_report(tmp_path / "data", before, after)
    page = Page(tmp_path / "data" / "marts" / report.NAME)
    assert (
        "Since the first snapshot of each source: 1 added, 1 changed and 1 withdrawn." in page.text
    )
    told = {row[1]: row for row in page.tables["claim-changes"][1:]}
    assert told["added"][0].startswith(new["title"])
    assert told["withdrawn"][0].startswith(gone["title"])
    assert told["changed"][0].startswith(changed_["title"])
    assert "9.9.9" in told["changed"][2]


def test_only_a_case_of_the_page_is_a_link(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other would be no case of the page, and its address would undo what is chosen."""
    monkeypatch.setattr(report, "MAX_CASES", 1)
    change = mart(data, "mart_case_provenance").with_columns(
        pl.col("first_seen_at").max() + pl.duration(days=pl.int_range(pl.len()))
    )
    page = changed(data, tmp_path / "data", mart_case_provenance=change)
    (shown,) = page.cases
    assert len(page.tables["claim-changes"]) == 1 + 21
    links = {
        href for tag, attributes in page.tags if tag == "a" and (href := attributes["href"] or "")
    }
    cases_ = {href for href in links if href.startswith(("#case-", "#case:"))}
    assert cases_ <= {f"#{shown['case_id']}"}


def test_a_changed_specification_is_told(page: Page) -> None:
    (row,) = page.tables["changed"][1:]
    assert row[1:6] == [
        "Memory bandwidth of one card GB/s per card",
        "2,039",
        "1,019.5",
        "1",
        f"0.306 → 0.613 {A100}",
    ]


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
    assert tags.count("script") == 6
    assert found.text.count("onerror=alert(1)>=cmd|' /C calc'!A0 {{ 7 * 7 }}") > 50
    assert {case["title"] for case in found.cases} == {HOSTILE}
    assert "<" not in found.scripts["given"]
    assert "\u2028" not in found.scripts["given"]
    for name in ("cases", "details", "history"):
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", found.scripts[f"block-{name}"])


def repeated(data: Path, count: int, title: str) -> dict[str, pl.DataFrame]:
    """The marts of one case so many times, each a day older, under a title."""
    marts = {}
    for name in (
        "mart_case_metrics",
        "mart_case_findings",
        "mart_case_provenance",
        "mart_pareto_frontier",
        "mart_reported_vs_implied",
    ):
        one = mart(data, name).filter(pl.col("case_id") == A100)
        copies = pl.DataFrame({"copy": range(count)})
        case_id = pl.format("case-{}", pl.col("copy"))
        whole = one.join(copies, how="cross").with_columns(case_id.alias("case_id"))
        if "submitted_on" in whole:
            day = pl.date(2026, 1, 1) - pl.duration(days=pl.col("copy"))
            whole = whole.with_columns(day.alias("submitted_on"))
        named = {"display_title", "title"} & set(whole.columns)
        marts[name] = whole.with_columns(
            (pl.lit(title) + pl.col("case_id")).alias(column) for column in named
        ).drop("copy")
    return marts


@pytest.mark.parametrize("title", ["=1+1", "漢<" * 10_000])
def test_many_cases_with_any_title_are_all_there(data: Path, tmp_path: Path, title: str) -> None:
    found = changed(data, tmp_path / "data", **repeated(data, 2_000, title))
    assert (tmp_path / "data" / "report.html").stat().st_size < report.MAX_BYTES
    assert len(found.cases) == 2_000
    assert "All 2,000 cases with an efficiency" in found.text
    assert "newest of" not in found.text[: found.text.index("Choose hardware")]


@pytest.mark.parametrize("limit", ["MAX_CASES", "MAX_BYTES"])
def test_beyond_its_limits_the_page_shows_the_newest_and_says_so(
    limit: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = changed(data, tmp_path / "whole", **repeated(data, 300, "run "))
    size = (tmp_path / "whole" / "report.html").stat().st_size
    monkeypatch.setattr(report, "MAX_CASES", 7 if limit == "MAX_CASES" else 400)
    monkeypatch.setattr(report, "MAX_BYTES", size if limit == "MAX_BYTES" else report.MAX_BYTES)
    found = changed(data, tmp_path / "data", **repeated(data, 300, "run "))
    shown = 7 if limit == "MAX_CASES" else 200
    assert len(whole.cases) == 300
    assert {case["case_id"] for case in found.cases} == {f"case-{copy}" for copy in range(shown)}
    assert f"This page holds the {shown} newest of 300 cases" in found.text
    assert "Of 300 published claims" in found.text


def test_empty_marts_are_told_in_words(data: Path, tmp_path: Path) -> None:
    empty = {path.stem: pl.read_parquet(path).clear() for path in data.glob("marts/*.parquet")}
    found = changed(data, tmp_path / "data", **empty)
    assert found.cases == []
    assert not [attributes for _, attributes in found.tags if "data-plot" in attributes]
    assert "No case is published" in found.text
    for sentence in (
        "No case has a decode roofline",
        "No case has a roofline efficiency",
        "No case reports both throughput and power",
        "No case gives both the time between tokens and the throughput",
        "No case reports a quantity that its other numbers imply",
        "There is no case to list",
        "No combination of hardware and model has a claim",
        "There is no case to trust or not",
        "No specification changed between the 2 snapshots",
        "No claim was added, changed or withdrawn",
        "No configuration was run twice",
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
    assert not [attributes for _, attributes in found.tags if "data-plot" in attributes]
    assert {case["evidence"] for case in found.cases} == {"no evidence"}
    assert len(found.tables["claims"]) == 1 + 22
    assert "no evidence" in found.tables["trust-tiers"][1]


def test_a_tier_that_nobody_has_heard_of_is_shown_among_the_others(
    data: Path, tmp_path: Path
) -> None:
    metrics = mart(data, "mart_case_metrics").with_columns(
        pl.lit("verified").alias("declared_tier"), pl.lit("verified").alias("effective_tier")
    )
    found = changed(data, tmp_path / "data", mart_case_metrics=metrics)
    assert {case["evidence"] for case in found.cases} == {"other"}
    assert found.tables["trust-tiers"][1:] == [["verified", "verified", "22"]]


def test_a_case_without_a_title_is_named_by_what_ran_on_what(tmp_path: Path) -> None:
    cases = feeds.shipped()
    for item in cases["items"]:
        item["title"] = " "
    publish_report(tmp_path / "data", cases)
    found = Page(tmp_path / "data" / "marts" / report.NAME)
    titles = {case["case_id"]: case["title"] for case in found.cases}
    assert titles[A100] == "Llama 3.3 70B Instruct on 8× NVIDIA A100 SXM4 80GB with vLLM"


def test_runs_of_a_configuration_come_in_order_under_one_label(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder = result_sources.lab(data)
    for day, throughput in ((3, 1_500.0), (1, 2_000.0), (2, 2_100.0)):
        run = result_sources.vllm_run(day, day=day, throughput=throughput)
        result_sources.write(folder / f"{day}.json", run)
    publish_report(data, feeds.shipped())
    page = Page(data / "marts" / report.NAME)
    found = page.block("history")
    assert found["total"] == len(found["labels"]) == 1
    assert (
        "on 8 × NVIDIA H100 SXM5 80GB, vllm, fp8-e4m3, 1,024 → 128 tokens, 32 at once"
        in found["labels"][0]
    )
    runs = unfolded(found["runs"])
    assert [run["decode_tok_s"] for run in runs] == [2_000, 2_100, 1_500]
    assert [run["is_regression"] for run in runs] == [None, 0, 1]
    assert [page.cases[run["case"]]["decode_tok_s"] for run in runs] == [2_000, 2_100, 1_500]
    assert "1 configuration was run more than once." in page.text
