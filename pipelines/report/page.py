"""The page around the charts: its sentences and tables, and its protection against hostile text.

Text of the feed is autoescaped, or is in base64 blocks, which the script inserts as text only. The
Content-Security-Policy allows the page's own scripts, by their hashes, and nothing else.
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

from pipelines.contracts.marts.mart_coverage_matrix import COVERAGES
from pipelines.metadata import licences, news
from pipelines.report import details, sentences, wording
from pipelines.report.cases import EVIDENCE, VERDICTS
from pipelines.report.glossary import GLOSSARY
from pipelines.report.history import MAX_CONFIGURATIONS
from pipelines.report.rows import Row
from pipelines.report.tables import MAX_CHANGES, MAX_SIDE, Tables

#: The parts of the page's script, in their order: they share one scope.
SCRIPTS = (
    "base",
    "data",
    "address",
    "combo",
    "plot",
    "model",
    "ranking",
    "chooser",
    "spread",
    "roofs",
    "runs",
    "cases",
    "facts",
    "panel",
    "main",
)

#: Columns of the case table with a number: name in mart_case_metrics, heading, the words below
#: it, decimals.
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


def render(tables: Tables, manifest: dict[str, Any]) -> str:
    """The whole page."""
    theme, style = ((_HERE / one).read_text(encoding="utf-8") for one in ("theme.js", "report.css"))
    script = "".join(
        (_HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS
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
    sources = licences.in_build(manifest)
    names = {row["source_id"]: row["source_id"] for row in (*tables.sources, *tables.claims)}
    names |= {one["id"]: one["name"] or one["id"] for one in sources}
    since = news.by_source(manifest)
    found: str = environment.get_template("page.html").render(
        t=tables,
        compared=_compared(tables),
        compared_verdicts=[*VERDICTS_OF_PAIRS.values(), NOT_COMPARED],
        hardware=tables.hardware,
        manifest=manifest,
        sources=sources,
        names=names,
        left_out=licences.left_out(manifest),
        held=news.held(manifest),
        since={**dict.fromkeys(names), **since},
        gone=sorted(since.keys() - {row["source_id"] for row in tables.sources}),
        has_before=bool(manifest.get("changes")),
        verdicts=VERDICTS,
        evidence=EVIDENCE,
        numbers=NUMBERS,
        quantities=details.QUANTITIES,
        scopes=details.SCOPES,
        tier_of=details.tier_of,
        matrix=_matrix(tables.coverage),
        coverages=COVERAGES,
        there={row["coverage"] for row in tables.coverage},
        glossary=GLOSSARY,
        max_side=MAX_SIDE,
        max_changes=MAX_CHANGES,
        max_configurations=MAX_CONFIGURATIONS,
        # The template does not escape these four.
        style=style,
        theme=theme,
        script=script,
        given=_json(
            {
                "facts": details.facts(),
                "numbers": [[name, decimals] for name, (_, _, decimals) in NUMBERS.items()],
                "quantities": list(details.QUANTITIES.values()),
                "prices": tables.prices,
                "sources": names,
            }
        ),
        hashes=" ".join(f"'sha256-{_sha256(text)}'" for text in (theme, script)),
    )
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_ESCAPES)


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _date(text: str) -> str:
    return wording.shown(dt.datetime.fromisoformat(text))


def _compared(tables: Tables) -> dict[str, Counter[str]]:
    """Return the number of cases by quantity and verdict, in the order of the chart."""
    found: dict[str, Counter[str]] = {}
    for row in tables.compared_count:
        verdict = VERDICTS_OF_PAIRS.get(row["verdict"], NOT_COMPARED)
        found.setdefault(row["quantity"], Counter())[verdict] += row["len"]
    return {quantity: found[quantity] for quantity in details.QUANTITIES if quantity in found}


def _matrix(coverage: list[Row]) -> dict[str, Any]:
    """Return the cells of the coverage matrix by hardware, and the models as its columns."""
    of_hardware: dict[str, list[Row]] = {}
    for cell in coverage:
        of_hardware.setdefault(cell["hardware_name"], []).append(cell)
    first = next(iter(of_hardware.values()), [])
    return {"models": [cell["model_name"] for cell in first], "rows": list(of_hardware.items())}
