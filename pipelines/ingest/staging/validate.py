"""Collect what the contracts forbid: values that cannot be typed or break a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from pipelines.contracts import Contract, columns, feed_path
from pipelines.contracts.render import feed_schema
from pipelines.ingest.staging.job import Job
from pipelines.ingest.staging.tables import RESOLVED, children, entity_contract
from pipelines.validation.conformance import breaches, holds
from pipelines.warehouse import Warehouse

#: The reason for each problem by (entity, key of the case or document, path).
Problems = dict[tuple[str, str, str], str]
#: Rows that are looked at together, and problems that are kept of a case or document.
_ROWS = 10_000
_MAX_PROBLEMS = 1_000


def validate(job: Job) -> None:
    """Store the problems of all typed tables as a table, by case or document."""
    problems: Problems = {}
    count: Counter[tuple[str, str]] = Counter()
    for entity in ("case", *RESOLVED):
        key = "seq" if entity == "case" else "doc_key"
        root = feed_path.ROOTS[entity]
        _collect(job.db, problems, count, entity, f"{entity}_", key, entity_contract(entity), root)
        for child in children(entity):
            path = feed_path.join(root, child.path)
            table = f"{child.name}_"
            _collect(job.db, problems, count, entity, table, key, child.elements, path + "[{}]")
    frame = pl.DataFrame(
        [
            (*place, reason)
            for place, reason in problems.items()
            if not any((*place[:2], above) in problems for above in _above(place[2]))
        ],
        schema=dict.fromkeys(("entity", "key", "path", "reason"), pl.String),
        orient="row",
    )
    job.keep("problem", frame)


def _collect(
    db: Warehouse,
    problems: Problems,
    count: Counter[tuple[str, str]],
    entity: str,
    table: str,
    key: str,
    contract: type[Contract],
    root: str,
) -> None:
    """Add the problems of one typed table."""

    def add(owner: str, path: str, reason: str) -> None:
        if count[entity, owner] < _MAX_PROBLEMS and (entity, owner, path) not in problems:
            count[entity, owner] += 1
            problems[entity, owner, path] = reason

    ordinal = "ordinal" if "[{}]" in root else "null"
    for frame in db.frames(
        f"select cast({key} as varchar), problems from {table} where len(problems) > 0", _ROWS
    ):
        for owner, found in frame.iter_rows():
            for one in found:
                add(owner, one["path"].rstrip("."), one["reason"])
    sources = {column.name: column.source or "" for column in columns(contract)}
    schema = feed_schema(contract)
    names = ", ".join(schema.columns)
    if holds(db, f"(select {names} from {table})", schema):
        return
    for frame in db.frames(
        f"select cast({key} as varchar) as _key, cast({ordinal} as bigint) as _ordinal, "
        f"{names} from {table} order by {key}, _ordinal",
        _ROWS,
    ):
        for row, column, reason in breaches(frame.select(list(schema.columns)), schema):
            owner, position = frame.row(row)[:2]
            path = feed_path.join(root.replace("{}", str(position)), sources[column])
            add(owner, path, reason)


def _above(path: str) -> Iterator[str]:
    """Yield the paths above one: for `a.b.c` the empty path, `a` and `a.b`."""
    if path:
        yield ""
    for at, character in enumerate(path):
        if character == ".":
            yield path[:at]
