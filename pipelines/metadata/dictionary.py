"""docs/dictionary.md: every table, column and macro in words, from the contracts and the SQL files.

`python -m pipelines.metadata.dictionary` writes it. Its text about a column or macro is the comment
in DuckDB (provenance.comment, Macro.comment), split into parts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipelines.contracts import (
    Column,
    Contract,
    columns,
    contracts,
    describe,
    schema,
    table_of,
)
from pipelines.contracts.render import duckdb_type, feed_paths, feed_root, origins
from pipelines.metadata import macros, provenance
from pipelines.metadata.macros import Macro
from pipelines.settings import ROOT
from pipelines.transform import registry
from pipelines.transform.table import STAGING

PATH = ROOT / "docs" / "dictionary.md"

#: The module that fills the tables which only a publication has.
PUBLICATION = ROOT / "pipelines" / "publish" / "publish.py"

#: A cell with more feed fields or formulas folds them.
SHOWN = 3

#: The meaning of NULL is given once above a table if it is longer than this and more rows share it.
_LONG, _OFTEN = 40, 5

_HEAD = """\
# Data dictionary

Every table of `data/warehouse.duckdb` and every column, with type, unit, meaning, what NULL stands
for, the field of the feed that it comes from, and the formula it is computed by. The tables of the
schema `marts` are published as `data/marts/<table>.parquet` too. The last two sections are the
[questions](#questions), which are table macros, and the [macros](#macros) of the formulas.

This file is generated from the contracts in [pipelines/contracts](../pipelines/contracts) and the
comments in [sql](../sql): `make docs` writes it, `make test` checks that it is current.
DuckDB holds the same text as comments, so a client shows it beside the data:

```sql
select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts';
select function_name, comment from duckdb_functions() where function_name = 'what_if';
```

How to read a table:

- **type**: the DuckDB type; the allowed values, or those seen so far (a new one is kept and
  reported); → the column that it refers to.
- **unit**: `1` is a plain ratio; empty if the values are not quantities.
- **NULL means**: why a value is missing; `never` if no value is; † and ‡ are explained above the
  table.
- **feed path**: the path in an item of the feed, `[]` for each element of a list. `path`: the value
  is copied from there. ← `path`: the value is computed from it, possibly through other tables; a
  long list is folded. Empty: the value comes from no field of the feed.
- **formula**: the id of the formula and, in the table that computes it, the formula itself. For
  those of `case_metric`, `explain_metric(case_id, 'id')` shows value, formula, every input and the
  evidence behind it.

A missing input or a denominator of 0 gives NULL, never 0 and never a guess. Ratios are never
clamped.
"""

_QUESTIONS = """\
Table macros of the published file. Arguments are given by position or by name, and may be columns
of a table named before the macro:

```sql
from similar_cases('case-llama33-a100x8-vllm-001', n := 3);
select cards, expected_decode_tok_s
from (values (2), (4), (8)) as setup(cards),
    what_if('h100-sxm5', setup.cards, 'llama-3.3-70b', 'fp8-e4m3', 32, 1024, 512);
```

DuckDB looks up the tables of a macro in the current database. If you attach the file, `use` it
first:

```sql
attach 'data/warehouse.duckdb' as w (read_only);
use w;
from what_if('h100-sxm5', 8, 'llama-3.3-70b', 'fp8-e4m3', 32, 1024, 512);
```
"""

_MACROS = """\
The tables and questions are computed with these. You can call them in the published file, too.
Their inputs are in plain units: bytes, operations, seconds, parameters.
"""

_SCHEMAS = {
    "main": "The star: the content of the feed, typed, with every version it ever had.",
    "metrics": "The metrics computed from it, for each case and revision.",
    "quality": "What arrived, what was left out, what the audit found.",
    "marts": "The tables for readers; each is complete in itself.",
}


def dictionary() -> str:
    """Return the text of docs/dictionary.md."""
    parts = [_HEAD, "## Contents\n", *_contents(), "## Symbols of the formulas\n", *_symbols()]
    for schema_, words in _SCHEMAS.items():
        parts.append(f"## Schema `{schema_}`\n\n{words}\n")
        parts += [_table(name) for name in _tables(schema_)]
    found = macros.macros()
    parts += ["## Questions\n", _QUESTIONS]
    parts += [_question(one) for one in found if one.is_question]
    parts += ["## Macros\n", _MACROS]
    parts.append(
        _grid(
            ["macro", "is", "file"],
            [_macro_row(one) for one in found if not one.is_question],
        )
    )
    return "\n".join(parts)


def _tables(schema_: str) -> list[str]:
    return sorted(n for n, contract in contracts().items() if table_of(contract).schema == schema_)


def _contents() -> Iterator[str]:
    for schema_ in _SCHEMAS:
        lines = [f"- [{n}](#{n}): {_cell(describe(contracts()[n]))}" for n in _tables(schema_)]
        yield "\n".join([f"**{schema_}**\n", *lines, ""])
    lines = [
        f"- [{one.name}](#{one.name}): {_cell(one.description)}"
        for one in macros.macros()
        if one.is_question
    ]
    yield "\n".join(["**Questions**\n", *lines, ""])


def _symbols() -> Iterator[str]:
    """Yield the table of symbols: columns whose description gives their symbol in formulas."""
    yield (
        "In formulas they stand for plain units: bytes, operations, seconds, parameters. `read(b)` "
        "and `u(b)` are defined at [params_read_per_step_b](#params_read_per_step_b), `roof(b)`, "
        "`t_mem(b)` and `t_cmp(b)` at [decode_roofline_tok_s](#decode_roofline_tok_s).\n"
    )
    rows: dict[str, list[str]] = {}
    for name in ("case_input", "case_metric"):
        for column in columns(contracts()[name]):
            if found := re.fullmatch(r"(.+) \((\S+) in formulas\)(.*)", column.description):
                before, symbol, after = found.groups()
                place = f"[{name}](#{name}).{column.name}"
                rows.setdefault(symbol, [f"`{symbol}`", _cell(before + after), place])
    yield _grid(["symbol", "is", "column"], list(rows.values()))


def _table(name: str) -> str:
    contract = contracts()[name]
    about = [f"One row for each {' × '.join(f'`{key}`' for key in table_of(contract).grain)}."]
    if found := origins(contract):
        places = ", ".join(f"`{feed_root(one)}`" if feed_root(one) else "an item" for one in found)
        about.append(f"In the feed: {places}.")
    table = registry.tables().get(name)
    files = table.files if table else (PUBLICATION,)
    made_by = (path.relative_to(ROOT).as_posix() for path in files)
    about.append(f"Made by {', '.join(map(_file, made_by))}.")
    reads = [one for one in (table.reads if table else ()) if one != STAGING]
    if reads:
        about.append("Reads " + ", ".join(f"[{one}](#{one})" for one in reads) + ".")
    often = _often(contract)
    about += [f"{mark} NULL means: {_cell(words)}." for words, mark in often.items()]
    module = contract.__module__.replace(".", "/")
    about.append(f"Contract: {_file(f'{module}.py')}.")
    return "\n".join(
        [
            f"### {name}\n",
            f"{_cell(describe(contract))}\n",
            "\n".join(f"- {line}" for line in about) + "\n",
            _grid(
                ["column", "type", "unit", "description", "NULL means", "feed path", "formula"],
                [_row(name, column, often) for column in columns(contract)],
            ),
        ]
    )


def _question(macro: Macro) -> str:
    parts = [
        f"### {macro.name}\n",
        f"`{macro.signature}`\n",
        f"{_cell(macro.description)}\n",
        f"Made by {_file(macro.path.relative_to(ROOT).as_posix())}.\n",
        _grid(
            ["parameter", "is"],
            [[f"`{name}`", _cell(words)] for name, words in macro.parameters.items()],
        ),
    ]
    if macro.returns_all:
        parts.append(f"Returns {_cell(macro.returns_all)}.\n")
    else:
        returned = macros.result_columns()[macro.name]
        parts.append(
            _grid(
                ["column", "type", "description"],
                [
                    [f"`{name}`", f"`{kind}`", _cell(macros.words_of(macro, name))]
                    for name, kind in returned
                ],
            )
        )
    return "\n".join(parts)


def _macro_row(macro: Macro) -> list[str]:
    path = macro.path.relative_to(ROOT)
    return [
        f"`{macro.signature}`",
        _cell(macro.comment),
        f"[{path.name}](../{path.as_posix()})",
    ]


def _often(contract: type[Contract]) -> dict[str, str]:
    """Return long meanings of NULL that many rows of a table share, each with its mark."""
    counts = Counter(column.null for column in columns(contract) if column.null)
    shared = [words for words, n in counts.most_common() if n > _OFTEN and len(words) > _LONG]
    return dict(zip(shared, "†‡", strict=False))


def _row(name: str, column: Column, often: Mapping[str, str]) -> list[str]:
    return [
        f"`{column.name}`",
        _type(contracts()[name], column),
        _cell(column.unit or ""),
        _cell(column.description),
        _cell(often.get(column.null or "", column.null or "never")),
        _feed(name, column),
        _formula(name, column),
    ]


def _type(contract: type[Contract], column: Column) -> str:
    parts = [f"`{duckdb_type(column.dtype)}`"]
    for check in schema(contract).columns[column.name].checks or []:
        if values := check.statistics.get("allowed_values"):
            parts.append(f"one of {_codes(values)}")
    if column.known:
        parts.append(f"seen: {_codes(column.known)}")
    if column.references:
        table, _, key = column.references.partition(".")
        parts.append(f"→ [{table}](#{table}).{key}")
    return "<br>".join(parts)


def _feed(name: str, column: Column) -> str:
    paths = [f"`{path}`" for path in provenance.fields(name, column.name)]
    if feed_paths(contracts()[name], column):
        return "<br>".join(paths)
    return _folded("← ", paths, "fields")


def _formula(name: str, column: Column) -> str:
    """Return a column's own formula with an anchor, else links to the formulas behind it."""
    ids = provenance.formula_ids(name, column)
    if not provenance.has_own_formula(name, column):
        return _folded("", [f"[{one}](#{one})" for one in ids], "metrics")
    text = f": `{_cell(column.formula)}`" if column.formula else ""
    return f'<a id="{ids[0]}"></a>**{ids[0]}**{text}'


def _folded(before: str, shown: Sequence[str], what: str) -> str:
    """Return the content of a cell; a long list of items is folded behind its count."""
    if len(shown) > SHOWN:
        summary = f"<summary>{before}{len(shown)} {what}</summary>"
        return f"<details>{summary}{'<br>'.join(shown)}</details>"
    return "<br>".join(f"{before}{one}" for one in shown)


def _codes(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _file(path: str) -> str:
    return f"[{path}](../{path})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Write docs/dictionary.md."""
    PATH.write_text(dictionary(), encoding="utf-8")


if __name__ == "__main__":
    main()
