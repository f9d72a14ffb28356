"""The common part of the readers: parsing, fields, the loop over records, the item of a case.

`documents` parses bytes, `fields` gives access to a record and counts what nobody asked for,
`run` names what a reader fills in (`latencies`, `times` and `totals` help), `source` has the
loop over the records, `resolve` looks names up in the catalog, `assemble` makes the feed's
item, `identity` its id, and `records` says what comes out. Nothing here knows a format.
"""

from pipelines.ingest.readers.frame.fields import Fields, finite
from pipelines.ingest.readers.frame.latencies import (
    derive_tbt,
    set_latencies,
    set_statistics,
)
from pipelines.ingest.readers.frame.records import (
    Case,
    Lack,
    OutOfScopeError,
    Reading,
    Record,
    Reject,
    Skipped,
    UnusableError,
    distinguish,
)
from pipelines.ingest.readers.frame.run import Run
from pipelines.ingest.readers.frame.source import SourceFile
from pipelines.ingest.readers.frame.times import set_time
from pipelines.ingest.readers.frame.totals import set_totals

__all__ = [
    "Case",
    "Fields",
    "Lack",
    "OutOfScopeError",
    "Reading",
    "Record",
    "Reject",
    "Run",
    "Skipped",
    "SourceFile",
    "UnusableError",
    "derive_tbt",
    "distinguish",
    "finite",
    "set_latencies",
    "set_statistics",
    "set_time",
    "set_totals",
]
