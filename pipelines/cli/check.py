"""`roofhouse check`: the audit of a file, without a warehouse."""

from __future__ import annotations

import enum
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import settings_of
from pipelines.cli.output import shown
from pipelines.errors import RoofhouseError

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.transform.audit import Audit, Reference, Report

_COLOURS = {
    "impossible": "bold red",
    "implausible": "bold yellow",
    "plausible": "bold green",
    "not_judged": "bold",
    "error": "red",
    "warn": "yellow",
    "info": "cyan",
}


class CheckFormat(enum.StrEnum):
    """Output format of `check`."""

    text = "text"
    json = "json"


def check(
    file: Annotated[
        Path,
        typer.Argument(
            help="A feed, a case, a list of cases, or a benchmark tool's own result file."
        ),
    ],
    format: Annotated[CheckFormat, typer.Option("--format", help="How to print the audit.")] = (
        CheckFormat.text
    ),
) -> None:
    """Audit the cases of a file without touching the warehouse.

    Exit code 0: every case is plausible; 1: a case is impossible, implausible or could not be
    judged; 2: the file, or an item of it, cannot be read.
    """
    from pipelines.transform.audit import audit

    try:
        report = audit(file, settings_of(None))
    except RoofhouseError as error:
        sys.stderr.write(f"roofhouse: {error}\n")
        raise typer.Exit(2) from None
    if format is CheckFormat.json:
        document = {
            "file": str(file),
            "cases": [case.as_dict() for case in report.cases],
            "rejects": [asdict(reject) for reject in report.rejects],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(report)
    if report.rejects or not report.cases:
        raise typer.Exit(2)
    if any(case.plausibility != "plausible" for case in report.cases):
        raise typer.Exit(1)


def _print(report: Report) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False)
    for case in report.cases:
        _print_case(console, case)
    for reject in report.rejects:
        name = reject.case_id or f"item {reject.item_position}"
        console.print(f"{shown(name)}  cannot be used", style="bold red", end="", markup=False)
        console.print(f": {shown(reject.reason)}", markup=False)


def _print_case(console: Console, case: Audit) -> None:
    console.print(shown(case.case_id), end="  ", markup=False)
    console.print(case.plausibility.replace("_", " "), style=_COLOURS[case.plausibility])
    if case.title:
        console.print(f"  {shown(case.title)}", markup=False)
    tier = case.effective_tier or "none"
    declared = "" if case.declared_tier == tier else f", declared {case.declared_tier or 'none'}"
    console.print(f"  evidence: {shown(tier)}{shown(declared)}", markup=False)
    for finding in case.findings:
        console.print(f"  {finding.severity:<6}", style=_COLOURS[finding.severity], end="")
        console.print(f"{finding.rule_id}: {shown(finding.message)}", markup=False)
    for name, value in case.metrics.items():
        if value is not None:
            console.print(f"  {name:<26} {shown(value)}", markup=False)
    for name, reason in case.not_judged.items():
        console.print(f"  {name:<26} not judged; {reason}", markup=False)
    if case.reference:
        _print_reference(console, case.reference)
    console.print()


def _print_reference(console: Console, reference: Reference) -> None:
    verdict = reference.plausibility
    console.print("  with the catalog's specifications  ", end="", markup=False)
    console.print(verdict.replace("_", " "), style=_COLOURS[verdict])
    if reference.roofline_efficiency is not None:
        value = shown(reference.roofline_efficiency)
        console.print(f"    roofline_efficiency: {value}", markup=False)
    for one in reference.differences:
        told = f"claimed {shown(one.claimed)}, catalog {shown(one.reference)}"
        unit = f" ({one.unit})" if one.unit else ""
        console.print(f"    {one.attribute}: {told}{unit}", markup=False)
