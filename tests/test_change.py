"""What changed between snapshots, what moved with it, and what was published then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import settings, sql
from pipelines.publish import publish
from pipelines.warehouse import Warehouse, published
from tests import feeds
from tests.conftest import Build, warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
TWIN = "case-twin"  # the same stack, the same numbers
L40S = "case-qwencoder-l40sx4-vllm-001"
APRIL, MAY, JUNE = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
BANDWIDTH = "resolved.hardware.memory.bandwidth_gbps.value"
DECODE = "results.throughput_tokens_per_sec.decode"
MOVE = (
    "decode_roofline_efficiency_before, decode_roofline_efficiency_after, "
    "decode_roofline_efficiency_change"
)


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
    assert row["largest_move_case_id"] == A100
    before = row["decode_roofline_efficiency_before"]
    assert row["decode_roofline_efficiency_after"] == pytest.approx(2 * before)
    assert row["decode_roofline_efficiency_change"] == pytest.approx(before)
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
        "select decode_roofline_efficiency from metrics.case_metric "
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
    assert latest.equals(db.frame("from metrics.case_metric where is_current order by case_id"))


def test_a_case_that_returns_was_not_published_while_it_was_away(build: Build) -> None:
    away = feeds.feed(feeds.case(L40S), generated=MAY)
    bad = feeds.put(feeds.case(L40S), "scenario.batch_size", "eight")
    both = [a100(), feeds.case(L40S)]
    with build(
        feeds.feed(*both, generated=APRIL), away, feeds.feed(a100(), bad, generated=JUNE)
    ) as db:
        db.con.execute(sql.questions())
        cases = {
            at: [row[0] for row in db.rows(f"select case_id from as_of('{at}')")]
            for at in (APRIL, MAY, JUNE)
        }
        assert db.rows("select count(*) from marts.mart_case_change") == [(0,)]
        assert db.rows("select count(*) from marts.mart_spec_change") == [(0,)]
    # What had to be rejected keeps what was published of it.
    assert cases == {APRIL: [A100, L40S], MAY: [L40S], JUNE: [A100, L40S]}
