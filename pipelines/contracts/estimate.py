"""What to expect where nobody claims anything."""

from __future__ import annotations

from pipelines.contracts.metric import MISSING, PRECISIONS
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    identifier,
    integer,
    number,
    table,
    text,
)

NO_CLAIMS = "no claim without an error anywhere"
FEW_CLAIMS = "fewer than two claims without an error"
POOLS = ("hardware", "vendor", "all")


class PoolSums(Contract):
    """The clean claims on an accelerator, of its vendor and of all."""

    hardware_id: str = identifier("Id of the accelerator")
    hardware_vendor: str = text("Vendor of the accelerator")
    hardware_n: int = integer("Claims without an error (clean) on the accelerator", unit="cases")
    hardware_sum: float = number(
        "Sum of the natural logarithms of the efficiencies of the claims on the accelerator",
        unit="1",
    )
    vendor_n: int = integer("Clean claims on all accelerators of the vendor", unit="cases")
    vendor_sum: float = number("The same sum over the claims of the vendor", unit="1")
    all_n: int = integer("Clean claims in all", unit="cases")
    all_sum: float = number("The same sum over all clean claims", unit="1")
    all_squares: float = number(
        "Sum of the squares of these logarithms over all clean claims", unit="1"
    )


class Pooled(Contract):
    """The efficiency to expect, by partial pooling."""

    pool: str = text("Narrowest pool that has a clean claim", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Clean claims in that pool", unit="cases", null=NO_CLAIMS)
    log_mean: float = number(
        "Mean of the logarithms, partially pooled; exp of it is the efficiency to expect",
        unit="1",
        null=NO_CLAIMS,
    )
    log_spread: float = number(
        "Standard deviation of a prediction of the logarithm",
        unit="1",
        null=FEW_CLAIMS,
        ge=0,
    )


@table("marts", grain=["hardware_id"])
class MartEfficiencyPool(Pooled, PoolSums):
    """One row per current accelerator: the decode efficiency to expect, by partial pooling."""


class Option(Contract):
    """What an accelerator, a model and a quantization have for each other."""

    hardware_id: str = identifier("Id of the accelerator")
    hardware_name: str = text("Name of the accelerator")
    hardware_vendor: str = text("Vendor of the accelerator")
    model_id: str = identifier("Id of the model")
    model_name: str = text("Name of the model")
    quant_id: str = identifier("Id of the quantization")
    compute_precision: str = text("Precision whose peak bounds compute", one_of=PRECISIONS)
    peak_tflops: float = number(
        "F: peak rate of one card at the compute precision", unit="1e12 op/s per card", ge=0
    )
    memory_bandwidth_gb_s: float = number(
        "BW: memory bandwidth of one card", unit="GB/s per card", ge=0
    )
    memory_capacity_gb: float = number("CAP: memory of one card", unit="GB per card", ge=0)
    tdp_w: float = number(
        "Thermal design power of one card", unit="W per card", null=NOT_GIVEN, ge=0
    )
    bytes_per_weight: float = number("w: stored size of a weight", unit="bytes", ge=0)
    weights_gb: float = number("Size of the weights", unit="GB", ge=0)
    total_params_b: float = number("T: total parameters", unit="1e9 parameters", ge=0)
    active_params_b: float = number("A: parameters active per token", unit="1e9 parameters", ge=0)
    num_experts: int = integer(
        "E: routed experts of a layer", unit="experts", null="not a mixture of experts"
    )
    experts_top_k: int = integer(
        "k: experts chosen per token", unit="experts", null="not a mixture of experts"
    )
    attention_type: str = text(
        "Kind of attention: what its KV cache and operations follow from", null=NOT_GIVEN
    )
    layers: int = integer("L: layers of the architecture", unit="layers", null=NOT_GIVEN)
    num_attention_heads: int = integer("H: query heads", unit="heads", null=NOT_GIVEN)
    head_dim: int = integer("d: size of a head", unit="elements", null=NOT_GIVEN)
    max_context_length: int = integer(
        "Longest context that the model takes", unit="tokens", null="none stated: not limited"
    )
    kv_bytes_per_token: float = number(
        "kv: KV cache of one token",
        unit="bytes/token",
        null="the feed does not give the sizes it follows from",
        ge=0,
    )


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartStackOption(Pooled, Option):
    """One row per current accelerator, decode model and quantization with a roofline."""


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartEstimate(Contract):
    """One row per accelerator, model and quantization that fits but that nobody claims."""

    hardware_id: str = identifier("Id of the accelerator")
    model_id: str = identifier("Id of the model")
    quant_id: str = identifier("Id of the quantization")
    hardware_name: str = text("Name of the accelerator")
    model_name: str = text("Name of the model")
    compute_precision: str = text("Precision whose peak bounds compute", one_of=PRECISIONS)
    cards: int = integer("Cards assumed (estimate_cards of assumption)", unit="cards", ge=1)
    batch_size: int = integer(
        "Sequences at once assumed (estimate_batch_size of assumption)", unit="sequences", ge=1
    )
    prefill_seq_len: int = integer(
        "Prompt length assumed (estimate_prefill_seq_len of assumption)", unit="tokens"
    )
    decode_seq_len: int = integer(
        "Output length assumed (estimate_decode_seq_len of assumption)", unit="tokens"
    )
    memory_needed_gb: float = number("Memory that weights and KV cache take", unit="GB", ge=0)
    decode_roofline_tok_s: float = number(
        "Decode roofline of that setup", unit="tok/s", null=MISSING, ge=0
    )
    expected_efficiency: float = number(
        "Share of the roofline to expect", unit="1", null=NO_CLAIMS, ge=0
    )
    expected_decode_tok_s: float = number(
        "Decode throughput to expect", unit="tok/s", null=NO_CLAIMS, ge=0
    )
    expected_decode_tok_s_low: float = number(
        "Lower end of its 80 % interval", unit="tok/s", null=FEW_CLAIMS, ge=0
    )
    expected_decode_tok_s_high: float = number(
        "Upper end of its 80 % interval", unit="tok/s", null=FEW_CLAIMS, ge=0
    )
    expected_decode_tok_s_per_w_tdp: float = number(
        "Tokens per joule to expect if the cards draw their TDP",
        unit="tok/s/W",
        null=f"no TDP given, or {NO_CLAIMS}",
        ge=0,
    )
    pool: str = text("Narrowest pool that the efficiency rests on", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Clean claims in that pool", unit="cases", null=NO_CLAIMS)


@table("marts", grain=["pool"])
class MartEstimateAccuracy(Contract):
    """One row per pool and one overall: the error when each clean claim is left out in turn."""

    pool: str = text("Pool that the predictions rest on", one_of=[*POOLS, "overall"])
    case_count: int = integer(
        "Claims without an error, each predicted from the others", unit="cases"
    )
    error_factor_median: float = number(
        "Median factor between prediction and claim, either way", unit="1", ge=1
    )
    error_factor_worst: float = number("Largest such factor", unit="1", ge=1)
    bias_factor: float = number(
        "Geometric mean of claim over prediction; 1 is unbiased", unit="1", ge=0
    )
    interval_coverage: float = number(
        "Share of claims inside the 80 % interval of their prediction",
        unit="1",
        null="fewer than two claims left",
        ge=0,
        le=1,
    )
