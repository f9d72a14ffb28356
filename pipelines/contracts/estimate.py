"""What to expect where nobody claims anything."""

from __future__ import annotations

from pipelines.contracts.fields import (
    Contract,
    identifier,
    integer,
    number,
    table,
    text,
)
from pipelines.contracts.metric import PRECISIONS

MISSING = "an input is missing or a denominator is 0"
NO_CLAIMS = "no clean claim anywhere"
POOLS = ("hardware", "vendor", "all")


@table("marts", grain=["hardware_id"])
class MartEfficiencyPool(Contract):
    """One row per current accelerator: the decode efficiency to expect, by partial pooling."""

    hardware_id: str = identifier("Accelerator")
    hardware_vendor: str = text("Vendor")
    hardware_n: int = integer("Clean claims on it", unit="cases")
    hardware_sum: float = number("Sum of their log efficiencies", unit="1")
    vendor_n: int = integer("Clean claims of its vendor", unit="cases")
    vendor_sum: float = number("Sum of their log efficiencies", unit="1")
    all_n: int = integer("Clean claims", unit="cases")
    all_sum: float = number("Sum of their log efficiencies", unit="1")
    all_squares: float = number("Sum of the squares", unit="1")
    pool: str = text("Narrowest pool that has a claim", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Claims in it", unit="cases", null=NO_CLAIMS)
    log_mean: float = number("Mean log efficiency, pooled", unit="1", null=NO_CLAIMS)
    log_spread: float = number(
        "Standard deviation of a prediction", unit="1", null="fewer than two clean claims", ge=0
    )


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartStackOption(Contract):
    """One row per current accelerator, decode model and quantization with a roofline."""

    hardware_id: str = identifier("Accelerator")
    hardware_name: str = text("Name of the accelerator")
    hardware_vendor: str = text("Vendor")
    model_id: str = identifier("Model")
    model_name: str = text("Name of the model")
    quant_id: str = identifier("Quantization")
    compute_precision: str = text("Precision whose peak is F", one_of=PRECISIONS)
    peak_tflops: float = number("F", unit="1e12 op/s per card", ge=0)
    memory_bandwidth_gb_s: float = number("BW", unit="GB/s per card", ge=0)
    memory_capacity_gb: float = number("CAP", unit="GB per card", ge=0)
    tdp_w: float = number("Thermal design power", unit="W per card", null="not given", ge=0)
    bytes_per_weight: float = number("w", unit="bytes", ge=0)
    weights_gb: float = number("Size of the weights", unit="GB", ge=0)
    total_params_b: float = number("T", unit="1e9 parameters", ge=0)
    active_params_b: float = number("A", unit="1e9 parameters", ge=0)
    num_experts: int = integer("E", unit="experts", null="not a mixture of experts")
    experts_top_k: int = integer("k", unit="experts", null="not a mixture of experts")
    attention_type: str = text("Attention scheme", null="not given")
    layers: int = integer("L", unit="layers", null="not given")
    num_attention_heads: int = integer("H", unit="heads", null="not given")
    head_dim: int = integer("d", unit="elements", null="not given")
    max_context_length: int = integer("Longest context", unit="tokens", null="not limited")
    kv_bytes_per_token: float = number("kv", unit="bytes/token", null="sizes missing", ge=0)
    pool: str = text("Pool that the efficiency rests on", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Claims in it", unit="cases", null=NO_CLAIMS)
    log_mean: float = number("Mean log efficiency", unit="1", null=NO_CLAIMS)
    log_spread: float = number(
        "Standard deviation of a prediction", unit="1", null="fewer than two clean claims", ge=0
    )


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartEstimate(Contract):
    """One row per accelerator, model and quantization that fits but that nobody claims."""

    hardware_id: str = identifier("Accelerator")
    model_id: str = identifier("Model")
    quant_id: str = identifier("Quantization")
    hardware_name: str = text("Name of the accelerator")
    model_name: str = text("Name of the model")
    compute_precision: str = text("Precision whose peak bounds compute", one_of=PRECISIONS)
    cards: int = integer("Cards assumed", unit="cards", ge=1)
    batch_size: int = integer("Sequences assumed", unit="sequences", ge=1)
    prefill_seq_len: int = integer("Prompt length assumed", unit="tokens")
    decode_seq_len: int = integer("Output length assumed", unit="tokens")
    memory_needed_gb: float = number("Weights and cache", unit="GB", ge=0)
    decode_roofline_tok_s: float = number("Roofline", unit="tok/s", null=MISSING, ge=0)
    expected_efficiency: float = number(
        "Share of the roofline to expect", unit="1", null=NO_CLAIMS, ge=0
    )
    expected_decode_tok_s: float = number(
        "Throughput to expect", unit="tok/s", null=NO_CLAIMS, ge=0
    )
    expected_decode_tok_s_low: float = number(
        "Lower end of the 80 % interval", unit="tok/s", null="fewer than two clean claims", ge=0
    )
    expected_decode_tok_s_high: float = number(
        "Upper end of the 80 % interval", unit="tok/s", null="fewer than two clean claims", ge=0
    )
    expected_decode_tok_s_per_w_tdp: float = number(
        "Tokens per joule at TDP", unit="tok/s/W", null="no TDP, or no clean claim", ge=0
    )
    pool: str = text("Pool that the efficiency rests on", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Claims in it", unit="cases", null=NO_CLAIMS)


@table("marts", grain=["pool"])
class MartEstimateAccuracy(Contract):
    """One row per pool and one overall: the error when each clean claim is left out in turn."""

    pool: str = text("Pool that the predictions rest on", one_of=[*POOLS, "overall"])
    case_count: int = integer("Claims predicted", unit="cases")
    error_factor_median: float = number(
        "Median factor between prediction and claim, either way", unit="1", ge=1
    )
    error_factor_worst: float = number("Worst such factor", unit="1", ge=1)
    bias_factor: float = number(
        "Geometric mean of claim over prediction; 1 is unbiased", unit="1", ge=0
    )
    interval_coverage: float = number(
        "Share of claims inside the 80 % interval",
        unit="1",
        null="fewer than two claims left",
        ge=0,
        le=1,
    )
