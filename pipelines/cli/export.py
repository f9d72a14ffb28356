"""`roofhouse export`: the published cases for other tools."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import completion
from pipelines.cli.options import Data, settings_of
from pipelines.errors import RoofhouseError

if TYPE_CHECKING:
    from pipelines.export.cases import Cases
    from pipelines.settings import Settings


class ExportFormat(enum.StrEnum):
    """Output format of `export`."""

    llmd_report = "llmd-report"
    csv = "csv"
    xlsx = "xlsx"
    hf = "hf"


_DEFAULTS = {
    ExportFormat.llmd_report: "llmd-report",
    ExportFormat.csv: "cases.csv",
    ExportFormat.xlsx: "cases.xlsx",
    ExportFormat.hf: "hf-dataset",
}


def export(
    format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="A folder of llm-d Benchmark Reports, a table, a workbook, or a dataset for the "
            "Hugging Face Hub.",
        ),
    ],
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="ID",
            help="Only the cases of this source; may be repeated.",
            autocompletion=completion.sources,
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            metavar="PATH",
            help="Where to write (default: cases.csv, cases.xlsx, or the folder llmd-report or "
            "hf-dataset); "
            "- is the standard output, for csv.",
        ),
    ] = "",
    data: Data = None,
) -> None:
    """Write the published cases for other tools, with the licences of their sources."""
    settings = settings_of(data)
    from pipelines.export import cases

    if output == "-" and format is not ExportFormat.csv:
        raise RoofhouseError(f"{format} is not text: name a path with --output")
    if format is ExportFormat.hf:
        _dataset(settings, source or [], Path(output or _DEFAULTS[format]))
        return
    with cases.opened(settings, source or ()) as found:
        if output == "-":
            _print(found)
            return
        path = Path(output or _DEFAULTS[format])
        count = _write(found, format, path)
    typer.echo(f"exported   {count:,} {'case' if count == 1 else 'cases'}  {path}")


def _dataset(settings: Settings, sources: list[str], path: Path) -> None:
    """Write the marts as a dataset; this is not possible for some sources only."""
    from pipelines.export import hf_dataset

    if sources:
        raise RoofhouseError("hf exports whole marts, which hold all sources; leave --source out")
    typer.echo(f"exported   {hf_dataset.write(settings, path):,} tables  {path}")


def _write(cases: Cases, format: ExportFormat, path: Path) -> int:
    """Write the cases to their place, and return how many there are."""
    from pipelines.export import place

    if format is ExportFormat.llmd_report:
        from pipelines.export import llmd_report

        with place.new_folder(path, llmd_report.is_report) as folder:
            return llmd_report.write(cases, folder)
    if format is ExportFormat.xlsx:
        from pipelines.export import xlsx_file

        with place.new_file(path) as file:
            return xlsx_file.write(cases, file)
    from pipelines.export import csv_file

    frame = cases.wide()
    with place.new_file(path) as file:
        file.write_text(csv_file.text(frame), encoding="utf-8", newline="")
    # The licence of the files beside which it lies, as https://reuse.software has it.
    with place.new_file(path.with_name(f"{path.name}.license")) as file:
        file.write_text(csv_file.notice(cases.sources), encoding="utf-8", newline="")
    return len(frame)


def _print(cases: Cases) -> None:
    """Print the cases as CSV, and on the error output what their sources ask for."""
    from pipelines.cli.output import line, whole_output
    from pipelines.export import csv_file
    from pipelines.metadata import licences

    with whole_output():
        sys.stdout.write(csv_file.text(cases.wide()))
    for one in cases.sources:
        sys.stderr.write(f"{line(licences.credit(one))}\n")
