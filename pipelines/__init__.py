"""roofhouse: from published benchmark cases to a warehouse that says which claims can be true.

Each folder is a room whose docstring says what belongs there. In the order of the imports:

    contracts       what every table contains
    warehouse       DuckDB
    validation      a table against its contract
    catalog         known hardware, models, engines and quantizations, and their names
    ingest          raw files to typed Parquet
    transform       tables as objects: what they read, when they are rebuilt
    metadata        dictionary, comments, metadata for other tools
    report          the page
    publish         a set of files for readers, swapped in as a whole
    export          the cases in the shapes of other tools
    orchestration   everything that knows Dagster
    cli             the commands

`settings` and `errors` are used by all, `definitions` is what Dagster loads. The tables themselves
are SQL, in the folder sql. docs/architecture.md has the picture.
"""
