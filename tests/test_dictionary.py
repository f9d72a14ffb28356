"""The dictionary: current, complete, and the same text as the comments in the database."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from pipelines import settings
from pipelines.contracts import columns, contracts, describe
from pipelines.errors import RoofhouseError
from pipelines.metadata import dictionary, macros
from pipelines.transform import metric_tables

#: Table -> column -> the cells of its row.
Rows = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def text() -> str:
    return dictionary.dictionary()


def fields(cell: str) -> list[str]:
    """The feed paths in a cell."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def rows(text: str) -> Rows:
    """The tables of the dictionary, as a reader finds them."""
    found: Rows = {}
    tables, _, _ = text.partition("\n## Questions\n")
    for section in re.split(r"^### ", tables, flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        lines = re.findall(r"^\| (`\w+` \|.*) \|$", body, flags=re.MULTILINE)
        cells = [[one.replace("\\|", "|") for one in line.split(" | ")] for line in lines]
        found[name] = {line[0].strip("`"): line for line in cells}
    return found


def test_it_is_current(text: str) -> None:
    if dictionary.PATH.read_text(encoding="utf-8") != text:
        pytest.fail("docs/dictionary.md is not what the contracts say: run `make dictionary`")


def test_every_table_and_column_is_in_it_once(rows: Rows) -> None:
    assert {name: list(found) for name, found in rows.items()} == {
        name: [column.name for column in columns(contracts()[name])] for name in rows
    }
    assert rows.keys() == contracts().keys()
    assert all(len(cells) == 7 for found in rows.values() for cells in found.values())


def test_every_link_leads_somewhere(text: str) -> None:
    anchors = Counter(re.findall(r'<a id="([^"]+)"', text))
    anchors += Counter(re.findall(r"^### (\w+)$", text, flags=re.MULTILINE))
    anchors += Counter(one.lower() for one in re.findall(r"^## (\w+)$", text, flags=re.MULTILINE))
    assert [anchor for anchor, count in anchors.items() if count > 1] == []
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors.keys()
    for file in set(re.findall(r"\]\(\.\./([^)]+)\)", text)):
        assert (settings.ROOT / file).exists(), file


def test_a_feed_path_is_given_from_the_root_of_an_item(rows: Rows) -> None:
    feed = 5
    assert rows["fact_case"]["decode_tok_s"][feed] == "`results.throughput_tokens_per_sec.decode`"
    assert rows["fact_case_history"]["title"][feed] == "`title`"
    assert rows["dim_hardware"]["tdp_w"][feed] == "`resolved.hardware.power.tdp_w.value`"
    assert rows["bridge_hardware_engine"]["engine_id"][feed] == (
        "`resolved.hardware.software_support.engines[].id`"
    )
    assert rows["dim_evidence"]["tier"][feed] == (
        "`evidence[].tier`<br>`resolved.hardware.evidence[].tier`<br>"
        "`resolved.server.evidence[].tier`"
    )
    marts = rows["mart_case_metrics"]
    assert marts["hardware_name"][feed] == "← `resolved.hardware.name`"
    assert marts["declared_tier"][feed] == "← `evidence[].tier`"  # not that of the hardware


def test_every_field_behind_a_metric_is_named_many_of_them_folded_away(rows: Rows) -> None:
    feed = 5
    metric = rows["case_metric"]
    assert metric["power_to_tdp"][feed] == (
        "← `resolved.hardware.power.tdp_w.value`<br>← `results.power_per_card_w`"
    )
    cell = metric["decode_mbu"][feed]
    assert cell.startswith("<details><summary>← 27 fields</summary>`reproduction.startup_command`")
    assert cell.endswith("</details>")
    assert len(fields(cell)) == 27
    assert rows["mart_case_metrics"]["decode_mbu"][feed] == cell
    for table in rows.values():
        for cells in table.values():
            assert "← " not in cells[feed] or fields(cells[feed])


def test_what_null_means_in_most_rows_is_said_once(text: str, rows: Rows) -> None:
    section = text.partition("### case_metric\n")[2].partition("### ")[0]
    words = "not an autoregressive decode workload, or an input is missing or a denominator is 0"
    assert section.count(f"\n- † NULL means: {words}.\n") == 1
    assert f"| {words} |" not in section
    assert [cells[4] for cells in rows["case_metric"].values()].count("†") == 29


def test_every_metric_has_a_formula_at_its_id(rows: Rows) -> None:
    defined = {row["metric"]: row["formula"] for row in metric_tables.definitions().to_dicts()}
    assert defined
    for metric, formula in defined.items():
        cell = rows["case_metric"][metric][6]
        assert cell == f'<a id="{metric}"></a>**{metric}**: `{formula}`'
        assert rows["mart_case_metrics"][metric][6] == f"[{metric}](#{metric})"
    assert "[decode_mbu](#decode_mbu)" in rows["mart_hardware_leaderboard"]["decode_mbu_best"][6]


def test_every_number_has_a_unit_and_no_description_repeats_a_name() -> None:
    for contract in contracts().values():
        for column in columns(contract):
            words = column.name.replace("_", " ")
            assert column.description.lower() not in ("", words), (contract, column.name)
            assert column.unit or column.kind != "number", (contract, column.name)


def test_the_comments_in_the_published_file_are_the_same_text(
    text: str, rows: Rows, shipped_published: Path
) -> None:
    path = shipped_published / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        tables = dict(con.sql("select table_name, comment from duckdb_tables()").fetchall())
        comments = con.sql(
            "select table_name, column_name, data_type, comment from duckdb_columns() "
            "where not internal"
        ).fetchall()
        functions = con.sql(
            "select distinct function_name, comment from duckdb_functions() where not internal"
        ).fetchall()
    assert sorted(functions) == sorted((one.name, one.comment) for one in macros.macros())
    assert tables == {name: describe(contract) for name, contract in contracts().items()}
    assert len(comments) == sum(len(found) for found in rows.values())
    formulas = {
        (name, column.name): column.formula
        for name, contract in contracts().items()
        for column in columns(contract)
    }
    for table, name, data_type, comment in comments:
        _, type_, unit, description, null, feed, formula = rows[table][name]
        assert type_.startswith(f"`{data_type.lower()}`")
        section = text.partition(f"### {table}\n")[2].partition("### ")[0]
        if null in ("†", "‡"):
            (null,) = re.findall(rf"^- {null} NULL means: (.+)\.$", section, flags=re.MULTILINE)
        parts = [description]
        parts += [f"[{unit}]"] * bool(unit)
        parts += [f"(NULL: {null})"] * (null != "never")
        if feed:
            parts.append(f"({'made from' if '←' in feed else 'feed'}: {', '.join(fields(feed))})")
        if formula:
            ids = re.findall(r"\[([^]]+)\]", formula) or re.findall(r"\*\*(.+?)\*\*", formula)
            own = formulas[table, name]
            parts.append(f"(formula: {', '.join(ids)}{f': {own}' if own else ''})")
        assert comment == " ".join(parts)


def test_every_question_and_every_macro_is_in_it_with_what_its_comment_says(text: str) -> None:
    _, _, rest = text.partition("\n## Questions\n")
    questions, _, others = rest.partition("\n## Macros\n")
    sections = re.split(r"^### ", questions, flags=re.MULTILINE)[1:]
    asked = {section.partition("\n")[0]: section for section in sections}
    assert asked.keys() == {one.name for one in macros.macros() if one.is_question}
    for one in macros.macros():
        place = asked[one.name] if one.is_question else others
        assert f"`{one.signature}`" in place
        assert one.description.replace("|", "\\|") in place
        if one.is_question:
            for parameter, words in one.parameters.items():
                assert f"| `{parameter}` | {words} |" in place, (one.name, parameter)
                assert words, (one.name, parameter)


def test_every_column_that_a_question_returns_is_described_and_no_other() -> None:
    for one in macros.macros():
        if not one.is_question:
            continue
        returned = [name for name, _ in macros.result_columns()[one.name]]
        assert set(one.returns) <= set(returned), one.name
        assert one.returns_all or all(macros.words_of(one, name) for name in returned)


MACRO = """-- Head of the file.

-- A sum of two numbers,
-- on two lines.
-- a: the first,
--   of any size
-- returns total: a + b
create or replace macro added(a, b := 1) as table select a + b as total;
"""


def test_a_comment_is_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "added.sql").write_text(MACRO)
    (one,) = macros.macros(tmp_path)
    assert one.signature == "added(a, b := 1)"
    assert one.description == "A sum of two numbers, on two lines."
    assert one.parameters == {"a": "the first, of any size", "b": ""}
    assert one.returns == {"total": "a + b"}
    assert (one.is_table, one.is_question, one.required) == (True, True, 1)
    assert one.comment == (
        "A sum of two numbers, on two lines. Parameters: a: the first, of any size. "
        "Returns: total: a + b."
    )


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("-- on two lines.\n-- a", "-- on two lines.\n\n-- a", "say above it, in a comment"),
        ("(a, b := 1)", "(a, b := (1))", "cannot read the signature of added"),
    ],
)
def test_a_macro_without_a_description_is_refused(
    tmp_path: Path, was: str, now: str, message: str
) -> None:
    (tmp_path / "macros").mkdir()
    path = tmp_path / "macros" / "added.sql"
    assert was in MACRO
    path.write_text(MACRO.replace(was, now))
    with pytest.raises(RoofhouseError, match=message) as error:
        macros.macros(tmp_path)
    assert str(path) in str(error.value)


def test_a_column_that_nothing_describes_is_refused() -> None:
    (one,) = (each for each in macros.macros() if each.name == "what_if")
    with pytest.raises(RoofhouseError, match="describe the column no_such_column"):
        macros.words_of(one, "no_such_column")
