"""Transform: the tables as objects, and building those that have changed.

`registry` collects every table from its providers (`sql_files`, `rules`, `configuration`,
`catalog_tables`, `metric_tables`), pairs it with its contract and orders them. `table` is one
table, `macros` and `lineage` parse its SQL to find what it reads, `fingerprint` tells when it must
be rebuilt, and `materialize` builds it. `check_files` reads the queries of sql/checks, and `audit`
judges a single file. The content of a table does not belong here: SQL computes it and `contracts`
describe it. Nothing here imports Dagster.

Read `registry` next, then `materialize`.
"""
