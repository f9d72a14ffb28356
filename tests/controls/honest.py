"""The setups that the controls run, and what a feed says of each run."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from tests.controls.run import Run, Setup, simulate
from tests.controls.stacks import (
    ENGINES,
    MODELS,
    QUANTIZATIONS,
    SERVERS,
    resolved_hardware,
    resolved_model,
)

Item = dict[str, Any]

UNCACHED = "vllm serve m --no-enable-prefix-caching"
NO_RADIX = "python -m sglang.launch_server --disable-radix-cache"
TRT = "trtllm-serve m --options {enable_block_reuse: false}"

A100 = "a100-sxm4"
H100 = "h100-sxm5"
H200 = "h200-sxm"
MI300X = "mi300x"
MI355X = "mi355x"
A910B = "ascend-910b"
LLAMA_8B = "llama-3.1-8b"
LLAMA_70B = "llama-3.3-70b-instruct"
LLAMA_13B = "llama-2-13b"
MIXTRAL = "mixtral-8x7b"
QWEN = "qwen3-235b"
GPT_OSS = "gpt-oss-120b"
R1 = "deepseek-r1-671b"
KIMI = "kimi-k2"
FP8 = "fp8-e4m3"

SETUPS = [
    # dense, while sequences decode
    Setup(A100, LLAMA_8B, "bf16", "vllm", 1, 16, 512, 256),
    Setup(A100, LLAMA_70B, "bf16", "vllm", 4, 32, 1024, 512, command=UNCACHED),
    Setup(A100, LLAMA_70B, "int4-awq", "vllm", 1, 8, 1024, 256, command=UNCACHED),
    Setup(A100, LLAMA_13B, "fp16", "sglang", 2, 16, 1024, 512, command=NO_RADIX),
    Setup(H100, LLAMA_70B, FP8, "tensorrt-llm", 8, 128, 2048, 1024, command=TRT),
    Setup(H100, LLAMA_8B, FP8, "vllm", 1, 64, 1024, 1024, notes="推测解码未使用"),
    Setup(H100, LLAMA_70B, "int8", "lmdeploy", 4, 48, 2048, 256),
    Setup(MI300X, LLAMA_70B, "bf16", "sglang", 2, 64, 4096, 512, command=NO_RADIX),
    Setup(A910B, LLAMA_13B, "int8", "mindie", 1, 8, 512, 512),
    Setup(MI355X, LLAMA_70B, "fp4", "vllm", 1, 32, 1024, 2048, command=UNCACHED),
    # dense, over the whole run
    Setup(H100, LLAMA_8B, "bf16", "vllm", 1, 32, 512, 128, wall=True, command=UNCACHED),
    Setup(H100, LLAMA_70B, FP8, "vllm", 4, 64, 1024, 1024, wall=True),
    Setup(H200, LLAMA_70B, "bf16", "sglang", 8, 256, 2048, 512, wall=True, command=NO_RADIX),
    Setup(A100, LLAMA_13B, "fp16", "vllm", 1, 4, 256, 128, wall=True, command=UNCACHED),
    Setup(MI300X, LLAMA_70B, FP8, "vllm", 8, 128, 8192, 1024, wall=True, command=UNCACHED),
    Setup(MI355X, LLAMA_8B, "fp4", "sglang", 1, 64, 2048, 256, wall=True, command=NO_RADIX),
    Setup(A910B, LLAMA_70B, "bf16", "mindie", 8, 16, 1024, 256, wall=True),
    # mixtures of experts
    Setup(A100, MIXTRAL, "bf16", "vllm", 2, 16, 1024, 512, command=UNCACHED),
    Setup(H100, MIXTRAL, FP8, "tensorrt-llm", 2, 64, 1024, 1024, command=TRT),
    Setup(H100, QWEN, FP8, "sglang", 8, 96, 2048, 512, wall=True, command=NO_RADIX),
    Setup(H200, QWEN, "bf16", "vllm", 8, 64, 4096, 1024, command=UNCACHED),
    Setup(MI300X, QWEN, "int4-awq", "vllm", 4, 32, 1024, 1024, wall=True),
    Setup(MI355X, QWEN, "fp4", "sglang", 2, 128, 1024, 1024, command=NO_RADIX),
    Setup(H100, GPT_OSS, FP8, "vllm", 4, 128, 8192, 1024, wall=True, command=UNCACHED),
    Setup(H200, GPT_OSS, "int4-awq", "vllm", 1, 32, 16384, 512, notes="no speculation"),
    Setup(MI355X, GPT_OSS, "fp4", "vllm", 1, 64, 2048, 2048, wall=True, command=UNCACHED),
    # latent attention
    Setup(H200, R1, FP8, "sglang", 8, 64, 1024, 1024, command=NO_RADIX),
    Setup(H200, R1, FP8, "vllm", 16, 256, 4096, 1024, wall=True, command=UNCACHED),
    Setup(MI300X, R1, FP8, "sglang", 8, 32, 2048, 512, wall=True),
    Setup(H100, R1, "int4-awq", "vllm", 8, 16, 1024, 512, command=UNCACHED),
    Setup(H200, R1, "bf16", "sglang", 16, 128, 1024, 512, wall=True, command=NO_RADIX),
    Setup(H100, KIMI, FP8, "vllm", 32, 512, 2048, 1024, wall=True, command=UNCACHED),
    Setup(MI355X, KIMI, "fp4", "sglang", 4, 64, 4096, 1024, command=NO_RADIX),
    Setup(A910B, R1, "int8", "mindie", 64, 512, 1024, 1024, wall=True),
    # speculation and caches, said in words
    Setup(H100, LLAMA_70B, FP8, "vllm", 4, 16, 1024, 512, accepted=2.4,
          command=f"{UNCACHED} --speculative-config '{{\"method\": \"eagle3\"}}'"),
    Setup(H200, R1, FP8, "sglang", 8, 32, 2048, 1024, wall=True, accepted=1.8,
          command=f"{NO_RADIX} --speculative-algorithm NEXTN"),
    Setup(MI300X, LLAMA_8B, "bf16", "vllm", 1, 8, 512, 512, accepted=2, notes="投机解码：开启"),
    Setup(MI355X, QWEN, FP8, "sglang", 4, 64, 1024, 512, wall=True, accepted=2.2,
          notes="with MTP; radix cache off"),
    Setup(H100, LLAMA_8B, "bf16", "vllm", 1, 64, 4096, 256, wall=True, hit_rate=0.8,
          command="vllm serve m --enable-prefix-caching"),
    Setup(H200, LLAMA_70B, FP8, "sglang", 4, 128, 8192, 512, wall=True, hit_rate=0.6,
          notes="前缀缓存 on, 60% of the prompt tokens hit"),
    Setup(A100, LLAMA_70B, "int8", "vllm", 4, 64, 4096, 512, hit_rate=0.5,
          notes="Prefix caching on."),
    Setup(H100, LLAMA_70B, FP8, "vllm", 4, 128, 4096, 512, cache_bits=8,
          command=f"{UNCACHED} --kv-cache-dtype fp8"),
    Setup(MI300X, QWEN, FP8, "vllm", 8, 256, 8192, 1024, wall=True, cache_bits=8,
          command=f"{UNCACHED} --kv-cache-dtype fp8_e4m3"),
    # prompts on cards of their own
    Setup(H100, LLAMA_70B, FP8, "vllm", 4, 64, 4096, 512, prefill_cards=4),
    Setup(H200, R1, FP8, "sglang", 16, 512, 4096, 1024, wall=True,
          prefill_cards=16, command=NO_RADIX),
    Setup(MI300X, QWEN, "bf16", "sglang", 8, 128, 8192, 1024, prefill_cards=8,
          command=NO_RADIX),
    Setup(H100, KIMI, FP8, "tensorrt-llm", 32, 1024, 2048, 1024, wall=True,
          prefill_cards=32, accepted=1.7, command=f"{TRT} --spec_decode_nextn 2"),
]  # fmt: skip


@cache
def _clean() -> list[Item]:
    return [item_of(setup, number) for number, setup in enumerate(SETUPS)]


def clean() -> list[Item]:
    """The honest runs, as items of a feed; fresh copies."""
    return copy.deepcopy(_clean())


def item_of(setup: Setup, number: int) -> Item:
    """The feed item of a run. Which optional facts it gives depends on its number."""
    run = simulate(setup)
    hardware, model = resolved_hardware(setup.hardware), MODELS[setup.model]
    cards = setup.cards + setup.prefill_cards
    tensor = min(setup.cards, 8)
    parallel: Item = {
        "tp": tensor,
        "pp": setup.cards // tensor,
        "ep": tensor if model.experts else 1,
        "sp": 1,
        "disaggregated": setup.prefill_cards > 0,
    }
    if setup.prefill_cards:
        parallel["disaggregated_split"] = {
            "prefill_cards": setup.prefill_cards,
            "decode_cards": setup.cards,
        }
    stack: Item = {
        "hardware": {"id": setup.hardware, "count": cards},
        "model": {"id": setup.model},
        "engine": {"id": setup.engine, "version": "1.0"},
        "quantization": setup.quantization,
        "parallel": parallel,
    }
    resolved: Item = {
        "hardware": hardware,
        "model": resolved_model(model),
        "engine": copy.deepcopy(ENGINES[setup.engine]),
        "quantization": copy.deepcopy(QUANTIZATIONS[setup.quantization]),
    }
    if setup.hardware in SERVERS and number % 2 == 0:
        resolved["server"] = copy.deepcopy(SERVERS[setup.hardware])
        stack["server"] = {"id": resolved["server"]["id"]}
    reproduction: Item = {"startup_command": setup.command or "serve"}
    if setup.notes is not None:
        reproduction["notes_md"] = setup.notes
    if setup.hit_rate and number % 2 == 0:
        stack["prefix_caching"] = {"enabled": True, "hit_rate": setup.hit_rate}
    return {
        "id": f"control-{number:02d}",
        "title": f"{model.name} on {cards}× {hardware['name']} with {setup.engine}",
        "submitted_at": "2026-04-28",
        "submitter": {"github": "@someone"},
        "stack": stack,
        "scenario": {
            "prefill_seq_len": setup.prompt,
            "decode_seq_len": setup.output,
            "batch_size": max(1, round(run.sequences)),
            "max_concurrent_requests": setup.sequences,
        },
        "results": results_of(setup, run, number),
        "bottleneck": "unknown",
        "reproduction": reproduction,
        "issues_encountered": [],
        "patterns": [],
        "evidence": [
            {
                "id": f"ev-{number}",
                "tier": "measured",
                "source_type": ("mlperf-submission", "paper", "community-benchmark")[number % 3],
                "url": "https://example.org/run",
                "accessed": "2026-04-28",
                "citation": "a run",
            }
        ],
        "resolved": resolved,
    }


def results_of(setup: Setup, run: Run, number: int) -> Item:
    ttft, tpot = 1000 * run.ttft_s, 1000 * run.tpot_s
    request = ttft + (setup.output - 1) * tpot
    latency = {
        "ttft_p50": 0.96 * ttft,
        "ttft_p99": 1.9 * ttft,
        "tbt_p50": 0.99 * tpot,
        "tbt_p99": 1.3 * tpot,
    }
    if number % 3 != 0:
        latency |= {
            "ttft_mean": ttft,
            "tbt_mean": tpot,
            "e2e_mean": request,
            "e2e_p50": 0.98 * request,
            "e2e_p99": 1.4 * request,
        }
    tdp: float = resolved_hardware(setup.hardware)["power"]["tdp_w"]["value"]
    results: Item = {
        "throughput_tokens_per_sec": {
            "decode": run.decode_tok_s,
            "prefill": run.prefill_tok_s,
            "scope": "wall" if setup.wall else "phase",
        },
        "latency_ms": latency,
        "memory_per_card_gb": run.memory_per_card_gb,
        "power_per_card_w": (0.55 + 0.07 * (number % 6)) * tdp,
    }
    if number % 2 == 1:
        results["utilization"] = {
            "compute_pct": 100 * run.compute_share,
            "memory_bw_pct": 100 * run.bandwidth_share,
        }
    if number % 3 == 1:
        results["requests"] = {"completed": 10 * setup.sequences + 100, "failed": 0}
    return results
