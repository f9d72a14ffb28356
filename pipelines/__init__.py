"""roofhouse: from published benchmark cases to a warehouse that says which claims can be true.

Each folder is a room, and its docstring says what belongs there. In the order of imports:

    contracts       what every table contains
    warehouse       DuckDB
    validation      a table against its contract
    catalog         known hardware, models, engines and quantizations, and their names
    ingest          raw files to typed Parquet
    transform       tables as objects: what they read, when they are rebuilt
    metadata        dictionary, comments, metadata for other tools
    report          the page
    publish         a set of files for readers, swapped in as a whole
    export          the cases in the formats of other tools
    orchestration   everything that imports Dagster
    cli             the commands

All rooms use `settings` and `errors`; Dagster loads `definitions`. The tables themselves are SQL,
in the folder sql. docs/architecture.md has the diagram.
"""
