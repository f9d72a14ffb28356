"""Where things are and which limits hold: environment over file over default.

Paths are resolved from this file, never from the working directory. The file is
`roofhouse.yml` in the data folder, the environment `ROOFHOUSE_<NAME>`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import RoofhouseError

ROOT = Path(__file__).resolve().parent.parent
SQL_DIR = ROOT / "sql"
CONFIG_DIR = Path(__file__).resolve().parent / "config"
CONTRACTS_DIR = Path(__file__).resolve().parent / "contracts"


class Settings(BaseModel):
    """Everything a run can be told from outside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(default=ROOT / "data", description="the data folder")
    config: Path = Field(default=CONFIG_DIR, description="assumptions, prices and trust policy")
    max_reject_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.10, description="above this share of rejected cases nothing is published"
    )
    max_case_bytes: Annotated[int, Field(ge=1_000)] = Field(
        default=16_000_000,
        description="a longer case is rejected unread, when a snapshot is staged",
    )
    lock_timeout_s: Annotated[float, Field(ge=0)] = Field(
        default=600, description="how long a second build waits for the first"
    )
    memory_limit: str = Field(
        default="900MB",
        description="DuckDB's memory limit in a build, and in each Ray task; with half a GB and "
        "more for each core it fills wide tables on all of them",
    )
    threads: Annotated[int, Field(ge=0, le=1024)] = Field(
        default=0,
        description="DuckDB's threads; 0 is one per core, and two in a Ray task, which asks "
        "the cluster for as many CPUs",
    )
    ray: Annotated[str, Field(pattern=r"^(\S+:\d{1,5})?$")] = Field(
        default="", description="HOST:PORT of a Ray cluster that stages; empty: this process does"
    )
    shared: Annotated[str, Field(pattern=r"^([a-z][a-z0-9]*://\S+)?$")] = Field(
        default="",
        description="URL of an object store or folder between the nodes of the Ray cluster; "
        "empty: every node sees the data folder under the same path",
    )
    keep_runs_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        default=90, description="how long Dagster's history of a run is kept"
    )
    feed_url: Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")] = Field(
        default="https://yingwen.io/evokernel-spec/api/cases.json",
        description="where `fetch` pulls the feed from",
    )
    max_feed_bytes: Annotated[int, Field(ge=1)] = Field(
        default=1_000_000_000, description="a longer feed is not fetched (bytes, decoded)"
    )
    fetch_timeout_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        default=300, description="how long a fetch may take with all its attempts"
    )
    fetch_read_timeout_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        default=15, description="how long a server may be silent"
    )
    fetch_retries: Annotated[int, Field(ge=0, le=20)] = Field(
        default=3, description="further attempts after a 5xx or a dropped connection"
    )
    fetch_backoff_s: Annotated[float, Field(ge=0, le=3_600)] = Field(
        default=1, description="the pause before the first further attempt; it doubles each time"
    )

    @property
    def raw(self) -> Path:
        """Snapshots as received."""
        return self.data / "raw"

    @property
    def build(self) -> Path:
        """Everything that can be rebuilt."""
        return self.data / "build"

    @property
    def staging(self) -> Path:
        """One folder of Parquet per snapshot content."""
        return self.build / "staging"

    @property
    def build_db(self) -> Path:
        """The only database that assets write."""
        return self.build / "warehouse.duckdb"

    @property
    def published_db(self) -> Path:
        """The only database that readers open."""
        return self.data / "warehouse.duckdb"

    @property
    def marts(self) -> Path:
        """Published Parquet files and their manifest."""
        return self.data / "marts"


def load(data: Path | str | None = None, *, ray: str = "", shared: str = "") -> Settings:
    """Settings of this process; what is given here (by an option) goes over the environment.

    Raises RoofhouseError that names the file or variable that is wrong.
    """
    environment = {
        name: os.environ[variable]
        for name in Settings.model_fields
        if (variable := f"ROOFHOUSE_{name.upper()}") in os.environ
    }
    folder = Path(data or environment.get("data") or ROOT / "data").expanduser().absolute()
    file = folder / "roofhouse.yml"
    from_file: dict[str, Any] = {}
    if file.is_file():
        loaded = read_yaml(file)
        if not isinstance(loaded, dict):
            raise RoofhouseError(f"{file}: expected `name: value` lines")
        from_file = loaded
    options = {name: value for name, value in (("ray", ray), ("shared", shared)) if value}
    try:
        return Settings.model_validate({**from_file, **environment, **options, "data": folder})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        origin = str(file)
        if name in options:
            origin = f"option --{name}"
        elif name in environment:
            origin = f"environment variable ROOFHOUSE_{name.upper()}"
        raise RoofhouseError(f"{origin}: {name}: {first['msg']}") from None


#: The safe loader, in C where PyYAML has it: ten times as fast.
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """A YAML file's content by the safe loader; a syntax error names file and line."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _SAFE)  # noqa: S506 - it is safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise RoofhouseError(f"{where}: not YAML: {getattr(error, 'problem', error)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RoofhouseError(f"{path}: cannot be read: {error}") from None
