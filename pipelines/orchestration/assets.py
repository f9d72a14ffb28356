"""The assets: the feed, raw files, staging, one per SQL file, findings, the published set."""

import time
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.alert.late import LATE, MISSED
from pipelines.contracts import describe
from pipelines.errors import RoofhouseError
from pipelines.ingest.sources import FLAT
from pipelines.orchestration import restage, ui_metadata
from pipelines.orchestration.resource import WarehouseResource
from pipelines.publish import publish
from pipelines.report import renderer
from pipelines.settings import Settings
from pipelines.transform import materialize, registry
from pipelines.transform.table import STAGING, Table

#: Daily builds: a late build is a warning, a missed one a failure. A build that changes nothing
#: counts. `freshness` judges the age of the sources.
FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=LATE, fail_window=MISSED)


def _took(started: float) -> dict[str, float]:
    """The time since `started`, as metadata."""
    return {"build_time_s": round(time.perf_counter() - started, 3)}


upstream_feed = dg.AssetSpec(
    "upstream_feed",
    group_name="raw",
    kinds={"http", "json"},
    tags=ui_metadata.published_as("no"),
    description=(
        "The feed as its producer serves it, unless ROOFHOUSE_FEED_URL names another. An event "
        "is recorded here each time the source `evokernel` is fetched, changed or not. Its check "
        "says if a source with a url is late; a source that was never fetched counts as late."
    ),
    metadata={
        "url": dg.MetadataValue.url(Settings.model_fields["feed_url"].default),
        "licence": FLAT.license or "",
        "attribution": FLAT.attribution or "",
    },
)


class Pull(dg.Config):
    """Configuration of a run: its use of the network."""

    pull: bool = Field(
        default=False,
        description="First fetch the sources that have a url and can be reached.",
    )


@dg.asset(
    deps=[upstream_feed],
    group_name="raw",
    kinds={"http", "json", "file"},
    tags=ui_metadata.published_as("no"),
    description=(
        "The files in data/raw, as received: their names and bytes. The job "
        "fetch_and_build first pulls every source that has a url; if that fails it "
        "says why, and the build goes on with the files that are there. No other job uses "
        "the network."
    ),
    metadata=ui_metadata.working_table(
        "raw_file",
        {
            "source_id": "Source of the file",
            "name": "Its path in the folder of the source",
            "path": "Its path in data/raw",
            "sha256": "SHA-256 of the file as it is in data/raw",
        },
    ),
)
def raw_snapshots(
    context: dg.AssetExecutionContext, config: Pull, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Fetch, if the configuration asks for it; list the raw files and hash them."""
    started = time.perf_counter()
    fetched = _fetch(context, warehouse) if config.pull else _not_fetched("not asked to fetch")
    with warehouse.user_errors():
        files = materialize.list_raw(warehouse.db, warehouse.settings)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(files),
            **_took(started),
            **fetched,
            "bytes": sum(f.path.stat().st_size for f in files),
            "names": dg.MetadataValue.md("\n".join(f"- `{f.path.name}`" for f in files[-20:])),
        }
    )


def _not_fetched(reason: str) -> dict[str, Any]:
    return {"fetched": False, "reason": reason}


def _fetch(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> dict[str, Any]:
    """Fetch; log an event if the feed was fetched, and a warning for each source that was not."""
    from pipelines.ingest import fetch

    found: list[fetch.Fetched | fetch.Failed] = []
    try:
        found.extend(fetch.fetch_all(warehouse.settings))
    except RoofhouseError as error:
        context.log.warning(f"Nothing was fetched: {error}")
        return _not_fetched(str(error))
    failed = [one for one in found if isinstance(one, fetch.Failed)]
    fetched = [one for one in found if isinstance(one, fetch.Fetched)]
    for one in failed:
        context.log.warning(f"{one.source_id} was not fetched: {one.message}")
    for done in fetched:
        context.log.info(done.message)
        if done.source_id == FLAT.id:
            context.log_event(
                dg.AssetMaterialization(
                    upstream_feed.key,
                    metadata={
                        "new": done.is_new,
                        "result": done.message,
                        "snapshot": dg.MetadataValue.path(done.path),
                    },
                )
            )
    metadata: dict[str, Any] = {"fetched": bool(fetched)}
    if fetched:
        metadata["new"] = any(one.is_new for one in fetched)
        metadata["result"] = "\n".join(one.message for one in fetched)
    if failed:
        metadata["reason"] = "\n".join(one.message for one in failed)
    return metadata


@dg.asset(
    deps=[raw_snapshots],
    group_name="staging",
    kinds={"parquet", "duckdb"},
    tags=ui_metadata.published_as("no"),
    description=(
        "Each snapshot split, typed and screened, cached as Parquet by its content; "
        "SQL reads it as the schema `staging`. One row per snapshot."
    ),
    metadata=ui_metadata.columns_of("snapshot", "staging.snapshot"),
)
def staged_snapshots(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Stage the snapshots that are not staged yet, and point the staging views at all of them."""
    started = time.perf_counter()
    with warehouse.user_errors():
        found = materialize.stage_all(warehouse.db, warehouse.settings, warehouse.accept)
    newest = found.row(-1, named=True)
    current = found.filter(found["is_newest"])
    # Here, not after publication: a run that a check stops has read a snapshot, too.
    context.instance.add_run_tags(context.run.run_id, restage.snapshot_tag(newest))
    restage.record(context, found)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": found.height,
            **_took(started),
            "upstream_snapshot": ui_metadata.newest_snapshot(warehouse.db),
            "cases": int(current["case_count"].sum()),
            "rejects": int(current["reject_count"].sum()),
        }
    )


def _table_asset(table: Table) -> dg.AssetsDefinition:
    @dg.asset(
        name=table.name,
        deps=[dg.AssetKey([one]) for one in table.reads],
        group_name=ui_metadata.group(table),
        kinds=ui_metadata.kinds(table),
        tags=ui_metadata.tags(table),
        description=describe(table.contract),
        metadata=ui_metadata.definition(table),
        code_version=table.fingerprint,
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        started = time.perf_counter()
        with warehouse.user_errors():
            made = materialize.materialize(warehouse.db, warehouse.settings, table)
        if made.is_rebuilt:
            renderer.prepare()  # a report is likely to follow
        took = _took(started)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": made.rows,
                "is_rebuilt": made.is_rebuilt,
                **took,
                **ui_metadata.materialization(warehouse.db, warehouse.settings, table),
            }
        )

    return build


def _publish_asset() -> dg.AssetsDefinition:
    @dg.asset(
        name="published_warehouse",
        deps=[dg.AssetKey([name]) for name in (STAGING, *registry.tables())],
        group_name="publish",
        kinds={"duckdb", "parquet", "json", "html"},
        tags=ui_metadata.published_as("duckdb_and_parquet"),
        description=(
            "The files for readers: data/warehouse.duckdb and, in data/marts, *.parquet, "
            "report.html, datapackage.json, croissant.json and manifest.json, swapped in as a "
            "whole. All tables are of one build, which quality.build names."
        ),
        metadata=ui_metadata.columns_of("build"),
        freshness_policy=FRESHNESS,
    )
    def build(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> dg.MaterializeResult[None]:
        started = time.perf_counter()
        with warehouse.user_errors():
            manifest = publish.publish(warehouse.db, warehouse.settings)
        took = _took(started)
        build_id = manifest["build_id"]
        warehouse.published(build_id)
        context.instance.add_run_tags(context.run.run_id, {"roofhouse/build_id": build_id})
        files = [entry | {"sha256": entry["sha256"][:12]} for entry in manifest["files"]]
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": 1,
                **took,
                "build_id": build_id,
                "upstream_snapshot": ui_metadata.newest_snapshot(warehouse.db),
                "report": dg.MetadataValue.path(warehouse.settings.marts / "report.html"),
                "cases": manifest["counts"]["cases"],
                "rejects": manifest["counts"]["rejects"],
                "files": ui_metadata.table(files),
            }
        )

    return build


def assets() -> list[dg.AssetsDefinition]:
    """The assets of a build, upstream first: from data/raw to the published set."""
    found = [raw_snapshots, staged_snapshots]
    found += [_table_asset(table) for table in registry.tables().values()]
    return [*found, _publish_asset()]
