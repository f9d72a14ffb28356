"""The page around the charts: what is said in words and tables, and how it is kept safe.

Text of the feed reaches the page autoescaped or as JSON in which no markup can stand.
The Content-Security-Policy runs the two scripts of the page, by their hashes, and
nothing else; Vega's expressions are interpreted, so that none needs `eval`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2

from pipelines.publish.report import words
from pipelines.publish.report.charts import LEGENDS
from pipelines.publish.report.tables import MAX_CHANGES, MAX_ROWS, MAX_SIDE, Row, Tables

#: How the cases that are shown are chosen where they are too many; tables.py does it.
SELECTION = (
    "those with the most errors first, then those with the most warnings, "
    "then the highest decode efficiency, then by id"
)
SEVERITIES = {"error": "impossible", "warn": "implausible", "info": "note"}
#: Errors that are told at the top of the page.
MAX_ERRORS = 10

#: Columns of the case table with a number: name in mart_case_metrics, heading.
NUMBERS = {
    "decode_roofline_efficiency": "Efficiency",
    "decode_mbu": "MBU",
    "decode_mfu": "MFU",
    "decode_tok_s_per_card": "Decode",
    "decode_tok_s_per_w": "Per joule",
}
#: What is told of each case: (heading, {column of mart_case_metrics: label}); without a
#: label, the description of the contract is one.
DETAILS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "Claimed",
        {
            "decode_tok_s": "",
            "prefill_tok_s": "",
            "ttft_p50_ms": "",
            "tbt_p50_ms": "",
            "prefill_seq_len": "Prompt length",
            "decode_seq_len": "Output length",
            "batch_size": "Batch size",
            "max_concurrent_requests": "Most requests at once",
            "memory_per_card_gb": "",
            "power_per_card_w": "",
            "memory_bw_pct": "",
            "compute_pct": "",
            "bottleneck": "",
        },
    ),
    (
        "What the hardware allows",
        {
            "decode_roofline_tok_s": "Decode roofline",
            "decode_roofline_hard_tok_s": "Hard decode roofline",
            "decode_roofline_bound": "Bound by",
            "decode_concurrency": "Sequences at once",
            "arithmetic_intensity": "Arithmetic intensity",
            "ridge_point": "Ridge point",
            "prefill_roofline_tok_s": "Prefill roofline",
            "weights_per_card_gb": "",
            "weights_fit": "The weights fit",
        },
    ),
    (
        "What follows",
        {
            "decode_roofline_efficiency": "Decode efficiency",
            "decode_roofline_efficiency_low": "Its low end",
            "decode_roofline_efficiency_high": "Its high end",
            "decode_mbu": "MBU",
            "decode_mfu": "MFU",
            "prefill_mfu": "MFU of prefill",
            "decode_tok_s_per_card": "",
            "interactivity_tok_s_user": "",
            "decode_tok_s_per_w": "",
            "decode_kwh_per_mtok": "Energy of a million tokens",
            "bottleneck_implied": "Bottleneck by the numbers",
            "declared_tier": "Declared tier",
            "effective_tier": "Effective tier",
        },
    ),
)
_HERE = Path(__file__).parent
# JSON in a <script> element: no character of it may be markup.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def render(tables: Tables, specs: dict[str, Any], manifest: dict[str, Any], vega: str) -> str:
    """The whole page."""
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": words.shown, "date": _date, "anchor": words.anchor}
    environment.globals |= {"many": words.many, "column": words.column, "hint": words.hint}
    found: str = environment.get_template("page.html").render(
        t=tables,
        charts=specs["charts"],
        legends=LEGENDS,
        compared=_verdicts(tables),
        compared_verdicts=sorted({row["verdict"] for row in tables.compared_count}),
        errors=_errors(tables),
        hardware=_hardware(tables),
        manifest=manifest,
        snapshot=manifest["snapshots"][-1] if manifest["snapshots"] else None,
        selection=SELECTION,
        severities=SEVERITIES,
        numbers=NUMBERS,
        details=DETAILS,
        max_rows=MAX_ROWS,
        max_side=MAX_SIDE,
        max_changes=MAX_CHANGES,
        # These four are not escaped by the template.
        style=(_HERE / "report.css").read_text(encoding="utf-8"),
        vega=vega,
        script=script,
        specs=json.dumps(specs, ensure_ascii=False, allow_nan=False).translate(_ESCAPES),
        hashes=" ".join(f"'sha256-{_sha256(text)}'" for text in (vega, script)),
    )
    return found


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _date(text: str) -> str:
    return words.shown(dt.datetime.fromisoformat(text))


def _errors(tables: Tables) -> list[Row]:
    """What stands against the first impossible cases."""
    found = [
        {**case, "message": finding["message"]}
        for case in tables.cases
        for finding in tables.findings[case["case_id"]]
        if finding["severity"] == "error"
    ]
    return found[:MAX_ERRORS]


def _hardware(tables: Tables) -> list[tuple[str, str]]:
    """Hardware of the cases shown, by name."""
    found = {case["hardware_id"]: case["hardware_name"] for case in tables.cases}
    return sorted(found.items(), key=lambda pair: (pair[1], pair[0]))


def _verdicts(tables: Tables) -> dict[str, dict[str, int]]:
    """How many cases of each quantity got each verdict."""
    found: dict[str, dict[str, int]] = {}
    for row in tables.compared_count:
        found.setdefault(row["quantity"], {})[row["verdict"]] = row["len"]
    return found
