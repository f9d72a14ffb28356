"""Publication: write a complete set of files for readers, then swap it in.

`publish` is one publication from start to end. `database` and `parquet` write the tables,
`manifest` describes the set, `atomic` swaps it in and completes or discards what a killed process
left, `verify` checks later that the files are still what was written. The content of the other
files does not belong here: `report` makes the page, `metadata` what other tools read.

Read `publish` next, then `atomic`.
"""
