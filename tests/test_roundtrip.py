"""Every field of the feed lands in a table: the items can be rebuilt from the tables alone."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from pipelines.contracts import columns, contracts
from pipelines.warehouse import Warehouse
from tests import feeds

ENTITIES = {
    "hardware": "hardware",
    "server": "server",
    "model": "model",
    "engine": "engine",
    "quantization": "quant",
}


def nested(row: dict[str, Any], table: str) -> dict[str, Any]:
    """A row's columns put back at their paths; what is NULL was not there."""
    document: dict[str, Any] = {}
    for column in columns(contracts()[table]):
        value = row[column.name]
        is_spec = (column.source or "").endswith(".value")
        if column.source is None or column.kind == "length" or is_spec or value is None:
            continue
        if column.kind == "json":
            value = json.loads(value)
        if isinstance(value, dt.date):
            value = value.isoformat()
        place = document
        *parents, last = column.source.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return document


def rows(db: Warehouse, sql: str) -> list[dict[str, Any]]:
    return db.frame(sql).to_dicts()


def put_list(document: dict[str, Any], path: str, elements: list[Any] | None) -> None:
    if elements is not None:
        *parents, last = path.split(".")
        for parent in parents:
            document = document.setdefault(parent, {})
        document[last] = elements


def elements(
    db: Warehouse, table: str, owner: str, key: str, count: int | None
) -> list[dict[str, Any]] | None:
    """The rows of a list in their order; None where the list was absent."""
    if count is None:
        return None
    return rows(db, f"select * from {table} where {owner} = '{key}' order by ordinal")


def evidence(db: Warehouse, owner_type: str, key: str, count: int | None) -> list[Any] | None:
    column = "case_id" if owner_type == "case" else f"{owner_type}_key"
    found = elements(
        db,
        f"(select e.*, b.{column}, b.ordinal from bridge_{owner_type}_evidence as b "
        "join dim_evidence as e using (evidence_key))",
        column,
        key,
        count,
    )
    return None if found is None else [nested(row, "dim_evidence") for row in found]


def hardware(db: Warehouse, key: str) -> dict[str, Any]:
    row = rows(db, f"select * from dim_hardware where hardware_key = '{key}'")[0]
    document = nested(row, "dim_hardware")
    for spec in rows(db, f"select * from fact_hardware_spec where hardware_key = '{key}'"):
        value = {"value": spec["value"], "evidence_ref": spec["evidence_id"]}
        put_list(document, spec["source_path"], None)
        place = document
        *parents, last = spec["source_path"].split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = None if spec["value"] is None else value
    engines = elements(
        db, "bridge_hardware_engine", "hardware_key", key, row["listed_engine_count"]
    )
    if engines is not None:
        engines = [nested(one, "bridge_hardware_engine") for one in engines]
    put_list(document, "software_support.engines", engines)
    quants = elements(db, "bridge_hardware_quant", "hardware_key", key, row["listed_quant_count"])
    put_list(document, "software_support.quantizations", quants and [q["quant_id"] for q in quants])
    put_list(document, "evidence", evidence(db, "hardware", key, row["evidence_count"]))
    return document


def resolved(db: Warehouse, entity: str, key: str) -> dict[str, Any]:
    if entity == "hardware":
        return hardware(db, key)
    row = rows(db, f"select * from dim_{entity} where {entity}_key = '{key}'")[0]
    document = nested(row, f"dim_{entity}")
    if entity == "server":
        put_list(document, "evidence", evidence(db, "server", key, row["evidence_count"]))
    if entity == "model":
        found = elements(db, "bridge_model_operator", "model_key", key, row["operator_count"])
        assert found is not None
        operators = [nested(one, "bridge_model_operator") for one in found]
        put_list(document, "operator_decomposition", operators)
    if entity == "engine":
        vendors = elements(
            db, "bridge_engine_vendor", "engine_key", key, row["listed_vendor_count"]
        )
        assert vendors is not None
        put_list(document, "supported_hardware_vendors", [v["hardware_vendor"] for v in vendors])
    return document


def rebuilt(db: Warehouse, case_id: str) -> dict[str, Any]:
    row = rows(db, f"select * from fact_case where case_id = '{case_id}'")[0]
    item = nested(row, "fact_case")
    patterns = elements(db, "bridge_case_pattern", "case_id", case_id, row["pattern_count"])
    issues = elements(db, "bridge_case_issue", "case_id", case_id, row["issue_count"])
    assert patterns is not None
    assert issues is not None
    item["patterns"] = [one["pattern_id"] for one in patterns]
    item["issues_encountered"] = [one["issue"] for one in issues]
    item["evidence"] = evidence(db, "case", case_id, row["evidence_count"])
    item["resolved"] = {
        name: resolved(db, entity, row[f"{entity}_key"])
        for name, entity in ENTITIES.items()
        if row[f"{entity}_key"] is not None
    }
    return item


@pytest.mark.parametrize("item", feeds.shipped()["items"], ids=lambda item: item["id"])
def test_the_tables_hold_every_field_of_the_case(
    shipped_db: Warehouse, item: dict[str, Any]
) -> None:
    assert rebuilt(shipped_db, item["id"]) == item


def test_the_snapshot_holds_what_stands_around_the_items(shipped_db: Warehouse) -> None:
    feed = feeds.shipped()
    found = rows(shipped_db, "from quality.snapshot")[0]
    assert found["declared_count"] == feed["count"]
    assert found["license"] == feed["license"]
    assert f"{found['generated_at'].isoformat(timespec='milliseconds')}Z" == feed["generated"]
