"""The audit of a single file: the verdicts that the warehouse would give, without a warehouse.

The file goes through the same staging, SQL and rules as a build, in a folder that is deleted
afterwards. Rules that compare cases compare those of the file.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.contracts import columns, contracts
from pipelines.errors import RoofhouseError
from pipelines.ingest import result_file
from pipelines.ingest.snapshot import blocks
from pipelines.settings import Settings
from pipelines.transform.materialize import building, materialize_all
from pipelines.warehouse import Warehouse

#: The metrics that most readers look for; they come first.
SHOWN = (
    "throughput_scope",
    "roofline_efficiency",
    "decode_roofline_tok_s",
    "decode_concurrency",
    "decode_mbu",
    "decode_mfu",
    "prefill_mfu",
    "requests_in_flight",
    "output_tok_s_per_card",
    "output_tok_s_per_w",
    "interactivity_tok_s_user",
    "e2e_latency_p50_ms",
    "weights_gb",
    "weights_fit",
    "max_resident_sequences",
)
_CARDS = ("serving_cards", "peak_tflops")
_MODEL = ("active_params_b", "bytes_per_weight")
#: The metrics of which a verdict needs one, and the inputs that each requires.
JUDGEMENTS: Mapping[str, tuple[str, ...]] = {
    "roofline_efficiency": (
        "decode_tok_s",
        "decode_concurrency",
        *_CARDS,
        "memory_bandwidth_gb_s",
        *_MODEL,
        "context_tokens_kept",
        "kv_bytes_per_token",
    ),
    "decode_mbu": (
        "tbt_p50_ms",
        "decode_concurrency",
        "serving_cards",
        "memory_bandwidth_gb_s",
        *_MODEL,
        "context_tokens_kept",
        "kv_bytes_per_token",
    ),
    "prefill_mfu": ("prefill_tok_s", *_CARDS, "active_params_b", "prefill_seq_len"),
    "weights_fit": (
        "total_params_b",
        "bytes_per_weight",
        "serving_cards",
        "memory_capacity_gb",
    ),
    "requests_in_flight": ("decode_tok_s", "ttft_p50_ms", "tbt_p50_ms", "decode_seq_len"),
    "output_tok_s_per_w": ("decode_tok_s", "power_per_card_w", "all_cards"),
}


@dataclass(frozen=True)
class Finding:
    """A rule that a case breaks."""

    rule_id: str
    category: str
    severity: str
    message: str
    why: str


@dataclass(frozen=True)
class Difference:
    """A specification that differs between the case and the catalog."""

    attribute: str
    """`dimension.attribute`, as `hardware.peak_fp8_tflops`."""
    claimed: float | str
    reference: float | str
    unit: str | None
    source: str | None


@dataclass(frozen=True)
class Reference:
    """The verdict on a case with the specifications of the catalog, and where those differ."""

    plausibility: str
    roofline_efficiency: float | None
    differences: list[Difference]


@dataclass(frozen=True)
class Audit:
    """The audit of a case: verdicts, findings, metrics, and those that cannot be computed."""

    case_id: str
    title: str | None
    plausibility: str
    declared_tier: str | None
    effective_tier: str | None
    findings: list[Finding]
    metrics: dict[str, Any]
    not_judged: dict[str, str]
    """The reason by metric."""
    reference: Reference | None
    """None if no specification differs from the catalog."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Reject:
    """An item of the file that cannot be used."""

    item_position: int | None
    case_id: str | None
    path: str | None
    reason: str


@dataclass(frozen=True)
class Report:
    """The audit of a file."""

    cases: list[Audit]
    rejects: list[Reject]


def audit(path: Path, settings: Settings, *, max_bytes: int = result_file.MAX_BYTES) -> Report:
    """Return the audit of a feed, of a case, of a list of cases, or of a tool's result file.

    A result file is read with the sidecars beside it. Raises RoofhouseError naming the file if it
    holds no case, or more than `max_bytes`.
    """
    feed, refused = _as_feed(path, max_bytes)
    with tempfile.TemporaryDirectory(prefix="roofhouse-check-") as folder:
        own = settings.model_copy(
            update={"data": Path(folder), "max_reject_share": 1.0, "ray": "", "shared": ""}
        )
        own.raw.mkdir(parents=True)
        (own.raw / "cases.json").write_bytes(feed)
        try:
            with building(own) as db:
                materialize_all(db, own, "mart_case_metrics", "rule", "reject")
                return Report(_cases(db), [*refused, *_rejects(db)])
        except RoofhouseError as error:
            told = str(error).replace(str(own.raw / "cases.json"), str(path))
            raise RoofhouseError(told) from None


def _as_feed(path: Path, max_bytes: int) -> tuple[bytes, list[Reject]]:
    """Return the cases of a file as a feed, and the records that its reader refuses."""
    try:
        compression = path.suffix if path.suffix in (".gz", ".zst") else None
        content = b"".join(blocks(path, compression, max_bytes))
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None
    documents = _documents(content)
    if len(documents) == 1 and isinstance(documents[0], dict) and "items" in documents[0]:
        return content, []
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = documents[0]
    if any(_is_item(one) for one in documents):
        return _feed(documents), []
    return _read_as_result_file(path, content)


def _feed(items: list[Any]) -> bytes:
    feed = {"generated": "2000-01-01T00:00:00Z", "count": len(items), "items": items}
    return json.dumps(feed, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _documents(content: bytes) -> list[Any]:
    """Return the JSON documents of a file: one, or one per line; none if it is not JSON."""
    with suppress(ValueError, RecursionError):
        return [json.loads(content)]
    with suppress(ValueError, RecursionError):
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    return []


def _is_item(document: object) -> bool:
    return isinstance(document, dict) and {"stack", "results"} <= document.keys()


def _read_as_result_file(path: Path, content: bytes) -> tuple[bytes, list[Reject]]:
    """Return the cases of a benchmark tool's own file, read with the sidecars beside it."""
    from pipelines import catalog  # imported here, since a feed does not need it
    from pipelines.ingest import readers, sidecar

    said = sidecar.load(path)
    config = result_file.model_config(path, said)
    reading = readers.read(
        content,
        name=path.name,
        sidecar=said,
        catalog=catalog.load(),
        companions={name: one.read_bytes() for name, (one, _) in config.items()},
    )
    refused = [Reject(one.index, None, one.path or None, one.reason) for one in reading.rejects]
    if not reading.cases:
        if refused:
            # The reject of a whole file names it, as this message does.
            told = _counted(one.reason.removeprefix(f"{path.name}: ") for one in refused)
        else:
            told = f"out of scope: {_counted(one.reason for one in reading.skipped)}"
        if reading.lacks and not any(map(Path.exists, sidecar.find(path))):
            told += f"; `roofhouse sidecar {path}` writes one to fill in"
        raise RoofhouseError(f"{path}: no case: {told}")
    return _feed([case.item for case in reading.cases]), refused


def _counted(reasons: Iterable[str]) -> str:
    """Return the commonest reasons, each once with its number of records."""
    counts = Counter(reasons)
    shown = [
        f"{reason} ({count} records)" if count > 1 else reason
        for reason, count in counts.most_common(3)
    ]
    rest = counts.total() - sum(count for _, count in counts.most_common(3))
    return "; ".join([*shown, f"{rest} records for other reasons"] if rest else shown)


def _cases(db: Warehouse) -> list[Audit]:
    findings: dict[str, list[Finding]] = {}
    for case_id, *told in db.rows(
        "select f.case_id, f.rule_id, f.category, f.severity, f.message, r.why "
        "from quality.finding as f join quality.rule as r using (rule_id) "
        "order by f.case_id, array_position(['error', 'warn', 'info'], f.severity), f.rule_id"
    ):
        findings.setdefault(case_id, []).append(Finding(*told))
    differences: dict[str, list[Difference]] = {}
    for case_id, *told in db.rows(
        "select f.case_id, concat(d.dimension, '.', d.attribute), d.claimed, d.claimed_text, "
        "d.reference, d.reference_text, d.unit, d.reference_source "
        "from quality.spec_difference as d join main.fact_case as f "
        "on d.version_key in (f.hardware_key, f.model_key, f.quant_key) order by 1, 2"
    ):
        attribute, claimed, claimed_text, reference, reference_text, unit, source = told
        differences.setdefault(case_id, []).append(
            Difference(
                attribute,
                claimed_text if claimed is None else claimed,
                reference_text if reference is None else reference,
                unit,
                source,
            )
        )
    claimed = db.frame("from metrics.case_input where is_current and basis = 'claimed'")
    inputs = {row["case_id"]: row for row in claimed.to_dicts()}
    found = []
    for row in db.frame("from marts.mart_case_metrics order by case_id").to_dicts():
        known = inputs[row["case_id"]] | row
        found.append(
            Audit(
                case_id=row["case_id"],
                title=row["title"],
                plausibility=row["plausibility"],
                declared_tier=row["declared_tier"],
                effective_tier=row["effective_tier"],
                findings=findings.get(row["case_id"], []),
                metrics={name: row[name] for name in SHOWN},
                not_judged=_not_judged(known),
                reference=_reference(row, differences.get(row["case_id"], [])),
            )
        )
    return found


def _reference(row: Mapping[str, Any], differences: list[Difference]) -> Reference | None:
    if row["reference_plausibility"] is None:
        return None
    return Reference(
        row["reference_plausibility"], row["reference_roofline_efficiency"], differences
    )


def _not_judged(known: Mapping[str, Any]) -> dict[str, str]:
    null = {one.name: one.null or "" for one in columns(contracts()["mart_case_metrics"])}
    found = {}
    for metric, needed in JUDGEMENTS.items():
        if known[metric] is None:
            missing = [name for name in needed if known[name] is None]
            found[metric] = f"missing: {', '.join(missing)}" if missing else null[metric]
    return found


def _rejects(db: Warehouse) -> list[Reject]:
    return [
        Reject(*row)
        for row in db.rows(
            "select item_position, case_id, path, reason from quality.reject order by 1"
        )
    ]
