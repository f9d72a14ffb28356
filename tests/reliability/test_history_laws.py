"""Laws of history, over generated series of snapshots.

Cases come, change, change back, are rejected, leave and return; a specification that two
cases share changes in one of them; several snapshots may carry one time.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pipelines.contracts import columns, contracts
from pipelines.contracts.render import full_name
from pipelines.transform import sql_files
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import warehouse_of

CASES = (
    "case-llama33-a100x8-vllm-001",
    "case-qwencoder-l40sx4-vllm-001",  # the same engine
    "case-dsv4-flash-h100x8-vllm-fp8-001",
)
TIMES = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
ABSENT = "absent"
#: What a snapshot may say of a case: nothing, what was shipped, or one thing otherwise.
CHANGES: dict[str, tuple[str, Any]] = {
    "as shipped": ("id", None),
    "result": ("results.throughput_tokens_per_sec.decode", 777.5),
    "no result": ("results.throughput_tokens_per_sec.decode", None),
    "bandwidth": ("resolved.hardware.memory.bandwidth_gbps.value", 1234),
    "tdp": ("resolved.hardware.power.tdp_w.value", 555),
    "engine": ("resolved.engine.name", "Renamed"),
    "citation": ("resolved.hardware.evidence", []),
    "model": ("resolved.model.architecture.active_params_b", 3),
    "quant": ("resolved.quantization.name", "Renamed"),
    "case evidence": ("evidence", []),
    "patterns": ("patterns", ["another"]),
    "new field": ("resolved.hardware.power.cooling", "air"),
    "reject": ("scenario.batch_size", "eight"),
}

#: Tables that more than one snapshot can break; the others are checked elsewhere.
CHECKED = (
    "dimension_version",
    "fact_case_history",
    "case_sighting",
    "mart_spec_change",
    "mart_case_change",
    "mart_metric_change",
    "case_list_history",
    "drift",
)

EFFICIENCIES = (
    "roofline_efficiency",
    "decode_roofline_efficiency",
    "serving_roofline_efficiency",
    "decode_roofline_efficiency_batch1",
    "decode_mbu",
    "decode_mfu",
    "prefill_mfu",
    "output_tok_s_per_w",
    "output_tok_s_per_w_system",
    "decode_tok_s_per_w",
    "decode_tok_s_per_w_tdp",
    "decode_tok_s_per_w_server",
)

State = tuple[str, ...]
Snapshot = tuple[str, State]


def feed(snapshot: Snapshot) -> feeds.Feed:
    at, states = snapshot
    items = []
    for case_id, state in zip(CASES, states, strict=True):
        if state != ABSENT:
            path, value = CHANGES[state]
            items.append(feeds.put(feeds.case(case_id), path, case_id if path == "id" else value))
    return feeds.feed(*items, generated=at)


STATES = st.tuples(*[st.sampled_from([*CHANGES, ABSENT])] * 3)
SERIES = st.lists(
    st.tuples(st.sampled_from(TIMES), STATES.filter(lambda states: set(states) != {ABSENT})),
    min_size=1,
    max_size=3,
)
#: A specification changed and changed back, a result that changes, a case withdrawn and
#: returning, one rejected, loaded and rejected again, and two snapshots of one time.
EVERYTHING: list[Snapshot] = [
    (TIMES[0], ("no result", "as shipped", "reject")),
    (TIMES[1], ("bandwidth", ABSENT, "as shipped")),
    (TIMES[1], ("as shipped", "engine", "reject")),
]


def tables(db: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: db.rows(f"from {full_name(contract)} order by all")
        for name, contract in contracts().items()
        if name not in ("build", "build_change")
    }


def without_names(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The name of a file is the one thing about it that the table of snapshots repeats."""
    at = [column.name for column in columns(contracts()["snapshot"])].index("file_name")
    rows = [row[:at] + row[at + 1 :] for row in found["snapshot"]]
    return found | {"snapshot": rows}


def assert_same(
    one: dict[str, list[tuple[Any, ...]]], other: dict[str, list[tuple[Any, ...]]]
) -> None:
    for name, rows in one.items():
        assert other[name] == rows, name


@pytest.fixture(scope="module", autouse=True)
def _any_share_of_rejects() -> Iterator[None]:
    """Of three cases one is rejected: each of these snapshots would have been published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROOFHOUSE_MAX_REJECT_SHARE", "1")
        yield


@settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(series=SERIES, asked=st.sampled_from(TIMES), cached=st.booleans(), chance=st.randoms())
@example(series=EVERYTHING, asked=TIMES[0], cached=True, chance=random.Random(0))
def test_the_laws_of_history(
    series: list[Snapshot], asked: str, cached: bool, chance: random.Random
) -> None:
    contents = [feed(snapshot) for snapshot in series]
    with tempfile.TemporaryDirectory() as folder:
        data, other, then = (Path(folder) / name for name in ("data", "other", "then"))
        with warehouse_of(data, *contents) as db:
            found = tables(db)
            contracts_hold(db)
            intervals_join(db)
            facts_resolve(db)
            every_sighting_is_in_a_revision(db)
            every_revision_is_explained(db)
            as_of, current = published_then(db, asked), published_now(db)

        # Another order of arrival in two builds, one file twice, and no cache or that of the
        # first build.
        if cached:
            shutil.copytree(data / "build" / "staging", other / "build" / "staging")
        arrived = [*contents, chance.choice(contents)]
        chance.shuffle(arrived)
        with warehouse_of(other, *arrived[: len(arrived) // 2]):
            pass
        with warehouse_of(other, *arrived) as db:
            assert_same(without_names(found), without_names(tables(db)))

        # What was published when later snapshots were not there yet.
        early = [feed(snapshot) for snapshot in series if snapshot[0] <= asked]
        if not early:
            assert as_of == []
        elif len(early) == len(series):
            assert as_of == current
        else:
            shutil.copytree(data / "build" / "staging", then / "build" / "staging")
            with warehouse_of(then, *early) as db:
                assert as_of == published_now(db)


def published_now(db: Warehouse) -> list[tuple[Any, ...]]:
    return db.rows(
        "from metrics.case_metric where is_current and basis = 'claimed' order by case_id"
    )


def contracts_hold(db: Warehouse) -> None:
    for name in CHECKED:
        assert violations(db, contracts()[name]) == [], name


def published_then(db: Warehouse, asked: str) -> list[tuple[Any, ...]]:
    db.con.execute(sql_files.questions())
    return db.rows(f"from as_of('{asked}')")


def intervals_join(db: Warehouse) -> None:
    """Of one id: each interval begins where the one before ends; the last one is open."""
    owner = "dimension, entity_id"
    versions = f"select {owner}, from_snapshot_order, valid_from, valid_to, is_current"
    revisions = "select 'case', case_id, revision, valid_from, valid_to, is_current"
    histories: dict[tuple[str, str], list[tuple[dt.datetime, dt.datetime | None, bool]]] = {}
    for kind, one, _, begin, end, is_current in db.rows(
        f"{versions} from dimension_version union all {revisions} from fact_case_history "
        "order by 1, 2, 3"
    ):
        histories.setdefault((kind, one), []).append((begin, end, is_current))
    for intervals in histories.values():
        begins = [begin for begin, _, _ in intervals]
        assert begins == sorted(begins)
        assert [end for _, end, _ in intervals] == [*begins[1:], None]
        assert [is_current for *_, is_current in intervals] == [False] * (len(begins) - 1) + [True]


def facts_resolve(db: Warehouse) -> None:
    """Every fact row joins to exactly one version, which was in force when it began."""
    for entity in ("hardware", "server", "model", "engine", "quant"):
        key = f"{entity}_key"
        for fact in ("fact_case", "fact_case_history"):
            counts = db.rows(
                f"select count(d.{key}) from {fact} as f left join dim_{entity} as d "
                f"on f.{key} = d.{key} and f.{entity}_id = d.{entity}_id "
                f"where f.{key} is not null group by f.case_id, f.revision"
            )
            assert {n for (n,) in counts} <= {1}
        # `>`, not `>=`: of two snapshots with one time the later ends versions as they begin.
        late = db.rows(
            f"select f.case_id, f.revision from fact_case_history as f join dim_{entity} as d "
            f"using ({key}) where f.valid_from < d.valid_from or f.valid_from > d.valid_to"
        )
        assert late == []
    for fact, key in (
        ("fact_hardware_spec", "hardware_key"),
        ("bridge_hardware_engine", "hardware_key"),
        ("bridge_hardware_quant", "hardware_key"),
        ("bridge_hardware_evidence", "hardware_key"),
        ("bridge_server_evidence", "server_key"),
        ("bridge_model_operator", "model_key"),
        ("bridge_engine_vendor", "engine_key"),
        ("bridge_case_evidence", "evidence_key"),
        ("bridge_hardware_evidence", "evidence_key"),
        ("bridge_server_evidence", "evidence_key"),
    ):
        dimension = f"dim_{key.removesuffix('_key')}"
        wrong = db.rows(
            f"select {key} from {fact} where (select count(*) from {dimension} as d "
            f"where d.{key} = {fact}.{key}) <> 1"
        )
        assert wrong == [], (fact, key)
    for table, counted, owner in (
        ("bridge_case_evidence", "evidence_count", "case_id"),
        ("bridge_hardware_evidence", "evidence_count", "hardware_key"),
    ):
        held = "fact_case" if owner == "case_id" else "dim_hardware"
        lost = db.rows(
            f"select {owner} from {held} as o where coalesce({counted}, 0) <> "
            f"(select count(*) from {table} as b where b.{owner} = o.{owner})"
        )
        assert lost == [], table


def every_sighting_is_in_a_revision(db: Warehouse) -> None:
    """A case that a snapshot holds has one revision at its time, of two with one time the last."""
    counts = db.rows(
        "select count(h.case_id) from case_sighting as s left join fact_case_history as h "
        "on s.case_id = h.case_id and s.seen_at >= h.valid_from "
        "and (h.valid_to is null or s.seen_at < h.valid_to) "
        "where not s.is_rejected group by s.case_id, s.snapshot_id"
    )
    assert {n for (n,) in counts} <= {1}
    retired = db.rows(
        "select f.case_id from fact_case as f where is_retired = exists (from case_sighting as s "
        "join quality.snapshot using (snapshot_id) where is_newest and s.case_id = f.case_id)"
    )
    assert retired == []


def every_revision_is_explained(db: Warehouse) -> None:
    """Every change of a revision has a row in one of the marts, and so has every move.

    A version of the same content (it came back meanwhile) is nothing new; one that the case
    missed is explained by the rows of all versions in between.
    """
    changed = set(db.rows("select case_id, revision from marts.mart_case_change"))
    told = {
        (version, case_id)
        for version, case_ids in db.rows(
            "select version_key, affected_case_ids from marts.mart_spec_change"
        )
        for case_id in case_ids
    }
    versions = db.rows(
        "select version_key, content_key, lag(version_key) over owner, lag(content_key) over owner "
        "from dimension_version window owner as "
        "(partition by dimension, entity_id order by from_snapshot_order)"
    )
    new_after = {one: before for one, content, before, other in versions if content != other}
    keys = ", ".join(
        f"{entity}_key" for entity in ("hardware", "server", "model", "engine", "quant")
    )
    revisions = db.rows(f"select case_id, revision, {keys} from fact_case_history order by 1, 2")
    for past, now in itertools.pairwise(revisions):
        if past[0] != now[0]:
            continue
        moved = [(a, b) for a, b in zip(past[2:], now[2:], strict=True) if a != b]
        assert moved or now[:2] in changed
        for old, new in moved:
            if old is not None and new_after.get(new) == old:
                assert (new, now[0]) in told, now
    for metric in EFFICIENCIES:
        expected = db.rows(
            f"select now.case_id, now.revision, past.{metric}, now.{metric} "
            "from metrics.case_metric as now join metrics.case_metric as past "
            "on now.case_id = past.case_id and now.revision = past.revision + 1 "
            "and now.basis = past.basis "
            f"where now.basis = 'claimed' and now.{metric} is distinct from past.{metric} "
            "order by all"
        )
        assert expected == db.rows(
            "select case_id, revision, value_before, value_after "
            f"from marts.mart_metric_change where metric = '{metric}' order by all"
        )
