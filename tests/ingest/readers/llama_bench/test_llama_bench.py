"""Rows of llama-bench: every field under its canonical name, every trap, in three syntaxes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject, Skipped
from tests.ingest.readers.reading import (
    OUT,
    altered,
    canonical,
    case,
    disturbed,
    outcomes,
    read,
    reason,
)

HERE = Path(__file__).parent
ROWS: list[dict[str, Any]] = json.loads((HERE / "rows.json").read_text())
PROMPT, GENERATION = ROWS[0], ROWS[1]
SYNTAXES = ("json", "jsonl", "csv")


def written(rows: list[dict[str, Any]], syntax: str) -> str:
    """Rows as llama-bench prints them; in CSV every value is in quotation marks."""
    if syntax == "json":
        return json.dumps(rows, indent=2)
    if syntax == "jsonl":
        return "\n".join(map(json.dumps, rows))
    names = [name for name in rows[0] if not name.startswith("samples_")]
    text = io.StringIO()
    text.write(",".join(names) + "\n")
    lines = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        lines.writerow([int(row[n]) if isinstance(row[n], bool) else row[n] for n in names])
    return text.getvalue()


def generated(**changes: object) -> dict[str, Any]:
    """The row of generation with other values."""
    return altered(GENERATION, changes)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_row_of_generation_has_every_value_under_its_canonical_name(syntax: str) -> None:
    deep = canonical(read(HERE / f"rows.{syntax}", "").cases[2].item)
    assert deep == {
        "decode_tok_s": 80.0,
        "throughput_scope": "phase",
        "tbt_mean_ms": 12.5,
        "tbt_p50_ms": 12.5,
        "prefill_seq_len": 8192,
        "decode_seq_len": 256,
        "max_concurrent_requests": 1,
        "hardware": "rtx-4090",
        "card_count": 1,
        "model": "qwen2.5-7b",
        "engine": "llama-cpp",
        "engine_version": "0a1b2c3d (7001)",
        "quantization": "q4-k-m",
        "kv_cache_bits": 8,
        "hardware_as_reported": "NVIDIA GeForce RTX 4090",
        "model_as_reported": "Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        "quantization_as_reported": "Q4_K - Medium",
        "run_at": "2026-03-04T05:06:05",
        "run_at_zone": "UTC",
        "source_format": "llama-bench",
        "source_file": f"rows.{syntax}",
        "record_index": 2,
    }


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_each_row_is_a_record(syntax: str) -> None:
    records = read(HERE / f"rows.{syntax}", "").records
    assert [type(record) for record in records] == [Case, Case, Case, Skipped, Reject, Case]
    assert [record.index for record in records] == list(range(6))
    skipped, reject = records[3], records[4]
    assert isinstance(skipped, Skipped)
    assert isinstance(reject, Reject)
    assert skipped.reason == "prompt processing and generation mixed in one figure"
    assert reject.reason == "only 20 layers of the model are on the card (`n_gpu_layers`)"


def test_a_row_of_a_prompt_has_its_rate_and_length() -> None:
    found = case(PROMPT, "")
    assert (found["prefill_tok_s"], found["prefill_seq_len"]) == (8000.5, 1024)
    assert (found["throughput_scope"], found["max_concurrent_requests"]) == ("phase", 1)
    assert {"decode_tok_s", "decode_seq_len", "tbt_p50_ms"} & found.keys() == set()


def test_generation_begins_after_the_context_at_its_depth() -> None:
    assert case(GENERATION, "")["prefill_seq_len"] == 0
    assert case(generated(n_depth=512), "")["prefill_seq_len"] == 512
    assert "prefill_seq_len" not in case(generated(n_depth=OUT), "")


def test_a_row_of_neither_is_rejected() -> None:
    assert reason(generated(n_gen=0), "") == "neither `n_prompt` nor `n_gen` is above 0"


@pytest.mark.parametrize("value", [None, 0, -1, float("nan"), "125", True])
def test_a_rate_that_is_no_number_above_zero_rejects_the_row(value: object) -> None:
    (record,) = read(generated(avg_ts=value), "").records
    assert isinstance(record, Reject)
    assert record.path == "avg_ts"


def test_bits_per_weight_are_those_of_the_file() -> None:
    (found,) = read(GENERATION, "").cases
    bits = found.item["resolved"]["quantization"]["bits_per_weight"]
    assert bits == 8 * 4677120000 / 7615616512
    (found,) = read(generated(model_size=None), "").cases
    assert found.item["resolved"]["quantization"]["bits_per_weight"] == 4.85


@pytest.mark.parametrize(
    ("model_type", "quantization"),
    [
        ("qwen2 7B Q4_K - Medium", "q4-k-m"),
        ("llama 7B mostly Q4_0", "q4-0"),
        ("llama4 17Bx16E (Scout) Q4_K - Medium", "q4-k-m"),
        ("qwen3 8B IQ4_XS - 4.25 bpw", "iq4-xs"),
        ("llama 8x7B Q8_0", "q8-0"),
        ("gpt-oss 20B MXFP4 MoE", "mxfp4-w4a16"),
        ("llama 7B all F32", "fp32"),
        ("gemma3 270M BF16", "bf16"),
    ],
)
def test_the_quantization_stands_after_the_size(model_type: str, quantization: str) -> None:
    assert case(generated(model_type=model_type), "")["quantization"] == quantization


@pytest.mark.parametrize("model_type", ["qwen2 7B", "", None, "qwen2 7B IQ9_ZZ"])
def test_a_quantization_that_is_not_said_or_not_known_is_left_to_the_sidecar(
    model_type: object,
) -> None:
    assert "quantization" in reason(generated(model_type=model_type), "")
    assert case(generated(model_type=model_type), "quantization: q6-k")["quantization"] == "q6-k"


def test_a_cache_of_two_types_has_no_one_size() -> None:
    assert case(GENERATION, "")["kv_cache_bits"] == 16
    assert "kv_cache_bits" not in case(ROWS[5], "")


def test_cards_are_those_that_the_process_used() -> None:
    two = "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 4090"
    assert case(generated(gpu_info=two), "")["card_count"] == 2
    assert case(generated(gpu_info=two, split_mode="none"), "")["card_count"] == 1
    assert case(generated(gpu_info=two, devices="CUDA1"), "")["card_count"] == 1
    assert case(generated(gpu_info=two, devices="CUDA0/CUDA1"), "")["card_count"] == 2
    assert case(generated(gpu_info=two), "cards: 1")["card_count"] == 1


def test_a_processors_own_graphics_need_hardware_and_cards_from_the_sidecar() -> None:
    mixed = generated(gpu_info="NVIDIA GeForce RTX 4090, AMD Radeon Graphics")
    assert reason(mixed, "") == (
        "several kinds of card: AMD Radeon Graphics, NVIDIA GeForce RTX 4090; say which one ran "
        "the model as `hardware`; say the cards that ran it as `cards`"
    )
    (record,) = read(mixed, "hardware: rtx-4090").records
    assert isinstance(record, Reject)
    assert [lack.key for lack in record.lacks] == ["cards"]
    told = case(mixed, "hardware: rtx-4090\ncards: 1")
    assert (told["hardware"], told["card_count"]) == ("rtx-4090", 1)
    assert told["hardware_as_reported"] == "AMD Radeon Graphics, NVIDIA GeForce RTX 4090"


@pytest.mark.parametrize("layers", [0, 1, 20, 27])
def test_a_model_that_is_partly_on_the_processor_is_rejected(layers: int) -> None:
    """Qwen2.5 7B has 28 layers."""
    said = "hardware: rtx-4090\ncards: 1"
    assert reason(generated(n_gpu_layers=layers), said) == (
        f"only {layers} layers of the model are on the card (`n_gpu_layers`)"
    )


@pytest.mark.parametrize("layers", [-1, 28, 29, 99, 999, OUT, None])
def test_all_layers_of_a_model_are_on_the_card(layers: object) -> None:
    assert case(generated(n_gpu_layers=layers), "")["decode_tok_s"] == 125.0


def test_the_layers_are_those_of_the_model_that_the_sidecar_says() -> None:
    assert "only 60 layers" in reason(generated(n_gpu_layers=60), "model: Qwen/Qwen2.5-72B")
    assert case(generated(n_gpu_layers=60), "")["model"] == "qwen2.5-7b"
    unknown = generated(n_gpu_layers=60, model_filename="mine.gguf")
    assert "model 'mine.gguf' is not in the catalog" in reason(unknown, "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_cpu_moe": 4}, "experts of 4 layers are on the CPU (`n_cpu_moe`)"),
        ({"gpu_info": "", "backends": "CPU"}, "the model ran on the CPU"),
        ({"gpu_info": "", "backends": "BLAS,CPU"}, "the model ran on the CPU"),
        ({"devices": "none"}, "the model ran on the CPU"),
    ],
)
def test_a_run_on_the_processor_is_rejected_whatever_the_sidecar_says(
    changes: dict[str, object], message: str
) -> None:
    assert reason(generated(**changes), "hardware: rtx-4090\ncards: 1") == message


def test_without_the_name_of_a_card_hardware_and_cards_are_left_to_the_sidecar() -> None:
    assert reason(generated(gpu_info=""), "") == (
        "the file does not say `hardware`, `cards`; say it in the sidecar"
    )
    assert case(generated(gpu_info=""), "hardware: rtx-4090\ncards: 1")["card_count"] == 1


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "path",
    [
        "/home/somebody/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        r"C:\Users\somebody\Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        "models/Qwen2.5-7B-Instruct-Q4_K_M.gguf",
    ],
)
def test_the_path_of_the_model_is_kept_nowhere(syntax: str, path: str) -> None:
    rows = [{**row, "model_filename": path} for row in (GENERATION, ROWS[4])]
    reading = read(written(rows, syntax), "")
    found, reject = reading.records
    assert isinstance(found, Case)
    assert isinstance(reject, Reject)
    assert found.item["stack"]["model_as_reported"] == "Qwen2.5-7B-Instruct-Q4_K_M.gguf"
    everything = json.dumps(found.item) + reject.raw + repr(reading.said)
    assert "somebody" not in everything
    assert "models" not in everything
    assert "Qwen2.5-7B-Instruct-Q4_K_M.gguf" in reject.raw


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_row_that_breaks_off_is_rejected_without_its_text(syntax: str) -> None:
    text = written(ROWS[:2], syntax)
    broken = read(text[: text.rindex("Qwen2.5")], "", format="llama-bench").records
    assert isinstance(broken[0], Case)
    assert isinstance(broken[-1], Reject)
    assert "somebody" not in broken[-1].raw


def test_a_sidecar_may_keep_the_name_of_the_model_too() -> None:
    said = "redact: [model_filename]\nmodel: Qwen/Qwen2.5-7B-Instruct"
    assert case(GENERATION, said)["model_as_reported"] == "Qwen/Qwen2.5-7B-Instruct"
    assert "`model`" in reason(GENERATION, "redact: [model_filename]")


@pytest.mark.parametrize(
    ("commit", "number", "version"),
    [
        ("0a1b2c3d", 7001, "0a1b2c3d (7001)"),
        ("0a1b2c3d", None, "0a1b2c3d"),
        (None, 7001, "(7001)"),
        (12345678, 7001, "(7001)"),
        (None, None, None),
    ],
)
def test_the_version_is_commit_and_number_of_the_build(
    commit: object, number: object, version: str | None
) -> None:
    found = case(generated(build_commit=commit, build_number=number), "")
    assert found.get("engine_version") == version


def test_rows_of_one_second_are_told_apart_by_a_hash() -> None:
    rows = [GENERATION, generated(n_batch=512), GENERATION]
    first, second, copy = read(rows, "").records
    assert isinstance(first, Case)
    assert isinstance(second, Case)
    assert first.run_id == second.run_id
    assert first.item["id"] != second.item["id"]
    assert isinstance(copy, Skipped)


_rows = st.fixed_dictionaries(
    {
        "build_commit": st.just("c0ffee"),
        "build_number": st.integers(1, 10**5),
        "gpu_info": st.integers(1, 4).map(lambda n: ", ".join(["NVIDIA GeForce RTX 4090"] * n)),
        "backends": st.just("CUDA"),
        "model_filename": st.just("x/Qwen2.5-7B-Instruct-Q4_K_M.gguf"),
        "model_type": st.sampled_from(["qwen2 7B Q4_K - Medium", "qwen2 7B Q8_0"]),
        "model_size": st.integers(10**9, 10**10),
        "model_n_params": st.integers(10**9, 10**10),
        "type_k": st.sampled_from(["f16", "q8_0", "q4_0"]),
        "type_v": st.sampled_from(["f16", "q8_0", "q4_0"]),
        "n_gpu_layers": st.sampled_from([-1, 99]),
        "n_cpu_moe": st.just(0),
        "split_mode": st.just("layer"),
        "devices": st.just("auto"),
        "tokens": st.integers(1, 10**5),
        "is_prompt": st.booleans(),
        "n_depth": st.integers(0, 10**5),
        "test_time": st.just("2026-01-02T03:04:05Z"),
        "avg_ts": st.floats(1e-2, 1e6),
    }
).map(
    lambda row: {
        **{name: value for name, value in row.items() if name not in ("tokens", "is_prompt")},
        "n_prompt": row["tokens"] if row["is_prompt"] else 0,
        "n_gen": 0 if row["is_prompt"] else row["tokens"],
    }
)
_BITS = {"f16": 16, "q8_0": 8, "q4_0": 4}


@settings(deadline=None)
@given(st.lists(_rows, min_size=1, max_size=4), st.sampled_from(SYNTAXES))
def test_every_value_that_the_tool_writes_is_found_again(
    rows: list[dict[str, Any]], syntax: str
) -> None:
    rows = [{**row, "n_batch": place} for place, row in enumerate(rows)]
    reading = read(written(rows, syntax), "")
    for row, one in zip(rows, reading.cases, strict=True):
        found, is_prompt = canonical(one.item), row["n_prompt"] > 0
        expected = {
            "card_count": row["gpu_info"].count(",") + 1,
            "engine_version": f"c0ffee ({row['build_number']})",
            "kv_cache_bits": _BITS[row["type_k"]] if row["type_k"] == row["type_v"] else None,
            "quantization": "q8-0" if "Q8" in row["model_type"] else "q4-k-m",
            "prefill_tok_s": row["avg_ts"] if is_prompt else None,
            "decode_tok_s": None if is_prompt else row["avg_ts"],
            "tbt_mean_ms": None if is_prompt else 1000 / row["avg_ts"],
            "tbt_p50_ms": None if is_prompt else 1000 / row["avg_ts"],
            "prefill_seq_len": row["n_prompt"] if is_prompt else row["n_depth"],
            "decode_seq_len": None if is_prompt else row["n_gen"],
        }
        assert {name: found.get(name) for name in expected} == expected
        bits = one.item["resolved"]["quantization"]["bits_per_weight"]
        assert bits == 8 * row["model_size"] / row["model_n_params"]
    assert dict(reading.unknown_fields) == {"n_batch": len(rows)}


@settings(deadline=None)
@given(disturbed(GENERATION))
def test_whatever_stands_in_a_field_a_row_is_a_case_reject_or_skipped(row: dict[str, Any]) -> None:
    found = outcomes(read(row, "", format="llama-bench"))
    assert found in (["case"], ["reject"], ["skipped"])
