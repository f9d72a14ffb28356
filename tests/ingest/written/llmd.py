"""Benchmark Reports of llm-d of version 0.1, 0.2 and 0.2.1, as YAML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.ingest.written.run import MODEL, Expected, Format, Record, Run, derived_tbt, runs

#: Latencies by the report's names; those of tokens have units of their own.
_NAMES = {"ttft": "time_to_first_token", "e2e": "request_latency"}
_OF_TOKENS = {"tbt": "time_per_output_token", "itl": "inter_token_latency"}
SERVERS: list[Record] = [{"role": "replica", "count": 1, "replicas": 1}]
_ARGUMENTS = {"--quantization": "fp8", "--kv-cache-dtype": "fp8", "--no-enable-prefix-caching": ""}


def old(
    run: Run, servers: list[Record] = SERVERS, harness: str = "vllm-benchmark", unit: str = "ms"
) -> Record:
    """A report of version 0.1, whose lists of cards and engines correspond."""
    return {
        "version": "0.1",
        "scenario": {
            "host": {
                "type": [one["role"] for one in servers],
                "accelerator": [
                    {"model": "NVIDIA H200", "count": one["count"] * one["replicas"]}
                    for one in servers
                ],
            },
            "platform": {
                "engine": [
                    {"name": "vllm", "version": "0.11.0", "args": _ARGUMENTS} for _ in servers
                ]
            },
            "model": {"name": MODEL, "quantization": "fp8"},
            "load": {"name": harness},
        },
        "metrics": {
            "time": {"duration": run.duration_s, "start": 1_767_268_800.0},
            "requests": _requests(run),
            "latency": _latencies(run, unit),
            "throughput": {
                "output_tokens_per_sec": run.output_tok_s,
                "input_tokens_per_sec": run.input_tok_s,
            },
            "resources": {
                "accelerator": [{"power": {"units": "Watts", "mean": run.watts}} for _ in servers]
            },
        },
    }


def new(
    run: Run,
    servers: list[Record] = SERVERS,
    harness: str = "vllm-benchmark",
    unit: str = "ms",
    version: str = "0.2.1",
) -> Record:
    """A report of version 0.2 or 0.2.1, with a router beside the engines."""
    engines = [
        {
            "metadata": {"label": f"engine-{place}"},
            "standardized": {
                "kind": "inference_engine",
                "tool": "vllm",
                "tool_version": "0.11.0",
                "role": one["role"],
                "replicas": one["replicas"],
                "model": {"name": MODEL},
                "accelerator": {"model": "NVIDIA H200", "count": one["count"]},
            },
            "native": {"args": _ARGUMENTS},
        }
        for place, one in enumerate(servers)
    ]
    router = {
        "metadata": {"label": "router"},
        "standardized": {"kind": "generic", "tool": "router", "accelerator": {"count": 99}},
    }
    watts = {"power_consumption": {"units": "Watts", "mean": run.watts}}
    load: Record = {"tool": harness, "concurrency": run.limit or float("inf")}
    if run.rate_rps is not None:
        load["rate_qps"] = run.rate_rps
    return {
        "version": version,
        "run": {"time": {"start": "2026-01-01T12:00:00Z", "duration": f"PT{run.duration_s:.15f}S"}},
        "scenario": {"stack": [*engines, router], "load": {"standardized": load}},
        "results": {
            "request_performance": {
                "aggregate": {
                    "requests": _requests(run),
                    "latency": _latencies(run, unit),
                    "throughput": {
                        "output_token_rate": {"units": "tokens/s", "mean": run.output_tok_s},
                        "input_token_rate": {"units": "tokens/s", "mean": run.input_tok_s},
                    },
                }
            },
            "observability": {
                "components": [
                    {"component_label": f"engine-{place}", "aggregate": watts}
                    for place, _ in enumerate(servers)
                ]
            },
        },
    }


def _requests(run: Run) -> Record:
    return {
        "total": run.completed + run.failed,
        "failures": run.failed,
        "input_length": {"units": "count", "mean": run.prompt},
        "output_length": {"units": "count", "mean": run.output, "p50": run.output / 2},
    }


def _latencies(run: Run, unit: str) -> Record:
    statistics = {one: one for one in ("mean", "p50", "p99")}
    of_ms = {"ms": 1.0, "s": 1e-3}[unit]
    found: Record = {}
    for names, units in ((_NAMES, unit), (_OF_TOKENS, f"{unit}/token")):
        for written, values in run.spelled(names, statistics, of_ms).items():
            found[written] = {"units": units, **values}
    return found


def _pair(
    write: Callable[..., Record], run: Run, servers: list[Record], harness: str, unit: str
) -> tuple[Record, Expected]:
    of_tokens = {"vllm-benchmark": ("tbt", "itl"), "inference-perf": ("itl",), "guidellm": ()}
    expected = {**run.expected("ttft", "e2e", *of_tokens[harness]), **_stack(run, servers)}
    if harness == "inference-perf":
        expected |= derived_tbt(run, {"mean": run.output, "p50": run.output / 2})
        expected["tbt_reported_ms"] = run.ms("tbt_p50")
    elif harness == "guidellm":  # its inter-token latency is TPOT
        expected |= {f"tbt_{of}_ms": run.ms(f"itl_{of}") for of in ("mean", "p50", "p99")}
    report = write(run, servers, harness, unit)
    if report["version"] == "0.1":
        # A group of this version is one server, with all of its cards.
        if expected["replicas"] is not None:
            expected["replicas"] = len(servers)
    else:
        expected["max_concurrent_requests"] = run.limit
        expected["request_rate_rps"] = run.rate_rps
    return report, expected


def _stack(run: Run, servers: list[Record]) -> Expected:
    cards = {
        role: sum(one["count"] * one["replicas"] for one in servers if one["role"] == role)
        for role in ("prefill", "decode", "replica")
    }
    has_pools = {one["role"] for one in servers} == {"prefill", "decode"}
    return {
        "hardware": "h200-sxm",
        "hardware_as_reported": "NVIDIA H200",
        "card_count": sum(cards.values()),
        "prefill_cards": cards["prefill"] if has_pools else None,
        "decode_cards": cards["decode"] if has_pools else None,
        "is_disaggregated": True if has_pools else None,
        "replicas": None if has_pools else sum(one["replicas"] for one in servers),
        "model": "llama-3.1-8b",
        "model_as_reported": MODEL,
        "engine": "vllm",
        "engine_version": "0.11.0",
        "quantization": "fp8-e4m3",
        "quantization_as_reported": "fp8",
        "kv_cache_bits": 8,
        "prefix_caching": False,
        "power_per_card_w": run.watts,
        "power_scope": "card",
        "run_at": "2026-01-01T12:00:00",
        "run_at_zone": "UTC",
    }


def _dumped(records: list[Record]) -> str:
    (report,) = records
    # Through JSON, for what stands in it twice is no anchor.
    text: str = yaml.safe_dump(json.loads(json.dumps(report)))
    return text


def _servers(*roles: str) -> st.SearchStrategy[list[Any]]:
    one = st.fixed_dictionaries(
        {"role": st.sampled_from(roles), "count": st.integers(1, 16), "replicas": st.integers(1, 8)}
    )
    return st.lists(one, min_size=1, max_size=3)


def _with(write: Callable[..., Record]) -> st.SearchStrategy[tuple[Record, Expected]]:
    return st.builds(
        _pair,
        st.just(write),
        runs(),
        _servers("prefill", "decode") | _servers("replica"),
        st.sampled_from(["vllm-benchmark", "inference-perf", "guidellm"]),
        st.sampled_from(["ms", "s"]),
    )


def _of_0_2(run: Run, servers: list[Record], harness: str, unit: str) -> Record:
    return new(run, servers, harness, unit, "0.2")


FORMATS = [
    Format("llmd-report 0.1 yaml", "report.yaml", _with(old), _dumped, most=1),
    Format("llmd-report 0.1 json", "report.json", _with(old), json.dumps),
    Format("llmd-report 0.2 yaml", "report.yaml", _with(_of_0_2), _dumped, most=1),
    Format("llmd-report 0.2.1 yaml", "report.yaml", _with(new), _dumped, most=1),
    Format("llmd-report 0.2.1 json", "report.json", _with(new), json.dumps),
]
