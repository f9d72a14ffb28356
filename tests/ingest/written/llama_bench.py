"""Rows of `llama-bench`, in each of the outputs that are read."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from hypothesis import strategies as st

from tests.ingest.written.run import Expected, Format, Record

#: A row that generates on one card.
ROW: Record = {
    "build_commit": "c0ffee",
    "build_number": 7001,
    "gpu_info": "NVIDIA GeForce RTX 4090",
    "backends": "CUDA",
    "model_filename": "/home/somebody/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf",
    "model_type": "qwen2 7B Q4_K - Medium",
    "model_size": 4_677_120_000,
    "model_n_params": 7_615_616_512,
    "type_k": "f16",
    "type_v": "f16",
    "n_gpu_layers": 99,
    "n_cpu_moe": 0,
    "split_mode": "layer",
    "devices": "auto",
    "n_prompt": 0,
    "n_gen": 256,
    "n_depth": 512,
    "test_time": "2026-01-02T03:04:05Z",
    "avg_ts": 130.0,
}
_BITS = {"f16": 16, "q8_0": 8, "q4_0": 4}


def _pair(of: Record, cards: int, is_prompt: bool, tokens: int) -> tuple[Record, Expected]:
    row = {
        **ROW,
        **of,
        "gpu_info": ", ".join([str(ROW["gpu_info"])] * cards),
        "n_prompt": tokens if is_prompt else 0,
        "n_gen": 0 if is_prompt else tokens,
    }
    per_token = None if is_prompt else 1000 / row["avg_ts"]
    return row, {
        "decode_tok_s": None if is_prompt else row["avg_ts"],
        "prefill_tok_s": row["avg_ts"] if is_prompt else None,
        "throughput_scope": "phase",
        "tbt_mean_ms": per_token,
        "tbt_p50_ms": per_token,
        "prefill_seq_len": tokens if is_prompt else row["n_depth"],
        "decode_seq_len": None if is_prompt else tokens,
        "max_concurrent_requests": 1,
        "hardware": "rtx-4090",
        "hardware_as_reported": "NVIDIA GeForce RTX 4090",
        "card_count": cards,
        "model": "qwen2.5-7b",
        "model_as_reported": "Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        "engine": "llama-cpp",
        "engine_version": f"c0ffee ({row['build_number']})",
        "quantization": "q4-k-m",
        "quantization_as_reported": "Q4_K - Medium",
        "kv_cache_bits": _BITS[row["type_k"]] if row["type_k"] == row["type_v"] else None,
        "run_at": "2026-01-02T03:04:05",
        "run_at_zone": "UTC",
    }


def as_lines(records: list[Record]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in records)


def as_csv(records: list[Record]) -> str:
    """Rows in which every value is quoted, as the tool writes them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


_types: st.SearchStrategy[Any] = st.sampled_from(sorted(_BITS))
_rows = st.builds(
    _pair,
    st.fixed_dictionaries(
        {
            "build_number": st.integers(1, 10**5),
            "type_k": _types,
            "type_v": _types,
            "n_gpu_layers": st.sampled_from([-1, 99]),
            "n_depth": st.integers(0, 10**5),
            "model_size": st.integers(10**9, 10**10),
            "avg_ts": st.floats(1e-2, 1e6),
        }
    ),
    st.integers(1, 4),
    st.booleans(),
    st.integers(1, 10**5),
)
FORMATS = [
    Format("llama-bench json", "rows.json", _rows, json.dumps),
    Format("llama-bench jsonl", "rows.jsonl", _rows, as_lines),
    Format("llama-bench csv", "rows.csv", _rows, as_csv),
]
