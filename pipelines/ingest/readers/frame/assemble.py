"""A run and what its sidecar says, as an item of the feed.

Here the sidecar wins over the file, the catalog resolves names, and what a case needs and
neither says is collected, so that one message names all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pipelines.catalog import Catalog
from pipelines.ingest.readers.frame import identity, resolve
from pipelines.ingest.readers.frame.fields import finite
from pipelines.ingest.readers.frame.records import Case, Lack, UnusableError
from pipelines.ingest.readers.frame.run import Run
from pipelines.ingest.sidecar.said import Said

_T = TypeVar("_T")


@dataclass(frozen=True)
class Origin:
    """The place of a record: format and name of its file, its position, hashes of both."""

    format: str
    file: str
    file_sha256: str
    index: int
    record_sha256: str


def assemble(
    run: Run, said: Said, origin: Origin, catalog: Catalog, beside: Mapping[str, bytes]
) -> Case:
    """Return the case of a run; `beside` are the files beside its own, by path.

    Raises UnusableError that names everything that is missing or cannot be resolved.
    """
    resolved = resolve.resolve(run, said, origin.format, catalog, beside)
    lacks = list(resolved.lacks)
    cards = card_count(run, said)
    if cards is None:
        lacks.append(Lack("cards"))
    if lacks:
        raise UnusableError.lacking(*lacks)
    item: dict[str, Any] = {
        "title": run.title,
        "submitter": _submitter(said.contributor_name or run.submitter),
        "stack": {"hardware": _hardware(run, said, resolved, cards), **_stack(run, said, resolved)},
        "scenario": _scenario(run, said),
        "results": _results(run, said),
        "evidence": [_pruned(_evidence(run, said, origin))],
        "resolved": resolved.entities,
        "run": {"at": run.run_at, "zone": run.run_at_zone or (run.run_at and said.timezone)},
        "tool": {"format": origin.format, "version": run.tool_version},
        "division": run.division,
        "availability": run.availability,
        "source_file": origin.file,
        "record_index": origin.index,
    }
    item = _pruned({**item, "resolved": {}}) | {"resolved": resolved.entities}
    if run.id:
        run_id = identity.shorten(identity.slug(run.id))
    else:
        run_id = identity.run_id(item, origin.record_sha256)
    item = {"id": run_id, "configuration_key": identity.configuration_key(item, run.load), **item}
    return Case(origin.index, item, run_id, origin.record_sha256)


def card_count(run: Run, said: Said) -> int | None:
    """Return the cards of all pools: as said, else the file's, else the sum of the pools."""
    if said.cards is not None:
        return said.cards
    if run.card_count is not None:
        return run.card_count
    prefill, decode = _pools(run, said)
    return prefill + decode if prefill and decode else None


def _pools(run: Run, said: Said) -> tuple[int | None, int | None]:
    return _first(said.prefill_cards, run.prefill_cards), _first(
        said.decode_cards, run.decode_cards
    )


def _hardware(
    run: Run, said: Said, resolved: resolve.Resolved, cards: int | None
) -> dict[str, Any]:
    nodes = _first(said.nodes, run.nodes)
    topology = None
    if nodes and cards and cards % nodes == 0:
        topology = f"{nodes} node{'s' * (nodes > 1)} × {cards // nodes} cards"
    return {"id": resolved.ids["hardware"], "count": cards, "topology": topology}


def _stack(run: Run, said: Said, resolved: resolve.Resolved) -> dict[str, Any]:
    prefill, decode = _pools(run, said)
    return {
        "model": {"id": resolved.ids["model"]},
        "engine": {
            "id": resolved.ids["engine"],
            "version": said.engine_version or run.engine_version,
        },
        "quantization": resolved.ids["quant"],
        "parallel": {
            "tp": _first(said.tp, run.tp),
            "pp": _first(said.pp, run.pp),
            "dp": _first(said.dp, run.dp),
            "ep": _first(said.ep, run.ep),
            "attention_dp": _first(said.attention_dp, run.attention_dp),
            "disaggregated": True if prefill or decode else run.is_disaggregated,
            "disaggregated_split": {"prefill_cards": prefill, "decode_cards": decode},
        },
        "replicas": _first(said.replicas, run.replicas),
        "kv_cache_bits": resolved.kv_cache_bits,
        "speculative": _speculative(run, said),
        "prefix_caching": _prefix_caching(run, said),
        "hardware_as_reported": resolved.as_reported["hardware"],
        "model_as_reported": resolved.as_reported["model"],
        "quantization_as_reported": resolved.as_reported["quant"],
    }


def _speculative(run: Run, said: Said) -> dict[str, Any]:
    if said.speculative is None:
        enabled = run.speculation
        method = run.speculative_method
    else:
        enabled = said.speculative.enabled
        method = said.speculative.method or run.speculative_method
    if enabled is False:
        return {"enabled": False}
    return {"enabled": enabled, "method": method, "acceptance_length": run.acceptance_length}


def _prefix_caching(run: Run, said: Said) -> dict[str, Any]:
    if said.prefix_caching is None:
        enabled, hit_rate = run.prefix_caching, run.prefix_cache_hit_rate
    else:
        enabled = said.prefix_caching.enabled
        hit_rate = _first(said.prefix_caching.hit_rate, run.prefix_cache_hit_rate)
    return {"enabled": enabled, "hit_rate": None if enabled is False else hit_rate}


def _scenario(run: Run, said: Said) -> dict[str, Any]:
    prefill = _first(run.prefill_seq_len, said.prefill_length)
    decode = _first(run.decode_seq_len, said.decode_length)
    is_said = (prefill, decode) != (run.prefill_seq_len, run.decode_seq_len)
    return _finite(
        {
            "prefill_seq_len": prefill,
            "decode_seq_len": decode,
            "max_concurrent_requests": _first(run.max_concurrent_requests, said.concurrency),
            "batch_size": run.batch_size,
            "request_rate_rps": run.request_rate_rps,
            "stated_prefill_seq_len": run.stated_prefill_seq_len,
            "stated_decode_seq_len": run.stated_decode_seq_len,
        }
    ) | {
        "lengths_are_nominal": True if is_said else run.lengths_are_nominal,
        "dataset": said.dataset or run.dataset,
    }


def _results(run: Run, said: Said) -> dict[str, Any]:
    latencies = {
        f"{kind}_{statistic}": getattr(run, f"{kind}_{statistic}_ms")
        for kind in ("ttft", "tbt", "e2e")
        for statistic in ("mean", "p50", "p99")
    }
    latencies |= {"itl_p50": run.itl_p50_ms, "itl_p99": run.itl_p99_ms}
    latencies |= {"tbt_reported": run.tbt_reported_ms}
    rates = {"decode": run.decode_tok_s, "prefill": run.prefill_tok_s}
    return {
        "throughput_tokens_per_sec": _finite(rates) | {"scope": run.throughput_scope},
        "latency_ms": _finite(latencies) | {"tbt_definition": run.tbt_definition},
        "requests": {"completed": run.requests_completed, "failed": run.requests_failed},
        **_finite(
            {
                "duration_s": run.duration_s,
                "concurrency_mean": run.concurrency_mean,
                "concurrency_peak": run.concurrency_peak,
                "energy_j": run.energy_j,
            }
        ),
        **_power(run, said),
    }


def _power(run: Run, said: Said) -> dict[str, Any]:
    """Return mean watts per card, or of the node or system; a peak or a limit is neither."""
    watts = run.power_per_card_w if run.system_power_w is None else run.system_power_w
    if watts is None or said.power_basis not in (None, "mean"):
        return {}
    scope = (
        said.power_scope or run.power_scope or ("card" if run.system_power_w is None else "system")
    )
    name = "power_per_card_w" if scope == "card" else "system_power_w"
    return _finite({name: watts}) | {"power_scope": scope}


def _evidence(run: Run, said: Said, origin: Origin) -> dict[str, Any]:
    return {
        "id": f"file-{origin.file_sha256[:12]}",
        "tier": said.evidence_tier or "measured",
        "source_type": run.source_type,
        "url": run.url,
        "citation": run.citation or f"{origin.format} result file {origin.file}",
        "contributor_attestation": said.contributor_attestation,
    }


def _submitter(name: str | None) -> dict[str, str] | None:
    """Return who ran it: a GitHub name begins with @, another one is a person or company."""
    if name is None:
        return None
    return {"github": name} if name.startswith("@") else {"affiliation": name}


def _first(*values: _T | None) -> _T | None:
    return next((value for value in values if value is not None), None)


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {name: finite(value) for name, value in values.items()}


def _pruned(values: dict[str, Any]) -> dict[str, Any]:
    """Return an object without nulls and without objects that hold nothing."""
    kept = {}
    for name, value in values.items():
        if isinstance(value, dict):
            value = _pruned(value)
        if value is not None and value != {}:
            kept[name] = value
    return kept
