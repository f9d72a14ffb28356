"""The registry: what makes a table, what it reads, and what does not fit together."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.contracts import contracts, table_of
from pipelines.errors import RoofhouseError
from pipelines.settings import CONTRACTS_DIR, SQL_DIR
from pipelines.transform import macros, registry, sql_files
from pipelines.transform.table import STAGING, Frame, Select, Table
from tests import feeds
from tests.conftest import warehouse_of

TABLES = registry.tables()


def table(name: str, select: str, layer: str = "marts") -> Table:
    return Table(name, layer, (SQL_DIR / layer / f"{name}.sql",), Select(select))


def with_tables(*more: Table, without: str = "") -> list[Table]:
    kept = [one for one in TABLES.values() if one.name not in {without, *(m.name for m in more)}]
    return [*kept, *more]


def test_every_contract_has_one_maker_and_every_maker_one_contract() -> None:
    at_publication = {name for name, one in contracts().items() if table_of(one).at_publication}
    assert at_publication == {"build", "build_change"}
    assert set(TABLES) == set(contracts()) - at_publication


def test_every_file_that_makes_a_table_is_there() -> None:
    assert [str(path) for one in TABLES.values() for path in one.files if not path.is_file()] == []


def test_a_table_comes_after_all_that_it_reads() -> None:
    position = {name: place for place, name in enumerate(TABLES)}
    for name, one in TABLES.items():
        assert all(position[up] < position[name] for up in one.reads if up != STAGING), name


def test_a_maker_without_a_contract_names_both_files() -> None:
    with pytest.raises(RoofhouseError) as error:
        registry.ordered(with_tables(table("mart_case_metric", "select 1 as one")))
    assert str(SQL_DIR / "marts" / "mart_case_metric.sql") in str(error.value)
    assert f"write {CONTRACTS_DIR / 'marts' / 'mart_case_metric.py'}" in str(error.value)
    assert "did you mean mart_case_metrics?" in str(error.value)


def test_a_contract_without_a_maker_names_both_files() -> None:
    with pytest.raises(RoofhouseError) as error:
        registry.ordered(with_tables(without="mart_estimate_accuracy"))
    assert str(CONTRACTS_DIR / "marts" / "mart_estimate_accuracy.py") in str(error.value)
    assert f"write {SQL_DIR / 'marts' / 'mart_estimate_accuracy.sql'}" in str(error.value)


def test_a_contract_in_another_layer_than_its_maker_is_refused() -> None:
    moved = table("fact_case", "select 1 as one", layer="quality")
    with pytest.raises(RoofhouseError, match="the layer is quality, but that of the contract"):
        registry.ordered(with_tables(moved))


def test_a_name_that_nothing_makes_is_refused_with_the_nearest() -> None:
    wrong = table("mart_model_summary", "select * from marts.mart_claims_summary")
    told = "reads mart_claims_summary, which does not exist"
    with pytest.raises(RoofhouseError, match=told) as e:
        registry.ordered(with_tables(wrong))
    assert "did you mean mart_claim_summary?" in str(e.value)
    assert str(wrong.files[0]) in str(e.value)


def test_two_makers_of_one_table_are_refused() -> None:
    with pytest.raises(RoofhouseError, match="makes the table fact_case too"):
        registry.ordered([*TABLES.values(), TABLES["fact_case"]])


def test_tables_that_read_each_other_are_refused() -> None:
    circle = table("case_input", "select * from metrics.case_metric", layer="metrics")
    with pytest.raises(RoofhouseError, match="the tables read each other: ") as error:
        registry.ordered(with_tables(circle))
    assert "case_input" in str(error.value)
    assert "case_metric" in str(error.value)


def test_a_syntax_error_names_its_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(SQL_DIR, tmp_path / "sql")
    broken = tmp_path / "sql" / "marts" / "mart_estimate.sql"
    broken.write_text("-- One row.\nselect a,\nfrom b where (c\n")
    with pytest.raises(RoofhouseError) as error:
        _ = sql_files.models(tmp_path / "sql")["mart_estimate"].tree
    assert str(error.value).startswith(f"{broken}: line ")


MACROS = """
create macro constant(wanted) as (select max(value) from main.assumption where name = wanted);
create macro weight() as constant('pooling_weight');
create macro heavy(x) as x * weight();
create macro rows_of(named) as table with a as (select * from query_table(named)) select * from a;
"""


@pytest.mark.parametrize(
    ("select", "reads"),
    [
        ("select 1 as one", ()),
        ("select heavy(a) as b from main.c", ("main.assumption", "main.c")),
        ("select HEAVY(1) as b", ("main.assumption",)),
        ("with c as (select weight() as x) select x from c", ("main.assumption",)),
        ("select * from rows_of('staging.dim_x') as x", ("staging.dim_x",)),
        ("select * from rows_of('staging.x') where heavy(a) > 1", ("main.assumption", "staging.x")),
        ("select 'heavy(1)' as text -- heavy(1)", ()),
        ("select heavy from main.c", ("main.c",)),
        ("with a as (select * from staging.x) select * from a join main.b using (id)",
         ("main.b", "staging.x")),
    ],
)  # fmt: skip
def test_what_a_select_reads_is_parsed_through_macros(select: str, reads: tuple[str, ...]) -> None:
    assert macros.tables_read(select, MACROS) == reads


@pytest.fixture
def sql_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of sql/ that the project reads."""
    folder = shutil.copytree(SQL_DIR, tmp_path / "sql")
    forget()
    for cached in (sql_files.models, sql_files.macros, sql_files.questions, sql_files.checks):
        original = cached.__wrapped__
        monkeypatch.setattr(sql_files, cached.__name__, lambda f=original: f(folder))
    yield folder
    monkeypatch.undo()
    forget()


def forget() -> None:
    for cached in (registry.tables, registry.layout, macros.tables_read, macros.fingerprint):
        cached.cache_clear()


def test_a_mart_follows_a_constant_that_it_reads_through_a_macro(
    sql_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sql_copy / "macros" / "weight.sql").write_text(
        "create or replace macro weight() as assumed('pooling_weight');\n"
    )
    mart = sql_copy / "marts" / "mart_coverage_matrix.sql"
    mart.write_text(
        mart.read_text().replace(
            "hardware.hardware_name,", "concat(weight(), '') as hardware_name,"
        )
    )
    config = shutil.copytree(settings.CONFIG_DIR, tmp_path / "config")
    monkeypatch.setenv("ROOFHOUSE_CONFIG", str(config))
    seen = []
    for weight in (3, 5):
        assumptions = config / "assumptions.yml"
        lines = assumptions.read_text().split("- name: pooling_weight\n  value: ")
        lines[1] = f"{weight}" + lines[1][lines[1].index("\n") :]
        assumptions.write_text("- name: pooling_weight\n  value: ".join(lines))
        with warehouse_of(tmp_path / "data", copy.deepcopy(feeds.shipped())) as db:
            seen.append(db.rows("select distinct hardware_name from marts.mart_coverage_matrix"))
    assert seen == [[("3.0",)], [("5.0",)]]


def test_a_table_that_python_makes_reads_no_table() -> None:
    assert {one.reads for one in TABLES.values() if isinstance(one.maker, Frame)} == {()}
