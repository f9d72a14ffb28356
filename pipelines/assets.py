"""The assets: the feed, raw files, staging, one per SQL file, findings, the published set."""

import datetime as dt
import time
from collections.abc import Sequence

import dagster as dg

from pipelines import graph, make, show
from pipelines.contracts import contracts, describe
from pipelines.errors import RoofhouseError
from pipelines.publish import publish
from pipelines.publish.report import apart
from pipelines.resource import WarehouseResource, user_errors

OWNERS = ["team:roofhouse"]

#: Daily fetches: one that is late is a warning, one that was missed a failure.
FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=dt.timedelta(hours=26), fail_window=dt.timedelta(hours=36)
)


def _took(started: float) -> dict[str, float]:
    """The time since `started`, as metadata."""
    return {"build_time_s": round(time.perf_counter() - started, 3)}


upstream_feed = dg.AssetSpec(
    "upstream_feed",
    group_name="raw",
    kinds={"http", "json"},
    tags=show.published_as("no"),
    owners=OWNERS,
    description=(
        "The feed as its producer serves it. An event stands here each time it was fetched, "
        "changed or not: with none for a day its freshness policy warns, and then fails."
    ),
    freshness_policy=FRESHNESS,
)


@dg.asset(
    deps=[upstream_feed],
    group_name="raw",
    kinds={"http", "json"},
    tags=show.published_as("no"),
    owners=OWNERS,
    description=(
        "The pull of the feed into data/raw. Where the feed cannot be fetched it says why, "
        "and the build goes on with the snapshots that are there."
    ),
)
def fetched_feed(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Fetch; a feed out of reach is a warning."""
    from pipelines.ingest import fetch

    try:
        found = fetch.fetch(warehouse.settings)
    except RoofhouseError as error:
        context.log.warning(f"Nothing was fetched: {error}")
        return dg.MaterializeResult(metadata={"fetched": False, "reason": str(error)})
    context.log.info(found.message)
    metadata: dict[str, dg.MetadataValue] = {
        "new": dg.MetadataValue.bool(found.is_new),
        "result": dg.MetadataValue.text(found.message),
    }
    if found.path is not None:
        metadata["snapshot"] = dg.MetadataValue.path(found.path)
    context.log_event(dg.AssetMaterialization(upstream_feed.key, metadata=metadata))
    return dg.MaterializeResult(
        metadata={"fetched": dg.MetadataValue.bool(True), **metadata},
    )


@dg.asset(
    deps=[fetched_feed],
    group_name="raw",
    kinds={"json", "file"},
    tags=show.published_as("no"),
    owners=OWNERS,
    description="The snapshot files in data/raw, as received: which there are and their bytes.",
)
def raw_snapshots(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
    """List the raw files and hash them."""
    started = time.perf_counter()
    with user_errors():
        files = make.list_raw(warehouse.db, warehouse.settings)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(files),
            **_took(started),
            "bytes": sum(f.path.stat().st_size for f in files),
            "names": dg.MetadataValue.md("\n".join(f"- `{f.path.name}`" for f in files[-20:])),
        }
    )


@dg.asset(
    deps=[raw_snapshots],
    group_name="staging",
    kinds={"parquet", "duckdb"},
    tags=show.published_as("no"),
    owners=OWNERS,
    description=(
        "Each snapshot split, typed and screened: Parquet per content, a cache, "
        "seen by SQL as the schema `staging`."
    ),
)
def staged_snapshots(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
    """Stage what is not staged yet and point the staging views at all of it."""
    started = time.perf_counter()
    with user_errors():
        found = make.stage_all(warehouse.db, warehouse.settings)
    newest = found.row(-1, named=True)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": newest["case_count"],
            **_took(started),
            "upstream_snapshot": show.newest_snapshot(warehouse.db),
            "snapshots": found.height,
            "rejects": newest["reject_count"],
        }
    )


def _table_asset(name: str, upstream: Sequence[str]) -> dg.AssetsDefinition:
    contract = contracts()[name]

    @dg.asset(
        name=name,
        deps=[dg.AssetKey([one]) for one in upstream],
        group_name=show.group(name),
        kinds=show.kinds(name),
        tags=show.tags(name),
        owners=OWNERS,
        description=describe(contract),
        metadata=show.definition(name),
        code_version=graph.code_version(name),
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        started = time.perf_counter()
        with user_errors():
            made = make.make(warehouse.db, warehouse.settings, name)
        if made.is_new:
            apart.prepare()  # a report is likely to follow
        took = _took(started)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": made.rows,
                "made_anew": made.is_new,
                **took,
                **show.materialization(warehouse.db, name),
            }
        )

    return build


def _publish_asset() -> dg.AssetsDefinition:
    @dg.asset(
        name="published_warehouse",
        deps=[dg.AssetKey([name]) for name in (graph.STAGING, *graph.tables())],
        group_name="publish",
        kinds={"duckdb", "parquet", "json", "html"},
        tags=show.published_as("duckdb_and_parquet"),
        owners=OWNERS,
        description=(
            "What readers open: data/warehouse.duckdb, data/marts/*.parquet and "
            "manifest.json, swapped in as a whole. Only tables of one build are published."
        ),
    )
    def build(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> dg.MaterializeResult[None]:
        started = time.perf_counter()
        with user_errors():
            manifest = publish.publish(warehouse.db, warehouse.settings)
        took = _took(started)
        newest = manifest["snapshots"][-1]["generated_at"][:19] + "Z"
        context.instance.add_run_tags(
            context.run_id,
            {"roofhouse/build_id": manifest["build_id"], "roofhouse/snapshot": newest},
        )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": manifest["counts"]["cases"],
                **took,
                "build_id": manifest["build_id"],
                "upstream_snapshot": show.newest_snapshot(warehouse.db),
                "report": dg.MetadataValue.path(warehouse.settings.marts / "report.html"),
                "rejects": manifest["counts"]["rejects"],
                "files": show.table(manifest["files"]),
            }
        )

    return build


def assets() -> list[dg.AssetsDefinition]:
    """The assets of a build, upstream first: what is in data/raw to what is published."""
    found = [raw_snapshots, staged_snapshots]
    found += [_table_asset(name, upstream) for name, upstream in graph.tables().items()]
    return [*found, _publish_asset()]
