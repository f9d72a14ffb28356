"""Ingest: from raw files as received to typed Parquet.

`fetch` downloads sources, `snapshot` finds the raw files and their times, `split` turns a file
into lines of one case each, `extract` writes the SQL that types them, `structure` lists the field
paths that a snapshot holds. `staging` runs all that for one file, `cluster` for all files, here
or on several machines, and `load` shows the result as the schema `staging`.

Here belongs what can be said of one raw file. Whatever joins snapshots is SQL (sql/star), and
the tables that follow are built by `transform`.

Read `staging` next, then `split`.
"""
