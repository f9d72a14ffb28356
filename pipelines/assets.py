"""The assets: raw files, staging, one per SQL file, findings, the published set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from pipelines import configure, graph, rules, schema, sql
from pipelines.contracts import contracts, describe
from pipelines.ingest import load, snapshot, stage
from pipelines.publish import publish
from pipelines.resource import WarehouseResource, user_errors
from pipelines.warehouse import Warehouse

OWNERS = ["team:roofhouse"]

#: Groups of the graph, in the order of the flow.
GROUPS = {
    "raw": "raw",
    "staging": "staging",
    "star": "star",
    "metrics": "metrics",
    "quality": "quality",
    "marts": "marts",
    "publish": "publish",
}


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey([name])


@dg.asset(
    group_name="raw",
    kinds={"json", "file"},
    owners=OWNERS,
    description="The snapshot files in data/raw, as received: which there are and their bytes.",
)
def raw_snapshots(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
    """List the raw files and hash them."""
    with user_errors():
        files = snapshot.find(warehouse.settings.raw)
        warehouse.db.replace_frame(
            "staging.raw_file",
            pl.DataFrame(
                {"path": [str(f.path) for f in files], "sha256": [f.sha256 for f in files]}
            ),
        )
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
        db = warehouse.db
        db.need("staging.raw_file", "raw_snapshots")
        staged = []
        for path, sha256 in db.rows("select path, sha256 from staging.raw_file order by path"):
            file = snapshot.RawFile(Path(path), sha256)
            staged.append(load.Staged(file, stage.stage(file, warehouse.settings)))
        found = load.load(db, staged)
        state = graph.root_states(db, warehouse.settings)[graph.STAGING]
        graph.record(db, graph.STAGING, state)
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


def _table_metadata(name: str) -> dict[str, Any]:
    contract = contracts()[name]
    return {
        "dagster/table_name": schema.full_name(contract),
        "dagster/column_schema": schema.column_schema(contract),
    }


def _made(db: Warehouse, name: str, rows: int, state: str) -> dg.MaterializeResult[None]:
    graph.record(db, name, state)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


def _configuration_asset(name: str) -> dg.AssetsDefinition:
    @dg.asset(
        name=name,
        group_name="raw",
        kinds={"yaml", "duckdb"},
        owners=OWNERS,
        description=describe(contracts()[name]),
        metadata=_table_metadata(name),
        code_version=graph.code_version(name),
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        with user_errors():
            frame = configure.frames(warehouse.settings)[name]
            rows = warehouse.db.create_from_frame(contracts()[name], frame)
            state = graph.configuration_state(name, warehouse.settings)
            return _made(warehouse.db, name, rows, state)

    return build


def _sql_asset(model: sql.Model, upstream: Sequence[str]) -> dg.AssetsDefinition:
    contract = contracts()[model.name]

    @dg.asset(
        name=model.name,
        deps=[_key(name) for name in upstream],
        group_name=model.group,
        kinds={"sql", "duckdb"},
        owners=OWNERS,
        description=f"{describe(contract)}\n\n```sql\n{model.text}```",
        metadata=_table_metadata(model.name),
        code_version=graph.code_version(model.name),
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        with user_errors():
            state = graph.state(warehouse.db, model.name)
            rows = warehouse.db.create(contract, model.text)
            return _made(warehouse.db, model.name, rows, state)

    return build


def _finding_asset(upstream: Sequence[str]) -> dg.AssetsDefinition:
    @dg.asset(
        name="finding",
        deps=[_key(name) for name in upstream],
        group_name="quality",
        kinds={"sql", "yaml", "duckdb"},
        owners=OWNERS,
        description=f"{describe(contracts()['finding'])} The rules: sql/quality/rules.yml.",
        metadata=_table_metadata("finding"),
        code_version=graph.code_version("finding"),
    )
    def build(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
        with user_errors():
            db = warehouse.db
            for name in upstream:
                db.need(schema.full_name(contracts()[name]), name)
            state = graph.state(db, "finding")
            select = rules.select(rules.load(), lambda text: db.execute(f"explain {text}"))
            return _made(db, "finding", db.create(contracts()["finding"], select), state)

    return build


def _publish_asset() -> dg.AssetsDefinition:
    @dg.asset(
        name="published_warehouse",
        deps=[_key(graph.STAGING), *(_key(name) for name in graph.tables())],
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
    for name, upstream in graph.tables().items():
        if name in configure.TABLES:
            found.append(_configuration_asset(name))
        elif name == "finding":
            found.append(_finding_asset(upstream))
        else:
            found.append(_sql_asset(sql.models()[name], upstream))
    found.append(_publish_asset())
    return found


