"""The job; it builds everything, in one process, since one DuckDB file has one writer."""

from __future__ import annotations

import dagster as dg

build_warehouse = dg.define_asset_job(
    "build_warehouse",
    selection=dg.AssetSelection.all(),
    description="From data/raw to the published warehouse and marts.",
    executor_def=dg.in_process_executor,
)
