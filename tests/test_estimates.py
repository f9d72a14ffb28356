"""The throughput to expect: its prior, what the clean cases say of it, and how far off it is."""

from __future__ import annotations

import math
import random
import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines import settings
from pipelines.contracts import contracts
from pipelines.contracts.render import ddl
from pipelines.transform import configuration, registry, sql_files
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse, connect
from tests import feeds
from tests.conftest import Build, warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
Z80 = statistics.NormalDist().inv_cdf(0.9)
WEIGHT = 2.0
#: One decode step and, of one output token, the prompt of the A100's case, by hand.
STEP_S = (140e9 + 47.36 * 1280 * 327680) / (8 * 2039e9) / 0.55 + 80 * 90e-6
PROMPT_S = (1024 / 512) * (2 * 70e9 + 2 * 80 * 64 * 128 * 1024) / (8 * 312e12)


def upstream_of(name: str, data: Path, *contents: feeds.Feed) -> AbstractContextManager[Warehouse]:
    """A table and those that it is made from, built from these feeds."""
    return warehouse_of(data, *contents, only=[name])


def changed(name: str, changes: dict[str, Any], origin: str = A100) -> feeds.Feed:
    item = feeds.put(feeds.case(origin), "id", name)
    for path, value in changes.items():
        place = item
        for parent in path.split(".")[:-1]:
            place = place.setdefault(parent, {})
        feeds.put(item, path, value)
    return item


CLEAN = "case-llama4-scout-h100x8-vllm-001"
SCOPE = "results.throughput_tokens_per_sec.scope"
DECODE = "results.throughput_tokens_per_sec.decode"
WALL = {SCOPE: "wall"}
PRIORS: dict[
    str, tuple[dict[str, Any], float | None]
] = {  # name: (what is changed, the prior by hand)
    "phase": ({}, 47.36 / STEP_S),
    "wall": (WALL, 1 / (STEP_S / 47.36 + PROMPT_S / 0.55)),
    "wall-cached": (
        {**WALL, "stack.prefix_caching": {"enabled": True, "hit_rate": 0.25}},
        1 / (STEP_S / 47.36 + 0.75 * PROMPT_S / 0.55),
    ),
    "wall-cached-nobody-knows-how-much": (
        {**WALL, "stack.prefix_caching": {"enabled": True}},
        None,
    ),
    "wall-disaggregated": (
        {
            **WALL,
            "stack.parallel.disaggregated": True,
            "stack.parallel.disaggregated_split": {"prefill_cards": 8, "decode_cards": 8},
        },
        None,
    ),
    "no-bandwidth": (
        {
            "stack.hardware.id": "a100-unknown",
            "resolved.hardware.id": "a100-unknown",
            "resolved.hardware.memory.bandwidth_gbps.value": None,
        },
        None,
    ),
    "no-layers": (  # an attention whose cache and operations are not known
        {
            "stack.model.id": "llama-unlayered",
            "resolved.model.id": "llama-unlayered",
            "resolved.model.architecture.layers": None,
            "resolved.model.architecture.attention_type": "other",
        },
        47.36 / (140e9 / (8 * 2039e9) / 0.55),
    ),
    "no-throughput": ({DECODE: 0}, None),
}


def test_a_residual_is_taken_from_the_prior_of_its_scope(build: Build) -> None:
    items = [changed(name, changes) for name, (changes, _) in PRIORS.items()]
    with build(feeds.feed(*items)) as db:
        rows = db.rows(
            "select case_id, decode_tok_s, decode_prior_tok_s, serving_prior_tok_s, log_residual "
            "from marts.mart_case_metrics"
        )
    assert len(rows) == len(PRIORS)
    for name, decode, decode_prior, serving_prior, residual in rows:
        changes, prior = PRIORS[name]
        if prior is None:
            assert residual is None, name
        else:
            scope = serving_prior if SCOPE in changes else decode_prior
            assert scope == pytest.approx(prior, rel=1e-9), name
            assert residual == pytest.approx(math.log(decode / prior), rel=1e-9), name


@dataclass(frozen=True)
class Known:
    """A clean case and how far it is from its prior."""

    case_id: str
    hardware_id: str
    vendor: str
    model_id: str
    y: float


def predict(
    sample: Sequence[Known], hardware: str, vendor: str
) -> tuple[str, int, float, float | None]:
    """Pool, its size, mean and spread of the log residual, by the words of the contract."""
    everyone = [one.y for one in sample]
    of_vendor = [one.y for one in sample if one.vendor == vendor]
    of_hardware = [one.y for one in sample if one.hardware_id == hardware]
    mean = statistics.fmean(everyone)
    pool, n = "all", len(everyone)
    for name, members in (("vendor", of_vendor), ("hardware", of_hardware)):
        mean = (sum(members) + WEIGHT * mean) / (len(members) + WEIGHT)
        if members:
            pool, n = name, len(members)
    if len(everyone) < 2:
        return pool, n, mean, None
    return pool, n, mean, statistics.stdev(everyone) * math.sqrt(1 + 1 / (n + WEIGHT))


def clean(db: Warehouse) -> list[Known]:
    return [
        Known(*row)
        for row in db.rows(
            "select m.case_id, m.hardware_id, m.hardware_vendor, m.model_id, m.log_residual "
            "from marts.mart_case_metrics as m join main.fact_case as f using (case_id) "
            "where m.plausibility = 'plausible' and m.log_residual is not null "
            "and lower(f.division) is distinct from 'open' order by m.case_id"
        )
    ]


def check_pools(db: Warehouse, sample: Sequence[Known]) -> None:
    rows = db.rows(
        "select hardware_id, hardware_vendor, pool, pool_n, log_mean, log_spread "
        "from marts.mart_efficiency_pool"
    )
    assert rows
    for hardware, vendor, *found in rows:
        expected = predict(sample, hardware, vendor) if sample else (None, None, None, None)
        assert found[:2] == list(expected[:2])
        assert found[2:] == [
            None if one is None else pytest.approx(one, rel=1e-9, abs=1e-7) for one in expected[2:]
        ]
        if sample:
            low, high = min(one.y for one in sample), max(one.y for one in sample)
            assert low - 1e-9 <= found[2] <= high + 1e-9


def check_accuracy(db: Warehouse, sample: Sequence[Known]) -> None:
    rows = {
        row["left_out"]: row for row in db.frame("from marts.mart_estimate_accuracy").to_dicts()
    }
    assert list(rows) == ["case", "model"]
    for left_out, row in rows.items():
        key = f"{left_out}_id"
        errors = []
        for one in sample:
            others = [other for other in sample if getattr(other, key) != getattr(one, key)]
            if others:
                _, _, mean, spread = predict(others, one.hardware_id, one.vendor)
                errors.append((one.y - mean, None if spread is None else Z80 * spread))
        counts = [value for name, value in row.items() if name.endswith("_case_count")]
        assert row["predicted_case_count"] == len(errors)
        assert row["alone_case_count"] == len(sample) - len(errors)
        assert sum(counts) - row["interval_case_count"] == row["case_count"]
        expected: dict[str, float | None] = dict.fromkeys(
            (
                "error_factor_median",
                "error_factor_worst",
                "bias_factor",
                "interval_width_median",
                "interval_coverage",
            )
        )
        if errors:
            factors = [math.exp(abs(error)) for error, _ in errors]
            expected["error_factor_median"] = statistics.median(factors)
            expected["error_factor_worst"] = max(factors)
            expected["bias_factor"] = math.exp(statistics.fmean(error for error, _ in errors))
        reached = [(error, reach) for error, reach in errors if reach is not None]
        assert row["interval_case_count"] == len(reached)
        if reached:
            widths = [math.exp(2 * reach) for _, reach in reached]
            expected["interval_width_median"] = statistics.median(widths)
            shares = [row[f"interval_{one}"] for one in ("coverage", "share_below", "share_above")]
            assert sum(shares) == pytest.approx(1)
            # At an end of its interval a case may fall on either side, by rounding.
            sure = [
                (error, reach)
                for error, reach in reached
                if abs(abs(error) - reach) > 1e-6 * (1 + reach)
            ]
            inside = sum(abs(error) < reach for error, reach in sure)
            unsure = len(reached) - len(sure)
            assert inside <= round(shares[0] * len(reached)) <= inside + unsure
            below = sum(error < -reach for error, reach in sure)
            assert below <= round(shares[1] * len(reached)) <= below + unsure
        expected.pop("interval_coverage")
        for name, value in expected.items():
            wanted = None if value is None else pytest.approx(value, rel=1e-6)
            assert row[name] == wanted, (left_out, name)


def test_the_pools_and_the_errors_of_the_shipped_feed(shipped_db: Warehouse) -> None:
    sample = clean(shipped_db)
    assert len(sample) == 10
    check_pools(shipped_db, sample)
    check_accuracy(shipped_db, sample)
    pools = shipped_db.rows("select distinct pool from marts.mart_efficiency_pool order by 1")
    assert pools == [("all",), ("hardware",), ("vendor",)]
    rows = shipped_db.rows(
        "select case_count, impossible_case_count, implausible_case_count, predicted_case_count "
        "from marts.mart_estimate_accuracy"
    )
    assert rows == [(22, 5, 7, 10)] * 2


@pytest.fixture(scope="module")
def pooling() -> Iterator[Warehouse]:
    """The tables that pools and errors are made from, empty."""
    with connect() as con:
        db = Warehouse(con)
        db.prepare(registry.layout())
        for name in (
            "dim_hardware",
            "fact_case",
            "mart_case_metrics",
            "assumption",
            "mart_efficiency_pool",
        ):
            db.execute(ddl(contracts()[name]))
        con.register("shipped", configuration.frames(settings.load())["assumption"])
        db.execute("insert into main.assumption select * from shipped")
        db.execute(
            "insert into main.dim_hardware (hardware_id, hardware_vendor, is_latest) "
            "select concat('h', i), concat('v', i // 2), true from range(6) as h(i)"
        )
        yield db


SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 4),  # hardware, two of a vendor
        st.integers(0, 3),  # model
        st.floats(-8, 8),
        st.sampled_from(
            ["clean"] * 6
            + ["impossible", "implausible", "not_judged", "encoder", "silent", "open", "closed"]
        ),
    ),
    max_size=14,
)


CLAIM = {
    **dict.fromkeys(
        ("case_id", "hardware_id", "model_id", "hardware_vendor", "plausibility"), pl.String
    ),
    **dict.fromkeys(("log_residual", "decode_tok_s"), pl.Float64),
    "is_decode_workload": pl.Boolean,
}


@hypothesis.settings(max_examples=40, deadline=None)
@given(rows=SAMPLES, seed=st.integers(0, 99))
def test_pools_and_errors_are_those_of_their_definition_in_any_order(
    pooling: Warehouse, rows: list[tuple[int, int, float, str]], seed: int
) -> None:
    claims = [
        {
            "case_id": f"c{number:02}",
            "hardware_id": f"h{hardware}",
            "model_id": f"m{model}",
            "hardware_vendor": f"v{hardware // 2}",
            "log_residual": None if kind in ("encoder", "silent") else y,
            "plausibility": kind
            if kind in ("impossible", "implausible", "not_judged")
            else "plausible",
            "is_decode_workload": kind != "encoder",
            "decode_tok_s": None if kind in ("encoder", "silent") else 1.0,
        }
        for number, (hardware, model, y, kind) in enumerate(rows)
    ]
    divisions = [
        f"('c{number:02}', {repr(kind.title()) if kind in ('open', 'closed') else 'null'})"
        for number, (*_, kind) in enumerate(rows)
    ]
    made = []
    for order in (claims, random.Random(seed).sample(claims, len(claims))):
        frame = pl.DataFrame(order, schema=CLAIM)
        pooling.con.register("claim", frame)
        pooling.execute("delete from marts.mart_case_metrics")
        pooling.execute("insert into marts.mart_case_metrics by name from claim")
        pooling.execute("delete from main.fact_case")
        pooling.execute(
            "insert into main.fact_case (case_id, division) "
            "select * from (values " + ", ".join(["(null, null)", *divisions]) + ") "
            "as of_mlperf (case_id, division)"
        )
        found = []
        for name in ("mart_efficiency_pool", "mart_estimate_accuracy"):
            pooling.execute(
                f"create or replace table marts.{name} as {sql_files.models()[name].text}"
            )
            found += pooling.rows(f"from marts.{name}")
        made.append(found)
    assert made[0] == made[1]
    sample = clean(pooling)
    assert len(sample) == sum(kind in ("clean", "closed") for *_, kind in rows)
    check_pools(pooling, sample)
    check_accuracy(pooling, sample)


def test_an_expectation_lies_within_its_interval(shipped_db: Warehouse) -> None:
    assert shipped_db.rows(
        "select count(*) > 100, bool_and("
        "expected_decode_tok_s_low < expected_decode_tok_s "
        "and expected_decode_tok_s < expected_decode_tok_s_high "
        "and expected_wall_tok_s_low < expected_wall_tok_s "
        "and expected_wall_tok_s < expected_wall_tok_s_high "
        "and expected_wall_tok_s < expected_decode_tok_s "
        "and expected_efficiency = expected_decode_tok_s / decode_roofline_tok_s) "
        "from marts.mart_estimate where fits"
    ) == [(True, True)]


def test_nothing_is_expected_of_what_does_not_fit(shipped_db: Warehouse) -> None:
    expected = [
        row[0]
        for row in shipped_db.rows("select column_name from (describe from marts.mart_estimate)")
        if row[0].startswith("expected_")
    ]
    assert len(expected) == 8
    assert shipped_db.rows(
        f"select count(*) > 100, bool_and(coalesce({', '.join(expected)}) is null), "
        "bool_and(memory_needed_gb > memory_available_gb) from marts.mart_estimate where not fits"
    ) == [(True, True, True)]
    assert shipped_db.rows("select count(*) from marts.mart_estimate where fits is null") == [(0,)]


def test_an_estimate_is_of_what_no_case_uses(shipped_db: Warehouse) -> None:
    overlap = shipped_db.rows(
        "select count(*) from marts.mart_estimate semi join marts.mart_case_metrics "
        "using (hardware_id, model_id, quant_id)"
    )
    assert overlap == [(0,)]


def test_an_estimate_is_what_the_formulas_say_of_a_case_in_its_place(
    shipped_db: Warehouse, tmp_path: Path
) -> None:
    """Cases of every 29th estimate are built, and their prior is that of the estimate."""
    items = {item["id"]: item for item in feeds.shipped()["items"]}
    rows = shipped_db.frame(
        "select e.*, p.log_mean, p.log_spread, c.case_id, m.case_id as model_case, "
        "q.case_id as quant_case "
        "from marts.mart_estimate as e "
        "join marts.mart_efficiency_pool as p using (hardware_id) "
        "join (select hardware_id, min(case_id) as case_id from fact_case group by 1) as c "
        "using (hardware_id) "
        "join (select model_id, min(case_id) as case_id from fact_case group by 1) as m "
        "using (model_id) "
        "join (select quant_id, min(case_id) as case_id from fact_case group by 1) as q "
        "using (quant_id) order by hardware_id, model_id, quant_id"
    ).to_dicts()[::29]
    assert len(rows) > 20
    placed = []
    for number, row in enumerate(rows):
        item = feeds.case(row["case_id"])
        feeds.put(item, "id", f"placed-{number}")
        for entity, source in (("model", "model_case"), ("quantization", "quant_case")):
            item["resolved"][entity] = items[row[source]]["resolved"][entity]
        item["stack"]["model"] = {**item["stack"]["model"], "id": row["model_id"]}
        item["stack"]["quantization"] = row["quant_id"]
        item["stack"]["hardware"]["count"] = row["cards"]
        item["stack"]["parallel"]["disaggregated"] = False
        item["stack"]["prefix_caching"] = {"enabled": False}
        item["reproduction"] = {**item["reproduction"], "startup_command": "serve", "notes_md": ""}
        item["scenario"] = {
            "prefill_seq_len": row["prefill_seq_len"],
            "decode_seq_len": row["decode_seq_len"],
            "batch_size": row["batch_size"],
            "max_concurrent_requests": 64,
        }
        item["results"]["throughput_tokens_per_sec"]["decode"] = None  # N is the batch size
        placed.append(item)
    with upstream_of("mart_case_metrics", tmp_path, feeds.feed(*placed)) as db:
        priors = {
            case_id: values
            for case_id, *values in db.rows(
                "select case_id, decode_roofline_tok_s, decode_prior_tok_s, serving_prior_tok_s "
                "from marts.mart_case_metrics"
            )
        }
    assert len(priors) == len(rows)
    for number, row in enumerate(rows):
        roofline, prior, serving = priors[f"placed-{number}"]
        assert row["decode_roofline_tok_s"] == pytest.approx(roofline, rel=1e-9)
        assert row["decode_prior_tok_s"] == pytest.approx(prior, rel=1e-9)
        if row["fits"]:
            factor, width = math.exp(row["log_mean"]), math.exp(Z80 * row["log_spread"])
            assert row["expected_decode_tok_s"] == pytest.approx(prior * factor, rel=1e-9)
            assert row["expected_wall_tok_s"] == pytest.approx(serving * factor, rel=1e-9)
            assert row["expected_decode_tok_s_low"] == pytest.approx(prior * factor / width)
            assert row["expected_decode_tok_s_high"] == pytest.approx(prior * factor * width)


def assumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **values: float) -> None:
    """Let the build read assumptions in which some have other values."""
    config = shutil.copytree(settings.CONFIG_DIR, tmp_path / "config")
    monkeypatch.setenv("ROOFHOUSE_CONFIG", str(config))
    loaded = yaml.safe_load((config / "assumptions.yml").read_text(encoding="utf-8"))
    for one in loaded:
        one["value"] = values.pop(one["name"], one["value"])
    assert not values
    (config / "assumptions.yml").write_text(yaml.safe_dump(loaded), encoding="utf-8")


def own_ids(count: int) -> list[feeds.Feed]:
    """Cases of which each has hardware, a model and a quantization of its own."""
    items = feeds.shipped()["items"]
    found = []
    for number in range(count):
        item = feeds.case(items[number % len(items)]["id"])
        item["id"] = f"own-{number}"
        for entity in ("hardware", "model"):
            own = f"{item['stack'][entity]['id']}-{number}"
            item["stack"][entity]["id"] = item["resolved"][entity]["id"] = own
        own = f"{item['stack']['quantization']}-{number}"
        item["stack"]["quantization"] = item["resolved"]["quantization"]["id"] = own
        found.append(item)
    return found


def test_options_and_estimates_stay_small_where_every_case_has_ids_of_its_own(
    tmp_path: Path,
) -> None:
    with upstream_of("mart_estimate", tmp_path, feeds.feed(*own_ids(300))) as db:
        for name in ("mart_stack_option", "mart_estimate"):
            assert violations(db, contracts()[name]) == []
            ((count,),) = db.rows(f"select count(*) from marts.{name}")
            assert 0 < count <= 2500 * 10
        pairs = db.rows(
            "select count(distinct (hardware_id, model_id)), count(distinct quant_id) "
            "from marts.mart_stack_option"
        )
    assert pairs[0][0] <= 2500
    assert pairs[0][1] <= 10


@pytest.mark.parametrize(
    ("pairs", "hardware", "models"),
    [
        (9, 3, 3),
        (60, 7, 7),  # 8 × 7 would do, but neither side is short
        (200, 15, 13),  # all 13 models leave room for 15 of 18 accelerators
        (1000, 18, 13),
    ],
)
def test_those_with_the_most_clean_cases_are_the_options(
    shipped_db: Warehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pairs: int,
    hardware: int,
    models: int,
) -> None:
    assumed(tmp_path, monkeypatch, stack_option_pairs=pairs, stack_option_quantizations=2)
    with upstream_of("mart_stack_option", tmp_path / "data", feeds.shipped()) as db:
        found = {
            key: {row[0] for row in db.rows(f"select distinct {key} from marts.mart_stack_option")}
            for key in ("hardware_id", "model_id", "quant_id")
        }
    for key, count in (("hardware_id", hardware), ("model_id", models), ("quant_id", 2)):
        ranked = shipped_db.rows(
            f"select {key} from marts.mart_case_metrics group by 1 order by "
            "count(*) filter (where plausibility = 'plausible') desc, count(*) desc, 1"
        )
        # Of the first, those are left out that have nothing native among the two.
        assert found[key] <= {row[0] for row in ranked[:count]}
        assert key == "hardware_id" or len(found[key]) == count


def test_an_option_is_native_and_of_current_cases(build: Build) -> None:
    """The L40S leaves the feed; the A100 stays, and has no peak in fp8."""
    first = feeds.feed(
        feeds.case(A100),
        feeds.case("case-qwencoder-l40sx4-vllm-001"),
        feeds.case("case-gemma4-h100x4-fp8-001"),
        generated="2026-04-01T00:00:00Z",
    )
    second = feeds.feed(
        feeds.case(A100),
        feeds.case("case-gemma4-h100x4-fp8-001"),
        generated="2026-05-01T00:00:00Z",
    )
    with build(first, second) as db:
        rows = db.rows("select distinct hardware_id, quant_id from marts.mart_stack_option")
        models = db.rows("select count(distinct model_id) from marts.mart_stack_option")
        pools = db.rows("select hardware_id from marts.mart_efficiency_pool order by 1")
    assert sorted(rows) == [
        ("a100-sxm4", "bf16"),
        ("h100-sxm5", "bf16"),
        ("h100-sxm5", "fp8-e4m3"),
    ]
    assert models == [(2,)]
    assert pools == [("a100-sxm4",), ("h100-sxm5",), ("l40s",)]


def test_the_cases_that_predict_nothing_are_counted_by_the_reason(build: Build) -> None:
    """One case of each kind beside the shipped ones that are clean."""
    encoder = {
        "stack.model.id": "an-encoder",
        "resolved.model.id": "an-encoder",
        "resolved.model.workload_kind": "encoder-only",
    }
    unknown_share = {**WALL, "stack.prefix_caching": {"enabled": True}}
    with build(
        feeds.feed(
            *(feeds.case(item["id"]) for item in feeds.shipped()["items"]),
            changed("encoder", {**encoder, DECODE: 1701}, origin=CLEAN),
            changed("no-throughput", {DECODE: None}, origin=CLEAN),
            changed("no-prior", {**unknown_share, DECODE: 1702}, origin=CLEAN),
        )
    ) as db:
        rows = db.frame("from marts.mart_estimate_accuracy").to_dicts()
        verdicts = dict(
            db.rows("select plausibility, count(*) from marts.mart_case_metrics group by 1")
        )
    for row in rows:
        assert row["case_count"] == 25
        assert row["not_decode_case_count"] == 1
        assert row["no_throughput_case_count"] == 1
        assert row["no_prior_case_count"] == 1
        assert row["impossible_case_count"] == verdicts["impossible"]
        assert row["implausible_case_count"] == verdicts["implausible"]
        assert row["predicted_case_count"] == verdicts["plausible"] - 3
