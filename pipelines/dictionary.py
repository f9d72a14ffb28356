"""docs/dictionary.md: every table and column in words, from the contracts.

`python -m pipelines.dictionary` writes it. What it says of a column is what DuckDB holds
as its comment (schema.comment), part by part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipelines import graph, lineage, sql
from pipelines.contracts import Column, Contract, columns, contracts, describe, table_of
from pipelines.contracts.fields import schema
from pipelines.ingest.stage.tables import entity_contract
from pipelines.schema import duckdb_type, feed_paths, feed_root, origins
from pipelines.settings import ROOT

PATH = ROOT / "docs" / "dictionary.md"

#: Above this number of feed fields or formulas a cell gives their number alone.
SHOWN = 3

_HEAD = """\
# Data dictionary

Every table of `data/warehouse.duckdb` and every column, with type, unit, meaning, what NULL stands
for, the field of the feed that it comes from, and the formula it is computed by. The tables of the
schema `marts` are published as `data/marts/<table>.parquet` too.

This file is generated from the contracts in [pipelines/contracts](../pipelines/contracts):
`make dictionary` writes it, `make test` checks that it is current. DuckDB holds the same text as
comments, so a client shows it beside the data:

```sql
select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts';
```

How to read a table:

- **type**: the DuckDB type; the values a column is confined to, or those seen so far (another one
  is kept and reported); → the column that it refers to.
- **unit**: `1` is a plain ratio; empty where the values are no quantities.
- **NULL means**: why a value is missing; `never` where none is.
- **feed path**: the path in an item of the feed, `[]` for each element of a list. `path`: the value
  as it stands there. ← `path`: made from it, by way of other tables. Empty: from no field of the
  feed.
- **formula**: the id of the formula and, where it is at home, the formula itself. For those of
  `case_metric`, `explain_metric(case_id, 'id')` shows value, formula, every input and the evidence
  behind it.

A missing input or a denominator of 0 gives NULL, never 0 and never a guess. Ratios are never
clamped.
"""

_SCHEMAS = {
    "main": "The star: what the feed says, typed, with every version it ever had.",
    "metrics": "What follows from it by formula, for each case and revision.",
    "quality": "What arrived, what was left out, what the audit found.",
    "marts": "What readers ask for; each table complete in itself.",
}

#: What makes the tables that no SQL file makes.
_MAKERS = {
    "assumption": ("pipelines/config/assumptions.yml", "pipelines/config/prices.yml"),
    "card_price": ("pipelines/config/prices.yml",),
    "trust_policy": ("pipelines/config/trust.yml",),
    "rule": ("sql/quality/rules.yml",),
    "finding": ("sql/quality/rules.yml",),
    "metric_definition": ("pipelines/contracts/metric.py",),
    "metric_input": ("sql/metrics/case_metric.sql",),
    "metric_source": ("sql/metrics/case_metric.sql", "sql/metrics/case_input.sql"),
    "build": ("pipelines/publish/publish.py",),
}


def dictionary() -> str:
    """The text of docs/dictionary.md."""
    parts = [_HEAD, "## Contents\n", *_contents(), "## Symbols of the formulas\n", *_symbols()]
    for schema_, words in _SCHEMAS.items():
        parts.append(f"## Schema `{schema_}`\n\n{words}\n")
        parts += [_table(name) for name in _tables(schema_)]
    return "\n".join(parts)


def _tables(schema_: str) -> list[str]:
    return sorted(n for n, contract in contracts().items() if table_of(contract).schema == schema_)


def _contents() -> Iterator[str]:
    for schema_ in _SCHEMAS:
        lines = [f"- [{n}](#{n}): {_cell(describe(contracts()[n]))}" for n in _tables(schema_)]
        yield "\n".join([f"**{schema_}**\n", *lines, ""])


def _symbols() -> Iterator[str]:
    """The columns whose description begins with the symbol that formulas use for them."""
    yield (
        "In formulas they stand for plain units: bytes, operations, seconds, parameters. `read(b)` "
        "and `u(b)` are defined at [params_read_per_step_b](#params_read_per_step_b), `roof(b)`, "
        "`t_mem(b)` and `t_cmp(b)` at [decode_roofline_tok_s](#decode_roofline_tok_s).\n"
    )
    rows: dict[str, list[str]] = {}
    for name in ("case_input", "case_metric"):
        for column in columns(contracts()[name]):
            if found := re.match(r"(\S+): (.+)", column.description):
                symbol, words = found.groups()
                place = f"[{name}](#{name}).{column.name}"
                rows.setdefault(symbol, [f"`{symbol}`", _cell(words), place])
    yield _grid(["symbol", "is", "column"], list(rows.values()))


def _table(name: str) -> str:
    contract = contracts()[name]
    about = [f"One row for each {' × '.join(f'`{key}`' for key in table_of(contract).grain)}."]
    if found := origins(contract):
        places = ", ".join(f"`{feed_root(one)}`" if feed_root(one) else "an item" for one in found)
        about.append(f"In the feed: {places}.")
    made_by = _MAKERS.get(name) or (sql.models()[name].path.relative_to(ROOT).as_posix(),)
    about.append(f"Made by {', '.join(map(_file, made_by))}.")
    reads = [one for one in graph.tables().get(name, ()) if one != graph.STAGING]
    if reads:
        about.append("Reads " + ", ".join(f"[{one}](#{one})" for one in reads) + ".")
    module = contract.__module__.replace(".", "/")
    about.append(f"Contract: {_file(f'{module}.py')}.")
    return "\n".join(
        [
            f"### {name}\n",
            f"{_cell(describe(contract))}\n",
            "\n".join(f"- {line}" for line in about) + "\n",
            _grid(
                ["column", "type", "unit", "description", "NULL means", "feed path", "formula"],
                [_row(name, column) for column in columns(contract)],
            ),
        ]
    )


def _row(name: str, column: Column) -> list[str]:
    return [
        f"`{column.name}`",
        _type(contracts()[name], column),
        _cell(column.unit or ""),
        _cell(column.description),
        _cell(column.null or "never"),
        _feed(name, column),
        _formula(name, column),
    ]


def _type(contract: type[Contract], column: Column) -> str:
    parts = [f"`{duckdb_type(column)}`"]
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
    if own := feed_paths(contracts()[name], column):
        return "<br>".join(f"`{path}`" for path in own)
    return _few("← ", [f"`{path}`" for path in sorted(_made_from(name, column.name))], "fields")


@cache
def _made_from(name: str, column_name: str) -> frozenset[str]:
    """The feed paths behind a column: its own, else those behind what it is made from."""
    contract = contracts()[name]
    column = next(one for one in columns(contract) if one.name == column_name)
    if own := feed_paths(contract, column):
        return frozenset(own)
    if column.references:
        table, _, key = column.references.partition(".")
        return _made_from(table, key)
    for origin in origins(contract):  # the id of the entity that holds the list
        holder = entity_contract(origin.entity)
        for one in columns(holder):
            if one.name == column_name:
                return frozenset(feed_paths(holder, one))
    return frozenset().union(*(_behind(name, *source) for source in _sources(name, column_name)))


def _behind(reader: str, name: str, column_name: str) -> frozenset[str]:
    """The feed paths behind a column that a table reads; of evidence, those of the owners read."""
    contract = contracts()[name]
    upstream = (table_of(contracts()[one]).origin for one in graph.tables()[reader])
    owners = {one.entity for one in upstream if one and one.elements is contract}
    paths = _made_from(name, column_name)
    if not owners:
        return paths
    roots = tuple(feed_root(one) for one in origins(contract) if one.entity in owners)
    return frozenset(path for path in paths if path.startswith(roots))


@cache
def _metrics(name: str, column_name: str) -> frozenset[str]:
    """The derived metrics behind a column."""
    if name == "case_metric" and column_name in _metric_ids():
        return frozenset([column_name])
    return frozenset().union(*(_metrics(*source) for source in _sources(name, column_name)))


@cache
def _metric_ids() -> frozenset[str]:
    return frozenset(lineage.metric_definitions()["metric"])


def _sources(name: str, column_name: str) -> list[tuple[str, str]]:
    """What the SQL of a metric or mart makes a column from; the star is what the feed says."""
    if name not in sql.models() or sql.models()[name].group not in ("metrics", "marts"):
        return []
    return [(table, key) for _, table, key in lineage.column_sources(name)[column_name]]


def _formula(name: str, column: Column) -> str:
    """The formula where it is the column's own, with an anchor; else links to those behind it."""
    if name == "case_metric" and column.name in _metric_ids():
        formula_id = column.name
    elif column.formula and column.name not in _metrics(name, column.name):
        formula_id = f"{name}.{column.name}"
    else:
        found = _metrics(name, column.name) or _metric_ids() & {column.name}
        return _few("", [f"[{one}](#{one})" for one in sorted(found)], "metrics")
    text = f": `{_cell(column.formula)}`" if column.formula else ""
    return f'<a id="{formula_id}"></a>**{formula_id}**{text}'


def _few(before: str, shown: Sequence[str], what: str) -> str:
    if len(shown) > SHOWN:
        return f"{before}{len(shown)} {what}"
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
