"""Runs of one configuration over time."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, flag, identifier, integer, number, text

FIRST = "no plausible run of the configuration at an earlier time"


@table(grain=["case_id"])
class MartRunHistory(Contract):
    """One row per current case with a configuration: the runs of each configuration over time and
    over versions of engine and tool, with the change against the run before.

    The run before is the last plausible one at an earlier time of the same source, configuration
    and scope of the throughput; in MLPerf also of the same division and submitter. A run that is
    not plausible is compared, and no later run is compared with it.
    """

    source_id: str = carried("fact_case.source_id", references="dim_source.source_id")
    configuration_key: str = carried("fact_case.configuration_key", null=None)
    run_number: int = integer(
        "Position of the run among those of its source and configuration, from 1: by time, then "
        "by file and position in it; runs without a time come last",
        ge=1,
    )
    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    ordered_at: str = text(
        "Time by which the runs are ordered: that of the run, else that of its file where the "
        "source appends",
        null="neither is known",
    )
    run_at: str = carried("fact_case.run_at")
    run_at_zone: str = carried("fact_case.run_at_zone")
    hardware_id: str = carried("fact_case.hardware_id")
    card_count: int = carried("fact_case.card_count")
    model_id: str = carried("fact_case.model_id")
    quant_id: str = carried("fact_case.quant_id")
    engine_id: str = carried("fact_case.engine_id")
    engine_version: str = carried("fact_case.engine_version")
    source_format: str = carried("fact_case.source_format")
    tool_version: str = carried("fact_case.tool_version")
    division: str = carried("fact_case.division")
    prefill_seq_len: float = carried("fact_case.prefill_seq_len")
    decode_seq_len: float = carried("fact_case.decode_seq_len")
    max_concurrent_requests: int = carried("fact_case.max_concurrent_requests")
    request_rate_rps: float = carried("fact_case.request_rate_rps")
    throughput_scope: str = carried("mart_case_metrics.throughput_scope")
    decode_tok_s: float = carried("fact_case.decode_tok_s")
    ttft_p50_ms: float = carried("fact_case.ttft_p50_ms")
    ttft_mean_ms: float = carried("fact_case.ttft_mean_ms")
    tbt_p50_ms: float = carried("fact_case.tbt_p50_ms")
    tbt_mean_ms: float = carried("fact_case.tbt_mean_ms")
    tbt_definition: str = carried("fact_case.tbt_definition")
    plausibility: str = carried("mart_case_metrics.plausibility")
    previous_case_id: str = identifier(
        "Id of the run before", null=FIRST, references="mart_case_metrics.case_id"
    )
    decode_tok_s_change: float = number(
        "Change of the decode throughput against the run before, as a share of it",
        unit="1",
        null="no run before, or a throughput is missing",
        formula="now / before − 1",
    )
    ttft_change: float = number(
        "Change of the time to first token against the run before, as a share of it: of the "
        "medians, else of the means",
        unit="1",
        null="no run before, or the two have neither in common",
        formula="now / before − 1",
    )
    tbt_change: float = number(
        "Change of the time between tokens (TPOT) against the run before, as a share of it: of "
        "the medians, else of the means",
        unit="1",
        null="no run before, the two have neither in common, or define it differently",
        formula="now / before − 1",
    )
    is_engine_version_changed: bool = flag(
        "True if the version of the engine is another than in the run before",
        null="no run before, or a version is not stated",
    )
    is_tool_version_changed: bool = flag(
        "True if the version of the tool is another than in the run before",
        null="no run before, or a version is not stated",
    )
    is_regression: bool = flag(
        "True if the decode throughput is lower, or a latency higher, than in the run before by "
        "more than the assumption run_regression_share",
        null="no run before, or nothing to compare",
    )
