"""Stages of inference-perf: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject, Skipped
from tests.ingest.readers.reading import (
    OF_STACK,
    OUT,
    STACK,
    altered,
    case,
    disturbed,
    outcomes,
    read,
    reason,
)

HERE = Path(__file__).parent
SAID = f"{STACK}engine: {{id: vllm}}"
STAGE: dict[str, Any] = json.loads((HERE / "stage_0_lifecycle_metrics.json").read_text())
LATENCY = "successes.latency"


def test_a_stage_has_every_value_under_its_canonical_name() -> None:
    assert case(HERE / "stage_0_lifecycle_metrics.json", SAID) == {
        "decode_tok_s": 969.6,
        "prefill_tok_s": 2400.5,
        "throughput_scope": "wall",
        "ttft_mean_ms": 250.0,
        "ttft_p50_ms": 125.0,
        "ttft_p99_ms": 750.0,
        "tbt_mean_ms": 2000 / 100,
        "tbt_p50_ms": 2000 / 125,
        "tbt_definition": "derived",
        "tbt_reported_ms": 9.0,
        "itl_p50_ms": 0.05,
        "itl_p99_ms": 40.0,
        "e2e_mean_ms": 2250.0,
        "e2e_p50_ms": 2125.0,
        "e2e_p99_ms": 4500.0,
        "requests_completed": 600,
        "requests_failed": 5,
        "duration_s": 62.5,
        "prefill_seq_len": 250.05,
        "decode_seq_len": 101.0,
        "request_rate_rps": 10.0,
        **OF_STACK,
        "engine": "vllm",
        "source_format": "inference-perf",
        "source_file": "stage_0_lifecycle_metrics.json",
        "record_index": 0,
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("summary_lifecycle_metrics.json", "a summary of several stages"),
        ("runs/h100_summary_lifecycle_metrics.json", "a summary of several stages"),
        ("may1summary_lifecycle_metrics.json", "a summary of several stages"),
        ("summary_prometheus_metrics.json", "a summary of several stages"),
        ("Summary_Lifecycle_Metrics.json.gz", "a summary of several stages"),
        ("stage_0_prometheus_metrics.json", "the server's own view of a stage"),
        ("runs/stage_0_prometheus_metrics.json.zst", "the server's own view of a stage"),
    ],
)
def test_summaries_and_the_servers_view_are_skipped_by_their_name(name: str, why: str) -> None:
    (record,) = read(STAGE, SAID, name=name).records
    assert record == Skipped(0, why)


@pytest.mark.parametrize(
    "name", ["stage_3_lifecycle_metrics.json", "summary_of_may/stage_0.json", "mysummary_1.json"]
)
def test_any_other_name_is_a_stage(name: str) -> None:
    (record,) = read(STAGE, SAID, name=name).records
    assert isinstance(record, Case)


def test_files_of_the_tool_are_skipped_by_their_own_names() -> None:
    for name in ("summary_lifecycle_metrics.json", "stage_0_prometheus_metrics.json"):
        assert outcomes(read(HERE / name, SAID)) == ["skipped"]


def test_the_servers_view_under_another_name_has_no_rates_and_is_rejected() -> None:
    content = (HERE / "stage_0_prometheus_metrics.json").read_text()
    assert "`throughput.output_tokens_per_sec` is missing" in reason(content, SAID)


def test_time_per_output_token_is_reported_beside_the_derived_one() -> None:
    """About half of what the server measures is no time between tokens."""
    found = case(STAGE, SAID)
    assert (found["tbt_p50_ms"], found["tbt_reported_ms"]) == (16.0, 9.0)
    assert "tbt_p99_ms" not in found
    without = case(altered(STAGE, {f"{LATENCY}.time_per_output_token": None}), SAID)
    assert without["tbt_p50_ms"] == 16.0
    assert "tbt_reported_ms" not in without


@pytest.mark.parametrize(
    "changes",
    [
        {f"{LATENCY}.time_to_first_token": None},
        {f"{LATENCY}.request_latency": OUT},
        {"successes.output_len": None},
        {"successes.output_len": {"mean": 1.0, "median": 0.5}},
        {f"{LATENCY}.time_to_first_token": {"mean": 2.25, "median": 3.0}},
    ],
)
def test_nothing_is_derived_without_both_latencies_and_a_length_above_one(
    changes: dict[str, object],
) -> None:
    found = case(altered(STAGE, changes), SAID)
    assert {"tbt_mean_ms", "tbt_p50_ms", "tbt_definition"} & found.keys() == set()


def test_the_duration_is_that_of_the_requests_not_of_the_sending() -> None:
    assert STAGE["load_summary"]["send_duration"] == 59.9
    assert case(STAGE, SAID)["duration_s"] == 600 / 9.6
    without = altered(STAGE, {"successes.throughput.requests_per_sec": 0})
    assert "duration_s" not in case(without, SAID)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("successes.count", 0, "no request completed"),
        ("successes.count", None, "`count` is missing"),
        ("successes.throughput.output_tokens_per_sec", 0, "is 0, not a number above 0"),
        ("successes.throughput.output_tokens_per_sec", "969", 'is "969", not a number above 0'),
        ("successes.throughput", None, "`throughput.output_tokens_per_sec` is missing"),
        ("successes", None, "`count` is missing"),
    ],
)
def test_a_needed_figure_that_is_not_there_rejects_the_record(
    path: str, value: object, message: str
) -> None:
    (record,) = read(altered(STAGE, {path: value}), SAID).records
    assert isinstance(record, Reject)
    assert message in record.reason
    assert record.path.startswith("successes.")


def test_figures_that_are_optional_may_be_null() -> None:
    changes = {"load_summary.requested_rate": None, "failures": None, "successes.prompt_len": None}
    found = case(altered(STAGE, changes), SAID)
    assert {"request_rate_rps", "requests_failed", "prefill_seq_len"} & found.keys() == set()


def test_the_server_is_not_in_the_file() -> None:
    assert reason(STAGE, "") == (
        "the file does not say `hardware`, `model`, `engine.id`, `quantization`, `cards`; "
        "say it in the sidecar"
    )


def test_fields_that_are_not_carried_are_counted() -> None:
    assert dict(read(STAGE, SAID).unknown_fields) == {
        "failures.prompt_len": 1,
        "failures.request_latency": 1,
        "load_summary.achieved_rate": 1,
        "load_summary.count": 1,
        "load_summary.schedule_delay": 1,
        "successes.latency.normalized_time_per_output_token": 1,
        "successes.throughput.total_tokens_per_sec": 1,
    }


_positive = st.floats(1e-4, 1e5)
_statistics = st.none() | st.fixed_dictionaries(
    {"mean": _positive, "median": _positive, "p99": _positive}
)
_NAMES = {"time_to_first_token": "ttft", "request_latency": "e2e", "inter_token_latency": "itl"}
_stages = st.fixed_dictionaries(
    {
        "load_summary": st.fixed_dictionaries({"requested_rate": st.none() | _positive}),
        "successes": st.fixed_dictionaries(
            {
                "count": st.integers(1, 10**6),
                "latency": st.fixed_dictionaries(
                    {**dict.fromkeys(_NAMES, _statistics), "time_per_output_token": _statistics}
                ),
                "throughput": st.fixed_dictionaries(
                    {
                        "input_tokens_per_sec": _positive,
                        "output_tokens_per_sec": _positive,
                        "requests_per_sec": _positive,
                    }
                ),
                "prompt_len": _statistics,
                "output_len": _statistics,
            }
        ),
        "failures": st.fixed_dictionaries({"count": st.integers(0, 10**6)}),
    }
)


@settings(deadline=None)
@given(_stages)
def test_every_value_that_the_tool_writes_is_found_again(stage: dict[str, Any]) -> None:
    reading = read(stage, SAID)
    found = case(stage, SAID)
    successes, latency = stage["successes"], stage["successes"]["latency"]
    rates = successes["throughput"]
    expected: dict[str, Any] = {
        "requests_completed": successes["count"],
        "requests_failed": stage["failures"]["count"],
        "request_rate_rps": stage["load_summary"]["requested_rate"],
        "decode_tok_s": rates["output_tokens_per_sec"],
        "prefill_tok_s": rates["input_tokens_per_sec"],
        "duration_s": successes["count"] / rates["requests_per_sec"],
        "prefill_seq_len": (successes["prompt_len"] or {}).get("mean"),
        "decode_seq_len": (successes["output_len"] or {}).get("mean"),
    }
    tpot = latency["time_per_output_token"]
    expected["tbt_reported_ms"] = tpot and tpot["median"] * 1000
    for written, name in _NAMES.items():
        for key, statistic in (("mean", "mean"), ("median", "p50"), ("p99", "p99")):
            whole = latency[written]
            if (name, statistic) != ("itl", "mean"):
                expected[f"{name}_{statistic}_ms"] = whole and whole[key] * 1000
    for key, statistic in (("mean", "mean"), ("median", "p50")):
        parts = [
            latency["request_latency"],
            latency["time_to_first_token"],
            successes["output_len"],
        ]
        expected[f"tbt_{statistic}_ms"] = None
        if all(parts):
            e2e, ttft, length = (part[key] for part in parts)
            if e2e > ttft and length > 1:
                derived = (e2e - ttft) * 1000 / (length - 1)
                expected[f"tbt_{statistic}_ms"] = pytest.approx(derived, rel=1e-6)
    assert {name: found.get(name) for name in expected} == expected
    assert dict(reading.unknown_fields) == {}


@settings(deadline=None)
@given(disturbed(STAGE))
def test_whatever_stands_in_a_field_a_record_is_a_case_or_a_reject(stage: dict[str, Any]) -> None:
    assert outcomes(read(stage, SAID, format="inference-perf")) in (["case"], ["reject"])
