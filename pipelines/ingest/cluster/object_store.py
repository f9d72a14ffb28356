"""Storage between the machines of a cluster that do not see the same data folder.

    <URL>/raw/<sha256>                              a raw file, put there once
    <URL>/staging/<version>/<sha256>/*.parquet      what it was staged to
                                     snapshot.json  the last of them: what there should be

It is any file system of pyarrow: s3://, gs://, abfs://, hdfs://, file://. A file that was
cut off while it was written is shorter than it should be, and written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyarrow import ArrowException
from pyarrow import fs as arrow

from pipelines.errors import RoofhouseError
from pipelines.ingest import staging
from pipelines.ingest.snapshot import RawFile
from pipelines.settings import Settings

_SUMMARY = "snapshot.json"
_BLOCK_BYTES = 8 << 20


class Shared:
    """The storage that the settings name.

    Every method raises RoofhouseError, in one line, where it cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # What stands before the @ of a URL may be a secret, and errors repeat the URL.
        self._name = re.sub(r"//[^/@]*@", "//", settings.shared)
        with self._errors():
            found, path = arrow.FileSystem.from_uri(settings.shared)
            self._fs: Any = arrow.SubTreeFileSystem(path.rstrip("/"), found)

    def put_raw(self, file: RawFile) -> None:
        """Put a raw file there, unless it is."""
        with self._errors():
            self._put(file.path, f"raw/{file.sha256}")

    def get_raw(self, file: RawFile, to: Path) -> None:
        """Bring a raw file here."""
        with self._errors():
            _copy(f"raw/{file.sha256}", self._fs, str(to), arrow.LocalFileSystem())

    def has_staged(self, sha256: str) -> bool:
        """Whether a raw file has been staged there, as this version stages it, and all of it."""
        folder = self._staged(sha256)
        with self._errors():
            if self._size(f"{folder}/{_SUMMARY}") is None:
                return False
            with self._fs.open_input_stream(f"{folder}/{_SUMMARY}") as read:
                summary = read.read()
            try:
                files = staging.described(summary, self._settings)
            except ValueError:
                return False
            return all(self._size(f"{folder}/{name}") == size for name, size in files.items())

    def put_staged(self, folder: Path) -> None:
        """Put a staged folder there, last what says which files it has."""
        names = sorted(path.name for path in folder.iterdir() if path.name != _SUMMARY)
        with self._errors():
            for name in (*names, _SUMMARY):
                self._put(folder / name, f"{self._staged(folder.name)}/{name}")

    def get_staged(self, sha256: str, to: Path) -> None:
        """Bring a staged folder here, into the empty folder `to`."""
        with self._errors():
            found = self._fs.get_file_info(arrow.FileSelector(self._staged(sha256)))
            for info in found:
                _copy(info.path, self._fs, str(to / info.base_name), arrow.LocalFileSystem())

    def _put(self, path: Path, key: str) -> None:
        # A copy that was cut off is shorter. One of the same length has the same bytes, as
        # they are named by content: what another attempt has put there is left alone.
        if self._size(key) != path.stat().st_size:
            self._fs.create_dir(str(Path(key).parent), recursive=True)
            _copy(str(path), arrow.LocalFileSystem(), key, self._fs)

    def _size(self, key: str) -> int | None:
        info = self._fs.get_file_info(key)
        return int(info.size) if info.type == arrow.FileType.File else None

    def _staged(self, sha256: str) -> str:
        return f"staging/{staging.version(self._settings)}/{sha256}"

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (ArrowException, OSError) as error:
            said = str(error).strip().splitlines()[0].replace(self._settings.shared, self._name)
            raise RoofhouseError(f"shared storage {self._name}: {said}") from None


def _copy(source: str, of: Any, target: str, to: Any) -> None:
    arrow.copy_files(
        source, target, source_filesystem=of, destination_filesystem=to, chunk_size=_BLOCK_BYTES
    )
