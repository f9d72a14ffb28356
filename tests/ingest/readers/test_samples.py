"""Real and hand-written files of tools, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.readers.reading import SAMPLES, canonical, cases, read, reason

STACK = "hardware: h200-sxm\ncards: 4\nmodel: meta-llama/Llama-3.3-70B-Instruct\nquantization: bf16"


def sample(name: str) -> Path:
    assert SAMPLES is not None
    return SAMPLES / name


def test_vllm() -> None:
    limit = cases(read(sample("vllm/synthetic_bench_serve.json"), STACK))[0]
    assert (limit["max_concurrent_requests"], limit["concurrency_peak"]) == (64, 67)
    in_flight = limit["decode_tok_s"] * limit["e2e_mean_ms"] / 1000 / limit["decode_seq_len"]
    assert in_flight == pytest.approx(62.1, abs=0.05)
    rate = cases(read(sample("vllm/synthetic_rate_no_limit.json"), STACK))[0]
    assert (rate["request_rate_rps"], rate["requests_failed"]) == (1.0, 12)
    assert len(cases(read(sample("vllm/synthetic_append.json"), STACK))) == 2
    assert len(cases(read(sample("vllm/synthetic_sweep_summary.json"), STACK))) == 3
    assert len(cases(read(sample("vllm/synthetic_2024_schema.json"), STACK))) == 1
    assert reason(sample("vllm/synthetic_all_failed.json"), STACK) == "no request completed"
    not_finite = cases(read(sample("vllm/synthetic_nan_infinity.json"), STACK))[0]
    assert "itl_p99_ms" not in not_finite
    assert not_finite["itl_p50_ms"] == 13.58
    metadata = cases(read(sample("vllm/synthetic_spec_decode.json"), ""))[0]
    assert (metadata["card_count"], metadata["acceptance_length"]) == (1, 3.0)
    assert metadata["prefix_caching"] is False


def test_vllm_in_seconds() -> None:
    name = "vllm/glm5_fp8_vllm_tp8_isl1024_osl128_conc16.seconds.json"
    found = cases(read(sample(name), "hardware: b200-sxm\ncards: 8\nquantization: fp8"))[0]
    assert found["ttft_p50_ms"] == pytest.approx(291.39942955)
    assert (found["prefill_seq_len"], found["decode_seq_len"]) == (1024, 128)
    assert found["max_concurrent_requests"] == 16


def test_sglang() -> None:
    online = cases(read(sample("sglang/llama_3_3_70b_4xH200_online.jsonl"), STACK))
    assert [found["request_rate_rps"] for found in online] == [1.0, 2.0, 4.0]
    offline = cases(read(sample("sglang/llama_3_3_70b_4xH200_offline.jsonl"), STACK))
    assert all("request_rate_rps" not in found for found in offline)
    first = offline[0]
    assert (round(first["prefill_seq_len"]), first["stated_prefill_seq_len"]) == (508, 1024)
    assert first["tbt_p50_ms"] == pytest.approx(296.2, abs=0.1)
    newer = cases(read(sample("sglang/synthetic_2026_schema.jsonl"), "hardware: h200-sxm"))[0]
    assert (newer["card_count"], newer["kv_cache_bits"], newer["quantization"]) == (4, 8, "bf16")


def test_mlperf() -> None:
    reading = read(sample("mlperf/summary_results_v6.0.cut.json"), "")
    assert (len(reading.cases), len(reading.rejects), len(reading.skipped)) == (27, 2, 33)
    assert {reject.reason.partition(":")[0] for reject in reading.rejects} == {
        "several kinds of card"
    }
    found = {case.index: canonical(case.item) for case in reading.cases}
    assert (found[4]["card_count"], found[4]["decode_tok_s"]) == (87, 1042110.0)
    assert (found[45]["hardware"], found[45]["card_count"]) == ("mi355x", 8)
    assert (found[56]["engine"], found[56]["quantization"]) == ("vllm", "mxfp4")
    assert (found[59]["division"], found[59]["decode_seq_len"]) == ("open", 758.9)
    newer = read(sample("mlperf/synthetic_v6.1_summary.json"), "")
    assert [case.index for case in newer.cases] == [0, 3, 4, 5, 8, 12]
    assert [reject.index for reject in newer.rejects] == [11, 13]
    found = {case.index: canonical(case.item) for case in newer.cases}
    assert (found[5]["card_count"], found[12]["card_count"]) == (72, 87)
    assert (found[8]["system_power_w"], found[8]["decode_seq_len"]) == (5600.0, 73)
    older = read(sample("mlperf/synthetic_v5.1_rows.json"), "")
    assert [canonical(case.item)["system_power_w"] for case in older.cases] == [10401.0]
    assert ([one.index for one in older.rejects], len(older.skipped)) == ([1, 2], 1)


def test_inferencex() -> None:
    pools = cases(read(sample("inferencex/synthetic_agg_multi_node.json"), ""))[0]
    assert (pools["decode_tok_s"], pools["prefill_tok_s"]) == (41600.0, 332800.0)
    assert (pools["prefill_cards"], pools["decode_cards"]) == (16, 16)
    assert pools["decode_seq_len"] == pytest.approx(1022.98, abs=0.01)
    assert "power_per_card_w" not in pools
    node = cases(read(sample("inferencex/synthetic_agg_single_node.json"), ""))[0]
    assert (node["card_count"], node["prefill_seq_len"]) == (1, 8192)
    assert node["lengths_are_nominal"] is True
    kimi, older = cases(read(sample("inferencex/synthetic_traps.json"), ""))
    assert (kimi["quantization"], kimi["power_per_card_w"]) == ("bf16", 612.0)
    assert (older["card_count"], older["attention_dp"], older["speculation"]) == (8, True, False)
