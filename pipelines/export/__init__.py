"""Exports: the published cases in the shapes of other tools.

`cases` reads the current cases, with the licences and credits of their sources; `llmd_report`,
`csv_file` and `xlsx_file` write them, one format each; `hf_dataset` writes the marts as a dataset;
`place` puts a file or folder in its place in one step.
Nothing here computes: a value is exported as it is published. The files of a publication do not
belong here, nor the reading of other tools' results.

Read `cases` next.
"""
