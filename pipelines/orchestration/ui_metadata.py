"""What the Dagster UI shows of a table: where it belongs, its SQL, its lineage, its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.contracts import contracts, render, table_of
from pipelines.orchestration import charts
from pipelines.settings import ROOT, Settings
from pipelines.transform import configuration, graph, lineage, rules, sql_files
from pipelines.warehouse import Warehouse

Metadata = dict[str, dg.MetadataValue[Any] | dg.TableSchema | dg.TableColumnLineage | str]


def group(name: str) -> str:
    """The stage of a table: the folder of its SQL, or of what it is made from."""
    if name in sql_files.models():
        return sql_files.models()[name].group
    if name in ("metric_definition", "metric_input"):
        return "metrics"
    return "raw" if name in configuration.TABLES else "quality"


def kinds(name: str) -> set[str]:
    """What a table is made with and kept in."""
    if name in sql_files.models():
        return {"sql", "duckdb", *(["parquet"] if _is_mart(name) else [])}
    return {"python" if group(name) == "metrics" else "yaml", "duckdb"}


def tags(name: str) -> dict[str, str]:
    """Tags to select a table by, in the UI and in `dg launch --assets tag:…`."""
    return {
        "roofhouse/schema": table_of(contracts()[name]).schema,
        **published_as("duckdb_and_parquet" if _is_mart(name) else "duckdb"),
    }


def published_as(form: str) -> dict[str, str]:
    """The tag that says where readers find an asset; `no`: it is for the pipeline alone."""
    return {"roofhouse/published": form}


def _is_mart(name: str) -> bool:
    return table_of(contracts()[name]).schema == "marts"


def columns_of(name: str, table: str = "") -> Metadata:
    """Name and columns of a contract's table, or of one that has the same columns."""
    contract = contracts()[name]
    return {
        "dagster/table_name": table or render.full_name(contract),
        "dagster/column_schema": render.column_schema(contract),
    }


def working_table(name: str, described: Mapping[str, str]) -> Metadata:
    """Name and columns, all of them text, of a staging table that has no contract."""
    shown = [dg.TableColumn(one, "varchar", words) for one, words in described.items()]
    return {
        "dagster/table_name": f"staging.{name}",
        "dagster/column_schema": dg.TableSchema(columns=shown),
    }


def definition(name: str) -> Metadata:
    """Metadata that is known before a table is made: name, columns, and what makes it.

    Configuration may lie elsewhere for a run: its text is shown by `materialization`.
    """
    found = columns_of(name)
    made_by = graph.made_by(name)
    found["made_by"] = ", ".join(path.relative_to(ROOT).as_posix() for path in made_by)
    if name == "finding":
        found["sql"] = _code("sql", rules.select(rules.load()))
    for path in () if name in configuration.TABLES else made_by:
        found["sql" if name in sql_files.models() else path.name] = _file(path)
    return found


def materialization(db: Warehouse, settings: Settings, name: str) -> Metadata:
    """Metadata of a table that was just made: its snapshot, column lineage and picture.

    Of a configuration table it is the text of the files.
    """
    found: Metadata = dict(_snapshot(db, name))
    if name in configuration.TABLES:
        for path in graph.made_by(name):
            found[path.name] = _file(settings.config / path.name)
    reads_staging = graph.STAGING in graph.tables()[name]
    sources = lineage.column_sources(name, staged_columns(db) if reads_staging else ())
    if any(sources.values()):
        found["dagster/column_lineage"] = dg.TableColumnLineage(
            {
                column: [_dependency(source) for source in behind]
                for column, behind in sources.items()
                if behind
            }
        )
        found["columns_from"] = dg.MetadataValue.md(_lineage_table(sources))
    if name == "case_metric":
        found["roofline"] = dg.MetadataValue.md(
            charts.roofline(
                db.rows(
                    "select decode_mbu, decode_mfu from metrics.case_metric "
                    "where is_current and decode_mbu > 0 and decode_mfu > 0 "
                    "order by case_id limit 2000"
                )
            )
        )
    elif name == "finding":
        titles = {rule.id: rule.title for rule in rules.load()}
        counts = db.rows(
            "select rule_id, severity, count(*) from quality.finding "
            "group by all order by count(*) desc, rule_id"
        )
        found["by_rule"] = dg.MetadataValue.md(
            charts.bars([(titles[rule_id], *rest) for rule_id, *rest in counts])
        )
    return found


def newest_snapshot(db: Warehouse) -> str:
    """The newest snapshot's file and time."""
    ((name, at),) = db.rows("select file_name, generated_at from staging.snapshot where is_newest")
    return f"{name} ({at:%Y-%m-%d %H:%M:%S} UTC)"


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


def _snapshot(db: Warehouse, name: str) -> Iterator[tuple[str, str]]:
    """What comes from the project's own files has none."""
    if name not in graph.FROM_FILES or name == "finding":
        yield "upstream_snapshot", newest_snapshot(db)


def staged_columns(db: Warehouse) -> lineage.Staged:
    """The columns of the staging views, which depend on what the feed holds."""
    noted = db.noted().get(graph.STAGING)
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


#: By the state of staging: every table that reads it asks.
_STAGED: dict[str | None, lineage.Staged] = {}


def _dependency(source: lineage.Source) -> dg.TableColumnDep:
    """Staged tables are columns of one asset."""
    place, table, column = source
    if place == "staging":
        return dg.TableColumnDep(dg.AssetKey([graph.STAGING]), f"{table}.{column}")
    return dg.TableColumnDep(dg.AssetKey([table]), column)


def _lineage_table(sources: Mapping[str, tuple[lineage.Source, ...]]) -> str:
    """Column | made from, as Markdown; a name alone means the same column."""
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
