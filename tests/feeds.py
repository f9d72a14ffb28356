"""Feeds for tests: the shipped one, and changed copies of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from pipelines.settings import ROOT

SHIPPED = ROOT / "data" / "raw" / "evokernel" / "cases-2026-04-29T103747Z.json"

Feed = dict[str, Any]


def shipped() -> Feed:
    """A fresh copy of the shipped feed."""
    loaded: Feed = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return loaded


def feed(*items: Feed, generated: str = "2026-04-29T10:37:47.493Z") -> Feed:
    """A feed of these items."""
    return {
        "count": len(items),
        "license": "CC-BY-SA-4.0",
        "generated": generated,
        "items": list(items),
    }


def case(case_id: str = "case-llama33-a100x8-vllm-001") -> Feed:
    """A fresh copy of one case of the shipped feed."""
    return next(copy.deepcopy(item) for item in shipped()["items"] if item["id"] == case_id)


def put(document: Feed, path: str, value: Any) -> Feed:
    """Set `a.b.c` in a document, which is changed and returned."""
    *parents, last = path.split(".")
    place = document
    for parent in parents:
        place = place[parent]
    place[last] = value
    return document


def write(data: Path, content: Feed, name: str = "cases-2026-04-29T103747Z.json") -> Path:
    """Write a feed into the raw folder of a data folder."""
    path = data / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
    return path
