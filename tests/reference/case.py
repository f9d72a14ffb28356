"""The symbols of the definitions for one item of a feed, in op, bytes, seconds and parameters."""

from __future__ import annotations

from typing import Any

from tests.reference import features
from tests.reference.assumptions import SHIPPED, Assumptions
from tests.reference.quantity import NULL, Quantity, largest, quantity, smallest

Item = dict[str, Any]

FULL_ATTENTION = ("mha", "gqa", "mqa")
KNOWN_ATTENTION = (*FULL_ATTENTION, "mla")
GIB_PER_GB = 1.073741824


def at(document: Any, path: str) -> Any:
    """The value at `a.b.c`; None where any part is absent or null."""
    for key in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


class Case:
    """One item of a feed. A symbol that cannot be known is NULL.

    Attributes are named as the definitions name them: `n` serving cards, `F` op/s and `BW`
    bytes/s of a card, `w` bytes of a weight, `T` and `A` parameters, `X` output tok/s, …
    """

    def __init__(self, item: Item, assumptions: Assumptions = SHIPPED) -> None:
        self.item = item
        self.assumptions = assumptions
        self.id: str = item["id"]
        self._read_cards()
        self._read_results()
        self._read_model()
        self._read_features()
        self._read_context()
        self._read_cache()

    def text(self, path: str) -> str | None:
        value = at(self.item, path)
        return value if isinstance(value, str) else None

    def number(self, path: str) -> Quantity:
        """A number that may be 0."""
        value = at(self.item, path)
        return NULL if isinstance(value, bool) else quantity(value)

    def reported(self, path: str) -> Quantity:
        """A number for which 0 or below counts as not reported."""
        return self.number(path).positive

    # --- hardware ---------------------------------------------------------------------------

    def _read_cards(self) -> None:
        self.hardware_id = self.text("stack.hardware.id")
        self.model_id = self.text("stack.model.id")
        self.engine_id = self.text("stack.engine.id")
        self.quant_id = self.text("stack.quantization")
        self.count = self.reported("stack.hardware.count")
        self.disaggregated = at(self.item, "stack.parallel.disaggregated") is True
        split = "stack.parallel.disaggregated_split"
        self.prefill_cards = self.reported(f"{split}.prefill_cards")
        self.decode_cards = self.reported(f"{split}.decode_cards")
        self.n = self.decode_cards if self.disaggregated else self.count
        both_pools = self.prefill_cards + self.decode_cards
        self.n_all = both_pools.or_else(self.count) if self.disaggregated else self.count
        self.tp = self.number("stack.parallel.tp")
        self.ranks = self.tp * self.number("stack.parallel.pp")

        self.peaks = {
            precision: self.reported(f"resolved.hardware.compute.{precision}_{unit}.value") * 1e12
            for precision, unit in (
                ("fp4", "tflops"),
                ("fp8", "tflops"),
                ("int8", "tops"),
                ("bf16", "tflops"),
                ("fp16", "tflops"),
            )
        }
        chain = self._precision_chain()
        available = [precision for precision in chain if self.peaks[precision].known]
        self.compute_precision = available[0] if available else None
        self.compute_precision_is_native = available[0] == chain[0] if available else None
        self.F = self.peaks[available[0]] if available else NULL
        self.BW = self.reported("resolved.hardware.memory.bandwidth_gbps.value") * 1e9
        self.CAP = self.reported("resolved.hardware.memory.capacity_gb.value") * 1e9
        self.CAP_granted = self.CAP * GIB_PER_GB
        self.TDP = self.reported("resolved.hardware.power.tdp_w.value")
        self.w = self.reported("resolved.quantization.bits_per_weight") / 8

    def _precision_chain(self) -> tuple[str, ...]:
        family = self.text("resolved.quantization.family")
        activation_bits = self.reported("resolved.quantization.bits_per_activation")
        if family == "fp4":
            return "fp4", "fp8", "bf16", "fp16"
        if activation_bits <= 8:
            return "fp8" if family == "fp8" else "int8", "bf16", "fp16"
        if not activation_bits.known:
            return ()
        if self.text("resolved.quantization.id") == "bf16":
            return "bf16", "fp16"
        return "fp16", "bf16"

    # --- results ----------------------------------------------------------------------------

    def _read_results(self) -> None:
        throughput = "results.throughput_tokens_per_sec"
        self.X = self.number(f"{throughput}.decode")
        self.prefill = self.number(f"{throughput}.prefill")
        self.scope = "wall" if self.text(f"{throughput}.scope") == "wall" else "phase"

        self.latencies_s = {
            f"{name}_{of}": self.reported(f"results.latency_ms.{name}_{of}") / 1000
            for name, statistics in (
                ("ttft", ("mean", "p50", "p99")),
                ("tbt", ("mean", "p50", "p99")),
                ("e2e", ("mean", "p50", "p99")),
                ("itl", ("p50", "p99")),
            )
            for of in statistics
        }
        self.ttft_mean, self.ttft_p50 = self.latencies_s["ttft_mean"], self.latencies_s["ttft_p50"]
        self.tbt_mean, self.tbt_p50 = self.latencies_s["tbt_mean"], self.latencies_s["tbt_p50"]
        self.tbt_reported = self.reported("results.latency_ms.tbt_reported") / 1000
        self.e2e_mean, self.e2e_p50 = self.latencies_s["e2e_mean"], self.latencies_s["e2e_p50"]
        self.ttft = self.ttft_mean.or_else(self.ttft_p50)
        self.tbt = self.tbt_mean.or_else(self.tbt_p50)

        self.P = self.number("scenario.prefill_seq_len")
        self.D = self.reported("scenario.decode_seq_len")
        self.B = self.reported("scenario.batch_size")
        self.C = self.reported("scenario.max_concurrent_requests")
        self.memory_per_card = self.reported("results.memory_per_card_gb") * 1e9
        self.power_per_card = self.reported("results.power_per_card_w")
        self.system_power = self.reported("results.system_power_w")
        self.compute_pct = self.reported("results.utilization.compute_pct")
        self.memory_bw_pct = self.reported("results.utilization.memory_bw_pct")
        self.requests_completed = self.number("results.requests.completed")
        self.requests_failed = self.number("results.requests.failed")
        self.bottleneck = self.text("bottleneck")
        self.server_card = self.text("resolved.server.card")

    # --- model ------------------------------------------------------------------------------

    def _read_model(self) -> None:
        shape = "resolved.model.architecture"
        self.T = self.reported(f"{shape}.total_params_b") * 1e9
        self.A = self.reported(f"{shape}.active_params_b") * 1e9
        self.E = self.reported(f"{shape}.moe.num_experts")
        self.k = self.reported(f"{shape}.moe.top_k")
        self.L = self.reported(f"{shape}.layers")
        self.H = self.reported(f"{shape}.num_attention_heads")
        self.Hkv = self.reported(f"{shape}.num_kv_heads")
        self.d = self.reported(f"{shape}.head_dim")
        embedding = self.reported(f"{shape}.vocab_size") * self.reported(f"{shape}.hidden_size")
        self.Vh = embedding.or_else(0)
        self.A0 = largest(self.A - self.Vh, 0)
        self.A_floor = largest(self.A - 2 * self.Vh, 0)
        self.attention = self.text(f"{shape}.attention_type")
        self.max_context = self.reported(f"{shape}.max_context_length")
        self.window = self.reported(f"{shape}.sliding_window")
        self.full_layers = self.number(f"{shape}.full_attention_layers").or_else(0)

        self.domain = self.text("resolved.model.domain") or "llm"
        self.workload_kind = self.text("resolved.model.workload_kind")
        if self.workload_kind is None and self.H.known:
            self.workload_kind = "autoregressive-decode"
        self.is_decode = self.workload_kind == "autoregressive-decode"

        operators = at(self.item, "resolved.model.operator_decomposition") or []
        self.has_operators = bool(operators)
        self.operator_flops = self._sum_of_operators(operators, "flops_per_token")
        self.operator_bytes = self._sum_of_operators(operators, "bytes_per_token")

    @staticmethod
    def _sum_of_operators(operators: list[Item], key: str) -> Quantity:
        total = quantity(0) if operators else NULL
        for operator in operators:
            total = total + quantity(operator.get(key))
        return total

    # --- features ---------------------------------------------------------------------------

    def _read_features(self) -> None:
        command = self.text("reproduction.startup_command")
        notes = self.text("reproduction.notes_md")
        self.offloads = features.may_offload(command, notes)

        own = at(self.item, "stack.speculative.enabled")
        said = own if own is not None else features.speculation(command, notes)
        self.speculates = bool(said)  # no engine speculates unasked

        own = at(self.item, "stack.prefix_caching.enabled")
        said = own if own is not None else features.prefix_caching(command, notes)
        if said is None and self.engine_id not in self.assumptions.engines_that_cache_by_default:
            said = False
        self.caches: bool | None = said

        own_bits = self.reported("stack.kv_cache_bits")
        self.kv_cache_bits = own_bits.or_else(quantity(features.kv_cache_bits(command)))

        hit_rate = self.number("stack.prefix_caching.hit_rate")
        if hit_rate.known:
            self.P_computed = self.P * (1 - hit_rate)
        else:
            self.P_computed = NULL if self.caches else self.P

    # --- context and KV cache ---------------------------------------------------------------

    def _read_context(self) -> None:
        self.ctx = self._within_context(self.P + self.D / 2)
        self.ctx_longest = self._within_context(self.P + self.D)
        self.ctx_kv = self.ctx
        if self.window.known:
            full, windowed = self.full_layers, self.L - self.full_layers
            kept = smallest(self.ctx, self.window)
            self.ctx_kv = (full * self.ctx + windowed * kept) / self.L

    def _within_context(self, tokens: Quantity) -> Quantity:
        return smallest(tokens, self.max_context) if self.max_context.known else tokens

    def _read_cache(self) -> None:
        stated = self.kv_cache_bits / 8
        self.kv = self._cache_bytes(stated.or_else(self.assumptions.kv_bytes_per_value))
        granted = stated.or_else(self.assumptions.kv_bytes_per_value_granted)
        self.kv_granted = self._cache_bytes(granted)

    def _cache_bytes(self, value_bytes: Quantity) -> Quantity:
        if not self.is_decode:
            return NULL
        if self.attention in FULL_ATTENTION:
            return 2 * self.L * self.Hkv * self.d * value_bytes
        if self.attention == "mla":
            latent = self.assumptions.mla_latent_rank + self.assumptions.mla_rope_size
            return self.L * latent * value_bytes
        return quantity(0)
