"""Pairs of hardware and a model that nobody has measured: what to test next."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, integer, number


@table(grain=["hardware_id", "model_id", "weight_precision"])
class MartUntestedPair(Contract):
    """One row per hardware, model and precision of the weights without a plausible measured case.

    The pairs come from mart_stack_option: the hardware computes the format natively. At least one
    case runs the model at this precision, on other hardware or as a mere claim, and the weights fit
    into the largest number of cards with which any case of the hardware serves. The table has at
    most untested_pairs (in assumption) rows; the least useful ones are left out. Cases that decode
    no text are not counted.
    """

    hardware_id: str = carried("mart_stack_option.hardware_id")
    model_id: str = carried("mart_stack_option.model_id")
    weight_precision: str = carried("mart_best_option.weight_precision")
    hardware_name: str = carried("dim_hardware.hardware_name")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    model_name: str = carried("dim_model.model_name")
    quant_id: str = carried("mart_stack_option.quant_id")
    compute_precision: str = carried("mart_stack_option.compute_precision")
    weights_gb: float = carried("mart_stack_option.weights_gb")
    memory_capacity_gb: float = carried("dim_hardware.memory_capacity_gb", null=None)
    min_cards: int = integer(
        "Fewest cards whose memory holds the weights; caches need more", unit="cards", ge=1
    )
    most_cards: int = integer("Most serving cards of any case of the hardware", unit="cards", ge=1)
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    plausible_case_count: int = integer(
        as_in("mart_coverage_matrix.plausible_case_count"), unit="cases"
    )
    hardware_case_count: int = integer("Cases of the hardware", unit="cases")
    model_case_count: int = integer("Cases of the model at the precision", unit="cases")
    expected_case_count: float = number(
        "Cases to expect if hardware and models were combined independently",
        unit="cases",
        formula="hardware_case_count · model_case_count / cases of all",
        ge=0,
    )
    usefulness_rank: int = integer(
        "Place by expected_case_count, then by fewest cases, then by ids: of the first, both sides "
        "are run most, and a measurement would connect most",
        ge=1,
    )
