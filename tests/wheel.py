"""The wheel of the project, installed where nothing else of the project is."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

from pipelines.settings import ROOT

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def build(folder: Path) -> Path:
    """The wheel, built from the checkout."""
    options: list[str | Path] = ["--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    subprocess.run([*PIP, "wheel", *options, ROOT], check=True, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """A virtual environment's `bin` with the wheel, and its dependencies as they are here."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    options: list[str | Path] = ["--python", python, "install", "--no-deps", "--no-index"]
    subprocess.run([*PIP, *options, wheel], check=True, stderr=subprocess.DEVNULL)
    # A folder named in a .pth file is searched, but the .pth files in it are not read: the one of
    # the editable installation, which would bring the checkout, does not count.
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    return folder / "bin"


def environment(**variables: str) -> dict[str, str]:
    """The environment of a user who knows nothing of the checkout."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "DAGSTER_HOME", "VIRTUAL_ENV")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith("ROOFHOUSE_")
    }
    return {**kept, **variables}
