"""For every rule, a run that just breaks it and one that just keeps it, otherwise honest.

The numbers follow from the symbols of the run: 8 cards with BW = 2039 GB/s, F = 312 TFLOPS,
CAP = 80 GB and TDP = 400 W; T = A = 70e9, V·h = 1050673152, w = 2, L·Hkv·d·2 = 163840;
P = 1024, D = 512, C = 64; X = 1500, TTFT 220 ms, TPOT 32 ms, hence 48 sequences.
"""

from __future__ import annotations

from tests.reference.case import Item
from tests.reference.items import (
    BATCH,
    CACHED,
    CAPACITY,
    COMMAND,
    COMPUTE,
    DECODE,
    HONEST,
    LATENCY,
    LIMIT,
    LLAMA,
    MEMORY,
    NOT_CACHED,
    NOTES,
    OPERATORS,
    PARALLEL,
    POWER,
    PREFILL,
    SHAPE,
    SPECULATES,
    SPLIT,
    SUPPORT,
    WALL,
    Changes,
    evidence,
    variant,
)

MEANS: Changes = {LATENCY + "ttft_mean": 220, LATENCY + "tbt_mean": 32}
MOE: Changes = {SHAPE + "moe": {"num_experts": 64, "top_k": 6}}

#: rule, changes that break it, changes that keep it
EDGES: list[tuple[str, Changes, Changes]] = [
    ("weights_exceed_memory", {CAPACITY: 16.29}, {CAPACITY: 16.30}),
    (
        "weights_exceed_memory",
        {CAPACITY: 10},
        {CAPACITY: 10, COMMAND: "vllm serve m --cpu-offload-gb 40"},
    ),
    ("weights_exceed_memory", {CAPACITY: 10}, {CAPACITY: 10, NOTES: "llama.cpp -NGL 20"}),
    ("memory_above_capacity", {MEMORY: 85.9}, {MEMORY: 85.89}),
    ("prefill_above_peak", {**NOT_CACHED, PREFILL: 18381}, {**NOT_CACHED, PREFILL: 18380}),
    ("prefill_above_peak", {**NOT_CACHED, PREFILL: 18381}, {PREFILL: 18381}),
    ("prefill_above_peak_unless_cached", {PREFILL: 18381}, {PREFILL: 18380}),
    ("prefill_above_peak_unless_cached", {PREFILL: 18381}, {**CACHED, PREFILL: 18381}),
    ("prefill_above_peak_unless_cached", {PREFILL: 18381}, {**NOT_CACHED, PREFILL: 18381}),
    ("decode_above_hard_roofline", {DECODE: 7571}, {DECODE: 7570}),
    ("decode_above_hard_roofline", {DECODE: 7571}, {DECODE: 7571, LIMIT: None}),
    ("decode_above_hard_roofline", {DECODE: 18101, LIMIT: None}, {DECODE: 18100, LIMIT: None}),
    ("decode_above_hard_roofline", {**SPECULATES, DECODE: 18101}, {**SPECULATES, DECODE: 18100}),
    ("step_below_weight_read", {LATENCY + "tbt_p50": 8.45}, {LATENCY + "tbt_p50": 8.46}),
    (
        "step_below_weight_read",
        {LATENCY + "tbt_p50": 8.45},
        {**SPECULATES, LATENCY + "tbt_p50": 8.45},
    ),
    ("ttft_below_weight_read", {LATENCY + "ttft_p50": 8.45}, {LATENCY + "ttft_p50": 8.46}),
    (
        "ttft_below_prefill_floor",
        {**NOT_CACHED, LATENCY + "ttft_mean": 55.71},
        {**NOT_CACHED, LATENCY + "ttft_mean": 55.72},
    ),
    (
        "ttft_below_prefill_floor",
        {**NOT_CACHED, LATENCY + "ttft_mean": 55.71},
        {**NOT_CACHED, LATENCY + "ttft_p50": 55.71},
    ),
    (
        "ttft_below_prefill_floor_likely",
        {LATENCY + "ttft_mean": 55.71},
        {LATENCY + "ttft_mean": 55.72, LATENCY + "ttft_p50": 50},
    ),
    (
        "ttft_below_prefill_floor_likely",
        {**NOT_CACHED, LATENCY + "ttft_p50": 55.71},
        {**NOT_CACHED, LATENCY + "ttft_mean": 55.71},
    ),
    (
        "ttft_below_prefill_floor_likely",
        {LATENCY + "ttft_p50": 55.71},
        {**CACHED, LATENCY + "ttft_p50": 55.71},
    ),
    ("decode_above_expected_roofline", {DECODE: 6805}, {DECODE: 6804}),
    ("decode_above_expected_roofline", {DECODE: 6805}, {**SPECULATES, DECODE: 6805}),
    (
        "decode_above_expected_roofline",
        {DECODE: 6258, "stack.kv_cache_bits": 16},
        {DECODE: 6257, "stack.kv_cache_bits": 16},
    ),
    ("step_faster_than_roofline", {LATENCY + "tbt_p50": 8.74}, {LATENCY + "tbt_p50": 8.76}),
    ("sequences_exceed_memory", {CAPACITY: 20, DECODE: 6635}, {CAPACITY: 20, DECODE: 6633}),
    (
        "sequences_exceed_memory",
        {**MEANS, CAPACITY: 20, DECODE: 4976},
        {**MEANS, CAPACITY: 20, DECODE: 4975},
    ),
    (
        "sequences_exceed_memory",
        {CAPACITY: 20, DECODE: 6635},
        {**CACHED, CAPACITY: 20, DECODE: 6635},
    ),
    (
        "serving_above_roofline",
        {**WALL, **NOT_CACHED, DECODE: 5859},
        {**WALL, **NOT_CACHED, DECODE: 5858},
    ),
    ("serving_above_roofline", {**WALL, **NOT_CACHED, DECODE: 5859}, {**WALL, DECODE: 5859}),
    ("serving_above_roofline", {**WALL, **NOT_CACHED, DECODE: 5859}, {**NOT_CACHED, DECODE: 5859}),
    ("prefill_above_plausible", {PREFILL: 12362}, {PREFILL: 12361}),
    ("prefill_above_plausible", {PREFILL: 12362}, {**CACHED, PREFILL: 12362}),
    ("reported_memory_below_weights", {MEMORY: 17.4}, {MEMORY: 17.5}),
    ("power_above_tdp", {POWER: 420.1}, {POWER: 420}),
    ("power_implausibly_low", {POWER: 79.9}, {POWER: 80}),
    ("power_implausibly_low", {POWER: 2}, {POWER: 2, DECODE: 0}),
    ("power_implausibly_low", {POWER: 2}, {POWER: 0}),
    ("percentiles_out_of_order", {LATENCY + "ttft_p99": 219}, {LATENCY + "ttft_p99": 220}),
    ("percentiles_out_of_order", {LATENCY + "tbt_p99": 31}, {LATENCY + "tbt_p99": 0}),
    (
        "percentiles_out_of_order",
        {LATENCY + "e2e_p50": 17000, LATENCY + "e2e_p99": 16999},
        {LATENCY + "e2e_p99": 1},
    ),
    (
        "percentiles_out_of_order",
        {LATENCY + "itl_p50": 30, LATENCY + "itl_p99": 29},
        {LATENCY + "itl_p50": 30, LATENCY + "itl_p99": 30},
    ),
    (
        "parallelism_exceeds_cards",
        {PARALLEL + "tp": 13, PARALLEL + "pp": 5},
        {PARALLEL + "tp": 8, PARALLEL + "pp": 8},
    ),
    (
        "parallelism_above_cards",
        {PARALLEL + "tp": 3, PARALLEL + "pp": 3},
        {PARALLEL + "tp": 4, PARALLEL + "pp": 2},
    ),
    ("parallelism_above_cards", {PARALLEL + "tp": 9}, {PARALLEL + "tp": 9, PARALLEL + "pp": None}),
    ("concurrency_above_limit", {DECODE: 2801}, {DECODE: 2800}),
    ("concurrency_above_limit", {**MEANS, DECODE: 2101}, {**MEANS, DECODE: 2100}),
    ("concurrency_above_limit", {DECODE: 2801}, {**SPECULATES, DECODE: 2801}),
    ("requests_in_flight_above_limit", {**WALL, DECODE: 2966}, {**WALL, DECODE: 2965}),
    (
        "requests_in_flight_above_limit",
        {**WALL, **MEANS, DECODE: 2472},
        {**WALL, **MEANS, DECODE: 2471},
    ),
    ("requests_in_flight_above_limit", {**WALL, DECODE: 2966}, {DECODE: 2966}),
    ("prompts_not_ingested", {**WALL, PREFILL: 1499}, {**WALL, PREFILL: 1500}),
    ("prompts_not_ingested", {**WALL, PREFILL: 1499}, {**WALL, PREFILL: 0}),
    ("prompts_not_ingested", {**WALL, PREFILL: 1499}, {**WALL, **CACHED, PREFILL: 1499}),
    (
        "latency_identity_broken",
        {**MEANS, LATENCY + "e2e_mean": 18414},
        {**MEANS, LATENCY + "e2e_mean": 18413},
    ),
    (
        "latency_identity_broken",
        {**MEANS, LATENCY + "e2e_mean": 15065},
        {**MEANS, LATENCY + "e2e_mean": 15066},
    ),
    (
        "reported_tbt_mismatch",
        {LATENCY + "tbt_reported": 44.81},
        {LATENCY + "tbt_reported": 44.79},
    ),
    (
        "reported_tbt_mismatch",
        {LATENCY + "tbt_reported": 22.85},
        {LATENCY + "tbt_reported": 22.86},
    ),
    ("title_does_not_name_model", {"title": "Llama 3.1 on A100"}, {"title": ""}),
    (
        "title_does_not_name_model",
        {"title": "A100"},
        {"title": "llama-3.3 (70B) INSTRUCT, A100"},
    ),
    ("title_does_not_name_hardware", {"title": "Llama 3.3 70B on H100"}, {"title": None}),
    ("title_does_not_name_hardware", {"title": "sxm"}, {"title": "on SXM4"}),
    ("title_does_not_name_hardware", {"title": "DGX"}, {"title": "NVIDIA DGX A100, 8 GPU"}),
    (
        "server_card_mismatch",
        {"resolved.server.card": "h100-sxm5"},
        {"resolved.server.card": None},
    ),
    (
        "context_exceeds_model",
        {SHAPE + "max_context_length": 1535},
        {SHAPE + "max_context_length": 1536},
    ),
    (
        "memory_bandwidth_utilization_mismatch",
        {"results.utilization.memory_bw_pct": 61.4},
        {"results.utilization.memory_bw_pct": 61.3},
    ),
    (
        "memory_bandwidth_utilization_mismatch",
        {"results.utilization.memory_bw_pct": 15.3},
        {"results.utilization.memory_bw_pct": 15.4},
    ),
    ("concurrency_above_batch_size", {BATCH: 34}, {BATCH: 35}),
    ("requests_in_flight_below_batch", {BATCH: 98, LIMIT: 100}, {BATCH: 97, LIMIT: 100}),
    ("requests_in_flight_below_batch", {BATCH: 98, LIMIT: 100}, {BATCH: 98, LIMIT: None}),
    (
        "requests_in_flight_below_batch",
        {BATCH: 193, LIMIT: 200, LATENCY + "ttft_p50": None},
        {BATCH: 192, LIMIT: 200, LATENCY + "ttft_p50": None},
    ),
    ("batch_above_limit", {BATCH: 65}, {BATCH: 64}),
    (
        "disaggregated_cards_mismatch",
        {PARALLEL + "disaggregated": True, SPLIT: {"prefill_cards": 4, "decode_cards": 5}},
        {PARALLEL + "disaggregated": True, SPLIT: {"prefill_cards": 4, "decode_cards": 4}},
    ),
    (
        "disaggregated_cards_mismatch",
        {PARALLEL + "disaggregated": True, SPLIT: {"prefill_cards": 4, "decode_cards": 5}},
        {PARALLEL + "disaggregated": True, SPLIT: {"prefill_cards": 9, "decode_cards": 0}},
    ),
    (
        "requests_failed",
        {"results.requests": {"completed": 94, "failed": 6}},
        {"results.requests": {"completed": 95, "failed": 5}},
    ),
    (
        "requests_failed",
        {"results.requests": {"completed": 0, "failed": 6}},
        {"results.requests": {"failed": 6}},
    ),
    (
        "model_parameters_impossible",
        {SHAPE + "active_params_b": 70.08},
        {SHAPE + "active_params_b": 70.07},
    ),
    (
        "model_parameters_impossible",
        {SHAPE + "moe": {"num_experts": 2, "top_k": 3}},
        {SHAPE + "moe": {"num_experts": 2, "top_k": 2}},
    ),
    (
        "moe_parameters_inconsistent",
        {**MOE, SHAPE + "active_params_b": 6.5624},
        {**MOE, SHAPE + "active_params_b": 6.5625},
    ),
    (
        "operator_decomposition_implausible",
        {OPERATORS: [{"operator": "matmul", "flops_per_token": 27.9e9, "bytes_per_token": 1}]},
        {OPERATORS: [{"operator": "matmul", "flops_per_token": 28e9, "bytes_per_token": 1}]},
    ),
    (
        "operator_decomposition_implausible",
        {OPERATORS: [{"operator": "matmul", "flops_per_token": 700.1e9}]},
        {OPERATORS: [{"operator": "matmul", "flops_per_token": 1e9}, {"operator": "rope"}]},
    ),
    ("peak_looks_sparse", {COMPUTE + "int8_tops.value": 687}, {COMPUTE + "int8_tops.value": 686.4}),
    (
        "peak_looks_sparse",
        {COMPUTE + "fp8_tflops": {"value": 687}},
        {COMPUTE + "fp8_tflops": {"value": 686.4}, COMPUTE + "fp4_tflops": {"value": 2333}},
    ),
    (
        "peak_looks_sparse",
        {COMPUTE + "fp8_tflops": {"value": 600}, COMPUTE + "fp4_tflops": {"value": 2041}},
        {COMPUTE + "fp8_tflops": {"value": 600}, COMPUTE + "fp4_tflops": {"value": 2040}},
    ),
    ("tensor_parallel_beyond_scale_up", {PARALLEL + "tp": 9}, {PARALLEL + "tp": 8}),
    (
        "tensor_parallel_beyond_scale_up",
        {PARALLEL + "tp": 9},
        {PARALLEL + "tp": 9, "resolved.hardware.scale_up.world_size": 1},
    ),
    (
        "evidence_tier_overstated",
        {"evidence": [evidence(1, "official", "other"), evidence(2, source="other")]},
        {"evidence": [evidence(1, "estimated", "other"), evidence(2, source="own-run")]},
    ),
    (
        "evidence_tier_overstated",
        {"evidence": [evidence(attestation="Numbers APPROXIMATED.")]},
        {"evidence": [evidence(attestation="Independently re-run.")]},
    ),
    (
        "evidence_tier_overstated",
        {"evidence": [evidence(attestation="Synthesized; not independently re-run")]},
        {"evidence": []},
    ),
    (
        "no_result",
        {DECODE: 0, PREFILL: None, LATENCY + "ttft_p50": 0, LATENCY + "tbt_p50": None},
        {DECODE: 0, PREFILL: None, LATENCY + "ttft_p50": 0, LATENCY + "tbt_p50": 1},
    ),
    (
        "percentile_of_few_requests",
        {"results.requests.completed": 99},
        {"results.requests.completed": 100},
    ),
    (
        "percentile_of_few_requests",
        {"results.requests.completed": 0},
        {
            "results.requests.completed": 0,
            LATENCY + "ttft_p99": 0,
            LATENCY + "tbt_p99": None,
        },
    ),
    ("power_equals_tdp", {POWER: 400.7}, {POWER: 400.8}),
    ("power_equals_tdp", {POWER: 399.3}, {POWER: 399.2}),
    (
        "engine_not_listed_for_hardware",
        {SUPPORT + "engines": []},
        {SUPPORT + "engines": None},
    ),
    (
        "engine_not_listed_for_hardware",
        {SUPPORT + "engines": [{"id": "sglang"}]},
        {SUPPORT + "engines": [{"id": "sglang"}, {"id": "vllm"}]},
    ),
    (
        "vendor_not_listed_for_engine",
        {"resolved.engine.supported_hardware_vendors": ["NVIDIA"]},
        {"resolved.engine.supported_hardware_vendors": ["amd", "nvidia"]},
    ),
    (
        "quantization_not_listed_for_hardware",
        {SUPPORT + "quantizations": ["fp16"]},
        {SUPPORT + "quantizations": ["bf16", "fp16"]},
    ),
]


def edges() -> list[tuple[str, Item, Item]]:
    """rule, an item that breaks it, one that keeps it; all ids differ."""
    return [
        (
            rule,
            variant(f"breaks-{number}", LLAMA, {**HONEST, **breaking}),
            variant(f"keeps-{number}", LLAMA, {**HONEST, **keeping}),
        )
        for number, (rule, breaking, keeping) in enumerate(EDGES)
    ]
