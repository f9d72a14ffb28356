"""Dagster's definitions: assets, checks, automation and the resource, put together here alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines import settings as settings_
from pipelines.orchestration import alerts, automation, freshness, resource, restage
from pipelines.orchestration.assets import assets, upstream_feed
from pipelines.orchestration.checks import checks
from pipelines.settings import Settings


def build_defs(
    resources: Mapping[str, Any] | None = None, settings: Settings | None = None
) -> dg.Definitions:
    """Return the definitions; `resources` replaces the default ones in tests.

    Raises RoofhouseError if none are given and the settings of this process are wrong.
    """
    owner = (settings or settings_.load()).owner
    made: list[dg.AssetsDefinition | dg.AssetSpec]
    made = [upstream_feed, restage.staged_source, *assets()]
    return dg.Definitions(
        assets=[
            *dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=[owner]), made),
        ],
        asset_checks=[*checks(), freshness.every_source_is_fresh],
        jobs=[automation.build_warehouse, automation.fetch_and_build, restage.restage_sources],
        schedules=[automation.daily],
        sensors=[
            automation.raw_files,
            automation.old_runs,
            freshness.freshness,
            alerts.failed_runs,
            alerts.alerts,
        ],
        executor=dg.in_process_executor,
        resources={"warehouse": resource.WarehouseResource(), **(resources or {})},
    )
