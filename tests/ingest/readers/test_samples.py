"""Real and hand-written files of tools, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import warehouse_of
from tests.ingest.readers.reading import SAMPLES, canonical, cases, outcomes, read, reason

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


def test_llmd_report() -> None:
    assert "'H100' is ambiguous" in reason(sample("llm-d/br_v0_1_example.yaml"), "")
    old = cases(read(sample("llm-d/br_v0_1_example.yaml"), "hardware: h100-sxm5"))[0]
    assert (old["card_count"], old["prefill_cards"], old["decode_cards"]) == (17, 1, 16)
    assert (old["ttft_mean_ms"], old["requests_completed"]) == (0.800974442732916, 31)
    assert old["tbt_definition"] == "derived"
    new = cases(read(sample("llm-d/br_v0_2_1_example.yaml"), "quantization: bf16"))[0]
    assert (new["card_count"], new["hardware"], new["engine"]) == (16, "h100-sxm5", "llm-d")
    assert (new["ttft_p50_ms"], new["duration_s"]) == (36.22930939309299, 49.97206788184121)
    assert (new["request_rate_rps"], "max_concurrent_requests" in new) == (10.0, False)


def test_aiperf() -> None:
    said = "cards: 1\nquantization: bf16\nengine: {id: vllm}"
    one = cases(read(sample("aiperf/profile_export_aiperf.c1.json"), said))[0]
    assert (one["hardware"], one["model"]) == ("rtx-6000-ada", "qwen3-0.6b")
    assert (one["requests_completed"], one["max_concurrent_requests"]) == (64, 1)
    assert one["power_per_card_w"] == 129.8854497206704
    assert one["energy_j"] == pytest.approx(26_114.932)
    assert one["tbt_p50_ms"] == 18.158001085427134
    two = cases(read(sample("aiperf/profile_export_aiperf.c2.json"), said))[0]
    assert (two["max_concurrent_requests"], two["power_per_card_w"]) == (2, 135.235344)
    assert "`cards`" in reason(sample("aiperf/profile_export_aiperf.c2.json"), "")


def test_guidellm() -> None:
    said = f"{STACK}\nengine: {{id: vllm}}"
    slow, fast = cases(read(sample("guidellm/guidellm_report_v2.json"), said))
    assert (slow["request_rate_rps"], fast["request_rate_rps"]) == (2.0, 4.0)
    assert (slow["decode_tok_s"], slow["tbt_mean_ms"]) == (3.1950675815128577, 1.1508464813232422)
    assert slow["e2e_mean_ms"] == pytest.approx(19.789, abs=1e-3)
    assert (slow["model_as_reported"], slow["requests_completed"]) == ("e2e-mock-model", 2)


def test_trtllm_bench() -> None:
    found = cases(read(sample("tensorrt-llm/synthetic_report.json"), ""))[0]
    assert (found["hardware"], found["card_count"], found["kv_cache_bits"]) == ("h100-sxm5", 1, 8)
    assert (found["concurrency_mean"], found["duration_s"]) == (121.4, 120.0)
    assert found["prefill_tok_s"] == pytest.approx(8533.4)
    assert (found["tbt_p50_ms"], "max_concurrent_requests" in found) == (13.9, False)


def test_inference_perf() -> None:
    said = f"{STACK}\nengine: {{id: vllm}}"
    folder = sample("inference-perf")
    stage = cases(read(folder / "llama31-8b_h100_stage_3_lifecycle_metrics.json", said))[0]
    assert (stage["request_rate_rps"], stage["requests_completed"]) == (92.19, 5531)
    assert stage["tbt_reported_ms"] == pytest.approx(7.413, abs=1e-3)
    assert stage["tbt_mean_ms"] == pytest.approx(15.829, abs=1e-3)
    assert stage["tbt_p50_ms"] == pytest.approx(15.234, abs=1e-3)
    assert stage["duration_s"] == pytest.approx(60.54, abs=1e-2)
    for name in ("stage_3_prometheus_metrics", "summary_lifecycle_metrics"):
        assert len(read(folder / f"llama31-8b_h100_{name}.json", said).skipped) == 1


def test_llama_bench() -> None:
    prompt, generation = cases(read(sample("llama-bench/llama_bench_readme_example.json"), ""))
    assert (prompt["prefill_tok_s"], prompt["prefill_seq_len"]) == (7100.002165, 512)
    assert (generation["decode_tok_s"], generation["hardware"]) == (118.881588, "rtx-4080")
    assert (generation["model"], generation["quantization"]) == ("qwen2.5-7b", "q4-k-m")
    reading = read(sample("llama-bench/synthetic_traps.json"), "")
    assert outcomes(reading) == ["case", "case", "skipped", "reject", "reject"]
    offloaded, unknown = reading.rejects
    assert offloaded.path == "n_gpu_layers"
    assert "model 'llama-70b-q4_k_m.gguf' is not in the catalog" in unknown.reason
    (two,) = read(sample("llama-bench/synthetic_traps.json"), "model: llama-3.1-70b").cases[2:]
    assert two.item["stack"]["hardware"]["count"] == 2


def test_argonne_csv() -> None:
    said = "aliases: {hardware: {Nvidia H100 GPU: h100-sxm5, Nvidia A100 GPU: a100-sxm4-40gb}}"
    reading = read(sample("argonne/All_results.cut.csv"), said)
    assert len(cases(reading)) == 300
    assert dict(reading.unknown_fields) == {}
    for found in cases(reading):
        limit, length = found["max_concurrent_requests"], found["decode_seq_len"]
        rate = limit * length / (found["e2e_mean_ms"] / 1000)
        assert found["decode_tok_s"] == pytest.approx(rate, rel=1e-4)
    assert len(read(sample("argonne/All_results.cut.csv"), "").rejects) == 134
    power = cases(read(sample("argonne/Fig_16_b_power_results.csv"), said))
    assert len(power) == 40
    assert power[0]["power_per_card_w"] == pytest.approx(222.12, abs=1e-2)


def findings(data: Path, file: Path, said: str) -> list[tuple[Any, ...]]:
    """Card, model, length, severity and rule of what the audit finds, and of how many cases."""
    raw = data / "raw" / "samples"
    raw.mkdir(parents=True)
    (raw / "SOURCE.yml").write_text("mode: append\nmax_reject_share: 1\n")
    (raw / file.name).write_bytes(file.read_bytes())
    (raw / "sidecar.yml").write_text(said)
    with warehouse_of(data, only=["finding"]) as db:
        return db.rows(
            "select hardware_id, model_id, decode_seq_len, severity, rule_id, count(*) "
            "from quality.finding join main.fact_case using (case_id) group by all order by all"
        )


def test_the_impossible_rows_of_argonne_are_found_and_no_others(tmp_path: Path) -> None:
    said = "aliases: {hardware: {Nvidia H100 GPU: h100-sxm5, Nvidia A100 GPU: a100-sxm4-40gb}}"
    found = findings(tmp_path, sample("argonne/All_results.cut.csv"), said)
    assert [row for row in found if row[3] != "info"] == [
        # Odd as well by the note beside the sample.
        ("h100-sxm5", "qwen2-72b", 1024, "error", "decode_above_hard_roofline", 1),
        ("h100-sxm5", "qwen2-72b", 1024, "warn", "decode_above_expected_roofline", 1),
        # All twelve break the one rule, and those of 64 requests on four cards not the other.
        ("h100-sxm5", "qwen2-7b", 2048, "error", "decode_above_hard_roofline", 11),
        ("h100-sxm5", "qwen2-7b", 2048, "warn", "decode_above_expected_roofline", 12),
    ]


def test_the_time_per_token_of_inference_perf_is_found(tmp_path: Path) -> None:
    said = "hardware: h100-sxm5\ncards: 1\nmodel: llama-3.1-8b\nengine: {id: vllm}\n"
    file = sample("inference-perf/llama31-8b_h100_stage_3_lifecycle_metrics.json")
    found = findings(tmp_path, file, f"{said}quantization: bf16\n")
    assert [row[3:5] for row in found] == [("info", "reported_tbt_mismatch")]
