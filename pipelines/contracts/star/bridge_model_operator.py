"""Operators that a model's forward pass is made of."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import NOT_GIVEN, as_in, carried, integer, number, text


@table(grain=["model_key", "ordinal"], origin=Origin("model", each="operator_decomposition"))
class BridgeModelOperator(Contract):
    """One row per model version and operator of the publisher's decomposition."""

    model_key: str = carried("dim_model.model_key", references="dim_model.model_key")
    model_id: str = carried("dim_model.model_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    operator: str = text("Name of the operator", source="operator")
    flops_per_token: float = number(
        "Operations per token", unit="op/token", source="flops_per_token", null=NOT_GIVEN, ge=0
    )
    bytes_per_token: float = number(
        "Memory traffic per token",
        unit="bytes/token",
        source="bytes_per_token",
        null=NOT_GIVEN,
        ge=0,
    )
