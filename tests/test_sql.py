"""The SQL files: one SELECT each, under the project's rules."""

from __future__ import annotations

import re

import pytest
from sqlglot import exp

from pipelines import settings
from pipelines.contracts import contracts, table_of
from pipelines.errors import RoofhouseError
from pipelines.transform import configuration, macros, sql_files
from pipelines.warehouse import connect
from pipelines.warehouse.quoting import quote

MODELS = sorted(sql_files.models().values(), key=lambda model: model.name)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_file_is_one_repeatable_select(model: sql_files.SqlFile) -> None:
    tree = sql_files.parse(model.text)
    assert isinstance(tree, exp.Select)
    assert tree.args.get("limit") is None
    assert tree.args.get("order") is not None, "rows need an order to repeat byte for byte"
    assert model.text.startswith("--"), "a model says its grain first"
    assert tree.find(exp.Interval) is None
    code = re.sub(r"--.*", "", model.text.lower())
    for banned in ("read_json", "read_parquet", "quantile_cont", "asof", "pivot"):
        assert banned not in code


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_division_by_a_bare_column(model: sql_files.SqlFile) -> None:
    for division in sql_files.parse(model.text).find_all(exp.Div):
        by = division.expression
        assert not isinstance(by, exp.Column) or by.name == "card_count", (
            f"{division.sql()}: a column may be 0; card_count is at least 1 by contract"
        )


def test_ctes_are_not_upstream() -> None:
    text = "with a as (select * from staging.x) select * from a join main.b using (id)"
    assert macros.tables_read(text) == ("main.b", "staging.x")


def test_a_wrong_file_is_an_error_not_a_traceback() -> None:
    with pytest.raises(RoofhouseError, match="not one SELECT"):
        sql_files.parse("selec from")


def test_a_quote_in_a_text_stays_in_the_text() -> None:
    hostile = "'; drop table x; --"
    with connect() as con:
        assert con.sql(f"select {quote(hostile)}").fetchall() == [(hostile,)]


def test_every_assumption_that_sql_names_is_configured() -> None:
    names = set(configuration.frames(settings.load())["assumption"]["name"])
    used = set(re.findall(r"assumed\('(\w+)'\)", sql_files.macros()))
    for model in MODELS:
        used |= set(re.findall(r"assumed\('(\w+)'\)", model.text))
    assert used
    assert used <= names


def test_every_mart_is_in_an_order_in_which_no_two_rows_are_equal() -> None:
    for name, model in sql_files.models().items():
        if model.layer == "marts":
            order = sql_files.parse(model.text).args["order"]
            by = {term.this.name for term in order.expressions}
            assert by >= set(table_of(contracts()[name]).grain), name
