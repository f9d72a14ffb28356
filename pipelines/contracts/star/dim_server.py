"""Servers: the machines that the cards are in."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Moment,
    Texts,
    as_in,
    carried,
    hashed,
    identifier,
    integer,
    list_length,
    number,
    text,
    texts,
)


@table(grain=["server_key"], origin=Origin("server"))
class DimServer(Contract):
    """One row per server id and version: the machine that the cards are in."""

    server_key: str = hashed("Key of the server version")
    server_id: str = identifier("Id of the server", source="id")
    source_id: str = carried("dimension_version.source_id")
    server_name: str = text("Name of the server", source="name")
    server_vendor: str = text("Vendor of the server", source="vendor", null=NOT_GIVEN)
    server_type: str = text(
        "Kind of server",
        source="type",
        null=NOT_GIVEN,
        known=["integrated-server", "pod", "super-pod"],
    )
    server_card_id: str = text("Id of the accelerator in the server", source="card", null=NOT_GIVEN)
    server_card_count: int = integer(
        "Cards in the server",
        unit="cards",
        source="card_count",
        null=NOT_GIVEN,
        ge=None,
    )
    scale_up_domain_size: int = integer(
        "Cards in a scale-up domain of the server",
        unit="cards",
        source="scale_up_domain_size",
        null=NOT_GIVEN,
    )
    server_intra_node_interconnect: str = text(
        "Interconnect inside a node of the server", source="intra_node_interconnect", null=NOT_GIVEN
    )
    server_inter_node_interconnect: str = text(
        "Interconnect between nodes of the server", source="inter_node_interconnect", null=NOT_GIVEN
    )
    cooling: str = text(
        "Kind of cooling", source="cooling", null=NOT_GIVEN, known=["air", "liquid"]
    )
    rack_power_kw: float = number(
        "Power of the whole server", unit="kW", source="rack_power_kw", null=NOT_GIVEN
    )
    total_memory_gb: float = number(
        "Memory of all cards of the server",
        unit="GB",
        source="total_memory_gb",
        null=NOT_GIVEN,
        ge=0,
    )
    total_compute_bf16_pflops: float = number(
        "Peak BF16 rate of all cards of the server",
        unit="1e15 op/s",
        source="total_compute_pflops_bf16",
        null=NOT_GIVEN,
        ge=0,
    )
    server_release_year: int = integer(
        "Year of release", unit="year", source="release_year", null=NOT_GIVEN, ge=1990, le=2100
    )
    server_aliases: Texts = texts("Other names of the server", source="aliases", null=NOT_GIVEN)
    server_chinese_names: Texts = texts(
        "Chinese names of the server", source="chinese_names", null=NOT_GIVEN
    )
    evidence_count: int = list_length(
        as_in("fact_case_history.evidence_count"), source="evidence", null=NOT_GIVEN
    )
    valid_from: Moment = carried("dimension_version.valid_from")
    valid_to: Moment = carried("dimension_version.valid_to")
    is_current: bool = carried("dimension_version.is_current")
    is_latest: bool = carried("dimension_version.is_latest")
