"""The only place that puts assets, checks, automation and resource together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines.orchestration import alerts, automation, resource
from pipelines.orchestration.assets import assets, upstream_feed
from pipelines.orchestration.checks import checks


def build_defs(resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return the definitions; `resources` replaces the default ones in tests."""
    return dg.Definitions(
        assets=[upstream_feed, *assets()],
        asset_checks=list(checks()),
        jobs=[automation.build_warehouse, automation.fetch_and_build],
        schedules=[automation.daily],
        sensors=[
            automation.raw_files,
            automation.old_runs,
            alerts.failed_runs,
            alerts.alerts,
        ],
        executor=dg.in_process_executor,
        resources={"warehouse": resource.WarehouseResource(), **(resources or {})},
    )


defs = build_defs()
