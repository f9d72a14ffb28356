"""The inputs of formulas and rules, as symbols of one case."""

from __future__ import annotations

from pipelines.contracts.claim import Claim
from pipelines.contracts.metric import NO_PEAK, NOT_DECODE, PRECISIONS
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
)

NOT_DISAGGREGATED = "not disaggregated, or no split given"
NO_SERVER = "no server named, or the feed does not say"
NO_EXPERTS = "not a mixture of experts"
NO_OPERATORS = "the feed gives no operators, or one without a number"
NO_HARDWARE_LIST = "the hardware has no such list: nothing is claimed"


class Subject(Contract):
    """Which case, on what and on how many cards."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    revision: int = integer("Revision of the case", ge=1)
    is_current: bool = flag("Whether this is the newest revision of a case that is not retired")
    hardware_id: str = identifier("Id of the accelerator")
    hardware_vendor: str = text("Vendor of the hardware")
    model_id: str = identifier("Id of the model")
    engine_id: str = identifier("Id of the engine")
    quant_id: str = identifier("Id of the quantization")
    card_count: int = integer("Accelerator cards, all pools together", unit="cards", ge=1)
    is_disaggregated: bool = flag("Whether prefill and decode run on cards of their own")
    prefill_cards: int = integer("Cards that serve prefill", unit="cards", null=NOT_DISAGGREGATED)
    decode_cards: int = integer("Cards that serve decode", unit="cards", null=NOT_DISAGGREGATED)
    serving_cards: int = integer(
        "n: cards that serve decode",
        unit="cards",
        null="disaggregated, and no split of the cards given",
    )
    tensor_parallel: int = integer(
        "Tensor parallelism: cards that share each layer", unit="cards", null=NOT_GIVEN
    )
    pipeline_parallel: int = integer(
        "Pipeline parallelism: stages that the layers are split into", unit="stages", null=NOT_GIVEN
    )


@table("metrics", grain=["case_id", "revision"])
class CaseInput(Claim, Subject):
    """One row per case and revision: the inputs that formulas and rules take."""

    peak_fp4_tflops: float = number(
        "Peak FP4 rate of one card", unit="1e12 op/s per card", null=NOT_GIVEN
    )
    peak_fp8_tflops: float = number(
        "Peak FP8 rate of one card", unit="1e12 op/s per card", null=NOT_GIVEN
    )
    peak_bf16_tflops: float = number(
        "Peak BF16 rate of one card", unit="1e12 op/s per card", null=NOT_GIVEN
    )
    peak_fp16_tflops: float = number(
        "Peak FP16 rate of one card", unit="1e12 op/s per card", null=NOT_GIVEN
    )
    peak_int8_tops: float = number(
        "Peak INT8 rate of one card", unit="1e12 op/s per card", null=NOT_GIVEN
    )
    memory_capacity_gb: float = number(
        "CAP: memory of one card", unit="GB per card", null=NOT_GIVEN
    )
    memory_bandwidth_gb_s: float = number(
        "BW: memory bandwidth of one card", unit="GB/s per card", null=NOT_GIVEN
    )
    tdp_w: float = number("Thermal design power of one card", unit="W per card", null=NOT_GIVEN)
    server_card_id: str = text("Hardware id of the server's cards", null=NO_SERVER)
    server_card_count: int = integer("Cards in the server", unit="cards", null=NO_SERVER)
    rack_power_kw: float = number("Power of the whole server", unit="kW", null=NO_SERVER)
    domain: str = text("Domain of the model; llm where the feed gives none")
    workload_kind: str = text(
        "Kind of workload; autoregressive-decode where the feed gives none and the "
        "architecture has attention heads",
        null="the feed gives none and there are no attention heads",
    )
    is_decode_workload: bool = flag("Whether decode and prefill metrics apply")
    total_params_b: float = number("T: total parameters", unit="1e9 parameters", null=NOT_GIVEN)
    active_params_b: float = number(
        "A: parameters active per token", unit="1e9 parameters", null=NOT_GIVEN
    )
    embedding_params_b: float = number(
        "V·h: one embedding table, 0 where its size is not given", unit="1e9 parameters"
    )
    layers: int = integer("L: layers of the architecture", unit="layers", null=NOT_GIVEN)
    hidden_size: int = integer("h: width of the residual stream", unit="elements", null=NOT_GIVEN)
    num_attention_heads: int = integer("H: query heads", unit="heads", null=NOT_GIVEN)
    num_kv_heads: int = integer("Hkv: key-value heads", unit="heads", null=NOT_GIVEN)
    head_dim: int = integer("d: size of a head", unit="elements", null=NOT_GIVEN)
    vocab_size: int = integer("V: tokens in the vocabulary", unit="tokens", null=NOT_GIVEN)
    max_context_length: int = integer(
        "Longest context that the model takes", unit="tokens", null="none stated: not limited"
    )
    num_experts: int = integer("E: routed experts of a layer", unit="experts", null=NO_EXPERTS)
    experts_top_k: int = integer("k: experts chosen per token", unit="experts", null=NO_EXPERTS)
    attention_type: str = text(
        "Kind of attention: what its KV cache and operations follow from", null=NOT_GIVEN
    )
    context_tokens_mean: float = number(
        "ctx: mean context of a decode step", unit="tokens", null=NOT_DECODE
    )
    context_tokens_max: float = number(
        "Longest sequence: P + D, at most the longest context", unit="tokens"
    )
    kv_bytes_per_token: float = number(
        "kv: KV cache of one token", unit="bytes/token", null=NOT_DECODE
    )
    operator_flops_per_token: float = number(
        "Operations of one token, summed over the feed's operators",
        unit="op/token",
        null=NO_OPERATORS,
    )
    operator_bytes_per_token: float = number(
        "Memory traffic of one token, summed over the feed's operators",
        unit="bytes/token",
        null=NO_OPERATORS,
    )
    bits_per_weight: float = number("Stored size of a weight", unit="bits")
    bits_per_activation: float = number("Size of an activation", unit="bits")
    bytes_per_weight: float = number("w: stored size of a weight", unit="bytes")
    quant_family: str = text("Number format of the quantization")
    compute_precision: str = text(
        "Precision whose peak is F: the first of the preference chain that the hardware has",
        null=NO_PEAK,
        one_of=PRECISIONS,
    )
    compute_precision_is_native: bool = flag(
        "Whether it is the first of the chain, which the quantization prefers", null=NO_PEAK
    )
    peak_tflops: float = number(
        "F: peak rate of one card at the compute precision", unit="1e12 op/s per card", null=NO_PEAK
    )
    is_engine_listed: bool = flag("Whether the hardware lists the engine", null=NO_HARDWARE_LIST)
    is_quant_listed: bool = flag(
        "Whether the hardware lists the quantization", null=NO_HARDWARE_LIST
    )
    is_vendor_listed: bool = flag(
        "Whether the engine lists the hardware's vendor", null="the engine has no list of vendors"
    )
    uses_speculative_decoding: bool = flag("Whether command or notes name speculative decoding")
    uses_prefix_caching: bool = flag("Whether command or notes name prefix caching")
    usd_per_card_hour: float = number(
        "Price of one card",
        unit="USD/h per card",
        null="no price configured (pipelines/config/prices.yml)",
    )
