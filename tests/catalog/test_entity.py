"""Entries in the shape of the feed: accepted by the feed's contracts, and nothing made up."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines.catalog import Catalog, EntityKind, load
from pipelines.contracts import Column, Contract, columns, schema
from pipelines.contracts.render import feed_schema
from pipelines.contracts.star.dim_engine import DimEngine
from pipelines.contracts.star.dim_evidence import DimEvidence
from pipelines.contracts.star.dim_hardware import DimHardware
from pipelines.contracts.star.dim_model import DimModel
from pipelines.contracts.star.dim_quant import DimQuant

CONTRACTS: dict[EntityKind, type[Contract]] = {
    "hardware": DimHardware,
    "model": DimModel,
    "engine": DimEngine,
    "quant": DimQuant,
}
EVERY = [(kind, entry_id) for kind in CONTRACTS for entry_id in load().ids(kind)]

#: What a feed value of a column's kind must be, before it is put into the column's type.
TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "flag": (bool,),
    "day": (dt.date,),
    "texts": (list,),
    "length": (list,),
    "json": (list, dict),
}


def at(document: Any, path: str) -> Any:
    """The value at `a.b.c` of a document, None where there is none."""
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def row(contract: type[Contract], document: dict[str, Any]) -> pl.DataFrame:
    """One row of a contract's feed columns from a document, refusing values of another type."""
    found = {}
    types = {}
    for column in columns(contract):
        if column.source is None:
            continue
        value = at(document, column.source)
        if value is not None:
            assert isinstance(value, TYPES[column.kind]), (column.name, value)
            assert column.kind == "flag" or not isinstance(value, bool), (column.name, value)
        found[column.name] = _converted(column, value)
        types[column.name] = schema(contract).columns[column.name].dtype.type
    return pl.DataFrame([found], schema=types, orient="row")


def _converted(column: Column, value: Any) -> Any:
    if column.kind == "length" and value is not None:
        return len(value)
    if column.kind == "number" and value is not None:
        return float(value)
    return json.dumps(value) if column.kind == "json" and value is not None else value


@pytest.mark.parametrize(("kind", "entry_id"), EVERY)
def test_an_entity_keeps_the_feeds_contract(kind: EntityKind, entry_id: str) -> None:
    contract = CONTRACTS[kind]
    feed_schema(contract).validate(row(contract, load().entity(kind, entry_id)), lazy=True)


@pytest.mark.parametrize(("kind", "entry_id"), EVERY)
def test_an_entity_is_the_same_every_time_and_a_copy(kind: EntityKind, entry_id: str) -> None:
    first = load().entity(kind, entry_id)
    text = json.dumps(first, ensure_ascii=False, allow_nan=False)
    first.clear()
    assert json.dumps(load().entity(kind, entry_id), ensure_ascii=False) == text


@pytest.mark.parametrize("entry_id", load().ids("hardware"))
def test_every_reference_names_evidence_of_the_same_card(entry_id: str) -> None:
    entity = load().entity("hardware", entry_id)
    known = {item["id"] for item in entity["evidence"]}
    figures = [*entity["compute"].values(), *entity.get("power", {}).values()]
    figures += [value for value in entity["memory"].values() if isinstance(value, dict)]
    assert {figure["evidence_ref"] for figure in figures if "evidence_ref" in figure} <= known
    for item in entity["evidence"]:
        feed_schema(DimEvidence).validate(row(DimEvidence, item), lazy=True)


def test_a_card_in_the_feeds_words(shipped: Catalog) -> None:
    entity = shipped.entity("hardware", "l4")
    assert entity["memory"] == {
        "capacity_gb": {"value": 24, "evidence_ref": "aic"},
        "bandwidth_gbps": {"value": 300, "evidence_ref": "aic"},
        "type": "GDDR6",
        "bytes_reported": 24152899584,
    }
    assert entity["scale_up"] == {
        "protocol": "PCIe 4 x16",
        "bandwidth_gbps": 64,
        "world_size": 8,
    }
    assert entity["power"] == {"tdp_w": {"value": 72, "evidence_ref": "aic"}}
    assert "driver total with ECC on" in entity["disclaimers"]


def test_an_unsourced_figure_has_no_reference(shipped: Catalog) -> None:
    entity = shipped.entity("hardware", "gh200-144gb")
    assert entity["compute"]["fp8_tflops"] == {"value": 1979}
    assert entity["evidence"] == []


def test_names_of_one_format_are_no_aliases_of_a_card(shipped: Catalog) -> None:
    assert "inferencex:h100" in shipped.facts("hardware", "h100-sxm5")["aliases"]
    for entry_id in shipped.ids("hardware"):
        assert not [name for name in shipped.entity("hardware", entry_id)["aliases"] if ":" in name]


def test_a_model_in_the_feeds_words(shipped: Catalog) -> None:
    assert shipped.entity("model", "gpt-oss") == {
        "id": "gpt-oss",
        "name": "gpt-oss 120B",
        "domain": "llm",
        "workload_kind": "autoregressive-decode",
        "architecture": {
            "family": "moe",
            "total_params_b": 116.789,
            "active_params_b": 5.71,
            "layers": 36,
            "hidden_size": 2880,
            "ffn_size": 2880,
            "num_attention_heads": 64,
            "num_kv_heads": 8,
            "head_dim": 64,
            "vocab_size": 201088,
            "max_context_length": 131072,
            "attention_type": "gqa",
            "sliding_window": 128,
            "full_attention_layers": 18,
            "moe": {
                "num_experts": 128,
                "top_k": 4,
                "expert_hidden_size": 2880,
                "shared_experts": 0,
            },
        },
    }


def test_a_model_without_a_window_or_experts_does_not_mention_them(shipped: Catalog) -> None:
    architecture = shipped.entity("model", "llama-3.3-70b")["architecture"]
    assert not {"sliding_window", "full_attention_layers", "moe"} & architecture.keys()


def test_sparse_attention_leaves_no_layer_that_reads_all(shipped: Catalog) -> None:
    architecture = shipped.entity("model", "deepseek-v3.2")["architecture"]
    assert (architecture["sliding_window"], architecture["full_attention_layers"]) == (2048, 0)


@pytest.mark.parametrize(("kind", "entry_id"), EVERY)
def test_nothing_is_claimed_of_support(kind: EntityKind, entry_id: str) -> None:
    entity = load().entity(kind, entry_id)
    assert not {"software_support", "supported_hardware_vendors"} & entity.keys()
