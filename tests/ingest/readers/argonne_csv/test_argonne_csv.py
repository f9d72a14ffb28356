"""Tables of LLM-Inference-Bench: every column under its canonical name, every trap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject
from pipelines.ingest.readers.argonne_csv import recognizes
from tests.ingest.readers.reading import canonical, cases, outcomes, read

HERE = Path(__file__).parent
COLUMNS = (
    "Hardware",
    "Num of Hardware",
    "Framework",
    "Model",
    "Input Output Length",
    "Batch Size",
    "Latency",
    "Throughput",
    "avg_power",
)
ROW = {
    "Hardware": "Nvidia GH200 GPU",
    "Num of Hardware": 1,
    "Framework": "vLLM",
    "Model": "Qwen/Qwen2-7B",
    "Input Output Length": 256,
    "Batch Size": 8,
    "Latency": 4.0,
    "Throughput": 1024.0,
    "avg_power": "",
}


def table(*rows: dict[str, object]) -> str:
    lines = [",".join(COLUMNS)]
    lines += [",".join(str(row[name]) for name in COLUMNS) for row in rows]
    return "\n".join(lines) + "\n"


def one(**changes: object) -> str:
    """A table of one row with other values; `Num_of_Hardware` stands for the column."""
    return table({**ROW, **{name.replace("_of_", " of "): v for name, v in changes.items()}})


def test_a_row_has_every_value_under_its_canonical_name() -> None:
    first = read(HERE / "results.csv", "").cases[0]
    assert canonical(first.item) == {
        "decode_tok_s": 2048.0,
        "prefill_tok_s": 2048.0,
        "throughput_scope": "wall",
        "e2e_mean_ms": 4000.0,
        "prefill_seq_len": 256,
        "decode_seq_len": 256,
        "max_concurrent_requests": 32,
        "hardware": "gh200-96gb",
        "card_count": 1,
        "model": "mistral-7b",
        "engine": "vllm",
        "quantization": "fp16",
        "hardware_as_reported": "Nvidia GH200 GPU",
        "model_as_reported": "mistralai/Mistral-7B-v0.1",
        "quantization_as_reported": "fp16",
        "source_format": "argonne-csv",
        "source_file": "results.csv",
        "record_index": 0,
    }
    evidence = first.item["evidence"][0]
    assert (evidence["source_type"], evidence["citation"]) == (
        "paper",
        "LLM-Inference-Bench, arXiv 2411.00136",
    )


def test_throughput_counts_prompt_and_output_so_decode_is_half_of_it() -> None:
    """Tokens of all outputs over the time of the batch: 32 requests of 256 tokens in 4 s."""
    found = canonical(read(HERE / "results.csv", "").cases[0].item)
    assert found["decode_tok_s"] == 32 * 256 / (found["e2e_mean_ms"] / 1000)


def test_llama_cpp_runs_one_sequence_whatever_its_batch_of_the_prompt() -> None:
    found = canonical(read(HERE / "results.csv", "").cases[1].item)
    assert (found["engine"], found["max_concurrent_requests"]) == ("llama-cpp", 1)
    assert found["decode_tok_s"] == 512 / 20.48
    assert found["card_count"] == 4


def test_cards_that_the_table_does_not_tell_apart_are_left_to_the_sidecar() -> None:
    reading = read(HERE / "results.csv", "")
    assert outcomes(reading) == ["case", "case", "case", "reject"]
    (reject,) = reading.rejects
    assert reject.lacks[0].candidates == ("h100-pcie", "h100-sxm5")
    said = "aliases: {hardware: {Nvidia H100 GPU: h100-sxm5}}"
    assert len(cases(read(HERE / "results.csv", said))) == 4


def test_power_is_in_milliwatts_and_that_of_one_card() -> None:
    first, second = cases(read(HERE / "power.csv", ""))
    assert (first["power_per_card_w"], first["power_scope"]) == (412.5005, "card")
    assert "power_per_card_w" not in second


@pytest.mark.parametrize(
    ("column", "value", "path"),
    [
        ("Throughput", "", "Throughput"),
        ("Throughput", 0, "Throughput"),
        ("Throughput", "fast", "Throughput"),
        ("Input Output Length", "", '"Input Output Length"'),
        ("Input Output Length", -128, '"Input Output Length"'),
    ],
)
def test_a_row_without_a_needed_figure_is_rejected_and_the_others_load(
    column: str, value: object, path: str
) -> None:
    broken, good = read(table({**ROW, column: value}, ROW), "").records
    assert isinstance(broken, Reject)
    assert (broken.path, broken.index) == (path, 0)
    assert isinstance(good, Case)


def test_optional_figures_may_be_blank() -> None:
    found = cases(read(table({**ROW, "Latency": "", "Batch Size": ""}), ""))[0]
    assert {"e2e_mean_ms", "max_concurrent_requests", "power_per_card_w"} & found.keys() == set()


def test_no_number_of_cards_counts_as_one() -> None:
    (record,) = read(one(Num_of_Hardware=""), "").records
    assert isinstance(record, Reject)
    assert [lack.key for lack in record.lacks] == ["cards"]


def test_another_column_is_counted() -> None:
    text = (HERE / "results.csv").read_text().replace("Latency,", "Latency,Power Cap,")
    text = text.replace(",4.0,", ",4.0,1,").replace(",20.48,", ",20.48,1,")
    text = text.replace(",2.0,", ",2.0,1,").replace(",8.0,", ",8.0,1,")
    assert dict(read(text, "").unknown_fields) == {'"Power Cap"': 4}


def test_a_table_is_told_by_its_columns() -> None:
    assert recognizes(ROW)
    assert not recognizes({name: 1 for name in COLUMNS if name != "Framework"})
    assert not recognizes(None)


_positive = st.floats(1e-3, 1e6)
_rows = st.fixed_dictionaries(
    {
        "Hardware": st.just("AMD MI300X GPU"),
        "Num of Hardware": st.integers(1, 8),
        "Framework": st.sampled_from(["vLLM", "llama.cpp", "TensorRT-LLM", "Deepspeed-MII"]),
        "Model": st.just("Qwen/Qwen2-7B"),
        "Input Output Length": st.integers(1, 10**5),
        "Batch Size": st.integers(1, 10**4),
        "Latency": _positive,
        "Throughput": _positive,
        "avg_power": st.just("") | _positive,
    }
)
_ENGINES = {
    "vLLM": "vllm",
    "llama.cpp": "llama-cpp",
    "TensorRT-LLM": "tensorrt-llm",
    "Deepspeed-MII": "deepspeed-mii",
}


@settings(deadline=None)
@given(st.lists(_rows, min_size=1, max_size=5, unique_by=lambda row: tuple(row.values())))
def test_every_value_of_a_table_is_found_again(rows: list[dict[str, Any]]) -> None:
    for row, found in zip(rows, cases(read(table(*rows), "")), strict=True):
        is_alone = row["Framework"] == "llama.cpp"
        has_power = row["avg_power"] != "" and row["Num of Hardware"] == 1
        expected = {
            "card_count": row["Num of Hardware"],
            "engine": _ENGINES[row["Framework"]],
            "prefill_seq_len": row["Input Output Length"],
            "decode_seq_len": row["Input Output Length"],
            "max_concurrent_requests": 1 if is_alone else row["Batch Size"],
            "e2e_mean_ms": row["Latency"] * 1000,
            "decode_tok_s": row["Throughput"] / 2,
            "prefill_tok_s": row["Throughput"] / 2,
            "power_per_card_w": row["avg_power"] / 1000 if has_power else None,
        }
        assert {name: found.get(name) for name in expected} == expected


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(COLUMNS),
        st.sampled_from(["", "0", "-1", "nan", "inf", "1e999", "H100", "x y", '"a,b"', "9" * 400]),
    )
)
def test_whatever_stands_in_a_cell_a_row_is_a_case_or_a_reject(changes: dict[str, object]) -> None:
    found = outcomes(read(table({**ROW, **changes}), "", format="argonne-csv"))
    assert found in (["case"], ["reject"])
