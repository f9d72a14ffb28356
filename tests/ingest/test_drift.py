"""New fields and values of the feed are loaded, counted and reported, never lost in silence."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import contracts
from pipelines.transform import registry
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import warehouse_of
from tests.feeds import Feed, put
from tests.ingest.staging import Staged

UNKNOWN_FIELDS = {
    "new_top": ("unknown", {"deep": {"deeper": [1]}}),
    "stack.hardware.slot": ("number", 3),
    "results.carbon.grams_per_token": ("number", 0.5),
    "results.latency_ms.itl_p95": ("text", "31 ms"),
    "results.by_length": ("empty list", []),
    "scenario.arrivals": ("empty or mixed", {}),
    "reproduction.container": ("boolean", True),
    "resolved.network": ("unknown", {"id": "ib"}),
    "resolved.hardware.architecture.memory_hierarchy[].level": ("text", [{"level": "L1"}]),
    "resolved.hardware.power.cooling": ("text", "liquid"),
    "resolved.server.host_cpu": ("text", "x86"),
    "resolved.model.architecture.moe.router": ("text", "top-k"),
    "resolved.engine.serving_features[]": ("text", ["paged-attention"]),
    "resolved.quantization.group_size": ("number", 128),
    "evidence[].doi": ("text", "10.1/x"),
    "resolved.model.operator_decomposition[].note": ("text", "x"),
    'scenario."stack.os"': ("text", "not the stack's"),
    '"results.power_per_card_w"': ("unknown", 1),
    '"a b\'c; drop table x"': ("unknown", 1),
}
NEW_VALUES = {
    "bottleneck": "cosmic-rays",
    "resolved.hardware.form_factor": "wafer",
    "resolved.hardware.memory.type": "HBM5",
    "resolved.model.architecture.family": "flow-matching",
    "resolved.model.workload_kind": "time-travel",
    "resolved.quantization.family": "ternary",
    "resolved.server.cooling": "immersion",
    "resolved.engine.maintainer": "nobody",
    "evidence[].tier": "rumoured",
    "evidence[].source_type": "overheard",
    "resolved.hardware.software_support.engines[].status": "abandoned",
}
DANGLING = "ev-that-is-not-there"


def extended() -> Feed:
    """The base case with a new field at every depth, new values, and a dangling reference."""
    case = feeds.case()
    architecture = case["resolved"]["model"]["architecture"]
    architecture["moe"] = {"num_experts": 8}
    case["results"]["carbon"] = {}
    case["results.power_per_card_w"] = 1
    case["scenario"]["stack.os"] = "not the stack's"
    case["a b'c; drop table x"] = 1
    for path, (_, value) in UNKNOWN_FIELDS.items():
        if '"' not in path and "[" not in path:
            put(case, path, value)
    hardware = case["resolved"]["hardware"]
    hardware["architecture"]["memory_hierarchy"] = [{"level": "L1"}]
    case["resolved"]["engine"]["serving_features"] = ["paged-attention"]
    case["resolved"]["model"]["operator_decomposition"][0]["note"] = "x"
    case["evidence"][0] |= {"doi": "10.1/x", "tier": "rumoured", "source_type": "overheard"}
    hardware["software_support"]["engines"][0]["status"] = "abandoned"
    for path, value in NEW_VALUES.items():
        if "[" not in path:
            put(case, path, value)
    hardware["memory"]["capacity_gb"]["evidence_ref"] = DANGLING
    return case


def second() -> Feed:
    """Another case of the same stack, with one new field."""
    case = copy.deepcopy(extended())
    case["id"] = "case-second"
    case["results"]["carbon"]["per_day"] = None
    case["resolved"]["hardware"]["power"]["idle_w"] = 50
    return case


FEED: Feed = {**feeds.feed(extended(), second()), "licence_note": {"x": 1}, "next": None}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drift")


@pytest.fixture(scope="module")
def db(data: Path) -> Iterator[Warehouse]:
    with warehouse_of(data, FEED) as found:
        yield found


@pytest.fixture(scope="module")
def staged(data: Path, db: Warehouse) -> Staged:
    return Staged(next((data / "build" / "staging").iterdir()))


def unknown(staged: Staged) -> dict[str, tuple[str, int]]:
    rows = staged.table("field").to_dicts()
    return {
        row["path"]: (row["json_type"], row["case_count"])
        for row in rows
        if not row["is_known"] and row["json_type"] not in ("object", "list")
    }


def test_cases_with_new_fields_and_values_load(staged: Staged) -> None:
    assert staged.cases == ["case-llama33-a100x8-vllm-001", "case-second"]
    assert staged.rejects == {}
    assert staged.meta["case_count"] == staged.meta["item_count"] == 2


def test_every_unknown_field_is_counted_by_path(staged: Staged) -> None:
    expected = {path: (kind, 2) for path, (kind, _) in UNKNOWN_FIELDS.items()}
    expected |= {
        "feed:licence_note": ("unknown", 1),
        "feed:next": ("unknown", 1),
        "results.carbon.per_day": ("null", 1),
        "resolved.hardware.power.idle_w": ("number", 1),
    }
    assert unknown(staged) == expected


def test_the_shipped_feed_has_no_unknown_field_or_value(shipped_db: Warehouse) -> None:
    assert shipped_db.rows("select path, detail from quality.drift") == []


def test_a_value_never_seen_before_is_kept_and_reported(staged: Staged) -> None:
    rows = staged.table("vocabulary").to_dicts()
    found = {row["path"]: row["value"] for row in rows if not row["is_known"]}
    assert found == NEW_VALUES
    assert {row["bottleneck"] for row in staged.table("fact_case").to_dicts()} == {"cosmic-rays"}
    known = {row["path"]: row["value"] for row in rows if row["is_known"]}
    assert known["resolved.model.domain"] == "llm"


def test_drift_lists_fields_and_values_per_snapshot(db: Warehouse, staged: Staged) -> None:
    rows = db.rows("select drift_type, path, detail, case_count from quality.drift")
    fields = {(path, *found) for path, found in unknown(staged).items()}
    assert {row[1:] for row in rows if row[0] == "unknown_field"} == fields
    values = {row[1:3] for row in rows if row[0] == "unknown_value"}
    assert values == set(NEW_VALUES.items())


def test_a_dangling_evidence_ref_keeps_its_value_and_has_no_tier(db: Warehouse) -> None:
    columns = "value, evidence_id, evidence_key, tier"
    assert db.rows(
        f"select {columns} from fact_hardware_spec where attribute = 'memory_capacity_gb'"
    ) == [(80.0, DANGLING, None, None)]
    value, evidence, key, tier = db.rows(
        f"select {columns} from fact_hardware_spec where attribute = 'memory_bandwidth_gb_s'"
    )[0]
    assert (value, evidence, tier) == (2039.0, "ev-a100-001", "official")
    assert key is not None


def test_new_values_reach_the_star(db: Warehouse) -> None:
    def one(select: str) -> Any:
        return db.rows(select)[0][0]

    assert one("select distinct bottleneck from fact_case") == "cosmic-rays"
    assert one("select form_factor from dim_hardware") == "wafer"
    assert one("select tier from dim_evidence where owner_id = 'case-second'") == "rumoured"


def test_unknown_fields_make_no_new_version(staged: Staged) -> None:
    """Versions are told apart by what the contracts know; the second case has a field more."""
    assert staged.table("dim_hardware").height == 1
    assert staged.table("dim_model").height == 1


def test_ninety_new_fields_and_hardware_without_architecture_build_and_are_told(
    tmp_path: Path,
) -> None:
    feed = feeds.shipped()
    for item in feed["items"]:
        item["scenario"] |= {f"field_{n}": str(n) for n in range(45)}
        item["resolved"]["hardware"] |= {f"field_{n}": n for n in range(45)}
        item["resolved"]["hardware"].pop("architecture", None)
    with warehouse_of(tmp_path, feed) as db:
        rows = db.rows("select path from quality.drift where drift_type = 'unknown_field'")
        assert len(rows) == 90
        assert db.rows("select count(*) from marts.mart_case_metrics") == [(22,)]
        assert db.rows("from quality.reject") == []
        for name in registry.tables():
            assert violations(db, contracts()[name]) == [], name


def test_drift_holds_a_snapshot_against_the_one_before(tmp_path: Path) -> None:
    first, second = feeds.case(), feeds.case()
    put(first, "scenario.arrivals", 1)
    put(first, "results.latency_ms.tbt_p99", None)
    put(second, "scenario.arrivals", "poisson")
    put(second, "stack.driver", None)
    put(second, "stack.interconnect", "none")
    del first["stack"]["os"]
    del second["results"]["memory_per_card_gb"]
    del second["resolved"]["hardware"]["generation"]
    with warehouse_of(
        tmp_path,
        feeds.feed(first, generated="2026-04-01T00:00:00Z"),
        feeds.feed(second, generated="2026-05-01T00:00:00Z"),
    ) as db:
        rows = db.rows(
            "select snapshot_order, drift_type, path, detail, d.case_count "
            "from quality.drift as d join quality.snapshot using (snapshot_id)"
        )
        assert violations(db, contracts()["drift"]) == []
    assert [row[1:] for row in rows if row[0] == 0] == [
        ("unknown_field", "scenario.arrivals", "number", 1)
    ]
    assert sorted(row[1:] for row in rows if row[0] == 1) == [
        ("new_field", "stack.os", "text", 1),
        ("type_change", "scenario.arrivals", "number -> text", 1),
        ("type_change", "stack.interconnect", "object -> text", 1),
        ("unknown_field", "scenario.arrivals", "text", 1),
        ("vanished_field", "resolved.hardware.generation", "text", 1),
        ("vanished_field", "results.memory_per_card_gb", "number", 1),
        ("vanished_field", "stack.interconnect.inter_node", "text", 1),
        ("vanished_field", "stack.interconnect.intra_node", "text", 1),
    ]
