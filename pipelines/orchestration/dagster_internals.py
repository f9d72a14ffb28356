"""Everything that depends on Dagster's private modules, for the versions it was tested with.

No other module imports them. Use `event_log`: for any other version of Dagster it skips this
module and falls back to Dagster's public interface.

This event log opens its files once per build. Dagster's own opens and closes SQLite for every
event, thousands of times in a build, and each close writes SQLite's log back to the file. The
files are the same, so the UI and other runs can read them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory
from dagster._serdes import ConfigurableClassData


def kept_open(instance: dg.DagsterInstance) -> dg.DagsterInstance:
    """Return the instance with an event log that stays open, if it is kept in SQLite."""
    ref = instance.get_ref()
    storage = ref.storage_data
    if storage is None or storage.class_name != "DagsterSqliteStorage":
        return instance
    instance.dispose()
    kept = ConfigurableClassData(__name__, RunHistory.__name__, storage.config_yaml)
    return dg.DagsterInstance.from_ref(ref._replace(storage_data=kept))


def forget(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run with all its records.

    Dagster itself leaves the captured logs, the results of the checks, and an emptied but still
    large file of events. The run is deleted last, so that the rest can be found after a crash.
    """
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    storage: Any = instance.event_log_storage
    storage.delete_events(run_id)
    if isinstance(storage, SqliteEventLogStorage):
        checks = AssetCheckExecutionsTable
        with storage.index_connection() as connection:
            connection.execute(checks.delete().where(checks.c.run_id == run_id))
        for suffix in ("", "-wal", "-shm"):
            Path(f"{storage.path_for_shard(run_id)}{suffix}").unlink(missing_ok=True)
    instance.run_storage.delete_run(run_id)


class EventLog(SqliteEventLogStorage):
    """Dagster's event log with a pool of connections for each file."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._engines: dict[str, sqlalchemy.Engine] = {}
        super().__init__(*arguments, **named)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Return True if the index of runs has a table. Takes no lock: its holder calls this."""
        with self._engine(INDEX_SHARD_NAME).connect() as connection:
            return bool(sqlalchemy.inspect(connection).has_table(table_name))

    def delete_events(self, run_id: str) -> None:
        """Delete the events of a run, and close their file."""
        super().delete_events(run_id)
        if engine := self._engines.pop(run_id, None):
            engine.dispose()
            self._initialized_dbs.discard(run_id)

    def dispose(self) -> None:
        """Close the files."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        if shard not in self._engines:
            engine = sqlalchemy.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=sqlalchemy.pool.QueuePool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            sqlalchemy.event.listen(engine, "connect", _relax)
            self._engines[shard] = engine
        return self._engines[shard]


def _relax(connection: Any, _: object) -> None:
    """Do not sync every write: a power cut may cost the last events, but not the file."""
    connection.execute("pragma synchronous = normal")


class RunHistory(DagsterSqliteStorage):
    """Dagster's storage with that event log."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> RunHistory:
        """Make the storage from Dagster's configuration."""
        return cls.from_local(inst_data=inst_data, **config_value)
