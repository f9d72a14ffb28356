"""DuckDB: the only place that connects, and the lock that keeps builds apart.

`connect` opens a file, `disk` says what a disk refuses, `tables` is what the pipeline does
with an open file, `files` opens the build database under its lock and the published one.
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
