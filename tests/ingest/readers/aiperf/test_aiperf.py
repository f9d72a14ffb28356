"""Results of AIPerf and GenAI-Perf: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Reject
from pipelines.ingest.readers.aiperf import recognizes
from tests.ingest.readers.reading import OUT, altered, case, disturbed, outcomes, read, reason

HERE = Path(__file__).parent
RUN: dict[str, Any] = json.loads((HERE / "two_endpoints.json").read_text())
PHASES: dict[str, Any] = json.loads((HERE / "phases.json").read_text())
GENAI_PERF: dict[str, Any] = json.loads((HERE / "genai_perf.json").read_text())
STACK = "cards: 2\nquantization: bf16\nengine: {id: vllm}"
WITH_CARD = f"{STACK}\nhardware: l40s"
CARDS = "telemetry_data.endpoints.a:9400.gpus"


def test_a_run_has_every_value_under_its_canonical_name() -> None:
    assert case(HERE / "two_endpoints.json", STACK) == {
        "decode_tok_s": 312.5,
        "prefill_tok_s": 160100 / 80,
        "throughput_scope": "wall",
        "ttft_mean_ms": 60.5,
        "ttft_p50_ms": 58.25,
        "ttft_p99_ms": 140.75,
        "tbt_mean_ms": 16.5,
        "tbt_p50_ms": 16.25,
        "tbt_p99_ms": 18.75,
        "itl_p50_ms": 32.5,
        "itl_p99_ms": 40.25,
        "e2e_mean_ms": 2100.5,
        "e2e_p50_ms": 2050.25,
        "e2e_p99_ms": 2600.75,
        "requests_completed": 200,
        "requests_failed": 3,
        "duration_s": 80.0,
        "power_per_card_w": 215.5,
        "power_scope": "card",
        "energy_j": pytest.approx(16_800 + 17_600),
        "prefill_seq_len": 800.5,
        "decode_seq_len": 125.0,
        "max_concurrent_requests": 6,
        "hardware": "l40s",
        "card_count": 2,
        "model": "qwen3-8b",
        "engine": "vllm",
        "quantization": "bf16",
        "hardware_as_reported": "NVIDIA L40S",
        "model_as_reported": "Qwen/Qwen3-8B",
        "quantization_as_reported": "bf16",
        "run_at": "2026-05-06T07:08:09.250000",
        "source_format": "aiperf",
        "source_file": "two_endpoints.json",
        "record_index": 0,
    }


def test_the_load_of_schema_1_3_is_that_of_the_last_phase() -> None:
    found = case(PHASES, WITH_CARD)
    assert (found["request_rate_rps"], found["max_concurrent_requests"]) == (4.25, 32)
    assert (found["tool_version"], found["model"]) == ("0.9.0", "qwen3-8b")
    phases = PHASES["input_config"]["phases"]
    warmup = case(altered(PHASES, {"input_config.phases": phases[:1]}), WITH_CARD)
    assert "request_rate_rps" not in warmup
    assert warmup["max_concurrent_requests"] == 1


def test_every_figure_is_in_the_unit_that_stands_beside_it() -> None:
    found = case(PHASES, WITH_CARD)
    assert found["e2e_p99_ms"] == 2900.0
    assert found["ttft_p50_ms"] == pytest.approx(44.0)
    assert found["tbt_mean_ms"] == pytest.approx(9.5)
    assert found["duration_s"] == pytest.approx(120.0)
    watts = {f"{CARDS}.gpu_{at}.metrics.gpu_power_usage.unit": "mW" for at in (0, 1)}
    assert case(altered(RUN, watts), STACK)["power_per_card_w"] == pytest.approx(0.2155)
    joules = {f"{CARDS}.gpu_{at}.metrics.energy_consumption.unit": "J" for at in (0, 1)}
    assert case(altered(RUN, joules), STACK)["energy_j"] == pytest.approx(0.0168 + 0.0176)


@pytest.mark.parametrize("unit", ["minutes", "MS", None, 1, OUT])
def test_a_figure_in_an_unknown_unit_or_none_is_not_known(unit: object) -> None:
    changes = {
        f"{name}.unit": unit
        for name in ("inter_token_latency", "inter_chunk_latency", "output_sequence_length")
    }
    found = case(altered(RUN, changes), STACK)
    names = {"tbt_mean_ms", "tbt_p50_ms", "itl_p50_ms", "decode_seq_len"}
    assert names & found.keys() == set()
    needed = reason(altered(RUN, {"output_token_throughput.unit": unit}), STACK)
    assert needed == "no rate of output tokens above 0, in tokens/sec"


def test_a_card_that_stands_under_two_endpoints_counts_once_and_the_first_wins() -> None:
    assert case(RUN, STACK)["power_per_card_w"] == (210.5 + 220.5) / 2
    other = {"telemetry_data.endpoints.b:9400.gpus.gpu_0.gpu_uuid": "GPU-3"}
    assert case(altered(RUN, other), STACK)["power_per_card_w"] == (210.5 + 220.5 + 999) / 3
    without = {
        f"telemetry_data.endpoints.{place}.gpu_uuid": None
        for place in ("a:9400.gpus.gpu_0", "b:9400.gpus.gpu_0")
    }
    assert case(altered(RUN, without), STACK)["power_per_card_w"] == (210.5 + 220.5 + 999) / 3


def test_cards_that_are_visible_are_no_number_of_cards_used() -> None:
    assert "`cards`" in reason(RUN, "quantization: bf16\nengine: {id: vllm}")


def test_cards_of_several_names_leave_the_hardware_to_the_sidecar() -> None:
    mixed = altered(RUN, {f"{CARDS}.gpu_1.gpu_name": "NVIDIA L4"})
    assert "`hardware`" in reason(mixed, STACK)
    assert case(mixed, WITH_CARD)["hardware"] == "l40s"


def test_power_and_energy_are_unknown_where_a_card_has_none() -> None:
    for unusable in (OUT, None):
        found = case(altered(RUN, {f"{CARDS}.gpu_1.metrics": unusable}), STACK)
        assert {"power_per_card_w", "energy_j"} & found.keys() == set()
    for telemetry in (None, OUT, {}, {"endpoints": {}}):
        assert "power_per_card_w" not in case(
            altered(RUN, {"telemetry_data": telemetry}), WITH_CARD
        )


def test_the_first_of_the_models_since_schema_1_3_is_the_model() -> None:
    items = [{"name": "Qwen/Qwen3-32B"}, {"name": "ignored"}]
    newer = {"input_config.models": {"items": items}, "input_config.endpoint.model_names": OUT}
    assert case(altered(PHASES, newer), WITH_CARD)["model"] == "qwen3-32b"
    unusable: list[object] = [None, {"items": None}, {"items": [{}]}]
    for models in unusable:
        older = altered(PHASES, {"input_config.models": models})
        assert case(older, WITH_CARD)["model"] == "qwen3-8b"


def test_a_cancelled_run_is_rejected() -> None:
    (record,) = read(altered(RUN, {"was_cancelled": True}), STACK).records
    assert isinstance(record, Reject)
    assert (record.reason, record.path) == ("the run was cancelled", "was_cancelled")


@pytest.mark.parametrize(
    ("count", "message"),
    [
        ({"unit": "requests", "avg": 0.0}, "no request completed"),
        (None, "no number of completed requests"),
        ({"unit": "requests", "avg": "200"}, "no number of completed requests"),
        ({"unit": "requests", "avg": 0.5}, "no number of completed requests"),
        ({"unit": "requests", "avg": float("nan")}, "no number of completed requests"),
    ],
)
def test_without_completed_requests_the_record_is_rejected(count: object, message: str) -> None:
    assert reason(altered(RUN, {"request_count": count}), STACK) == message


def test_metrics_may_be_null() -> None:
    names = ("time_to_first_token", "inter_token_latency", "inter_chunk_latency")
    found = case(altered(RUN, dict.fromkeys(names)), STACK)
    assert {name for name in found if name.startswith(("ttft", "tbt", "itl"))} == set()
    assert "requests_failed" not in case(PHASES, WITH_CARD)


def test_a_mean_length_follows_from_the_sum_where_it_is_null() -> None:
    assert PHASES["input_sequence_length"] is None
    assert case(PHASES, WITH_CARD)["prefill_seq_len"] == 96000 / 480


def test_the_output_length_includes_reasoning() -> None:
    assert RUN["output_token_count"]["avg"] == 90
    assert case(RUN, STACK)["decode_seq_len"] == 125
    assert "decode_seq_len" not in case(altered(RUN, {"output_sequence_length": None}), STACK)


def test_a_result_of_genai_perf_has_flat_arguments_and_no_duration() -> None:
    assert case(HERE / "genai_perf.json", WITH_CARD) == {
        "decode_tok_s": 1000.0,
        "prefill_tok_s": 550.5 * 300 / 60,
        "throughput_scope": "wall",
        "ttft_mean_ms": 40.5,
        "ttft_p50_ms": 39.25,
        "ttft_p99_ms": 90.75,
        "tbt_mean_ms": 8.81,
        "tbt_p50_ms": 8.8,
        "tbt_p99_ms": 9.25,
        "e2e_mean_ms": 1800.5,
        "e2e_p50_ms": 1790.25,
        "e2e_p99_ms": 2500.75,
        "requests_completed": 300,
        "duration_s": 60.0,
        "power_per_card_w": 255.5,
        "power_scope": "card",
        "energy_j": pytest.approx(15_000 + 16_000),
        "prefill_seq_len": 550.5,
        "decode_seq_len": 200.0,
        "max_concurrent_requests": 9,
        "hardware": "l40s",
        "card_count": 2,
        "model": "qwen3-8b",
        "engine": "vllm",
        "quantization": "bf16",
        "hardware_as_reported": "l40s",
        "model_as_reported": "Qwen/Qwen3-8B",
        "quantization_as_reported": "bf16",
        "source_format": "aiperf",
        "source_file": "genai_perf.json",
        "record_index": 0,
    }


def test_a_rate_of_genai_perf_is_no_limit() -> None:
    load = {"input_config.concurrency": None, "input_config.request_rate": 7.5}
    found = case(altered(GENAI_PERF, load), WITH_CARD)
    assert found["request_rate_rps"] == 7.5
    assert "max_concurrent_requests" not in found


@pytest.mark.parametrize(
    "names", [{"model": "Qwen/Qwen3-8B"}, {"model_names": ["Qwen/Qwen3-8B"], "model": OUT}]
)
def test_a_model_of_genai_perf_is_a_text_or_a_list(names: dict[str, object]) -> None:
    changes = {f"input_config.{name}": value for name, value in names.items()}
    assert case(altered(GENAI_PERF, changes), WITH_CARD)["model"] == "qwen3-8b"


def test_fields_that_are_not_carried_are_counted_by_their_place() -> None:
    unknown = set(read(RUN, STACK).unknown_fields)
    assert {
        "telemetry_data.endpoints.*.gpus.*.metrics.gpu_utilization",
        "input_config.loadgen.request_count",
        "time_to_second_token",
        "total_osl",
    } <= unknown
    assert {"output_token_count", "request_latency.p1", "request_latency"} & unknown == set()


@pytest.mark.parametrize(
    ("first", "is_aiperf"),
    [
        ({"input_config": {}, "request_latency": {"unit": "ms"}}, True),
        ({"input_config": {}, "request_latency": {"mean": 1.0}}, False),
        ({"input_config": {}, "request_latency": None}, False),
        ({"request_latency": {"unit": "ms"}}, False),
        (None, False),
    ],
)
def test_a_result_is_told_by_a_latency_with_a_unit(first: object, is_aiperf: bool) -> None:
    assert recognizes(first) is is_aiperf


_positive = st.floats(1e-3, 1e6)
_TO_MS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "sec": 1e3}
_LATENCIES = {
    "time_to_first_token": "ttft",
    "inter_token_latency": "tbt",
    "inter_chunk_latency": "itl",
    "request_latency": "e2e",
}
_STATISTICS = {"avg": "mean", "p50": "p50", "p99": "p99"}


def _metric(*units: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"unit": st.sampled_from(units), "avg": _positive},
        optional=dict.fromkeys(("p1", "p50", "p99", "std"), _positive),
    )


_cards = st.lists(
    st.tuples(st.sampled_from(["1", "2", "3"]), st.floats(1, 1000), st.floats(0.5, 9)), max_size=5
)
_runs = st.fixed_dictionaries(
    {
        "request_count": st.integers(1, 10**6).map(
            lambda count: {"unit": "requests", "avg": float(count)}
        ),
        "request_latency": _metric(*_TO_MS),
        "output_token_throughput": _metric("tokens/sec"),
        "benchmark_duration": _metric(*_TO_MS),
        "total_isl": _metric("tokens"),
        "input_config": st.fixed_dictionaries(
            {
                "endpoint": st.just({"model_names": ["Qwen/Qwen3-8B"]}),
                "loadgen": st.fixed_dictionaries(
                    {
                        "concurrency": st.none() | st.integers(1, 10**4),
                        "request_rate": st.none() | _positive,
                    }
                ),
            }
        ),
    },
    optional={
        **{name: st.none() | _metric(*_TO_MS) for name in _LATENCIES if name != "request_latency"},
        "error_request_count": st.none()
        | st.integers(0, 100).map(lambda count: {"unit": "requests", "avg": float(count)}),
        "output_sequence_length": st.none() | _metric("tokens"),
        "input_sequence_length": st.none() | _metric("tokens"),
    },
)


@settings(deadline=None)
@given(_runs, _cards)
def test_every_value_that_the_tool_writes_is_found_again(
    run: dict[str, Any], cards: list[tuple[str, float, float]]
) -> None:
    telemetry = {
        f"host{place}": {
            "gpus": {
                "gpu_0": {
                    "gpu_uuid": uuid,
                    "gpu_name": "NVIDIA L40S",
                    "metrics": {
                        "gpu_power_usage": {"unit": "W", "avg": watts},
                        "energy_consumption": {"unit": "MJ", "min": 1.0, "max": 1.0 + used},
                    },
                }
            }
        }
        for place, (uuid, watts, used) in enumerate(cards)
    }
    found = case({**run, "telemetry_data": {"endpoints": telemetry}}, WITH_CARD)
    completed = int(run["request_count"]["avg"])
    duration = run["benchmark_duration"]["avg"] * _TO_MS[run["benchmark_duration"]["unit"]] / 1e3
    first: dict[str, tuple[float, float]] = {}
    for uuid, watts, used in cards:
        first.setdefault(uuid, (watts, used))
    load, total = run["input_config"]["loadgen"], run["total_isl"]["avg"]
    expected: dict[str, Any] = {
        "requests_completed": completed,
        "requests_failed": (run.get("error_request_count") or {}).get("avg"),
        "decode_tok_s": run["output_token_throughput"]["avg"],
        "duration_s": pytest.approx(duration),
        "prefill_tok_s": pytest.approx(total / duration),
        "prefill_seq_len": (run.get("input_sequence_length") or {"avg": total / completed})["avg"],
        "decode_seq_len": (run.get("output_sequence_length") or {}).get("avg"),
        "max_concurrent_requests": load["concurrency"],
        "request_rate_rps": load["request_rate"],
        "power_per_card_w": pytest.approx(sum(watts for watts, _ in first.values()) / len(first))
        if first
        else None,
        "energy_j": pytest.approx(sum(used for _, used in first.values()) * 1e6) if first else None,
    }
    for written, latency in _LATENCIES.items():
        metric = run.get(written) or {}
        for of, statistic in _STATISTICS.items():
            if of in metric and (latency, statistic) != ("itl", "mean"):
                value = metric[of] * _TO_MS[metric["unit"]]
                expected[f"{latency}_{statistic}_ms"] = pytest.approx(value)
            else:
                expected[f"{latency}_{statistic}_ms"] = None
    assert {name: found.get(name) for name in expected} == expected


@settings(deadline=None)
@given(st.one_of([disturbed(one) for one in [RUN, PHASES, GENAI_PERF]]))
def test_whatever_stands_in_a_field_a_record_is_a_case_or_a_reject(run: dict[str, Any]) -> None:
    assert outcomes(read(run, WITH_CARD, format="aiperf")) in (["case"], ["reject"])
