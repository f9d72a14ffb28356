"""Where each case comes from, and when it came and went."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import Moment, Texts, carried, text, texts


@table(grain=["case_id"])
class MartCaseProvenance(Contract):
    """One row per case, retired ones too: its submitter, its place in the source, its evidence.

    The lists describe the evidence of the newest revision. A retired case has no row in
    mart_case_metrics.
    """

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    source_id: str = carried("fact_case.source_id", references="dim_source.source_id")
    title: str = carried("fact_case.title")
    submitter_affiliation: str = carried("fact_case.submitter_affiliation")
    submitter_github: str = carried("fact_case.submitter_github")
    source_format: str = carried("fact_case.source_format")
    tool_version: str = carried("fact_case.tool_version")
    source_file: str = carried("fact_case.source_file")
    record_index: int = carried("fact_case.record_index")
    evidence_urls: Texts = texts("Distinct URLs of its evidence")
    raw_data_urls: Texts = texts("Distinct URLs of the raw data behind its evidence")
    evidence_citations: Texts = texts("Distinct citations of its evidence")
    catalog_hardware_name: str = text(
        "Name of the accelerator in the catalog, in Latin letters",
        null="the catalog does not have it",
    )
    first_seen_at: Moment = carried("fact_case.first_seen_at")
    last_seen_at: Moment = carried("fact_case.last_seen_at")
    is_retired: bool = carried("fact_case.is_retired")
