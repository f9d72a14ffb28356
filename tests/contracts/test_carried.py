"""A column that a table carries from another says what it says there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.contracts import Column, Contract, columns, contracts, schema, table, table_of
from pipelines.contracts.metrics.case_metric import Metric
from pipelines.contracts.vocabulary import as_in, carried, integer, text
from pipelines.errors import RoofhouseError
from pipelines.transform import lineage, registry
from pipelines.transform.table import STAGING, Frame, Select


def column(table_: str, name: str) -> Column:
    (found,) = (one for one in columns(contracts()[table_]) if one.name == name)
    return found


@table(grain=["hardware_name"])
class Card(Contract):
    """One row per card."""

    hardware_name: str = carried("dim_hardware.hardware_name", null="no such card")
    memory_type: str = carried("dim_hardware.memory_type", null=None)
    tdp_w: float = carried("dim_hardware.tdp_w")
    weights_fit: bool = carried("mart_case_metrics.weights_fit")
    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    severity: str = carried("finding.severity")
    batch_size: int = integer(as_in("fact_case.batch_size"), unit="sequences", ge=7)


def own(name: str) -> Column:
    (found,) = (one for one in columns(Card) if one.name == name)
    return found


def test_all_that_is_said_of_a_column_comes_with_it() -> None:
    origin = column("dim_hardware", "tdp_w")
    assert origin.source == "power.tdp_w.value"
    assert origin.carried_from is None
    found = own("tdp_w")
    assert found.carried_from == "dim_hardware.tdp_w"
    assert found.source is None
    for part in ("name", "dtype", "nullable", "description", "unit", "null", "kind"):
        assert getattr(found, part) == getattr(origin, part)
    checks = schema(Card).columns["tdp_w"].checks
    assert [one.name for one in checks] == ["in_range"]


def test_formula_allowed_and_known_values_come_with_it_by_way_of_other_tables() -> None:
    assert own("weights_fit").formula == column("case_metric", "weights_fit").formula
    assert own("memory_type").known == column("dim_hardware", "memory_type").known is not None
    (check,) = schema(Card).columns["severity"].checks
    assert check.statistics["allowed_values"] == ["error", "warn", "info"]


def test_null_can_mean_something_else_or_be_forbidden() -> None:
    assert (own("hardware_name").null, own("hardware_name").nullable) == ("no such card", True)
    assert column("dim_hardware", "memory_type").nullable
    assert (own("memory_type").null, own("memory_type").nullable) == (None, False)


def test_a_reference_is_that_of_the_table_itself() -> None:
    assert own("case_id").references == "fact_case.case_id"
    assert column("case_metric", "case_id").references == "fact_case.case_id"
    assert own("severity").references is None


def test_the_words_alone_can_be_taken() -> None:
    found = own("batch_size")
    assert found.description == column("fact_case_history", "batch_size").description
    assert (found.carried_from, found.source) == (None, None)
    (check,) = schema(Card).columns["batch_size"].checks
    assert check.statistics["min_value"] == 7


@table(grain=["name"])
class Misspelt(Contract):
    """One row per name."""

    name: str = carried("dim_hardware.hardwear_name")


@table(grain=["name"])
class Elsewhere(Contract):
    """One row per name."""

    name: str = carried("case_metric.hardware_name")


@table(grain=["name"])
class NoTable(Contract):
    """One row per name."""

    name: str = text(as_in("dim_modell.model_name"))


@table(grain=["name"])
class NoColumn(Contract):
    """One row per name."""

    name: str = carried("dim_model")


@table(grain=["name"])
class OtherType(Contract):
    """One row per name."""

    name: str = carried("dim_hardware.tdp_w")


@pytest.mark.parametrize(
    ("contract", "names", "nearest"),
    [
        (Misspelt, "dim_hardware.hardwear_name", "dim_hardware.hardware_name"),
        (Elsewhere, "case_metric.hardware_name", "mart_case_metrics.hardware_name"),
        (NoTable, "dim_modell.model_name", "dim_model.model_name"),
        (NoColumn, "dim_model", "dim_model."),
    ],
)
def test_a_name_that_is_not_there_is_told_with_both_files_and_the_nearest_column(
    contract: type[Contract], names: str, nearest: str
) -> None:
    with pytest.raises(RoofhouseError) as caught:
        schema(contract)
    message = str(caught.value)
    assert message.startswith(f"{__file__}: name is taken from {names}, which does not exist")
    assert f"the nearest column is {nearest}" in message
    assert message.endswith(f" in {table_of(contracts()[nearest.partition('.')[0]]).path}")


def test_another_type_is_told_with_both_types_and_files() -> None:
    with pytest.raises(RoofhouseError) as caught:
        columns(OtherType)
    assert str(caught.value) == (
        f"{__file__}: name is String, but dim_hardware.tdp_w, which it is carried from, is "
        f"Float64 in {table_of(contracts()['dim_hardware']).path}; give both the same annotation"
    )


def test_a_circle_is_told(tmp_path: Path) -> None:
    """In a copy of the project, since contracts are carried from those of the project only."""
    shutil.copytree(settings.ROOT / "pipelines", tmp_path / "pipelines")
    path = tmp_path / "pipelines" / "contracts" / "quality" / "finding.py"
    words = 'number("Value found in the case", unit="as in the message", null=NO_QUANTITY)'
    told = path.read_text(encoding="utf-8")
    assert words in told
    path.write_text(told.replace(words, 'carried("mart_case_findings.observed")'), encoding="utf-8")
    asked = "from pipelines.contracts import *; columns(contracts()['finding'])"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith(
            f"{path}: observed is carried in a circle: mart_case_findings.observed from "
            "finding.observed from mart_case_findings.observed"
        )
    )


def all_carried() -> Iterator[tuple[str, Column, str, Column]]:
    """(table, column, table that it is carried from, column there)."""
    for name, contract in contracts().items():
        for one in columns(contract):
            if one.carried_from:
                table_, _, key = one.carried_from.partition(".")
                yield name, one, table_, column(table_, key)


def test_every_carried_column_says_what_it_says_where_it_is_from() -> None:
    for name, one, origin_table, origin in all_carried():
        said = (origin.dtype, origin.kind, origin.description, origin.unit, origin.formula)
        assert (one.dtype, one.kind, one.description, one.unit, one.formula) == said, name
        assert one.known == origin.known, (name, one.name)
        checks = (
            schema(contracts()[table_]).columns[column_].checks
            for table_, column_ in ((name, one.name), (origin_table, origin.name))
        )
        mine, theirs = ([(c.name, c.statistics) for c in found] for found in checks)
        assert mine == theirs, (name, one.name)


def test_what_comes_with_a_shared_class_is_carried_too() -> None:
    assert column("fact_case", "title").carried_from == "fact_case_history.title"
    assert column("fact_case", "title").source == "title"
    assert column("fact_case", "hardware_key").carried_from == "fact_case_history.hardware_key"
    assert column("fact_case_history", "hardware_key").carried_from == "dim_hardware.hardware_key"
    assert column("fact_case", "is_retired").carried_from is None
    summary = column("mart_model_summary", "plausible_share")
    assert summary.carried_from == "mart_claim_summary.plausible_share"


def test_a_metric_stands_in_its_mart_by_one_line_of_contract() -> None:
    metrics = list(Metric.__annotations__)
    for name in ("case_metric", "mart_case_metrics"):
        names = [one.name for one in columns(contracts()[name])]
        assert [one for one in names if one in metrics] == metrics
    carried_ = {one: column("mart_case_metrics", one).carried_from for one in metrics}
    assert carried_ == {one: f"case_metric.{one}" for one in metrics}


@cache
def sources_of(table_: str) -> Mapping[str, tuple[lineage.Source, ...]]:
    maker = registry.tables()[table_].maker
    return lineage.column_sources(maker.text) if isinstance(maker, Select) else {}


@cache
def leaves(table_: str, name: str) -> frozenset[tuple[str, str]]:
    """The columns that one is made from in the end.

    What a table has from staging, which has no contracts, or by Python is carried from where it
    says.
    """
    sources = sources_of(table_).get(name, ())
    upstream = [leaves(*source) for schema_, *source in sources if schema_ != "staging"]
    origin = column(table_, name).carried_from
    made = registry.tables()[table_]
    if not upstream and origin and (STAGING in made.reads or isinstance(made.maker, Frame)):
        return leaves(*origin.split("."))
    return frozenset().union(*upstream) or frozenset([(table_, name)])


def test_what_is_carried_is_what_the_sql_passes_on() -> None:
    followed = 0
    for name, one, origin_table, origin in all_carried():
        if name in registry.tables() and sources_of(name):
            followed += 1
            assert leaves(name, one.name) == leaves(origin_table, origin.name), (name, one.name)
    assert followed > 300
