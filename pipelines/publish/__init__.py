"""Publication: write a complete set of files for readers, then swap it in.

`publish` is one publication from start to end. `database` and `parquet` write the tables,
`manifest` describes the set, `change` compares it with the previous one, `atomic` swaps it in and
completes or discards what a killed process left, and `verify` checks later that the files are
unchanged. The content of the other files does not belong here: `report` makes the page,
`metadata` the descriptions for other tools.

Read `publish` next, then `atomic`.
"""
