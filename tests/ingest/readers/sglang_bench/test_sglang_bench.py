"""Results of `sglang.bench_serving`: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject
from tests.ingest.readers.reading import ANYTHING, STACK, case, cases, read, reason

HERE = Path(__file__).parent
OLD, NEW = HERE / "of_2024.jsonl", HERE / "of_2026.jsonl"
HARDWARE = "hardware: h200-sxm"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def changed(server: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The first line of 2026 with other values; None takes a field out."""
    record = lines(NEW)[0] | changes
    info = record["server_info"] | (server or {})
    record["server_info"] = {name: value for name, value in info.items() if value != "out"}
    return record


def test_a_line_of_2026_has_every_value_under_its_canonical_name() -> None:
    first, _ = cases(read(NEW, HARDWARE))
    assert first == {
        "decode_tok_s": 1800.0,
        "prefill_tok_s": 3600.0,
        "throughput_scope": "wall",
        "ttft_mean_ms": 140.0,
        "ttft_p50_ms": 137.2,
        "ttft_p99_ms": 210.0,
        "tbt_mean_ms": 21.25,
        "tbt_p50_ms": 20.825,
        "tbt_p99_ms": 31.875,
        "itl_p50_ms": 20.58,
        "itl_p99_ms": 31.5,
        "e2e_mean_ms": 4875.0,
        "e2e_p50_ms": 4777.5,
        "e2e_p99_ms": 7312.5,
        "requests_completed": 400,
        "duration_s": 50.0,
        "concurrency_mean": 39.0,
        "prefill_seq_len": 450.0,
        "decode_seq_len": 225.0,
        "stated_prefill_seq_len": 600,
        "stated_decode_seq_len": 300,
        "dataset": "random-ids",
        "request_rate_rps": 8.0,
        "max_concurrent_requests": 40,
        "hardware": "h200-sxm",
        "card_count": 12,
        "model": "qwen3-32b",
        "engine": "sglang",
        "engine_version": "0.5.7",
        "quantization": "bf16",
        "tp": 2,
        "pp": 2,
        "dp": 3,
        "ep": 1,
        "attention_dp": False,
        "kv_cache_bits": 8,
        "speculation": False,
        "prefix_caching": True,
        "hardware_as_reported": "h200-sxm",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "bfloat16",
        "source_format": "sglang-bench",
        "source_file": "of_2026.jsonl",
        "record_index": 0,
    }


def test_data_parallel_attention_shares_the_cards_of_tensor_parallelism() -> None:
    _, second = cases(read(NEW, HARDWARE))
    assert (second["card_count"], second["dp"], second["attention_dp"]) == (8, 8, True)


def test_speculation_is_on_with_its_algorithm_or_an_accepted_length() -> None:
    _, second = cases(read(NEW, HARDWARE))
    assert second["speculation"] is True
    assert second["speculative_method"] == "EAGLE3"
    assert second["acceptance_length"] == 2.75
    assert case(changed(accept_length=1.5), HARDWARE)["speculation"] is True


def test_the_quantization_is_named_before_the_type_of_the_weights() -> None:
    _, second = cases(read(NEW, HARDWARE))
    assert (second["quantization"], second["quantization_as_reported"]) == ("fp8-e4m3", "fp8")
    assert "`quantization`" in reason(changed({"dtype": "auto"}), HARDWARE)


def test_an_automatic_cache_type_is_not_known_and_a_disabled_radix_cache_is_off() -> None:
    _, second = cases(read(NEW, HARDWARE))
    assert "kv_cache_bits" not in second
    assert second["prefix_caching"] is False


def test_a_rate_of_infinity_or_of_a_trace_is_no_rate() -> None:
    first, burst, _ = cases(read(OLD))
    assert first["request_rate_rps"] == 3.0
    assert "request_rate_rps" not in burst
    assert "request_rate_rps" not in cases(read(NEW, HARDWARE))[1]


@pytest.mark.parametrize("size", ["tp_size", "pp_size", "dp_size"])
def test_no_size_counts_as_one_where_the_server_does_not_say_it(size: str) -> None:
    assert "`cards`" in reason(changed({size: "out"}), HARDWARE)
    assert case(changed({size: "out"}), f"{HARDWARE}\ncards: 4")["card_count"] == 4


def test_lines_of_2024_need_the_whole_stack_from_a_sidecar() -> None:
    reading = read(OLD, "")
    assert {reject.reason for reject in reading.rejects} == {
        "the file does not say `hardware`, `model`, `quantization`, `cards`; say it in the sidecar"
    }
    assert len(reading.rejects) == 3


def test_the_median_tpot_of_2024_follows_from_medians() -> None:
    first, burst, _ = cases(read(OLD))
    assert first["decode_seq_len"] == 129.0
    assert first["tbt_p50_ms"] == pytest.approx((2645 - 95) / 128)
    assert first["tbt_definition"] == burst["tbt_definition"] == "derived from medians"
    assert "tbt_mean_ms" not in first
    assert "tbt_definition" not in cases(read(NEW, HARDWARE))[0]


def test_a_single_token_or_a_missing_median_leaves_tpot_unknown() -> None:
    old = lines(OLD)[0]
    for change in (
        {"total_output_tokens": 200},
        {"median_ttft_ms": None},
        {"median_e2e_latency_ms": float("nan")},
        {"median_ttft_ms": 2645.0},
    ):
        found = case(old | change)
        assert {"tbt_p50_ms", "tbt_definition"} & found.keys() == set()


def test_measured_lengths_are_not_those_asked_for() -> None:
    """With a range ratio of 0 lengths are drawn from 0 to what was asked for."""
    first = cases(read(OLD))[0]
    assert (first["prefill_seq_len"], first["stated_prefill_seq_len"]) == (512.0, 1024)
    assert (first["decode_seq_len"], first["stated_decode_seq_len"]) == (129.0, 256)
    assert "lengths_are_nominal" not in first


def test_lengths_of_random_prompts_say_nothing_of_another_data_set() -> None:
    shared = cases(read(OLD))[2]
    assert shared["dataset"] == "sharegpt"
    assert {"stated_prefill_seq_len", "stated_decode_seq_len"} & shared.keys() == set()


def test_the_mean_concurrency_follows_from_rate_and_latency_where_it_is_not_written() -> None:
    first = cases(read(OLD))[0]
    assert first["concurrency_mean"] == pytest.approx(200 / 80 * 2645 * 1.02 / 1000)


def test_the_backend_is_a_claim_that_never_names_another_engine() -> None:
    old = lines(OLD)[0]
    assert case(old)["engine"] == "sglang"
    assert "`engine.id`" in reason({**old, "backend": "vllm"})
    told = case({**old, "backend": "vllm"}, f"{STACK}\nengine: {{id: vllm}}")
    assert told["engine"] == "vllm"
    assert case(changed(backend="vllm"), HARDWARE)["engine"] == "sglang"


def test_tpot_of_the_chat_protocol_before_server_info_is_marked() -> None:
    chat = {**lines(OLD)[0], "backend": "sglang-oai-chat", "median_tpot_ms": 12.0}
    assert case(chat)["tbt_p50_ms"] == 12.0
    assert "length asked for" in case(chat)["tbt_definition"]
    assert "tbt_definition" not in case(changed(backend="sglang-oai-chat"), HARDWARE)


def test_fields_of_the_server_that_are_not_carried_are_counted() -> None:
    unknown = read(NEW, HARDWARE).unknown_fields
    assert unknown["server_info.mem_fraction_static"] == 2
    assert unknown["server_info.internal_states"] == 2
    assert unknown["max_concurrent_requests"] == 2
    assert {"backend", "server_info", "server_info.tp_size"} & set(unknown) == set()


def test_a_line_cut_off_by_a_crash_does_not_take_the_others_with_it() -> None:
    text = OLD.read_text()
    cut = text.replace('"completed": 400}', '"compl')
    first, broken, last = read(cut).records
    assert isinstance(first, Case)
    assert isinstance(last, Case)
    assert isinstance(broken, Reject)
    assert (broken.index, last.index) == (1, 2)
    assert broken.reason.startswith("line 2, column ")
    assert broken.raw.endswith('"compl')


def test_a_run_in_which_nothing_completed_is_rejected() -> None:
    assert reason({**lines(OLD)[0], "completed": 0}) == "no request completed"


_positive = st.floats(1e-3, 1e7)
_count = st.integers(1, 64)
_STATISTICS = {"mean": "mean", "median": "p50", "p99": "p99"}
_NAMES = {"ttft": "ttft", "tpot": "tbt", "itl": "itl", "e2e_latency": "e2e"}
_LATENCIES = {
    f"{written}_{name}_ms": f"{canonical}_{statistic}_ms"
    for written, statistic in _STATISTICS.items()
    for name, canonical in _NAMES.items()
    if (written, name) != ("mean", "itl")
}
_servers = st.fixed_dictionaries(
    {
        "model_path": st.just("Qwen/Qwen3-32B"),
        "tp_size": _count,
        "pp_size": _count,
        "dp_size": _count,
        "enable_dp_attention": st.booleans(),
        "quantization": st.sampled_from([None, "fp8"]),
        "dtype": st.just("bfloat16"),
        "kv_cache_dtype": st.sampled_from(["auto", "fp8_e4m3", "bfloat16"]),
        "disable_radix_cache": st.booleans(),
        "speculative_algorithm": st.sampled_from([None, "EAGLE", "NEXTN"]),
        "version": st.just("0.5.9"),
    }
)
_records = st.fixed_dictionaries(
    {
        "backend": st.just("sglang"),
        "dataset_name": st.just("random"),
        "completed": st.integers(1, 10**6),
        "duration": _positive,
        "total_input_tokens": st.integers(1, 10**9),
        "total_output_tokens": st.integers(1, 10**9),
        "total_output_tokens_retokenized": st.integers(0, 10**9),
        "output_throughput": _positive,
        "concurrency": _positive,
        "random_input_len": st.integers(1, 10**5),
        "random_output_len": st.integers(1, 10**5),
        "random_range_ratio": st.floats(0, 1),
        "request_rate": st.just(float("inf")) | _positive,
        "max_concurrency": st.none() | _count,
        "server_info": _servers,
    },
    optional={**dict.fromkeys(_LATENCIES, _positive), "accept_length": st.floats(1, 8)},
).map(lambda record: {"median_tpot_ms": 20.0, **record})


@settings(deadline=None)
@given(_records)
def test_every_value_that_the_tool_writes_is_found_again(record: dict[str, Any]) -> None:
    reading = read(record, HARDWARE)
    (found,) = cases(reading)
    server, completed = record["server_info"], record["completed"]
    dp = 1 if server["enable_dp_attention"] else server["dp_size"]
    expected = {
        "card_count": server["tp_size"] * server["pp_size"] * dp,
        "tp": server["tp_size"],
        "pp": server["pp_size"],
        "dp": server["dp_size"],
        "attention_dp": server["enable_dp_attention"],
        "quantization": "fp8-e4m3" if server["quantization"] else "bf16",
        "kv_cache_bits": {"auto": None, "fp8_e4m3": 8, "bfloat16": 16}[server["kv_cache_dtype"]],
        "prefix_caching": not server["disable_radix_cache"],
        "speculative_method": server["speculative_algorithm"],
        "speculation": bool(server["speculative_algorithm"] or record.get("accept_length")),
        "acceptance_length": record.get("accept_length"),
        "engine_version": server["version"],
        "requests_completed": completed,
        "prefill_seq_len": record["total_input_tokens"] / completed,
        "decode_seq_len": record["total_output_tokens"] / completed,
        "prefill_tok_s": record["total_input_tokens"] / record["duration"],
        "decode_tok_s": record["output_throughput"],
        "stated_prefill_seq_len": record["random_input_len"],
        "stated_decode_seq_len": record["random_output_len"],
        "max_concurrent_requests": record["max_concurrency"],
        "concurrency_mean": record["concurrency"],
        "request_rate_rps": None
        if record["request_rate"] == float("inf")
        else record["request_rate"],
        **{name: record.get(written) for written, name in _LATENCIES.items()},
    }
    assert {name: found.get(name) for name in expected} == expected
    assert dict(reading.unknown_fields) == {}


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(lines(NEW)[0])), ANYTHING),
    st.dictionaries(st.sampled_from(sorted(lines(NEW)[0]["server_info"])), ANYTHING),
)
def test_whatever_stands_in_a_field_a_record_is_a_case_or_a_reject(
    changes: dict[str, Any], server: dict[str, Any]
) -> None:
    record = lines(NEW)[0]
    record = record | {"server_info": record["server_info"] | server} | changes
    (result,) = read(record, HARDWARE, format="sglang-bench").records
    assert isinstance(result, Case | Reject)
    json.dumps(result.item if isinstance(result, Case) else result.raw, allow_nan=False)
