"""Validation: a table or data frame is checked against its contract.

`conformance` tells with one DuckDB query whether data satisfy a Pandera schema, and lists each
value that does not. `violations` adds the checks that a schema cannot express, unique keys and
references, and names the rows for a reader. The demands themselves are in `contracts`; what
happens to a case that breaks one is in `ingest.staging`, and to a build in `orchestration.checks`.

Read `conformance` next.
"""
