"""Details of a case: the lines of its panel, in words."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any

import polars as pl

from pipelines.report.rows import collect
from pipelines.report.wording import column, hint

CLAIMED = {
    "decode_tok_s": "",
    "throughput_scope": "Throughput",
    "prefill_tok_s": "",
    "ttft_mean_ms": "",
    "ttft_p50_ms": "",
    "tbt_mean_ms": "",
    "tbt_p50_ms": "",
    "e2e_mean_ms": "",
    "prefill_seq_len": "Prompt length",
    "decode_seq_len": "Output length",
    "batch_size": "Batch size",
    "max_concurrent_requests": "Most requests at once",
    "requests_completed": "",
    "requests_failed": "",
    "uses_speculative_decoding": "Speculative decoding",
    "uses_prefix_caching": "Prefix caching",
    "prefix_cache_hit_rate": "",
    "kv_cache_bits": "",
    "memory_per_card_gb": "",
    "power_per_card_w": "",
    "system_power_w": "",
    "memory_bw_pct": "",
    "compute_pct": "",
    "bottleneck": "",
}
ALLOWED = {
    "decode_roofline_tok_s": "Decode roofline",
    "decode_roofline_hard_tok_s": "Hard decode roofline",
    "decode_roofline_bound": "Bound by",
    "decode_concurrency": "Sequences at once",
    "arithmetic_intensity": "Arithmetic intensity",
    "ridge_point": "Ridge point",
    "prefill_roofline_tok_s": "Prefill roofline",
    "serving_roofline_tok_s": "Serving roofline",
    "prefill_time_share": "Compute that the prompts take",
    "max_resident_sequences": "Sequences that fit in memory",
    "weights_per_card_gb": "",
    "weights_fit": "The weights fit",
}
FOLLOWS = {
    "plausibility": "Verdict",
    "roofline_efficiency": "Efficiency",
    "serving_roofline_efficiency": "Serving efficiency",
    "decode_roofline_efficiency": "Decode efficiency",
    "decode_roofline_efficiency_low": "Its low end",
    "decode_roofline_efficiency_high": "Its high end",
    "decode_mbu": "MBU",
    "decode_mfu": "MFU",
    "prefill_mfu": "MFU of prefill",
    "requests_in_flight": "Requests in flight",
    "output_tok_s_per_card": "",
    "interactivity_tok_s_user": "",
    "output_tok_s_per_w": "",
    "output_tok_s_per_w_system": "",
    "decode_tok_s_per_w": "",
    "decode_tok_s_per_w_tdp": "",
    "decode_tok_s_per_w_server": "",
    "decode_kwh_per_mtok": "Energy of a million tokens",
    "bottleneck_implied": "Bottleneck by the numbers",
    "declared_tier": "Declared tier",
    "effective_tier": "Effective tier",
    "is_traceable": "Traceable measurement",
}
#: Facts that are left out if they have no value: few sources give them.
RARE = {
    "ttft_mean_ms",
    "tbt_mean_ms",
    "e2e_mean_ms",
    "requests_completed",
    "requests_failed",
    "prefix_cache_hit_rate",
    "kv_cache_bits",
    "system_power_w",
    "max_resident_sequences",
    "output_tok_s_per_w_system",
}
#: The scope of a throughput, in words.
SCOPES = {"phase": "decoding", "wall": "whole run"}
#: Tiers whose code is not a word that a reader knows.
TIERS = {"none": "no result", "": "no evidence"}
#: The columns in the first lines of the panel.
_OTHERS = (
    "server_name",
    "tier_reason",
    "submitter_affiliation",
    "submitter_github",
    "source_file",
)
#: Numbers that a case reports about itself: quantity in mart_reported_vs_implied, name.
QUANTITIES = {
    "memory_bandwidth": "Bandwidth",
    "compute": "Compute",
    "memory": "Memory",
    "concurrency": "Concurrency",
}


#: The headings of the panel of a case, with the columns below each.
GROUPS = {"Claimed": CLAIMED, "What the hardware allows": ALLOWED, "What follows": FOLLOWS}
_RATES = {"attainable": "Rate at most", "achieved": "Rate achieved"}
_STANDING = {"standing": "Pareto standing", "class_id": "Pareto class"}
_NO_STANDING = "no speed for one user or no throughput per card"
#: Columns of mart_case_metrics in the panel.
COLUMNS = tuple(CLAIMED | ALLOWED | FOLLOWS)


@dataclass(frozen=True)
class Fact:
    """A line of the panel. `null` says why there is no value; if `rare`, it is then left out."""

    column: str
    label: str
    unit: str
    null: str
    hint: str
    is_rare: bool


def facts() -> dict[str, list[list[Any]]]:
    """Return the lines of the panel by heading, each as the fields of a Fact."""
    found = {
        heading: [
            Fact(
                name,
                _label(name, given),
                _unit(name),
                column(name).null or "",
                hint(name),
                name in RARE,
            )
            for name, given in names.items()
        ]
        for heading, names in GROUPS.items()
    }
    unit = _unbroken("10¹² op/s per card")
    found["What the hardware allows"] += [
        Fact(name, label, unit, "", "", is_rare=True) for name, label in _RATES.items()
    ]
    found["What follows"] += [
        Fact(name, label, "", _NO_STANDING, "", is_rare=False) for name, label in _STANDING.items()
    ]
    return {heading: [list(astuple(one)) for one in lines] for heading, lines in found.items()}


def told(cases: pl.DataFrame, options: pl.LazyFrame) -> pl.DataFrame:
    """Return the columns of the panel for these cases, codes in words, with their rates."""
    keys = ["hardware_id", "compute_precision"]
    peaks = collect(
        options.filter(pl.col("peak_tflops") > 0).group_by(keys).agg(pl.col("peak_tflops").max())
    )
    found = cases.join(peaks, on=keys, how="left", maintain_order="left")
    to_ridge = pl.col("arithmetic_intensity") / pl.col("ridge_point")
    return found.select(
        "case_id",
        *(_in_words(name, cases.schema[name]) for name in (*COLUMNS, *_OTHERS)),
        (pl.col("peak_tflops") * to_ridge.clip(upper_bound=1)).alias("attainable"),
        (pl.col("peak_tflops") * pl.col("decode_mfu")).alias("achieved"),
    )


def _in_words(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if dtype == pl.Boolean:
        return pl.when(value).then(pl.lit("yes")).when(~value).then(pl.lit("no")).alias(name)
    if name == "throughput_scope":
        return value.replace(SCOPES)
    if name == "plausibility":
        return value.str.replace_all("_", " ", literal=True)
    return value.replace("none", TIERS["none"]) if name.endswith("_tier") else value


def tier_of(tier: str | None) -> str:
    """A tier of the evidence, in words."""
    return TIERS.get(tier or "", tier or "")


def _label(name: str, given: str) -> str:
    return given or column(name).description


def _unit(name: str) -> str:
    unit = column(name).unit or ""
    return "" if unit == "1" else _unbroken(unit)


def _unbroken(unit: str) -> str:
    return unit.replace(" ", "\N{NO-BREAK SPACE}")
