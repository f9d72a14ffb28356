"""Errors of a full disk, and of too little memory, in plain words; and durable writes."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.errors import RoofhouseError

#: Reasons why a disk refuses to write, and what to do about each.
_REFUSALS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "a file would be larger than this process may write; raise the limit",
    errno.EROFS: "the folder is read-only; make it writable",
    errno.EACCES: "no permission to write there; change it",
}


def disk_error(
    error: BaseException, folder: Path | None = None, *, within: Path | None = None
) -> RoofhouseError | None:
    """Return the message for a user if the disk or the memory is full; None for any other error.

    DuckDB and Polars pass on the words of the operating system. Without `folder`, the message
    names the file, or `within`, its folder, if the error names none.
    """
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return RoofhouseError(
            f"{folder or within or 'the data folder'}: not enough memory: "
            f"{text.splitlines()[0] if text else 'Python ran out'}; raise memory_limit, or free "
            "memory, then run `roofhouse build` again"
        )
    for code, words in _REFUSALS.items():
        if os.strerror(code) in text:
            file = re.search(r"[\"'](/[^\"']+)[\"']", text)
            where = folder or (file.group(1) if file else within) or "the data folder"
            return RoofhouseError(f"{where}: {words}, then run `roofhouse build` again")
    return None


@contextmanager
def disk_errors(folder: Path | None = None, *, within: Path | None = None) -> Iterator[None]:
    """Turn a full or read-only disk into a RoofhouseError that names the folder."""
    try:
        yield
    except Exception as error:
        told = disk_error(error, folder, within=within)
        if told is None:
            raise
        raise told from None


def durable(path: Path) -> None:
    """Make the operating system write a file or folder to the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
