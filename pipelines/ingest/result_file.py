"""A tool's result file as lines of one case each, as the readers and its sidecars make them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.catalog import Catalog
from pipelines.errors import RoofhouseError
from pipelines.ingest import readers, sidecar
from pipelines.ingest.readers import Case, Reading, Reject, Skipped
from pipelines.ingest.sidecar import Said, Sidecar
from pipelines.ingest.snapshot import MovedError, RawFile, content_blocks, sha256_of
from pipelines.ingest.unicode_form import normal_form
from pipelines.settings import Settings

#: A copy is told by its run in the reader's words; runs are not counted apart.
_COPY = "a copy of another run"
#: Maximum bytes that `check` and `sidecar` read; they have no settings of a data folder.
MAX_BYTES = int(Settings.model_fields["max_result_bytes"].default)
_NO_SIDECAR = (sidecar.NOTHING, "")


@dataclass(frozen=True)
class Beside:
    """What lies beside a result file and is read with it: sidecars, companions, a model."""

    sidecar: Sidecar
    companions: Mapping[str, tuple[Path, str]]
    """Files and their hashes, by their path within the source, as readers ask for them."""
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
    companions: dict[Path, dict[str, tuple[Path, str]]] = {}
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
        both = Sidecar(said[0], own_said[0])
        beside = companions[top] | model_config(file.path, both)
        hashes = [said[1], own_said[1], *(f"{name} {hash_}" for name, (_, hash_) in beside.items())]
        fingerprint = hashlib.sha256("\0".join(hashes).encode()).hexdigest()
        near = found[file.path] = Beside(both, beside, fingerprint)
        if own_said is _NO_SIDECAR:
            alone[of_folder] = near
    return found


def _read(path: Path) -> tuple[Said, str]:
    """Return what a sidecar says and its hash; one that is not there says nothing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _NO_SIDECAR
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None
    return sidecar.parse(content, str(path)), hashlib.sha256(content).hexdigest()


def model_config(path: Path, said: Sidecar) -> dict[str, tuple[Path, str]]:
    """Return the model configuration that a file's sidecars name, with its hash, if it is there."""
    name = said.merged().model_config
    if name and (found := path.parent / name).is_file():
        return {name: (found, sha256_of(found))}
    return {}


def _companions(folder: Path) -> dict[str, tuple[Path, str]]:
    """Return the companions below a source's folder with their hashes, by path."""
    found = sorted(path for name in readers.companion_names() for path in folder.rglob(name))
    return {
        normal_form(path.relative_to(folder).as_posix()): (path, sha256_of(path)) for path in found
    }


def read(file: RawFile, near: Beside, catalog: Catalog, max_bytes: int) -> Result:
    """Return the records of a file, which is read whole.

    Raises MovedError if it, or a file beside it, changed since it was hashed, and RoofhouseError
    for a damaged archive or one that holds more than `max_bytes`.
    """
    content = b"".join(content_blocks(file, max_bytes))
    return _result(
        readers.read(
            content,
            name=file.name,
            format=file.source.format,
            sidecar=near.sidecar,
            catalog=catalog,
            companions=contents(near),
        )
    )


def contents(near: Beside) -> dict[str, bytes]:
    """Return the contents of the files beside a result. Raises MovedError if one has changed."""
    found = {}
    for name, (path, sha256) in near.companions.items():
        try:
            content = path.read_bytes()
        except OSError:
            raise MovedError(path, "was removed") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise MovedError(path, "changed")
        found[name] = content
    return found


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
