"""The contents of the five catalog files: one Pydantic model per file, none with extra keys.

Every block of figures names its sources under `from`; null says that no public source was
found. Peaks are dense, capacities in 1e9 bytes, bandwidths in 1e9 bytes per second.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)

Kind = Literal["hardware", "model", "engine", "quant", "workload"]

#: Attention whose KV cache the metrics can size, and kinds named only so that they are not.
AttentionType = Literal["mha", "gqa", "mqa", "mla", "hybrid", "csa+hca"]

Text = Annotated[StrictStr, Field(min_length=1, max_length=2000)]
Slug = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=100)]
Count = Annotated[StrictInt, Field(gt=0)]


def _figure(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is not a number")
    if not (math.isfinite(value) and value > 0):
        raise ValueError("is not a finite number above 0")
    return value


#: A whole number in the file stays one.
Figure = Annotated[int | float, BeforeValidator(_figure)]
NotNegative = Annotated[StrictInt, Field(ge=0)]
Sources = list[Text] | None


class Strict(BaseModel):
    """A mapping of the catalog; a key that is not declared is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """A public source: its citation, its address, its kind and its tier."""

    citation: Text
    url: Text | None = None
    kind: Text = "other"
    """`source_type` of the evidence in the feed's vocabulary."""
    tier: Literal["official", "measured", "estimated"] = "estimated"

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """Read a bare text as the citation."""
        return {"citation": value} if isinstance(value, str) else value


class Block(Strict):
    """A block of figures with its sources."""

    sources: Sources = Field(alias="from")
    note: Text | None = None


class Entry(Strict):
    """The common part of entries: other names, and a remark."""

    aliases: list[Text] = []
    note: Text | None = None


class Compute(Block):
    """Dense peak rates of one card, 1e12 operations per second."""

    fp4_tflops: Figure | None = None
    fp8_tflops: Figure | None = None
    bf16_tflops: Figure | None = None
    fp16_tflops: Figure | None = None
    int8_tops: Figure | None = None
    int4_tops: Figure | None = None


class Memory(Block):
    """Memory of one card: capacity in GB, bandwidth in GB/s."""

    capacity_gb: Figure
    """By the vendor's name for the card."""
    bandwidth_gb_s: Figure
    type: Text | None = None
    bytes_reported: Count | None = None
    """Total as the driver reports it, in bytes."""


class ScaleUp(Block):
    """The network inside a scale-up domain; GB/s of one card, both directions added."""

    bandwidth_gb_s: Figure | None = None
    world_size: Count
    protocol: Text


class Power(Block):
    """Design power of one card, in watts."""

    tdp_w: Figure


class Hardware(Entry):
    """An accelerator, as one device of a deployment is counted."""

    name: Text
    vendor: Slug
    form_factor: Slug | None = None
    release_year: Annotated[StrictInt, Field(ge=2010, le=2100)] | None = None
    compute: Compute
    memory: Memory
    scale_up: ScaleUp | None = None
    power: Power | None = None


class Experts(Strict):
    """Routed experts of a layer, the number chosen per token, their width, and shared ones."""

    num_experts: Count
    top_k: Count
    expert_hidden_size: Count
    shared_experts: NotNegative = 0


class Architecture(Strict):
    """Dimensions of a model; parameters in 1e9."""

    family: Literal["dense", "moe"]
    total_params_b: Figure
    active_params_b: Figure
    layers: Count
    hidden_size: Count
    ffn_size: Count
    num_attention_heads: Count
    num_kv_heads: Count
    head_dim: Count
    vocab_size: Count
    max_context_length: Count | None = None
    attention_type: AttentionType
    sliding_window: Count | None = None
    """Tokens that a layer with limited attention reads."""
    full_attention_layers: NotNegative | None = None
    """Layers that read the whole context."""
    moe: Experts | None = None


class Counting(Strict):
    """Dimensions that a parameter count needs beyond the architecture."""

    tied_embeddings: StrictBool = False
    gated: StrictBool = True
    """False for a feed-forward block of two matrices instead of three."""
    dense_layers: NotNegative = 0
    """Leading layers without experts."""
    moe_every: Count = 1
    """Experts stand in every n-th layer."""
    dense_ffn_size: Count | None = None
    """Width of the layers without experts, where it is not `ffn_size`."""
    dense_beside_experts: StrictBool = False
    """A dense block and experts in the same layer."""
    kv_lora_rank: Count | None = None
    q_lora_rank: Count | None = None
    qk_nope_head_dim: Count | None = None
    qk_rope_head_dim: Count | None = None
    global_head_dim: Count | None = None
    """Head size of the layers with full attention, where it is another."""
    global_kv_heads: Count | None = None
    keys_equal_values: StrictBool = False
    """The layers with full attention have no value matrix."""


class ConfigSource(Strict):
    """The source of a model's dimensions."""

    source: list[Text] | Text | None
    config: Text | None = None
    """Name of the configuration in the source."""


class Model(Entry):
    """A model: the text part of one that reads images, too."""

    name: Text
    architecture: Architecture
    counting: Counting | None = Counting()
    """None where the counts are the vendor's, since no formula gives them."""
    native_quantization: Slug | None = None
    """Quantization of the published checkpoint; no default for a run."""
    sources: ConfigSource = Field(alias="from")


class Engine(Entry):
    """An inference engine."""

    name: Text
    caches_prefixes_by_default: StrictBool | None
    disaggregated: StrictBool = False
    """Always runs prefill and decode on separate cards."""
    sources: Sources = Field(alias="from")


class Quantization(Entry):
    """A quantization: bits of weights and activations, the scales of a block format included."""

    name: Text
    bits_per_weight: Figure
    bits_per_activation: Figure
    family: Literal["fp", "fp4", "fp8", "int"]
    sources: Sources = Field(alias="from")


class Workload(Entry):
    """A benchmark whose result files do not say its lengths; mean tokens per request."""

    model: Slug
    dataset: Text
    prefill_seq_len: Figure | None = None
    prefill_sources: Sources = Field(alias="prefill_from")
    decode_seq_len: Figure | None = None
    decode_sources: Sources = Field(alias="decode_from")


class File(Strict):
    """A catalog file: sources by key, then entries by id."""

    sources: dict[Text, Source] = {}


class HardwareFile(File):
    """hardware.yml."""

    hardware: dict[Slug, Hardware]


class ModelFile(File):
    """model.yml."""

    models: dict[Slug, Model]


class EngineFile(File):
    """engine.yml."""

    engines: dict[Slug, Engine]


class QuantFile(File):
    """quant.yml; `kv_cache_bits` are names of cache types by their bits."""

    quantizations: dict[Slug, Quantization]
    kv_cache_bits: dict[StrictInt, list[Text]] = {}


class WorkloadFile(File):
    """workload.yml."""

    workloads: dict[Slug, Workload]
