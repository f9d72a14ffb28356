"""Everything that rests on Dagster's private modules, for the versions that it was tested with.

No other module imports them. `event_log` is the way in: it leaves this module alone where the
version is another, and does what Dagster's public interface can.

What is here is Dagster's event log as a build writes it: its files are opened once, and kept open.
Dagster's own opens and closes SQLite for every event, thousands of times in a build, and each
close has the disk write the file's log back. The files are the same, and so is who reads them
meanwhile: the UI, other runs.
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
    """Return the instance with an event log that stays open, where SQLite keeps it."""
    ref = instance.get_ref()
    storage = ref.storage_data
    if storage is None or storage.class_name != "DagsterSqliteStorage":
        return instance
    instance.dispose()
    kept = ConfigurableClassData(__name__, RunHistory.__name__, storage.config_yaml)
    return dg.DagsterInstance.from_ref(ref._replace(storage_data=kept))


def forget(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run with all that was kept of it.

    Dagster itself leaves its captured logs, what its checks said, and the file of its events,
    emptied but as large as it was. The run itself goes last: what a killed process left of it
    is found again by it.
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
        """Return True if the index of the runs has a table. Takes no lock: its holder asks, too."""
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
    """Beside a write-ahead log the file stays whole; a loss of power may cost the last events."""
    connection.execute("pragma synchronous = normal")


class RunHistory(DagsterSqliteStorage):
    """Dagster's storage with that event log."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> RunHistory:
        """As Dagster makes it from its configuration."""
        return cls.from_local(inst_data=inst_data, **config_value)
