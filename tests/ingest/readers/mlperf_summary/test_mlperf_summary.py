"""Results tables of MLPerf Inference: every column under its canonical name, every trap."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest import readers
from pipelines.ingest.readers import Case, Reject, Skipped
from pipelines.ingest.readers.mlperf_summary import ATTRIBUTION
from pipelines.settings import ROOT
from tests.ingest.readers.reading import ANYTHING, canonical, cases, read

HERE = Path(__file__).parent
V51, V60, V61 = HERE / "v51.json", HERE / "v60.json", HERE / "v61.json"
ROW: dict[str, Any] = json.loads(V60.read_text())[0]
NEW: dict[str, Any] = json.loads(V61.read_text())["0"]
LOG = (HERE / "server_log.txt").read_bytes()
#: The columns of v6.1 by those of v6.0 that became others.
RENAMED = {
    "Submitter": "Organization",
    "Category": "Division",
    "Suite": "SystemType",
    "System": "SystemName",
    "UsedModel": "Model",
    "Model": "MlperfModel",
    "Performance_Result": "Result",
    "Performance_Units": "Units",
    "Accelerator": "accelerator_model_name",
    "a#": "accelerators_per_node",
    "Nodes": "number_of_nodes",
    "Total Accelerators": "total_accelerators",
    "Software": "framework",
    "Notes": "notes",
}


def row(**changes: Any) -> dict[str, Any]:
    """A row of v6.0 with other values."""
    return ROW | changes


def as_v61(old: dict[str, Any]) -> dict[str, Any]:
    """The same row in the layout of v6.1."""
    return {RENAMED.get(name, name): value for name, value in old.items()} | {"version": "v6.1"}


def only(record: dict[str, Any], said: str = "") -> readers.Record:
    """The outcome of a row that stands alone in a file of v6.0, and of v6.1."""
    (result,) = read([record], said, format="mlperf-summary").records
    (newer,) = read({"0": as_v61(record)}, said, format="mlperf-summary").records
    assert type(newer) is type(result)
    if isinstance(result, Case) and isinstance(newer, Case):
        found, again = canonical(result.item), canonical(newer.item)
        assert {**found, "tool_version": None} == {**again, "tool_version": None}
    return result


def case_of(record: dict[str, Any], said: str = "") -> dict[str, Any]:
    result = only(record, said)
    assert isinstance(result, Case), result
    return canonical(result.item)


def skipped_because(record: dict[str, Any]) -> str:
    result = only(record)
    assert isinstance(result, Skipped), result
    return result.reason


def rejected_because(record: dict[str, Any]) -> str:
    result = only(record)
    assert isinstance(result, Reject), result
    return result.reason


def fates(path: Path) -> list[tuple[int | None, str, str]]:
    """Index, fate and reason of the records of a file that are no cases."""
    return [
        (record.index, type(record).__name__, record.reason)
        for record in read(path, "").records
        if not isinstance(record, Case)
    ]


def test_a_row_has_every_value_under_its_canonical_name() -> None:
    first = read(V60, "").cases[0]
    assert canonical(first.item) == {
        "decode_tok_s": 61250.5,
        "throughput_scope": "wall",
        "prefill_seq_len": 294,
        "decode_seq_len": 290.5,
        "dataset": "OpenOrca, at most 1024 in and out",
        "hardware": "h200-sxm",
        "card_count": 16,
        "topology": "2 nodes × 8 cards",
        "model": "llama-2-70b",
        "engine": "tensorrt-llm",
        "quantization": "fp8-e4m3",
        "hardware_as_reported": "NVIDIA H200-SXM-141GB",
        "model_as_reported": "llama2-70b-99.9",
        "quantization_as_reported": "fp8",
        "source_format": "mlperf-summary",
        "tool_version": "v6.0",
        "source_file": "v60.json",
        "record_index": 0,
        "division": "closed",
        "availability": "available",
    }
    assert first.item["title"] == "Nimbus Rack 7"
    assert first.item["submitter"] == {"affiliation": "Nimbus"}


def test_the_columns_of_the_newer_table_mean_the_same() -> None:
    """`Model` is the benchmark in v6.0, and what ran in v6.1."""
    first, second = read(V61, "").cases
    assert canonical(first.item) == {
        "decode_tok_s": 240000.5,
        "throughput_scope": "wall",
        "system_power_w": 9100.25,
        "power_scope": "system",
        "prefill_seq_len": 294,
        "decode_seq_len": 281.5,
        "dataset": "OpenOrca, at most 1024 in and out",
        "hardware": "gb300",
        "card_count": 8,
        "topology": "2 nodes × 4 cards",
        "model": "llama-2-70b",
        "engine": "tensorrt-llm",
        "quantization": "fp4",
        "hardware_as_reported": "NVIDIA GB300",
        "model_as_reported": "llama2-70b-99.9",
        "quantization_as_reported": "fp4",
        "source_format": "mlperf-summary",
        "tool_version": "v6.1",
        "source_file": "v61.json",
        "record_index": 0,
        "division": "closed",
        "availability": "preview",
    }
    assert (second.item["stack"]["model"]["id"], second.item["record_index"]) == ("deepseek-r1", 7)


def test_each_row_of_the_tables_that_is_no_case_has_its_reason() -> None:
    mixed = "several kinds of card: NVIDIA H200-SXM-141GB (x8) and NVIDIA H200-NVL-141GB (x8)"
    assert fates(V60) == [
        (1, "Skipped", "the same run counts for -99.9"),
        (2, "Skipped", "inferred from the result of another scenario or accuracy"),
        (7, "Reject", mixed),
        (8, "Skipped", "no accelerator"),
        (9, "Skipped", "units are Samples/s, not Tokens/s"),
        (11, "Skipped", "units are Latency (ms), not Tokens/s"),
    ]
    assert [(index, fate) for index, fate, _ in fates(V51)] == [
        (1, "Reject"),
        (2, "Skipped"),
        (3, "Skipped"),
    ]
    assert Counter(reason for _, fate, reason in fates(V61) if fate == "Skipped") == {
        "watts of another row's run": 2,
        "the same run counts for -99.9": 1,
        "inferred from the result of another scenario or accuracy": 1,
        "units are Samples/s, not Tokens/s": 1,
        "no accelerator": 1,
    }
    (unknown,) = read(V61, "").rejects
    assert unknown.index == 6
    assert "'llama2-70b-pruned' is not in the catalog" in unknown.reason


# Names: ids, citations, attribution.


def test_an_id_names_round_entry_model_and_scenario_since_the_entry_is_one_of_a_system() -> None:
    ids = [case.item["id"] for case in read(V60, "").cases]
    assert ids[:3] == [
        "v6.0-6.0-7001-llama2-70b-99.9-server",
        "v6.0-6.0-7001-llama2-70b-99.9-offline",
        "v6.0-6.0-7001-llama2-70b-99-offline",
    ]
    assert len(set(ids)) == len(ids)


def test_without_entries_organization_and_platform_name_the_system() -> None:
    assert [case.item["id"] for case in read(V61, "").cases] == [
        "v6.1-nimbus-rack9-gb300x8-trt-llama2-70b-99.9-offline",
        "v6.1-nimbus-rack9-gb300x8-trt-deepseek-r1-server",
    ]


def test_the_evidence_cites_the_entry_and_where_it_is() -> None:
    (evidence,) = read(V60, "").cases[0].item["evidence"]
    assert evidence["source_type"] == "mlperf-submission"
    assert evidence["tier"] == "measured"
    assert evidence["url"] == "https://example.org/v6.0/closed/Nimbus/rack7_H200x16"
    assert evidence["citation"] == (
        "MLPerf Inference v6.0, closed division, llama2-70b-99.9 Server, Nimbus, "
        "entry 6.0-7001, datacenter/closed/Nimbus/rack7_H200x16"
    )
    (newer,) = read(V61, "").cases[0].item["evidence"]
    assert newer["citation"] == (
        "MLPerf Inference v6.1, closed division, llama2-70b-99.9 Offline, Nimbus, "
        "entry rack9_GB300x8_TRT"
    )
    assert "url" not in newer


def test_a_citation_leaves_out_what_the_row_does_not_say() -> None:
    bare = dict.fromkeys(
        ("ID", "Platform", "Submitter", "Category", "version", "Model", "Details"), None
    )
    (case,) = read([row(**bare)], "", format="mlperf-summary").cases
    (evidence,) = case.item["evidence"]
    unique_id = "datacenter/closed/Nimbus/rack7_H200x16"
    assert evidence["citation"] == f"MLPerf Inference, Server, {unique_id}"
    assert "url" not in evidence
    assert case.item["id"] == "llama2-70b-99.9-server"
    (case,) = read([row(Details="see the folder")], "").cases
    assert "url" not in case.item["evidence"][0]


def test_what_is_derived_is_called_not_verified() -> None:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert "not verified by MLCommons" in ATTRIBUTION
    assert "not verified by MLCommons" in text
    assert "mlperf_summary.ATTRIBUTION" in text


def test_scenarios_of_one_system_are_no_repeats_of_each_other() -> None:
    """Every field of their stacks and loads is the same where the row has no token count."""
    offline, server = (
        row(Scenario=scenario, Model="gpt-oss-120b", UsedModel="gpt-oss-120b", Accuracy="")
        for scenario in ("Offline", "Server")
    )
    keys = [case.item["configuration_key"] for case in read([offline, server, server], "").cases]
    assert len(set(keys)) == 2


# What is out of scope.


def test_a_row_that_is_inferred_is_no_result_of_its_own() -> None:
    assert "inferred" in skipped_because(row(inferred=1))
    assert "inferred" in skipped_because(row(inferred=1, errors=3, Accelerator="A (x1), B (x2)"))
    for none in (0, None, 2):
        assert case_of(row(inferred=none))["decode_tok_s"] == 61250.5


@pytest.mark.parametrize("units", ["Samples/s", "Queries/s", "Latency (s)", "tokens/min"])
def test_rows_in_other_units_are_out_of_scope(units: str) -> None:
    assert skipped_because(row(Performance_Units=units)) == f"units are {units}, not Tokens/s"


def test_a_row_that_does_not_say_its_units_or_its_scenario_is_rejected() -> None:
    assert "`Performance_Units` is missing" in rejected_because(row(Performance_Units=None))
    assert "`Scenario` is missing" in rejected_because(row(Scenario=""))


def test_a_single_stream_has_no_rate_of_its_own() -> None:
    for scenario in ("SingleStream", "MultiStream"):
        assert skipped_because(row(Scenario=scenario)) == f"scenario {scenario}"
    assert case_of(row(Scenario="Interactive"))["decode_tok_s"] == 61250.5


@pytest.mark.parametrize("benchmark", ["whisper", "qwen3-vl-235b-a22b", "VLM", "wan-2.2-t2v-a14b"])
def test_tokens_of_a_benchmark_that_is_no_language_model_are_out_of_scope(benchmark: str) -> None:
    """Some rounds rate speech recognition in tokens per second, too."""
    skipped = skipped_because(row(Model=benchmark, UsedModel=benchmark))
    assert skipped == f"{benchmark} is no language model"


@pytest.mark.parametrize(
    "system",
    [
        {"Accelerator": "", "a#": "", "Total Accelerators": 0},
        {"Accelerator": "-", "a#": 0, "Total Accelerators": 0},
        {"Accelerator": None},
        {"Accelerator": "0"},
        {"a#": 0, "Total Accelerators": 0},
        {"a#": 0, "Total Accelerators": None},
    ],
)
def test_a_system_without_accelerators_is_out_of_scope(system: dict[str, Any]) -> None:
    assert skipped_because(row(**system)) == "no accelerator"


LOOSE = {"Model": "llama2-70b-99", "UsedModel": "llama2-70b-99"}


def test_of_twins_the_row_of_the_lower_accuracy_is_a_copy_wherever_it_stands() -> None:
    for rows in ([row(), row(**LOOSE)], [row(**LOOSE), row()]):
        reading = read(rows, "")
        assert [case.item["stack"]["model_as_reported"] for case in reading.cases] == [
            "llama2-70b-99.9"
        ]
        assert len(reading.skipped) == 1
        newer = read({str(i): as_v61(one) for i, one in enumerate(rows)}, "")
        assert (len(newer.cases), len(newer.skipped)) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"Performance_Result": 61250.25},
        {"inferred": 1},
        {"Scenario": "Offline"},
        {"Platform": "rack8"},
        {"ID": "6.0-7999"},
        {"Category": "open"},
        {"Suite": "edge"},
        {"Submitter": "Cumulus"},
        {"UsedModel": "llama3_1-70b-fp8_dyn"},
        {"Model": "llama3.1-8b"},
        {"Performance_Units": "Samples/s"},
    ],
)
def test_a_row_that_differs_is_no_twin(other: dict[str, Any]) -> None:
    reading = read([row(**other), row(**LOOSE)], "")
    assert [case.index for case in reading.cases][-1] == 1


def test_twins_of_several_kinds_of_card_are_one_reject() -> None:
    mixed = {"Accelerator": "NVIDIA L40S (x4), NVIDIA L4 (x4)"}
    reading = read([row(**mixed), row(**LOOSE, **mixed)], "")
    assert (len(reading.rejects), len(reading.skipped)) == (1, 1)


# Cards.


@pytest.mark.parametrize(
    ("accelerator", "hardware", "cards"),
    [
        ("NVIDIA H200-SXM-141GB", "h200-sxm", 16),
        ("NVIDIA H200-SXM-141GB (x15)", "h200-sxm", 15),
        ("NVIDIA H200-SXM-141GB (X15)", "h200-sxm", 15),
        ("AMD Instinct MI355X 288GB HBM3E", "mi355x", 16),
        ("AMD Instinct MI355X 288GB HBM3e (Power Cap 1000 W)", "mi355x", 16),
        ("AMD Instinct MI355X 288GB HBM3e(x87)", "mi355x", 87),
        ("Intel(R) Arc Pro(R) B60", "arc-pro-b60", 16),
        ("Intel(R) Arc Pro(R) B60 (x3)", "arc-pro-b60", 3),
        ("NVIDIA H200-SXM-141GB (x0)", "h200-sxm", 16),
    ],
)
def test_a_parenthesis_at_the_end_is_a_count_or_a_remark_but_no_name(
    accelerator: str, hardware: str, cards: int
) -> None:
    found = case_of(row(Accelerator=accelerator))
    assert (found["hardware"], found["card_count"]) == (hardware, cards)
    assert found["hardware_as_reported"] == accelerator


@pytest.mark.parametrize(
    "accelerator",
    [
        "AMD Instinct MI355X (x8) (Power Cap 1000 W)",
        "NVIDIA H200-SXM-141GB (x8) SXM",
        "NVIDIA Imaginary 9000",
        "NVIDIA L40S, NVIDIA L4",
    ],
)
def test_a_name_that_the_catalog_lacks_is_rejected(accelerator: str) -> None:
    assert "is not in the catalog" in rejected_because(row(Accelerator=accelerator))


def test_a_count_within_a_name_is_none() -> None:
    for accelerator in ("NVIDIA (x8) H200", "NVIDIA (x8) H200 (liquid)"):
        found = case_of(row(Accelerator=accelerator), "hardware: h200-sxm")
        assert found["card_count"] == 16


def test_a_count_without_a_name_is_rejected() -> None:
    assert "does not say `hardware`" in rejected_because(row(Accelerator="(x8)"))


def test_a_name_of_several_cards_of_the_catalog_is_rejected_with_them() -> None:
    reason = rejected_because(row(Accelerator="NVIDIA H100 (x8)"))
    assert "'NVIDIA H100' is ambiguous, one of h100-nvl, h100-pcie, h100-sxm5" in reason


@pytest.mark.parametrize(
    ("counts", "cards"),
    [
        ({"Total Accelerators": 88, "a#": 8, "Nodes": 11}, 88),
        ({"Total Accelerators": None, "a#": 4, "Nodes": 18}, 72),
        ({"Total Accelerators": 24, "a#": "8", "Nodes": "3"}, 24),
        ({"Total Accelerators": 0, "a#": 4, "Nodes": 2}, 8),
    ],
)
def test_cards_are_the_total_else_those_of_a_node_times_nodes(
    counts: dict[str, Any], cards: int
) -> None:
    assert case_of(row(**counts))["card_count"] == cards


@pytest.mark.parametrize(
    "counts",
    [
        {"Total Accelerators": None, "a#": 8, "Nodes": None},
        {"Total Accelerators": "16", "a#": "8", "Nodes": 2},
        {"Total Accelerators": float("nan"), "a#": None, "Nodes": 2},
        {"Total Accelerators": 7.5, "a#": 7.5, "Nodes": 1},
    ],
)
def test_no_number_of_cards_is_guessed(counts: dict[str, Any]) -> None:
    assert "`cards`" in rejected_because(row(**counts))
    assert case_of(row(**counts), "cards: 16")["card_count"] == 16


# Model, quantization, engine.


def test_the_model_is_what_ran_and_not_the_benchmark() -> None:
    open_row = row(UsedModel="llama3_1-70b-fp8_dyn", Category="open")
    found = case_of(open_row)
    assert (found["model"], found["division"]) == ("llama-3.1-70b", "open")
    assert found["prefill_seq_len"] == 294
    assert "`model`" in rejected_because(row(UsedModel=None))


@pytest.mark.parametrize(
    ("written", "quantization"),
    [
        ("fp4", "fp4"),
        ("MXFP4", "mxfp4"),
        ("INT4", "w4a16"),
        ("bfloat16", "bf16"),
        ("FP8", "fp8-e4m3"),
    ],
)
def test_a_label_of_weights_is_a_name_of_the_catalog(written: str, quantization: str) -> None:
    """`fp4` is NVFP4 or MXFP4: neither is assumed."""
    found = case_of(row(weight_data_types=written))
    assert (found["quantization"], found["quantization_as_reported"]) == (quantization, written)


@pytest.mark.parametrize(
    "written",
    [
        "UNSET",
        "fp8,bf16",
        "BF16/F32/F8_E4M3/U8",
        "fp8, fp8",
        "NVFP4 weights; FP8 KV cache",
        ["fp8"],
    ],
)
def test_weights_of_several_types_or_of_none_are_rejected(written: object) -> None:
    assert "quantization" in rejected_because(row(weight_data_types=written))


@pytest.mark.parametrize(
    ("software", "notes", "engine"),
    [
        ("TensorRT 10.14, CUDA 13.1", "", "tensorrt"),
        ("TensorRT 10.14, cuDNN 9, TensorRT-LLM 1.2, vLLM 0.14", "", "tensorrt-llm"),
        ("LLM-D v0.5.0 ,vLLM 0.14.1", None, "vllm"),
        ("PyTorch vLLM", "TensorRT was not used", "vllm"),
        ("SGLang 0.5, CUDA 12.9", "", "sglang"),
        ("PyTorch 2.9.1, ROCm 7.0.0", "", "submitter-stack"),
        ("ROCm", "served by vllm 0.14", "vllm"),
        ("", "", "submitter-stack"),
        (None, None, "submitter-stack"),
    ],
)
def test_the_engine_is_the_first_that_software_or_notes_name(
    software: str | None, notes: str | None, engine: str
) -> None:
    assert case_of(row(Software=software, Notes=notes))["engine"] == engine


# Figures.


@pytest.mark.parametrize("value", [None, 0, -1.5, float("nan"), float("inf"), "61250.5", True])
def test_a_result_that_is_no_number_above_zero_is_rejected(value: object) -> None:
    assert "Result` is" in rejected_because(row(Performance_Result=value))


def test_a_result_that_failed_the_checks_is_rejected() -> None:
    (result,) = read([row(errors=2)], "").records
    assert isinstance(result, Reject)
    assert (result.path, result.reason) == ("errors", "`errors` is above 0: it failed the checks")
    assert case_of(row(errors=None))["decode_tok_s"] == 61250.5


@pytest.mark.parametrize(
    ("accuracy", "length"),
    [
        ("ROUGE1: 44.5  TOKENS_PER_SAMPLE: 283.0", 283.0),
        ("exact_match: 80.9 TOKENS_PER_SAMPLE: 3792.239744", 3792.239744),
        ("TOKENS_PER_SAMPLE: 1.5e2", 150.0),
        ("TOKENS_PER_SAMPLE: 1e999", 294.45),
        ("TOKENS_PER_SAMPLE: 145  gsm8k_accuracy: 73.6", 145.0),
        ("exact_match: 83.4", 294.45),
        ("ROUGE1: 38.9 GEN_LEN: 8160000", 294.45),
        ("TOKENS_PER_SAMPLE: 0.0", 294.45),
        ("", 294.45),
        (None, 294.45),
        (283.0, 294.45),
    ],
)
def test_output_lengths_are_those_of_the_row_else_of_the_benchmark(
    accuracy: object, length: float
) -> None:
    found = case_of(row(Accuracy=accuracy))
    assert found["decode_seq_len"] == length
    assert found["prefill_seq_len"] == 294


def test_lengths_of_a_sidecar_win_over_those_of_the_benchmark_but_not_of_the_row() -> None:
    told = "lengths: {prefill: 310, decode: 250}"
    found = case_of(row(), told)
    assert (found["prefill_seq_len"], found["decode_seq_len"]) == (310, 290.5)
    assert found["lengths_are_nominal"] is True
    assert case_of(row(Accuracy=""), told)["decode_seq_len"] == 250


def test_lengths_of_a_benchmark_that_the_catalog_lacks_are_not_known() -> None:
    found = case_of(row(Model="llama9-1b", UsedModel="llama-3.1-8b", Accuracy=""))
    assert {"prefill_seq_len", "decode_seq_len", "dataset"} & found.keys() == set()
    told = "lengths: {prefill: 700, decode: 80}"
    assert case_of(row(Model="llama9-1b", UsedModel="llama-3.1-8b", Accuracy=""), told)[
        "lengths_are_nominal"
    ]


def test_requests_in_flight_and_the_offered_rate_are_not_known() -> None:
    for found in cases_of(V60) + cases_of(V61) + cases_of(V51):
        assert {"max_concurrent_requests", "request_rate_rps"} & found.keys() == set()


def cases_of(path: Path) -> list[dict[str, Any]]:
    return [canonical(case.item) for case in read(path, "").cases]


def test_power_is_of_the_whole_system_and_in_watts() -> None:
    found = cases_of(V51)[0]
    assert (found["system_power_w"], found["power_scope"]) == (7420.5, "system")
    assert "power_per_card_w" not in found
    energy = row(has_power=True, Power_Result=7420.5, Power_Units="millijoules")
    assert {"system_power_w", "power_scope"} & case_of(energy).keys() == set()


def test_since_v61_watts_stand_in_a_row_of_their_own() -> None:
    first, second = cases_of(V61)
    assert first["system_power_w"] == 9100.25
    assert "system_power_w" not in second


@pytest.mark.parametrize("other", [{"Scenario": "Server"}, {"Platform": "rack8"}, {"Result": None}])
def test_watts_of_another_run_are_not_taken(other: dict[str, Any]) -> None:
    table = {"0": NEW, "1": NEW | {"Units": "Watts", "Result": 9000.5} | other}
    assert "system_power_w" not in canonical(read(table, "").cases[0].item)


def test_watts_that_differ_are_not_known() -> None:
    table = {"0": NEW} | {str(n): NEW | {"Units": "Watts", "Result": n} for n in (1, 2)}
    assert "system_power_w" not in canonical(read(table, "").cases[0].item)


def test_a_nameplate_is_no_measurement() -> None:
    found = canonical(read({"0": NEW | {"design_power_watts": 12000.0}}, "").cases[0].item)
    assert {"system_power_w", "power_per_card_w"} & found.keys() == set()


# The log of a run.

LOCATION = "closed/Nimbus/results/rack7_H200x16/llama2-70b-99.9/Server/performance/run_1"


def with_log(path: str, log: bytes = LOG, name: str = "v60.json", **changes: Any) -> dict[str, Any]:
    """The case of a row of a source with one log."""
    content = json.dumps([row(**changes)])
    (found,) = cases(read(content, "", name=name, companions={path: log}))
    return found


def test_a_log_below_the_table_adds_latencies_and_the_offered_rate() -> None:
    found = with_log(f"{LOCATION}/mlperf_log_summary.txt")
    assert {name: value for name, value in found.items() if name.endswith(("_ms", "_rps"))} == {
        "ttft_mean_ms": 800.25,
        "ttft_p50_ms": 750.5,
        "ttft_p99_ms": 1800.75,
        "tbt_mean_ms": 137.25,
        "tbt_p50_ms": 140.5,
        "tbt_p99_ms": 185.125,
        "e2e_mean_ms": 40500.0,
        "request_rate_rps": 214.5,
    }
    assert found["decode_seq_len"] == 290.5
    assert found["decode_tok_s"] == 61250.5


def test_a_location_is_relative_to_the_table_and_may_be_the_folder_of_the_scenario() -> None:
    folder = LOCATION.removesuffix("/performance/run_1")
    path = f"rounds/6/{LOCATION}/mlperf_log_summary.txt"
    found = with_log(path, name="rounds/6/summary_results.json", Location=folder)
    assert found["ttft_p50_ms"] == 750.5
    for elsewhere in (
        {"Location": None},
        {"Location": "closed/Nimbus"},
        {"Location": "/" + LOCATION},
        {"name": "summary_results.json"},
    ):
        assert "ttft_p50_ms" not in with_log(path, **elsewhere)


def test_a_log_gives_the_mean_output_length_before_the_benchmark_does() -> None:
    found = with_log(f"{LOCATION}/mlperf_log_summary.txt", Accuracy="exact_match: 83.4")
    assert found["decode_seq_len"] == pytest.approx(61250.5 / 210.85)


def test_the_log_of_another_run_adds_nothing() -> None:
    found = with_log(f"{LOCATION}/mlperf_log_summary.txt", Performance_Result=61900.0)
    assert "ttft_p50_ms" not in found
    without = LOG.replace(b"tokens per second", b"words per second")
    assert "ttft_p50_ms" not in with_log(f"{LOCATION}/mlperf_log_summary.txt", without)


@pytest.mark.parametrize(
    "line", [b"Mean latency (ns): nan", b"Mean latency (ns): 1_0", b": 7", b"\xff\xfe: 1", b"a:b:1"]
)
def test_lines_of_a_log_that_are_no_numbers_are_passed_over(line: bytes) -> None:
    log = line + b"\n" + LOG
    assert with_log(f"{LOCATION}/mlperf_log_summary.txt", log)["e2e_mean_ms"] == 40500.0


def test_logs_are_companions_that_are_not_read_by_themselves() -> None:
    assert "mlperf_log_summary.txt" in readers.companion_names()


# The file.


@pytest.mark.parametrize("path", [V51, V60, V61])
def test_tables_of_all_rounds_are_recognized(path: Path) -> None:
    assert read(path, "").format == "mlperf-summary"


def test_a_row_of_the_newer_table_that_is_no_object_or_twice_does_not_stop_the_others() -> None:
    text = json.dumps(NEW)
    reading = read(f'{{"0": {text}, "1": null, "2": {text}, "2": {text}}}', "")
    assert [type(record) for record in reading.records] == [Case, Reject, Reject]
    assert [reject.reason for reject in reading.rejects] == [
        "the record is not an object",
        "the key `2` appears twice",
    ]


def test_columns_that_nobody_knows_are_counted() -> None:
    unknown = read([row(Colour="blue"), row(**LOOSE, ID="6.0-7002")], "").unknown_fields
    assert unknown["Colour"] == 1
    assert unknown["Processor"] == 2
    named = {"ID", "Suite", "Platform", "Notes", "compliance", "has_power", "Location", "Details"}
    assert named & set(unknown) == set()
    newer = read({"0": NEW | {"colour": "blue"}}, "").unknown_fields
    assert newer["*.colour"] == 1
    with_power = read([json.loads(V51.read_text())[0]], "").unknown_fields
    assert {"Suite", "Platform", "ID"} & set(with_power) == set()
    assert {"*.design_power_watts", "*.PrivateID", "*.SystemType"} & set(newer) == set()


_positive = st.floats(1e-3, 1e8)
_names = {
    "NVIDIA H200-SXM-141GB": "h200-sxm",
    "AMD Instinct MI300X 192GB HBM3": "mi300x",
    "NVIDIA GB300": "gb300",
    "Intel(R) Arc Pro(R) B70": "arc-pro-b70",
}
_weights = {"fp4": "fp4", "fp8": "fp8-e4m3", "mxfp4": "mxfp4", "INT4": "w4a16"}
_models = {
    "llama2-70b-99.9": ("llama-2-70b", 294, 294.45),
    "llama3.1-405b": ("llama-3.1-405b", 9428, 684.68),
    "llama3.1-8b": ("llama-3.1-8b", 870, 73),
    "mixtral-8x7b": ("mixtral-8x7b", 430, 144.84),
    "deepseek-r1": ("deepseek-r1", 800, 3792),
    "gpt-oss-120b": ("gpt-oss", 1000, 1278.2),
}
_runs = st.fixed_dictionaries(
    {
        "benchmark": st.sampled_from(sorted(_models)),
        "scenario": st.sampled_from(["Offline", "Server", "Interactive"]),
        "accelerator": st.sampled_from(sorted(_names)),
        "remark": st.sampled_from(["", " (Power Cap 750 W)", " (liquid)"]),
        "counted": st.none() | st.integers(1, 999),
        "per_node": st.integers(1, 16),
        "nodes": st.integers(1, 64),
        "result": _positive,
        "tokens": st.none() | st.floats(1, 1e5).map(lambda value: round(value, 4)),
        "watts": st.none() | _positive,
        "weights": st.sampled_from(sorted(_weights)),
        "division": st.sampled_from(["closed", "open"]),
    }
)


@settings(deadline=None)
@given(st.lists(_runs, min_size=1, max_size=5), st.booleans())
def test_every_value_that_a_table_has_is_found_again(
    runs: list[dict[str, Any]], is_newer: bool
) -> None:
    rows = []
    for place, run in enumerate(runs):
        counted = f" (x{run['counted']})" if run["counted"] else run["remark"]
        accuracy = f"  TOKENS_PER_SAMPLE: {run['tokens']}" if run["tokens"] else ""
        written = row(
            ID=f"6.0-{place:04}",
            Platform=f"system {place}",
            Category=run["division"],
            Model=run["benchmark"],
            UsedModel=run["benchmark"],
            Scenario=run["scenario"],
            Accelerator=run["accelerator"] + counted,
            Nodes=run["nodes"],
            Accuracy=f"ROUGE1: 44.5{accuracy}",
            Performance_Result=run["result"],
            weight_data_types=run["weights"],
            **{"a#": run["per_node"], "Total Accelerators": run["nodes"] * run["per_node"]},
        )
        power = {"Power_Result": run["watts"], "Power_Units": "Watts"} if run["watts"] else {}
        rows.append(as_v61(written) if is_newer else written | power)
        if is_newer and run["watts"]:
            rows.append(as_v61(written) | {"Units": "Watts", "Result": run["watts"]})
    content = {str(i): one for i, one in enumerate(rows)} if is_newer else rows
    reading = read(content, "")
    assert len(reading.rejects) == 0
    assert len(reading.skipped) == (len(rows) - len(runs))
    for run, case in zip(runs, reading.cases, strict=True):
        model, prefill, decode = _models[run["benchmark"]]
        expected = {
            "model": model,
            "hardware": _names[run["accelerator"]],
            "card_count": run["counted"] or run["nodes"] * run["per_node"],
            "quantization": _weights[run["weights"]],
            "decode_tok_s": run["result"],
            "prefill_seq_len": prefill,
            "decode_seq_len": run["tokens"] or decode,
            "system_power_w": run["watts"],
            "power_scope": "system" if run["watts"] else None,
            "division": run["division"],
        }
        found = canonical(case.item)
        assert {name: found.get(name) for name in expected} == expected


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ROW)), ANYTHING), st.booleans())
def test_whatever_stands_in_a_column_a_row_is_a_case_a_reject_or_skipped(
    changes: dict[str, Any], is_newer: bool
) -> None:
    changed = row(**changes)
    content = {"0": as_v61(changed), "1": NEW} if is_newer else [changed, row(**LOOSE)]
    first, second = read(content, "", format="mlperf-summary").records
    assert isinstance(first, Case | Reject | Skipped)
    assert isinstance(second, Case | Skipped)
    for result in (first, second):
        if isinstance(result, Case | Reject):
            json.dumps(result.item if isinstance(result, Case) else result.raw, allow_nan=False)
