"""docs/sources.md shows what its commands print."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from pipelines.ingest import readers
from pipelines.ingest.sources import Source
from pipelines.settings import ROOT
from tests import sources_page
from tests.command import roofhouse

ENTRIES = sources_page.entries()
#: A file of each format that the command of its entry could have written.
FILES = {
    "aiperf": "two_endpoints.json",
    "argonne-csv": "results.csv",
    "guidellm": "of_0_5.json",
    "inference-perf": "stage_0_lifecycle_metrics.json",
    "inferencex": "api.json",
    "llama-bench": "rows.json",
    "llmd-report": "of_0_1.yaml",
    "mlenergy": "model.json",
    "mlperf-summary": "v60.json",
    "sglang-bench": "of_2024.jsonl",
    "trtllm-bench": "streaming.json",
    "vllm-bench": "limit.json",
}
#: Records of these that no sidecar makes a case: layers on the CPU, several kinds of card.
UNUSABLE = {"llama-bench": ["n_gpu_layers"], "mlperf-summary": ["Accelerator"]}


def test_the_commands_print_what_is_shown(tmp_path: Path) -> None:
    if sources_page.rewritten(sources_page.outputs(tmp_path)) != sources_page.PAGE.read_text():
        pytest.fail("run `python -m tests.documents`: the commands print something else now")


def test_every_source_yml_that_is_shown_is_one() -> None:
    shown = [text for text in sources_page.blocks("yaml") if "SOURCE.yml" in text]
    assert len(shown) == 2
    for text in shown:
        Source(id="source", **yaml.safe_load(text))


def test_the_table_has_every_key() -> None:
    text = sources_page.PAGE.read_text(encoding="utf-8")
    for key in Source.model_fields:
        assert f"`{key}`" in text, key


def test_every_format_has_an_entry_with_its_command() -> None:
    missing = readers.formats().keys() - ENTRIES.keys()
    assert not missing, f"docs/sources.md lacks an entry `### {missing}`"
    assert ENTRIES.keys() == FILES.keys()
    assert all(entry.get("sh") for entry in ENTRIES.values())


@pytest.mark.parametrize("format", FILES)
def test_a_file_of_the_format_is_judged_with_the_sidecar_that_is_shown(
    format: str, tmp_path: Path
) -> None:
    file = ROOT / "tests" / "ingest" / "readers" / format.replace("-", "_") / FILES[format]
    shutil.copy(file, tmp_path)
    if said := ENTRIES[format].get("yaml"):
        (tmp_path / f"{file.stem}.sidecar.yml").write_text(said)
    done = roofhouse(tmp_path / "data", "check", file.name, "--format", "json")
    unusable = UNUSABLE.get(format, [])
    assert done.returncode in ((2,) if unusable else (0, 1)), done.stderr
    found = json.loads(done.stdout)
    assert found["cases"]
    assert [reject["path"] for reject in found["rejects"]] == unusable
