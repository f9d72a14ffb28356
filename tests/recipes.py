"""The recipes of docs/extending.md, and a copy of the project to apply them to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.settings import ROOT

PAGE = ROOT / "docs" / "extending.md"

#: What a copy needs for a build and for its own tests.
_COPIED = ("pipelines", "sql", "tests", "docs", "data/raw", "data/catalog", "pyproject.toml")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^`([\w./]+)`(?:, at the end)?:$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A block of a recipe: a new file, an addition at the end of one, or a change (diff)."""

    file: str
    language: str
    text: str

    def apply(self, project: Path) -> None:
        """Write the block into a copy of the project."""
        path = project / self.file
        now = path.read_text(encoding="utf-8") if path.exists() else ""
        if self.language == "diff":
            before, after = self._sides()
            assert now.count(before) == 1, f"{self.file} has no such place:\n{before}"
            path.write_text(now.replace(before, after), encoding="utf-8")
        else:
            path.write_text(now + self.text, encoding="utf-8")

    def _sides(self) -> tuple[str, str]:
        lines = self.text.splitlines(keepends=True)
        return tuple(  # type: ignore[return-value]
            "".join(line[1:] for line in lines if line[0] in (" ", mark)) for mark in "-+"
        )


def recipes() -> Mapping[str, list[Step]]:
    """The steps of each recipe by its heading, in the order of the page."""
    found: dict[str, list[Step]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        steps: list[Step] = []
        for block in _BLOCK.finditer(body):
            named = [match[1] for match in _FILE.finditer(body, 0, block.start())]
            assert named, f"{PAGE}: {heading}: a block without the file that it belongs to"
            steps.append(Step(named[-1], block[1], block[2]))
        found[heading] = steps
    return found


class Copy:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.is_file():
                shutil.copyfile(source, folder / name)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, which imports the copy's own packages."""
        environment = {n: value for n, value in os.environ.items() if "ROOFHOUSE" not in n}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**environment, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def without(self, file: str, heading: str) -> Iterator[None]:
        """The copy with a file as it was before a recipe, as if it had been forgotten there."""
        path = self.folder / file
        whole = path.read_text(encoding="utf-8")
        if (ROOT / file).exists():
            shutil.copyfile(ROOT / file, path)
        else:
            path.unlink()
        try:
            for earlier, steps in recipes().items():
                if earlier == heading:
                    break
                for step in steps:
                    if step.file == file:
                        step.apply(self.folder)
            yield
        finally:
            path.write_text(whole, encoding="utf-8")
