"""Every canonical name of a run, from an item to its column of fact_case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import columns, contracts
from pipelines.ingest import readers
from pipelines.settings import ROOT
from tests import feeds
from tests.conftest import warehouse_of
from tests.folders import SIDECAR
from tests.ingest.readers.reading import COLUMNS, PATHS, canonical, catalog, sidecar

A100 = "case-llama33-a100x8-vllm-001"

#: A value for each canonical name that the shipped case does not give by its entities.
VALUES: dict[str, Any] = {
    "decode_tok_s": 1234.5,
    "prefill_tok_s": 2345.5,
    "throughput_scope": "wall",
    "ttft_mean_ms": 101.5,
    "ttft_p50_ms": 100.5,
    "ttft_p99_ms": 200.5,
    "tbt_mean_ms": 21.5,
    "tbt_p50_ms": 20.5,
    "tbt_p99_ms": 40.5,
    "tbt_definition": "derived from medians",
    "tbt_reported_ms": 7.5,
    "itl_p50_ms": 61.5,
    "itl_p99_ms": 62.5,
    "e2e_mean_ms": 3001.5,
    "e2e_p50_ms": 3000.5,
    "e2e_p99_ms": 4000.5,
    "prefill_seq_len": 1010.25,
    "decode_seq_len": 125.75,
    "stated_prefill_seq_len": 1024.0,
    "stated_decode_seq_len": 128.0,
    "lengths_are_nominal": False,
    "dataset": "sharegpt",
    "requests_completed": 995,
    "requests_failed": 5,
    "duration_s": 99.5,
    "request_rate_rps": 10.5,
    "max_concurrent_requests": 64,
    "batch_size": 48,
    "concurrency_mean": 47.5,
    "concurrency_peak": 70.0,
    "card_count": 12,
    "prefill_cards": 4,
    "decode_cards": 8,
    "is_disaggregated": True,
    "replicas": 2,
    "kv_cache_bits": 8.0,
    "speculation": True,
    "speculative_method": "eagle3",
    "acceptance_length": 2.5,
    "prefix_caching": True,
    "prefix_cache_hit_rate": 0.25,
    "power_per_card_w": 350.5,
    "system_power_w": 9000.5,
    "power_scope": "card",
    "energy_j": 450_000.5,
    "run_at": "2026-10-01T12:00:00",
    "run_at_zone": "UTC",
    "source_format": "vllm-bench",
    "tool_version": "0.25",
    "source_file": "runs/a.json",
    "record_index": 3,
    "hardware_as_reported": "NVIDIA A100",
    "model_as_reported": "meta-llama/Llama-3.3-70B",
    "quantization_as_reported": "fp16",
    "division": "closed",
    "availability": "available",
    "topology": "2 nodes × 6 cards",
    "engine_version": "0.11.0",
    "tp": 4,
    "pp": 2,
    "dp": 3,
    "ep": 8,
    "attention_dp": True,
}
#: Names that the entities of the shipped case give.
_OF_THE_CASE = {"hardware", "model", "engine", "quantization"}
#: The unit of a name by its ending; others have none or count things.
UNITS = {"_ms": "ms", "_tok_s": "tok/s", "_s": "s", "_rps": "1/s", "_j": "J", "_bits": "bits"}
FACTS = {one.name: one for one in columns(contracts()["fact_case"])}


def test_every_canonical_name_has_a_value_here() -> None:
    assert VALUES.keys() | _OF_THE_CASE == PATHS.keys()


@pytest.mark.parametrize("name", PATHS)
def test_a_canonical_name_is_a_column_that_reads_its_path(name: str) -> None:
    column = FACTS[COLUMNS.get(name, name)]
    assert column.source == PATHS[name]
    unit = next((unit for end, unit in UNITS.items() if name.endswith(end)), None)
    if unit:
        assert column.unit == unit
    if name.endswith("_w"):
        assert column.unit == ("W per card" if "per_card" in name else "W")


def test_every_value_of_an_item_is_found_in_its_case(tmp_path: Path) -> None:
    item = feeds.case(A100)
    for name, value in VALUES.items():
        *parents, last = PATHS[name].split(".")
        place = item
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    with warehouse_of(tmp_path, feeds.feed(item), only=["fact_case"]) as db:
        (row,) = db.frame("from main.fact_case").to_dicts()
        assert db.rows("select count(*) from staging.reject") == [(0,)]
    assert {name: row[COLUMNS.get(name, name)] for name in VALUES} == VALUES


def test_a_readers_cases_arrive_as_it_read_them(tmp_path: Path) -> None:
    """Of every fixture of every reader, all values that its reader yields are in fact_case."""
    raw = tmp_path / "raw" / "lab"
    raw.mkdir(parents=True)
    (raw / "SOURCE.yml").write_text("mode: append\nmax_reject_share: 1\n")
    stack = f"{SIDECAR}model: Qwen/Qwen3-32B\ncontributor: {{name: A Person}}\n"
    folder = ROOT / "tests" / "ingest" / "readers"
    fixtures = [
        path
        for path in sorted(folder.glob("*/*"))
        if path.suffix in (".json", ".jsonl", ".csv", ".yaml")
    ]
    for path in fixtures:
        own = raw / path.parent.name / path.name
        own.parent.mkdir(exist_ok=True)
        own.write_bytes(path.read_bytes())
        (own.parent / f"{path.stem}.sidecar.yml").write_text(stack)
    read = _read_all(raw, stack)
    with warehouse_of(tmp_path, only=["fact_case"]) as db:
        facts = {
            (row["source_file"], row["record_index"]): row
            for row in db.frame("from main.fact_case").to_dicts()
        }
    assert {file.split("/")[0] for file, _ in facts} == {path.parent.name for path in fixtures}
    seen: set[str] = set()
    for place, item in read.items():
        found = canonical(item)
        seen |= found.keys()
        assert {name: facts[place][COLUMNS.get(name, name)] for name in found} == found, place
    assert facts.keys() == read.keys()
    assert seen >= {"decode_tok_s", "ttft_p50_ms", "tbt_mean_ms", "power_per_card_w", "division"}


def _read_all(raw: Path, said: str) -> dict[tuple[str, int], dict[str, Any]]:
    found: dict[tuple[str, int], dict[str, Any]] = {}
    runs: set[tuple[str | None, str]] = set()
    for path in sorted(one for one in raw.glob("*/*") if ".sidecar" not in one.name):
        name = path.relative_to(raw).as_posix()
        reading = readers.read(
            path.read_bytes(), name=name, sidecar=sidecar(said), catalog=catalog()
        )
        for case in reading.cases:
            # The same record in two files is one run; the first file counts.
            if (case.run_id, case.record_sha256) not in runs:
                runs.add((case.run_id, case.record_sha256))
                found[name, case.index] = case.item
    return found
