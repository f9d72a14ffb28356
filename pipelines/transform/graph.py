"""Which table is made from which, and whether all of them are of one build. No Dagster here.

Every table has a state: a hash of what makes it (SQL, contract, macros) and of the states
of the tables it reads. The roots are the snapshots and the configuration. A table whose
recorded state is not the one that follows from the roots is of another build.

Its content is a hash too: of what makes it and of the contents of what it reads, or the one
it had before, where the same rows came out. A table is made when that hash is another; where
only its state is, nothing but the note changes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from types import ModuleType

from pipelines.contracts import columns, contracts, describe, render
from pipelines.errors import RoofhouseError
from pipelines.ingest import staging
from pipelines.settings import CONFIG_DIR, ROOT, SQL_DIR, Settings
from pipelines.transform import configuration, lineage, rules, sql_files
from pipelines.warehouse import Note, Warehouse

STAGING = "staged_snapshots"

#: Tables that Python makes from the project's own files: what they read.
FROM_FILES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(configuration.TABLES, ()),
    "rule": (),
    "metric_definition": (),
    "metric_input": (),
    "metric_source": (),
    "finding": tuple(sorted(rules.INPUTS)),
}

#: The files that say what stands in the tables that no SQL file of their own makes.
_MADE_BY: dict[str, tuple[Path, ...]] = {
    "assumption": (CONFIG_DIR / "assumptions.yml", CONFIG_DIR / "prices.yml"),
    "card_price": (CONFIG_DIR / "prices.yml",),
    "trust_policy": (CONFIG_DIR / "trust.yml",),
    "rule": (rules.RULES,),
    "finding": (rules.RULES,),
    "metric_definition": (ROOT / "pipelines" / "contracts" / "metrics" / "case_metric.py",),
    "metric_input": (SQL_DIR / "metrics" / "case_metric.sql",),
    "metric_source": (
        SQL_DIR / "metrics" / "case_metric.sql",
        SQL_DIR / "metrics" / "case_input.sql",
    ),
    "build": (ROOT / "pipelines" / "publish" / "publish.py",),
}


@cache
def tables() -> dict[str, tuple[str, ...]]:
    """Every built table with the tables that it reads, by bare name, upstream first.

    Staged tables count as one, `staged_snapshots`. Raises RoofhouseError for a table
    that nothing makes, a SQL file without a contract, and a circle.
    """
    reads = dict(FROM_FILES)
    for name, model in sql_files.models().items():
        if name not in contracts():
            raise RoofhouseError(f"{model.path}: no contract for the table {name}")
        reads[name] = _bare(sql_files.upstream(model.text) + _macro_reads(model.text))
    ordered: dict[str, tuple[str, ...]] = {}
    while len(ordered) < len(reads):
        ready = [
            name
            for name, upstream in reads.items()
            if name not in ordered and set(upstream) <= ordered.keys() | {STAGING}
        ]
        if not ready:
            left = {name: reads[name] for name in reads if name not in ordered}
            raise RoofhouseError(f"sql: nothing makes what these read, or they circle: {left}")
        ordered |= {name: reads[name] for name in ready}
    return ordered


def made_by(name: str) -> tuple[Path, ...]:
    """The files that make a table: its SELECT, else the project's own files that it shows."""
    return _MADE_BY.get(name) or (sql_files.models()[name].path,)


def follow_from(root: str) -> list[str]:
    """The tables that are made from one, directly or not, upstream first."""
    found: list[str] = []
    for name, upstream in tables().items():
        if not {root, *found}.isdisjoint(upstream):
            found.append(name)
    return found


def _bare(names: tuple[str, ...]) -> tuple[str, ...]:
    found = {STAGING if n.startswith("staging.") else n.partition(".")[2] for n in names}
    return tuple(sorted(found))


def _macro_reads(text: str) -> tuple[str, ...]:
    """The macros that read a table: assumed(), alone or inside kv_cache_bytes()."""
    if "assumed(" in text or "kv_cache_bytes(" in text:
        return ("main.assumption",)
    return ()


@cache
def code_version(name: str) -> str:
    """A hash of what makes a table, beside what it reads."""
    contract = contracts()[name]
    made_from = [render.ddl(contract), describe(contract), str(columns(contract))]
    if name in sql_files.models():
        made_from += [sql_files.models()[name].text, sql_files.macros()]
    elif name in ("finding", "rule"):
        made_from += [rules.RULES.read_text(encoding="utf-8"), sql_files.macros(), _code(rules)]
    elif name in ("metric_definition", "metric_input", "metric_source"):
        for read in ("case_metric", "case_input"):
            made_from += [str(columns(contracts()[read])), sql_files.models()[read].text]
        made_from.append(_code(lineage))
    else:
        made_from.append(_code(configuration))
    return sql_files.code_version(*made_from)


def _code(module: ModuleType) -> str:
    """The text of the module that makes a table."""
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def note(warehouse: Warehouse, settings: Settings, name: str) -> Note:
    """What is to be noted of a table when it is made of what stands in the warehouse now."""
    if name in configuration.TABLES:
        state = made_of = configuration_state(name, settings)
    else:
        noted = warehouse.noted()
        reads = [noted.get(upstream, _NOT_MADE) for upstream in tables()[name]]
        state = _hash(code_version(name), *(one.state for one in reads))
        made_of = _hash(code_version(name), *(one.content for one in reads))
    return Note(state, made_of, content=made_of)


#: What counts as noted of a table that nobody made.
_NOT_MADE = Note("none", content="none")


def root_states(warehouse: Warehouse, settings: Settings) -> dict[str, str]:
    """The states of the roots as files and staging are now."""
    found = {name: configuration_state(name, settings) for name in configuration.TABLES}
    return found | {STAGING: staging_state(warehouse, settings)}


def staging_state(warehouse: Warehouse, settings: Settings) -> str:
    """The state of the staging views: which snapshots they show, and how they were staged."""
    rows = warehouse.rows("from staging.snapshot order by snapshot_order")
    return _hash(staging.version(settings), *(str(row) for row in rows))


def configuration_state(name: str, settings: Settings) -> str:
    """The state of a configuration table as the files are now."""
    texts = (path.read_text(encoding="utf-8") for path in configuration.files(settings))
    return _hash(code_version(name), *texts)


def build_id(warehouse: Warehouse, settings: Settings) -> str:
    """The id of the build whose tables stand in the warehouse.

    Raises RoofhouseError naming the tables that are missing or of another build.
    """
    expected = root_states(warehouse, settings)
    for name, upstream in tables().items():
        if name not in expected:
            expected[name] = _hash(code_version(name), *(expected[up] for up in upstream))
    noted = warehouse.noted()
    stale = [name for name, value in expected.items() if noted.get(name, _NOT_MADE).state != value]
    if stale:
        raise RoofhouseError(
            f"not of this build: {', '.join(stale)}; materialize them, "
            "or run the job build_warehouse"
        )
    return _hash(*(f"{name} {value}" for name, value in sorted(expected.items())))


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
