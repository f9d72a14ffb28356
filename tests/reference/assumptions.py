"""The constants and thresholds that are configuration, with the values that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Assumptions:
    kv_bytes_per_value: int = 2
    kv_bytes_per_value_granted: int = 1
    """Granted by the rules where the width of the cache is not stated."""
    mla_latent_rank: int = 512
    mla_rope_size: int = 64
    software_bottleneck_efficiency: float = 0.30
    engines_that_cache_by_default: frozenset[str] = frozenset({"sglang", "vllm", "tensorrt-llm"})

    tier_order: tuple[str, ...] = ("measured", "official", "estimated")
    measured_source_types: frozenset[str] = frozenset(
        {"mlperf-submission", "paper", "community-benchmark", "own-run"}
    )
    disqualifying_attestation: str = "not independently re-run|synthesized|approximat"

    prior_efficiency: float = 0.55
    """η: the share of the roofline that a long step reaches."""
    layer_cost_s: float = 90e-6
    """c: the fixed cost of a layer in a step."""
    pooling_weight: float = 2
    """Claims that the wider pool is worth."""

    electricity_usd_per_kwh: float | None = None
    pue: float | None = None
    usd_per_card_hour: Mapping[str, float] = field(default_factory=dict)
    """By hardware id; none is shipped."""


SHIPPED = Assumptions()
