"""The published marts as a dataset for the Hugging Face Hub: a card, Parquet files, Croissant.

Each mart with rows is a configuration of the dataset, because `datasets` cannot load an empty one.
The Parquet files are byte-for-byte copies, so manifest.json has their hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pipelines.contracts import describe
from pipelines.errors import RoofhouseError
from pipelines.export import place
from pipelines.metadata import croissant, datapackage, licences
from pipelines.publish import atomic, manifest
from pipelines.settings import Settings

CARD, DATA = "README.md", "data"
_NAMES = frozenset({CARD, DATA, croissant.NAME})
#: The mart that is loaded if no configuration is named.
_DEFAULT = "mart_case_metrics"
#: Licences that the Hub lists; it writes their SPDX ids in lower case.
_LISTED = frozenset(
    {"apache-2.0", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "mit"}
)
#: The Hub's size categories, each with the number of rows at which the next one begins.
_SIZES = {"n<1K": 1e3, "1K<n<10K": 1e4, "10K<n<100K": 1e5, "100K<n<1M": 1e6, "1M<n<10M": 1e7}


def write(settings: Settings, path: Path) -> int:
    """Write the dataset to a folder, and return the number of its tables.

    Raises RoofhouseError if nothing is published, if another publication comes in between, or if
    the folder holds anything but an earlier dataset.
    """
    atomic.wait(settings)
    found = manifest.read(settings)
    is_earlier = _is_dataset(path)
    with place.new_folder(path, lambda name: is_earlier and name in _NAMES) as folder:
        (folder / DATA).mkdir()
        marts = list(datapackage.marts(found))
        for entry, _ in marts:
            content = manifest.place(settings, entry["file"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                raise RoofhouseError(
                    f"{manifest.place(settings, entry['file'])}: is not part of the build of the "
                    "manifest; another publication came in between, or `roofhouse status` says more"
                )
            place.write(folder / DATA / entry["file"], content)
        about = croissant.describe(found)
        for file in about["distribution"]:
            file["contentUrl"] = f"{DATA}/{file['contentUrl']}"
        text = json.dumps(about, ensure_ascii=False, indent=1)
        place.write(folder / croissant.NAME, f"{text}\n".encode())
        place.write(folder / CARD, _card(found).encode())
    return len(marts)


def _is_dataset(path: Path) -> bool:
    """Return True for an earlier export; README.md and `data` alone do not prove that."""
    try:
        about = json.loads((path / croissant.NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and about.get("name") == "roofhouse"


def _card(found: dict[str, Any]) -> str:
    """Return the card: metadata for the Hub and `datasets`, then text for people."""
    marts = [
        (Path(entry["file"]).stem, entry["rows"], mart) for entry, mart in datapackage.marts(found)
    ]
    sources = licences.in_build(found)
    head = {
        "pretty_name": datapackage.TITLE,
        **_license(sources),
        "tags": [re.sub(r"\W+", "-", one.lower()) for one in datapackage.KEYWORDS],
        "size_categories": [_size(sum(rows for _, rows, _ in marts))],
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": "train", "path": f"{DATA}/{name}.parquet"}],
                **({"default": True} if name == _DEFAULT else {}),
            }
            for name, rows, _ in marts
            if rows
        ],
    }
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    listed = "\n".join(f"| `{name}` | {rows:,} | {describe(mart)} |" for name, rows, mart in marts)
    credited = "\n".join(f"- {_credit(one)}" for one in sources)
    return f"""---
{front}---

# {datapackage.TITLE}

{datapackage.DESCRIPTION}

A case is a claim, not a fact. `plausibility` is the verdict on its numbers, `effective_tier` the
verdict on its evidence. A suffix is a unit: `_gb_s` is gigabytes per second. `croissant.json`
describes every column. A table without rows has no configuration.

| table | rows | what it holds |
|---|---|---|
{listed}

Build `{found["build_id"]}`.

## Licence

{licences.expression(sources)}

{credited}
"""


def _credit(source: licences.Source) -> str:
    """Return how to credit and cite a source, always in one line."""
    cited = f" Cite as: {source['citation']}" if source["citation"] else ""
    return " ".join(f"{licences.credit(source)}{cited}".split())


def _license(sources: Sequence[licences.Source]) -> dict[str, str]:
    """Return the licence as the Hub writes it; the card has the details of an unlisted one."""
    expression = licences.expression(sources).lower()
    if expression in _LISTED:
        return {"license": expression}
    return {"license": "other", "license_name": "of-the-sources", "license_link": CARD}


def _size(rows: int) -> str:
    return next((name for name, end in _SIZES.items() if rows < end), "10M<n<100M")
