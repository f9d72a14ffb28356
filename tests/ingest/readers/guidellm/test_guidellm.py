"""Reports of GuideLLM: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject, Skipped
from pipelines.ingest.readers.guidellm import recognizes
from tests.ingest.readers.reading import OUT, altered, cases, disturbed, outcomes, read, reason

HERE = Path(__file__).parent
OLD: dict[str, Any] = json.loads((HERE / "of_0_5.json").read_text())
NEW: dict[str, Any] = json.loads((HERE / "of_0_8.json").read_text())
STACK = "hardware: h200-sxm\ncards: 2\nquantization: fp8\nengine: {id: vllm}"
METRICS = "benchmarks.0.metrics"


def one(changes: dict[str, object]) -> dict[str, Any]:
    """A report of 0.8 with one benchmark, with other values."""
    return altered({**NEW, "benchmarks": NEW["benchmarks"][:1]}, changes)


def test_a_benchmark_has_every_value_under_its_canonical_name() -> None:
    concurrent = cases(read(HERE / "of_0_5.json", STACK))[2]
    assert concurrent == {
        "decode_tok_s": 240.5,
        "prefill_tok_s": 1801.5,
        "throughput_scope": "wall",
        "ttft_mean_ms": 210.5,
        "ttft_p50_ms": 200.25,
        "ttft_p99_ms": 800.75,
        "tbt_mean_ms": 27.5,
        "tbt_p50_ms": 26.25,
        "tbt_p99_ms": 38.75,
        "e2e_mean_ms": 3500.0,
        "e2e_p50_ms": 3250.0,
        "e2e_p99_ms": 6500.0,
        "requests_completed": 80,
        "requests_failed": 2,
        "duration_s": 20.0,
        "concurrency_mean": 7.5,
        "prefill_seq_len": 900.5,
        "decode_seq_len": 120.25,
        "max_concurrent_requests": 8,
        "hardware": "h200-sxm",
        "card_count": 2,
        "model": "qwen3-32b",
        "engine": "vllm",
        "quantization": "fp8-e4m3",
        "hardware_as_reported": "h200-sxm",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "fp8",
        "run_at": "2026-05-28T20:30:00",
        "run_at_zone": "UTC",
        "tool_version": "0.5.1",
        "source_format": "guidellm",
        "source_file": "of_0_5.json",
        "record_index": 2,
    }


def test_each_benchmark_of_a_report_is_a_record_of_its_own() -> None:
    found = cases(read(OLD, STACK))
    assert [one["record_index"] for one in found] == [0, 1, 2, 3]
    assert [one["duration_s"] for one in found] == [20.0, 30.0, 20.0, 20.0]
    assert [one["decode_tok_s"] for one in found] == [240.5, 240.5 / 4, 240.5, 240.5]
    case, reject, skipped = read(NEW, STACK).records
    assert isinstance(case, Case)
    assert isinstance(reject, Reject)
    assert isinstance(skipped, Skipped)
    assert (reject.reason, reject.path) == (
        "no request completed",
        "benchmarks[1].metrics.request_totals.successful",
    )
    assert skipped.reason == "an embeddings benchmark: no tokens of a language model"


def test_only_streams_are_a_limit_and_only_rates_of_a_strategy_with_one_a_rate() -> None:
    """10240 is a default of the client, which stands in every strategy."""
    assert all(one["config"]["strategy"]["max_concurrency"] == 10240 for one in OLD["benchmarks"])
    loads = [
        (one.get("max_concurrent_requests"), one.get("request_rate_rps"))
        for one in cases(read(OLD, STACK))
    ]
    assert loads == [(None, None), (None, None), (8, None), (None, 2.5)]
    assert cases(read(one({}), STACK))[0]["request_rate_rps"] == 1.5
    other = one({"benchmarks.0.config.strategy.type_": "throughput"})
    assert "request_rate_rps" not in cases(read(other, STACK))[0]


def test_figures_are_those_of_successful_requests_and_of_rates_the_mean() -> None:
    metrics = NEW["benchmarks"][0]["metrics"]
    assert metrics["output_tokens_per_second"]["total"]["mean"] != 240.5
    assert metrics["output_tokens_per_second"]["successful"]["median"] == 0.5
    found = cases(read(one({}), STACK))[0]
    assert (found["decode_tok_s"], found["prefill_tok_s"]) == (240.5, 1801.5)
    for name in ("prompt_token_count", "inter_token_latency_ms", "request_concurrency"):
        only_total = one({f"{METRICS}.{name}.successful": None})
        found = cases(read(only_total, STACK))[0]
        names = {"prompt_token_count": "prefill_seq_len", "request_concurrency": "concurrency_mean"}
        assert names.get(name, "tbt_mean_ms") not in found


def test_time_per_output_token_is_dropped_since_it_contains_the_first() -> None:
    found = cases(read(one({f"{METRICS}.inter_token_latency_ms": OUT}), STACK))[0]
    assert {name for name in found if name.startswith("tbt")} == set()


def test_request_latency_is_in_seconds_and_the_others_in_milliseconds() -> None:
    found = cases(read(one({f"{METRICS}.request_latency.successful.mean": 4.5}), STACK))[0]
    assert (found["e2e_mean_ms"], found["ttft_mean_ms"]) == (4500.0, 210.5)


@pytest.mark.parametrize(
    ("changes", "model"),
    [
        ({}, "Qwen/Qwen3-32B"),
        ({"config.spec.backend.model": "Qwen/Qwen3-14B"}, "Qwen/Qwen3-14B"),
        ({"config": OUT, "args.model": "Qwen/Qwen3-8B"}, "Qwen/Qwen3-8B"),
        ({"config.spec.backend.model": None}, "Qwen/Qwen3-32B"),
        ({"config": OUT, "args.model": None}, "Qwen/Qwen3-32B"),
    ],
)
def test_the_model_is_that_of_the_backend_or_of_the_arguments(
    changes: dict[str, object], model: str
) -> None:
    assert cases(read(one(changes), STACK))[0]["model_as_reported"] == model


@pytest.mark.parametrize("value", [None, 0, -1, float("nan"), float("inf"), "12", True])
def test_without_output_tokens_the_record_is_rejected(value: object) -> None:
    path = f"{METRICS}.output_tokens_per_second.successful.mean"
    (record,) = read(one({path: value}), STACK).records
    assert isinstance(record, Reject)
    assert record.path == "benchmarks[0].metrics.output_tokens_per_second.successful.mean"


def test_the_server_is_not_in_the_file() -> None:
    assert reason(one({}), "") == (
        "the file does not say `hardware`, `engine.id`, `quantization`, `cards`; "
        "say it in the sidecar"
    )


def test_fields_that_are_not_carried_are_counted_once_for_each_record() -> None:
    unknown = read(OLD, STACK).unknown_fields
    assert unknown["benchmarks[].metrics.requests_per_second"] == 4
    assert unknown["args.target"] == 1
    known = ("time_per_output_token_ms", "request_latency", "max_concurrency", "metadata.version")
    assert [path for path in unknown if path.endswith(known)] == []


def test_a_report_is_told_by_its_benchmarks_and_metadata() -> None:
    assert recognizes({"benchmarks": [], "metadata": {}})
    assert not recognizes({"benchmarks": []})
    assert not recognizes([])
    assert reason({"benchmarks": [], "metadata": {}}, STACK) == "holds no record"


_positive = st.floats(1e-3, 1e6)
_LATENCIES = {
    "time_to_first_token_ms": ("ttft", 1.0),
    "inter_token_latency_ms": ("tbt", 1.0),
    "request_latency": ("e2e", 1000.0),
}
_FIGURES = {
    "output_tokens_per_second": "decode_tok_s",
    "prompt_tokens_per_second": "prefill_tok_s",
    "prompt_token_count": "prefill_seq_len",
    "output_token_count": "decode_seq_len",
    "request_concurrency": "concurrency_mean",
}
_statistics = st.fixed_dictionaries(
    {
        "mean": _positive,
        "median": _positive,
        "percentiles": st.fixed_dictionaries({"p50": _positive, "p99": _positive}),
    }
)
_distributions = st.fixed_dictionaries(
    {"successful": _statistics, "errored": _statistics, "total": _statistics}
)
_strategies = st.one_of(
    st.just({"type_": "synchronous"}),
    st.fixed_dictionaries({"type_": st.just("concurrent"), "streams": st.integers(1, 10**4)}),
    st.fixed_dictionaries({"type_": st.sampled_from(["constant", "poisson"]), "rate": _positive}),
)
_benchmarks = st.fixed_dictionaries(
    {
        "type_": st.just("generative_benchmark"),
        "config": st.fixed_dictionaries({"strategy": _strategies}),
        "metrics": st.fixed_dictionaries(
            {
                "request_totals": st.fixed_dictionaries(
                    {"successful": st.integers(1, 10**6), "errored": st.integers(0, 10**6)}
                ),
                **dict.fromkeys(_FIGURES, _distributions),
                **dict.fromkeys(_LATENCIES, _distributions),
            }
        ),
        "duration": _positive,
        "start_time": st.floats(1.7e9, 1.9e9),
    }
)


@settings(deadline=None)
@given(st.lists(_benchmarks, min_size=1, max_size=3))
def test_every_value_that_the_tool_writes_is_found_again(benchmarks: list[dict[str, Any]]) -> None:
    report = {
        "metadata": {"version": 2},
        "config": {"spec": {"backend": {"model": "Qwen/Qwen3-32B"}}},
        "benchmarks": [{**benchmark, "label": place} for place, benchmark in enumerate(benchmarks)],
    }
    for benchmark, found in zip(benchmarks, cases(read(report, STACK)), strict=True):
        metrics, strategy = benchmark["metrics"], benchmark["config"]["strategy"]
        expected = {
            "requests_completed": metrics["request_totals"]["successful"],
            "requests_failed": metrics["request_totals"]["errored"],
            "duration_s": benchmark["duration"],
            "max_concurrent_requests": strategy.get("streams"),
            "request_rate_rps": strategy.get("rate"),
            **{name: metrics[written]["successful"]["mean"] for written, name in _FIGURES.items()},
        }
        for written, (name, to_ms) in _LATENCIES.items():
            whole = metrics[written]["successful"]
            values = (whole["mean"], whole["median"], whole["percentiles"]["p99"])
            for statistic, value in zip(("mean", "p50", "p99"), values, strict=True):
                expected[f"{name}_{statistic}_ms"] = value * to_ms
        assert {name: found.get(name) for name in expected} == expected


@settings(deadline=None)
@given(disturbed(NEW))
def test_whatever_stands_in_a_field_a_record_is_a_case_reject_or_skipped(
    report: dict[str, Any],
) -> None:
    found = outcomes(read(report, STACK, format="guidellm"))
    assert set(found) <= {"case", "reject", "skipped"}
    benchmarks = report["benchmarks"]
    assert len(found) == (len(benchmarks) if isinstance(benchmarks, list) and benchmarks else 1)
