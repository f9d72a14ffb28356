"""Tables of Argonne's LLM-Inference-Bench, as CSV: one row for each run.

Source: argonne-lcf/LLM-Inference-Bench@4211f5d:Plots, and arXiv 2411.00136. Prompt and output
have one length, and `Throughput` counts both, so half of it is decode. A row is one batch, for
which `Latency` is the time of every request; but of llama.cpp "Batch Size" is that of the
prompt, and one sequence runs alone. Weights are FP16 by the paper. `avg_power` is milliwatts.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.readers.frame import Fields, Record, Run, SourceFile

FORMAT = "argonne-csv"
SYNTAXES = ("csv",)

_COLUMNS = {"Hardware", "Num of Hardware", "Framework", "Input Output Length", "Throughput"}


def recognizes(first: object) -> bool:
    """Return whether this is a row of the tables, by the names of its columns."""
    return isinstance(first, dict) and first.keys() >= _COLUMNS


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each row."""
    yield from source.each(_run)


def _run(fields: Fields) -> Run:
    framework, batch = fields.text("Framework"), fields.limit("Batch Size")
    is_alone = framework is not None and framework.lower() == "llama.cpp"
    length = fields.needed("Input Output Length")
    both = fields.needed("Throughput")
    latency, milliwatts = fields.rate("Latency"), fields.rate("avg_power")
    run = Run(
        hardware=fields.text("Hardware"),
        card_count=fields.limit("Num of Hardware"),
        model=fields.text("Model"),
        engine=framework,
        quantization="fp16",
        max_concurrent_requests=1 if is_alone else batch,
        prefill_seq_len=length,
        decode_seq_len=length,
        decode_tok_s=both / 2,
        prefill_tok_s=both / 2,
        throughput_scope="wall",
        e2e_mean_ms=None if latency is None else latency * 1000.0,
        source_type="paper",
        url="https://github.com/argonne-lcf/LLM-Inference-Bench",
        citation="LLM-Inference-Bench, arXiv 2411.00136",
    )
    if milliwatts is not None and run.card_count == 1:
        run.power_per_card_w = milliwatts / 1000
    return run
