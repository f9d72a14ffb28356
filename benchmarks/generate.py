"""A larger feed: the shipped one scaled to any number of cases, the same bytes for the same call.

    python benchmarks/generate.py 100000 cases-2026-05-01T000000Z.ndjson
    python benchmarks/generate.py 100000 cases.json

Every case has an id of its own and results that differ as those of runs do. Each kind of
hardware comes in eight bins (bandwidth, peaks and power by up to 20 %), each model in six
sizes, so that the dimensions grow as those of a real feed would and then stay; a case in
fifty overstates its throughput eightfold.
"""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
BINS, SIZES = 8, 6
GENERATED = "2026-05-01T00:00:00.000Z"


def cases(count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield a number of cases as JSON, one at a time."""
    (raw,) = (ROOT / "data" / "raw" / "evokernel").glob("cases-*.json")
    shipped = msgspec.json.decode(raw.read_bytes())["items"]
    templates = [_of_bin(item, bin_) for item in shipped for bin_ in range(BINS)]
    chance = random.Random(seed)
    for number in range(count):
        case = templates[number % len(templates)]
        _of_size(case, number // len(templates) % SIZES)
        yield msgspec.json.encode(_run(case, number, chance))


def _of_bin(item: dict[str, Any], bin_: int) -> dict[str, Any]:
    """The case on another bin of its hardware."""
    case = copy.deepcopy(item)
    hardware = case["resolved"]["hardware"]
    factor = 1 + 0.2 * bin_ / (BINS - 1)
    for values in (hardware["memory"], hardware["compute"], hardware["power"]):
        for name, value in values.items():
            if isinstance(value, dict) and isinstance(value.get("value"), (int, float)):
                values[name] = value | {"value": round(value["value"] * factor, 3)}
    if bin_:
        hardware["id"] += f"-bin{bin_}"
        hardware["name"] += f" bin {bin_}"
        case["stack"]["hardware"]["id"] = hardware["id"]
    case["_results"] = copy.deepcopy(case["results"])
    case["_model"] = copy.deepcopy(case["resolved"]["model"])
    return case


def _of_size(case: dict[str, Any], size: int) -> None:
    """The case with another size of its model."""
    model = copy.copy(case["_model"])
    architecture = dict(model["architecture"])
    for name in ("total_params_b", "active_params_b"):
        architecture[name] = round(architecture[name] * (1 - 0.1 * size), 3)
    model["architecture"] = architecture
    if size:
        model["id"] += f"-size{size}"
        model["name"] += f" size {size}"
    case["resolved"]["model"] = model
    case["stack"]["model"] = case["stack"]["model"] | {"id": model["id"]}


def _run(case: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    """One more run of the case: another id, other results."""
    speed = chance.lognormvariate(0, 0.25)
    told = speed * (8 if number % 50 == 7 else 1)
    given = case["_results"]
    batch = 2 ** chance.randrange(0, 8)
    found = {name: value for name, value in case.items() if not name.startswith("_")}
    found["id"] = f"{case['id']}-run{number}"
    found["title"] = f"{case['title']}, run {number}"
    found["scenario"] = case["scenario"] | {
        "batch_size": batch,
        "max_concurrent_requests": batch * 2,
    }
    found["results"] = given | {
        "throughput_tokens_per_sec": {
            name: value and round(value * told, 2)
            for name, value in given["throughput_tokens_per_sec"].items()
        },
        "latency_ms": {
            name: value and round(value / speed, 3) for name, value in given["latency_ms"].items()
        },
        "power_per_card_w": given["power_per_card_w"] and round(given["power_per_card_w"] * speed),
    }
    return found


def write(count: int, path: Path, seed: int = 0) -> None:
    """Write a feed: one case a line for .ndjson, else the feed object."""
    lines = path.suffix == ".ndjson"
    with path.open("wb", buffering=1 << 20) as file:
        if not lines:
            head = {"count": count, "license": "CC-BY-SA-4.0", "generated": GENERATED}
            file.write(msgspec.json.encode(head)[:-1] + b',"items":[')
        for number, case in enumerate(cases(count, seed)):
            if number:
                file.write(b"\n" if lines else b",")
            file.write(case)
        file.write(b"\n" if lines else b"]}")


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
