"""docs/tools.md: its Python runs as it stands, beside a published folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import ROOT

PAGE = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
#: pandas must not be beside pandera; it lives with the validators, and so do the other tools.
TOOLS = ROOT / ".venv-validators" / "bin"
PANDAS = TOOLS / "python"


@pytest.mark.parametrize(
    ("begin", "python", "words"),
    [
        ("with duckdb.connect(", sys.executable, ["impossible", "ridge_point"]),
        ("attach '", sys.executable, ["case-llama33-a100x8-vllm-001", "12", "false"]),
        ("import polars", sys.executable, ["hardware_vendor", "cases"]),
        ("import pandas", PANDAS, ["impossible", "'unit': 'tok/s"]),
    ],
)
def test_a_snippet_runs_as_it_stands(
    shipped_published: Path, begin: str, python: str | Path, words: list[str]
) -> None:
    snippet = next(one for one in SNIPPETS if begin in one)
    told = subprocess.run(
        [python, "-c", snippet],
        cwd=shipped_published.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    for one in words:
        assert one in told.stdout


def test_the_cli_of_an_earlier_duckdb_reads_the_file_and_its_macros(
    shipped_published: Path,
) -> None:
    line = re.search(r"`duckdb (-readonly \S+)`", PAGE)
    assert line
    asked = "select name from explain_metric('case-llama33-a100x8-vllm-001', 'ridge_point')"
    told = subprocess.run(
        [TOOLS / "duckdb", *line[1].split(), "-csv", "-c", asked],
        cwd=shipped_published.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.split() == ["name", "ridge_point", "memory_bandwidth_gb_s", "peak_tflops"]


def test_the_notebook_runs_whole(shipped_published: Path, tmp_path: Path) -> None:
    page = tmp_path / "notebook.html"
    # marimo keeps a session beside the notebook.
    notebook = shutil.copy(ROOT / "docs" / "notebook.py", tmp_path)
    told = subprocess.run(
        [TOOLS / "marimo", "-q", "export", "html", notebook, "-o", page],
        cwd=shipped_published.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "findings on claims about" in page.read_text(encoding="utf-8")


def test_every_snippet_is_run() -> None:
    assert len(SNIPPETS) == 4
