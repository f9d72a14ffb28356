"""Targets of a fetch: which sources have an address, and where their files go."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipelines.errors import RoofhouseError
from pipelines.ingest.sources import FILE_NAME, FLAT, Folder, Source, discover
from pipelines.settings import Settings

#: The setting that names the address of the source `evokernel`.
_SETTING = "feed_url"


@dataclass(frozen=True)
class Target:
    """A source to fetch, the folder that its files go to, and its address.

    `see` names the place where the address is given, for messages.
    """

    source: Source
    folder: Folder
    into: Path
    url: httpx.URL
    see: str


def find(settings: Settings, source_id: str) -> Target:
    """Return the target for a source; `evokernel` is always one.

    Raises RoofhouseError if there is no such source, or it cannot be fetched.
    """
    folders = {one.source.id: one for one in discover(settings.raw)}
    folders.setdefault(FLAT.id, _flat(settings))
    if source_id not in folders:
        near = difflib.get_close_matches(source_id, folders, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(folders))}"
        raise RoofhouseError(f"no source {source_id!r} in {settings.raw}; {hint}")
    return target(settings, folders[source_id])


def find_all(settings: Settings) -> list[Folder]:
    """Return the sources that have an address, and those whose SOURCE.yml cannot be read.

    Where no source has a folder of its own, and where a setting names the feed, `evokernel` is
    one. Raises RoofhouseError if there are none.
    """
    folders = discover(settings.raw)
    if (_is_set(settings) or not any(one.own for one in folders)) and not any(
        one.source.id == FLAT.id for one in folders
    ):
        folders.append(_flat(settings))
    found = [
        one
        for one in folders
        if (one.own is not None and one.problem and (one.own / FILE_NAME).exists())
        or (not one.problem and _address(settings, one)[0])
    ]
    if not found:
        raise RoofhouseError(
            f"{settings.raw}: nothing to fetch: no source has a `url` in its {FILE_NAME}"
        )
    return found


def target(settings: Settings, folder: Folder) -> Target:
    """Return the target for the folder of a source.

    Raises RoofhouseError if the source has a problem, or no address that is a URL.
    """
    if folder.problem:
        raise RoofhouseError(folder.problem)
    address, see = _address(settings, folder)
    if address is None:
        raise RoofhouseError(
            f"{see.removeprefix('`url` in ')}: the source {folder.source.id} has no `url` to "
            "fetch from"
        )
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise RoofhouseError(f"{see}: {address!r} is not a URL: {error}") from None
    return Target(folder.source, folder, folder.own or settings.raw, url, see)


def _flat(settings: Settings) -> Folder:
    return Folder(FLAT, None, settings.raw)


def _address(settings: Settings, folder: Folder) -> tuple[str | None, str]:
    """Return the address of a source, if it has one, and the place where it is given."""
    source = folder.source
    if source.id == FLAT.id and (folder.own is None or source.url is None or _is_set(settings)):
        return settings.feed_url, _SETTING
    assert folder.own is not None  # only `evokernel` lies flat
    return source.url, f"`url` in {folder.own / FILE_NAME}"


def _is_set(settings: Settings) -> bool:
    """Return True if the setting names another address than its default."""
    return bool(settings.feed_url != Settings.model_fields[_SETTING].default)
