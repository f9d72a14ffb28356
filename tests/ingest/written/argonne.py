"""Tables of LLM-Inference-Bench: one length for both, tokens of both, milliwatts."""

from __future__ import annotations

import csv
import io

from hypothesis import strategies as st

from tests.ingest.written.run import Expected, Format, Record

SIDECAR = "aliases: {hardware: {Nvidia H100 GPU: h100-sxm5}}\n"
_ENGINES = {"vLLM": "vllm", "llama.cpp": "llama-cpp", "TensorRT-LLM": "tensorrt-llm"}
#: A model of the tables by its id.
_MODEL, _MODEL_ID = "meta-llama/Meta-Llama-3-8B", "llama-3-8b"


def record(
    length: int,
    batch: int,
    latency_s: float,
    output_tok_s: float,
    *,
    framework: str = "vLLM",
    cards: int = 1,
) -> Record:
    """A row of All_results.csv."""
    return {
        "Hardware": "Nvidia H100 GPU",
        "Num of Hardware": cards,
        "Framework": framework,
        "Model": _MODEL,
        "Input Output Length": length,
        "Batch Size": batch,
        "Latency": latency_s,
        "Throughput": 2 * output_tok_s,
    }


def table(records: list[Record]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _pair(
    length: int,
    batch: int,
    latency_s: float,
    output_tok_s: float,
    framework: str,
    cards: int,
    watts: float | None,
) -> tuple[Record, Expected]:
    row = record(length, batch, latency_s, output_tok_s, framework=framework, cards=cards)
    row["avg_power"] = None if watts is None else watts * 1000
    has_power = watts is not None and cards == 1
    return row, {
        "decode_tok_s": output_tok_s,
        "prefill_tok_s": output_tok_s,
        "throughput_scope": "wall",
        "e2e_mean_ms": latency_s * 1000,
        "prefill_seq_len": length,
        "decode_seq_len": length,
        "max_concurrent_requests": 1 if framework == "llama.cpp" else batch,
        "power_per_card_w": watts if has_power else None,
        "power_scope": "card" if has_power else None,
        "hardware": "h100-sxm5",
        "hardware_as_reported": "Nvidia H100 GPU",
        "card_count": cards,
        "model": _MODEL_ID,
        "model_as_reported": _MODEL,
        "engine": _ENGINES[framework],
        "quantization": "fp16",
        "quantization_as_reported": "fp16",
    }


_positive = st.floats(1e-3, 1e6)
_rows = st.builds(
    _pair,
    st.integers(1, 10**5),
    st.integers(1, 10**4),
    _positive,
    _positive,
    st.sampled_from(sorted(_ENGINES)),
    st.integers(1, 8),
    st.none() | st.floats(1, 1000),
)
FORMATS = [Format("argonne-csv table", "results.csv", _rows, table, SIDECAR)]
