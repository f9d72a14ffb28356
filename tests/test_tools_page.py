"""docs/tools.md: its Python runs as it stands, beside a published folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import ROOT

PAGE = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
#: pandas must not be beside pandera; it lives with the validators.
PANDAS = ROOT / ".venv-validators" / "bin" / "python"


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


def test_every_snippet_is_run() -> None:
    assert len(SNIPPETS) == 4
