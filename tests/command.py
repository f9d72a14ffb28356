"""The command `roofhouse` as a process, as a user calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOFHOUSE = Path(sys.executable).parent / "roofhouse"


def environment(data: Path) -> dict[str, str]:
    """Run history and data in folders of their own."""
    home = data.parent / "home"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    return {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "ROOFHOUSE_DATA": str(data),
        "COLUMNS": "200",
    }


def roofhouse(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a data folder, in the folder above it, with variables of its own."""
    return subprocess.run(
        [ROOFHOUSE, *arguments],
        env=environment(data) | variables,
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
