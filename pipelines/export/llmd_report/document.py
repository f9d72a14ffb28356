"""The llm-d Benchmark Report of a case.

Source of the schema: llm-d/llm-d-benchmark@8bc9f1d:llmdbenchmark/analysis/benchmark_report. A
field is written if the case knows what the field means. The schema needs more than a case may
know: a mean beside each percentile, the requests beside their lengths. What stands nowhere else
for that reason stands in `results.observability.roofhouse`, where the schema allows other fields:
the case under the names of fact_case, its verdict, and its source with the licence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.ingest.readers.llmd_report import ITL_IS_TPOT
from pipelines.metadata import licences

VERSION = "0.2.1"
_VERDICT = ("plausibility", "effective_tier", "tier_reason")
#: Columns of a row that are not those of fact_case.
_NOT_OF_CASE = ("hardware_name", "model_name", *_VERDICT)

Row = Mapping[str, Any]


def report(row: Row, source: licences.Source, build_id: str) -> dict[str, Any]:
    """Return the report of a case, a row of `Cases.facts`."""
    case = {name: _plain(value) for name, value in row.items() if name not in _NOT_OF_CASE}
    title = [row["title"].strip()] if row["title"] else []
    document = {
        "version": VERSION,
        "run": {
            "uid": row["case_id"],
            "time": {"start": _start(row), "duration": _duration(row["duration_s"])},
            "user": row["submitter_github"],
            "description": "\n".join([*title, licences.credit(source)]),
            "keywords": [source["id"]],
        },
        "scenario": {"stack": _stack(row), "load": _load(row)},
        "results": {
            "request_performance": {"aggregate": _aggregate(row)},
            "observability": {
                "components": _observed(row),
                "roofhouse": {
                    "case": case,
                    "verdict": {name: row[name] for name in _VERDICT},
                    "source": licences.told(source),
                    "build_id": build_id,
                },
            },
        },
    }
    pruned: dict[str, Any] = _pruned(document)
    return pruned


def _stack(row: Row) -> list[dict[str, Any]]:
    """Return the engine as one component, or one for each pool.

    Where the copies of the engine are not known, or share no equal number of cards, all cards
    are one replica: the schema needs a number, and count times replicas is that of all cards. So
    pools that are not all cards of the case are none here.
    """
    cards, prefill, decode = row["card_count"], row["prefill_cards"] or 0, row["decode_cards"] or 0
    if cards < 1:  # a claim may say anything; the schema does not
        return []
    if prefill > 0 and decode > 0 and prefill + decode == cards:
        pools = [("prefill", prefill, 1), ("decode", decode, 1)]
    else:
        copies = row["replicas"] or 1
        if copies < 1 or cards % copies:
            copies = 1
        pools = [("replica", cards // copies, copies)]
    return [_engine(row, *pool) for pool in pools]


def _engine(row: Row, role: str, cards: int, copies: int) -> dict[str, Any]:
    parallel = {
        "tp": row["tensor_parallel"],
        "dp": row["data_parallel"],
        "ep": row["expert_parallel"],
        "pp": row["pipeline_parallel"],
    }
    known = {name: size for name, size in parallel.items() if size and size > 0}
    standardized = {
        "kind": "inference_engine",
        "tool": row["engine_id"],
        "tool_version": row["engine_version"] or "",
        "role": role,
        "replicas": copies,
        "model": {"name": row["model_as_reported"] or row["model_name"]},
        "accelerator": {
            "model": row["hardware_name"],
            "count": cards,
            "parallelism": _Kept(known),
        },
    }
    return {
        "metadata": {"label": role, "cfg_id": _hash(standardized)},
        "standardized": standardized,
        "native": _Kept(),
    }


def _load(row: Row) -> dict[str, Any] | None:
    """Return the load; None where the prompt length, which the schema needs, is not known."""
    lengths = {
        name: _first(row[f"stated_{one}_seq_len"], row[f"{one}_seq_len"])
        for name, one in (("input_seq_len", "prefill"), ("output_seq_len", "decode"))
    }
    if lengths["input_seq_len"] is None:
        return None
    limit = row["max_concurrent_requests"]
    standardized = {
        "tool": _harness(row),
        "tool_version": row["tool_version"] or "",
        "source": "unknown",
        **{
            name: {"distribution": "other", "value": length}
            for name, length in lengths.items()
            if length is not None
        },
        "rate_qps": row["request_rate_rps"] or None,  # 0 is no rate
        "concurrency": limit if limit and limit >= 1 else None,
    }
    return {"metadata": _Kept(), "standardized": standardized, "native": _Kept()}


def _aggregate(row: Row) -> dict[str, Any]:
    completed, failed = row["requests_completed"], row["requests_failed"]
    requests = None
    if completed is not None:
        requests = {
            "total": completed + (failed or 0),
            "failures": failed,
            "input_length": _statistics("count", row["prefill_seq_len"]),
            "output_length": _statistics("count", row["decode_seq_len"]),
        }
    tpot = _latency(row, "tbt", "ms/token")
    harness = _harness(row)
    return {
        "requests": requests,
        "latency": {
            "time_to_first_token": _latency(row, "ttft", "ms"),
            # What inference-perf calls so is no time between tokens; its p50 has no mean here.
            "time_per_output_token": None if harness == "inference-perf" else tpot,
            "inter_token_latency": tpot if harness in ITL_IS_TPOT else None,
            "request_latency": _latency(row, "e2e", "ms"),
        },
        "throughput": {
            "input_token_rate": _statistics("tokens/s", row["prefill_tok_s"]),
            "output_token_rate": _statistics("tokens/s", row["decode_tok_s"]),
        },
    }


def _observed(row: Row) -> list[dict[str, Any]]:
    """Return power and memory of a card, for each component."""
    figures = {
        "gpu_memory_usage": _statistics("GB", row["memory_per_card_gb"]),
        "power_consumption": _statistics("Watts", row["power_per_card_w"]),
    }
    if not any(figures.values()):
        return []
    labels = [one["metadata"]["label"] for one in _stack(row)]
    return [{"component_label": one, "aggregate": figures} for one in labels]


def _latency(row: Row, name: str, unit: str) -> dict[str, Any] | None:
    rest = {of: row[f"{name}_{of}_ms"] for of in ("p50", "p99")}
    return _statistics(unit, row[f"{name}_mean_ms"], **rest)


def _statistics(unit: str, mean: float | None, **rest: float | None) -> dict[str, Any] | None:
    """Return a statistic, None without a mean: the schema has none without."""
    return None if mean is None else {"units": unit, "mean": mean, **rest}


def _harness(row: Row) -> str:
    """Return the tool that made the load, "" where it is not known: the schema needs a text."""
    return row["benchmark_tool"] or row["source_format"] or ""


def _start(row: Row) -> str | None:
    """Return the time of the run with its zone, None where one of them is not known."""
    zone = row["run_at_zone"] or ""
    try:
        start = dt.datetime.fromisoformat(row["run_at"] or "")
        if start.tzinfo is None:
            offset = re.fullmatch(r"[+-]\d\d:\d\d", zone)
            there = dt.datetime.strptime(zone, "%z").tzinfo if offset else ZoneInfo(zone)
            start = start.replace(tzinfo=there)
        return start.isoformat()
    except (ValueError, OSError, LookupError):
        return None


def _duration(seconds: float | None) -> str | None:
    return None if seconds is None else f"PT{Decimal(repr(seconds)):f}S"


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


class _Kept(dict[str, Any]):
    """An object that stays though nothing is in it: the schema needs it."""


def _plain(value: object) -> object:
    """Return a value for YAML: times of snapshots are UTC."""
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, dt.date) else value


def _pruned(value: Any) -> Any:
    """Return a value without nulls and without objects and lists that hold nothing."""
    if isinstance(value, _Kept):
        return dict(value)
    if isinstance(value, list):
        return [_pruned(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _pruned(one) for name, one in value.items()}
    return {
        name: one
        for name, one in inner.items()
        if one is not None and (one not in ({}, []) or isinstance(value[name], _Kept))
    }
