"""Results of `vllm bench serve`: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject
from tests.ingest.readers.reading import ANYTHING, OF_STACK, case, cases, read, reason

HERE = Path(__file__).parent


def loaded(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((HERE / name).read_text())
    return record


LIMIT = loaded("limit.json")


def test_a_run_with_a_limit_has_every_value_under_its_canonical_name() -> None:
    assert case(HERE / "limit.json") == {
        "decode_tok_s": 640.0,
        "prefill_tok_s": 1920.0,
        "throughput_scope": "wall",
        "ttft_mean_ms": 310.5,
        "ttft_p50_ms": 298.08,
        "ttft_p99_ms": 527.85,
        "tbt_mean_ms": 35.25,
        "tbt_p50_ms": 33.84,
        "tbt_p99_ms": 59.925,
        "itl_p50_ms": 33.84,
        "itl_p99_ms": 59.925,
        "e2e_mean_ms": 9299.25,
        "e2e_p50_ms": 8927.28,
        "e2e_p99_ms": 15808.725,
        "requests_completed": 240,
        "requests_failed": 0,
        "duration_s": 96.0,
        "concurrency_peak": 26,
        "prefill_seq_len": 768.0,
        "decode_seq_len": 256.0,
        "max_concurrent_requests": 24,
        **OF_STACK,
        "engine": "vllm",
        "run_at": "2026-03-11T08:15:30",
        "source_format": "vllm-bench",
        "source_file": "limit.json",
        "record_index": 0,
    }


def test_the_limit_is_max_concurrency_and_max_concurrent_requests_the_peak_seen() -> None:
    found = case(HERE / "limit.json")
    assert (found["max_concurrent_requests"], found["concurrency_peak"]) == (24, 26)
    assert "max_concurrent_requests" not in case(HERE / "rate.json")


def test_a_rate_is_a_number_and_inf_or_infinity_is_none() -> None:
    assert case(HERE / "rate.json")["request_rate_rps"] == 2.5
    for none in ("inf", float("inf"), None, "2.5"):
        assert "request_rate_rps" not in case({**LIMIT, "request_rate": none})


def test_failed_requests_follow_from_the_prompts_where_the_tool_does_not_count_them() -> None:
    assert case(HERE / "rate.json")["requests_failed"] == 7
    assert "failed" not in loaded("of_2024.json")
    assert case(HERE / "of_2024.json")["requests_failed"] == 3


def test_results_appended_to_a_file_are_read_one_after_another() -> None:
    first, second = cases(read(HERE / "appended.json"))
    assert [first["requests_completed"], second["requests_completed"]] == [64, 128]
    assert [first["record_index"], second["record_index"]] == [0, 1]


def test_a_sweep_is_a_list() -> None:
    reading = read(HERE / "sweep.json")
    assert [found["max_concurrent_requests"] for found in cases(reading)] == [2, 4, 8]
    assert reading.unknown_fields["max_num_batched_tokens"] == 3


def test_a_run_in_which_nothing_completed_is_rejected_though_full_of_zeros() -> None:
    assert reason(HERE / "nothing_completed.json") == "no request completed"


def test_results_of_2024_have_arrays_that_are_no_unknown_fields() -> None:
    reading = read(HERE / "of_2024.json")
    (found,) = cases(reading)
    assert found["decode_tok_s"] == 7296 / 30
    assert "concurrency_peak" not in found
    unknown = set(reading.unknown_fields)
    assert unknown & {"input_lens", "itls", "request_goodput:", "backend", "num_prompts"} == set()
    assert {"best_of", "use_beam_search", "label", "tokenizer_id", "std_ttft_ms"} <= unknown


def test_figures_that_are_not_finite_or_are_texts_are_not_known() -> None:
    found = case(HERE / "not_finite.json")
    assert {"itl_p50_ms", "itl_p99_ms", "e2e_p99_ms"} & found.keys() == set()
    assert found["e2e_mean_ms"] == 1272.0


def test_without_output_throughput_the_rate_is_tokens_over_duration() -> None:
    without = {name: value for name, value in LIMIT.items() if name != "output_throughput"}
    assert case(without)["decode_tok_s"] == 61440 / 96
    assert case({**LIMIT, "output_throughput": float("nan")})["decode_tok_s"] == 61440 / 96
    assert case({**LIMIT, "output_throughput": 639.5})["decode_tok_s"] == 639.5


def test_keys_without_ms_are_seconds() -> None:
    found = case(HERE / "seconds.json")
    names = ("ttft_p50_ms", "ttft_p99_ms", "tbt_p50_ms", "tbt_p99_ms", "e2e_p50_ms", "e2e_p99_ms")
    assert [found[name] for name in names] == pytest.approx([215, 1500, 13.1, 31, 3560, 6250])


def test_the_key_tells_the_unit_not_the_size_of_the_figure() -> None:
    """A millisecond key with a figure as small as one of seconds stays milliseconds."""
    assert case({**LIMIT, "median_ttft_ms": 0.25})["ttft_p50_ms"] == 0.25
    assert case({**LIMIT, "median_ttft": 9.0})["ttft_p50_ms"] == LIMIT["median_ttft_ms"]


def test_any_key_of_speculation_says_that_it_was_on_and_itl_is_not_tpot() -> None:
    found = case(HERE / "speculation_and_metadata.json", "")
    assert (found["speculation"], found["acceptance_length"]) == (True, 2.5)
    assert (found["tbt_p50_ms"], found["itl_p50_ms"]) == (8.64, 21.75)
    only_counter = {**LIMIT, "spec_decode_num_drafts": 17}
    assert case(only_counter)["speculation"] is True
    assert "speculation" not in case({**LIMIT, "spec_decode_acceptance_rate": None})


def test_metadata_is_a_sidecar_inside_the_file() -> None:
    found = case(HERE / "speculation_and_metadata.json", "")
    assert found["hardware"] == "l40s"
    assert found["card_count"] == 2
    assert found["tp"] == 2
    assert found["quantization"] == "fp8-e4m3"
    assert found["kv_cache_bits"] == 8
    assert found["engine_version"] == "0.10"
    assert found["prefix_caching"] is True
    assert found["speculative_method"] == "eagle3"


def test_metadata_wins_over_the_folder_and_loses_to_the_sidecar_of_the_file() -> None:
    folder = "cards: 8\nhardware: h200-sxm\nparallel: {pp: 2}"
    (found,) = cases(read(HERE / "speculation_and_metadata.json", "cards: 4", folder=folder))
    assert (found["card_count"], found["hardware"], found["pp"], found["tp"]) == (4, "l40s", 2, 2)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"cards": "eight"}, "metadata in the file: `cards` is 'eight'"),
        ({"cards": "0"}, "metadata in the file: `cards` is 0"),
        ({"tp": "2.0"}, "metadata in the file: `parallel.tp` is '2.0'"),
        ({"engine_version": 0.11}, "metadata in the file: `engine.version` is 0.11"),
        ({"prefix_caching": "perhaps"}, "metadata in the file: `prefix_caching` is 'perhaps'"),
        (
            {"hardware": "H100"},
            "hardware 'H100' is ambiguous, one of h100-nvl, h100-pcie, h100-sxm5",
        ),
        ({"kv_cache_dtype": "fp9"}, "the catalog knows no KV-cache type `fp9`"),
    ],
)
def test_metadata_that_is_wrong_rejects_the_record(metadata: dict[str, Any], message: str) -> None:
    record = loaded("speculation_and_metadata.json") | {"count": None, "cards": "2"} | metadata
    assert message in reason(record, "")


def test_digits_in_a_text_count_only_in_metadata() -> None:
    assert case({**LIMIT, "cards": "4"}, "hardware: l40s\nquantization: fp8")["card_count"] == 4
    assert reason({**LIMIT, "completed": "240"}) == ('`completed` is "240", not a number above 0')


def test_protocols_of_other_servers_are_not_taken_for_the_engine() -> None:
    assert case({**LIMIT, "backend": "vllm"})["engine"] == "vllm"
    for other in ("tgi", "sglang", "tensorrt-llm", "lmdeploy"):
        assert "`engine.id`" in reason({**LIMIT, "backend": other})
        told = case(
            {**LIMIT, "backend": other},
            "engine: {id: sglang}\ncards: 1\nhardware: l40s\nquantization: fp8",
        )
        assert told["engine"] == "sglang"


@pytest.mark.parametrize(
    "name", ["completed", "duration", "total_input_tokens", "total_output_tokens"]
)
@pytest.mark.parametrize("value", [None, 0, -1, float("nan"), float("inf"), "12", True, [1], {}])
def test_a_needed_figure_that_is_no_number_above_zero_rejects_the_record(
    name: str, value: object
) -> None:
    (record,) = read({**LIMIT, name: value}, format="vllm-bench").records
    assert isinstance(record, Reject)
    assert record.path == name


def test_a_stack_that_nobody_says_is_named_all_at_once() -> None:
    assert reason(HERE / "limit.json", "") == (
        "the file does not say `hardware`, `quantization`, `cards`; say it in the sidecar"
    )


def test_a_time_zone_is_only_that_of_the_sidecar() -> None:
    assert "run_at_zone" not in case(HERE / "limit.json")
    assert (
        case(
            HERE / "limit.json",
            "timezone: Europe/Berlin\nhardware: l40s\ncards: 1\nquantization: fp8",
        )["run_at_zone"]
        == "Europe/Berlin"
    )


def test_a_date_of_another_form_leaves_the_time_unknown() -> None:
    for date in ("yesterday", 20260311, None, "20261399-000000"):
        assert "run_at" not in case({**LIMIT, "date": date})


def test_a_limit_in_the_file_stands_and_the_sidecar_speaks_where_there_is_none() -> None:
    stack = "hardware: l40s\ncards: 1\nquantization: fp8\nconcurrency: 99"
    assert case(HERE / "limit.json", stack)["max_concurrent_requests"] == 24
    assert case(HERE / "rate.json", stack)["max_concurrent_requests"] == 99


# What the tool writes by version: each optional, with a finite number.
_LATENCIES = [
    f"{s}_{n}_ms" for s in ("mean", "median", "p99") for n in ("ttft", "tpot", "itl", "e2el")
]
_NAMES = {
    "mean": "mean",
    "median": "p50",
    "p99": "p99",
    "ttft": "ttft",
    "tpot": "tbt",
    "itl": "itl",
    "e2el": "e2e",
}
_positive = st.floats(1e-3, 1e7)
_records = st.fixed_dictionaries(
    {
        "completed": st.integers(1, 10**6),
        "duration": _positive,
        "total_input_tokens": st.integers(1, 10**9),
        "total_output_tokens": st.integers(1, 10**9) | st.floats(1, 1e9),
        "model_id": st.just("Qwen/Qwen3-32B"),
    },
    optional={
        **dict.fromkeys(_LATENCIES, _positive),
        "output_throughput": _positive,
        "failed": st.integers(0, 10**6),
        "max_concurrency": st.none() | st.integers(1, 10**5),
        "max_concurrent_requests": st.integers(1, 10**5),
        "request_rate": st.just("inf") | _positive,
        "spec_decode_acceptance_length": st.floats(1, 8),
        "date": st.datetimes().map(lambda moment: f"{moment:%Y%m%d-%H%M%S}".rjust(15, "0")),
        "backend": st.sampled_from(["vllm", "openai", "openai-chat"]),
        "rtfx": _positive,
    },
)


@settings(deadline=None)
@given(st.lists(_records, min_size=1, max_size=4), st.sampled_from(["list", "lines", "appended"]))
def test_every_value_that_the_tool_writes_is_found_again(
    records: list[dict[str, Any]], layout: str
) -> None:
    records = [{**record, "run": place} for place, record in enumerate(records)]
    content = {
        "list": json.dumps(records, indent=1),
        "lines": "\n".join(map(json.dumps, records)),
        "appended": "".join(json.dumps(record, indent=2) for record in records),
    }[layout]
    reading = read(content)
    for record, found in zip(records, cases(reading), strict=True):
        completed, duration = record["completed"], record["duration"]
        expected: dict[str, Any] = {
            "requests_completed": completed,
            "duration_s": duration,
            "prefill_seq_len": record["total_input_tokens"] / completed,
            "decode_seq_len": record["total_output_tokens"] / completed,
            "prefill_tok_s": record["total_input_tokens"] / duration,
            "decode_tok_s": record.get(
                "output_throughput", record["total_output_tokens"] / duration
            ),
        }
        same = {
            "failed": "requests_failed",
            "max_concurrency": "max_concurrent_requests",
            "max_concurrent_requests": "concurrency_peak",
            "spec_decode_acceptance_length": "acceptance_length",
            "request_rate": "request_rate_rps",
        }
        for name in _LATENCIES:
            statistic, latency, _ = name.split("_")
            if (statistic, latency) != ("mean", "itl"):
                same[name] = f"{_NAMES[latency]}_{_NAMES[statistic]}_ms"
        for name, canonical_name in same.items():
            value = record.get(name)
            if value is not None and value != "inf":
                expected[canonical_name] = value
        assert {name: found.get(name) for name in expected} == expected
        absent = set(same.values()) - expected.keys()
        assert absent & found.keys() == set()
    known = {"run": len(records), "rtfx": sum("rtfx" in record for record in records)}
    assert dict(reading.unknown_fields) == {name: n for name, n in known.items() if n}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(loaded("speculation_and_metadata.json"))), ANYTHING))
def test_whatever_stands_in_a_field_a_record_is_a_case_or_a_reject(changes: dict[str, Any]) -> None:
    record = loaded("speculation_and_metadata.json") | changes
    (result,) = read(record, "", format="vllm-bench").records
    assert isinstance(result, Case | Reject)
    json.dumps(result.item if isinstance(result, Case) else result.raw, allow_nan=False)
