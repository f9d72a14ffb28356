"""Hardware to choose from: the best cases of a model at a speed for one user."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.configuration.assumption import NO_PRICE
from pipelines.contracts.vocabulary import (
    as_in,
    carried,
    flag,
    identifier,
    integer,
    number,
    text,
)

NONE_RANKED = "no ranked case gives a throughput"
NO_POWER = "no ranked case gives power"
NONE_MEASURED = "no measured case is ranked with a throughput"
OF_THE_LIST = (
    "within the model, the precision, the scope of the throughput, the division and the speed; "
    "1 is best, equal ones share a rank"
)


class OptionKey(Contract):
    """The question: a model at a precision and a speed; and the hardware that answers it."""

    model_id: str = identifier(as_in("dim_model.model_id"))
    weight_precision: str = text(
        "Precision of the weights as whole bits, such as `8-bit`; `none` if the bits are not known",
    )
    throughput_scope: str = carried("mart_case_metrics.throughput_scope")
    division: str = text(as_in("fact_case.division"))
    min_tok_s_user: float = number(
        "Least speed for one user; 0 sets no limit and includes cases of unknown speed",
        unit="tok/s per user",
        ge=0,
    )
    hardware_id: str = identifier(as_in("dim_hardware.hardware_id"))


class BestCase(Contract):
    """The ranks of the hardware, and the cases behind them."""

    model_name: str = carried("dim_model.model_name")
    hardware_name: str = carried("dim_hardware.hardware_name")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    rank_by_card: int = integer(
        f"Rank by best output throughput per card {OF_THE_LIST}", null=NONE_RANKED, ge=1
    )
    rank_by_joule: int = integer(
        f"Rank by best output tokens per joule {OF_THE_LIST}",
        null=f"{NONE_RANKED}, or {NO_POWER}",
        ge=1,
    )
    rank_by_dollar: int = integer(
        f"Rank by best output tokens per dollar {OF_THE_LIST}",
        null=f"{NONE_RANKED}, or {NO_PRICE}",
        ge=1,
    )
    best_output_tok_s_per_card: float = number(
        "Output throughput per card, all pools counted, of the best case",
        unit="tok/s per card",
        null=NONE_RANKED,
        ge=0,
    )
    best_output_tok_per_usd: float = number(
        "Output tokens per dollar of hardware, all cards counted, of the best case; since hardware "
        "has one price, the case that is best per card is also best per dollar",
        unit="tok/USD",
        null=f"{NONE_RANKED}, or {NO_PRICE}",
        formula="best_output_tok_s_per_card · 3600 / usd_per_card_hour",
        ge=0,
    )
    usd_per_card_hour: float = carried("card_price.usd_per_card_hour", null=NO_PRICE)
    best_case_id: str = identifier(
        "Id of the case that is best per card; among equals a measured one, else the last by id",
        null=NONE_RANKED,
        references="mart_case_metrics.case_id",
    )
    best_tier: str = text(
        "Effective tier of the case that is best per card", null=f"{NONE_RANKED}, or no evidence"
    )
    best_is_measured: bool = flag(
        "True if the case that is best per card is measured (effective_tier), not a mere claim",
        null=NONE_RANKED,
    )
    best_quant_id: str = carried("fact_case.quant_id", null=NONE_RANKED)
    best_engine_id: str = carried("fact_case.engine_id", null=NONE_RANKED)
    best_cards: int = integer(
        "Cards of the case that is best per card, of both pools",
        unit="cards",
        null=f"{NONE_RANKED}, or not known",
    )
    best_tok_s_user: float = number(
        "Decode speed that one user sees in the case that is best per card",
        unit="tok/s per user",
        null=f"{NONE_RANKED}, or its speed is not known",
        ge=0,
    )
    best_ttft_p50_ms: float = carried(
        "fact_case.ttft_p50_ms", null=f"{NONE_RANKED}, or not reported"
    )
    best_output_tok_s_per_w: float = number(
        "Output tokens per joule, all cards counted, of the case that is best by it",
        unit="tok/s/W",
        null=f"{NONE_RANKED}, or {NO_POWER}",
        ge=0,
    )
    best_per_joule_case_id: str = identifier(
        "Id of the case that is best per joule",
        null=f"{NONE_RANKED}, or {NO_POWER}",
        references="mart_case_metrics.case_id",
    )
    best_per_joule_tier: str = text(
        "Effective tier of the case that is best per joule",
        null=f"{NONE_RANKED}, {NO_POWER}, or no evidence",
    )
    best_per_joule_is_measured: bool = flag(
        "True if the case that is best per joule is measured (effective_tier), not a mere claim",
        null=f"{NONE_RANKED}, or {NO_POWER}",
    )
    best_measured_output_tok_s_per_card: float = number(
        "Output throughput per card, all pools counted, of the best measured case",
        unit="tok/s per card",
        null=NONE_MEASURED,
        ge=0,
    )
    best_measured_output_tok_per_usd: float = number(
        "Output tokens per dollar of hardware, all cards counted, of the best measured case",
        unit="tok/USD",
        null=f"{NONE_MEASURED}, or {NO_PRICE}",
        ge=0,
    )
    best_measured_case_id: str = identifier(
        "Id of the measured case that is best per card",
        null=NONE_MEASURED,
        references="mart_case_metrics.case_id",
    )
    best_measured_output_tok_s_per_w: float = number(
        "Output tokens per joule, all cards counted, of the measured case that is best by it",
        unit="tok/s/W",
        null=f"{NONE_MEASURED}, or none gives power",
        ge=0,
    )
    best_measured_per_joule_case_id: str = identifier(
        "Id of the measured case that is best per joule",
        null=f"{NONE_MEASURED}, or none gives power",
        references="mart_case_metrics.case_id",
    )


class OptionCounts(Contract):
    """The cases behind a row, and those that are left out."""

    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    ranked_case_count: int = integer(as_in("mart_claim_summary.ranked_case_count"), unit="cases")
    measured_case_count: int = integer(
        as_in("mart_coverage_matrix.measured_case_count"), unit="cases"
    )
    impossible_case_count: int = integer(
        as_in("mart_claim_summary.impossible_case_count"), unit="cases"
    )
    implausible_case_count: int = integer(
        as_in("mart_claim_summary.implausible_case_count"), unit="cases"
    )
    not_judged_case_count: int = integer(
        as_in("mart_claim_summary.not_judged_case_count"), unit="cases"
    )
    output_tok_s_per_card_case_count: int = integer(
        as_in("mart_claim_summary.output_tok_s_per_card_case_count"), unit="cases"
    )
    output_tok_s_per_card_missing_count: int = integer(
        as_in("mart_claim_summary.output_tok_s_per_card_missing_count"), unit="cases"
    )
    output_tok_s_per_w_case_count: int = integer(
        as_in("mart_claim_summary.output_tok_s_per_w_case_count"), unit="cases"
    )
    output_tok_s_per_w_missing_count: int = integer(
        as_in("mart_claim_summary.output_tok_s_per_w_missing_count"), unit="cases"
    )
    source_count: int = integer("Sources of the ranked cases", unit="sources")
    submitter_count: int = integer(
        "Submitters of the ranked cases, by affiliation, else by GitHub name; a case without "
        "either adds none",
        unit="submitters",
    )


@table(
    grain=[
        "model_id",
        "weight_precision",
        "throughput_scope",
        "division",
        "min_tok_s_user",
        "hardware_id",
    ]
)
class MartBestOption(OptionCounts, BestCase, OptionKey):
    """One row per model, precision of the weights, scope of the throughput, division, least speed
    for one user and hardware: the best plausible cases per card, joule and dollar.

    A case counts at 0 and at every best_option_speed_* (assumption) that its speed for one user
    (1000 / tbt_p50_ms) reaches. The precision is that of the weights, not of the computation: users
    choose it, and it is the same on all hardware, while one quantization is computed at FP4 on one
    card and at FP8 on another. One precision can have several formats: see best_quant_id. Lengths
    and load may differ. Workloads that decode no text and MLPerf's open division are excluded.
    ranked_case_count and the counts of cases left out add up to case_count; the best case is chosen
    among the ranked ones that give the figure. `best_options` answers for any speed and price.
    """
