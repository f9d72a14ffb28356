"""Validation: a table or data frame against its contract.

`conformance` tells whether data keep a Pandera schema, with one DuckDB query, and lists each value
that does not. `violations` adds what a schema cannot say, unique keys and references, and names
rows for a reader. What the contracts demand does not belong here (`contracts`), nor what happens
to a case that breaks one (`ingest.staging`) or to a build (`orchestration.checks`).

Read `conformance` next.
"""
