"""From a benchmark tool's own file to its verdict: check, sidecar, catalog find."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pipelines.settings import ROOT
from tests.folders import RUN, SIDECAR


def roofhouse(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import pipelines.cli as cli; cli.command()"]
    return subprocess.run(
        [*command, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True
    )


def written(folder: Path) -> Path:
    path = folder / "run.json"
    path.write_text(json.dumps(RUN))
    return path


def test_a_file_that_leaves_out_the_stack_is_told_what_its_sidecar_must_say(tmp_path: Path) -> None:
    done = roofhouse("check", written(tmp_path))
    assert done.returncode == 2
    for key in ("hardware", "quantization", "cards"):
        assert f"`{key}`" in done.stderr


def test_a_file_without_a_case_has_each_reason_once_and_says_how_to_write_a_sidecar(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps([RUN, {**RUN, "date": "20261002-120000"}, {**RUN, "completed": 0}]))
    lacking = (
        "the file does not say `hardware`, `quantization`, `cards`; say it in the sidecar "
        "(2 records); no request completed"
    )
    hint = f"; `roofhouse sidecar {path}` writes one to fill in"
    assert roofhouse("check", path).stderr == f"roofhouse: {path}: no case: {lacking}{hint}\n"
    (tmp_path / "sidecar.yml").write_text("nodes: 1\n")
    assert roofhouse("check", path).stderr == f"roofhouse: {path}: no case: {lacking}\n"


def test_a_file_that_is_skipped_or_of_no_format_says_so_and_names_itself_once(
    tmp_path: Path,
) -> None:
    summary = tmp_path / "summary_lifecycle_metrics.json"
    summary.write_text(json.dumps({"load_summary": {}, "successes": {}}))
    other = tmp_path / "other.json"
    other.write_text('{"a": 1}')
    assert roofhouse("check", summary).stderr == (
        f"roofhouse: {summary}: no case: out of scope: a summary of several stages\n"
    )
    assert roofhouse("check", other).stderr.startswith(
        f"roofhouse: {other}: no case: no record of a known format ("
    )


def test_a_stub_of_the_sidecar_names_what_is_missing(tmp_path: Path) -> None:
    done = roofhouse("sidecar", written(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    stub = (tmp_path / "run.sidecar.yml").read_text()
    assert "\nhardware:" in stub
    assert '# model: "meta-llama/Llama-3.1-8B-Instruct"' in stub
    again = roofhouse("sidecar", tmp_path / "run.json")
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_with_its_sidecar_a_file_gets_a_verdict(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "run.sidecar.yml").write_text(SIDECAR)
    done = roofhouse("check", path, "--format", "json")
    assert done.returncode == 0, done.stdout
    (found,) = json.loads(done.stdout)["cases"]
    assert found["plausibility"] == "plausible"
    assert found["effective_tier"] == "measured"
    assert found["metrics"]["throughput_scope"] == "wall"


def test_an_unknown_key_of_a_sidecar_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "run.sidecar.yml").write_text(SIDECAR.replace("quantization", "quantisation"))
    done = roofhouse("check", path)
    assert done.returncode == 2
    assert "quantisation" in done.stderr
    assert "quantization" in done.stderr


def test_the_catalog_is_searched_by_any_part_of_a_name() -> None:
    done = roofhouse("catalog", "find", "mi300")
    assert "mi300x" in done.stdout
    none = roofhouse("catalog", "find", "zzzzqqqq")
    assert none.returncode == 1
    assert "nothing like" in none.stderr
