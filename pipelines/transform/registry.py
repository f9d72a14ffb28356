"""The registry: every built table, in the order in which they can be built.

SQL files, the rules, the configuration, the catalog and the metric definitions each provide
tables. The registry pairs them with the contracts, and raises an error that names the files if the
two do not match.
"""

from __future__ import annotations

import difflib
import graphlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from pipelines.contracts import LAYERS, contracts, table_of
from pipelines.contracts.render import ddl
from pipelines.errors import RoofhouseError
from pipelines.settings import CONTRACTS_DIR, SQL_DIR
from pipelines.transform import (
    catalog_tables,
    configuration,
    macros,
    metric_tables,
    rules,
    sql_files,
)
from pipelines.transform.sql_files import SCHEMAS
from pipelines.transform.table import STAGING, Select, Table
from pipelines.warehouse import Layout


def _from_sql() -> Iterable[Table]:
    for file in sql_files.models().values():
        yield Table(file.name, file.layer, (file.path,), Select(file.text))


#: The makers of tables. For a new kind of maker, add a function here.
PROVIDERS: tuple[Callable[[], Iterable[Table]], ...] = (
    _from_sql,
    configuration.tables,
    catalog_tables.tables,
    metric_tables.tables,
    rules.tables,
)


@cache
def tables() -> Mapping[str, Table]:
    """Return every built table by name, upstream first.

    Raises RoofhouseError for a table without a contract, a contract without a maker, two makers
    of one table, a table that nothing makes, and tables that read each other.
    """
    return ordered(table for provider in PROVIDERS for table in provider())


def ordered(made: Iterable[Table]) -> Mapping[str, Table]:
    """Return tables by name, upstream first; see `tables` for the errors."""
    found: dict[str, Table] = {}
    for table in made:
        if table.name in found:
            raise RoofhouseError(
                f"{table.files[0]}: {found[table.name].files[0]} makes the table {table.name} too; "
                "keep one of them"
            )
        found[table.name] = table
    _pair_with_contracts(found)
    for table in found.values():
        for name in table.reads:
            if name not in found and name != STAGING:
                raise RoofhouseError(
                    f"{table.files[0]}: reads {name}, which does not exist"
                    f"{_nearest(name, [*found, STAGING])}; a table needs "
                    f"{SQL_DIR}/<layer>/{name}.sql and {CONTRACTS_DIR}/<layer>/{name}.py"
                )
    sorter = graphlib.TopologicalSorter(
        {name: [one for one in table.reads if one != STAGING] for name, table in found.items()}
    )
    try:
        order = list(sorter.static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(error.args[1])
        files = ", ".join(str(found[name].files[0]) for name in dict.fromkeys(error.args[1]))
        raise RoofhouseError(f"{files}: the tables read each other: {circle}") from None
    return {name: found[name] for name in order}


def _pair_with_contracts(found: Mapping[str, Table]) -> None:
    """Raise if a maker has no contract, a contract has no maker, or their layers differ."""
    known = contracts()
    for name, table in found.items():
        path = _contract_path(table.layer, name)
        if name not in known:
            raise RoofhouseError(
                f"{table.files[0]}: the table {name} has no contract; write {path}"
                f"{_nearest(name, known)}"
            )
        layer = table_of(known[name]).layer
        if layer != table.layer:
            raise RoofhouseError(
                f"{table.files[0]}: the layer is {table.layer}, but that of the contract "
                f"{_contract_path(layer, name)} is {layer}; move one of them"
            )
    for name, contract in known.items():
        if name not in found and not table_of(contract).at_publication:
            layer = table_of(contract).layer
            raise RoofhouseError(
                f"{_contract_path(layer, name)}: nothing makes the table {name}; write "
                f"{SQL_DIR / layer / f'{name}.sql'}{_nearest(name, found)}"
            )


def _contract_path(layer: str, name: str) -> Path:
    return CONTRACTS_DIR / layer / f"{name}.py"


def _nearest(name: str, names: Iterable[str]) -> str:
    """Return ` (did you mean …?)` if a name is similar, else an empty text."""
    near = difflib.get_close_matches(name, [one for one in names if one != name], n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def upstream(*names: str) -> list[str]:
    """Return tables and all tables that they read, directly or not, upstream first."""
    wanted = set(names)
    for one, table in reversed(list(tables().items())):
        if one in wanted:
            wanted.update(table.reads)
    return [one for one in tables() if one in wanted]


def downstream(root: str) -> list[str]:
    """Return the tables that read a table, directly or not, upstream first."""
    found: list[str] = []
    for name, table in tables().items():
        if not {root, *found}.isdisjoint(table.reads):
            found.append(name)
    return found


@cache
def layout() -> Layout:
    """Return the layout of a build database before its first table: schemas and macros.

    DuckDB binds a macro when it is created, so the tables that it reads must exist from the start.
    """
    read = {name.partition(".")[2] for macro in macros.project().values() for name in macro.tables}
    empty = [ddl(contracts()[name], "create table if not exists") for name in sorted(read)]
    names = tuple(f"{LAYERS[table.layer]}.{name}" for name, table in tables().items())
    return Layout(SCHEMAS, tuple(empty), sql_files.macros(), tables=names)
