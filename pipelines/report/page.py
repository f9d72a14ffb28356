"""The page around the charts: its sentences and tables, and its protection against hostile text.

Text of the feed reaches the page autoescaped or as JSON in which no markup can stand.
The Content-Security-Policy runs the scripts of the page, by their hashes, and
nothing else; Vega's expressions are interpreted, so that none needs `eval`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jinja2

from pipelines.metadata import licences, news
from pipelines.report import details, sentences, wording
from pipelines.report.charts import legends
from pipelines.report.frontier import PARETO
from pipelines.report.rows import Row
from pipelines.report.tables import MAX_CHANGES, MAX_SIDE, Tables

#: How the cases that are shown are chosen where they are too many; tables.py does it.
SELECTION = (
    "those with the most errors first, then those with the most warnings, "
    "then the highest efficiency, then by id"
)
SEVERITIES = {"error": "error", "warn": "warning", "info": "note"}
#: Errors that are told at the top of the page.
MAX_ERRORS = 5

#: Columns of the case table with a number: name in mart_case_metrics, heading, what stands
#: under it, decimals.
NUMBERS = {
    "decode_tok_s": ("Output", "tok/s", 0),
    "decode_roofline_tok_s": ("Roofline", "of decode, tok/s", 0),
    "roofline_efficiency": ("Efficiency", "", 3),
    "decode_mfu": ("MFU", "", 4),
    "output_tok_s_per_w": ("Tokens", "per joule", 3),
}
#: Verdicts of mart_reported_vs_implied as headings; any other is NOT_COMPARED.
VERDICTS_OF_PAIRS = {
    "agrees": "agrees",
    "reported too high": "too high",
    "reported too low": "too low",
}
NOT_COMPARED = "not compared"
_HERE = Path(__file__).parent
# JSON in a <script> element: no character of it may be markup.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def render(tables: Tables, specs: dict[str, Any], manifest: dict[str, Any], vega: str) -> str:
    """The whole page."""
    script, theme, style = (
        (_HERE / name).read_text(encoding="utf-8")
        for name in ("report.js", "theme.js", "report.css")
    )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": wording.shown,
        "fixed": wording.fixed,
        "date": _date,
        "anchor": wording.anchor,
    }
    environment.globals |= {
        "many": wording.many,
        "column": wording.column,
        "hint": wording.hint,
        "say": sentences,
        "licence": licences,
    }
    found: str = environment.get_template("page.html").render(
        t=tables,
        charts=specs["charts"],
        legends=legends(specs["data"]),
        compared=_verdicts(tables),
        compared_verdicts=[*VERDICTS_OF_PAIRS.values(), NOT_COMPARED],
        errors=_errors(tables),
        hardware=_hardware(tables),
        manifest=manifest,
        sources=licences.in_build(manifest),
        left_out=licences.left_out(manifest),
        held=news.held(manifest),
        changes=news.changes(manifest),
        selection=SELECTION,
        severities=SEVERITIES,
        numbers=NUMBERS,
        groups=_groups(tables, specs["data"].get("roofline", [])),
        quantities=details.QUANTITIES,
        standings=_standings(tables),
        scopes=details.SCOPES,
        tier_of=details.tier_of,
        max_side=MAX_SIDE,
        max_changes=MAX_CHANGES,
        scopes_of=_scopes_of,
        # These five are not escaped by the template.
        style=style,
        theme=theme,
        vega=vega,
        script=script,
        specs=_json({**specs, "hints": details.hints()}),
        hashes=" ".join(f"'sha256-{_sha256(text)}'" for text in (theme, vega, script)),
    )
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_ESCAPES)


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _date(text: str) -> str:
    return wording.shown(dt.datetime.fromisoformat(text))


def _errors(tables: Tables) -> list[Row]:
    """The first error of each of the first impossible cases."""
    found = [
        {**case, "message": tables.findings[case["case_id"]][0]["message"]}
        for case in tables.cases
        if case["verdict"] == "impossible" and tables.findings[case["case_id"]]
    ]
    return found[:MAX_ERRORS]


def _groups(tables: Tables, points: list[Row]) -> dict[str, list[Any]]:
    """Return the details of each case, by its id."""
    compared: dict[str, list[Row]] = {}
    for row in tables.compared:
        compared.setdefault(row["case_id"], []).append(row)
    standing = {row["case_id"]: row for row in tables.pareto}
    point = {row["case_id"]: row for row in points}
    return {
        case_id: details.groups(
            case, compared.get(case_id, []), standing.get(case_id), point.get(case_id)
        )
        for case in tables.cases
        for case_id in [case["case_id"]]
    }


def _scopes_of(found: list[Row]) -> str:
    """Return a sentence on the time that the throughputs of these rows cover."""
    return sentences.scopes(row["throughput_scope"] for row in found)


def _standings(tables: Tables) -> dict[str, int]:
    """Return the numbers of claims in each part of the chart."""
    found = [row["standing"] for row in tables.pareto]
    return {standing: found.count(standing) for standing in PARETO if standing in found}


def _hardware(tables: Tables) -> list[tuple[str, str]]:
    """Hardware of the cases shown, by name."""
    found = {case["hardware_id"]: case["hardware_name"] for case in tables.cases}
    return sorted(found.items(), key=lambda pair: (pair[1], pair[0]))


def _verdicts(tables: Tables) -> dict[str, Counter[str]]:
    """Return the number of cases by quantity and verdict, in the order of the chart."""
    found: dict[str, Counter[str]] = {}
    for row in tables.compared_count:
        verdict = VERDICTS_OF_PAIRS.get(row["verdict"], NOT_COMPARED)
        found.setdefault(row["quantity"], Counter())[verdict] += row["len"]
    return {quantity: found[quantity] for quantity in details.QUANTITIES if quantity in found}
