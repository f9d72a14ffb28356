"""Benchmark cases: what was run, on what, and what is said to have come out."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    Moment,
    Origin,
    Texts,
    day,
    flag,
    hashed,
    identifier,
    integer,
    list_length,
    moment,
    number,
    raw_json,
    table,
    text,
    texts,
)

NOT_REPORTED = "not reported"
NOT_DISAGGREGATED = "not disaggregated, or no split given"


class CaseRevision(Contract):
    """What the feed says of one case; shared by fact_case and fact_case_history."""

    case_id: str = identifier("Id of the case", source="id")
    revision: int = integer(
        "1 for the first content seen of this case, one more for each change of the case "
        "or of anything it resolves to",
        ge=1,
    )
    hardware_key: str = hashed(
        "Version of the hardware then in force", references="dim_hardware.hardware_key"
    )
    server_key: str = hashed(
        "Version of the server then in force",
        references="dim_server.server_key",
        null="no server named, or the feed does not describe it",
    )
    model_key: str = hashed("Version of the model then in force", references="dim_model.model_key")
    engine_key: str = hashed(
        "Version of the engine then in force", references="dim_engine.engine_key"
    )
    quant_key: str = hashed(
        "Version of the quantization then in force", references="dim_quant.quant_key"
    )
    title: str = text("Title as submitted", source="title", max_length=2_000)
    submitted_on: dt.date = day("Date of submission", source="submitted_at", null=NOT_GIVEN)
    submitter_github: str = text(
        "GitHub name of the submitter", source="submitter.github", null=NOT_GIVEN
    )
    submitter_affiliation: str = text(
        "Affiliation of the submitter", source="submitter.affiliation", null=NOT_GIVEN
    )
    hardware_id: str = identifier(
        "Id of the accelerator that it ran on", source="stack.hardware.id"
    )
    card_count: int = integer(
        "Accelerator cards, all pools together", unit="cards", source="stack.hardware.count", ge=1
    )
    topology: str = text("Layout of the cards", source="stack.hardware.topology", null=NOT_GIVEN)
    server_id: str = identifier(
        "Id of the server", source="stack.server.id", null="no server named"
    )
    intra_node_interconnect: str = text(
        "Interconnect inside a node", source="stack.interconnect.intra_node", null=NOT_GIVEN
    )
    inter_node_interconnect: str = text(
        "Interconnect between nodes", source="stack.interconnect.inter_node", null=NOT_GIVEN
    )
    model_id: str = identifier("Id of the model", source="stack.model.id")
    weight_format: str = text(
        "Format of the weights as loaded", source="stack.model.weight_format", null=NOT_GIVEN
    )
    engine_id: str = identifier("Id of the inference engine", source="stack.engine.id")
    engine_version: str = text(
        "Version of the engine that was run", source="stack.engine.version", null=NOT_GIVEN
    )
    quant_id: str = identifier("Id of the quantization", source="stack.quantization")
    tensor_parallel: int = integer(
        "Tensor parallelism: cards that share each layer",
        unit="cards",
        source="stack.parallel.tp",
        null=NOT_GIVEN,
    )
    pipeline_parallel: int = integer(
        "Pipeline parallelism: stages that the layers are split into",
        unit="stages",
        source="stack.parallel.pp",
        null=NOT_GIVEN,
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
        "Whether prefill and decode run on cards of their own",
        source="stack.parallel.disaggregated",
        null="not said: counts as no",
    )
    prefill_cards: int = integer(
        "Cards that serve prefill",
        unit="cards",
        source="stack.parallel.disaggregated_split.prefill_cards",
        null=NOT_DISAGGREGATED,
    )
    decode_cards: int = integer(
        "Cards that serve decode",
        unit="cards",
        source="stack.parallel.disaggregated_split.decode_cards",
        null=NOT_DISAGGREGATED,
    )
    driver: str = text("Driver and runtime, with versions", source="stack.driver", null=NOT_GIVEN)
    os: str = text("Operating system of the machines", source="stack.os", null=NOT_GIVEN)
    prefill_seq_len: int = integer(
        "Prompt length of a request", unit="tokens", source="scenario.prefill_seq_len"
    )
    decode_seq_len: int = integer(
        "Output length of a request", unit="tokens", source="scenario.decode_seq_len"
    )
    batch_size: int = integer(
        "Sequences in a batch, as stated", unit="sequences", source="scenario.batch_size", ge=1
    )
    max_concurrent_requests: int = integer(
        "Most requests in flight at once",
        unit="requests",
        source="scenario.max_concurrent_requests",
        ge=1,
    )
    decode_tok_s: float = number(
        "Decode throughput of all cards",
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
    ttft_p50_ms: float = number(
        "Time to first token, median",
        unit="ms",
        source="results.latency_ms.ttft_p50",
        null=NOT_REPORTED,
        ge=0,
    )
    ttft_p99_ms: float = number(
        "Time to first token, 99th percentile",
        unit="ms",
        source="results.latency_ms.ttft_p99",
        null=NOT_REPORTED,
        ge=0,
    )
    tbt_p50_ms: float = number(
        "Time between tokens of one sequence (TPOT), median",
        unit="ms",
        source="results.latency_ms.tbt_p50",
        null=NOT_REPORTED,
        ge=0,
    )
    tbt_p99_ms: float = number(
        "Time between tokens of one sequence (TPOT), 99th percentile",
        unit="ms",
        source="results.latency_ms.tbt_p99",
        null=NOT_REPORTED,
        ge=0,
    )
    memory_per_card_gb: float = number(
        "Memory in use per card",
        unit="GB per card",
        source="results.memory_per_card_gb",
        null=NOT_REPORTED,
        ge=0,
    )
    power_per_card_w: float = number(
        "Power per card",
        unit="W per card",
        source="results.power_per_card_w",
        null=NOT_REPORTED,
        ge=0,
    )
    compute_pct: float = number(
        "Reported utilization of compute",
        unit="%",
        source="results.utilization.compute_pct",
        null=NOT_REPORTED,
        ge=0,
        le=100,
    )
    memory_bw_pct: float = number(
        "Reported utilization of memory bandwidth",
        unit="%",
        source="results.utilization.memory_bw_pct",
        null=NOT_REPORTED,
        ge=0,
        le=100,
    )
    bottleneck: str = text(
        "What limits the run, as reported",
        source="bottleneck",
        null=NOT_REPORTED,
        known=[
            "compute",
            "memory-bandwidth",
            "interconnect",
            "software",
            "mixed",
            "unknown",
        ],
    )
    startup_command: str = text(
        "How the engine was started", source="reproduction.startup_command", null=NOT_GIVEN
    )
    config_files: Texts = texts(
        "Configuration files of the run", source="reproduction.config_files", null=NOT_GIVEN
    )
    benchmark_tool: str = text(
        "Tool that measured", source="reproduction.benchmark_tool", null=NOT_GIVEN
    )
    notes_md: str = text(
        "The submitter's notes, Markdown", source="reproduction.notes_md", null=NOT_GIVEN
    )
    issue_count: int = list_length(
        "Issues encountered (bridge_case_issue)", source="issues_encountered", null=NOT_GIVEN
    )
    pattern_count: int = list_length(
        "Advice patterns attached (bridge_case_pattern)", source="patterns", null=NOT_GIVEN
    )
    evidence_count: int = list_length(
        "Evidence items (bridge_case_evidence)", source="evidence", null=NOT_GIVEN
    )


@table("main", grain=["case_id"], origin=Origin("case"))
class FactCase(CaseRevision):
    """One row per case id: its newest revision."""

    first_seen_at: Moment = moment("Time of the first snapshot with this case")
    last_seen_at: Moment = moment("Time of the last snapshot with this case")
    is_retired: bool = flag("Whether the newest snapshot lacks this case")


@table("main", grain=["case_id", "revision"])
class FactCaseHistory(CaseRevision):
    """One row per case id and revision."""

    from_snapshot_order: int = integer("Position in time of the first snapshot with this revision")
    valid_from: Moment = moment("Time of the first snapshot with this revision")
    valid_to: Moment = moment(
        "Time of the first snapshot with the next revision", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest revision")


@table("main", grain=["case_id", "revision", "list_name"])
class CaseListHistory(Contract):
    """One row per revision and list of a case that has several revisions: what the list held."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    revision: int = integer("Revision of the case", ge=1)
    list_name: str = text(
        "Which list of the feed; one that is empty has no row",
        one_of=["evidence", "issues_encountered", "patterns"],
    )
    elements_json: str = raw_json("Its elements in the order of the feed, as JSON")


@table("main", grain=["case_id", "snapshot_id"])
class CaseSighting(Contract):
    """One row per snapshot and case that it holds, or had to reject."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    snapshot_id: str = hashed("Snapshot that holds the case", references="snapshot.snapshot_id")
    snapshot_order: int = integer("Position of the snapshot in time, from 0")
    seen_at: Moment = moment("When the publisher made the snapshot")
    is_rejected: bool = flag("Whether it was rejected there; its revision before stays in force")


@table("main", grain=["case_id", "ordinal"], origin=Origin("case", each="patterns"))
class BridgeCasePattern(Contract):
    """One row per current case and advice pattern attached to it (not what was run)."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    ordinal: int = integer("Position in the feed's list, from 0")
    pattern_id: str = text("Id of the advice pattern", source="")


@table("main", grain=["case_id", "ordinal"], origin=Origin("case", each="issues_encountered"))
class BridgeCaseIssue(Contract):
    """One row per current case and issue encountered."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    ordinal: int = integer("Position in the feed's list, from 0")
    issue: str = text("What went wrong, in the submitter's words", source="")
