"""A published data folder with its report, for what reads one."""

from __future__ import annotations

import copy
from pathlib import Path

from pipelines import report, settings
from pipelines.publish import manifest, publish
from tests import feeds
from tests.conftest import warehouse_of

BANDWIDTH = "resolved.hardware.memory.bandwidth_gbps.value"
A100 = "case-llama33-a100x8-vllm-001"


def respecified() -> feeds.Feed:
    """A snapshot after the shipped one, in which the A100 has half its bandwidth."""
    content = copy.deepcopy(feeds.shipped())
    content["generated"] = "2026-05-01T12:00:00.000Z"
    for item in content["items"]:
        if item["id"] == A100:
            feeds.put(item, BANDWIDTH, 2039 / 2)
    return content


def publish_report(data: Path, *contents: feeds.Feed) -> Path:
    """Publish these feeds; returns the report among the marts."""
    with warehouse_of(data, *contents) as db:
        publish.publish(db, settings.load(data))
    return write_report(data, data / "marts" / report.NAME)


def write_report(data: Path, path: Path) -> Path:
    """Write the report of a published folder to `path`."""
    found = settings.load(data)
    path.write_bytes(report.render(found.marts, manifest.read(found)))
    return path
