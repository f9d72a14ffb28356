"""Column lineage: what each column is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlglot import exp
from sqlglot.lineage import lineage as sqlglots_own

from pipelines.contracts import columns, contracts
from pipelines.orchestration import ui_metadata
from pipelines.transform import lineage, registry, sql_files
from pipelines.transform.table import Select
from pipelines.warehouse import Warehouse


@pytest.fixture(scope="module")
def sources(shipped_db: Warehouse) -> Mapping[str, Mapping[str, tuple[lineage.Source, ...]]]:
    staged = ui_metadata.staged_columns(shipped_db)
    return {
        name: lineage.column_sources(table.maker.text, staged)
        for name, table in registry.tables().items()
        if isinstance(table.maker, Select)
    }


Sources = Mapping[str, Mapping[str, tuple[lineage.Source, ...]]]


def test_every_column_of_every_contract_has_a_lineage(sources: Sources) -> None:
    for name, found in sources.items():
        assert set(found) == {column.name for column in columns(contracts()[name])}, name


def test_a_lineage_names_columns_that_are_there(sources: Sources, shipped_db: Warehouse) -> None:
    there = set(
        shipped_db.rows(
            "select table_schema, table_name, column_name from information_schema.columns"
        )
    )
    for name, found in sources.items():
        for column, behind in found.items():
            assert set(behind) <= there, (name, column)


def test_lineage_goes_through_expressions_stars_unions_and_subqueries(sources: Sources) -> None:
    frontier = sources["mart_pareto_frontier"]
    assert ("marts", "mart_case_metrics", "prefill_seq_len") in frontier["scope_id"]
    assert sources["dim_hardware"]["tdp_w"] == (("staging", "dim_hardware", "tdp_w"),)
    assert sources["case_sighting"]["case_id"] == (
        ("staging", "fact_case", "case_id"),
        ("staging", "reject", "case_id"),
    )
    assert ("main", "trust_policy", "policy") in sources["case_trust"]["overstated_reason"]


def test_lineage_goes_through_a_named_window_and_the_one_that_it_extends() -> None:
    found = lineage.column_sources(
        "select rank() over ranked as place, count(*) over () as n "
        "from dim_hardware as m "
        "window vendor as (partition by m.hardware_vendor), ranked as (vendor order by m.tdp_w)"
    )
    assert found["place"] == (
        ("main", "dim_hardware", "hardware_vendor"),
        ("main", "dim_hardware", "tdp_w"),
    )
    assert found["n"] == ()


@pytest.mark.parametrize("name", ["case_metric", "mart_efficiency_pool"])
def test_it_agrees_with_sqlglots_own_lineage(name: str, sources: Sources) -> None:
    nodes: Any = sqlglots_own(
        None, sql_files.models()[name].text, lineage.schema(), dialect="duckdb"
    )
    for column, node in nodes.items():
        leaves = {
            (one.source.db, one.source.name, one.name.rpartition(".")[2])
            for one in node.walk()
            if not one.downstream and isinstance(one.source, exp.Table)
        }
        assert set(sources[name][column]) == leaves, column
