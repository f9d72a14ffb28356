"""Storage between the machines of a cluster that do not see the same data folder.

    <URL>/raw/<sha256>                              a raw file
    <URL>/staging/<version>/<sha256>/*.parquet      its staged form
                                     snapshot.json  written last; lists the other files

It can be any file system of pyarrow: s3://, gs://, abfs://, hdfs://, file://. A file that was cut
off while being written is shorter than it should be and is written again.
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
    """The shared storage of the settings.

    Every method raises RoofhouseError, in one line, if the storage cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The part before the @ of a URL may be a secret, and errors repeat the URL.
        self._name = re.sub(r"//[^/@]*@", "//", settings.shared)
        with self._errors():
            found, path = arrow.FileSystem.from_uri(settings.shared)
            self._fs: Any = arrow.SubTreeFileSystem(path.rstrip("/"), found)

    def put_raw(self, file: RawFile) -> None:
        """Upload a raw file, unless it is there."""
        with self._errors():
            self._put(file.path, f"raw/{file.sha256}")

    def get_raw(self, file: RawFile, to: Path) -> None:
        """Download a raw file."""
        with self._errors():
            _copy(f"raw/{file.sha256}", self._fs, str(to), arrow.LocalFileSystem())

    def has_staged(self, sha256: str) -> bool:
        """Return True if the storage has the complete staged form of a raw file."""
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
        """Upload a staged folder, and last the summary that lists its files."""
        names = sorted(path.name for path in folder.iterdir() if path.name != _SUMMARY)
        with self._errors():
            for name in (*names, _SUMMARY):
                self._put(folder / name, f"{self._staged(folder.name)}/{name}")

    def get_staged(self, sha256: str, to: Path) -> None:
        """Download a staged folder into the empty folder `to`."""
        with self._errors():
            found = self._fs.get_file_info(arrow.FileSelector(self._staged(sha256)))
            for info in found:
                _copy(info.path, self._fs, str(to / info.base_name), arrow.LocalFileSystem())

    def _put(self, path: Path, key: str) -> None:
        # Keys contain the hash of the content, so a file of the same length is the same file;
        # one that was cut off is shorter.
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
