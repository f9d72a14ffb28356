"""Coverage: which combinations have cases, and how good they are."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, integer, text

#: Kinds of cases, the best first.
COVERAGES = ("measured", "plausible", "not judged", "implausible", "impossible", "none")


@table(grain=["hardware_id", "model_id", "quant_id"])
class MartCoverageMatrix(Contract):
    """One row per accelerator, model and quantization of a case, or of mart_stack_option."""

    hardware_id: str = carried("dim_hardware.hardware_id")
    model_id: str = carried("dim_model.model_id")
    quant_id: str = carried("dim_quant.quant_id")
    hardware_name: str = carried("dim_hardware.hardware_name")
    model_name: str = carried("dim_model.model_name")
    quant_name: str = carried("dim_quant.quant_name")
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    plausible_case_count: int = integer("Plausible cases, of any workload", unit="cases")
    implausible_case_count: int = integer(
        as_in("mart_claim_summary.implausible_case_count"), unit="cases"
    )
    impossible_case_count: int = integer(
        as_in("mart_claim_summary.impossible_case_count"), unit="cases"
    )
    not_judged_case_count: int = integer(
        as_in("mart_claim_summary.not_judged_case_count"), unit="cases"
    )
    measured_case_count: int = integer(
        "Plausible cases whose effective tier is measured", unit="cases"
    )
    coverage: str = text(
        "Best kind of case that there is; measured ones are plausible, too", one_of=COVERAGES
    )
