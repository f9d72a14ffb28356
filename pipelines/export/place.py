"""The place of an export: written beside it, made durable, then swapped in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import RoofhouseError
from pipelines.publish.atomic import exchange
from pipelines.warehouse import durable


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield the path of a new file that replaces `path` at the end.

    Raises RoofhouseError if `path` is a folder or a device, or cannot be written.
    """
    with _told(path):
        path = path.resolve()  # a link stays one
        if path.is_dir():
            raise RoofhouseError(f"{path}: is a folder; name a file")
        if path.exists() and not path.is_file():
            raise RoofhouseError(f"{path}: is no regular file; `--output -` writes to the output")
        _need_parent(path)
        with tempfile.TemporaryDirectory(prefix=f".{path.name[:40]}.", dir=path.parent) as aside:
            written = Path(aside) / "written"
            yield written
            durable(written)
            written.replace(path)
        durable(path.parent)


@contextmanager
def new_folder(path: Path, is_ours: Callable[[str], bool]) -> Iterator[Path]:
    """Yield a new folder that replaces `path` at the end.

    Raises RoofhouseError if `path` is a file, holds a file whose name `is_ours` denies, or cannot
    be written.
    """
    with _told(path):
        path = path.resolve()
        if path.exists() and not path.is_dir():
            raise RoofhouseError(f"{path}: is a file; name a folder")
        if path.is_dir():
            other = next(
                (one for one in sorted(each.name for each in path.iterdir()) if not is_ours(one)),
                None,
            )
            if other is not None:
                raise RoofhouseError(
                    f"{path}: has other files than an export, such as {other}; name a folder that "
                    "is new, empty or an earlier export"
                )
        _need_parent(path)
        with tempfile.TemporaryDirectory(prefix=f".{path.name[:40]}.", dir=path.parent) as aside:
            written = Path(aside) / "written"
            written.mkdir()
            yield written
            durable(written)
            if not path.exists():
                written.replace(path)
            elif not exchange(written, path):
                path.replace(Path(aside) / "former")
                written.replace(path)
        durable(path.parent)


def write(path: Path, content: bytes) -> None:
    """Write a file and make it durable."""
    path.write_bytes(content)
    durable(path)


def _need_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise RoofhouseError(f"{path.parent}: no such folder; make it, or name another")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one line that names the path."""
    try:
        yield
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be written: {error.strerror or error}") from None
