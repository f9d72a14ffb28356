"""Staging by source: one source can be staged again by itself, from the UI or as a backfill.

A job with a partitioned asset is itself partitioned, and would need the sources as input each time.
The jobs that build therefore stage all sources in one step, `staged_snapshots`, and record here
what they staged of each source. Only `restage_sources` runs this asset.
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import dagster as dg
import polars as pl

from pipelines.ingest.sources import Folder
from pipelines.orchestration import ui_metadata
from pipelines.orchestration.resource import WarehouseResource
from pipelines.transform import materialize
from pipelines.transform.table import STAGING

PARTITIONS = "source"
KEY = dg.AssetKey(["staged_source"])

_partitions = dg.DynamicPartitionsDefinition(name=PARTITIONS)


def stale_partitions(
    instance: dg.DagsterInstance, folders: Iterable[Folder]
) -> list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    """Return the requests after which the partitions are those sources."""
    here = {folder.source.id for folder in folders}
    known = set(instance.get_dynamic_partitions(PARTITIONS))
    found: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if new := sorted(here - known):
        found.append(_partitions.build_add_request(new))
    if gone := sorted(known - here):
        found.append(_partitions.build_delete_request(gone))
    return found


def record(context: dg.AssetExecutionContext, files: pl.DataFrame) -> None:
    """Record what was staged: an event of `staged_source` for each source.

    `files` has one row per staged file. A source that is left out has no event.
    """
    ids = files["source_id"].unique().sort().to_list()
    context.instance.add_dynamic_partitions(PARTITIONS, ids)
    for source_id in ids:
        context.log_event(
            dg.AssetMaterialization(KEY, partition=source_id, metadata=_of(source_id, files))
        )


def _of(source_id: str, files: pl.DataFrame) -> dict[str, Any]:
    own = files.filter(pl.col("source_id") == source_id)
    return {
        "dagster/row_count": own.height,
        "cases": int(own["case_count"].sum()),
        "rejects": int(own["reject_count"].sum()),
    }


def snapshot_tag(newest: dict[str, Any]) -> dict[str, str]:
    """Return the tag of a run that names the newest staged file; no tag if that has no time."""
    at = newest["generated_at"]
    return {"roofhouse/snapshot": f"{at:%Y-%m-%dT%H:%M:%SZ}"} if at else {}


def _restage(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Stage the sources of the run's partitions again; without partitions, only stage new files."""
    if not (context.has_partition_key or context.has_partition_key_range):
        with warehouse.user_errors():
            record(context, materialize.stage_all(warehouse.db, warehouse.settings))
        return dg.MaterializeResult()
    ids: Sequence[str] = context.partition_keys
    with warehouse.user_errors():
        files = materialize.restage(warehouse.db, warehouse.settings, ids, warehouse.accept)
    context.instance.add_run_tags(context.run.run_id, snapshot_tag(files.row(-1, named=True)))
    for source_id in ids:
        context.add_asset_metadata(_of(source_id, files), partition_key=source_id)
    # The views have the new rows now. The UI shows the tables that read them as out of date.
    context.log_event(
        dg.AssetMaterialization(
            dg.AssetKey([STAGING]),
            metadata={"dagster/row_count": files.height, "restaged": ", ".join(sorted(ids))},
        )
    )
    return dg.MaterializeResult()


with warnings.catch_warnings():
    # Dagster may change how it splits a backfill into runs; this works with any number of runs.
    warnings.simplefilter("ignore", dg.BetaWarning)
    staged_source = dg.asset(
        key=KEY,
        partitions_def=_partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[dg.AssetKey(["raw_snapshots"])],
        group_name="staging",
        kinds={"parquet", "duckdb"},
        tags=ui_metadata.published_as("no"),
        description=(
            "The staged files, with a partition per source. Every build records here what it "
            "staged. Materialize a partition, or backfill several, to stage only these sources "
            "again, without the cache. The views of staging change at once; build_warehouse "
            "rebuilds the tables that read them."
        ),
    )(_restage)

restage_sources = dg.define_asset_job(
    "restage_sources",
    selection=dg.AssetSelection.assets(KEY),
    description="Stages one or more sources again, from data/raw instead of the cache.",
    executor_def=dg.in_process_executor,
)
