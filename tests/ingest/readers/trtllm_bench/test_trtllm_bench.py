"""Reports of trtllm-bench: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Reject
from tests.ingest.readers.reading import OUT, altered, case, disturbed, outcomes, read, reason

HERE = Path(__file__).parent
RUN: dict[str, Any] = json.loads((HERE / "streaming.json").read_text())
PLAIN: dict[str, Any] = json.loads((HERE / "no_streaming.json").read_text())
CARD = "hardware: b200-sxm"


def test_a_report_has_every_value_under_its_canonical_name() -> None:
    assert case(HERE / "streaming.json", "") == {
        "decode_tok_s": 10005.0,
        "prefill_tok_s": 20010.0,
        "throughput_scope": "wall",
        "ttft_mean_ms": 900.5,
        "ttft_p50_ms": 850.25,
        "ttft_p99_ms": 2000.75,
        "tbt_mean_ms": 36.25,
        "tbt_p50_ms": 36.0,
        "tbt_p99_ms": 41.5,
        "e2e_mean_ms": 19025.5,
        "e2e_p50_ms": 19000.25,
        "e2e_p99_ms": 24000.75,
        "requests_completed": 3000,
        "duration_s": 150.0,
        "concurrency_mean": 380.5,
        "power_per_card_w": 800.0,
        "power_scope": "card",
        "energy_j": 480000.0,
        "prefill_seq_len": 1000.5,
        "decode_seq_len": 500.25,
        "hardware": "b200-sxm",
        "card_count": 4,
        "tp": 2,
        "pp": 2,
        "ep": 1,
        "model": "qwen3-32b",
        "engine": "tensorrt-llm",
        "engine_version": "1.2.0",
        "quantization": "nvfp4",
        "kv_cache_bits": 8,
        "speculation": True,
        "speculative_method": "Eagle3",
        "acceptance_length": 2.45,
        "hardware_as_reported": "NVIDIA B200",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "NVFP4",
        "source_format": "trtllm-bench",
        "source_file": "streaming.json",
        "record_index": 0,
    }


def test_limits_of_the_engine_and_the_issue_rate_are_no_load() -> None:
    assert RUN["world_info"]["max_batch_size"] == 512
    found = case(RUN, "")
    assert {"max_concurrent_requests", "request_rate_rps"} & found.keys() == set()
    assert case(RUN, "concurrency: 400")["max_concurrent_requests"] == 400


def test_the_machine_may_be_unknown() -> None:
    assert PLAIN["machine"] is None
    assert "`hardware`" in reason(PLAIN, "")
    ambiguous = altered(RUN, {"machine.name": "NVIDIA H100"})
    (record,) = read(ambiguous, "").records
    assert isinstance(record, Reject)
    assert record.lacks[0].candidates == ("h100-nvl", "h100-pcie", "h100-sxm5")


def test_without_streaming_there_are_no_times_of_tokens() -> None:
    found = case(PLAIN, CARD)
    assert {name for name in found if name.startswith(("ttft", "tbt", "itl"))} == set()
    assert found["e2e_p50_ms"] == 19000.25
    assert {"speculation", "energy_j", "power_per_card_w"} & found.keys() == set()


def test_without_a_quantization_the_type_of_the_weights_counts() -> None:
    found = case(PLAIN, CARD)
    assert (found["quantization"], found["quantization_as_reported"]) == ("bf16", "bfloat16")
    assert "kv_cache_bits" not in found


def test_prefill_is_the_total_without_the_output() -> None:
    total = "performance.system_total_throughput_tok_s"
    assert case(altered(RUN, {total: 10005.0}), "")["prefill_tok_s"] == 0
    for value in (OUT, None, 10004.0, "30015"):
        assert "prefill_tok_s" not in case(altered(RUN, {total: value}), "")


def test_a_mean_is_its_own_figure_or_that_of_the_percentiles() -> None:
    for change in ({"streaming_metrics.avg_ttft_ms": OUT}, {"streaming_metrics.avg_ttft_ms": None}):
        assert case(altered(RUN, change), "")["ttft_mean_ms"] == 900.5
    assert case(altered(RUN, {"streaming_metrics.avg_ttft_ms": 7.5}), "")["ttft_mean_ms"] == 7.5


def test_cards_are_the_size_of_the_world_and_none_counts_as_one() -> None:
    assert case(altered(RUN, {"world_info.tp_size": 8}), "")["card_count"] == 4
    for size in (None, 0, OUT, "4"):
        assert "`cards`" in reason(altered(RUN, {"world_info.world_size": size}), "")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("request_info.num_requests", "request_info.num_requests"),
        (
            "performance.system_output_throughput_tok_s",
            "performance.system_output_throughput_tok_s",
        ),
    ],
)
@pytest.mark.parametrize("value", [None, 0, -1, float("nan"), "12", True])
def test_a_needed_figure_that_is_no_number_above_zero_rejects_the_record(
    path: str, name: str, value: object
) -> None:
    (record,) = read(altered(RUN, {path: value}), "").records
    assert isinstance(record, Reject)
    assert record.path == name


def test_a_run_in_which_nothing_completed_is_rejected() -> None:
    assert reason(altered(RUN, {"request_info.num_requests": 0}), "") == "no request completed"


def test_fields_that_are_not_carried_are_counted() -> None:
    unknown = set(read(RUN, "").unknown_fields)
    assert {"dataset", 'machine."clocks.mem"', "world_info.max_num_tokens"} <= unknown
    known = {
        "world_info.max_batch_size",
        "world_info.issue_rate",
        'machine."memory.total"',
        "performance.output_throughput_per_user_tok_s",
        "streaming_metrics.ttft_percentiles.p90",
    }
    assert known & unknown == set()


_positive = st.floats(1e-3, 1e6)
_count = st.integers(1, 128)
_percentiles = st.fixed_dictionaries({"p50": _positive, "p99": _positive, "average": _positive})
_reports = st.fixed_dictionaries(
    {
        "engine": st.fixed_dictionaries(
            {
                "model": st.just("Qwen/Qwen3-32B"),
                "version": st.just("1.3.0"),
                "dtype": st.just("bfloat16"),
                "quantization": st.sampled_from([None, "FP8", "NVFP4"]),
                "kv_cache_dtype": st.sampled_from([None, "FP8", "NVFP4"]),
            }
        ),
        "world_info": st.fixed_dictionaries(
            dict.fromkeys(("tp_size", "pp_size", "ep_size", "world_size"), _count)
        ),
        "request_info": st.fixed_dictionaries(
            {
                "num_requests": st.integers(1, 10**6),
                "avg_num_concurrent_requests": _positive,
                "avg_input_length": _positive,
                "avg_output_length": _positive,
            }
        ),
        "performance": st.fixed_dictionaries(
            {
                "total_latency_ms": _positive,
                "avg_request_latency_ms": _positive,
                "system_output_throughput_tok_s": _positive,
                "request_latency_percentiles_ms": _percentiles,
            }
        ),
    },
    optional={
        "streaming_metrics": st.fixed_dictionaries(
            {
                "avg_ttft_ms": _positive,
                "avg_tpot_ms": _positive,
                "ttft_percentiles": _percentiles,
                "tpot_percentiles": _percentiles,
            }
        ),
        "energy": st.fixed_dictionaries(
            {"total_energy_j": _positive, "average_gpu_power": _positive}
        ),
        "decoding_stats": st.fixed_dictionaries(
            {"mode": st.just("MTP"), "acceptance_length_percentiles": st.none() | _percentiles}
        ),
    },
)


@settings(deadline=None)
@given(_reports, _positive)
def test_every_value_that_the_tool_writes_is_found_again(
    report: dict[str, Any], prefill: float
) -> None:
    performance, requests = report["performance"], report["request_info"]
    decode = performance["system_output_throughput_tok_s"]
    performance["system_total_throughput_tok_s"] = decode + prefill
    found = case(report, CARD)
    streaming, decoding = report.get("streaming_metrics", {}), report.get("decoding_stats", {})
    of = {
        "e2e": (
            performance["avg_request_latency_ms"],
            performance["request_latency_percentiles_ms"],
        ),
        "ttft": (streaming.get("avg_ttft_ms"), streaming.get("ttft_percentiles", {})),
        "tbt": (streaming.get("avg_tpot_ms"), streaming.get("tpot_percentiles", {})),
    }
    expected = {
        "card_count": report["world_info"]["world_size"],
        **{name: report["world_info"][f"{name}_size"] for name in ("tp", "pp", "ep")},
        "quantization": {None: "bf16", "FP8": "fp8-e4m3", "NVFP4": "nvfp4"}[
            report["engine"]["quantization"]
        ],
        "kv_cache_bits": {None: None, "FP8": 8, "NVFP4": 4}[report["engine"]["kv_cache_dtype"]],
        "requests_completed": requests["num_requests"],
        "concurrency_mean": requests["avg_num_concurrent_requests"],
        "prefill_seq_len": requests["avg_input_length"],
        "decode_seq_len": requests["avg_output_length"],
        "decode_tok_s": decode,
        "prefill_tok_s": pytest.approx(prefill, rel=1e-3, abs=1e-6),
        "duration_s": performance["total_latency_ms"] / 1000,
        "energy_j": report.get("energy", {}).get("total_energy_j"),
        "power_per_card_w": report.get("energy", {}).get("average_gpu_power"),
        "speculative_method": decoding.get("mode"),
        "acceptance_length": (decoding.get("acceptance_length_percentiles") or {}).get("p50"),
        **{f"{name}_mean_ms": mean for name, (mean, _) in of.items()},
        **{f"{name}_p50_ms": whole.get("p50") for name, (_, whole) in of.items()},
        **{f"{name}_p99_ms": whole.get("p99") for name, (_, whole) in of.items()},
    }
    assert {name: found.get(name) for name in expected} == expected
    assert dict(read(report, CARD).unknown_fields) == {}


@settings(deadline=None)
@given(disturbed(RUN))
def test_whatever_stands_in_a_field_a_record_is_a_case_or_a_reject(report: dict[str, Any]) -> None:
    assert outcomes(read(report, CARD, format="trtllm-bench")) in (["case"], ["reject"])
