"""Comparison of a case with its title and with other cases."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, flag, integer

NO_TITLE = "the case has no title"


@table(grain=["case_id"])
class CaseContext(Contract):
    """One row per current case: names in its title, and other cases with the same results."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    is_model_in_title: bool = flag("True if the title names the model", null=NO_TITLE)
    is_hardware_in_title: bool = flag("True if the title names the hardware", null=NO_TITLE)
    same_result_elsewhere_count: int = integer(
        "Current cases of another hardware, model, quantization or card count with equal "
        "throughputs and median latencies",
        unit="cases",
    )
    same_result_repeated_count: int = integer(
        "Other current cases of the same stack with equal throughputs and median latencies",
        unit="cases",
    )
