"""Benchmark cases with every revision: what was run, on what, and the reported results."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    NO_TIME,
    NOT_GIVEN,
    Moment,
    Texts,
    as_in,
    carried,
    day,
    flag,
    identifier,
    integer,
    list_length,
    moment,
    number,
    text,
    texts,
)

NOT_REPORTED = "not reported"
NOT_DISAGGREGATED = "not disaggregated, or no split given"
NO_SERVER = "no server named, or the feed does not describe it"


class CaseRevision(Contract):
    """The fields of a case in the feed; fact_case and fact_case_history share them."""

    case_id: str = identifier("Id of the case", source="id")
    source_id: str = identifier(as_in("dim_source.source_id"), references="dim_source.source_id")
    revision: int = integer(
        "Revision of the case, from 1; a change of the case, or of anything that it refers to, "
        "starts a new one",
        ge=1,
    )
    hardware_key: str = carried("dim_hardware.hardware_key", references="dim_hardware.hardware_key")
    server_key: str = carried(
        "dim_server.server_key", references="dim_server.server_key", null=NO_SERVER
    )
    model_key: str = carried("dim_model.model_key", references="dim_model.model_key")
    engine_key: str = carried("dim_engine.engine_key", references="dim_engine.engine_key")
    quant_key: str = carried("dim_quant.quant_key", references="dim_quant.quant_key")
    title: str = text(
        "Title, as its author wrote it", source="title", null=NOT_GIVEN, max_length=2_000
    )
    submitted_on: dt.date = day("Date of submission", source="submitted_at", null=NOT_GIVEN)
    submitter_github: str = text(
        "GitHub name of the submitter", source="submitter.github", null=NOT_GIVEN
    )
    submitter_affiliation: str = text(
        "Affiliation of the submitter", source="submitter.affiliation", null=NOT_GIVEN
    )
    hardware_id: str = identifier(as_in("dim_hardware.hardware_id"), source="stack.hardware.id")
    card_count: int = integer(
        "Accelerator cards, all pools together",
        unit="cards",
        source="stack.hardware.count",
        ge=None,
    )
    topology: str = text("Layout of the cards", source="stack.hardware.topology", null=NOT_GIVEN)
    server_id: str = identifier(
        as_in("dim_server.server_id"), source="stack.server.id", null="no server named"
    )
    intra_node_interconnect: str = text(
        "Interconnect inside a node", source="stack.interconnect.intra_node", null=NOT_GIVEN
    )
    inter_node_interconnect: str = text(
        "Interconnect between nodes", source="stack.interconnect.inter_node", null=NOT_GIVEN
    )
    model_id: str = identifier(as_in("dim_model.model_id"), source="stack.model.id")
    weight_format: str = text(
        "Format of the weights as loaded", source="stack.model.weight_format", null=NOT_GIVEN
    )
    engine_id: str = identifier(as_in("dim_engine.engine_id"), source="stack.engine.id")
    engine_version: str = text(
        "Version of the engine that was run", source="stack.engine.version", null=NOT_GIVEN
    )
    quant_id: str = identifier(as_in("dim_quant.quant_id"), source="stack.quantization")
    tensor_parallel: int = integer(
        "Tensor parallelism: cards that share each layer",
        unit="cards",
        source="stack.parallel.tp",
        null=NOT_GIVEN,
        ge=None,
    )
    pipeline_parallel: int = integer(
        "Pipeline parallelism: stages that the layers are split into",
        unit="stages",
        source="stack.parallel.pp",
        null=NOT_GIVEN,
        ge=None,
    )
    expert_parallel: int = integer(
        "Expert parallelism: cards that the experts are spread over",
        unit="cards",
        source="stack.parallel.ep",
        null=NOT_GIVEN,
    )
    sequence_parallel: int = integer(
        "Sequence parallelism: cards that share a sequence",
        unit="cards",
        source="stack.parallel.sp",
        null=NOT_GIVEN,
    )
    is_disaggregated: bool = flag(
        "True if prefill and decode run on separate cards",
        source="stack.parallel.disaggregated",
        null="not stated: counts as false",
    )
    prefill_cards: int = integer(
        "Cards of the prefill pool",
        unit="cards",
        source="stack.parallel.disaggregated_split.prefill_cards",
        null=NOT_DISAGGREGATED,
        ge=None,
    )
    decode_cards: int = integer(
        "Cards of the decode pool",
        unit="cards",
        source="stack.parallel.disaggregated_split.decode_cards",
        null=NOT_DISAGGREGATED,
        ge=None,
    )
    driver: str = text("Driver and runtime, with versions", source="stack.driver", null=NOT_GIVEN)
    os: str = text("Operating system of the machines", source="stack.os", null=NOT_GIVEN)
    data_parallel: int = integer(
        "Data parallelism: copies of the model",
        unit="copies",
        source="stack.parallel.dp",
        null=NOT_GIVEN,
    )
    uses_attention_data_parallel: bool = flag(
        "True if the attention is data parallel, in which case the copies share cards",
        source="stack.parallel.attention_dp",
        null="not stated",
    )
    replicas: int = integer(
        "Instances of the engine",
        unit="instances",
        source="stack.replicas",
        null=NOT_GIVEN,
    )
    kv_cache_bits: float = number(
        "Stored size of an element of the KV cache",
        unit="bits",
        source="stack.kv_cache_bits",
        null="not stated",
    )
    uses_speculative_decoding: bool = flag(
        "True if the run uses speculative decoding",
        source="stack.speculative.enabled",
        null="not stated",
    )
    speculative_method: str = text(
        "Method of speculative decoding; `none` if stated to be off",
        source="stack.speculative.method",
        null="not stated",
    )
    acceptance_length: float = number(
        "Tokens per decode step with speculative decoding, mean",
        unit="tokens",
        source="stack.speculative.acceptance_length",
        null="not stated",
        ge=0,
    )
    uses_prefix_caching: bool = flag(
        "True if the run uses prefix caching",
        source="stack.prefix_caching.enabled",
        null="not stated",
    )
    prefix_cache_hit_rate: float = number(
        "Share of the prompt tokens that the prefix cache served",
        unit="1",
        source="stack.prefix_caching.hit_rate",
        null="not stated",
        ge=0,
        le=1,
    )
    hardware_as_reported: str = text(
        "Name of the accelerator before it was looked up in the catalog",
        source="stack.hardware_as_reported",
        null=NOT_GIVEN,
    )
    model_as_reported: str = text(
        "Name of the model before it was looked up in the catalog",
        source="stack.model_as_reported",
        null=NOT_GIVEN,
    )
    quantization_as_reported: str = text(
        "Name of the quantization before it was looked up in the catalog",
        source="stack.quantization_as_reported",
        null=NOT_GIVEN,
    )
    prefill_seq_len: float = number(
        "Prompt length of a request (P in formulas), a mean if lengths vary",
        unit="tokens",
        source="scenario.prefill_seq_len",
        null="not known",
        ge=0,
    )
    decode_seq_len: float = number(
        "Output length of a request (D in formulas), a mean if lengths vary",
        unit="tokens",
        source="scenario.decode_seq_len",
        null="not known",
    )
    stated_prefill_seq_len: float = number(
        "Prompt length that was asked for",
        unit="tokens",
        source="scenario.stated_prefill_seq_len",
        null="not stated",
        ge=0,
    )
    stated_decode_seq_len: float = number(
        "Output length that was asked for",
        unit="tokens",
        source="scenario.stated_decode_seq_len",
        null="not stated",
        ge=0,
    )
    lengths_are_nominal: bool = flag(
        "True if the lengths are those asked for and were not measured",
        source="scenario.lengths_are_nominal",
        null="not stated: counts as measured",
    )
    dataset: str = text(
        "Data set of the prompts",
        source="scenario.dataset",
        null="not stated",
    )
    request_rate_rps: float = number(
        "Requests per second: in the star the offered rate, in the metrics those that finish",
        unit="1/s",
        source="scenario.request_rate_rps",
        null="no rate: a closed loop, or all at once",
        ge=0,
    )
    batch_size: int = integer(
        "Batch size: sequences decoded together (B in formulas)",
        unit="sequences",
        source="scenario.batch_size",
        null="not known",
        ge=None,
    )
    max_concurrent_requests: int = integer(
        "Maximum number of requests in flight (C in formulas)",
        unit="requests",
        source="scenario.max_concurrent_requests",
        null="no limit, or not known",
        ge=None,
    )
    throughput_scope: str = text(
        "Time that the throughput is taken over: `phase` while sequences decode, `wall` the whole "
        "run with its prompts",
        source="results.throughput_tokens_per_sec.scope",
        null="not stated: counts as phase",
        known=["phase", "wall"],
    )
    decode_tok_s: float = number(
        "Decode throughput of all cards: output tokens per second",
        unit="tok/s",
        source="results.throughput_tokens_per_sec.decode",
        null=NOT_REPORTED,
        ge=0,
    )
    prefill_tok_s: float = number(
        "Prefill throughput of all cards",
        unit="tok/s",
        source="results.throughput_tokens_per_sec.prefill",
        null=NOT_REPORTED,
        ge=0,
    )
    ttft_mean_ms: float = number(
        "Time to first token (TTFT), mean",
        unit="ms",
        source="results.latency_ms.ttft_mean",
        null=NOT_REPORTED,
    )
    ttft_p50_ms: float = number(
        "Time to first token (TTFT), median",
        unit="ms",
        source="results.latency_ms.ttft_p50",
        null=NOT_REPORTED,
    )
    ttft_p99_ms: float = number(
        "Time to first token (TTFT), 99th percentile",
        unit="ms",
        source="results.latency_ms.ttft_p99",
        null=NOT_REPORTED,
    )
    tbt_mean_ms: float = number(
        "Time between tokens of one sequence (TPOT), mean",
        unit="ms",
        source="results.latency_ms.tbt_mean",
        null=NOT_REPORTED,
    )
    tbt_p50_ms: float = number(
        "Time between tokens of one sequence (TPOT), median",
        unit="ms",
        source="results.latency_ms.tbt_p50",
        null=NOT_REPORTED,
    )
    tbt_p99_ms: float = number(
        "Time between tokens of one sequence (TPOT), 99th percentile",
        unit="ms",
        source="results.latency_ms.tbt_p99",
        null=NOT_REPORTED,
    )
    tbt_definition: str = text(
        "Definition of the time between tokens, if it is not (e2e − ttft)/(n − 1)",
        source="results.latency_ms.tbt_definition",
        null="the usual definition",
    )
    tbt_reported_ms: float = number(
        "Figure that the tool calls time between tokens and that is none",
        unit="ms",
        source="results.latency_ms.tbt_reported",
        null=NOT_REPORTED,
    )
    itl_p50_ms: float = number(
        "Gap between two chunks of one stream (ITL), median",
        unit="ms",
        source="results.latency_ms.itl_p50",
        null=NOT_REPORTED,
    )
    itl_p99_ms: float = number(
        "Gap between two chunks of one stream (ITL), 99th percentile",
        unit="ms",
        source="results.latency_ms.itl_p99",
        null=NOT_REPORTED,
    )
    e2e_mean_ms: float = number(
        "Time from request to last token, mean",
        unit="ms",
        source="results.latency_ms.e2e_mean",
        null=NOT_REPORTED,
    )
    e2e_p50_ms: float = number(
        "Time from request to last token, median",
        unit="ms",
        source="results.latency_ms.e2e_p50",
        null=NOT_REPORTED,
    )
    e2e_p99_ms: float = number(
        "Time from request to last token, 99th percentile",
        unit="ms",
        source="results.latency_ms.e2e_p99",
        null=NOT_REPORTED,
    )
    requests_completed: int = integer(
        "Requests completed in the measured part of the run",
        unit="requests",
        source="results.requests.completed",
        null=NOT_REPORTED,
    )
    requests_failed: int = integer(
        "Requests failed in the measured part of the run",
        unit="requests",
        source="results.requests.failed",
        null=NOT_REPORTED,
    )
    duration_s: float = number(
        "Duration of the measured part of the run",
        unit="s",
        source="results.duration_s",
        null=NOT_REPORTED,
        ge=0,
    )
    concurrency_mean: float = number(
        "Requests in flight, observed mean",
        unit="requests",
        source="results.concurrency_mean",
        null=NOT_REPORTED,
        ge=0,
    )
    concurrency_peak: float = number(
        "Requests in flight, observed peak",
        unit="requests",
        source="results.concurrency_peak",
        null=NOT_REPORTED,
        ge=0,
    )
    memory_per_card_gb: float = number(
        "Memory in use per card",
        unit="GB per card",
        source="results.memory_per_card_gb",
        null=NOT_REPORTED,
    )
    power_per_card_w: float = number(
        "Power draw per card",
        unit="W per card",
        source="results.power_per_card_w",
        null=NOT_REPORTED,
    )
    system_power_w: float = number(
        "Power draw of the node or system",
        unit="W",
        source="results.system_power_w",
        null=NOT_REPORTED,
    )
    power_scope: str = text(
        "Scope of the measured power: `card`, `node` or `system`",
        source="results.power_scope",
        null="not stated",
        known=["card", "node", "system"],
    )
    energy_j: float = number(
        "Energy of the measured part of the run",
        unit="J",
        source="results.energy_j",
        null=NOT_REPORTED,
        ge=0,
    )
    compute_pct: float = number(
        "Reported utilization of compute",
        unit="%",
        source="results.utilization.compute_pct",
        null=NOT_REPORTED,
        le=100,
    )
    memory_bw_pct: float = number(
        "Reported utilization of memory bandwidth",
        unit="%",
        source="results.utilization.memory_bw_pct",
        null=NOT_REPORTED,
        le=100,
    )
    bottleneck: str = text(
        "Reported bottleneck of the run",
        source="bottleneck",
        null=NOT_REPORTED,
        known=["compute", "memory-bandwidth", "interconnect", "software", "mixed", "unknown"],
    )
    run_at: str = text(
        "Time of the run, as the source writes it",
        source="run.at",
        null="not stated",
    )
    run_at_zone: str = text(
        "Time zone of the run",
        source="run.zone",
        null="not stated",
    )
    source_format: str = text(
        "Format of the file that the case was read from",
        source="tool.format",
        null="the feed itself",
    )
    tool_version: str = text(
        "Version of the tool that wrote the file",
        source="tool.version",
        null="not stated",
    )
    division: str = text(
        "Division of MLPerf",
        source="division",
        null="not a result of MLPerf",
    )
    availability: str = text(
        "Availability category of MLPerf",
        source="availability",
        null="not a result of MLPerf",
    )
    configuration_key: str = text(
        "Hash of stack and scenario: the same for all runs of one configuration",
        source="configuration_key",
        null="the feed has no such key",
    )
    source_file: str = text(
        "File that the case was read from, as a path within its source",
        source="source_file",
        null="the feed itself",
    )
    record_index: int = integer(
        "Position of the record in its file, from 0",
        source="record_index",
        null="the feed itself",
    )
    startup_command: str = text(
        "Command that started the engine", source="reproduction.startup_command", null=NOT_GIVEN
    )
    config_files: Texts = texts(
        "Configuration files of the run", source="reproduction.config_files", null=NOT_GIVEN
    )
    benchmark_tool: str = text(
        "Tool that took the measurements", source="reproduction.benchmark_tool", null=NOT_GIVEN
    )
    notes_md: str = text(
        "Notes of the submitter, as Markdown", source="reproduction.notes_md", null=NOT_GIVEN
    )
    issue_count: int = list_length(
        "Issues encountered (bridge_case_issue)", source="issues_encountered", null=NOT_GIVEN
    )
    pattern_count: int = list_length(
        "Advice patterns attached (bridge_case_pattern)", source="patterns", null=NOT_GIVEN
    )
    evidence_count: int = list_length(
        "Evidence items listed (bridge_*_evidence)", source="evidence", null=NOT_GIVEN
    )


@table(grain=["case_id", "revision"])
class FactCaseHistory(CaseRevision):
    """One row per case and revision."""

    from_snapshot_order: int = integer(as_in("dimension_version.from_snapshot_order"))
    valid_from: Moment = moment(as_in("dimension_version.valid_from"), null=NO_TIME)
    valid_to: Moment = moment(as_in("dimension_version.valid_to"), null="still valid")
    is_current: bool = flag(as_in("dimension_version.is_current"))
