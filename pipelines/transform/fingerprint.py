"""States of tables: the build that a table belongs to, and whether it must be rebuilt.

The state of a table is a hash of its fingerprint (SQL, macros, contract, code) and of the states
of the tables that it reads. The roots are the staged snapshots and the configuration files. A
table whose recorded state differs from the one computed from the roots is of another build.

The content of a table is also a hash: of its fingerprint and of the contents of the tables that it
reads, or the former hash, if a rebuild gave the same rows. A table is rebuilt when the contents
that it reads, or its fingerprint, changed. If only its state changed, it keeps its rows and gets a
new note.
"""

from __future__ import annotations

from pipelines.errors import RoofhouseError
from pipelines.ingest import staging
from pipelines.settings import Settings
from pipelines.transform import registry
from pipelines.transform.table import STAGING, Frame, Table, hash_of
from pipelines.warehouse import Note, Warehouse

#: The note of a table that was never built.
_NOT_BUILT = Note("none", content="none")


def note(warehouse: Warehouse, settings: Settings, table: Table) -> Note:
    """Return the note for a table built from the tables in the warehouse now."""
    if table.is_root:
        state = made_of = _root_state(table, settings)
    else:
        noted = warehouse.noted()
        reads = [noted.get(upstream, _NOT_BUILT) for upstream in table.reads]
        state = hash_of(table.fingerprint, *(one.state for one in reads))
        made_of = hash_of(table.fingerprint, *(one.content for one in reads))
    return Note(state, made_of, content=made_of)


def root_states(warehouse: Warehouse, settings: Settings) -> dict[str, str]:
    """Return the states of the roots for the current files and staging."""
    roots = (table for table in registry.tables().values() if table.is_root)
    found = {table.name: _root_state(table, settings) for table in roots}
    return found | {STAGING: staging_state(warehouse, settings)}


def staging_state(warehouse: Warehouse, settings: Settings) -> str:
    """Return the state of the staging views.

    It covers the sources, the snapshots, those held back included, and the code that staged them.
    """
    rows = [
        *warehouse.rows("from staging.source order by source_id"),
        *warehouse.rows("from staging.withdrawn order by all"),
        *warehouse.rows("from staging.held order by all"),
        *warehouse.rows("from staging.snapshot order by snapshot_order"),
        *warehouse.rows("select file_key from staging.file order by snapshot_order"),
    ]
    return hash_of(staging.version(settings), *(str(row) for row in rows))


def _root_state(table: Table, settings: Settings) -> str:
    """The state of a table of configuration files."""
    assert isinstance(table.maker, Frame)
    assert table.maker.inputs is not None
    texts = []
    for path in table.maker.inputs(settings):
        try:
            texts.append(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RoofhouseError(f"{path}: cannot be read: {error}") from None
    return hash_of(table.fingerprint, *texts)


def build_id(warehouse: Warehouse, settings: Settings) -> str:
    """Return the id of the build whose tables are in the warehouse.

    Raises RoofhouseError naming the tables that are missing or of another build.
    """
    expected = root_states(warehouse, settings)
    for name, table in registry.tables().items():
        if name not in expected:
            expected[name] = hash_of(table.fingerprint, *(expected[up] for up in table.reads))
    noted = warehouse.noted()
    stale = [name for name, value in expected.items() if noted.get(name, _NOT_BUILT).state != value]
    if stale:
        raise RoofhouseError(
            f"not of this build: {', '.join(stale)}; materialize them, "
            "or run the job build_warehouse"
        )
    return hash_of(*(f"{name} {value}" for name, value in sorted(expected.items())))
