"""The published Parquet files: one per mart, with description, licence and units as metadata."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.contracts import columns, contracts, describe
from pipelines.contracts.render import full_name
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

LICENSE = "CC-BY-SA-4.0"
ATTRIBUTION = (
    "Derived from the EvoKernel Spec open data (https://yingwen.io/evokernel-spec/), CC-BY-SA-4.0"
)


def write(warehouse: Warehouse, name: str, path: Path, build_id: str) -> None:
    """Write one mart in the order of its SELECT. The same rows and build give the same bytes."""
    contract = contracts()[name]
    about = {
        "title": name,
        "description": describe(contract),
        "license": LICENSE,
        "attribution": ATTRIBUTION,
        "build_id": build_id,
        "columns": json.dumps(
            {
                column.name: {
                    "description": column.description,
                    "unit": column.unit,
                    "null": column.null,
                }
                for column in columns(contract)
            },
            ensure_ascii=False,
        ),
    }
    pairs = ", ".join(f"{key}: {quote(value)}" for key, value in about.items())
    warehouse.execute(
        f"copy (from {full_name(contract)}) to {quote(path)} "
        f"(format parquet, compression zstd, kv_metadata {{{pairs}}})"
    )
