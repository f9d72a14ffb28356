"""llm-d Benchmark Reports: every field under its canonical name, every trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers import Reject
from pipelines.ingest.readers.llmd_report import recognizes
from tests.ingest.readers.reading import OUT, altered, case, disturbed, outcomes, read, reason

HERE = Path(__file__).parent
OLD: dict[str, Any] = yaml.safe_load((HERE / "of_0_1.yaml").read_text())
NEW: dict[str, Any] = json.loads((HERE / "of_0_2.json").read_text())
NEWEST: dict[str, Any] = yaml.safe_load((HERE / "of_0_2_1.yaml").read_text())
MXFP4 = "quantization: mxfp4"
PERFORMANCE = "results.request_performance.aggregate"
SERVER = "scenario.stack.0.standardized"


def test_a_report_of_0_1_has_every_value_under_its_canonical_name() -> None:
    assert case(HERE / "of_0_1.yaml", "") == {
        "decode_tok_s": 417.5,
        "prefill_tok_s": 1270.75,
        "throughput_scope": "wall",
        "ttft_mean_ms": 250.5,
        "ttft_p50_ms": 240.0,
        "ttft_p99_ms": 900.0,
        "tbt_mean_ms": 18.25,
        "tbt_p50_ms": 18.0,
        "tbt_p99_ms": 25.5,
        "itl_p50_ms": 17.5,
        "itl_p99_ms": 60.0,
        "e2e_mean_ms": 3900.5,
        "e2e_p50_ms": 3850.0,
        "e2e_p99_ms": 6000.0,
        "requests_completed": 250,
        "requests_failed": 3,
        "duration_s": 120.5,
        "power_per_card_w": 500.0,
        "power_scope": "card",
        "prefill_seq_len": 612.5,
        "decode_seq_len": 201.0,
        "hardware": "h100-sxm5",
        "card_count": 10,
        "prefill_cards": 2,
        "decode_cards": 8,
        "is_disaggregated": True,
        "pp": 1,
        "dp": 1,
        "ep": 1,
        "model": "llama-3.3-70b",
        "engine": "vllm",
        "engine_version": "0.11.0",
        "quantization": "fp8-e4m3",
        "kv_cache_bits": 8,
        "prefix_caching": False,
        "hardware_as_reported": "NVIDIA-H100-80GB-HBM3",
        "model_as_reported": "meta-llama/Llama-3.3-70B-Instruct",
        "quantization_as_reported": "fp8",
        "run_at": "2026-01-01T12:00:00.250000",
        "run_at_zone": "UTC",
        "source_format": "llmd-report",
        "source_file": "of_0_1.yaml",
        "record_index": 0,
    }


def test_a_report_of_0_2_has_every_value_under_its_canonical_name() -> None:
    assert case(HERE / "of_0_2.json", "") == {
        "decode_tok_s": 1930.5,
        "prefill_tok_s": 18544.25,
        "throughput_scope": "wall",
        "ttft_mean_ms": 250.0,
        "ttft_p50_ms": 200.0,
        "ttft_p99_ms": 750.0,
        "tbt_mean_ms": 2000.0 / 150,
        "tbt_p50_ms": 2000.0 / 160,
        "tbt_definition": "derived",
        "tbt_reported_ms": pytest.approx(6.1),
        "itl_p50_ms": 0.1,
        "itl_p99_ms": 30.0,
        "e2e_mean_ms": 2250.0,
        "e2e_p50_ms": 2200.0,
        "e2e_p99_ms": 3500.0,
        "requests_completed": 1400,
        "requests_failed": 0,
        "duration_s": 109.5,
        "power_per_card_w": 512.5,
        "power_scope": "card",
        "prefill_seq_len": 1450.5,
        "decode_seq_len": 151.0,
        "request_rate_rps": 12.5,
        "hardware": "h100-sxm5",
        "card_count": 12,
        "replicas": 3,
        "tp": 2,
        "pp": 1,
        "dp": 2,
        "ep": 1,
        "model": "qwen3-32b",
        "engine": "vllm",
        "engine_version": "0.12.0",
        "quantization": "fp8-e4m3",
        "prefix_caching": True,
        "hardware_as_reported": "NVIDIA-H100-80GB-HBM3",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "fp8",
        "run_at": "2026-02-03T04:05:06",
        "run_at_zone": "UTC",
        "source_format": "llmd-report",
        "source_file": "of_0_2.json",
        "record_index": 0,
    }


def test_json_and_yaml_are_read_alike() -> None:
    for report, said in ((OLD, ""), (NEW, ""), (NEWEST, MXFP4)):
        as_yaml = case(yaml.dump(report), said)
        assert as_yaml == case(json.dumps(report), said)


def test_latencies_are_in_the_unit_that_each_names() -> None:
    latency = f"{PERFORMANCE}.latency"
    seconds = case(NEW, "")
    milliseconds = case(
        altered(
            NEW,
            {
                f"{latency}.time_to_first_token": {"units": "ms", "mean": 0.25, "p50": 0.2},
                f"{latency}.request_latency.units": "minutes",
                f"{latency}.inter_token_latency.units": OUT,
            },
        ),
        "",
    )
    assert (seconds["ttft_mean_ms"], milliseconds["ttft_mean_ms"]) == (250.0, 0.25)
    unknown = {"e2e_mean_ms", "e2e_p50_ms", "itl_p50_ms", "itl_p99_ms", "tbt_mean_ms"}
    assert unknown & milliseconds.keys() == set()


def test_time_per_output_token_is_what_the_harness_meant() -> None:
    """inference-perf reports half of it, GuideLLM counts the first token, AIPerf has none."""
    tpot = f"{PERFORMANCE}.latency.time_per_output_token"
    itl = f"{PERFORMANCE}.latency.inter_token_latency"
    harness = "scenario.load.standardized.tool"
    figures = {
        tpot: {"units": "ms/token", "mean": 9.0, "p50": 8.0, "p99": 7.0},
        itl: {"units": "ms/token", "mean": 6.0, "p50": 5.0, "p99": 4.0},
    }
    vllm = case(altered(NEW, {**figures, harness: "vllm-benchmark"}), "")
    assert [vllm[f"tbt_{one}_ms"] for one in ("mean", "p50", "p99")] == [9.0, 8.0, 7.0]
    assert (vllm["itl_p50_ms"], vllm["itl_p99_ms"]) == (5.0, 4.0)
    for same in ("guidellm", "aiperf"):
        found = case(altered(NEW, {**figures, harness: same}), "")
        assert [found[f"tbt_{one}_ms"] for one in ("mean", "p50", "p99")] == [6.0, 5.0, 4.0]
        assert {"itl_p50_ms", "tbt_reported_ms", "tbt_definition"} & found.keys() == set()
    perf = case(altered(NEW, figures), "")
    assert perf["tbt_reported_ms"] == 8.0
    assert perf["tbt_mean_ms"] == (2250 - 250) / 150
    assert (perf["tbt_definition"], perf["itl_p50_ms"]) == ("derived", 5.0)
    assert "tbt_p99_ms" not in perf
    old = case(altered(OLD, {"scenario.load.name": "inference-perf"}), "")
    assert (old["tbt_reported_ms"], old["tbt_definition"]) == (18.0, "derived")


def test_completed_are_those_sent_without_failures_and_incomplete_ones() -> None:
    requests = "metrics.requests"
    assert case(OLD, "")["requests_completed"] == 260 - 3 - 7
    without = case(altered(OLD, {f"{requests}.failures": OUT, f"{requests}.incomplete": None}), "")
    assert without["requests_completed"] == 260
    assert "requests_failed" not in without


@pytest.mark.parametrize(
    "changes",
    [
        {"total": 0},
        {"total": 10},
        {"total": 500, "failures": 500},
        {"total": 500, "failures": 0, "incomplete": 500},
    ],
)
def test_a_run_in_which_nothing_completed_is_rejected(changes: dict[str, object]) -> None:
    for report, path in ((OLD, "metrics.requests"), (NEWEST, f"{PERFORMANCE}.requests")):
        found = altered(report, {f"{path}.{name}": value for name, value in changes.items()})
        assert reason(found, MXFP4) == "no request completed"


@pytest.mark.parametrize("value", [None, 0, -1.5, float("nan"), float("inf"), "12", True, [1]])
def test_a_rate_of_output_tokens_that_is_no_number_above_zero_rejects_the_record(
    value: object,
) -> None:
    assert "`throughput.output_tokens_per_sec` is" in reason(
        altered(OLD, {"metrics.throughput.output_tokens_per_sec": value}), ""
    )
    rate = f"{PERFORMANCE}.throughput.output_token_rate"
    for change in ({f"{rate}.mean": value}, {f"{rate}.units": "tokens/min"}, {rate: value}):
        (record,) = read(altered(NEW, change), "").records
        assert isinstance(record, Reject)
        assert record.reason == "no rate of output tokens above 0, in tokens/s"
        assert record.path == rate


def test_an_input_rate_or_a_length_that_is_not_there_is_not_known() -> None:
    found = case(
        altered(
            NEW, {f"{PERFORMANCE}.requests.{name}_length": None for name in ("input", "output")}
        ),
        "",
    )
    names = {"prefill_seq_len", "decode_seq_len", "tbt_mean_ms", "tbt_p50_ms", "tbt_definition"}
    assert names & found.keys() == set()
    assert "prefill_tok_s" not in case(NEWEST, MXFP4)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT49.97206788184121S", 49.97206788184121),
        ("PT1M30S", 90.0),
        ("PT2H0.5S", 7200.5),
        ("P1DT1S", 86401.0),
        ("P2D", 172800.0),
        ("PT0S", None),
        ("PT", None),
        ("49.97", None),
        ("PT1S2M", None),
        (49.97, None),
        (None, None),
    ],
)
def test_a_duration_of_0_2_is_iso_8601(duration: object, seconds: float | None) -> None:
    assert case(altered(NEW, {"run.time.duration": duration}), "").get("duration_s") == seconds


def test_a_limit_or_rate_of_infinity_is_none() -> None:
    load = "scenario.load.standardized"
    assert "max_concurrent_requests" not in case(NEW, "")
    assert case(NEWEST, MXFP4)["max_concurrent_requests"] == 48
    assert "request_rate_rps" not in case(altered(NEW, {f"{load}.rate_qps": float("inf")}), "")
    assert "rate" not in yaml.dump(NEWEST["scenario"]["load"])
    assert "request_rate_rps" not in case(NEWEST, MXFP4)


def test_a_router_is_no_engine() -> None:
    generic = NEW["scenario"]["stack"][1]
    assert generic["standardized"]["kind"] == "generic"
    assert case(NEW, "")["card_count"] == 12
    only = reason(altered(NEW, {"scenario.stack": [generic]}), "")
    assert only == (
        "the file does not say `hardware`, `model`, `engine.id`, `quantization`, `cards`; "
        "say it in the sidecar"
    )


def test_cards_are_those_of_all_replicas_and_none_counts_as_one() -> None:
    assert case(altered(NEW, {f"{SERVER}.replicas": 5}), "")["card_count"] == 20
    for change in (
        {f"{SERVER}.replicas": OUT},
        {f"{SERVER}.accelerator.count": 0},
        {f"{SERVER}.accelerator.count": OUT},
    ):
        assert "`cards`" in reason(altered(NEW, change), "")
        assert case(altered(NEW, change), "cards: 8")["card_count"] == 8
    for count in (-1, None, "4"):
        assert "`cards`" in reason(altered(OLD, {"scenario.host.accelerator.1.count": count}), "")


def test_pools_are_apart_only_where_there_are_both() -> None:
    newest = case(NEWEST, MXFP4)
    pools = (newest["card_count"], newest["prefill_cards"], newest["decode_cards"])
    assert pools == (14, 2, 12)
    assert "replicas" not in newest
    decode = case(altered(NEW, {f"{SERVER}.role": "decode"}), "")
    assert {"prefill_cards", "decode_cards", "is_disaggregated"} & decode.keys() == set()
    assert (decode["card_count"], decode["replicas"]) == (12, 3)
    host = "scenario.host.type"
    for roles in (["replica"] * 3, ["prefill", "decode"], "prefill", None, OUT):
        found = case(altered(OLD, {host: roles}), "")
        assert (found["card_count"], "prefill_cards" in found) == (10, False)


def test_several_kinds_of_card_are_rejected_unless_the_sidecar_says_one() -> None:
    mixed = altered(OLD, {"scenario.host.accelerator.0.model": "NVIDIA H200"})
    (record,) = read(mixed, "").records
    assert isinstance(record, Reject)
    assert record.reason == (
        "several kinds of card: NVIDIA H100 80GB HBM3, NVIDIA H200; "
        "if they are one, say it as `hardware`"
    )
    assert [lack.key for lack in record.lacks] == ["hardware"]
    assert case(mixed, "hardware: h100-sxm5")["hardware"] == "h100-sxm5"


def test_two_names_of_one_card_are_one_kind() -> None:
    named = altered(OLD, {"scenario.host.accelerator.0.model": "H100-SXM"})
    assert case(named, "")["hardware"] == "h100-sxm5"
    aliased = altered(OLD, {"scenario.host.accelerator.0.model": "H100"})
    assert "several kinds of card" in reason(aliased, "")
    assert case(aliased, "aliases: {hardware: {H100: h100-sxm5}}")["hardware"] == "h100-sxm5"


def test_several_models_engines_or_quantizations_are_rejected() -> None:
    stack = "scenario.stack.1"
    mixed = altered(
        NEWEST,
        {
            f"{stack}.standardized.model.name": "openai/gpt-oss-20b",
            f"{stack}.standardized.tool": "sglang",
            f"{stack}.native.args": {"--quantization": "fp8"},
            "scenario.stack.0.native.args": {"quantization": "mxfp4"},
        },
    )
    assert reason(mixed, "") == (
        "several models: openai/gpt-oss-120b, openai/gpt-oss-20b; if they are one, say it as "
        "`model`; several engines: llm-d, sglang; if they are one, say it as `engine.id`; "
        "several quantizations: fp8, mxfp4; if they are one, say it as `quantization`"
    )
    told = case(mixed, f"{MXFP4}\nmodel: openai/gpt-oss-120b\nengine: {{id: vllm}}")
    assert (told["model"], told["engine"]) == ("gpt-oss", "vllm")


def test_a_quantization_of_the_model_wins_over_the_arguments() -> None:
    engines = "scenario.platform.engine"
    argument = altered(OLD, {f"{engines}.0.args.--quantization": "mxfp4"})
    assert case(argument, "")["quantization"] == "fp8-e4m3"
    without = altered(argument, {"scenario.model.quantization": OUT})
    assert case(without, "")["quantization"] == "mxfp4"
    dtype = altered(OLD, {"scenario.model.quantization": None, f"{engines}.0.args.--dtype": "bf16"})
    assert "`quantization`" in reason(dtype, "")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"--enable-prefix-caching": None}, {"prefix_caching": True}),
        ({"enable_prefix_caching": "true"}, {"prefix_caching": True}),
        ({"--no-enable-prefix-caching": ""}, {"prefix_caching": False}),
        ({"disable-radix-cache": True}, {"prefix_caching": False}),
        ({"--enable-prefix-caching": False}, {}),
        ({"--kv-cache-dtype": "fp8_e4m3"}, {"kv_cache_bits": 8}),
        ({"kv_cache_dtype": "auto"}, {}),
        ({"--speculative-config": "not JSON"}, {"speculation": True}),
        ({"--speculative-config": None}, {}),
        (
            {"speculative-config": {"method": "ngram"}},
            {"speculation": True, "speculative_method": "ngram"},
        ),
        (
            {"--speculative-algorithm": "EAGLE"},
            {"speculation": True, "speculative_method": "EAGLE"},
        ),
        (["--enable-prefix-caching"], {}),
    ],
)
def test_arguments_say_caching_cache_type_and_speculation(
    arguments: object, expected: dict[str, object]
) -> None:
    found = case(altered(NEW, {"scenario.stack.0.native.args": arguments}), "quantization: fp8")
    names = ("prefix_caching", "kv_cache_bits", "speculation", "speculative_method")
    assert {name: found[name] for name in names if name in found} == expected


def test_power_is_weighted_by_cards_and_unknown_where_some_are_not_measured() -> None:
    assert case(OLD, "")["power_per_card_w"] == (2 * 300 + 4 * 500 + 4 * 600) / 10
    watts = case(NEWEST, MXFP4)["power_per_card_w"]
    assert watts == pytest.approx((2 * 350 + 4 * (450 + 460 + 470)) / 14)
    power = "metrics.resources.accelerator.1.power"
    for change in ({power: OUT}, {f"{power}.units": "kW"}, {f"{power}.mean": "500"}):
        assert "power_per_card_w" not in case(altered(OLD, change), "")
    components = NEWEST["results"]["observability"]["components"]
    less = altered(NEWEST, {"results.observability.components": components[1:]})
    assert "power_per_card_w" not in case(less, MXFP4)


def test_lists_of_0_1_that_do_not_correspond_say_neither_pools_nor_power() -> None:
    engines = OLD["scenario"]["platform"]["engine"]
    accelerators = OLD["scenario"]["host"]["accelerator"]
    more = case(altered(OLD, {"scenario.platform.engine": [*engines, engines[0]]}), "")
    assert (more["card_count"], more["power_per_card_w"]) == (10, 500.0)
    fewer = case(altered(OLD, {"scenario.host.accelerator": accelerators[:2]}), "")
    assert fewer["card_count"] == 6
    assert {"power_per_card_w", "prefill_cards"} & fewer.keys() == set()
    assert "`cards`" in reason(altered(OLD, {"scenario.host.accelerator": []}), "")


def test_versions_and_sizes_that_differ_between_servers_are_not_known() -> None:
    mixed = altered(OLD, {"scenario.platform.engine.2.version": "0.12.0"})
    assert "engine_version" not in case(mixed, "")
    assert "tp" not in case(OLD, "")
    assert case(NEW, "")["tp"] == 2


def test_fields_that_are_not_carried_are_counted() -> None:
    unknown = read(OLD, "").unknown_fields
    assert dict(unknown) == {
        "metrics.latency.normalized_time_per_output_token": 1,
        "metrics.throughput.requests_per_sec": 1,
        "metrics.throughput.total_tokens_per_sec": 1,
        "metrics.time.stop": 1,
        "scenario.description": 1,
        "scenario.load.args": 1,
    }


@pytest.mark.parametrize(
    ("first", "is_report"),
    [
        ({"version": "0.1", "scenario": {}, "metrics": {}}, True),
        ({"version": 0.2, "scenario": {}, "results": {}}, True),
        ({"version": "0.2.1", "scenario": {}, "results": {}}, True),
        ({"version": "1.0", "scenario": {}, "results": {}}, False),
        ({"version": 1, "scenario": {}, "results": {}}, False),
        ({"version": "0.2", "scenario": {}}, False),
        ({"version": "0.2", "results": {}}, False),
        ({"scenario": {}, "results": {}}, False),
        ([], False),
    ],
)
def test_a_report_is_told_by_version_scenario_and_what_was_measured(
    first: object, is_report: bool
) -> None:
    assert recognizes(first) is is_report


_positive = st.floats(1e-3, 1e6)
_count = st.integers(1, 64)
_LATENCIES = {
    "time_to_first_token": ("ttft", ("ms", "s")),
    "request_latency": ("e2e", ("ms", "s")),
    "time_per_output_token": ("tbt", ("ms/token", "s/token")),
    "inter_token_latency": ("itl", ("ms/token", "s/token")),
}


def _statistics(*units: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"units": st.sampled_from(units), "mean": _positive},
        optional=dict.fromkeys(("p1", "p50", "p99", "max"), _positive),
    )


_aggregates = st.fixed_dictionaries(
    {
        "requests": st.fixed_dictionaries(
            {
                "total": st.integers(1000, 10**6),
                "input_length": _statistics("count"),
                "output_length": _statistics("count"),
            },
            optional={"failures": st.integers(0, 400), "incomplete": st.integers(0, 400)},
        ),
        "latency": st.fixed_dictionaries(
            {}, optional={name: _statistics(*units) for name, (_, units) in _LATENCIES.items()}
        ),
        "throughput": st.fixed_dictionaries(
            {"output_token_rate": _statistics("tokens/s")},
            optional={"input_token_rate": _statistics("tokens/s")},
        ),
    }
)
_engines = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["prefill", "decode"]),
        "count": _count,
        "replicas": _count,
        "power": st.none() | st.floats(1, 1000),
    }
)


def _expected(aggregate: dict[str, Any]) -> dict[str, Any]:
    requests, throughput = aggregate["requests"], aggregate["throughput"]
    missing = requests.get("failures", 0) + requests.get("incomplete", 0)
    expected = {
        "requests_completed": requests["total"] - missing,
        "requests_failed": requests.get("failures"),
        "prefill_seq_len": requests["input_length"]["mean"],
        "decode_seq_len": requests["output_length"]["mean"],
        "decode_tok_s": throughput["output_token_rate"]["mean"],
        "prefill_tok_s": throughput.get("input_token_rate", {}).get("mean"),
    }
    for written, (name, _) in _LATENCIES.items():
        whole = aggregate["latency"].get(written, {})
        for statistic in ("mean", "p50", "p99"):
            value = whole.get(statistic)
            if value is not None and whole["units"].startswith("s"):
                value *= 1000
            if (name, statistic) != ("itl", "mean"):
                expected[f"{name}_{statistic}_ms"] = value
    return expected


def _cards(servers: list[dict[str, Any]]) -> dict[str, Any]:
    by_role = {
        role: sum(one["count"] * one["replicas"] for one in servers if one["role"] == role)
        for role in ("prefill", "decode")
    }
    total, is_split = sum(by_role.values()), all(by_role.values())
    watts = [(one["count"] * one["replicas"], one["power"]) for one in servers]
    is_measured = all(one for _, one in watts)
    return {
        "card_count": total,
        "prefill_cards": by_role["prefill"] if is_split else None,
        "decode_cards": by_role["decode"] if is_split else None,
        "replicas": None if is_split else sum(one["replicas"] for one in servers),
        "power_per_card_w": pytest.approx(sum(n * w for n, w in watts) / total)
        if is_measured
        else None,
    }


@settings(deadline=None, max_examples=60)
@given(_aggregates, st.lists(_engines, min_size=1, max_size=3), _count, _positive, st.booleans())
def test_every_value_of_a_report_of_0_2_is_found_again(
    aggregate: dict[str, Any],
    servers: list[dict[str, Any]],
    concurrency: int,
    rate: float,
    is_yaml: bool,
) -> None:
    report = {
        "version": "0.2.1",
        "run": {"time": {"duration": f"PT{rate:.6f}S"}},
        "scenario": {
            "load": {
                "standardized": {
                    "tool": "vllm-benchmark",
                    "concurrency": concurrency,
                    "rate_qps": rate,
                }
            },
            "stack": [
                {
                    "metadata": {"label": str(place)},
                    "standardized": {
                        "kind": "inference_engine",
                        "tool": "vllm",
                        "role": one["role"],
                        "replicas": one["replicas"],
                        "model": {"name": "Qwen/Qwen3-32B"},
                        "accelerator": {"model": "NVIDIA H200", "count": one["count"]},
                    },
                    "native": {"args": {"--quantization": "fp8"}},
                }
                for place, one in enumerate(servers)
            ],
        },
        "results": {
            "request_performance": {"aggregate": aggregate},
            "observability": {
                "components": [
                    {
                        "component_label": str(place),
                        "aggregate": {
                            "power_consumption": {"units": "Watts", "mean": one["power"]}
                        },
                    }
                    for place, one in enumerate(servers)
                ]
            },
        },
    }
    found = case(yaml.dump(report) if is_yaml else report, "")
    expected = {
        **_expected(aggregate),
        **_cards(servers),
        "max_concurrent_requests": concurrency,
        "request_rate_rps": rate,
        "duration_s": pytest.approx(rate, abs=1e-6),
    }
    assert {name: found.get(name) for name in expected} == expected


@settings(deadline=None, max_examples=60)
@given(_aggregates, st.lists(_engines, min_size=1, max_size=3), _positive, st.booleans())
def test_every_value_of_a_report_of_0_1_is_found_again(
    aggregate: dict[str, Any], servers: list[dict[str, Any]], duration: float, is_yaml: bool
) -> None:
    servers = [{**one, "replicas": 1} for one in servers]
    rates = aggregate["throughput"]
    report = {
        "version": "0.1",
        "scenario": {
            "host": {
                "type": [one["role"] for one in servers],
                "accelerator": [{"model": "NVIDIA H200", "count": one["count"]} for one in servers],
            },
            "platform": {"engine": [{"name": "vllm"} for _ in servers]},
            "model": {"name": "Qwen/Qwen3-32B", "quantization": "fp8"},
            "load": {"name": "vllm-benchmark"},
        },
        "metrics": {
            "time": {"duration": duration},
            "requests": aggregate["requests"],
            "latency": aggregate["latency"],
            "throughput": {
                "output_tokens_per_sec": rates["output_token_rate"]["mean"],
                "input_tokens_per_sec": rates.get("input_token_rate", {}).get("mean"),
            },
            "resources": {
                "accelerator": [
                    {"power": one["power"] and {"units": "Watts", "mean": one["power"]}}
                    for one in servers
                ]
            },
        },
    }
    found = case(yaml.dump(report) if is_yaml else report, "")
    expected = {**_expected(aggregate), **_cards(servers), "duration_s": duration}
    assert {name: found.get(name) for name in expected} == expected


@settings(deadline=None)
@given(st.one_of([disturbed(one) for one in [OLD, NEW, NEWEST]]))
def test_whatever_stands_in_a_field_a_record_is_a_case_or_a_reject(report: dict[str, Any]) -> None:
    assert outcomes(read(report, MXFP4, format="llmd-report")) in (["case"], ["reject"])
