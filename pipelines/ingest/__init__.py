"""From a file as received to typed Parquet: find, split, extract, screen. No table is joined here.

`snapshot` finds the files and their time; `split` turns any of them into lines of one
case each, in bounded memory; `extract` writes SQL from the contracts; `structure` says
which field paths a snapshot holds; `stage` runs it all and keeps what does not fit;
`spread` does that for all files, here or on a `cluster` with `shared` storage.
"""
