"""From the build database to what readers open: write a whole set aside, then swap it in.

`database` and `parquet` write; `swap` puts a finished set in place and completes or
discards what a killed process left; `manifest` says what is published.
"""
