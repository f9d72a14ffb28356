"""Two sources that describe one id differently: one row per id, and no change between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import contracts
from pipelines.transform import registry, sql_files
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import warehouse_of
from tests.folders import RUN, SIDECAR

A100 = "case-llama33-a100x8-vllm-001"
SCOUT = "case-llama4-scout-h100x8-vllm-001"
#: Times of the feeds: the first source speaks, the second, the first again.
TIMES = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
TABLES = {
    "hardware": ("dim_hardware", "hardware_id"),
    "model": ("dim_model", "model_id"),
    "engine": ("dim_engine", "engine_id"),
    "quantization": ("dim_quant", "quant_id"),
}
STACK = "'a100-sxm4', 8, 'llama-3.3-70b', 'bf16'"


def otherwise(case_id: str) -> feeds.Feed:
    """A case of the shipped feed whose entities are described in other words and numbers."""
    item = feeds.case(case_id)
    for entity in TABLES:
        item["resolved"][entity]["name"] += " (by others)"
    hardware = item["resolved"]["hardware"]
    hardware["power"]["tdp_w"]["value"] = 111
    hardware["memory"]["bandwidth_gbps"]["value"] = 1000
    # Equal results on two stacks would be a finding of their own.
    return feeds.put(item, "results.latency_ms.ttft_p50", 777)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A feed, another in a folder of its own between two of its snapshots, and a tool's file."""
    data = tmp_path_factory.mktemp("sources")
    own = feeds.feed(feeds.case(A100), feeds.case(SCOUT), generated=TIMES[0])
    others, lab = data / "raw" / "others", data / "raw" / "lab"
    for folder, said in ((others, "format: evokernel\nmode: snapshot\n"), (lab, "mode: append\n")):
        folder.mkdir(parents=True)
        (folder / "SOURCE.yml").write_text(said)
    content = feeds.feed(otherwise(A100), otherwise(SCOUT), generated=TIMES[1])
    (others / "cases.json").write_text(json.dumps(content))
    (lab / "run.json").write_text(json.dumps(RUN))
    (lab / "run.sidecar.yml").write_text(SIDECAR)
    with warehouse_of(data, own, {**own, "generated": TIMES[2]}) as built:
        built.con.execute(sql_files.questions())
        yield built


def count(db: Warehouse, rows: str) -> int:
    return int(db.rows(f"select count(*) from {rows}")[0][0])


def test_each_source_has_its_description_and_one_is_the_latest(db: Warehouse) -> None:
    for table, key in TABLES.values():
        rows = db.rows(
            f"select {key}, count(*), count(distinct source_id), count(*) filter (is_latest) "
            f"from main.{table} where is_current group by 1"
        )
        assert {(n == sources, latest) for _, n, sources, latest in rows} == {(True, 1)}
        assert max(n for _, n, *_ in rows) > 1
    of_a100 = db.rows(
        "select source_id, tdp_w, is_latest from main.dim_hardware "
        "where hardware_id = 'a100-sxm4' and is_current order by 1"
    )
    assert [row[0] for row in of_a100] == ["evokernel", "lab", "others"]
    assert [row[1] for row in of_a100] == [400, 400, 111]


def test_each_table_keeps_its_grain(db: Warehouse) -> None:
    for name in registry.tables():
        assert violations(db, contracts()[name]) == [], name


@pytest.mark.parametrize(
    ("mart", "key"),
    [
        ("mart_coverage_matrix", "hardware_id, model_id, quant_id"),
        ("mart_stack_option", "hardware_id, model_id, quant_id"),
        ("mart_estimate", "hardware_id, model_id, quant_id"),
        (
            "mart_best_option",
            "model_id, weight_precision, throughput_scope, division, min_tok_s_user, hardware_id",
        ),
        ("mart_untested_pair", "hardware_id, model_id, weight_precision"),
        ("mart_vendor_claim", "hardware_vendor, kind, claimed_quantity"),
        ("mart_efficiency_pool", "hardware_id"),
        ("mart_hardware_leaderboard", "hardware_id, compute_precision, throughput_scope, division"),
        ("mart_engine_comparison", "engine_id, compute_precision, throughput_scope, division"),
        ("mart_model_summary", "model_id, compute_precision, throughput_scope, division"),
        ("mart_case_metrics", "case_id"),
        ("mart_operator_roofline", "case_id, ordinal"),
        ("mart_reported_vs_implied", "case_id, quantity"),
    ],
)
def test_a_mart_has_one_row_per_id(db: Warehouse, mart: str, key: str) -> None:
    assert count(db, f"marts.{mart}") > 0
    assert count(db, f"(select {key} from marts.{mart} group by all having count(*) > 1)") == 0


def test_what_a_source_has_from_the_catalog_is_no_claim_of_a_vendor(db: Warehouse) -> None:
    """Two feeds describe two accelerators, of which one says other powers; the lab says none."""
    assert db.rows(
        "select claim_count, hardware_count, differing_count from marts.mart_vendor_claim "
        "where hardware_vendor = 'nvidia' and kind = 'specification' "
        "and claimed_quantity = 'power'"
    ) == [(4, 2, 2)]


def test_every_case_is_counted_once(db: Warehouse) -> None:
    assert count(db, "marts.mart_case_metrics") == 5
    for mart in ("hardware_leaderboard", "engine_comparison", "model_summary", "coverage_matrix"):
        assert db.rows(f"select sum(case_count) from marts.mart_{mart}") == [(5,)], mart


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        (f"what_if({STACK}, 32, 1024, 512)", 1),
        (f"batch_to_compute_bound({STACK}, 1024, 512)", 1),
        (f"similar_cases('{A100}', 10)", 4),
        ("as_of('2026-07-01')", 4),
    ],
)
def test_a_question_is_answered_once(db: Warehouse, question: str, rows: int) -> None:
    assert count(db, question) == rows


@pytest.mark.parametrize(
    "question",
    [
        f"(select part, name from compare('{A100}', 'others.{A100}'))",
        f"(select part, name from explain_metric('others.{A100}', 'decode_mbu'))",
    ],
)
def test_an_answer_has_each_part_once(db: Warehouse, question: str) -> None:
    assert count(db, question) == count(db, f"(select distinct * from {question})") > 1


def test_a_stack_is_that_of_the_latest_description(db: Warehouse) -> None:
    ((bandwidth,),) = db.rows(
        "select memory_bandwidth_gb_s from main.dim_hardware "
        "where hardware_id = 'a100-sxm4' and is_latest"
    )
    found = db.rows(
        "select distinct memory_bandwidth_gb_s from marts.mart_stack_option "
        "where hardware_id = 'a100-sxm4'"
    )
    assert found == [(bandwidth,)]


def test_each_case_is_judged_on_the_description_of_its_source(db: Warehouse) -> None:
    rows = dict(
        db.rows(
            "select case_id, hardware_name from marts.mart_case_metrics "
            f"where case_id like '%{A100}'"
        )
    )
    assert rows.keys() == {A100, f"others.{A100}"}
    assert rows[f"others.{A100}"] == f"{rows[A100]} (by others)"


@pytest.mark.parametrize("mart", ["mart_spec_change", "mart_case_change", "mart_metric_change"])
def test_nothing_changes_from_one_source_to_another(db: Warehouse, mart: str) -> None:
    assert count(db, f"marts.{mart}") == 0


def test_a_change_within_a_source_is_told_of_that_source_alone(tmp_path: Path) -> None:
    others = tmp_path / "raw" / "others"
    others.mkdir(parents=True)
    (others / "SOURCE.yml").write_text("format: evokernel\nmode: snapshot\n")
    changed: dict[str, Any] = otherwise(A100)
    changed["resolved"]["hardware"]["power"]["tdp_w"]["value"] = 222
    for name, item, time in (("a", otherwise(A100), TIMES[0]), ("b", changed, TIMES[2])):
        (others / f"{name}.json").write_text(json.dumps(feeds.feed(item, generated=time)))
    own = feeds.feed(feeds.case(A100), generated=TIMES[1])
    only = ["mart_spec_change", "mart_case_change"]
    with warehouse_of(tmp_path, own, only=only) as db:
        rows = db.rows(
            "select attribute, old_value, new_value, affected_case_ids from marts.mart_spec_change"
        )
        assert rows == [("tdp_w", "111.0", "222.0", [f"others.{A100}"])]
        assert count(db, "marts.mart_case_change") == 0
