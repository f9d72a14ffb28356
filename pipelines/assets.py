"""The assets: raw files, staging, one per SQL file, findings, the published set."""

from __future__ import annotations

import json
from collections.abc import Sequence

import dagster as dg

from pipelines import graph, make, schema, sql
from pipelines.contracts import contracts, describe
from pipelines.publish import publish
from pipelines.resource import WarehouseResource, user_errors

OWNERS = ["team:roofhouse"]


@dg.asset(
    group_name="raw",
    kinds={"json", "file"},
    owners=OWNERS,
    description="The snapshot files in data/raw, as received: which there are and their bytes.",
)
def raw_snapshots(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
    """List the raw files and hash them."""
    with user_errors():
        files = make.list_raw(warehouse.db, warehouse.settings)
    return dg.MaterializeResult(
        metadata={
            "files": len(files),
            "bytes": sum(f.path.stat().st_size for f in files),
            "names": dg.MetadataValue.md("\n".join(f"- `{f.path.name}`" for f in files[-20:])),
        }
    )


@dg.asset(
    deps=[raw_snapshots],
    group_name="staging",
    kinds={"parquet", "duckdb"},
    owners=OWNERS,
    description=(
        "Each snapshot split, typed and screened: Parquet per content, a cache, "
        "seen by SQL as the schema `staging`."
    ),
)
def staged_snapshots(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
    """Stage what is not staged yet and point the staging views at all of it."""
    with user_errors():
        found = make.stage_all(warehouse.db, warehouse.settings)
    newest = found.row(-1, named=True)
    return dg.MaterializeResult(
        metadata={
            "snapshots": found.height,
            "newest_snapshot": newest["file_name"],
            "newest_snapshot_at": str(newest["generated_at"]),
            "cases": newest["case_count"],
            "rejects": newest["reject_count"],
        }
    )


def _table_asset(name: str, upstream: Sequence[str]) -> dg.AssetsDefinition:
    contract = contracts()[name]
    model = sql.models().get(name)
    description = describe(contract)
    if model is not None:
        group, kinds = model.group, {"sql", "duckdb"}
        description += f"\n\n```sql\n{model.text}```"
    elif name in ("finding", "rule"):
        group, kinds = "quality", {"yaml", "duckdb"}
        description += " From sql/quality/rules.yml."
    elif name in ("metric_definition", "metric_input"):
        group, kinds = "metrics", {"python", "duckdb"}
        description += " From the contract and the SQL of case_metric."
    else:
        group, kinds = "raw", {"yaml", "duckdb"}

    @dg.asset(
        name=name,
        deps=[dg.AssetKey([one]) for one in upstream],
        group_name=group,
        kinds=kinds,
        owners=OWNERS,
        description=description,
        metadata={
            "dagster/table_name": schema.full_name(contract),
            "dagster/column_schema": schema.column_schema(contract),
        },
        code_version=graph.code_version(name),
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        with user_errors():
            rows = make.make(warehouse.db, warehouse.settings, name)
        return dg.MaterializeResult(metadata={"dagster/row_count": rows})

    return build


def _publish_asset() -> dg.AssetsDefinition:
    @dg.asset(
        name="published_warehouse",
        deps=[dg.AssetKey([name]) for name in (graph.STAGING, *graph.tables())],
        group_name="publish",
        kinds={"duckdb", "parquet", "json"},
        owners=OWNERS,
        description=(
            "What readers open: data/warehouse.duckdb, data/marts/*.parquet and "
            "manifest.json, swapped in as a whole. Only tables of one build are published."
        ),
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        with user_errors():
            manifest = publish.publish(warehouse.db, warehouse.settings)
        return dg.MaterializeResult(
            metadata={
                "build_id": manifest["build_id"],
                "cases": manifest["counts"]["cases"],
                "rejects": manifest["counts"]["rejects"],
                "manifest": dg.MetadataValue.md(
                    f"```json\n{json.dumps(manifest['files'], indent=1)[:900]}\n```"
                ),
            }
        )

    return build


def assets() -> list[dg.AssetsDefinition]:
    """All assets, upstream first."""
    found = [raw_snapshots, staged_snapshots]
    found += [_table_asset(name, upstream) for name, upstream in graph.tables().items()]
    return [*found, _publish_asset()]
