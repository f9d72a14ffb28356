"""Rows of a results table: its columns in both layouts, and a look at all rows beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.ingest.readers.frame import Fields, finite
from pipelines.ingest.strict_json import canonical

#: Accuracy that a benchmark asks for, in percent of the reference, as the end of its name.
_LOOSE, _STRICT = "-99", "-99.9"


@dataclass(frozen=True)
class Columns:
    """Names of the columns that the layouts call differently."""

    submitter: str
    division: str
    suite: str
    title: str
    benchmark: str
    model: str
    """The model that ran; in the open division it may differ from the benchmark's."""
    result: str
    units: str
    accelerator: str
    per_node: str
    nodes: str
    total: str
    software: str
    notes: str


_V51 = Columns(
    submitter="Submitter",
    division="Category",
    suite="Suite",
    title="System",
    benchmark="Model",
    model="UsedModel",
    result="Performance_Result",
    units="Performance_Units",
    accelerator="Accelerator",
    per_node="a#",
    nodes="Nodes",
    total="Total Accelerators",
    software="Software",
    notes="Notes",
)
_V61 = Columns(
    submitter="Organization",
    division="Division",
    suite="SystemType",
    title="SystemName",
    benchmark="MlperfModel",
    model="Model",
    result="Result",
    units="Units",
    accelerator="accelerator_model_name",
    per_node="accelerators_per_node",
    nodes="number_of_nodes",
    total="total_accelerators",
    software="framework",
    notes="notes",
)


def is_table(document: dict[str, object]) -> bool:
    """Return whether an object holds rows of v6.1 by their numbers."""
    return any(isinstance(row, dict) and "MlperfModel" in row for row in document.values())


def rows(document: Fields) -> list[Fields]:
    """Return the rows of a document: those of a table of v6.1, else itself."""
    if is_table(document.value):
        return [row for _, row in document.members()]
    return [document]


def columns(row: Fields) -> Columns:
    """Return the columns of a row; `Model` is the benchmark in one layout, not in the other."""
    return _V61 if "MlperfModel" in row.value else _V51


class Table:
    """The rows that belong to another row: twins, and watts in rows of their own."""

    def __init__(self, every: Iterable[Fields]) -> None:
        """Look at all rows of a file."""
        self._strict: set[str] = set()
        self._watts: dict[str, set[float]] = {}
        for row in every:
            names = columns(row)
            result = finite(row.get(names.result))
            if result is not None and row.get(names.units) == "Watts":
                self._watts.setdefault(_key(row), set()).add(result)
            elif _ends(row, _STRICT) and row.get("inferred") != 1:
                self._strict.add(_key(row, _STRICT))

    def has_strict_twin(self, row: Fields) -> bool:
        """Return whether one run counts for both accuracies, and this row is the -99 of it."""
        return _ends(row, _LOOSE) and _key(row, _LOOSE) in self._strict

    def watts(self, row: Fields) -> float | None:
        """Return the mean watts of the whole system; None where rows differ, or there is none."""
        found = self._watts.get(_key(row), set())
        return next(iter(found)) if len(found) == 1 else None


def _ends(row: Fields, accuracy: str) -> bool:
    benchmark = row.get(columns(row).benchmark)
    return isinstance(benchmark, str) and benchmark.endswith(accuracy)


def _key(row: Fields, accuracy: str | None = None) -> str:
    """Return what names a run; with an accuracy, its result, and its names without that."""
    names = columns(row)
    own = ("ID", "Platform", "Scenario", names.submitter, names.division, names.suite)
    models = [row.get(names.benchmark), row.get(names.model)]
    parts = [row.get(name) for name in own]
    if accuracy is not None:
        models = [m.removesuffix(accuracy) if isinstance(m, str) else m for m in models]
        result = finite(row.get(names.result))
        parts += [row.get(names.units), None if result is None else float(result)]
    return canonical([*parts, *models])
