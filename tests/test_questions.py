"""The table macros that analysts call in the published file."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines import settings
from pipelines.metadata import dictionary, macros
from pipelines.publish import publish
from pipelines.transform import sql_files
from pipelines.warehouse import Warehouse, published
from tests import feeds
from tests.conftest import Build, warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
L40S = "case-qwencoder-l40sx4-vllm-001"
SCOUT = "case-llama4-scout-h100x8-vllm-001"
SCOUT_AMD = "case-llama4scout-mi300x8-001"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder: Path = tmp_path_factory.mktemp("questions")
    with warehouse_of(folder, feeds.shipped()) as built:
        built.con.execute(
            "create macro a_former_one(x) as x; create macro another() as table from fact_case"
        )
        publish.publish(built, settings.load(folder))
    with published(settings.load(folder)) as opened:
        yield opened


STACK = "'a100-sxm4', 8, 'llama-3.3-70b', 'bf16', 16, 1024, 512"
#: A call of every question.
CALLS = {
    "what_if": f"what_if({STACK})",
    "batch_to_compute_bound": (
        "batch_to_compute_bound('a100-sxm4', 8, 'llama-3.3-70b', 'bf16', 128, 128)"
    ),
    "compare": f"compare('{A100}', '{SCOUT}')",
    "explain_metric": f"explain_metric('{A100}', 'decode_mbu')",
    "similar_cases": f"similar_cases('{A100}', 3)",
    "as_of": "as_of('2026-05-01')",
    "best_options": (
        "best_options('llama-4-scout', 20, usd_per_card_hour := map {'h100-sxm5': 2.0})"
    ),
}


def refused(db: Warehouse, query: str, message: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=message):
        db.rows(query)


def test_every_question_is_called_here() -> None:
    assert CALLS.keys() == {one.name for one in macros.macros() if one.is_question}


def test_what_if_is_the_prior_times_what_the_clean_cases_say(db: Warehouse) -> None:
    (row,) = db.frame(f"from what_if({STACK})").to_dicts()
    ((factor, spread),) = db.rows(
        "select exp(log_mean), log_spread from marts.mart_efficiency_pool "
        "where hardware_id = 'a100-sxm4'"
    )
    step_s = (140e9 + 16 * 1280 * 327680) / (8 * 2039e9)
    prior = 16 / (step_s / 0.55 + 80 * 90e-6)
    prompt_s = (1024 / 512) * (2 * 70e9 + 2 * 80 * 64 * 128 * 1024) / (8 * 312e12)
    wall = 1 / (1 / prior + prompt_s / 0.55)
    width = math.exp(1.2815515655446004 * spread)
    expected = {
        "compute_precision": "bf16",
        "precision_is_native": True,
        "beyond_scale_up": False,
        "weights_gb": 140,
        "memory_needed_gb": 140 + 16 * 1536 * 327680 / 1e9,
        "memory_available_gb": 640,
        "fits": True,
        "decode_roofline_tok_s": 16 / step_s,
        "decode_roofline_bound": "memory",
        "decode_prior_tok_s": prior,
        "expected_decode_tok_s": prior * factor,
        "expected_decode_tok_s_low": prior * factor / width,
        "expected_decode_tok_s_high": prior * factor * width,
        "expected_wall_tok_s": wall * factor,
        "expected_wall_tok_s_low": wall * factor / width,
        "expected_wall_tok_s_high": wall * factor * width,
        "expected_interactivity_tok_s_user": prior * factor / 16,
        "expected_decode_tok_s_per_w_tdp": prior * factor / (8 * 400),
        "expected_decode_kwh_per_mtok_tdp": 8 * 400 / (prior * factor) * 1e6 / 3.6e6,
        "usd_per_card_hour": None,
        "expected_decode_hardware_usd_per_mtok": None,
        "expected_wall_hardware_usd_per_mtok": None,
        "pool": "vendor",
        "pool_n": 3,
    }
    assert row.keys() == expected.keys()
    for name, value in expected.items():
        assert row[name] == (pytest.approx(value) if type(value) is float else value), name


def test_what_if_agrees_with_every_estimate(db: Warehouse) -> None:
    names = (
        "memory_needed_gb, fits, decode_roofline_tok_s, decode_roofline_bound, "
        "decode_prior_tok_s, expected_decode_tok_s, expected_decode_tok_s_low, "
        "expected_wall_tok_s_high, expected_decode_tok_s_per_w_tdp, pool, pool_n"
    )
    asked = db.rows(
        "select e.hardware_id, e.model_id, e.quant_id, "
        + ", ".join(f"w.{name}" for name in names.split(", "))
        + " from marts.mart_estimate as e, what_if(e.hardware_id, e.cards, e.model_id, e.quant_id, "
        "e.batch_size, e.prefill_seq_len, e.decode_seq_len) as w order by all"
    )
    published_ = db.rows(
        f"select hardware_id, model_id, quant_id, {names} from marts.mart_estimate order by all"
    )
    assert len(asked) > 500
    assert asked == published_


def test_what_if_expects_nothing_of_what_does_not_fit(db: Warehouse) -> None:
    (row,) = db.frame(
        "select fits, memory_needed_gb > memory_available_gb as over, expected_decode_tok_s, "
        "expected_wall_tok_s, decode_prior_tok_s > 0 as has_prior from what_if("
        "hardware_id := 'l40s', cards := 1, model_id := 'deepseek-r1', quant_id := 'bf16', "
        "batch := 1, prefill := 128, decode := 128)"
    ).to_dicts()
    assert row == {
        "fits": False,
        "over": True,
        "expected_decode_tok_s": None,
        "expected_wall_tok_s": None,
        "has_prior": True,
    }


def test_what_if_answers_for_a_precision_that_is_not_native(db: Warehouse) -> None:
    options = db.rows(
        "from marts.mart_stack_option where hardware_id = 'a100-sxm4' and quant_id = 'fp8-e4m3'"
    )
    rows = db.rows(
        "select compute_precision, precision_is_native, expected_decode_tok_s > 0 "
        "from what_if('a100-sxm4', 8, 'llama-3.3-70b', 'fp8-e4m3', 16, 1024, 512)"
    )
    assert options == []
    assert rows == [("bf16", False, True)]


def test_what_if_answers_for_every_current_stack(db: Warehouse) -> None:
    ((count, stacks),) = db.rows(
        "select count(*), (select count(*) from dim_hardware where is_current) "
        "* (select count(*) from dim_model where is_current) "
        "* (select count(*) from dim_quant where is_current) "
        "from dim_hardware as h, dim_model as m, dim_quant as q, "
        "what_if(h.hardware_id, 8, m.model_id, q.quant_id, 16, 1024, 512) "
        "where h.is_current and m.is_current and q.is_current"
    )
    assert count == stacks > 1000


@pytest.mark.parametrize(
    ("hardware", "cards", "beyond"),
    [("h100-sxm5", 8, False), ("h100-sxm5", 9, True), ("trillium", 256, False)],
)
def test_what_if_says_when_the_network_is_left_out(
    db: Warehouse, hardware: str, cards: int, beyond: bool
) -> None:
    assert db.rows(
        f"select beyond_scale_up from what_if('{hardware}', {cards}, 'llama-3.3-70b', 'bf16', "
        "16, 1024, 512)"
    ) == [(beyond,)]


def test_what_if_takes_a_price(db: Warehouse) -> None:
    ((price, decode, wall, decode_tok_s, wall_tok_s),) = db.rows(
        "select usd_per_card_hour, expected_decode_hardware_usd_per_mtok, "
        "expected_wall_hardware_usd_per_mtok, expected_decode_tok_s, expected_wall_tok_s "
        f"from what_if({STACK}, usd_per_card_hour := 2.5)"
    )
    assert price == 2.5
    assert decode == pytest.approx(8 * 2.5 / (decode_tok_s * 3600) * 1e6)
    assert wall == pytest.approx(8 * 2.5 / (wall_tok_s * 3600) * 1e6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'h100', 8, 'llama-3.3-70b', 'bf16', 1, 1, 1", "no current hardware 'h100'; .* h100-sxm5"),
        ("'H100', 8, 'llama-3.3-70b', 'bf16', 1, 1, 1", "no current hardware 'H100'; .* h100-sxm5"),
        ("'zzz', 8, 'llama-3.3-70b', 'bf16', 1, 1, 1", "no current hardware 'zzz'"),
        ("'', 8, 'llama-3.3-70b', 'bf16', 1, 1, 1", "no current hardware ''"),
        ("null, 8, 'llama-3.3-70b', 'bf16', 1, 1, 1", "no id given of a current hardware"),
        ("'l40s', 8, 'llama-3-70b', 'bf16', 1, 1, 1", "no current model .* llama-3.3-70b, "),
        ("'l40s', 8, 'llama-3.3-70b', 'fp8', 1, 1, 1", "no current quantization .* fp8-e4m3, "),
        ("'l40s', 0, 'llama-3.3-70b', 'bf16', 1, 1, 1", "cards is 0; it must be 1 or more"),
        ("'l40s', 1.5, 'llama-3.3-70b', 'bf16', 1, 1, 1", "cards is 1.5; it must be whole"),
        ("'l40s', -8, 'llama-3.3-70b', 'bf16', 1, 1, 1", "cards is -8; it must be 1 or more"),
        ("'l40s', 38401, 'llama-3.3-70b', 'bf16', 1, 1, 1", "cards is 38401; .* at most 38400"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 0, 1, 1", "batch is 0; it must be 1 or more"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 1, 0.5, 1", "prefill is 0.5; it must be 1 or more"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 1, 1, -1", "decode is -1; it must be 1 or more"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 'nan', 1, 1", "batch is nan; it must be 1 or more"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 1, 'inf', 1", "prefill is inf; it must be 1 or more"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 1, 1, null", "no decode given"),
        ("'l40s', 8, 'llama-3.3-70b', 'bf16', 1, 1, 1, -2", "usd_per_card_hour is -2; it must be"),
    ],
)
@pytest.mark.parametrize("selected", ["*", "count(*)", "1", "pool"])
def test_what_if_refuses_what_cannot_be(
    db: Warehouse, arguments: str, message: str, selected: str
) -> None:
    refused(db, f"select {selected} from what_if({arguments})", message)


def test_as_many_cards_as_100_times_those_of_a_case_can_be(db: Warehouse) -> None:
    assert db.rows("select fits from what_if('l40s', 38400, 'llama-3.3-70b', 'bf16', 1, 1, 1)") == [
        (True,)
    ]


def test_what_if_refuses_a_model_that_does_not_decode(build: Build) -> None:
    encoder = feeds.put(feeds.case(A100), "resolved.model.workload_kind", "encoder-only")
    with build(feeds.feed(encoder)) as built:
        built.con.execute(sql_files.questions())
        message = "the model 'llama-3.3-70b' is no autoregressive decode workload"
        refused(built, f"select count(*) from what_if({STACK})", message)
        refused(built, f"select count(*) from {CALLS['batch_to_compute_bound']}", message)


def test_what_if_answers_for_hardware_that_no_current_case_uses(build: Build) -> None:
    with build(
        feeds.feed(feeds.case(A100), feeds.case(L40S), generated="2026-04-01T00:00:00Z"),
        feeds.feed(feeds.case(A100), generated="2026-05-01T00:00:00Z"),
    ) as built:
        built.con.execute(sql_files.questions())
        rows = built.rows(
            "select fits from what_if('l40s', 8, 'llama-3.3-70b', 'bf16', 1, 128, 128)"
        )
        refused(built, f"from explain_metric('{L40S}', 'decode_mbu')", "no current case")
        refused(built, f"from similar_cases('{L40S}', 1)", f"no current case .* {A100}")
    assert rows == [(True,)]


STACKS = [
    ("h100-sxm5", 16, "deepseek-r1", "fp8-e4m3", 128, 128),  # many experts, a small cache
    ("a100-sxm4", 8, "llama-3.3-70b", "bf16", 128, 128),  # dense
    ("mi300x", 8, "llama-4-scout", "bf16", 64, 64),
    ("trillium", 64, "deepseek-r1", "bf16", 1024, 512),
    ("l40s", 1, "llama-3.3-70b", "fp8-e4m3", 16, 16),
]


@pytest.mark.parametrize("stack", STACKS)
def test_from_the_batch_found_on_decode_is_bound_by_compute(
    db: Warehouse, stack: tuple[str, int, str, str, int, int]
) -> None:
    hardware, cards, model, quant, prefill, decode = stack
    ((batch, reason, fits),) = db.rows(f"from batch_to_compute_bound{stack}")
    assert batch > 1
    assert reason is None
    sizes = [1, batch // 2 or 1, batch - 1, batch, batch + 1, 2 * batch, 100 * batch]
    bounds = db.rows(
        "select b.batch, w.decode_roofline_bound, w.fits "
        f"from (select unnest({sizes}) as batch) as b, what_if('{hardware}', {cards}, '{model}', "
        f"'{quant}', b.batch, {prefill}, {decode}) as w order by 1"
    )
    for size, bound, fitting in bounds:
        assert bound == ("compute" if size >= batch else "memory"), size
        assert size != batch or fitting == fits
    assert len(bounds) == len(set(sizes))


def test_where_the_cache_takes_longest_no_batch_is_bound_by_compute(db: Warehouse) -> None:
    ((batch, reason, fits),) = db.rows(
        "from batch_to_compute_bound('h100-sxm5', 8, 'llama-3.3-70b', 'fp8-e4m3', 8192, 512)"
    )
    assert (batch, fits) == (None, None)
    assert reason.startswith("never: the KV cache")
    assert db.rows(
        "select decode_roofline_bound from what_if("
        "'h100-sxm5', 8, 'llama-3.3-70b', 'fp8-e4m3', 1e9, 8192, 512)"
    ) == [("memory",)]


def test_without_a_peak_the_batch_is_unknown(build: Build) -> None:
    case = feeds.case(A100)
    for name, peak in case["resolved"]["hardware"]["compute"].items():
        if isinstance(peak, dict):
            feeds.put(case, f"resolved.hardware.compute.{name}.value", None)
    with build(feeds.feed(case)) as built:
        built.con.execute(sql_files.questions())
        ((batch, reason, fits),) = built.rows(f"from {CALLS['batch_to_compute_bound']}")
        ((precision, expected),) = built.rows(
            f"select compute_precision, expected_decode_tok_s from what_if({STACK})"
        )
    assert (batch, reason, fits) == (None, "unknown: an input is missing", None)
    assert (precision, expected) == (None, None)


def compared(db: Warehouse, one: str, other: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = db.frame(f"from compare('{one}', '{other}')").to_dicts()
    assert rows[0]["part"] == "verdict"
    found = {(row["part"], row["name"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_cases_of_the_same_work_are_comparable(db: Warehouse) -> None:
    rows = compared(db, SCOUT, SCOUT_AMD)
    verdict = rows["verdict", "plausibility"]
    assert (verdict["prevents_comparison"], verdict["detail"]) == (False, "comparable")
    assert (verdict["value_a"], verdict["value_b"]) == ("plausible", "plausible")
    hardware = rows["factor", "hardware_id"]
    assert (hardware["value_a"], hardware["value_b"]) == ("h100-sxm5", "mi300x")
    assert (hardware["is_different"], hardware["prevents_comparison"]) == (True, False)
    metrics = {row[0] for row in db.rows("select metric from metrics.metric_definition")}
    assert {name for part, name in rows if part == "metric"} == metrics
    mart = {
        row["case_id"]: row
        for row in db.frame("from marts.mart_case_metrics").to_dicts()
        if row["case_id"] in (SCOUT, SCOUT_AMD)
    }
    for name in ("decode_tok_s", "decode_mbu", "roofline_efficiency"):
        row = rows["result" if name == "decode_tok_s" else "metric", name]
        values = mart[SCOUT][name], mart[SCOUT_AMD][name]
        assert (float(row["value_a"]), float(row["value_b"])) == pytest.approx(values)
        assert row["ratio"] == pytest.approx(values[1] / values[0])
        assert row["unit"]


def test_a_comparison_is_the_same_from_both_sides(db: Warehouse) -> None:
    cases = [row[0] for row in db.rows("select case_id from marts.mart_case_metrics order by 1")]
    for one, other in pairwise(cases):
        there, back = compared(db, one, other), compared(db, other, one)
        assert there.keys() == back.keys()
        for key, row in there.items():
            assert (row["value_a"], row["value_b"]) == (back[key]["value_b"], back[key]["value_a"])
            assert row["is_different"] == back[key]["is_different"]
            assert row["is_different"] == (row["value_a"] != row["value_b"])
            assert row["prevents_comparison"] == back[key]["prevents_comparison"]
            assert (row["ratio"] is None) == (back[key]["ratio"] is None)
            assert row["ratio"] is None or row["ratio"] * back[key]["ratio"] == pytest.approx(1)
        verdict = there["verdict", "plausibility"]
        prevented = [
            name
            for (part, name), row in there.items()
            if part == "factor" and row["prevents_comparison"]
        ]
        implausible = {verdict["value_a"], verdict["value_b"]} != {"plausible"}
        assert verdict["prevents_comparison"] == (bool(prevented) or implausible)
        for name in prevented:
            assert f"{name} differs" in verdict["detail"]


DIFFERENCES = {  # what is changed: what prevents a comparison, if anything does
    "results.throughput_tokens_per_sec.scope=wall": "throughput_scope",
    "division=open": "division",
    "scenario.prefill_seq_len=1025": "prefill_seq_len",
    "scenario.prefill_seq_len=1000": None,
    "scenario.decode_seq_len=": "decode_seq_len",
    "stack.speculative={enabled: true}": "uses_speculative_decoding",
    "stack.prefix_caching={enabled: false}": "uses_prefix_caching",
    "stack.kv_cache_bits=8": None,
    "stack.engine.version=other": None,
}


def test_only_what_changes_the_work_prevents_a_comparison(build: Build) -> None:
    items = [feeds.case(SCOUT)]
    for number, change in enumerate(DIFFERENCES):
        path, _, value = change.partition("=")
        item = feeds.put(feeds.case(SCOUT), "id", f"other-{number}")
        feeds.put(item, path, yaml.safe_load(value))
        items.append(item)
    with build(feeds.feed(*items)) as built:
        built.con.execute(sql_files.questions())
        found = [
            [
                row[0]
                for row in built.rows(
                    f"select name from compare('{SCOUT}', 'other-{number}') "
                    "where part = 'factor' and prevents_comparison"
                )
            ]
            for number in range(len(DIFFERENCES))
        ]
        unknown = list(DIFFERENCES).index("scenario.decode_seq_len=")
        of_itself = built.rows(
            "select distinct is_different, prevents_comparison "
            f"from compare('other-{unknown}', 'other-{unknown}') where part = 'factor'"
        )
    assert found == [[name] if name else [] for name in DIFFERENCES.values()]
    assert of_itself == [(False, False)]


@pytest.mark.parametrize("arguments", [f"'{A100}', 'nope'", f"'nope', '{A100}'", "'zzz', '0'"])
def test_compare_refuses_an_unknown_case(db: Warehouse, arguments: str) -> None:
    refused(db, f"select count(*) from compare({arguments})", "no current case .*; the nearest: ")


def test_every_metric_is_explained_by_inputs_that_exist(db: Warehouse) -> None:
    metrics = [row[0] for row in db.rows("select metric from metrics.metric_definition")]
    assert len(metrics) > 45
    for metric in metrics:
        rows = db.frame(f"from explain_metric('{A100}', '{metric}')").to_dicts()
        assert [row["name"] for row in rows if row["part"] == "metric"] == [metric]
        assert any(row["part"] == "input" for row in rows), metric


def test_the_inputs_of_a_metric_carry_the_evidence_of_their_specs(db: Warehouse) -> None:
    rows = db.frame(f"from explain_metric('{A100}', 'ridge_point')").to_dicts()
    parts = {row["name"]: row for row in rows}
    assert float(parts["ridge_point"]["value"]) == pytest.approx(312e12 / 2039e9)
    assert "F / BW" in parts["ridge_point"]["detail"]
    assert float(parts["peak_tflops"]["value"]) == 312
    for name in ("peak_tflops", "memory_bandwidth_gb_s"):
        assert parts[name]["evidence_id"] == "ev-a100-001"
        assert parts[name]["tier"] == "official"
        assert "A100" in parts[name]["citation"]


@pytest.mark.parametrize("selected", ["*", "count(*)", "1"])
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (f"explain_metric('{A100}', 'mbu')", "no metric 'mbu'; the nearest: .*decode_mbu"),
        (f"explain_metric('{A100}', null)", "no id given of a metric"),
        ("explain_metric('case-llama33', 'decode_mbu')", f"no current case .* {A100}"),
        ("explain_metric('zzz', 'decode_mbu')", "no current case 'zzz'"),
        ("explain_metric('0', 'decode_mbu')", "no current case '0'"),
        ("similar_cases('case-llama33', 3)", f"no current case .* {A100}"),
        ("similar_cases('zzz', 3)", "no current case 'zzz'"),
        (f"similar_cases('{A100}', 0)", "n is 0; it must be 1 or more"),
        (f"similar_cases('{A100}', 2.5)", "n is 2.5; it must be whole"),
        (f"similar_cases('{A100}', null)", "no n given"),
        ("best_options('llama-4', 20)", "no current model 'llama-4'; the nearest: .*scout"),
        ("best_options(null, 20)", "no id given of a current model"),
        ("best_options('llama-4-scout', -1)", "tok_s_user is -1; it must be 0 or more"),
        ("best_options('llama-4-scout', null)", "no tok_s_user given"),
        (
            "best_options('llama-4-scout', 20, usd_per_card_hour := map {'h100': 2.0})",
            "no current hardware 'h100'; the nearest: .*h100-sxm5",
        ),
        (
            "best_options('llama-4-scout', 20, usd_per_card_hour := map {'h100-sxm5': -2.0})",
            "price of h100-sxm5 is -2; it must be 0 or more",
        ),
        ("as_of('yesterday')", "'yesterday' is no time; write 2026-05-01"),
        ("as_of('2026-13-01')", "'2026-13-01' is no time"),
        ("as_of(null)", "NULL is no time"),
    ],
)
def test_a_question_refuses_what_cannot_be(
    db: Warehouse, call: str, message: str, selected: str
) -> None:
    refused(db, f"select {selected} from {call}", message)


def test_similar_cases_are_ranked_by_the_sum_of_their_parts(db: Warehouse) -> None:
    rows = db.frame(f"from similar_cases('{A100}', 5)").to_dicts()
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert A100 not in {row["similar_case_id"] for row in rows}
    for row in rows:
        parts = (
            0.35 * row["model_distance"]
            + 0.25 * row["hardware_distance"]
            + 0.15 * row["precision_distance"]
            + 0.15 * row["scenario_distance"]
            + 0.10 * row["engine_distance"]
        )
        assert row["distance"] == pytest.approx(parts)
        assert 0 <= row["distance"] <= 1
    assert rows == sorted(rows, key=lambda row: (row["distance"], row["similar_case_id"]))
    everyone = db.rows(f"from similar_cases('{A100}', 100)")
    assert len(everyone) == 21


def test_a_case_with_the_same_model_is_nearer_than_one_with_another(db: Warehouse) -> None:
    (first, *_) = db.rows(
        "select similar_case_id from similar_cases('case-llama4scout-mi300x8-001', 1)"
    )
    assert first == ("case-llama4-scout-h100x8-vllm-001",)


def test_the_published_file_cannot_be_written(db: Warehouse) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        db.execute("delete from fact_case")


def test_the_published_macros_are_those_of_the_project(db: Warehouse) -> None:
    """Neither the temporary ones nor those that an older version left in the build database."""
    found = {
        row[0] for row in db.rows("select function_name from duckdb_functions() where not internal")
    }
    assert found == {one.name for one in macros.macros()}
    assert "is_in_force" in sql_files.macros()
    assert "is_in_force" not in found


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("prepare", "prefix"),
    [
        ("use w", ""),
        ("use w", "w."),
        ("use w", "w.main."),
        ("set search_path = 'w,memory'", ""),
        # What one creates stays in memory, and what is in it is found first.
        ("set search_path = 'memory,w.main,w.metrics,w.quality,w.marts'", ""),
        ("set search_path = 'memory,w.main,w.metrics,w.quality,w.marts'", "w."),
    ],
)
def test_a_question_is_answered_in_an_attached_file(
    db: Warehouse, name: str, prepare: str, prefix: str
) -> None:
    ((path,),) = db.rows("select path from duckdb_databases() where database_name = 'warehouse'")
    copied = Path(path).with_name("copied.duckdb")
    if not copied.exists():
        shutil.copyfile(path, copied)
    with duckdb.connect() as con:
        con.execute(f"attach '{copied}' as w (read_only); {prepare}")
        found = con.sql(f"from {prefix}{CALLS[name]}").fetchall()
    assert found
    assert found == db.rows(f"from {CALLS[name]}")


def test_the_examples_of_the_dictionary_run(db: Warehouse) -> None:
    ((path,),) = db.rows("select path from duckdb_databases() where database_name = 'warehouse'")
    copied = Path(path).with_name("example.duckdb")
    shutil.copyfile(path, copied)
    _, _, questions = dictionary.dictionary().partition("\n## Questions\n")
    examples = re.findall(r"```sql\n(.+?)```", questions, flags=re.DOTALL)
    statements = [one for text in examples for one in text.split(";") if one.strip()]
    assert len(statements) == 5
    with duckdb.connect() as con:
        for statement in (*statements[2:4], *statements[:2], *statements[4:]):  # attached first
            con.execute(statement.replace("data/warehouse.duckdb", str(copied))).fetchall()
