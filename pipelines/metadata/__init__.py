"""Metadata: the tables described for readers and for other tools, from the contracts.

`provenance` finds the fields of the feed and the formulas behind a column, and writes the comments
of the published database. `dictionary` and `settings_page` write pages of docs; `datapackage` and
`croissant` describe the marts to other tools, `published_tables` what a published file holds, to
whoever asks the commands; `licences` and `news` are what a manifest says of the
licences of its sources, and of what changed. Everything here is derived: a description is written
in `contracts`, and the words of the report are in `report`.

Read `provenance` next.
"""
