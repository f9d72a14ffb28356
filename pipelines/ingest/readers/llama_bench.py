"""Rows of `llama-bench -o json|jsonl|csv`: each is a test of one stream.

Source: ggml-org/llama.cpp@08d0baa:tools/llama-bench/README.md. A row is of prompt processing,
of generation at a depth of context, or of both mixed, which is no case. `gpu_info` lists all
cards that the process sees, a processor's own graphics among them. The path of the model is
that of somebody's disk: only its last part is read, and no more of it is kept anywhere.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator

from pipelines.ingest.readers.frame import (
    Fields,
    Lack,
    OutOfScopeError,
    Record,
    Run,
    SourceFile,
    UnusableError,
    finite,
    set_time,
)
from pipelines.ingest.readers.frame.documents import Document
from pipelines.ingest.readers.frame.resolve import resolve

FORMAT = "llama-bench"
SYNTAXES = ("json", "csv")

_PATH = "model_filename"
#: Stands for the text of a row that cannot be read.
_WITHHELD = "(withheld: the text could hold the path of a model)"
#: Backends without a card of their own.
_PROCESSORS = {"CPU", "BLAS"}
#: A number of layers that means all of them, as -1 does: the default of older builds.
_ALL_LAYERS = 99


def recognizes(first: object) -> bool:
    """Return whether this is a row of llama-bench."""
    return isinstance(first, dict) and {"build_commit", "avg_ts"} <= first.keys()


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each row; one that mixes prompt and generation is skipped."""
    documents = [_without_folders(document) for document in source.documents]
    source = dataclasses.replace(source, documents=documents)
    yield from source.each(lambda fields: _run(fields, source))


def _run(fields: Fields, source: SourceFile) -> Run:
    prompt, generated = fields.whole("n_prompt") or 0, fields.whole("n_gen") or 0
    if prompt and generated:
        raise OutOfScopeError("prompt processing and generation mixed in one figure")
    if not prompt and not generated:
        raise UnusableError("neither `n_prompt` nor `n_gen` is above 0", fields.spell("n_gen"))
    speed = fields.needed("avg_ts")
    run = Run(
        model=fields.text(_PATH),
        engine="llama.cpp",
        engine_version=_version(fields),
        quantization=_quantization(fields.text("model_type")),
        kv_cache_dtype=_cache_type(fields),
        max_concurrent_requests=1,
        throughput_scope="phase",
    )
    size, parameters = fields.rate("model_size"), fields.rate("model_n_params")
    if size and parameters:
        run.bits_per_weight = finite(8 * size / parameters)
    depth = fields.whole("n_depth")
    if generated:
        run.decode_tok_s, run.decode_seq_len, run.prefill_seq_len = speed, generated, depth
        run.tbt_mean_ms = run.tbt_p50_ms = 1000 / speed
    else:
        run.prefill_tok_s, run.prefill_seq_len = speed, prompt
    set_time(run, fields.get("test_time"))
    _set_cards(run, fields, source)
    _check_layers(run, fields, source)
    return run


def _set_cards(run: Run, fields: Fields, source: SourceFile) -> None:
    """Set hardware and cards; raises UnusableError for several kinds, and for a processor."""
    names = [name for part in (fields.text("gpu_info") or "").split(",") if (name := part.strip())]
    backends = {name.strip() for name in (fields.text("backends") or "").split(",")}
    devices, split = fields.text("devices"), fields.text("split_mode")
    if devices == "none" or (not names and backends <= _PROCESSORS):
        raise UnusableError("the model ran on the CPU", fields.spell("backends"))
    kinds = sorted(set(names))
    run.hardware = ", ".join(kinds) or None
    if len(kinds) > 1:
        several = f"several kinds of card: {run.hardware}; say which one ran the model"
        lacks = []
        if source.said.hardware is None:
            lacks.append(Lack("hardware", f"{several} as `hardware`"))
        if source.said.cards is None:
            lacks.append(Lack("cards", "say the cards that ran it as `cards`"))
        if lacks:
            raise UnusableError.lacking(*lacks)
    elif names and split == "none":
        run.card_count = 1
    elif names and devices and devices != "auto":
        run.card_count = len(devices.split("/"))
    else:
        run.card_count = len(names) or None


def _check_layers(run: Run, fields: Fields, source: SourceFile) -> None:
    """Raise UnusableError if a part of the model is on the CPU."""
    experts = fields.whole("n_cpu_moe")
    if experts:
        reason = f"experts of {experts} layers are on the CPU (`n_cpu_moe`)"
        raise UnusableError(reason, fields.spell("n_cpu_moe"))
    loaded = fields.whole("n_gpu_layers")
    if loaded is None or loaded == _ALL_LAYERS:
        return
    model = resolve(run, source.said, FORMAT, source.catalog, source.companions).entities.get(
        "model", {}
    )
    layers = model.get("architecture", {}).get("layers", 1)
    if loaded < layers:
        reason = f"only {loaded} layers of the model are on the card (`n_gpu_layers`)"
        raise UnusableError(reason, fields.spell("n_gpu_layers"))


def _version(fields: Fields) -> str | None:
    """Return commit and number of the build, as llama.cpp prints them."""
    commit, number = fields.text("build_commit"), fields.whole("build_number")
    parts = [commit or "", "" if number is None else f"({number})"]
    return " ".join(part for part in parts if part) or None


def _quantization(model_type: str | None) -> str | None:
    """Return what follows architecture and size: of `qwen2 7B Q4_K - Medium` the last part.

    The size of Llama 4 has a name behind it: `llama4 17Bx16E (Scout) Q8_0`.
    """
    parts = (model_type or "").split(maxsplit=2)
    return re.sub(r"^(\([^()]*\)|mostly|all) ", "", parts[2]) if len(parts) == 3 else None


def _cache_type(fields: Fields) -> str | None:
    keys, values = fields.text("type_k"), fields.text("type_v")
    return keys if keys == values else None


def _without_folders(document: Document) -> Document:
    """Return a row whose model is named without its path; what cannot be read is withheld."""
    if not isinstance(document.value, dict):
        return dataclasses.replace(document, raw=_WITHHELD)
    path = document.value.get(_PATH)
    if not isinstance(path, str) or not re.search(r"[/\\]", path):
        return document
    value = {**document.value, _PATH: re.split(r"[/\\]", path)[-1]}
    return dataclasses.replace(document, value=value, raw=json.dumps(value, ensure_ascii=False))
