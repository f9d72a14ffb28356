"""Tables of the ML.ENERGY leaderboard: one record for each of `configurations`.

Source: ml-energy/leaderboard, public/data/{models,tasks} and scripts/build_data.py; its
language models ran on vLLM. A file of a model says model and precision once, a file of a task
in each configuration. Power is that of all cards together. Inter-token latencies are gaps as
the server counts them, no TPOT: median gap times mean rate is up to 1.39 times the limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.readers.frame import (
    Fields,
    OutOfScopeError,
    Record,
    Run,
    SourceFile,
    set_statistics,
)

FORMAT = "mlenergy"

#: In configurations that make pictures or films.
_NO_TOKENS = ("energy_per_image_joules", "energy_per_video_joules")
#: Sizes that the table's builder writes as 1 or 0 where a configuration does not say them.
_NOT_CARRIED = ("parallelization", "tensor_parallel", "expert_parallel", "data_parallel")


def recognizes(first: object) -> bool:
    """Return whether this is a table of the leaderboard."""
    return (
        isinstance(first, dict)
        and "task" in first
        and isinstance(first.get("configurations"), list)
    )


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each configuration; those of diffusion models are skipped."""
    yield from source.each(_run, records=lambda table: table.elements("configurations"))


def _run(fields: Fields) -> Run:
    fields.set_aside(*_NOT_CARRIED)
    if [name for name in _NO_TOKENS if fields.has(name)]:
        raise OutOfScopeError("no tokens of a language model")
    run = Run(
        hardware=fields.text("gpu_model"),
        card_count=fields.limit("num_gpus"),
        model=_here_or_once(fields, "model_id"),
        engine="vllm",
        quantization=_here_or_once(fields, "weight_precision"),
        dataset=_here_or_once(fields, "task"),
        max_concurrent_requests=fields.limit("max_num_seqs"),
        concurrency_mean=fields.number("avg_batch_size"),
        decode_seq_len=fields.rate("avg_output_len"),
        decode_tok_s=fields.needed("output_throughput_tokens_per_sec"),
        throughput_scope="wall",
        source_type="community-benchmark",
        url="https://ml.energy/leaderboard",
        citation="The ML.ENERGY Leaderboard",
    )
    gaps = {"p50": fields.number("median_itl_ms"), "p99": fields.number("p99_itl_ms")}
    set_statistics(run, "itl", gaps)
    watts = fields.rate("avg_power_watts")
    if watts is not None and run.card_count:
        run.power_per_card_w = watts / run.card_count
    return run


def _here_or_once(fields: Fields, name: str) -> str | None:
    """Return a text of the configuration, else that of the whole table."""
    own, once = fields.text(name), fields.root.text(name)
    return once if own is None else own
