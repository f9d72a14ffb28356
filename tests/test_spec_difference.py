"""The claim and the reference: specifications of a source held against the catalog."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import catalog, settings
from pipelines.contracts import columns, contracts
from pipelines.transform import catalog_tables, fingerprint, registry, sql_files
from pipelines.transform.quarantine import quarantine
from pipelines.transform.table import Frame
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build, warehouse_of
from tests.test_check import check, written

L40S = "case-qwencoder-l40sx4-vllm-001"
A100 = "case-llama33-a100x8-vllm-001"
MI355X = "case-on-mi355x"
CLAIMED = "basis = 'claimed'"
PEAKS = "resolved.hardware.compute"


def sparse_l40s() -> feeds.Feed:
    """A run whose prompts need more than the card can do, as the sparse peak does not show."""
    case = feeds.put(feeds.case(L40S), "results.throughput_tokens_per_sec.prefill", 50_000)
    return feeds.put(case, "stack.prefix_caching", {"enabled": False})


def mi355x_with_small_memory() -> feeds.Feed:
    """A run on MI355X whose specification is that of a card that cannot hold the weights."""
    case = feeds.put(feeds.case(A100), "id", MI355X)
    feeds.put(case, "stack.hardware.id", "mi355x")
    hardware = catalog.load().entity("hardware", "mi355x")
    feeds.put(case, "resolved.hardware", hardware)
    return feeds.put(case, "resolved.hardware.memory.capacity_gb.value", 16)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("difference")
    cases = feeds.feed(sparse_l40s(), mi355x_with_small_memory(), feeds.case(A100))
    with warehouse_of(folder, cases) as found:
        found.con.execute(sql_files.questions())
        yield found


# --- the catalog as tables --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["hardware", "model", "quant"])
def test_the_catalog_is_a_table_with_one_row_per_id(db: Warehouse, kind: Any) -> None:
    known = catalog.load()
    assert db.rows(f"select {kind}_id from main.reference_{kind}") == [
        (one,) for one in sorted(known.ids(kind))
    ]
    assert violations(db, contracts()[f"reference_{kind}"]) == []


def test_a_row_has_the_figures_of_its_entry(db: Warehouse) -> None:
    facts = catalog.load().facts("hardware", "l40s")
    assert db.rows(
        "select peak_fp8_tflops, peak_fp4_tflops, memory_capacity_gb, memory_bandwidth_gb_s, tdp_w "
        "from main.reference_hardware where hardware_id = 'l40s'"
    ) == [
        (
            facts["compute"]["fp8_tflops"],
            None,
            facts["memory"]["capacity_gb"],
            facts["memory"]["bandwidth_gb_s"],
            facts["power"]["tdp_w"],
        )
    ]
    architecture = catalog.load().facts("model", "gpt-oss")["architecture"]
    assert db.rows(
        "select layers, num_experts, experts_top_k, attention_type, total_params_b "
        "from main.reference_model where model_id = 'gpt-oss'"
    ) == [
        (
            architecture["layers"],
            architecture["moe"]["num_experts"],
            architecture["moe"]["top_k"],
            architecture["attention_type"],
            architecture["total_params_b"],
        )
    ]


def test_every_figure_names_the_sources_of_its_block(db: Warehouse) -> None:
    known = catalog.load()
    keys = known.facts("hardware", "l40s")["memory"]["from"]
    expected = "; ".join(known.sources["hardware"][key].citation for key in keys)
    assert db.rows(
        "select reference, unit, source from main.reference_figure "
        "where entity_id = 'l40s' and attribute = 'memory_capacity_gb'"
    ) == [(48, "GB (1e9 bytes) per card", expected)]
    ((source,),) = db.rows(
        "select distinct source from main.reference_figure where entity_id = 'llama-2-70b'"
    )
    keys = known.facts("model", "llama-2-70b")["from"]["source"]
    assert source == "; ".join(known.sources["model"][key].citation for key in keys)
    unsourced = known.facts("quant", "w8a16-fp8")["from"]
    assert unsourced is None
    assert db.rows(
        "select distinct source from main.reference_figure where entity_id = 'w8a16-fp8'"
    ) == [(None,)]


def test_every_quantity_of_the_catalog_is_compared_but_the_year(db: Warehouse) -> None:
    quantities = {
        (name.removeprefix("reference_"), column.name)
        for name in catalog_tables.ENTRIES
        for column in columns(contracts()[name])
        if column.dtype.is_numeric()
    }
    texts = {("model", "attention_type"), ("quant", "quant_family")}
    compared = set(db.rows("select distinct dimension, attribute from main.reference_figure"))
    assert compared == quantities - {("hardware", "hardware_release_year")} | texts


def test_a_changed_catalog_rebuilds_its_tables(tmp_path: Path) -> None:
    table = registry.tables()["reference_hardware"]
    assert isinstance(table.maker, Frame)
    copy = Path(shutil.copy(table.files[0], tmp_path))
    maker = dataclasses.replace(table.maker, inputs=lambda _: [copy])
    copied = dataclasses.replace(table, maker=maker)
    with warehouse_of(tmp_path, feeds.shipped(), only=["reference_hardware"]) as db:
        found = settings.load(tmp_path)
        shipped = fingerprint.note(db, found, table)
        assert fingerprint.note(db, found, copied) == shipped
        copy.write_text(copy.read_text().replace("fp8_tflops: 733", "fp8_tflops: 734"))
        assert fingerprint.note(db, found, copied) != shipped


# --- differences ------------------------------------------------------------------------------


def differences(db: Warehouse, table: str, column: str, value: object) -> list[tuple[Any, ...]]:
    """The differences of the L40S case, had its source stated another value."""
    db.execute("begin transaction")
    try:
        db.execute(f"update main.{table} set {column} = ?", [value])
        return db.rows(
            "select attribute, claimed, reference, claimed_text, reference_text "
            f"from ({sql_files.models()['spec_difference'].text}) "
            f"where attribute = '{column}' and entity_id in ('l40s', 'qwen2.5-coder-32b')"
        )
    finally:
        db.execute("rollback")


@pytest.mark.parametrize(
    ("value", "differs"),
    [
        (864.0, False),
        (864 * 1.0199, False),
        (864 * 1.0201, True),
        (864 * 0.9801, False),
        (864 * 0.9799, True),
        (1e-9, True),
        (1e300, True),
        (None, False),
        (0, False),
        (-864, False),
    ],
)
def test_over_two_percent_is_a_difference_and_what_is_not_stated_is_none(
    db: Warehouse, value: float | None, differs: bool
) -> None:
    expected = [("memory_bandwidth_gb_s", value, 864, None, None)] if differs else []
    assert differences(db, "dim_hardware", "memory_bandwidth_gb_s", value) == expected


@pytest.mark.parametrize(
    ("table", "column", "value", "reference"),
    [
        ("dim_model", "attention_type", "mla", "gqa"),
        ("dim_model", "attention_type", "gqa", None),
        ("dim_model", "attention_type", None, None),
        ("dim_hardware", "memory_type", "HBM9", None),
        ("dim_hardware", "hardware_name", "another", None),
        ("dim_hardware", "hardware_release_year", 2000, None),
    ],
)
def test_of_texts_only_those_that_a_formula_reads_are_compared(
    db: Warehouse, table: str, column: str, value: object, reference: str | None
) -> None:
    expected = [(column, None, None, value, reference)] if reference else []
    assert differences(db, table, column, value) == expected


def test_what_the_catalog_does_not_state_is_no_difference(db: Warehouse) -> None:
    assert differences(db, "dim_hardware", "peak_fp4_tflops", 5000) == []


def test_sparse_peaks_are_told_with_their_source(db: Warehouse) -> None:
    found = db.rows(
        "select attribute, claimed, reference, difference, unit, "
        "reference_source like '%dense and sparse%' "
        "from quality.spec_difference where entity_id = 'l40s'"
    )
    assert found == [
        ("peak_fp8_tflops", 1466, 733, 1, "1e12 op/s per card", True),
        ("peak_int8_tops", 1466, 733, 1, "1e12 op/s per card", True),
    ]


def test_a_version_that_no_current_case_runs_on_is_not_compared(tmp_path: Path) -> None:
    old = feeds.put(sparse_l40s(), f"{PEAKS}.fp8_tflops.value", 9999)
    later = feeds.feed(sparse_l40s(), generated="2026-05-29T10:37:47.493Z")
    with warehouse_of(tmp_path, feeds.feed(old), later, only=["mart_case_metrics"]) as db:
        assert db.rows("select count(*) from main.dim_hardware") == [(2,)]
        assert db.rows(
            "select d.claimed, h.is_current from quality.spec_difference as d "
            "join main.dim_hardware as h on d.version_key = h.hardware_key "
            "where d.attribute = 'peak_fp8_tflops'"
        ) == [(1466, True)]
        assert db.rows(
            "select revision, basis from metrics.case_metric order by revision, basis"
        ) == [(1, "claimed"), (2, "claimed"), (2, "reference")]


# --- metrics on both bases --------------------------------------------------------------------


def test_sparse_peaks_hide_that_a_claim_is_impossible(db: Warehouse) -> None:
    of_case = f"where case_id = '{L40S}'"
    mfu = dict(db.rows(f"select basis, prefill_mfu_floor from metrics.case_metric {of_case}"))
    assert mfu["claimed"] < 1 < mfu["reference"]
    ((plausible, reference, differing),) = db.rows(
        "select plausibility, reference_plausibility, differing_specifications "
        f"from marts.mart_case_metrics {of_case}"
    )
    assert (plausible, reference) == ("plausible", "impossible")
    assert differing == [
        "hardware.peak_fp8_tflops",
        "hardware.peak_int8_tops",
        "model.active_params_b",
        "model.total_params_b",
    ]
    rule = [("prefill_above_peak",)]
    errors = f"{of_case} and severity = 'error'"
    assert db.rows(f"select rule_id from quality.reference_finding {errors}") == rule
    assert db.rows(f"select rule_id from quality.finding {errors}") == []


def test_another_cards_numbers_make_a_possible_claim_impossible(db: Warehouse) -> None:
    ((fits, impossible, reference, differing),) = db.rows(
        "select weights_fit, plausibility, reference_plausibility, differing_specifications "
        f"from marts.mart_case_metrics where case_id = '{MI355X}'"
    )
    assert (fits, impossible) == (False, "impossible")
    assert reference != "impossible"
    assert differing == ["hardware.memory_capacity_gb"]
    assert db.rows(
        f"select memory_capacity_gb from metrics.case_input where case_id = '{MI355X}' "
        "order by basis"
    ) == [(16,), (288,)]


def test_a_case_that_states_what_the_catalog_states_costs_no_row(db: Warehouse) -> None:
    for table in ("metrics.case_input", "metrics.case_metric"):
        assert db.rows(f"select basis from {table} where case_id = '{A100}'") == [("claimed",)]
    assert db.rows(f"from quality.reference_finding where case_id = '{A100}'") == []
    assert db.rows(
        "select reference_roofline_efficiency, reference_plausibility, differing_specifications "
        f"from marts.mart_case_metrics where case_id = '{A100}'"
    ) == [(None, None, None)]


def test_the_claimed_basis_does_not_depend_on_the_catalog(shipped_db: Warehouse) -> None:
    db = shipped_db
    before = db.frame(f"from metrics.case_input where {CLAIMED} order by case_id")
    assert db.rows("select count(*) from metrics.case_input where basis = 'reference'") > [(10,)]
    db.execute("begin transaction")
    try:
        for name in ("main.reference_hardware", "main.reference_model", "main.reference_quant"):
            db.execute(f"delete from {name}")
        db.execute("delete from main.reference_figure")
        alone = db.frame(sql_files.models()["case_input"].text)
    finally:
        db.execute("rollback")
    assert alone.select(before.columns).equals(before)


def test_a_row_on_the_reference_basis_has_the_catalogs_figure_else_the_claimed(
    shipped_db: Warehouse,
) -> None:
    ((peak, window, cards),) = shipped_db.rows(
        "select peak_fp8_tflops, sliding_window, card_count from metrics.case_input "
        "where case_id = 'case-gptoss-gaudi3x8-001' and basis = 'reference'"
    )
    known = catalog.load()
    assert peak == known.facts("hardware", "gaudi-3")["compute"]["fp8_tflops"]
    assert window == known.facts("model", "gpt-oss")["architecture"]["sliding_window"]
    assert cards == 8


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        (f"explain_metric('{L40S}', 'roofline_efficiency') where part = 'metric'", 1),
        (f"similar_cases('{A100}', 9)", 2),
        ("as_of('2027-01-01')", 3),
        ("marts.mart_case_metrics", 3),
        (f"marts.mart_reported_vs_implied where case_id = '{L40S}'", 4),
    ],
)
def test_readers_see_the_claimed_basis_once(db: Warehouse, question: str, rows: int) -> None:
    assert len(db.rows(f"from {question}")) == rows


def test_a_metric_is_explained_as_claimed(db: Warehouse) -> None:
    ((explained,),) = db.rows(
        f"select value from explain_metric('{L40S}', 'prefill_mfu_floor') where part = 'metric'"
    )
    assert float(explained) < 1


def test_a_broken_row_of_the_reference_basis_takes_no_case_along(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.feed(sparse_l40s()), only=["mart_case_metrics"]) as db:
        db.execute("update metrics.case_metric set weights_gb = 'inf' where basis = 'reference'")
        found = settings.load(tmp_path)
        assert quarantine(db, found, registry.tables()["case_metric"]) == 1
        assert db.rows("select basis from metrics.case_metric") == [("claimed",)]
        assert db.rows("from staging.quarantine") == []
        db.execute("update metrics.case_metric set weights_gb = 'inf'")
        assert quarantine(db, found, registry.tables()["case_metric"]) == 1
        assert db.rows("select case_id from staging.quarantine") == [(L40S,)]


def test_a_broken_claim_takes_its_reference_row_along(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.feed(sparse_l40s()), only=["mart_case_metrics"]) as db:
        db.execute("update metrics.case_metric set weights_gb = 'inf' where basis = 'claimed'")
        assert quarantine(db, settings.load(tmp_path), registry.tables()["case_metric"]) == 2
        assert db.rows("select case_id, value from staging.quarantine") == [(L40S, "inf")]


# --- check ------------------------------------------------------------------------------------


def test_check_tells_the_verdict_on_the_catalog_and_where_it_differs(tmp_path: Path) -> None:
    path = written(tmp_path, [sparse_l40s(), feeds.case(A100)])
    told = check(path).stdout
    assert told.count("with the catalog's specifications") == 1
    assert "  with the catalog's specifications  impossible\n" in told
    assert "    hardware.peak_fp8_tflops: claimed 1466, catalog 733 (1e12 op/s per card)\n" in told
    cases = {
        one["case_id"]: one for one in json.loads(check(path, "--format", "json").stdout)["cases"]
    }
    assert cases[A100]["reference"] is None
    reference = cases[L40S]["reference"]
    assert reference["plausibility"] == "impossible"
    assert reference["roofline_efficiency"] > 0
    first = reference["differences"][0]
    assert first.pop("source")
    assert first == {
        "attribute": "hardware.peak_fp8_tflops",
        "claimed": 1466,
        "reference": 733,
        "unit": "1e12 op/s per card",
    }


def test_a_feed_of_one_case_builds_every_table_within_its_contract(build: Build) -> None:
    with build(feeds.feed(sparse_l40s())) as db:
        for name in registry.tables():
            assert violations(db, contracts()[name]) == [], name
