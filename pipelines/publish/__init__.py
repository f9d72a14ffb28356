"""From the build database to what readers open: write a whole set aside, then swap it in.

`database` and `parquet` write the tables, `report` the page to look at, `datapackage` and
`croissant` what other tools want to know of the marts; `swap` puts a finished set in place
and completes or discards what a killed process left; `manifest` says what is published.
"""
