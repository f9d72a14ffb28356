"""The catalog as tables: one per dimension, with its columns, and one with figures and sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import catalog
from pipelines.catalog import Catalog, EntityKind
from pipelines.code_version import code_version
from pipelines.contracts import Column, columns, contracts
from pipelines.settings import CATALOG_DIR, Settings
from pipelines.transform.table import Frame, Table

#: Kinds of the catalog that are dimensions with specifications, with their files.
_FILES: dict[EntityKind, str] = {
    "hardware": "hardware.yml",
    "model": "model.yml",
    "quant": "quant.yml",
}
#: The tables of entries, one per kind.
ENTRIES = tuple(f"reference_{kind}" for kind in _FILES)
#: The table of figures.
FIGURES = "reference_figure"

#: Texts that formulas depend on; other texts are names, which each source writes its own way.
COMPARED_TEXTS = ("attention_type", "quant_family")


def tables() -> Iterable[Table]:
    """Yield the tables of the catalog."""
    for kind, name in zip(_FILES, ENTRIES, strict=True):
        yield _table(name, (kind,), _entries_of(kind))
    yield _table(FIGURES, tuple(_FILES), figures)


def _table(
    name: str, kinds: Sequence[EntityKind], rows: Callable[[Catalog], pl.DataFrame]
) -> Table:
    paths = tuple(CATALOG_DIR / _FILES[kind] for kind in kinds)

    def frame(_: Settings) -> pl.DataFrame:
        return rows(catalog.load())

    def inputs(_: Settings) -> Sequence[Path]:
        return paths

    code = code_version("catalog", "contracts", "transform")
    return Table(name, "configuration", paths, Frame(frame, code, inputs), kind="yaml")


def _entries_of(kind: EntityKind) -> Callable[[Catalog], pl.DataFrame]:
    return lambda known: entries(known, kind)


def entries(known: Catalog, kind: EntityKind) -> pl.DataFrame:
    """Return the entries of a kind as rows of its table, in the order of their ids."""
    return _frame(
        f"reference_{kind}",
        (
            {column.name: _at(entity, path) for column, path in _with_paths(kind)}
            for entity in (known.entity(kind, one) for one in sorted(known.ids(kind)))
        ),
    )


def figures(known: Catalog) -> pl.DataFrame:
    """Return the compared attributes of every entry as rows of main.reference_figure."""
    return _frame(FIGURES, (row for kind in _FILES for row in _figures(known, kind)))


def _figures(known: Catalog, kind: EntityKind) -> Iterator[dict[str, Any]]:
    compared = [(column, path) for column, path in _with_paths(kind) if _is_compared(column)]
    for one in sorted(known.ids(kind)):
        entity = known.entity(kind, one)
        facts = known.facts(kind, one)
        for column, path in compared:
            if (value := _at(entity, path)) is not None:
                is_text = column.kind == "text"
                yield {
                    "dimension": kind,
                    "entity_id": one,
                    "attribute": column.name,
                    "reference": None if is_text else value,
                    "reference_text": value if is_text else None,
                    "unit": column.unit,
                    "source": _citations(known, kind, facts, path),
                }


def _is_compared(column: Column) -> bool:
    if column.kind == "text":
        return column.name in COMPARED_TEXTS
    return column.kind in ("number", "integer") and column.unit != "year"


def _with_paths(kind: EntityKind) -> list[tuple[Column, str]]:
    """The columns of a kind's table, with their paths in an entity of the feed."""
    paths = {one.name: one.source for one in columns(contracts()[f"dim_{kind}"])}
    found = columns(contracts()[f"reference_{kind}"])
    return [(column, path) for column in found if (path := paths[column.name])]


def _citations(known: Catalog, kind: EntityKind, facts: Any, path: str) -> str | None:
    """The sources of a figure: those of its block, else those of the entry."""
    block = facts.get(path.partition(".")[0])
    named = (block if isinstance(block, dict) and "from" in block else facts)["from"]
    if isinstance(named, dict):  # a model's sources, each with the name of its configuration
        named = named["source"]
    keys = [named] if isinstance(named, str) else named or []
    return "; ".join(known.sources[kind][key].citation for key in keys) or None


def _at(document: Any, path: str) -> Any:
    """The value at `a.b.c` of a document; None if there is none."""
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _frame(name: str, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in columns(contracts()[name])}
    return pl.DataFrame(list(rows), schema=types, strict=False)
