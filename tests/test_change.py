"""Changes between snapshots, the metrics that moved with them, and `as_of`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.contracts import contracts
from pipelines.publish import publish
from pipelines.transform import sql_files
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse, published
from tests import feeds
from tests.conftest import Build, warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
TWIN = "case-twin"  # the same stack, the same numbers
L40S = "case-qwencoder-l40sx4-vllm-001"
APRIL, MAY, JUNE = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
BANDWIDTH = "resolved.hardware.memory.bandwidth_gbps.value"
TDP = "resolved.hardware.power.tdp_w.value"
DECODE = "results.throughput_tokens_per_sec.decode"
MOVE = "roofline_efficiency_before, roofline_efficiency_after, roofline_efficiency_change"


def a100(case_id: str = A100) -> feeds.Feed:
    return feeds.put(feeds.case(A100), "id", case_id)


def halved(case_id: str = A100) -> feeds.Feed:
    """Half the bandwidth, another operator, one vendor fewer, and evidence of the TDP gone."""
    case = feeds.put(a100(case_id), BANDWIDTH, 2039 / 2)
    feeds.put(case, "resolved.hardware.power.tdp_w.evidence_ref", None)
    case["resolved"]["model"]["operator_decomposition"][0]["flops_per_token"] = 1
    case["resolved"]["engine"]["supported_hardware_vendors"] = ["nvidia"]
    return case


def series() -> list[feeds.Feed]:
    """April: as shipped. May: a specification changes. June: back; a result changes; one leaves."""
    faster = feeds.put(a100(), DECODE, 3000)
    feeds.put(faster, "stack.driver", None)
    # The engine is that of both stacks, so it changes for both.
    server = feeds.case(L40S)
    server["resolved"]["engine"]["supported_hardware_vendors"] = ["nvidia"]
    return [
        feeds.feed(a100(), a100(TWIN), feeds.case(L40S), generated=APRIL),
        feeds.feed(halved(), halved(TWIN), server, generated=MAY),
        feeds.feed(faster, feeds.case(L40S), generated=JUNE),
    ]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder: Path = tmp_path_factory.mktemp("change")
    with warehouse_of(folder, *series()) as built:
        publish.publish(built, settings.load(folder))
    with published(settings.load(folder)) as opened:
        yield opened


def test_a_changed_specification_has_its_values_and_the_cases_it_moved(db: Warehouse) -> None:
    (row, back) = db.frame(
        "from marts.mart_spec_change where attribute = 'memory_bandwidth_gb_s' order by changed_at"
    ).to_dicts()
    assert (row["dimension"], row["entity_id"]) == ("hardware", "a100-sxm4")
    assert row["changed_at"].isoformat() == "2026-05-01T00:00:00"
    assert (row["old_value"], row["new_value"]) == ("2039.0", "1019.5")
    assert row["affected_case_count"] == 2
    assert row["affected_case_ids"] == row["moved_case_ids"] == [A100, TWIN]
    assert row["moved_metrics"] == [
        "decode_mbu",
        "decode_roofline_efficiency",
        "decode_roofline_efficiency_batch1",
        "roofline_efficiency",
        "serving_roofline_efficiency",
    ]
    assert row["largest_move_case_id"] == A100
    before = row["roofline_efficiency_before"]
    assert row["roofline_efficiency_after"] == pytest.approx(2 * before)
    assert row["roofline_efficiency_change"] == pytest.approx(before)
    # The twin was gone when the value came back.
    assert (back["old_value"], back["new_value"]) == ("1019.5", "2039.0")
    assert back["affected_case_ids"] == [A100]


def test_lists_and_evidence_references_are_attributes_too(db: Warehouse) -> None:
    rows = db.rows(
        "select dimension, entity_id, attribute, old_value, new_value, affected_case_ids "
        "from marts.mart_spec_change where strftime(changed_at, '%m') = '05' order by 1, 3"
    )
    found = {(row[0], row[2]): row for row in rows}
    assert set(found) == {
        ("engine", "hardware_vendors"),
        ("engine", "listed_vendor_count"),
        ("hardware", "memory_bandwidth_gb_s"),
        ("hardware", "tdp_w.evidence_id"),
        ("model", "operators"),
    }
    assert found["engine", "hardware_vendors"][4:] == ('["nvidia"]', [A100, L40S, TWIN])
    assert found["hardware", "tdp_w.evidence_id"][3:5] == ("ev-a100-001", None)
    assert '"flops_per_token":1.0' in found["model", "operators"][4]


def test_only_efficiencies_that_follow_from_an_attribute_count_as_moved_by_it(
    db: Warehouse,
) -> None:
    moved = {
        attribute: (cases, metrics)
        for attribute, cases, metrics in db.rows(
            "select attribute, moved_case_ids, moved_metrics from marts.mart_spec_change "
            "where strftime(changed_at, '%m') = '05'"
        )
    }
    assert moved["hardware_vendors"] == moved["tdp_w.evidence_id"] == ([], [])
    assert moved["operators"] == ([A100, TWIN], ["decode_roofline_efficiency_batch1"])


def test_every_efficiency_that_moved_has_its_values_and_what_changed(db: Warehouse) -> None:
    rows = db.rows(
        "select revision, metric, value_before, value_after, value_change, changed_with "
        f"from marts.mart_metric_change where case_id = '{A100}'"
    )
    found = {(row[0], row[1]): row[2:] for row in rows}
    before, after, change, with_ = found[2, "decode_mbu"]
    assert after == pytest.approx(2 * before)
    assert change == after - before
    assert with_ == ["hardware", "model", "engine"]
    assert (2, "decode_tok_s_per_w") not in found
    assert found[3, "decode_tok_s_per_w"][3] == ["case", "hardware", "model", "engine"]


def test_a_case_that_missed_a_version_is_not_moved_by_the_next_one(build: Build) -> None:
    def spec(case_id: str, **changed: float) -> feeds.Feed:
        case = a100(case_id)
        for path, value in changed.items():
            feeds.put(case, BANDWIDTH if path == "bandwidth" else TDP, value)
        return case

    series = (
        feeds.feed(a100(), a100(TWIN), generated=APRIL),
        feeds.feed(spec(A100, bandwidth=1000), generated=MAY),
        feeds.feed(
            spec(A100, bandwidth=1000, tdp=500), spec(TWIN, bandwidth=1000, tdp=500), generated=JUNE
        ),
    )
    with build(*series) as db:
        rows = db.rows(
            "select attribute, affected_case_ids, moved_case_ids, moved_metrics, "
            "largest_move_case_id from marts.mart_spec_change order by changed_at"
        )
        assert [(row[0], *row[1:3], row[4]) for row in rows] == [
            ("memory_bandwidth_gb_s", [A100], [A100], A100),
            ("tdp_w", [A100], [A100], None),
        ]
        assert rows[1][3] == ["decode_tok_s_per_w_tdp"]
        assert db.rows(
            "select distinct changed_with from marts.mart_metric_change "
            f"where case_id = '{TWIN}' and metric = 'decode_mbu'"
        ) == [(["hardware"],)]


def test_the_lists_of_a_case_are_attributes_too(build: Build) -> None:
    honest, advised = a100(), a100()
    honest["evidence"][0]["tier"] = "estimated"
    advised["evidence"][0]["tier"] = "estimated"
    advised["patterns"] = ["another-pattern"]
    series = [
        feeds.feed(case, generated=at)
        for case, at in zip((a100(), honest, advised), (APRIL, MAY, JUNE), strict=True)
    ]
    with build(*series) as db:
        rows = db.rows(
            "select revision, attribute, old_value, new_value from marts.mart_case_change"
        )
    assert [row[:2] for row in rows if not row[1].endswith("_count")] == [
        (2, "evidence"),
        (3, "patterns"),
    ]
    assert '"tier":"measured"' in rows[0][2]
    assert '"tier":"estimated"' in rows[0][3]
    assert rows[-1][3] == '["another-pattern"]'


def test_a_changed_case_has_its_values_and_its_move(db: Warehouse) -> None:
    rows = db.rows(
        f"select case_id, attribute, old_value, new_value, {MOVE} from marts.mart_case_change"
    )
    shipped = feeds.case(A100)
    decode = float(shipped["results"]["throughput_tokens_per_sec"]["decode"])
    assert [row[:4] for row in rows] == [
        (A100, "decode_tok_s", str(decode), "3000.0"),
        (A100, "driver", shipped["stack"]["driver"], None),
    ]
    (before,), (after,) = db.rows(
        "select roofline_efficiency from metrics.case_metric "
        f"where case_id = '{A100}' and revision > 1 order by revision"
    )
    assert rows[0][4:] == rows[1][4:] == (before, after, after - before)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-31", {}),
        ("2026-04-01", {A100: 1, L40S: 1, TWIN: 1}),
        ("2026-04-30T23:59:59", {A100: 1, L40S: 1, TWIN: 1}),
        ("2026-05-01T00:00:00Z", {A100: 2, L40S: 2, TWIN: 2}),
        ("2026-05-01T01:00:00+02:00", {A100: 1, L40S: 1, TWIN: 1}),
        ("2099-01-01", {A100: 3, L40S: 3}),
    ],
)
def test_as_of_is_what_was_published_then(db: Warehouse, at: str, expected: dict[str, int]) -> None:
    rows = db.rows(f"select case_id, revision, is_current from as_of('{at}')")
    assert {row[0]: row[1] for row in rows} == expected
    assert all(row[2] for row in rows)


def test_as_of_has_the_columns_of_the_metrics_and_takes_times(db: Warehouse) -> None:
    macro = db.frame("from as_of(timestamp '2026-05-02 00:00:00')")
    table = db.frame("from metrics.case_metric")
    assert macro.schema == table.schema
    assert db.frame("from as_of(date '2026-05-02')").equals(macro)
    assert db.frame("from as_of(timestamptz '2026-05-02 00:00:00+00')").equals(macro)
    latest = db.frame("from as_of('2027-01-01') order by case_id")
    current = "from metrics.case_metric where is_current and basis = 'claimed' order by case_id"
    assert latest.equals(db.frame(current))


def test_a_case_that_returns_was_not_published_while_it_was_away(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_MAX_REJECT_SHARE", "0.5")
    away = feeds.feed(feeds.case(L40S), generated=MAY)
    bad = feeds.put(feeds.case(L40S), "scenario.batch_size", "eight")
    both = [a100(), feeds.case(L40S)]
    with build(
        feeds.feed(*both, generated=APRIL), away, feeds.feed(a100(), bad, generated=JUNE)
    ) as db:
        db.con.execute(sql_files.questions())
        cases = {
            at: [row[0] for row in db.rows(f"select case_id from as_of('{at}')")]
            for at in (APRIL, MAY, JUNE)
        }
        assert db.rows("select count(*) from marts.mart_case_change") == [(0,)]
        assert db.rows("select count(*) from marts.mart_spec_change") == [(0,)]
    # What had to be rejected keeps what was published of it.
    assert cases == {APRIL: [A100, L40S], MAY: [L40S], JUNE: [A100, L40S]}


def test_a_snapshot_that_was_not_published_is_passed_over(build: Build) -> None:
    items = [a100(f"case-{number}") for number in range(5)]
    bad = [feeds.put(a100(f"case-{number}"), DECODE, 1) for number in range(5)]
    feeds.put(bad[0], "scenario.batch_size", "eight")
    with build(
        feeds.feed(*items, generated=APRIL),
        feeds.feed(*bad, generated=MAY),
        feeds.feed(*items, generated=JUNE),
    ) as db:
        db.con.execute(sql_files.questions())
        then = db.rows(f"select case_id, revision from as_of('{MAY}')")
        assert db.rows("select is_publishable from quality.snapshot order by snapshot_order") == [
            (True,),
            (False,),
            (True,),
        ]
    assert then == [(f"case-{number}", 1) for number in range(5)]


def test_of_two_snapshots_of_one_time_that_was_published_which_could_be(build: Build) -> None:
    items = [a100(f"case-{number}") for number in range(5)]
    with build(feeds.feed(*items, generated=APRIL)) as db:
        ((first,),) = db.rows("select content_sha256 from quality.snapshot")
    # The same time, and a hash that comes later.
    for note in range(1000):
        bad = [feeds.put(a100(f"case-{number}"), DECODE, 1) for number in range(5)]
        feeds.put(bad[0], "scenario.batch_size", "eight")
        other = feeds.feed(*bad, generated=APRIL) | {"note": note}
        text = json.dumps(other, ensure_ascii=False, indent=2)
        if hashlib.sha256(text.encode()).hexdigest() > first:
            break
    with build(feeds.feed(*items, generated=APRIL), other) as db:
        db.con.execute(sql_files.questions())
        assert db.rows("select is_publishable from quality.snapshot order by snapshot_order") == [
            (True,),
            (False,),
        ]
        rows = db.rows(f"select distinct revision, decode_mbu is null from as_of('{APRIL}')")
    assert rows == [(1, False)]


def test_an_efficiency_that_appears_with_an_attribute_moved_from_none(build: Build) -> None:
    with build(
        feeds.feed(feeds.put(a100(), BANDWIDTH, None), generated=APRIL),
        feeds.feed(a100(), generated=MAY),
    ) as db:
        (row,) = db.frame(
            "from marts.mart_spec_change where attribute = 'memory_bandwidth_gb_s'"
        ).to_dicts()
        assert checks_of(db, "mart_spec_change", "mart_metric_change") == []
    assert row["old_value"] is None
    assert row["largest_move_case_id"] == A100
    assert row["roofline_efficiency_before"] is None
    assert row["roofline_efficiency_after"] == pytest.approx(0.3062627)
    assert row["roofline_efficiency_change"] is None


def checks_of(db: Warehouse, *names: str) -> list[dict[str, object]]:
    return [one for name in names for one in violations(db, contracts()[name])]
