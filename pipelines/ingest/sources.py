"""Sources: the folders of data/raw, and what their SOURCE.yml says of them.

A source publishes results of one kind under one licence. Its folder holds SOURCE.yml and its
files as received. Files that lie in data/raw itself are of the source `evokernel`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import itertools
import re
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.errors import RoofhouseError
from pipelines.ingest.sidecar import is_sidecar
from pipelines.ingest.unicode_form import normal_form
from pipelines.settings import read_yaml

FILE_NAME = "SOURCE.yml"
COMPRESSIONS = (".gz", ".zst")
#: Endings of the files of a feed, and of the files that a benchmark tool writes.
_SNAPSHOTS = (".json", ".ndjson")
_RESULTS = (*_SNAPSHOTS, ".jsonl", ".csv", ".yaml", ".yml")
_MODEL_CONFIG = "config.json"
#: Format of the files of a publisher's feed, which staging reads without a reader.
FEED_FORMAT = "evokernel"

_ID = r"[a-z0-9][a-z0-9-]{0,39}"
_Text = Annotated[str, Field(min_length=1, max_length=2_000)]


class Source(BaseModel):
    """A source of results: an id, the format and mode of its files, licence and attribution.

    `snapshot`: a file is all that the source holds at its time; what the newest lacks is
    retired. `append`: a file is one or several runs, and nothing retires.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=f"^{_ID}$")]
    name: _Text | None = None
    format: _Text = "auto"
    mode: Literal["snapshot", "append"]
    license: _Text | None = None
    attribution: _Text | None = None
    url: Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")] | None = None
    citation: _Text | None = None
    accessed: dt.date | None = None
    qualify_ids: bool = True
    withdrawn: tuple[_Text, ...] = ()
    max_reject_share: Annotated[float, Field(ge=0, le=1)] | None = None

    @field_validator("withdrawn", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """YAML has lists, and nothing where the list is empty."""
        return tuple(given) if isinstance(given, list) else given or ()

    @property
    def is_feed(self) -> bool:
        """True if its files are feeds, whose items define hardware and models themselves."""
        return self.format == FEED_FORMAT

    @property
    def is_snapshot(self) -> bool:
        """True if a case that the newest file lacks is retired."""
        return self.mode == "snapshot"

    @property
    def has_versions(self) -> bool:
        """True if it says over time what its ids mean, False if once for each content."""
        return self.is_feed and self.is_snapshot

    def qualified(self, case_id: str) -> str:
        """Return the id of a case in the warehouse."""
        return f"{self.id}.{case_id}" if self.qualify_ids else case_id

    @property
    def withdrawn_ids(self) -> list[str]:
        """Ids in the warehouse of the runs that the source took back."""
        prefix = self.qualified("")
        return [one if one.startswith(prefix) else self.qualified(one) for one in self.withdrawn]


#: What files that lie in data/raw itself are of.
FLAT = Source(
    id="evokernel",
    name="EvoKernel Spec",
    format=FEED_FORMAT,
    mode="snapshot",
    license="CC-BY-SA-4.0",
    attribution="EvoKernel Spec contributors, EvoKernel Spec open data",
    url="https://yingwen.io/evokernel-spec/api/cases.json",
    citation="EvoKernel Spec contributors, EvoKernel Spec open data, "
    "https://yingwen.io/evokernel-spec/",
    qualify_ids=False,
)


def without_password(url: str) -> str:
    """Return an address as it may be published: without user and password."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def is_snapshot(name: str) -> bool:
    """Return True for the file name of a snapshot: .json or .ndjson, with or without .gz, .zst."""
    return _ends(name, _SNAPSHOTS)


def is_result(name: str) -> bool:
    """Return True for the file name of a result; a model's configuration is none."""
    return _ends(name, _RESULTS) and not is_model_config(name)


def is_model_config(name: str) -> bool:
    """Return True for the file name of a model's configuration, which a sidecar may name."""
    return name == _MODEL_CONFIG or name.endswith(f".{_MODEL_CONFIG}")


def _ends(name: str, endings: tuple[str, ...]) -> bool:
    for compression in COMPRESSIONS:
        name = name.removesuffix(compression)
    return name.endswith(endings) and not name.startswith(".")


@dataclass(frozen=True)
class Folder:
    """A source and where its files lie: in a folder of its own, or flat in data/raw, or both.

    `problem` says why the source cannot be read, if it cannot.
    """

    source: Source
    own: Path | None
    flat: Path | None = None
    problem: str | None = None

    @cached_property
    def visible(self) -> list[tuple[str, Path]]:
        """Every file that is not hidden, with its path below the folder."""
        found = _below(self.own, "**/*") if self.own else []
        found += _below(self.flat, "*") if self.flat else []
        return sorted(found)

    @property
    def files(self) -> list[tuple[str, Path]]:
        """Every file, with its path below the folder; sidecars and hidden files are none."""
        return [
            (name, path)
            for name, path in self.visible
            if path.name != FILE_NAME and not is_sidecar(path.name)
        ]


def discover(raw: Path) -> list[Folder]:
    """Return the sources of data/raw, ordered by id.

    A folder without a SOURCE.yml, with a wrong one, or with the id of another folder, is a
    source with a `problem`.
    """
    paths = sorted(p for p in raw.glob("*") if p.is_dir() and not p.name.startswith("."))
    read = [
        one
        for one in map(_read, paths)
        if one.problem is None or one.files or (one.own and (one.own / FILE_NAME).exists())
    ]
    found: dict[str, Folder] = {}
    for folder in (one for one in read if one.problem is None):
        if other := found.get(folder.source.id):
            path = f"{folder.own}/{FILE_NAME}"
            problem = f"{path}: the id {folder.source.id} is that of {other.own}, too"
            found[folder.source.id] = replace(other, problem=problem)
        else:
            found[folder.source.id] = folder
    for folder in (one for one in read if one.problem is not None):
        # What cannot be read has no say in whose an id is.
        source_id = _free(folder.source.id, found)
        source = folder.source.model_copy(update={"id": source_id})
        found[source_id] = replace(folder, source=source)
    flat = Folder(FLAT, None, raw)
    if any(is_snapshot(name) for name, _ in flat.files):
        own = found.get(FLAT.id)
        found[FLAT.id] = replace(own, flat=raw) if own else flat
    return [found[key] for key in sorted(found)]


def _below(folder: Path, pattern: str) -> list[tuple[str, Path]]:
    names = ((path.relative_to(folder), path) for path in folder.glob(pattern))
    return [
        (normal_form(name.as_posix()), path)
        for name, path in names
        if not any(part.startswith(".") for part in name.parts) and path.is_file()
    ]


def _read(folder: Path) -> Folder:
    path = folder / FILE_NAME
    content: Any = None
    try:
        if not path.is_file():
            raise RoofhouseError(
                f"{path}: is missing; write in it what the files beside it are (mode: append)"
            )
        content = read_yaml(path)
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            raise RoofhouseError(f"{path}: expected `key: value` lines")
        return Folder(Source(**{"id": folder.name, **content}), folder)
    except ValidationError as error:
        problem = f"{path}: {_explained(error)}"
    except RoofhouseError as error:
        problem = str(error)
    return Folder(_unknown(folder, content), folder, problem=problem)


def _unknown(folder: Path, content: Any) -> Source:
    """Return a source of which no more than the id counts: the one given, else the folder's."""
    given = content.get("id") if isinstance(content, dict) else None
    if not isinstance(given, str) or not re.fullmatch(_ID, given):
        given = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:40].strip("-")
    return Source.model_construct(id=given or "source", mode=None)


def _free(wanted: str, taken: Container[str]) -> str:
    """Return an id that no other source has."""
    numbered = (f"{wanted[:37]}-{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([wanted], numbered) if one not in taken)


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, Source.model_fields, n=1)
        known = ", ".join(Source.model_fields)
        return f"no key `{key}`; " + (f"did you mean {near[0]}?" if near else f"known are {known}")
    if first["type"] == "missing":
        return f"`{key}` is missing; it is snapshot or append" if key == "mode" else f"no `{key}`"
    return f"{key}: {first['msg']}"
