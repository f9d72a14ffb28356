"""Read files of benchmark tools in tests, and look cases up by canonical names."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pipelines.catalog import Catalog, load
from pipelines.ingest import readers
from pipelines.ingest.sidecar import Sidecar, parse
from pipelines.settings import ROOT

#: Where each canonical name stands in an item.
PATHS = {
    "decode_tok_s": "results.throughput_tokens_per_sec.decode",
    "prefill_tok_s": "results.throughput_tokens_per_sec.prefill",
    "throughput_scope": "results.throughput_tokens_per_sec.scope",
    **{
        f"{kind}_{statistic}_ms": f"results.latency_ms.{kind}_{statistic}"
        for kind in ("ttft", "tbt", "e2e")
        for statistic in ("mean", "p50", "p99")
    },
    "tbt_definition": "results.latency_ms.tbt_definition",
    "tbt_reported_ms": "results.latency_ms.tbt_reported",
    "itl_p50_ms": "results.latency_ms.itl_p50",
    "itl_p99_ms": "results.latency_ms.itl_p99",
    "requests_completed": "results.requests.completed",
    "requests_failed": "results.requests.failed",
    "duration_s": "results.duration_s",
    "concurrency_mean": "results.concurrency_mean",
    "concurrency_peak": "results.concurrency_peak",
    "power_per_card_w": "results.power_per_card_w",
    "system_power_w": "results.system_power_w",
    "power_scope": "results.power_scope",
    "energy_j": "results.energy_j",
    "prefill_seq_len": "scenario.prefill_seq_len",
    "decode_seq_len": "scenario.decode_seq_len",
    "lengths_are_nominal": "scenario.lengths_are_nominal",
    "stated_prefill_seq_len": "scenario.stated_prefill_seq_len",
    "stated_decode_seq_len": "scenario.stated_decode_seq_len",
    "dataset": "scenario.dataset",
    "request_rate_rps": "scenario.request_rate_rps",
    "max_concurrent_requests": "scenario.max_concurrent_requests",
    "batch_size": "scenario.batch_size",
    "hardware": "stack.hardware.id",
    "card_count": "stack.hardware.count",
    "topology": "stack.hardware.topology",
    "model": "stack.model.id",
    "engine": "stack.engine.id",
    "engine_version": "stack.engine.version",
    "quantization": "stack.quantization",
    "tp": "stack.parallel.tp",
    "pp": "stack.parallel.pp",
    "dp": "stack.parallel.dp",
    "ep": "stack.parallel.ep",
    "attention_dp": "stack.parallel.attention_dp",
    "is_disaggregated": "stack.parallel.disaggregated",
    "prefill_cards": "stack.parallel.disaggregated_split.prefill_cards",
    "decode_cards": "stack.parallel.disaggregated_split.decode_cards",
    "replicas": "stack.replicas",
    "kv_cache_bits": "stack.kv_cache_bits",
    "speculation": "stack.speculative.enabled",
    "speculative_method": "stack.speculative.method",
    "acceptance_length": "stack.speculative.acceptance_length",
    "prefix_caching": "stack.prefix_caching.enabled",
    "prefix_cache_hit_rate": "stack.prefix_caching.hit_rate",
    "hardware_as_reported": "stack.hardware_as_reported",
    "model_as_reported": "stack.model_as_reported",
    "quantization_as_reported": "stack.quantization_as_reported",
    "run_at": "run.at",
    "run_at_zone": "run.zone",
    "source_format": "tool.format",
    "tool_version": "tool.version",
    "source_file": "source_file",
    "record_index": "record_index",
    "division": "division",
    "availability": "availability",
}
#: Columns of fact_case that are not called like the canonical name.
COLUMNS = {
    "hardware": "hardware_id",
    "model": "model_id",
    "engine": "engine_id",
    "quantization": "quant_id",
    "tp": "tensor_parallel",
    "pp": "pipeline_parallel",
    "dp": "data_parallel",
    "ep": "expert_parallel",
    "attention_dp": "uses_attention_data_parallel",
    "speculation": "uses_speculative_decoding",
    "prefix_caching": "uses_prefix_caching",
}
#: Files of tools, where they lie beside the checkout.
SAMPLES = next(
    (found for parent in ROOT.parents if (found := parent / "shared" / "samples").is_dir()), None
)
#: Values that stand where another kind of value is meant.
ANYTHING: Any = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        float("nan"),
        float("-inf"),
        10**400,
        "",
        "12",
        "H100",
        "half of a pair: \ud800",
        "\0",
        [],
        [1],
        [{}],
        {},
        {"a": {"b": 1}},
    ]
)
#: A stack for files that do not name one.
STACK = """
hardware: h200-sxm
cards: 2
quantization: fp8
model: Qwen/Qwen3-32B
"""
#: What a case has of it, by canonical name.
OF_STACK = {
    "hardware": "h200-sxm",
    "hardware_as_reported": "h200-sxm",
    "card_count": 2,
    "quantization": "fp8-e4m3",
    "quantization_as_reported": "fp8",
    "model": "qwen3-32b",
    "model_as_reported": "Qwen/Qwen3-32B",
}


@cache
def catalog() -> Catalog:
    """The catalog that the project ships."""
    return load()


def sidecar(file: str = "", folder: str = "") -> Sidecar:
    """Sidecars from YAML."""
    return Sidecar(parse(folder, "sidecar.yml"), parse(file, "file.sidecar.yml"))


def read(
    content: object,
    said: str = STACK,
    *,
    folder: str = "",
    format: str = "auto",
    name: str = "file.json",
    companions: Mapping[str, bytes] | None = None,
) -> readers.Reading:
    """Read bytes, text, a path, or a record that is written as JSON; with YAML of sidecars."""
    if isinstance(content, Path):
        data, name = content.read_bytes(), content.name
    elif isinstance(content, bytes):
        data = content
    else:
        data = (content if isinstance(content, str) else json.dumps(content)).encode()
    return readers.read(
        data,
        name=name,
        format=format,
        sidecar=sidecar(said, folder),
        catalog=catalog(),
        companions=companions,
    )


def canonical(item: dict[str, Any]) -> dict[str, Any]:
    """The values of an item by canonical name, those that are there."""
    found = {}
    for name, path in PATHS.items():
        value: Any = item
        for part in path.split("."):
            value = value.get(part, {})
        if value != {}:
            found[name] = value
    return found


def cases(reading: readers.Reading) -> list[dict[str, Any]]:
    """The cases of a file by canonical names; there is nothing else in it."""
    assert [record for record in reading.records if not isinstance(record, readers.Case)] == []
    return [canonical(case.item) for case in reading.cases]


def case(content: object, said: str = STACK) -> dict[str, Any]:
    """The only case of a file."""
    (only,) = cases(read(content, said))
    return only


def reason(content: object, said: str = STACK) -> str:
    """Why the only record of a file is rejected."""
    (only,) = read(content, said).records
    assert isinstance(only, readers.Reject), only
    return only.reason


#: Takes a field out, where it stands for a value.
OUT = object()


def altered(record: dict[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """A copy of a record with other values at paths such as `runs.0.latency.p50`."""
    found = copy.deepcopy(record)
    for path, value in changes.items():
        *above, last = path.split(".")
        place: Any = found
        for part in above:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        if isinstance(place, list):
            place[int(last)] = value
        elif value is OUT:
            place.pop(last, None)
        else:
            place[last] = value
    return found


def places(value: object) -> Iterator[tuple[str | int, ...]]:
    """The paths of everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for key, inner in items:
        yield (key,)
        if isinstance(inner, dict | list):
            yield from ((key, *rest) for rest in places(inner))


def disturbed(record: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Copies of a record in which up to three values, at any depth, are something else."""

    def changed(changes: list[tuple[tuple[str | int, ...], Any]]) -> dict[str, Any]:
        found = copy.deepcopy(record)
        for path, value in changes:
            place: Any = found
            with suppress(KeyError, IndexError, TypeError):
                for part in path[:-1]:
                    place = place[part]
                place[path[-1]] = copy.deepcopy(value)
        return found

    change = st.tuples(st.sampled_from(sorted(places(record), key=str)), ANYTHING)
    return st.lists(change, min_size=1, max_size=3).map(changed)


def outcomes(reading: readers.Reading) -> list[str]:
    """The outcome of each record, which is at least JSON: case, reject or skipped."""
    for record in reading.records:
        item = record.item if isinstance(record, readers.Case) else {}
        json.dumps(item, allow_nan=False).encode()
    return [type(record).__name__.lower() for record in reading.records]
