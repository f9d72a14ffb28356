"""Every published column of a case that the definitions name."""

from __future__ import annotations

from tests.reference import roofline
from tests.reference.assumptions import SHIPPED, Assumptions
from tests.reference.case import Case, Item
from tests.reference.quantity import NULL, Quantity, largest, quantity, smallest

Value = float | int | str | bool | None
Column = Quantity | int | str | bool | None

#: Columns that count tokens of text, and so are NULL for what is not autoregressive decode;
#: those of the sections decode, prefill and serving are NULL there as well.
PER_TOKEN = (
    "kv_gb_at_max_concurrency",
    "max_resident_sequences",
    "requests_in_flight",
    "request_rate_rps",
    "interactivity_tok_s_user",
    "decode_tok_s_per_card",
    "prefill_tok_s_per_card",
    "decode_tok_s_per_w",
    "decode_tok_s_per_w_tdp",
    "decode_tok_s_per_w_server",
    "decode_tok_s_per_mw",
    "decode_kwh_per_mtok",
    "prefill_tok_s_per_w",
    "output_tok_s_per_card",
    "output_tok_s_per_w",
    "output_tok_s_per_w_system",
    "decode_electricity_usd_per_mtok",
    "decode_hardware_usd_per_mtok",
)


def metrics(item: Item, assumptions: Assumptions = SHIPPED) -> dict[str, Value]:
    """Every column by name; None is NULL."""
    found = columns(Case(item, assumptions))
    return {
        name: value.number if isinstance(value, Quantity) else value
        for name, value in found.items()
    }


def columns(case: Case) -> dict[str, Column]:
    """The same columns, as exact quantities where they are numbers."""
    of_tokens = decode(case) | prefill(case)
    of_tokens |= serving(case, of_tokens)
    if not case.is_decode:
        of_tokens = dict.fromkeys(of_tokens)
    ratios = energy(case) | memory(case) | latency(case)
    if not case.is_decode:
        ratios |= dict.fromkeys(PER_TOKEN)
    return symbols(case) | of_tokens | ratios | reported_minus_implied(case, of_tokens)


def number(found: dict[str, Column], name: str) -> Quantity:
    """A column that is a number or NULL."""
    value = found[name]
    if value is None:
        return NULL
    assert isinstance(value, Quantity | int), name
    return quantity(value)


def symbols(case: Case) -> dict[str, Column]:
    return {
        "serving_cards": case.n,
        "all_cards": case.n_all,
        "throughput_scope": case.scope,
        "compute_precision": case.compute_precision,
        "compute_precision_is_native": case.compute_precision_is_native,
        "kv_cache_bits": case.kv_cache_bits,
        "uses_speculative_decoding": case.speculates,
        "uses_prefix_caching": case.caches,
        "domain": case.domain,
        "workload_kind": case.workload_kind,
    }


def decode(case: Case) -> dict[str, Column]:
    n = roofline.concurrency(case)
    flops = roofline.decode_flops(case)
    step_bytes = roofline.step_bytes(case, n)
    t_mem, t_cmp = roofline.memory_s(case, n), roofline.compute_s(case, n)
    bound = None
    if t_mem.known and t_cmp.known:
        bound = "memory" if t_mem >= t_cmp else "compute"
    batch1 = smallest(case.BW / case.operator_bytes, case.F / case.operator_flops)
    return {
        "decode_concurrency_uncapped": roofline.concurrency_uncapped(case),
        "decode_concurrency": n,
        "params_read_per_step_b": roofline.params_read(case, n) / 1e9,
        "decode_flops_per_token": flops,
        "context_tokens_mean": case.ctx,
        "kv_bytes_per_token": case.kv,
        "decode_roofline_tok_s": roofline.roofline(case, n),
        "decode_roofline_bound": bound,
        "decode_roofline_lenient_tok_s": roofline.roofline(case, n, lenient=True),
        "decode_roofline_efficiency": case.X / roofline.roofline(case, n),
        "decode_roofline_efficiency_low": case.X
        / roofline.roofline(case, n, "floor", lenient=True),
        "decode_roofline_efficiency_high": case.X / roofline.roofline(case, n, "ceiling"),
        "decode_roofline_at_batch_tok_s": roofline.roofline(case, case.B),
        "decode_roofline_at_max_concurrency_tok_s": roofline.roofline(case, case.C),
        "decode_roofline_hard_tok_s": roofline.hard_roofline(case),
        "decode_mbu": step_bytes / (case.tbt_p50 * case.n * case.BW),
        "decode_mfu": case.X * flops / (case.n * case.F),
        "decode_roofline_efficiency_batch1": case.X / case.count / batch1,
        "arithmetic_intensity": n * flops / step_bytes,
        "ridge_point": case.F / case.BW,
    }


def prefill(case: Case) -> dict[str, Column]:
    peak = NULL if case.disaggregated else case.n * case.F
    return {
        "prefill_mfu": case.prefill * roofline.prefill_flops(case) / peak,
        "prefill_mfu_linear": case.prefill * 2 * case.A / peak,
        "prefill_mfu_floor": case.prefill * 2 * case.A_floor / peak,
        "prefill_roofline_tok_s": roofline.prefill_roofline(case),
    }


def serving(case: Case, found: dict[str, Column]) -> dict[str, Column]:
    n = roofline.concurrency(case)
    roof = roofline.serving_roofline(case, n)
    efficiency = case.X / roof
    by_serving = case.scope == "wall" and efficiency.known
    to_compare = efficiency if by_serving else number(found, "decode_roofline_efficiency")

    implied = None
    if to_compare.known and case.X.differs_from(0):
        memory_s, compute_s = roofline.serving_times_s(case, n)
        if to_compare < case.assumptions.software_bottleneck_efficiency:
            implied = "software"
        elif by_serving:
            implied = "compute" if compute_s > memory_s else "memory-bandwidth"
        else:
            memory_bound = found["decode_roofline_bound"] == "memory"
            implied = "memory-bandwidth" if memory_bound else "compute"
    agrees = None
    if implied is not None and case.bottleneck not in (None, "mixed", "interconnect", "unknown"):
        agrees = case.bottleneck == implied
    return {
        "serving_roofline_tok_s": roof,
        "serving_roofline_efficiency": efficiency,
        "prefill_time_share": case.X * roofline.prompt_s(case),
        "roofline_efficiency": to_compare,
        "bottleneck_implied": implied,
        "bottleneck_agrees": agrees,
    }


def energy(case: Case) -> dict[str, Column]:
    watts = case.n * case.power_per_card
    kwh_per_mtok = watts / case.X * 1e6 / 3.6e6
    server_watts = NULL
    if case.server_card is not None and case.server_card == case.hardware_id:
        rack_w = case.reported("resolved.server.rack_power_kw") * 1000
        server_watts = rack_w * case.n / case.reported("resolved.server.card_count")
    prices = case.assumptions
    card_hour = quantity(prices.usd_per_card_hour.get(case.hardware_id or ""))
    return {
        "decode_tok_s_per_w": case.X / watts,
        "decode_tok_s_per_w_tdp": case.X / (case.n * case.TDP),
        "decode_tok_s_per_w_server": case.X / server_watts,
        "decode_tok_s_per_mw": case.X / watts * 1e6,
        "decode_kwh_per_mtok": kwh_per_mtok,
        "prefill_tok_s_per_w": NULL if case.disaggregated else case.prefill / watts,
        "power_to_tdp": case.power_per_card / case.TDP,
        "output_tok_s_per_card": case.X / case.n_all,
        "output_tok_s_per_w": case.X / (case.n_all * case.power_per_card),
        "output_tok_s_per_w_system": case.X / case.system_power,
        "decode_electricity_usd_per_mtok": (
            kwh_per_mtok * quantity(prices.electricity_usd_per_kwh) * quantity(prices.pue)
        ),
        "decode_hardware_usd_per_mtok": case.n_all * card_hour / (case.X * 3600) * 1e6,
    }


def memory(case: Case) -> dict[str, Column]:
    weights = case.T * case.w
    capacity = case.n * case.CAP
    fit = weights <= capacity if weights.known and capacity.known else None
    resident = (capacity - weights) / (case.ctx_longest * case.kv)
    return {
        "weights_gb": weights / 1e9,
        "weights_per_card_gb": weights / 1e9 / case.n,
        "weights_fit": fit,
        "kv_gb_at_max_concurrency": case.C * case.ctx_longest * case.kv / 1e9,
        "max_resident_sequences": resident.floor if fit else None,
    }


def latency(case: Case) -> dict[str, Column]:
    steps_after_first = largest(case.D - 1, 0)
    derived_e2e = case.ttft_p50 + steps_after_first * case.tbt_p50
    latencies = case.latencies_s
    return {
        "interactivity_tok_s_user": 1 / case.tbt_p50,
        "e2e_latency_p50_ms": case.e2e_p50.or_else(derived_e2e) * 1000,
        "decode_tok_s_per_card": case.X / case.n,
        "prefill_tok_s_per_card": NULL if case.disaggregated else case.prefill / case.n,
        "ttft_p99_to_p50": latencies["ttft_p99"] / case.ttft_p50,
        "tbt_p99_to_p50": latencies["tbt_p99"] / case.tbt_p50,
        "request_rate_rps": case.X / case.D,
        "requests_in_flight": case.X * (case.ttft + steps_after_first * case.tbt) / case.D,
    }


def reported_minus_implied(case: Case, found: dict[str, Column]) -> dict[str, Column]:
    return {
        f"{name}_reported_minus_implied": reported - 100 * number(found, implied)
        for name, reported, implied in (
            ("memory_bw_pct", case.memory_bw_pct, "decode_mbu"),
            ("compute_pct", case.compute_pct, "decode_mfu"),
        )
    }
