"""The recipes of docs/extending.md, tried in a copy of the project."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import feeds
from tests.conftest import Build
from tests.recipes import Copy, recipes

RECIPES = recipes()

#: Of a rule or a metric that the reference implementation lacks, one of these fails.
SECOND_IMPLEMENTATIONS = [
    "tests/test_reference.py::test_the_reference_knows_every_rule",
    "tests/test_reference.py::test_the_reference_has_every_metric",
]

#: Builds a data folder and prints what the recipes have added to it.
LOOK = """
import json, sys
from pathlib import Path
from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.transform import check_files, materialize, registry, rules
from pipelines.validation.violations import violations

found = settings.load(Path(sys.argv[1]))
try:
    registry.tables()
    with materialize.building(found) as db:
        materialize.materialize_all(db, found)
        added = [check for check in check_files.load() if check.table == "mart_engine_version"]
        print(json.dumps({
            "mart": db.frame("from marts.mart_engine_version").to_dicts(),
            "findings": db.rows(
                "select case_id, message from quality.finding where rule_id = ? order by all",
                ["ttft_above_interactive"],
            ),
            "metric": db.rows(
                "select case_id, ttft_to_tbt from marts.mart_case_metrics order by all"
            ),
            "definition": db.rows(
                "select formula from metrics.metric_definition where metric = 'ttft_to_tbt'"
            ),
            "cooling": db.rows(
                "select hardware_id, card_cooling from main.dim_hardware "
                "where card_cooling is not null"
            ),
            "drift": db.rows("select path from quality.drift"),
            "assumed": db.rows(
                "select value from main.assumption where name = 'established_version_cases'"
            ),
            "checks": [
                [check.name, check.severity, db.rows(check.query)] for check in added
            ],
            "violations": {
                name: len(violations(db, table.contract))
                for name, table in registry.tables().items()
            },
        }))
except RoofhouseError as error:
    sys.exit(str(error))
"""

#: Prints the throughput per card of each case of a result file, as `roofhouse check` finds it.
CHECK = """
import json, sys
from pathlib import Path
from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.transform import audit

try:
    found = audit.audit(Path(sys.argv[1]), settings.load()).cases
    print(json.dumps([case.metrics["output_tok_s_per_card"] for case in found]))
except RoofhouseError as error:
    sys.exit(str(error))
"""

#: The copy's own tests that follow the tables, columns, rules and checks, without those that
#: build many feeds.
OWN_TESTS = [
    "tests/contracts",
    "tests/test_dictionary.py",
    "tests/test_lineage.py",
    "tests/test_metrics.py",
    "tests/test_rules.py",
    "tests/test_sql.py",
    "tests/test_definitions.py::test_every_table_has_one_file_one_contract_one_asset_and_one_contract_check",
    "tests/test_definitions.py::test_contract_checks_block_and_the_others_warn",
    "tests/test_definitions.py::test_every_rule_is_a_check_of_its_own",
    "tests/test_definitions.py::test_every_asset_says_what_it_is_before_it_is_made",
    *SECOND_IMPLEMENTATIONS,
    "--deselect=tests/test_dictionary.py::test_the_comments_in_the_published_file_are_the_same_text",
    "--deselect=tests/test_rules.py::test_a_rule_with_a_bad_predicate_stops_the_build_with_its_id",
]


def cooled() -> feeds.Feed:
    """The shipped feed with a field that no contract of the project knows."""
    feed = copy.deepcopy(feeds.shipped())
    for item in feed["items"]:
        if item["resolved"]["hardware"]["id"] == "a100-sxm4":
            item["resolved"]["hardware"]["power"]["cooling"] = "air"
    return feed


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the project to which every recipe was applied."""
    found = Copy(tmp_path_factory.mktemp("extended"))
    for steps in RECIPES.values():
        for step in steps:
            step.apply(found.folder)
    written = found.python("-m", "pipelines.metadata.dictionary")
    assert written.returncode == 0, written.stderr
    return found


def build(project: Copy, data: Path) -> tuple[dict[str, Any], str]:
    """Build a data folder in a copy; returns what was printed, and the error."""
    done = project.python("-c", LOOK, str(data))
    return json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the shipped feed and the field that no contract knows."""
    folder = tmp_path_factory.mktemp("built") / "data"
    feeds.write(folder, cooled())
    return folder


@pytest.fixture(scope="module")
def built(extended: Copy, data: Path) -> dict[str, Any]:
    found, error = build(extended, data)
    assert found, error
    return found


def test_the_page_has_every_recipe() -> None:
    assert [heading for heading, steps in RECIPES.items() if steps] == [
        "Add a mart",
        "Add a rule",
        "Add a metric",
        "Add a field of the feed",
        "Add a configuration value",
        "Add a check",
        "Add a format of result files",
    ]


def test_a_mart_is_a_sql_file_and_a_contract(built: dict[str, Any]) -> None:
    versions = {
        (item["stack"]["engine"]["id"], item["stack"]["engine"]["version"])
        for item in feeds.shipped()["items"]
    }
    rows = built["mart"]
    assert {(row["engine_id"], row["engine_version"]) for row in rows} == versions
    assert sum(row["case_count"] for row in rows) == len(feeds.shipped()["items"])


def test_a_rule_is_an_entry_of_the_rules_file(built: dict[str, Any]) -> None:
    slow = {
        item["id"]: item["results"]["latency_ms"]["ttft_p50"]
        for item in feeds.shipped()["items"]
        if item["results"]["latency_ms"]["ttft_p50"] > 100
    }
    assert len(slow) == len(feeds.shipped()["items"]) - 1
    assert dict(built["findings"]) == {
        case_id: f"The first token takes {ttft:g} ms, over 100 ms."
        for case_id, ttft in slow.items()
    }


def test_a_metric_is_a_line_of_sql_and_a_column_of_the_contract(built: dict[str, Any]) -> None:
    latencies = {item["id"]: item["results"]["latency_ms"] for item in feeds.shipped()["items"]}
    assert dict(built["metric"]) == pytest.approx(
        {case_id: one["ttft_p50"] / one["tbt_p50"] for case_id, one in latencies.items()}
    )
    assert built["definition"] == [["ttft_p50_ms / tbt_p50_ms"]]


def test_a_field_of_the_feed_is_a_column_of_the_contract(built: dict[str, Any]) -> None:
    assert built["cooling"] == [["a100-sxm4", "air"]]
    assert built["drift"] == []


def test_a_field_that_no_contract_knows_is_reported_by_its_path(build: Build) -> None:
    with build(cooled()) as db:
        assert db.rows("select path from quality.drift") == [("resolved.hardware.power.cooling",)]


def test_a_configuration_value_is_an_entry_that_sql_reads(built: dict[str, Any]) -> None:
    assert built["assumed"] == [[2]]
    for row in built["mart"]:
        assert row["is_established"] == (row["case_count"] >= 2)


def test_a_check_is_a_sql_file(built: dict[str, Any]) -> None:
    ((name, severity, rows),) = built["checks"]
    assert (name, severity) == ("engine_versions_have_possible_cases", "warn")
    assert rows == [
        [row["engine_id"], row["engine_version"], row["case_count"]]
        for row in built["mart"]
        if row["error_case_count"] == row["case_count"]
    ]


def test_a_format_is_a_module(extended: Copy, tmp_path: Path) -> None:
    run = {"lab_bench": "run", "wall_seconds": 32, "tokens_out": 65_536, "operator": "me"}
    (tmp_path / "lab.json").write_text(json.dumps([{**run, "lab_bench": "warm-up"}, run]))
    lacking = extended.python("-c", CHECK, str(tmp_path / "lab.json"))
    for key in ("hardware", "cards", "model", "engine.id", "quantization"):
        assert f"`{key}`" in lacking.stderr
    (tmp_path / "lab.sidecar.yml").write_text(
        "hardware: h100-sxm5\ncards: 1\nmodel: llama-3.1-8b\nengine: {id: vllm}\n"
        "quantization: bf16\n"
    )
    found = extended.python("-c", CHECK, str(tmp_path / "lab.json"))
    assert json.loads(found.stdout) == [2_048.0], found.stderr


def test_every_table_keeps_its_contract(built: dict[str, Any]) -> None:
    assert set(built["violations"].values()) == {0}


def test_the_tests_ask_for_a_second_implementation_by_name_and_for_nothing_else(
    extended: Copy,
) -> None:
    done = extended.python(
        "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-rf", "--tb=line", *OWN_TESTS
    )
    failed = re.findall(r"^FAILED (\S+)", done.stdout, flags=re.MULTILINE)
    assert failed == SECOND_IMPLEMENTATIONS, done.stdout
    said = re.sub(r"\s+", " ", done.stdout)
    assert "tests/reference/rules lacks assert {'ttft_above_interactive'} ==" in said
    assert "tests/reference/metrics.py lacks assert {'ttft_to_tbt'} ==" in said


@pytest.mark.parametrize(
    ("heading", "file"),
    [
        (heading, file)
        for heading, steps in RECIPES.items()
        if len(files := dict.fromkeys(step.file for step in steps)) > 1
        for file in files
    ],
)
def test_a_file_that_is_left_out_is_named(
    extended: Copy, data: Path, heading: str, file: str
) -> None:
    with extended.without(file, heading):
        found, error = build(extended, data)
    assert not found
    assert len(error.splitlines()) == 1, error
    assert str(extended.folder / file) in error
