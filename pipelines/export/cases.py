"""The current cases of the published warehouse, all or those of some sources."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts import Column, columns, contracts
from pipelines.errors import RoofhouseError
from pipelines.metadata import licences
from pipelines.publish import atomic, manifest
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, published, quote

#: Columns of fact_case that say nothing outside the warehouse, or of current cases.
_INTERNAL = ("is_retired", "issue_count", "pattern_count", "evidence_count")


@dataclass(frozen=True)
class Cases:
    """The cases that are exported; `sources` are those of the manifest with a case among them."""

    warehouse: Warehouse
    build_id: str
    sources: list[licences.Source]

    def wide(self) -> pl.DataFrame:
        """Return a row per case by id: mart_case_metrics, then what else fact_case has."""
        ours = ", ".join(f"m.{one.name}" for one in columns(contracts()["mart_case_metrics"]))
        facts = ", ".join(f"f.{one.name}" for one in _facts())
        return self.warehouse.frame(f"select {ours}, {facts} {self._from()}")

    def facts(self) -> pl.DataFrame:
        """Return a row per case by id: fact_case, the names of its dimensions, and the verdict."""
        own = ", ".join(
            f"f.{one.name}" for one in columns(contracts()["fact_case"]) if _is_said(one)
        )
        return self.warehouse.frame(
            f"select {own}, m.hardware_name, m.model_name, m.plausibility, m.effective_tier, "
            f"m.tier_reason {self._from()}"
        )

    def _from(self) -> str:
        ids = ", ".join(quote(one["id"]) for one in self.sources) or "null"
        return (
            "from marts.mart_case_metrics as m inner join main.fact_case as f "
            f"on m.case_id = f.case_id where not f.is_retired and f.source_id in ({ids}) "
            "order by m.case_id"
        )


def wide_columns() -> list[tuple[str, Column]]:
    """Return the columns of `Cases.wide` in order, each with its table."""
    ours = [("mart_case_metrics", one) for one in columns(contracts()["mart_case_metrics"])]
    return ours + [("fact_case", one) for one in _facts()]


def _facts() -> list[Column]:
    """Return the columns of fact_case that mart_case_metrics lacks."""
    known = {one.name for one in columns(contracts()["mart_case_metrics"])}
    every = columns(contracts()["fact_case"])
    return [one for one in every if _is_said(one) and one.name not in known]


def _is_said(column: Column) -> bool:
    is_key = column.name.endswith("_key") and column.name != "configuration_key"
    return not is_key and column.name not in _INTERNAL


@contextmanager
def opened(settings: Settings, sources: Sequence[str]) -> Iterator[Cases]:
    """Open the published warehouse for the cases of these sources; none are all.

    Raises RoofhouseError if nothing is published, or a source is not in what is.
    """
    atomic.wait(settings)
    found = manifest.read(settings)
    chosen = _chosen(found["sources"], sources)
    with published(settings) as warehouse:
        (build_id,) = warehouse.rows("select build_id from quality.build")[0]
        if build_id != found["build_id"]:
            raise RoofhouseError(
                f"{settings.published_db}: is of another build than {manifest.path(settings)}; "
                "run `roofhouse build`, or wait for the one that is running"
            )
        counted = [one for one in chosen if one["cases"]]
        yield Cases(warehouse, build_id, counted)


def _chosen(known: list[dict[str, Any]], wanted: Sequence[str]) -> list[dict[str, Any]]:
    by_id = {one["id"]: one for one in known}
    for name in wanted:
        if name not in by_id:
            near = difflib.get_close_matches(name, by_id, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"published are {', '.join(by_id)}"
            raise RoofhouseError(f"no source `{name}`; {hint}")
        if by_id[name]["problem"]:
            raise RoofhouseError(f"source `{name}` is left out: {by_id[name]['problem']}")
    return [one for one in known if not wanted or one["id"] in wanted]
