"""The published Parquet files: one per mart, with description, licence and units as metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.contracts import columns, contracts, describe
from pipelines.contracts.render import full_name
from pipelines.metadata import licences
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote


def write(
    warehouse: Warehouse, name: str, path: Path, build_id: str, sources: Sequence[dict[str, Any]]
) -> None:
    """Write one mart in the order of its SELECT. The same rows and build give the same bytes.

    `sources` are those of the manifest that are in the build.
    """
    contract = contracts()[name]
    about = {
        "title": name,
        "description": describe(contract),
        "license": licences.expression(sources),
        "attribution": licences.credits_of(sources),
        "sources": json.dumps([licences.told(one) for one in sources], ensure_ascii=False),
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
