"""Metadata: descriptions of the tables for readers and other tools, from the contracts.

`provenance` finds the fields of the feed and the formulas behind a column, and writes the comments
of the published database. `dictionary` and `settings_page` write pages of docs. `datapackage` and
`croissant` describe the marts to other tools; `published_tables` describes the published file to
the commands. `licences` and `news` put the licences and the changes of a manifest into words.
Everything here is derived: descriptions are written in `contracts`, and the words of the report
are in `report`.

Read `provenance` next.
"""
