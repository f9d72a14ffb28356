"""Results of InferenceX: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Case, Reject
from tests.ingest.readers.reading import ANYTHING, canonical, cases, read

HERE = Path(__file__).parent


def loaded(name: str) -> Any:
    return json.loads((HERE / name).read_text())


ONE_NODE, TWO_POOLS = loaded("one_node.json"), loaded("two_pools.json")
OLDER, TRACE = loaded("older.json"), loaded("trace.json")


def case(content: object, said: str = "") -> dict[str, Any]:
    (only,) = cases(read(content, said))
    return only


def reason(content: object, said: str = "") -> str:
    (only,) = read(content, said, format="inferencex").records
    assert isinstance(only, Reject), only
    return only.reason


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_a_row_of_one_node_has_every_value_under_its_canonical_name() -> None:
    found = case(HERE / "one_node.json")
    assert found == {
        "decode_tok_s": 2000.0,
        "prefill_tok_s": 8000.0,
        "throughput_scope": "wall",
        "ttft_mean_ms": 500.0,
        "ttft_p50_ms": 400.0,
        "ttft_p99_ms": 1500.0,
        "tbt_mean_ms": 20.0,
        "tbt_p50_ms": 19.5,
        "tbt_p99_ms": 25.0,
        "itl_p50_ms": 18.5,
        "itl_p99_ms": 62.5,
        "e2e_mean_ms": 9700.0,
        "e2e_p50_ms": 9500.0,
        "e2e_p99_ms": 12500.0,
        "power_per_card_w": 812.5,
        "power_scope": "card",
        "energy_j": 97500.0,
        "prefill_seq_len": pytest.approx(1844),
        "decode_seq_len": pytest.approx(461),
        "stated_prefill_seq_len": 2048,
        "stated_decode_seq_len": 512,
        "max_concurrent_requests": 48,
        "hardware": "b200-sxm",
        "card_count": 4,
        "model": "qwen3-32b",
        "engine": "sglang",
        "engine_version": "v0.5.7",
        "quantization": "fp8-e4m3",
        "tp": 2,
        "pp": 2,
        "ep": 2,
        "attention_dp": False,
        "is_disaggregated": False,
        "speculation": False,
        "hardware_as_reported": "b200-nv_11",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "fp8",
        "source_format": "inferencex",
        "source_file": "one_node.json",
        "record_index": 0,
    }


# GPUs and what is divided by them.


def test_three_figures_per_gpu_have_three_denominators() -> None:
    """4 GPUs prefill and 12 decode; output is divided by 12, input by 4, the total by 16."""
    found = case(HERE / "two_pools.json")
    assert found["decode_tok_s"] == 1500.0 * 12
    assert found["prefill_tok_s"] == 6000.0 * 4
    assert (found["card_count"], found["prefill_cards"], found["decode_cards"]) == (16, 4, 12)
    assert found["is_disaggregated"] is True
    total = case(without(TWO_POOLS, "input_tput_per_gpu"))
    assert total["prefill_tok_s"] == 2625.0 * 16 - 1500.0 * 12


def test_a_figure_that_names_its_pool_is_divided_by_the_gpus_of_that_pool() -> None:
    """The figures without a pool are then divided by all 16 GPUs."""
    named = {"output_tput_per_decode_gpu": 1500.0, "input_tput_per_prefill_gpu": 6000.0}
    averages = {"output_tput_per_gpu": 1125.0, "input_tput_per_gpu": 1500.0}
    found = case(TWO_POOLS | named | averages)
    assert (found["decode_tok_s"], found["prefill_tok_s"]) == (1500.0 * 12, 6000.0 * 4)


@pytest.mark.parametrize(("prefill", "decode"), [(16, 0), (0, 16)])
def test_a_pool_without_gpus_is_no_split_and_all_do_both(prefill: int, decode: int) -> None:
    found = case(TWO_POOLS | {"num_prefill_gpu": prefill, "num_decode_gpu": decode})
    assert (found["decode_tok_s"], found["prefill_tok_s"]) == (1500.0 * 16, 6000.0 * 16)
    assert found["card_count"] == 16
    assert {"prefill_cards", "decode_cards"} & found.keys() == set()


def test_the_sizes_of_two_pools_are_not_those_of_the_deployment() -> None:
    found = case(TWO_POOLS)
    assert {"tp", "pp", "ep", "attention_dp"} & found.keys() == set()
    assert case(TWO_POOLS | {"prefill_num_workers": 0, "decode_num_workers": 0}) == found


@pytest.mark.parametrize(
    ("sizes", "cards"),
    [
        ({"tp": 8, "pp": 1, "pcp_size": 1, "ep": 8, "dcp_size": 8}, 8),
        ({"tp": 4, "pp": 2, "pcp_size": 2, "ep": 1, "dcp_size": 1}, 16),
        ({"tp": 2, "pp": None, "pcp_size": None, "ep": 16}, 2),
    ],
)
def test_cards_of_one_node_are_tp_pp_and_pcp_without_experts(
    sizes: dict[str, Any], cards: int
) -> None:
    found = case(ONE_NODE | sizes)
    assert (found["card_count"], found["decode_tok_s"]) == (cards, 500.0 * cards)


def test_a_row_before_december_2025_has_one_tp_and_ep_and_they_are_not_multiplied() -> None:
    found = case(HERE / "older.json")
    assert (found["card_count"], found["tp"], found["ep"]) == (4, 4, 4)
    assert (found["decode_tok_s"], found["prefill_tok_s"]) == (3200.0, 400.0)
    assert found["attention_dp"] is True
    assert (found["speculation"], found["speculative_method"]) == (True, "mtp")
    assert "engine_version" not in found


@pytest.mark.parametrize(
    "sizes",
    [{"tp": 0}, {"tp": None}, {"tp": "2"}, {"tp": 2.5}, {"pp": 0}, {"pp": "2"}, {"pcp_size": 0}],
)
def test_no_number_of_cards_is_guessed(sizes: dict[str, Any]) -> None:
    assert reason(ONE_NODE | sizes) == "the file does not say `cards`; say it in the sidecar"
    told = case(ONE_NODE | sizes, "cards: 8")
    assert (told["card_count"], told["decode_tok_s"]) == (8, 4000.0)


@pytest.mark.parametrize(
    "pools",
    [
        {"num_prefill_gpu": 0, "num_decode_gpu": 0},
        {"num_prefill_gpu": None},
        {"num_decode_gpu": "12"},
    ],
)
def test_pools_that_are_not_known_are_not_guessed(pools: dict[str, Any]) -> None:
    message = "the file does not say `disaggregated.prefill_cards`, `disaggregated.decode_cards`"
    assert message in reason(TWO_POOLS | pools)
    assert message in reason(TWO_POOLS | pools, "cards: 16")


def test_a_sidecar_can_say_the_pools() -> None:
    row = without(TWO_POOLS, "num_prefill_gpu", "num_decode_gpu")
    assert case(row, "disaggregated: {prefill_cards: 4, decode_cards: 12}") == case(TWO_POOLS)


def test_what_was_divided_by_the_gpus_of_the_file_is_multiplied_by_them() -> None:
    found = case(ONE_NODE, "cards: 8")
    assert (found["card_count"], found["decode_tok_s"]) == (8, 2000.0)


# Lengths.


def test_lengths_follow_from_latencies_and_are_not_those_asked_for() -> None:
    """1 + (9.7 - 0.5)/0.02 tokens out, and four times as many in."""
    found = case(ONE_NODE)
    assert found["decode_seq_len"] == pytest.approx(461)
    assert found["prefill_seq_len"] == pytest.approx(461 * 4)
    assert (found["stated_prefill_seq_len"], found["stated_decode_seq_len"]) == (2048, 512)
    assert "lengths_are_nominal" not in found


@pytest.mark.parametrize(
    "lacking",
    [
        {"mean_e2el": None},
        {"mean_e2el": 0},
        {"mean_e2el": float("nan")},
        {"mean_e2el": "9.7"},
        {"mean_e2el": 0.4},
        {"mean_ttft": None},
        {"mean_tpot": 0.0},
        {"input_tput_per_gpu": None, "tput_per_gpu": None},
    ],
)
def test_without_the_means_lengths_are_those_asked_for_and_marked(lacking: dict[str, Any]) -> None:
    found = case(ONE_NODE | lacking)
    assert (found["prefill_seq_len"], found["decode_seq_len"]) == (2048, 512)
    assert found["lengths_are_nominal"] is True


def test_lengths_that_nobody_asked_for_are_not_known() -> None:
    found = case(without(ONE_NODE, "isl", "osl", "mean_e2el"))
    names = {"prefill_seq_len", "decode_seq_len", "lengths_are_nominal", "stated_decode_seq_len"}
    assert names & found.keys() == set()


# Latencies.


def test_latencies_are_seconds_whatever_their_size() -> None:
    assert case(ONE_NODE | {"median_ttft": 250.0})["ttft_p50_ms"] == 250_000.0


def test_a_latency_of_zero_is_not_known_since_the_dashboard_writes_it_for_none() -> None:
    names = [f"{s}_{n}" for s in ("mean", "median", "p99") for n in ("ttft", "tpot", "itl", "e2el")]
    found = case(ONE_NODE | dict.fromkeys(names, 0))
    assert [name for name in found if name.endswith("_ms")] == []


# Names.


@pytest.mark.parametrize(
    ("written", "hardware"),
    [
        ("h100", "h100-sxm5"),
        ("H100-CW_12", "h100-sxm5"),
        ("h100-dgxc-slurm", "h100-sxm5"),
        ("h200-nb_0", "h200-sxm"),
        ("b200-dgxc", "b200-sxm"),
        ("b200-nvd", "b200-sxm"),
        ("b200-trt_1", "b200-sxm"),
        ("b200-multinode-slurm", "b200-sxm"),
        ("b300-nv", "b300-sxm"),
        ("gb200-nvs_3", "gb200"),
        ("gb200-nv-multinode", "gb200"),
        ("mi300x-amd", "mi300x"),
        ("mi325x-amds", "mi325x"),
        ("mi355x-amds-disagg_2", "mi355x"),
    ],
)
def test_a_runner_is_no_part_of_the_name_of_a_card(written: str, hardware: str) -> None:
    found = case(ONE_NODE | {"hw": written})
    assert (found["hardware"], found["hardware_as_reported"]) == (hardware, written)


@pytest.mark.parametrize("written", ["h100-other", "nv", "-nv", "h100_3-nv", "cluster:b300-nv", ""])
def test_a_card_that_the_catalog_lacks_is_rejected(written: str) -> None:
    assert "hardware" in reason(ONE_NODE | {"hw": written})


def test_pools_of_several_kinds_of_card_are_rejected() -> None:
    pools = {"prefill_hw": "b200-nv", "decode_hw": "gb200-nv"}
    assert reason(TWO_POOLS | pools) == "several kinds of card: b200-nv, gb200-nv"
    same = {"prefill_hw": "gb300-nv", "decode_hw": "gb300-nvs_2"}
    assert case(TWO_POOLS | same)["hardware"] == "gb300"


@pytest.mark.parametrize(
    ("framework", "engine"),
    [
        ("vllm", "vllm"),
        ("trt", "tensorrt-llm"),
        ("dynamo-trt", "dynamo-trt"),
        ("dynamo-trtllm", "dynamo-trt"),
        ("atom", "atom"),
        ("mori-sglang", "mori-sglang"),
    ],
)
def test_a_framework_is_a_name_of_the_catalog(framework: str, engine: str) -> None:
    assert case(ONE_NODE | {"framework": framework})["engine"] == engine
    assert "`engine" in reason(ONE_NODE | {"framework": None})


def test_sglang_disagg_is_disaggregated_whatever_the_row_says() -> None:
    found = case(ONE_NODE | {"framework": "sglang-disagg"})
    assert (found["engine"], found["is_disaggregated"]) == ("mori-sglang", True)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("vllm/vllm-openai:v0.11.0", "v0.11.0"),
        ("nvcr.io#nvidia#ai-dynamo#runtime:0.8.1", "0.8.1"),
        ("nvcr.io#nvidia/ai-dynamo/runtime:0.8.1", "0.8.1"),
        ("registry:5000/sglang", None),
        ("registry:5000/sglang:v1@sha256:abc", "v1"),
        ("sglang@sha256:abc", None),
        ("", None),
        (None, None),
    ],
)
def test_the_tag_of_the_image_is_the_version(image: str | None, version: str | None) -> None:
    assert case(ONE_NODE | {"image": image}).get("engine_version") == version


def test_the_prefix_names_the_model_only_where_no_name_stands() -> None:
    named = {"infmax_model_prefix": "dsr1"}
    assert case(ONE_NODE | named)["model"] == "qwen3-32b"
    assert case(ONE_NODE | named | {"model": None})["model"] == "deepseek-r1"
    assert "is not in the catalog" in reason(ONE_NODE | named | {"model": "acme/other-7b"})


def test_a_precision_is_a_label_that_is_taken_as_it_is() -> None:
    """A checkpoint of 4-bit integers that is called bf16 does not fit; that is for the rules."""
    kimi = {"model": "moonshotai/Kimi-K2.5", "precision": "bf16", "hw": "mi300x-amds", "tp": 8}
    found = case(ONE_NODE | kimi)
    assert (found["model"], found["quantization"]) == ("kimi-k2.5", "bf16")
    assert case(ONE_NODE | {"precision": "fp4"})["quantization"] == "fp4"


# Switches that are texts.


@pytest.mark.parametrize(
    ("value", "is_on"),
    [("true", True), ("True", True), (True, True), ("false", False), (False, False), (None, None)],
)
def test_attention_by_data_parallelism_may_be_a_text(value: object, is_on: bool | None) -> None:
    assert case(ONE_NODE | {"dp_attention": value}).get("attention_dp") is is_on


@pytest.mark.parametrize(
    ("fields", "speculation", "method"),
    [
        ({"spec_decoding": "none"}, False, None),
        ({"spec_decoding": "mtp"}, True, "mtp"),
        ({"spec_decoding": "none", "mtp": "on"}, False, None),
        ({"spec_decoding": None, "mtp": "off"}, False, None),
        ({"spec_decoding": None, "mtp": "on"}, True, "mtp"),
        ({"spec_decoding": None, "mtp": True}, True, "mtp"),
        ({"spec_decoding": None}, None, None),
        ({"spec_decoding": "", "mtp": None}, None, None),
    ],
)
def test_speculation_is_the_method_or_none_and_mtp_in_older_rows(
    fields: dict[str, Any], speculation: bool | None, method: str | None
) -> None:
    found = case(ONE_NODE | fields)
    assert (found.get("speculation"), found.get("speculative_method")) == (speculation, method)


# Power.


@pytest.mark.parametrize(
    "doubt",
    [
        {"power_valid": 0},
        {"power_valid": None},
        {"power_valid": "1"},
        {"power_valid": True},
        {"power_metric_schema_version": 1},
        {"power_metric_schema_version": None},
        {"avg_power_w": 0, "total_gpu_energy_j": None},
    ],
)
def test_power_counts_only_where_it_is_said_to_be_valid(doubt: dict[str, Any]) -> None:
    found = case(ONE_NODE | doubt)
    assert {"power_per_card_w", "power_scope", "energy_j"} & found.keys() == set()


# Replayed traces.


def test_rows_of_traces_say_that_prompts_are_cached_and_measure_their_lengths() -> None:
    found = case(HERE / "trace.json")
    assert found["prefix_caching"] is True
    assert "prefix_cache_hit_rate" not in found
    assert found["dataset"] == "agentic-coding"
    assert (found["prefill_seq_len"], found["decode_seq_len"]) == (61250.5, 410.25)
    assert {"itl_p50_ms", "itl_p99_ms", "lengths_are_nominal"} & found.keys() == set()
    assert found["tbt_p50_ms"] == 19.5
    assert "prefix_caching" not in case(ONE_NODE)


def test_figures_of_traces_are_divided_by_all_gpus_of_two_pools() -> None:
    pools = {"is_multinode": True, "num_prefill_gpu": 8, "num_decode_gpu": 24, "disagg": True}
    found = case(TRACE | pools)
    assert (found["decode_tok_s"], found["prefill_tok_s"]) == (50.0 * 32, 4950.0 * 32)
    assert (found["prefill_cards"], found["decode_cards"]) == (8, 24)


def test_traces_without_measured_lengths_have_those_of_their_latencies() -> None:
    found = case(without(TRACE, "mean_input_tokens"))
    assert found["decode_seq_len"] == pytest.approx(461)


# Rows of the API.


def test_rows_of_the_api_have_figures_under_metrics_and_one_pool_in_both_columns() -> None:
    one_node, nodes, pools = cases(read(HERE / "api.json", ""))
    assert (one_node["card_count"], one_node["decode_tok_s"]) == (8, 1200.0)
    assert (one_node["tp"], one_node["model"], one_node["hardware"]) == (8, "gpt-oss", "mi355x")
    assert (one_node["ttft_p50_ms"], one_node["run_at"]) == (125.0, "2025-11-20T00:00:00")
    assert one_node["speculation"] is False
    assert (nodes["card_count"], nodes["decode_tok_s"], nodes["prefill_tok_s"]) == (16, 2400, 2400)
    assert (pools["prefill_cards"], pools["decode_cards"], pools["card_count"]) == (8, 16, 24)
    assert (pools["decode_tok_s"], pools["prefill_tok_s"]) == (2400.0, 3200.0)


def test_a_row_of_the_api_with_an_empty_decode_column_has_its_sizes_in_the_other() -> None:
    row = loaded("api.json")[0] | {"decode_tp": 0}
    assert case(row)["card_count"] == 8


# The file.


def test_rows_are_recognized_by_hardware_and_concurrency() -> None:
    for name in ("one_node", "two_pools", "older", "trace", "api"):
        assert read(HERE / f"{name}.json", "").format == "inferencex"
    assert read([ONE_NODE, OLDER], "").cases[1].index == 1


@pytest.mark.parametrize("value", [None, 0, -1.0, float("nan"), float("inf"), "500", True])
def test_an_output_rate_that_is_no_number_above_zero_is_rejected(value: object) -> None:
    (result,) = read(ONE_NODE | {"output_tput_per_gpu": value}, "").records
    assert isinstance(result, Reject)
    assert result.path == "output_tput_per_gpu"


def test_fields_that_nobody_knows_are_counted() -> None:
    unknown = read([ONE_NODE | {"new": 1}, TWO_POOLS], "").unknown_fields
    assert dict(unknown) == {
        "new": 1,
        "recipe_fingerprint": 2,
        "std_intvty": 2,
        "std_tpot": 2,
        "std_ttft": 2,
    }
    assert dict(read(HERE / "api.json", "").unknown_fields) == {"id": 3}


_positive = st.floats(1e-3, 1e6)
_count = st.integers(1, 64)
_STATISTICS = {"mean": "mean", "median": "p50", "p99": "p99"}
_NAMES = {"ttft": "ttft", "tpot": "tbt", "itl": "itl", "e2el": "e2e"}
_LATENCIES = {
    f"{written}_{name}": f"{own}_{statistic}_ms"
    for written, statistic in _STATISTICS.items()
    for name, own in _NAMES.items()
    if (written, name) != ("mean", "itl")
}
_runs = st.fixed_dictionaries(
    {
        "output": _positive,
        "input": _positive,
        "prefill": _count,
        "decode": st.integers(0, 64),
        "tp": _count,
        "pp": st.none() | _count,
        "pcp_size": st.none() | _count,
        "ep": _count,
        "is_multinode": st.booleans(),
        "mtp": st.booleans(),
        "conc": _count,
        "latencies": st.fixed_dictionaries({}, optional=dict.fromkeys(_LATENCIES, _positive)),
    }
)


def written(run: dict[str, Any]) -> dict[str, Any]:
    """A row as process_result.py writes it, from what the client measured."""
    total = run["output"] + run["input"]
    row = {
        "hw": "h200-nv_1",
        "conc": run["conc"],
        "model": "Qwen/Qwen3-32B",
        "framework": "sglang",
        "precision": "fp8",
        "spec_decoding": "mtp" if run["mtp"] else "none",
        "isl": 1024,
        "osl": 2048,
        "is_multinode": run["is_multinode"],
    }
    if run["is_multinode"]:
        prefill, decode = run["prefill"], run["decode"]
        gpus = {"num_prefill_gpu": prefill, "num_decode_gpu": decode}
        denominators = (decode or prefill, prefill, prefill + decode)
    else:
        gpus = {name: run[name] for name in ("tp", "pp", "pcp_size", "ep") if run[name]}
        cards = run["tp"] * (run["pp"] or 1) * (run["pcp_size"] or 1)
        denominators = (cards, cards, cards)
    return {
        **row,
        **gpus,
        "output_tput_per_gpu": run["output"] / denominators[0],
        "input_tput_per_gpu": run["input"] / denominators[1],
        "tput_per_gpu": total / denominators[2],
        **run["latencies"],
    }


@settings(deadline=None)
@given(st.lists(_runs, min_size=1, max_size=4))
def test_what_the_client_measured_is_found_again(runs: list[dict[str, Any]]) -> None:
    rows = [written(run) | {"run": place} for place, run in enumerate(runs)]
    for run, found in zip(runs, cases(read(rows, "")), strict=True):
        assert found["decode_tok_s"] == pytest.approx(run["output"])
        assert found["prefill_tok_s"] == pytest.approx(run["input"])
        if run["is_multinode"]:
            cards = run["prefill"] + run["decode"]
            assert found.get("decode_cards") == (run["decode"] or None)
        else:
            cards = run["tp"] * (run["pp"] or 1) * (run["pcp_size"] or 1)
            assert (found["tp"], found["ep"]) == (run["tp"], run["ep"])
        assert found["card_count"] == cards
        assert found["max_concurrent_requests"] == run["conc"]
        assert found["speculation"] is run["mtp"]
        for name, canonical_name in _LATENCIES.items():
            seconds = run["latencies"].get(name)
            expected = None if seconds is None else seconds * 1000
            assert found.get(canonical_name) == expected
        means = [run["latencies"].get(f"mean_{name}") for name in ("ttft", "tpot", "e2el")]
        if None not in means and means[2] > means[0]:
            assert found["decode_seq_len"] == pytest.approx(1 + (means[2] - means[0]) / means[1])
            assert found["prefill_seq_len"] / found["decode_seq_len"] == pytest.approx(
                run["input"] / run["output"]
            )
        else:
            assert (found["prefill_seq_len"], found["decode_seq_len"]) == (1024, 2048)
            assert found["lengths_are_nominal"] is True


@settings(deadline=None)
@given(st.sampled_from([ONE_NODE, TWO_POOLS, OLDER, TRACE, *loaded("api.json")]), st.data())
def test_whatever_stands_in_a_field_a_row_is_a_case_or_a_reject(
    row: dict[str, Any], data: st.DataObject
) -> None:
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(row)), ANYTHING))
    (result,) = read(row | changes, "", format="inferencex").records
    assert isinstance(result, Case | Reject)
    json.dumps(result.item if isinstance(result, Case) else result.raw, allow_nan=False)
    if isinstance(result, Case):
        assert canonical(result.item)["card_count"] > 0
