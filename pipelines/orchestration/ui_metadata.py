"""Metadata of tables for the Dagster UI: group, SQL, columns, lineage, picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.contracts import Contract, columns, contracts, render, schema, table_of
from pipelines.contracts.vocabulary import FINITE
from pipelines.orchestration import charts
from pipelines.settings import ROOT, Settings
from pipelines.transform import lineage, rules
from pipelines.transform.table import STAGING, Select, Table
from pipelines.warehouse import Warehouse

Metadata = dict[str, dg.MetadataValue[Any] | dg.TableSchema | dg.TableColumnLineage | str]


#: The UI's names of the layers whose tables come before the star.
_GROUPS = {"configuration": "raw"}


def group(table: Table) -> str:
    """Return the stage of a table, under which the UI shows it."""
    return _GROUPS.get(table.layer, table.layer)


def kinds(table: Table) -> set[str]:
    """Return the technologies that make a table, as Dagster's kinds."""
    return {table.kind, "duckdb", *(["parquet"] if table.is_mart else [])}


def tags(table: Table) -> dict[str, str]:
    """Return tags to select a table by, in the UI and in `dg launch --assets tag:…`."""
    return {
        "roofhouse/schema": table.schema,
        **published_as("duckdb_and_parquet" if table.is_mart else "duckdb"),
    }


def published_as(form: str) -> dict[str, str]:
    """Return the tag that says where readers find an asset; `no` if it is internal."""
    return {"roofhouse/published": form}


def columns_of(name: str, table: str = "") -> Metadata:
    """Name and columns of a contract's table, or of another table with the same columns."""
    contract = contracts()[name]
    return {
        "dagster/table_name": table or render.full_name(contract),
        "dagster/column_schema": column_schema(contract),
    }


def working_table(name: str, described: Mapping[str, str]) -> Metadata:
    """Name and columns, all of type text, of a staging table that has no contract."""
    shown = [dg.TableColumn(one, "varchar", words) for one, words in described.items()]
    return {
        "dagster/table_name": f"staging.{name}",
        "dagster/column_schema": dg.TableSchema(columns=shown),
    }


def definition(table: Table) -> Metadata:
    """Return the metadata known before a table is built: name, columns, and its SQL or file.

    A run may have its configuration in another folder, so `materialization` shows that text.
    """
    found = columns_of(table.name)
    found["made_by"] = ", ".join(path.relative_to(ROOT).as_posix() for path in table.files)
    if isinstance(table.maker, Select):
        found["sql"] = _code("sql", table.maker.text)
    for path in () if table.is_root else table.files:
        if path.suffix != ".sql" or not isinstance(table.maker, Select):
            found[path.name] = _file(path)
    return found


def materialization(db: Warehouse, settings: Settings, table: Table) -> Metadata:
    """Return the metadata of a table just built: snapshot, column lineage, picture.

    For a configuration table it also has the text of the files.
    """
    found: Metadata = {}
    if isinstance(table.maker, Select):
        found["upstream_snapshot"] = newest_snapshot(db)
        staged = staged_columns(db) if STAGING in table.reads else ()
        sources = lineage.column_sources(table.maker.text, staged)
        found |= _lineage(sources)
    elif table.maker.inputs is not None:
        for path in table.maker.inputs(settings):
            found[path.name] = _file(path)
    if picture := _PICTURES.get(table.name):
        name, draw = picture
        found[name] = dg.MetadataValue.md(draw(db))
    return found


def _lineage(sources: Mapping[str, tuple[lineage.Source, ...]]) -> Metadata:
    if not any(sources.values()):
        return {}
    return {
        "dagster/column_lineage": dg.TableColumnLineage(
            {
                column: [_dependency(source) for source in behind]
                for column, behind in sources.items()
                if behind
            }
        ),
        "columns_from": dg.MetadataValue.md(_lineage_table(sources)),
    }


def _draw_roofline(db: Warehouse) -> str:
    return charts.roofline(
        db.rows(
            "select decode_mbu, decode_mfu from metrics.case_metric "
            "where is_current and basis = 'claimed' and decode_mbu > 0 and decode_mfu > 0 "
            "order by case_id limit 2000"
        )
    )


def _draw_findings(db: Warehouse) -> str:
    titles = {rule.id: rule.title for rule in rules.load()}
    counts = db.rows(
        "select rule_id, severity, count(*) from quality.finding "
        "group by all order by count(*) desc, rule_id"
    )
    return charts.bars([(titles[rule_id], *rest) for rule_id, *rest in counts])


#: The pictures that go with a table, by its name.
_PICTURES: dict[str, tuple[str, Callable[[Warehouse], str]]] = {
    "case_metric": ("roofline", _draw_roofline),
    "finding": ("by_rule", _draw_findings),
}


def column_schema(contract: type[Contract]) -> dg.TableSchema:
    """Return the columns of a contract as Dagster shows them."""
    shown = []
    for column in columns(contract):
        other = []
        if column.unit:
            other.append(f"unit: {column.unit}")
        if column.references:
            other.append(f"references {column.references}")
        if column.known:
            other.append("known values: " + ", ".join(column.known))
        for check in schema(contract).columns[column.name].checks:
            other += _bound(check.name, **check.statistics)
        shown.append(
            dg.TableColumn(
                name=column.name,
                type=render.duckdb_type(column.dtype),
                description=render.summary(contract, column),
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    unique=table_of(contract).grain == (column.name,),
                    other=other,
                ),
            )
        )
    return dg.TableSchema(columns=shown)


def _bound(
    name: str,
    *,
    min_value: float | None = None,
    max_value: float | None = None,
    allowed_values: Sequence[str] = (),
    pattern: str = "",
    **_: object,
) -> list[str]:
    """Return a Pandera check in words; bounds that only exclude infinity are left out."""
    if allowed_values:
        return ["one of " + ", ".join(allowed_values)]
    if pattern:
        return [f"matches {pattern}"]
    if name == "str_length":
        return [f"at most {max_value:g} characters"]
    limits = (("at least", min_value), ("at most", max_value))
    return [
        f"{words} {value:g}" for words, value in limits if value is not None and abs(value) < FINITE
    ]


def newest_snapshot(db: Warehouse) -> str:
    """The newest snapshot's file and time."""
    ((name, at),) = db.rows(
        "select file_name, generated_at from staging.snapshot order by snapshot_order desc limit 1"
    )
    return f"{name} ({at:%Y-%m-%d %H:%M:%S} UTC)" if at else str(name)


def table(rows: Sequence[dict[str, Any]]) -> dg.TableMetadataValue:
    """Rows as a table that the UI shows."""
    shown = [
        {name: "" if value is None else _plain(value) for name, value in row.items()}
        for row in rows
    ]
    return dg.MetadataValue.table(
        records=[dg.TableRecord(row) for row in shown],
        schema=dg.TableSchema(
            columns=[dg.TableColumn(name, type="string") for name in (rows[0] if rows else {})]
        ),
    )


def _plain(value: object) -> str | int | float | bool:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value if isinstance(value, (str, int, bool)) else str(value)


def staged_columns(db: Warehouse) -> lineage.Staged:
    """Return the columns of the staging views, which depend on the content of the feed."""
    noted = db.noted().get(STAGING)
    state = noted and noted.state
    if state in _STAGED:
        return _STAGED[state]
    rows = db.rows(
        "select table_name, list(column_name order by ordinal_position) "
        "from information_schema.columns where table_schema = 'staging' group by all order by all"
    )
    found = tuple((table, tuple(names)) for table, names in rows)
    if state is not None:
        _STAGED[state] = found
    return found


#: Cached by the state of staging, since every table that reads staging asks.
_STAGED: dict[str | None, lineage.Staged] = {}


def _dependency(source: lineage.Source) -> dg.TableColumnDep:
    """Return a column dependency; all staged tables are one asset."""
    place, table, column = source
    if place == "staging":
        return dg.TableColumnDep(dg.AssetKey([STAGING]), f"{table}.{column}")
    return dg.TableColumnDep(dg.AssetKey([table]), column)


def _lineage_table(sources: Mapping[str, tuple[lineage.Source, ...]]) -> str:
    """Return the lineage as a Markdown table; a bare table name means its equally named column."""
    lines = ["| column | made from |", "|---|---|"]
    for column, behind in sources.items():
        by_table: dict[str, list[str]] = {}
        for place, table, name in behind:
            by_table.setdefault(f"{place}.{table}", []).append(name)
        words = [
            f"{table}" if names == [column] else f"{table}: {', '.join(names)}"
            for table, names in by_table.items()
        ]
        lines.append(f"| {column} | {'; '.join(words) or 'no column'} |")
    return "\n".join(lines)


_LANGUAGES = {".sql": "sql", ".yml": "yaml", ".py": "python"}


def _file(path: Path) -> dg.MarkdownMetadataValue:
    return _code(_LANGUAGES[path.suffix], path.read_text(encoding="utf-8"))


def _code(language: str, text: str) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"```{language}\n{text.strip()}\n```")
