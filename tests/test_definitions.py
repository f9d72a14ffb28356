"""Dagster's definitions: the graph and the checks, any part of which can run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph, AssetNode

from pipelines import settings
from pipelines.contracts import columns, contracts, describe, render, table_of
from pipelines.definitions import build_defs
from pipelines.orchestration.resource import WarehouseResource
from pipelines.report import renderer
from pipelines.transform import registry, rules, sql_files
from pipelines.transform.materialize import building
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build, warehouse_of


@cache
def asset_graph() -> AssetGraph:
    """The graph of the definitions as they are loaded; resolving it takes half a second."""
    return build_defs().resolve_asset_graph()


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def run(data: Path, instance: dg.DagsterInstance, *assets: str) -> dg.ExecuteInProcessResult:
    """Run the job, or these assets with their checks."""
    defs = build_defs({"warehouse": WarehouseResource(data=str(data))})
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey([name]) for name in assets] or None,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, instance: dg.DagsterInstance
) -> tuple[Path, dg.ExecuteInProcessResult]:
    """A data folder with the shipped feed, and the run of the job that published it."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    feeds.write(folder, feeds.shipped())
    return folder, run(folder, instance)


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    return [
        event.step_failure_data.user_failure_data.description or ""
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.user_failure_data
    ]


def test_every_table_has_one_file_one_contract_one_asset_and_one_contract_check() -> None:
    defs = asset_graph()
    made = set(registry.tables())
    assets = {key.to_user_string() for key in defs.get_all_asset_keys()}
    assert assets == made | {
        "upstream_feed",
        "raw_snapshots",
        "staged_source",
        "staged_snapshots",
        "published_warehouse",
    }
    assert made == set(contracts()) - {"build", "build_change"}
    assert made >= set(sql_files.models())
    contract_checks = {
        key.asset_key.to_user_string()
        for key in defs.asset_check_keys
        if key.name == "contract_holds"
    }
    assert contract_checks == made


def test_contract_checks_block_and_the_others_warn() -> None:
    graph_ = asset_graph()
    blocking = {
        (key.asset_key.to_user_string(), key.name)
        for key in graph_.asset_check_keys
        if graph_.get(key).blocking
    }
    contract_checks = {(name, "contract_holds") for name in registry.tables()}
    assert blocking == contract_checks | {
        ("reject", "rejects_below_limit"),
        ("published_warehouse", "set_is_whole"),
        ("published_warehouse", "set_is_of_this_build"),
        ("card_price", "prices_name_hardware"),
    }


def test_every_rule_is_a_check_of_its_own() -> None:
    names = {key.name for key in asset_graph().asset_check_keys}
    assert names >= {rule.check for rule in rules.load()}


def test_groups_follow_the_flow() -> None:
    graph_ = asset_graph()
    order = ["raw", "staging", "star", "metrics", "quality", "marts", "publish"]
    groups = {graph_.get(key).group_name for key in graph_.get_all_asset_keys()}
    assert groups == set(order)


def test_no_table_reads_from_a_later_stage() -> None:
    graph_ = asset_graph()
    order = ["raw", "staging", "star", "metrics", "quality", "marts", "publish"]
    for key in graph_.get_all_asset_keys():
        own = order.index(graph_.get(key).group_name or "")
        for parent in graph_.get(key).parent_keys:
            assert order.index(graph_.get(parent).group_name or "") <= own, (key, parent)


def test_every_asset_says_what_it_is_before_it_is_made() -> None:
    graph_ = asset_graph()
    for name, contract in contracts().items():
        if table_of(contract).at_publication:
            continue
        node = graph_.get(dg.AssetKey([name]))
        assert node.description == describe(contract)
        assert node.owners == ["team:roofhouse"]
        assert "duckdb" in node.kinds
        assert node.tags["roofhouse/schema"] == table_of(contract).schema
        assert node.metadata["dagster/table_name"] == render.full_name(contract)
        shown = node.metadata["dagster/column_schema"].columns
        assert [one.name for one in shown] == [one.name for one in columns(contract)]
        assert all(one.description for one in shown)
        assert node.metadata["made_by"]
        if name in sql_files.models():
            assert sql_files.models()[name].text.strip() in node.metadata["sql"].value


def test_a_column_shows_its_constraints_before_it_is_made() -> None:
    shown = {
        name: {
            one.name: one.constraints
            for one in node_of(name).metadata["dagster/column_schema"].columns
        }
        for name in registry.tables()
    }
    assert shown["fact_case"]["case_id"] == dg.TableColumnConstraints(
        nullable=False,
        unique=True,
        other=["matches ^[a-z0-9][a-z0-9._+-]*$", "at most 200 characters"],
    )
    assert shown["fact_case"]["compute_pct"] == dg.TableColumnConstraints(
        nullable=True, unique=False, other=["unit: %", "at most 100"]
    )
    assert shown["finding"]["severity"] == dg.TableColumnConstraints(
        nullable=False, unique=False, other=["one of error, warn, info"]
    )
    assert "references fact_case.case_id" in shown["finding"]["case_id"].other
    assert not shown["finding"]["case_id"].unique  # its grain is case and rule
    for name, contract in contracts().items():
        for column in columns(contract) if name in shown else ():
            assert shown[name][column.name].nullable == column.nullable, (name, column.name)


def node_of(name: str) -> AssetNode:
    return asset_graph().get(dg.AssetKey([name]))


@pytest.mark.parametrize(
    ("name", "kinds", "published"),
    [
        ("upstream_feed", {"http", "json"}, "no"),
        ("raw_snapshots", {"http", "json", "file"}, "no"),
        ("staged_source", {"parquet", "duckdb"}, "no"),
        ("staged_snapshots", {"parquet", "duckdb"}, "no"),
        ("published_warehouse", {"duckdb", "parquet", "json", "html"}, "duckdb_and_parquet"),
    ],
)
def test_what_is_no_table_says_what_it_is_too(name: str, kinds: set[str], published: str) -> None:
    node = node_of(name)
    assert node.kinds == kinds
    assert len(node.description or "") > 60
    assert node.owners == ["team:roofhouse"]
    assert node.tags["roofhouse/published"] == published


def test_what_is_no_table_of_the_warehouse_shows_the_table_that_it_writes(
    whole: tuple[Path, dg.ExecuteInProcessResult],
) -> None:
    data, result = whole
    assert result.success, failures(result)
    made = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }
    with building(settings.load(data)) as db:
        for name, table in (
            ("raw_snapshots", "staging.raw_file"),
            ("staged_snapshots", "staging.snapshot"),
            ("published_warehouse", "quality.build"),
        ):
            shown = node_of(name).metadata
            assert shown["dagster/table_name"] == table
            described = db.rows(f"describe {table}")
            assert [(one.name, one.type) for one in shown["dagster/column_schema"].columns] == [
                (column, type_.lower()) for column, type_, *_ in described
            ]
            assert all(one.description for one in shown["dagster/column_schema"].columns)
            assert made[name]["dagster/row_count"].value == db.frame(f"from {table}").height
            assert float(str(made[name]["build_time_s"].value)) > 0
    snapshot = "cases-2026-04-29T103747Z.json (2026-04-29 10:37:47 UTC)"
    for name in ("staged_snapshots", "published_warehouse"):
        assert made[name]["upstream_snapshot"].value == snapshot
        assert made[name]["cases"].value == 22
    files = made["published_warehouse"]["files"]
    assert isinstance(files, dg.TableMetadataValue)
    assert {"report.html", "datapackage.json"} <= {str(one.data["file"]) for one in files.records}
    assert {len(str(one.data["sha256"])) for one in files.records} == {12}


def test_the_feed_says_where_it_is_from_and_under_which_licence() -> None:
    shown = node_of("upstream_feed").metadata
    assert shown["url"].value == settings.Settings.model_fields["feed_url"].default
    assert shown["licence"] == "CC-BY-SA-4.0"
    assert "EvoKernel Spec" in shown["attribution"]


def test_every_check_says_what_it_means() -> None:
    graph_ = asset_graph()
    for key in graph_.asset_check_keys:
        description = graph_.get(key).description or ""
        assert description.endswith((".", "?")), key
        assert len(description) > 30, key


def test_dependencies_come_from_the_sql() -> None:
    tables = {name: table.reads for name, table in registry.tables().items()}
    assert tables["dim_hardware"] == ("dimension_version", "staged_snapshots")
    assert "assumption" in tables["case_input"]
    assert tables["finding"] == ("case_context", "case_input", "case_metric", "case_trust")
    assert "finding" in tables["mart_case_metrics"]


def test_a_single_asset_materializes_on_its_own(
    shipped_copy: Path, instance: dg.DagsterInstance
) -> None:
    result = run(shipped_copy, instance, "case_metric")
    assert result.success
    (event,) = result.get_asset_materialization_events()
    shown = event.materialization.metadata
    assert shown["dagster/row_count"].value == 22 + 19  # on both bases
    assert float(str(shown["build_time_s"].value)) > 0
    assert shown["upstream_snapshot"].value == ("cases-0.json (2026-04-29 10:37:47 UTC)")
    assert shown["is_rebuilt"].value is False


def test_a_mart_made_anew_has_a_process_made_ready_for_the_report_which_ends_with_the_run(
    shipped_copy: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready: list[int] = []
    prepare = renderer.prepare

    def seen() -> None:
        prepare()
        ready.append(renderer._waiting[0].pid)

    monkeypatch.setattr(renderer, "prepare", seen)
    with warehouse_of(shipped_copy) as db:
        db.execute("delete from staging.state where name = 'mart_coverage_matrix'")
    result = run(shipped_copy, instance, "mart_coverage_matrix", "mart_model_summary")
    made = {
        event.asset_key.to_user_string(): event.materialization.metadata["is_rebuilt"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }
    assert made == {"mart_coverage_matrix": True, "mart_model_summary": False}
    assert len(ready) == 1
    assert renderer._waiting == []
    assert not Path(f"/proc/{ready[0]}").exists()


def test_a_single_asset_without_its_upstream_says_what_to_do(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    result = run(tmp_path, instance, "case_metric")
    assert not result.success
    (words,) = failures(result)
    assert "case_metric: not there yet: assumption, case_input; " in words
    assert "run the job build_warehouse" in words


def test_too_many_rejects_stop_the_publication(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    feed = feeds.shipped()
    for item in feed["items"][:3]:
        item["stack"]["hardware"]["topology"] = 1
    feeds.write(tmp_path, feed)
    with warehouse_of(tmp_path):
        pass
    result = run(tmp_path, instance, "snapshot", "reject", "published_warehouse")
    assert not result.success
    share = [
        check
        for check in result.get_asset_check_evaluations()
        if check.asset_key == dg.AssetKey(["reject"]) and check.check_name == "rejects_below_limit"
    ]
    assert [check.passed for check in share] == [False]
    assert share[0].description is not None
    assert share[0].description == (
        "1 exception to: No more cases of the newest snapshot, or of a source that appends, are "
        "rejected than its max_reject_share allows. The first: "
        "file cases-2026-04-29T103747Z.json, rejected 3, of_items 22, "
        "most_often stack.hardware.topology, times 3, first "
        f"{feed['items'][0]['id']}: stack.hardware.topology is 1, not text. "
        "Take the file out of data/raw, or raise max_reject_share."
    )
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_snapshots_of_one_time_or_of_a_time_to_come_are_warned_of(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    one, other = feeds.shipped(), feeds.feed(feeds.case())
    other["generated"] = one["generated"]
    later = feeds.feed(feeds.case(), generated="9999-12-31T00:00:00Z")
    with warehouse_of(tmp_path, one, other, later):
        pass
    result = run(tmp_path, instance, "snapshot", "held_snapshot")
    assert result.success
    shown = {}
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            failures = check.metadata["failures"]
            assert isinstance(failures, dg.TableMetadataValue)
            shown[check.check_name] = [record.data for record in failures.records]
    assert shown == {
        "snapshot_times_are_unique": [
            {
                "source_id": "evokernel",
                "generated_at": "2026-04-29 10:37:47.493000",
                "files": "cases-0.json, cases-1.json",
            }
        ],
        "no_snapshot_held_back": [
            {
                "source_id": "evokernel",
                "file": "cases-2.json",
                "held_reason": "its time, 9999-12-31T00:00:00Z, is more than a day ahead of the "
                "clock",
            }
        ],
    }


def test_a_run_that_a_check_stops_is_tagged_with_its_snapshot_and_with_no_build(
    tmp_path: Path,
    instance: dg.DagsterInstance,
    whole: tuple[Path, dg.ExecuteInProcessResult],
) -> None:
    published, first = whole
    data = shutil.copytree(published, tmp_path / "data")
    feed = feeds.shipped()
    for item in feed["items"][:3]:
        item["stack"]["hardware"]["topology"] = 1
    feed["generated"] = "2026-05-01T00:00:00.000Z"
    feeds.write(data, feed)
    stopped = run(data, instance)
    assert (first.success, stopped.success) == (True, False)
    tags = [instance.get_runs(dg.RunsFilter([one.run_id]))[0].tags for one in (first, stopped)]
    assert [one["roofhouse/snapshot"] for one in tags] == [
        "2026-04-29T10:37:47Z",
        "2026-05-01T00:00:00Z",
    ]
    assert ["roofhouse/build_id" in one for one in tags] == [True, False]


def test_a_contract_check_finds_bounds_nulls_duplicates_and_dangling_keys(build: Build) -> None:
    with build(feeds.shipped()) as db:
        assert _problems(db) == []
        db.execute("update fact_case set compute_pct = 4100 where case_id like '%tianhe%'")
        db.execute("update fact_case set engine_id = null where case_id like '%trainium2%'")
        db.execute("update fact_case set model_key = repeat('0', 32) where case_id like '%l40s%'")
        db.execute("insert into fact_case from fact_case where case_id like '%gaudi3%'")
        found = _problems(db)
    assert ("compute_pct", "is 4100.0; it must be at most 100") in found
    assert ("engine_id", "is required") in found
    assert ("case_id", "occurs 2 times") in found
    missing = f"is {'0' * 32}, which is not in dim_model.model_key"
    assert ("model_key", missing) in found
    assert len(found) == 4


def test_a_violation_names_its_row_column_by_column(build: Build) -> None:
    case_id = "case-llama33-a100x8-vllm-001"
    with build(feeds.feed(feeds.case(case_id))) as db:
        db.execute("update fact_case_history set revision = 0, engine_id = null")
        db.execute("update fact_case_history set model_key = repeat('0', 32)")
        found = violations(db, contracts()["fact_case_history"])
        assert [(one["case_id"], one["revision"], one["column"]) for one in found] == [
            (case_id, 0, "revision"),
            (case_id, 0, "engine_id"),
            (case_id, 0, "model_key"),
        ]
        assert {tuple(one) for one in found} == {("case_id", "revision", "column", "problem")}


def test_what_names_a_row_is_never_taken_for_what_is_wrong_with_it() -> None:
    for name, contract in contracts().items():
        assert not {"column", "problem"} & set(table_of(contract).grain), name


def _problems(db: Warehouse) -> list[tuple[str, str]]:
    return [(one["column"], one["problem"]) for one in violations(db, contracts()["fact_case"])]


def test_failing_rows_are_shown_as_a_table_of_at_most_twenty(
    shipped_copy: Path, instance: dg.DagsterInstance
) -> None:
    result = run(shipped_copy, instance, "finding")
    assert result.success
    found = {check.check_name: check for check in result.get_asset_check_evaluations()}
    overstated = found["evidence_tier_qualifies"]
    assert not overstated.passed
    assert overstated.severity is dg.AssetCheckSeverity.WARN
    assert overstated.metadata["count"].value == 22
    table = overstated.metadata["failures"]
    assert isinstance(table, dg.TableMetadataValue)
    assert len(table.records) == 20
    assert str(table.records[0].data["case_id"]).startswith("case-")
    assert found["parallelism_within_cards"].passed


def test_what_is_worth_knowing_is_counted_and_no_warning(
    shipped_copy: Path, instance: dg.DagsterInstance
) -> None:
    found = {
        check.check_name: check
        for check in run(shipped_copy, instance, "finding").get_asset_check_evaluations()
    }
    infos = {rule.check for rule in rules.load() if rule.severity == "info"}
    assert all(found[name].passed for name in infos)
    counted = {name: found[name].metadata["count"].value for name in infos}
    with warehouse_of(shipped_copy) as db:
        ((total,),) = db.rows("select count(*) from quality.finding where severity = 'info'")
    assert sum(int(str(count)) for count in counted.values()) == total > 0
    with_rows = [name for name in infos if counted[name]]
    assert all("failures" in found[name].metadata for name in with_rows)
    assert all(found[name].description for name in with_rows)


def test_a_check_is_named_for_what_holds() -> None:
    names = {key.name for key in asset_graph().asset_check_keys}
    wrong = re.compile(
        r"(^|_)(exceeds?|mismatch|broken|missing|fails?|impossible|implausible|inconsistent|"
        r"overstated|too|differs?|unknown|duplicates?|late|stale)(_|$)"
    )
    assert [name for name in sorted(names) if wrong.search(name)] == []
    assert names.isdisjoint(rule.id for rule in rules.load())


def test_every_asset_has_the_owner_of_the_settings() -> None:
    found = build_defs(settings=settings.Settings(owner="jo@example.org"))
    specs = found.resolve_all_asset_specs()
    assert len(specs) > 20
    assert {tuple(spec.owners) for spec in specs} == {("jo@example.org",)}
