"""One publication: write the set, describe it, swap it in."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import polars as pl

from pipelines import graph
from pipelines.contracts import contracts
from pipelines.ingest.snapshot import sha256_of
from pipelines.publish import database, manifest, parquet, swap
from pipelines.schema import full_name
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse


def publish(warehouse: Warehouse, settings: Settings) -> dict[str, Any]:
    """Publish what stands in the build database; returns the manifest.

    Raises RoofhouseError where a table is missing or of another build.
    """
    build_id = graph.build_id(warehouse, settings)
    _write_build(warehouse, build_id)
    folder = swap.fresh(settings)
    database.write(warehouse, folder / "warehouse.duckdb")
    for name in database.marts():
        parquet.write(warehouse, name, folder / "marts" / f"{name}.parquet", build_id)
    description = _describe(warehouse, build_id)
    for file in (*sorted((folder / "marts").iterdir()), folder / "warehouse.duckdb"):
        rows = None
        if file.suffix == ".parquet":
            table = full_name(contracts()[file.stem])
            rows = warehouse.rows(f"select count(*) from {table}")[0][0]
        description["files"].append(
            {
                "file": file.name,
                "bytes": file.stat().st_size,
                "rows": rows,
                "sha256": sha256_of(file),
            }
        )
    (folder / manifest.NAME).write_text(
        json.dumps(description, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    swap.commit(settings, folder)
    return description


def _write_build(warehouse: Warehouse, build_id: str) -> None:
    snapshots, newest = warehouse.rows("select count(*), max(generated_at) from quality.snapshot")[
        0
    ]
    cases = warehouse.rows("select count(*) from main.fact_case where not is_retired")[0][0]
    frame = pl.DataFrame(
        {
            "build_id": [build_id],
            "newest_snapshot_at": [newest],
            "snapshot_count": [snapshots],
            "case_count": [cases],
            "roofhouse_version": [version("roofhouse")],
            "duckdb_version": [version("duckdb")],
        }
    )
    warehouse.create_from_frame(contracts()["build"], frame)


def _describe(warehouse: Warehouse, build_id: str) -> dict[str, Any]:
    return {
        "build_id": build_id,
        "license": parquet.LICENSE,
        "attribution": parquet.ATTRIBUTION,
        "versions": {name: version(name) for name in ("roofhouse", "duckdb", "polars")},
        "snapshots": [
            {"file": name, "sha256": sha, "generated_at": f"{at.isoformat()}Z", "cases": cases}
            for name, sha, at, cases in warehouse.rows(
                "select file_name, file_sha256, generated_at, case_count "
                "from quality.snapshot order by snapshot_order"
            )
        ],
        "counts": {
            "cases": warehouse.rows("select case_count from quality.build")[0][0],
            "rejects": warehouse.rows("select count(*) from quality.reject")[0][0],
            "findings": dict(
                warehouse.rows(
                    "select severity, count(*) from quality.finding group by 1 order by 1"
                )
            ),
        },
        "files": [],
    }
