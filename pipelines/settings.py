"""Settings: paths and limits. An option overrides the environment, which overrides the file.

The environment is `ROOFHOUSE_<NAME>`, the file `roofhouse.yml` in the data folder. The project's
own files are found from this module, never from the working directory.
"""

from __future__ import annotations

import difflib
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipelines.errors import RoofhouseError

PACKAGE = Path(__file__).resolve().parent
#: The folder of the package: a checkout, or the place where packages are installed.
ROOT = PACKAGE.parent
#: An installed package contains the folders that are beside it in a checkout.
_BROUGHT_ALONG = PACKAGE / "shipped"
IS_CHECKOUT = not _BROUGHT_ALONG.is_dir()
SHIPPED = ROOT if IS_CHECKOUT else _BROUGHT_ALONG
SQL_DIR = SHIPPED / "sql"
CATALOG_DIR = SHIPPED / "data" / "catalog"
CONFIG_DIR = PACKAGE / "config"
CONTRACTS_DIR = PACKAGE / "contracts"

ENV_PREFIX = "ROOFHOUSE_"
FILE_NAME = "roofhouse.yml"


def default_data() -> Path:
    """Return the data folder of a checkout, else `data` in the working directory."""
    return (ROOT if IS_CHECKOUT else Path.cwd()) / "data"


class Limits(NamedTuple):
    """Limits of a raw file in bytes: of one case, of the whole file, and of a result file."""

    max_case_bytes: int
    max_unpacked_bytes: int
    max_result_bytes: int


class Settings(BaseSettings):
    """All settings of a run.

    Arguments of the constructor override the environment, which overrides the file.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    data: Path = Field(default_factory=default_data, description="the data folder")
    config: Path = Field(
        default=CONFIG_DIR, description="the folder of assumptions, prices and trust policy"
    )
    max_reject_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.10, description="nothing is published if a larger share of the cases is rejected"
    )
    max_unpacked_bytes: Annotated[int, Field(ge=1_000)] = Field(
        default=20_000_000_000,
        description="a raw file with more bytes, after decompression, is not read",
    )
    max_retired_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.2,
        description="a snapshot in which a larger share of its source's cases is missing is held "
        "back until it is accepted",
    )
    max_throughput_factor: Annotated[float, Field(ge=1)] = Field(
        default=2,
        description="a snapshot in which the median decode throughput of a hardware changes by a "
        "larger factor is held back, too",
    )
    max_case_bytes: Annotated[int, Field(ge=1_000)] = Field(
        default=16_000_000,
        description="a longer case is rejected without being parsed",
    )
    max_result_bytes: Annotated[int, Field(ge=1_000)] = Field(
        default=128_000_000,
        description="a tool's result file with more bytes, after decompression, is not read: it is "
        "read whole, and takes about ten times as much memory",
    )
    lock_timeout_s: Annotated[float, Field(ge=0)] = Field(
        default=600, description="how long a build waits for another one to end"
    )
    report_timeout_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        default=300,
        description="how long a publication waits for the process that draws the report before it "
        "fails",
    )
    memory_limit: str = Field(
        default="900MB",
        description="DuckDB's memory limit in a build and in each Ray task; from half a GB per "
        "core on, it writes wide tables on all cores",
    )
    threads: Annotated[int, Field(ge=0, le=1024)] = Field(
        default=0,
        description="DuckDB's threads in a build and in each Ray task, which asks for as many "
        "CPUs; 0 is one per core, or two in a Ray task",
    )
    ray: Annotated[str, Field(pattern=r"^(\S+:\d{1,5})?$")] = Field(
        default="",
        description="address of the Ray cluster that stages; if empty, this process stages",
    )
    shared: Annotated[str, Field(pattern=r"^([a-z][a-z0-9]*://\S+)?$")] = Field(
        default="",
        description="object store or folder that the nodes of the Ray cluster share; if empty, "
        "every node must see the data folder under the same path",
    )
    keep_runs_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        default=90, description="how long Dagster's history of a run is kept"
    )
    owner: Annotated[
        str,
        Field(
            pattern=r"^(team:[^\s:]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7})$",
            description="who owns the assets in the Dagster UI: an e-mail address or team:NAME",
        ),
    ] = "team:roofhouse"
    feed_url: Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")] = Field(
        default="https://yingwen.io/evokernel-spec/api/cases.json",
        description="address of the source `evokernel`; one that differs from the default "
        "overrides the `url` in its SOURCE.yml",
    )
    max_feed_bytes: Annotated[int, Field(ge=1)] = Field(
        default=1_000_000_000,
        description="a feed with more bytes, after decompression, is not fetched",
    )
    fetch_timeout_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        default=300,
        description="how long the fetch of a source may take, all attempts and pauses included",
    )
    fetch_read_timeout_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        default=15, description="how long a fetch waits for a server that sends nothing"
    )
    fetch_retries: Annotated[int, Field(ge=0, le=20)] = Field(
        default=3,
        description="further attempts after a failure that may pass, such as a 5xx status, 429 "
        "or a dropped connection",
    )
    fetch_backoff_s: Annotated[float, Field(ge=0, le=3_600)] = Field(
        default=1,
        description="the pause before the first further attempt; it doubles each time, and a "
        "longer Retry-After from the server takes precedence",
    )

    alert_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]\S*)?$")] = Field(
        default="",
        repr=False,
        description="address to which alerts are posted as JSON; it is a secret",
    )
    alert_command: str = Field(
        default="",
        repr=False,
        description="command that receives alerts: JSON on its standard input",
    )
    alert_format: Annotated[str, Field(pattern="^(auto|generic|slack)$")] = Field(
        default="auto",
        description="format of posted alerts; `auto` is `slack` for Slack's hosts, else `generic`",
    )
    alert_severity: Annotated[str, Field(pattern="^(info|warn|error)$")] = Field(
        default="warn", description="lowest severity that is reported; an error requires action"
    )
    alert_timeout_s: Annotated[float, Field(gt=0, le=25)] = Field(
        default=15,
        description="how long sending alerts may take, all attempts and pauses included",
    )

    @field_validator("alert_command")
    @classmethod
    def _splits(cls, command: str) -> str:
        """A command that can be split into words."""
        shlex.split(command)
        return command.strip()

    @field_validator("data", mode="before")
    @classmethod
    def _data_folder(cls, given: Any) -> Any:
        """An empty value stands for the default."""
        return given or default_data()

    @field_validator("data", "config")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        """An absolute path, which stays valid when the working directory changes."""
        return _expanded(path)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of settings, the strongest first."""
        return init_settings, env_settings, _File(settings_cls)

    @property
    def limits(self) -> Limits:
        """The limits of a raw file."""
        return Limits(self.max_case_bytes, self.max_unpacked_bytes, self.max_result_bytes)

    @property
    def file(self) -> Path:
        """The file of settings in the data folder; it need not exist."""
        return self.data / FILE_NAME

    @property
    def accepted(self) -> Path:
        """The snapshots that the guard on volume let through; it need not exist."""
        return self.data / "accepted.yml"

    @property
    def alerts(self) -> Path:
        """The state of the alerts, sent and waiting; it need not exist."""
        return self.data / ".alerts"

    @property
    def run_history(self) -> Path:
        """Folder of Dagster's storage, unless DAGSTER_HOME names another."""
        return self.data / ".dagster"

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


class _File(PydanticBaseSettingsSource):
    """The file of settings in the data folder, which the other sources may name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Nothing is read field by field."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The content of the file.

        Raises RoofhouseError if it is not `name: value` lines, or names the data folder.
        """
        file = _folder(self.current_state) / FILE_NAME
        if not file.is_file():
            return {}
        found = read_yaml(file)
        if found is None:  # nothing but comments
            return {}
        if not isinstance(found, dict):
            raise RoofhouseError(f"{file}: expected `name: value` lines")
        if "data" in found:
            raise RoofhouseError(
                f"{file}: data: the file lies in the data folder and cannot name another; "
                f"use --data or {ENV_PREFIX}DATA"
            )
        return {str(name): value for name, value in found.items()}


def _folder(given: dict[str, Any]) -> Path:
    return _expanded(Path(given.get("data") or default_data()))


def _expanded(path: Path) -> Path:
    """Return an absolute path; `~` stays if the user has no home folder."""
    with suppress(RuntimeError):
        path = path.expanduser()
    return path.absolute()


def is_utf8(text: str) -> bool:
    """Return True if a text, such as a path, can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(path: Path) -> str:
    """Return a path as text, with bytes that are not UTF-8 written as \\xff."""
    return os.fsencode(path).decode(errors="backslashreplace")


#: Messages for wrong values, for patterns that are hard to read.
_EXPECTED = {"owner": "expected an e-mail address, or team: and a name without spaces"}


def load(data: Path | str | None = None, *, ray: str = "", shared: str = "") -> Settings:
    """Return the settings of this process; arguments (from options) override the environment.

    Raises RoofhouseError naming the file, variable or option that is wrong.
    """
    given = {"data": data, "ray": ray, "shared": shared}
    options: dict[str, Any] = {name: value for name, value in given.items() if value}
    try:
        found = Settings(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        words = _EXPECTED.get(name, first["msg"])
        message = f"{_origin(name, options)}: {name}: {words}"
        if first["type"] == "extra_forbidden":
            message += _nearest(name)
        raise RoofhouseError(message) from None
    # DuckDB takes a backslash for a slash, and text after a question mark for an option.
    text = str(found.data)
    if not is_utf8(text) or "?" in text or (os.sep == "/" and "\\" in text):
        raise RoofhouseError(
            f"{printable(found.data)}: DuckDB opens no database in a folder whose path has a "
            "backslash or a question mark, or is not UTF-8; rename it"
        )
    return found


def need_data(settings: Settings) -> None:
    """Raise RoofhouseError if the data folder was named but does not exist.

    It may be misspelled, so nothing creates it. The default folder may not exist yet.
    """
    data = settings.data
    if data.is_dir() or (data == default_data() and not data.exists()):
        return
    if data.exists():
        raise RoofhouseError(f"{data}: the data folder is not a folder")
    parent = next(one for one in data.parents if one.is_dir())
    wanted = data.relative_to(parent).parts[0]
    try:
        beside = [one.name for one in parent.iterdir() if one.is_dir()]
    except OSError:
        beside = []
    near = difflib.get_close_matches(wanted, beside, n=1)
    hint = (
        f"; did you mean {parent / near[0]}?" if near else "; to start a new one, create it first"
    )
    raise RoofhouseError(f"{data}: no such data folder{hint}")


def need_raw(settings: Settings) -> None:
    """Raise RoofhouseError if there is no folder of raw files, before a build creates anything."""
    need_data(settings)
    if not settings.raw.is_dir():
        raise RoofhouseError(
            f"{settings.raw}: no such folder; put snapshots or sources there, or run "
            "`roofhouse fetch`"
        )


def _origin(name: str, options: dict[str, Any]) -> str:
    """Return where a setting was given."""
    if name in options:
        return f"option --{name}"
    environment = {variable.upper(): value for variable, value in os.environ.items()}
    variable = f"{ENV_PREFIX}{name.upper()}"
    if variable in environment:
        return f"environment variable {variable}"
    given = options.get("data") or environment.get(f"{ENV_PREFIX}DATA")
    return str(_folder({"data": given}) / FILE_NAME)


def _nearest(name: str) -> str:
    """The setting that was probably meant."""
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else "; docs/settings.md lists the settings"


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
