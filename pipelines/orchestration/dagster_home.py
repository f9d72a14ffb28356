"""The folder of Dagster's history and configuration: DAGSTER_HOME, else one in the data folder.

Each build writes the configuration there again, derived from the project's own dagster.yaml. For
another configuration, set DAGSTER_HOME to a folder of your own.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from pipelines.errors import RoofhouseError
from pipelines.orchestration import event_log
from pipelines.settings import ROOT, SHIPPED, Settings, read_yaml

_GENERATED = """\
# Written by roofhouse from its own dagster.yaml; changes are lost. To configure Dagster yourself,
# set DAGSTER_HOME to a folder with a dagster.yaml of your own.
"""


def prepare(settings: Settings) -> Path:
    """Return the folder of Dagster's configuration and history; create it if it is missing.

    Raises OSError if it cannot be written to, and RoofhouseError if DAGSTER_HOME is not a folder.
    """
    if named := os.environ.get("DAGSTER_HOME"):
        home = Path(named)
        if not home.is_absolute() or not home.is_dir():
            raise RoofhouseError(f"DAGSTER_HOME: {named}: expected the absolute path of a folder")
        return _usable(home)
    home = _usable(settings.run_history)
    home.mkdir(parents=True, exist_ok=True)
    _write(home / "dagster.yaml", _configuration(home))
    return home


def shared_with(settings: Settings) -> list[str]:
    """Return the other data folders that also record their runs in DAGSTER_HOME.

    Dagster tells assets apart by name alone, so its UI shows the newest run of any folder.
    """
    if not os.environ.get("DAGSTER_HOME"):
        return []
    with dg.DagsterInstance.from_config(str(prepare(settings))) as instance:
        return event_log.others(instance, settings)


def _usable(home: Path) -> Path:
    """Return the folder. Raises RoofhouseError if Dagster cannot open a database there."""
    if re.search(r"\?|%[0-9A-Fa-f]{2}", str(home)):
        raise RoofhouseError(
            f"{home}: Dagster keeps no history in a path with `?`, or `%` and two digits; rename "
            "the folder, or set DAGSTER_HOME to another one"
        )
    return home


def workspace(settings: Settings) -> Path:
    """Return a workspace file that loads the project's definitions, as `dg dev` does."""
    settings.run_history.mkdir(parents=True, exist_ok=True)
    path = settings.run_history / "workspace.yaml"
    module = {
        "module_name": "pipelines.definitions",
        "location_name": "roofhouse",
        "working_directory": str(ROOT),
    }
    _write(path, {"load_from": [{"python_module": module}]})
    return path


def _configuration(home: Path) -> dict[str, Any]:
    """Return the project's configuration of Dagster, with its paths moved to `home`."""
    found: dict[str, Any] = read_yaml(SHIPPED / "dagster.yaml")
    found["storage"]["sqlite"]["base_dir"] = str(home)
    found["local_artifact_storage"]["config"]["base_dir"] = str(home)
    found["compute_logs"]["config"]["base_dir"] = str(home / "logs")
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write a file in one step, and only if it differs: another build may be reading it."""
    text = _GENERATED + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
        return
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
