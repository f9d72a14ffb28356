"""Transform: the tables as objects, and building those that have changed.

`registry` collects every table from its providers (`sql_files`, `rules`, `configuration`,
`catalog_tables`, `metric_tables`), pairs it with its contract and orders them. `table` is one
table, `macros` and `lineage` find by parsing what its SQL reads, `fingerprint` tells when it must
be rebuilt, `materialize` builds it. `check_files` are the queries of sql/checks. What a table
contains does not belong here: SQL computes it and `contracts` describe it. Nothing here knows
Dagster.

Read `registry` next, then `materialize`.
"""
