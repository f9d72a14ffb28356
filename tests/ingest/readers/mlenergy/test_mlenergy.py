"""Tables of the ML.ENERGY leaderboard: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Reject
from pipelines.ingest.readers.mlenergy import recognizes
from tests.ingest.readers.reading import OUT, altered, canonical, cases, disturbed, outcomes, read

HERE = Path(__file__).parent
MODEL: dict[str, Any] = json.loads((HERE / "model.json").read_text())
TASK: dict[str, Any] = json.loads((HERE / "task.json").read_text())
H100 = "aliases: {hardware: {H100: h100-sxm5}}"


def first(changes: dict[str, object], said: str = "") -> dict[str, Any]:
    """The first configuration of the table of a model, with other values."""
    return canonical(read(altered(MODEL, changes), said).cases[0].item)


def test_a_configuration_has_every_value_under_its_canonical_name() -> None:
    second = read(HERE / "model.json", "").cases[1]
    assert canonical(second.item) == {
        "decode_tok_s": 128 * 60.5,
        "throughput_scope": "wall",
        "itl_p50_ms": 15.5,
        "itl_p99_ms": 40.25,
        "concurrency_mean": 127.75,
        "power_per_card_w": 500.0,
        "power_scope": "card",
        "decode_seq_len": 600.5,
        "dataset": "lm-arena-chat",
        "max_concurrent_requests": 128,
        "hardware": "b200-sxm",
        "card_count": 2,
        "model": "qwen3-32b",
        "engine": "vllm",
        "quantization": "bf16",
        "hardware_as_reported": "B200",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "bfloat16",
        "source_format": "mlenergy",
        "source_file": "model.json",
        "record_index": 1,
    }
    assert second.item["evidence"][0]["source_type"] == "community-benchmark"


def test_power_is_the_sum_of_the_cards() -> None:
    assert MODEL["configurations"][2]["avg_power_watts"] == 2000.0
    found = cases(read(MODEL, H100))
    assert [one["power_per_card_w"] for one in found] == [500.0, 500.0, 500.0]
    assert [one["card_count"] for one in found] == [1, 2, 4]
    assert "power_per_card_w" not in first({"configurations.0.num_gpus": OUT}, "cards: 1")


def test_gaps_between_tokens_are_no_time_per_output_token() -> None:
    found = first({})
    assert {name for name in found if name.startswith(("tbt", "ttft", "e2e"))} == set()
    assert "itl_mean_ms" not in found


def test_the_batch_is_measured_beside_its_limit() -> None:
    found = first({})
    assert (found["concurrency_mean"], found["max_concurrent_requests"]) == (63.75, 64)
    assert "max_concurrent_requests" not in first({"configurations.0.max_num_seqs": None})


def test_a_table_of_a_task_names_the_model_in_each_configuration() -> None:
    names = ("model", "quantization", "dataset", "card_count")
    assert [tuple(one[name] for name in names) for one in cases(read(TASK, ""))] == [
        ("qwen3-235b-a22b", "fp8-e4m3", "gpqa", 8),
        ("gpt-oss-20b", "mxfp4", "gpqa", 1),
    ]


def test_prompts_are_not_in_the_table() -> None:
    found = first({})
    assert {
        "prefill_seq_len",
        "prefill_tok_s",
        "requests_completed",
        "energy_j",
    } & found.keys() == (set())


def test_sizes_that_the_builder_fills_in_are_not_carried() -> None:
    assert {"tp", "ep", "dp"} & first({}).keys() == set()


def test_a_card_that_is_ambiguous_is_left_to_the_sidecar() -> None:
    reading = read(MODEL, "")
    assert outcomes(reading) == ["case", "case", "reject"]
    assert reading.rejects[0].lacks[0].candidates == ("h100-nvl", "h100-pcie", "h100-sxm5")
    assert outcomes(read(MODEL, H100)) == ["case"] * 3


def test_pictures_and_films_are_skipped() -> None:
    reading = read(HERE / "diffusion.json", "")
    assert [record.reason for record in reading.skipped] == ["no tokens of a language model"] * 2
    assert len(reading.records) == 2


@pytest.mark.parametrize("value", [None, 0, -1, float("nan"), "4474", True])
def test_without_a_rate_of_output_tokens_the_record_is_rejected(value: object) -> None:
    changes = {"configurations.0.output_throughput_tokens_per_sec": value}
    record = read(altered(MODEL, changes), "").records[0]
    assert isinstance(record, Reject)
    assert record.path == "configurations[0].output_throughput_tokens_per_sec"


def test_no_number_of_cards_counts_as_one() -> None:
    for count in (OUT, 0, None, "8"):
        record = read(altered(TASK, {"configurations.0.num_gpus": count}), "").records[0]
        assert isinstance(record, Reject)
        assert [lack.key for lack in record.lacks] == ["cards"]


def test_fields_that_are_not_carried_are_counted() -> None:
    unknown = read(TASK, "").unknown_fields
    assert unknown["configurations[].energy_per_token_joules"] == 2
    assert unknown["task_display_name"] == 1
    assert "configurations[].tensor_parallel" not in unknown


def test_a_table_is_told_by_its_task_and_configurations() -> None:
    assert recognizes({"task": "gpqa", "configurations": []})
    assert not recognizes({"configurations": []})
    assert not recognizes({"task": "gpqa", "configurations": {}})
    assert not recognizes([])


_positive = st.floats(1e-3, 1e6)
_configurations = st.fixed_dictionaries(
    {
        "gpu_model": st.just("B200"),
        "num_gpus": st.integers(1, 8),
        "max_num_seqs": st.none() | st.integers(1, 4096),
        "avg_batch_size": _positive,
        "avg_output_len": _positive,
        "avg_power_watts": _positive,
        "median_itl_ms": _positive,
        "p99_itl_ms": st.none() | _positive,
        "output_throughput_tokens_per_sec": _positive,
        "model_id": st.sampled_from(["Qwen/Qwen3-14B", "Qwen/Qwen3-32B"]),
        "weight_precision": st.sampled_from(["bfloat16", "fp8", "mxfp4"]),
    }
)
_QUANTIZATIONS = {"bfloat16": "bf16", "fp8": "fp8-e4m3", "mxfp4": "mxfp4"}


@settings(deadline=None)
@given(st.lists(_configurations, min_size=1, max_size=4), st.booleans())
def test_every_value_of_a_table_is_found_again(
    configurations: list[dict[str, Any]], is_of_model: bool
) -> None:
    names = ("model_id", "weight_precision")
    numbered = [{**one, "place": place} for place, one in enumerate(configurations)]
    table: dict[str, Any] = {"task": "gpqa", "configurations": numbered}
    if is_of_model:
        once = {name: configurations[0][name] for name in names}
        configurations = [{**one, **once} for one in configurations]
        table = {**table, **once}
        for one in numbered:
            for name in names:
                del one[name]
    reading = read(table, "")
    for one, found in zip(configurations, cases(reading), strict=True):
        expected = {
            "card_count": one["num_gpus"],
            "max_concurrent_requests": one["max_num_seqs"],
            "concurrency_mean": one["avg_batch_size"],
            "decode_seq_len": one["avg_output_len"],
            "decode_tok_s": one["output_throughput_tokens_per_sec"],
            "power_per_card_w": one["avg_power_watts"] / one["num_gpus"],
            "itl_p50_ms": one["median_itl_ms"],
            "itl_p99_ms": one["p99_itl_ms"],
            "model_as_reported": one["model_id"],
            "quantization": _QUANTIZATIONS[one["weight_precision"]],
            "dataset": "gpqa",
        }
        assert {name: found.get(name) for name in expected} == expected
    assert dict(reading.unknown_fields) == {"configurations[].place": len(configurations)}


@settings(deadline=None)
@given(st.one_of([disturbed(one) for one in [MODEL, TASK]]))
def test_whatever_stands_in_a_field_a_record_is_a_case_reject_or_skipped(
    table: dict[str, Any],
) -> None:
    found = outcomes(read(table, H100, format="mlenergy"))
    assert set(found) <= {"case", "reject", "skipped"}
