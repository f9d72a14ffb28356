"""A tool's result file as lines of one case each, as the readers and its sidecars make them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.catalog import Catalog
from pipelines.ingest import readers, sidecar
from pipelines.ingest.readers import Case, Reading, Reject, Skipped
from pipelines.ingest.sidecar import Said, Sidecar
from pipelines.ingest.snapshot import RawFile, blocks, sha256_of
from pipelines.ingest.unicode_form import normal_form

#: A copy is told by its run in the reader's words; runs are not counted apart.
_COPY = "a copy of another run"
_NO_SIDECAR = (sidecar.NOTHING, "")


@dataclass(frozen=True)
class Beside:
    """What lies beside a result file and is read with it: sidecars, companions, a model."""

    sidecar: Sidecar
    companions: Mapping[str, Path]
    """Files by their path within the source, as readers ask for them."""
    fingerprint: str


@dataclass
class Result:
    """The records of a file: cases as lines of JSON, and what the others are."""

    items: list[bytes] = field(default_factory=list)
    """One per case or reject, in the order of the file; that of a reject is `null`."""
    refused: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """Position in `items` of a reject -> path, reason, text."""
    runs: list[tuple[int, str, str]] = field(default_factory=list)
    """Position of a case, id of its run, hash of its record."""
    skipped: Counter[str] = field(default_factory=Counter)
    unknown_fields: Counter[str] = field(default_factory=Counter)
    newest_at: str | None = None
    """Time of the newest run, as written."""

    def refuse(self, path: str, reason: str, text: str) -> None:
        """Add a record that cannot be used."""
        text = text.encode(errors="backslashreplace").decode()
        self.refused[len(self.items)] = (path, reason, text)
        self.items.append(b"null")


def beside(files: Iterable[RawFile]) -> dict[Path, Beside]:
    """Return what lies beside each result file, by the file's path.

    Raises RoofhouseError naming the sidecar that cannot be read.
    """
    folders: dict[Path, tuple[Said, str]] = {}
    companions: dict[Path, tuple[dict[str, Path], list[str]]] = {}
    alone: dict[Path, Beside] = {}
    found = {}
    for file in files:
        of_folder, own = sidecar.find(file.path)
        if of_folder not in folders:
            folders[of_folder] = _read(of_folder)
        said, own_said = folders[of_folder], _read(own)
        # Thousands of files that have no sidecar of their own share one object.
        if own_said is _NO_SIDECAR and (near := alone.get(of_folder)):
            found[file.path] = near
            continue
        top = file.path.parents[file.name.count("/")]
        if top not in companions:
            companions[top] = _companions(top)
        paths, hashes = companions[top]
        both = Sidecar(said[0], own_said[0])
        hashes = [said[1], own_said[1], *hashes]
        if config := model_config(file.path, both):
            paths = paths | config
            hashes += [f"{name} {sha256_of(path)}" for name, path in config.items()]
        fingerprint = hashlib.sha256("\0".join(hashes).encode()).hexdigest()
        near = found[file.path] = Beside(both, paths, fingerprint)
        if own_said is _NO_SIDECAR:
            alone[of_folder] = near
    return found


def _read(path: Path) -> tuple[Said, str]:
    """Return what a sidecar says and its hash; one that is not there says nothing."""
    return (sidecar.read(path), sha256_of(path)) if path.exists() else _NO_SIDECAR


def model_config(path: Path, said: Sidecar) -> dict[str, Path]:
    """Return the model's configuration that the sidecars of a file name, if it lies beside them."""
    name = said.merged().model_config
    if name and (found := path.parent / name).is_file():
        return {name: found}
    return {}


def _companions(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Return the companions below a source's folder by path, and their hashes."""
    found = {
        normal_form(path.relative_to(folder).as_posix()): path
        for name in readers.companion_names()
        for path in folder.rglob(name)
    }
    return found, [f"{name} {sha256_of(path)}" for name, path in sorted(found.items())]


def read(file: RawFile, near: Beside, catalog: Catalog) -> Result:
    """Return the records of a file. Raises RoofhouseError for a damaged archive or sidecar."""
    content = b"".join(blocks(file.path, file.compression))
    reading = readers.read(
        content,
        name=file.name,
        format=file.source.format,
        sidecar=near.sidecar,
        catalog=catalog,
        companions={name: path.read_bytes() for name, path in near.companions.items()},
    )
    return _result(reading)


def _result(reading: Reading) -> Result:
    found = Result(unknown_fields=reading.unknown_fields)
    for record in reading.records:
        match record:
            case Skipped():
                copies = record.reason.startswith("a copy of the run ")
                found.skipped[_COPY if copies else record.reason] += 1
            case Reject():
                found.refuse(record.path, record.reason, record.raw)
            case Case():
                try:
                    line = json.dumps(record.item, ensure_ascii=False).encode()
                except UnicodeEncodeError:
                    found.refuse("", "holds half of a surrogate pair (\\ud800)", str(record.item))
                    continue
                found.runs.append((len(found.items), record.run_id, record.record_sha256))
                found.items.append(line)
                at = record.item.get("run", {}).get("at")
                if at and (found.newest_at is None or at > found.newest_at):
                    found.newest_at = at
    return found
