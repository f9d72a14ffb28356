"""DuckDB: connections, the build lock, and what the pipeline does with an open database.

Everything that opens a database or waits for one belongs here: `connect` is the only place that
calls `duckdb.connect`, `files` opens the build database under the lock and the published one for
reading, `tables` fills tables and notes what they were built from, `disk` recognizes a full or
read-only disk. The content of a table does not belong here: contracts and SQL define it.

Read `tables` next, then `files`.
"""

from pipelines.warehouse.connect import STORAGE_VERSION, connect
from pipelines.warehouse.disk import disk_error, disk_errors, durable
from pipelines.warehouse.files import building, is_locked, lock, published, start_over
from pipelines.warehouse.quoting import quote
from pipelines.warehouse.tables import BATCH_ROWS, Layout, Note, Warehouse

__all__ = [
    "BATCH_ROWS",
    "STORAGE_VERSION",
    "Layout",
    "Note",
    "Warehouse",
    "building",
    "connect",
    "disk_error",
    "disk_errors",
    "durable",
    "is_locked",
    "lock",
    "published",
    "quote",
    "start_over",
]
