"""Storage between the machines of a cluster that do not see the same data folder.

    <URL>/raw/<sha256>                              a raw file, put there once
    <URL>/staging/<version>/<sha256>/*.parquet      what it was staged to
                                     snapshot.json  the last of them: the folder is whole

It is any file system of pyarrow: s3://, gs://, abfs://, hdfs://, file://. Files are
copied in blocks, whatever their size.
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
from pipelines.ingest.snapshot import RawFile

_WHOLE = "snapshot.json"
_BLOCK_BYTES = 8 << 20


class Shared:
    """The storage that a URL names.

    Every method raises RoofhouseError, in one line, where it cannot be used.
    """

    def __init__(self, url: str, version: str) -> None:
        """`version` is that of the staging: folders staged otherwise lie beside these."""
        # What stands before the @ of a URL may be a secret, and errors repeat the URL.
        self._url = url
        self._version = version
        self._name = re.sub(r"//[^/@]*@", "//", url)
        with self._errors():
            found, path = arrow.FileSystem.from_uri(url)
            self._fs: Any = arrow.SubTreeFileSystem(path.rstrip("/"), found)

    def put_raw(self, file: RawFile) -> None:
        """Put a raw file there, unless it is."""
        with self._errors():
            self._put(file.path, f"raw/{file.sha256}")

    def get_raw(self, file: RawFile, to: Path) -> None:
        """Bring a raw file here."""
        with self._errors():
            self._copy(f"raw/{file.sha256}", self._fs, str(to), arrow.LocalFileSystem())

    def has_staged(self, sha256: str) -> bool:
        """Whether a raw file has been staged there, as this version stages it."""
        with self._errors():
            return self._size(f"{self._staged(sha256)}/{_WHOLE}") is not None

    def put_staged(self, folder: Path) -> None:
        """Put a staged folder there, the mark that it is whole last."""
        names = sorted(path.name for path in folder.iterdir() if path.name != _WHOLE)
        with self._errors():
            for name in (*names, _WHOLE):
                self._put(folder / name, f"{self._staged(folder.name)}/{name}")

    def get_staged(self, sha256: str, to: Path) -> None:
        """Bring a staged folder here, into the empty folder `to`."""
        with self._errors():
            found = self._fs.get_file_info(arrow.FileSelector(self._staged(sha256)))
            for info in found:
                self._copy(info.path, self._fs, str(to / info.base_name), arrow.LocalFileSystem())

    def _put(self, path: Path, key: str) -> None:
        # A copy that was cut off is shorter. One of the same length has the same bytes, as
        # they are named by content: what another attempt has put there is left alone.
        if self._size(key) != path.stat().st_size:
            self._fs.create_dir(str(Path(key).parent), recursive=True)
            self._copy(str(path), arrow.LocalFileSystem(), key, self._fs)

    def _size(self, key: str) -> int | None:
        info = self._fs.get_file_info(key)
        return int(info.size) if info.type == arrow.FileType.File else None

    def _staged(self, sha256: str) -> str:
        return f"staging/{self._version}/{sha256}"

    @staticmethod
    def _copy(source: str, of: Any, target: str, to: Any) -> None:
        with of.open_input_stream(source) as read, to.open_output_stream(target) as write:
            while block := read.read(_BLOCK_BYTES):
                write.write(block)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (ArrowException, OSError) as error:
            said = str(error).strip().splitlines()[0].replace(self._url, self._name)
            raise RoofhouseError(f"shared storage {self._name}: {said}") from None
