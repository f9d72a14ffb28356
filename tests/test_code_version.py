"""A change of code rebuilds what that code makes: one fingerprint per room."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipelines.code_version import PACKAGE, code_version
from pipelines.ingest import staging
from pipelines.publish import publish
from pipelines.transform import registry
from pipelines.transform.table import Frame

#: What is rebuilt for a change of code: the rooms that its fingerprint covers.
COVERED = {
    "staged snapshots": staging.ROOMS,
    "tables that Python fills": ("contracts", "transform"),
    "the published set": publish.ROOMS,
}
#: Rooms and modules without a part in what tables hold; the catalog serves `check` alone.
WITHOUT_EFFECT = {
    "alert",
    "ask",
    "catalog",
    "cli",
    "export",
    "interrupt",
    "orchestration",
    "__init__",
    "definitions",
    "errors",
    "code_version",
}
#: Its values are hashed where they matter: limits in staging, files as they are read.
HASHED_BY_VALUE = {"settings", "config"}


def modules() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def room(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


def test_every_room_counts_somewhere_or_has_no_effect() -> None:
    rooms = {room(module) for module in modules()} | {"config"}
    counted = {name for covered in COVERED.values() for name in covered}
    assert rooms == counted | WITHOUT_EFFECT | HASHED_BY_VALUE


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_change_of_a_module_changes_the_version_of_its_room_alone(
    module: Path, package: Path
) -> None:
    rooms = sorted({name for covered in COVERED.values() for name in covered})
    before = {name: versions(package, name) for name in rooms}
    path = package / module
    text = path.read_text()
    path.write_text(text + "# another opinion\n")
    try:
        changed = {name for name in rooms if versions(package, name) != before[name]}
    finally:
        path.write_text(text)
    assert changed == {room(module)} & set(rooms)


def versions(package: Path, name: str) -> str:
    return code_version.__wrapped__(name, package=package)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(
        shutil.copytree(PACKAGE, tmp_path_factory.mktemp("copy") / "pipelines", ignore=ignored)
    )


@pytest.mark.parametrize(
    ("module", "covered"),
    [
        ("ingest/staging/__init__.py", staging.ROOMS),
        # Staging is part of the build id, which a publication depends on, too.
        ("publish/publish.py", (*publish.ROOMS, *staging.ROOMS)),
    ],
)
def test_every_room_that_code_imports_counts_for_it(module: str, covered: tuple[str, ...]) -> None:
    rooms = {room(found) for found in imported(Path(module))}
    assert rooms - WITHOUT_EFFECT - HASHED_BY_VALUE <= set(covered)


@cache
def imports(module: Path) -> frozenset[Path]:
    """The modules of the package that one imports anywhere in it."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipelines"):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found.update(path for name in names for path in as_path(name))
    return frozenset(found)


def as_path(name: str) -> Iterator[Path]:
    parts = name.split(".")[1:]
    for path in (Path(*parts).with_suffix(".py") if parts else None, Path(*parts, "__init__.py")):
        if path is not None and (PACKAGE / path).is_file():
            yield path


def imported(module: Path) -> set[Path]:
    found, open_ = {module}, [module]
    while open_:
        for one in imports(open_.pop()) - found:
            found.add(one)
            open_.append(one)
    return found


def test_no_two_rooms_import_each_other() -> None:
    reads: dict[str, set[str]] = {}
    for module in modules():
        for other in imports(module):
            if room(other) != room(module) and room(other) != "__init__":
                reads.setdefault(room(module), set()).add(room(other))
    circles = [
        (one, other)
        for one, others in reads.items()
        for other in others
        if reaches(other, one, reads)
    ]
    assert circles == []


def test_dagster_is_imported_in_one_room() -> None:
    importing = {
        room(module)
        for module in modules()
        if re.search(r"^\s*(import|from) dagster\b", (PACKAGE / module).read_text(), re.MULTILINE)
    }
    assert importing == {"orchestration"}


def reaches(one: str, other: str, reads: dict[str, set[str]]) -> bool:
    seen, open_ = set(), [one]
    while open_:
        here = open_.pop()
        if here == other:
            return True
        seen.add(here)
        open_ += [next_ for next_ in reads.get(here, ()) if next_ not in seen]
    return False


def test_tables_that_python_fills_carry_the_version_of_the_code_that_fills_them() -> None:
    rooms = [("transform",), ("contracts", "transform"), ("catalog", "contracts", "transform")]
    known = {code_version(*each) for each in rooms}
    codes = {
        table.maker.code for table in registry.tables().values() if isinstance(table.maker, Frame)
    }
    assert codes <= known
