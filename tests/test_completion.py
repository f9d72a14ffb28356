"""What a shell completes: commands, options, formats, and the names of the data folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from tests.command import ROOFHOUSE, environment, roofhouse
from tests.result_sources import source


@pytest.fixture(scope="module")
def data(shipped_published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder with two more sources, of which one cannot be read."""
    folder = shutil.copytree(shipped_published, tmp_path_factory.mktemp("completion") / "data")
    source(folder, "my-lab", mode="append")
    source(folder, "my-other-lab", mode="sideways")
    return folder


def completed(data: Path, words: str, shell: str = "bash") -> list[str]:
    """What a shell is told for words, of which the last is not complete."""
    told = roofhouse(
        data,
        _ROOFHOUSE_COMPLETE=f"complete_{shell}",
        COMP_WORDS=words,
        COMP_CWORD=str(words.count(" ")),
        _TYPER_COMPLETE_ARGS=words,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert told.stderr == ""
    return told.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("roofhouse ta", ["tables"]),
        ("roofhouse build --accept my", ["my-lab", "my-other-lab"]),
        ("roofhouse fetch evo", ["evokernel"]),
        ("roofhouse export --source my-l", ["my-lab"]),
        ("roofhouse tables mart_case_m", ["mart_case_metrics"]),
        ("roofhouse tables quality.ru", ["quality.rule"]),
        ("roofhouse tables nothing", []),
        ("roofhouse query --format v", ["vertical"]),
        ("roofhouse export --format x", ["xlsx"]),
        ("roofhouse tables --format ", ["text", "json"]),
        ("roofhouse check --form", ["--format"]),
    ],
)
def test_words_are_completed(data: Path, words: str, expected: list[str]) -> None:
    assert completed(data, words) == expected


def test_names_are_those_of_the_folder_that_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    asked = "roofhouse tables --data {} mart_case_m"
    assert completed(tmp_path / "other", asked.format(data)) == ["mart_case_metrics"]
    assert completed(data, asked.format(tmp_path / "other")) == []
    assert completed(data, asked.format(tmp_path / "missing")) == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_the_same(data: Path, shell: str) -> None:
    told = completed(data, "roofhouse build --accept my", shell)
    assert re.findall(r"my-[a-z-]+", "\n".join(told)) == ["my-lab", "my-other-lab"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_of_the_page_completes(data: Path, shell: str) -> None:
    """bash runs; of the others, which may not be there, what the line evaluates is looked at."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^.*_ROOFHOUSE_COMPLETE=source_{shell} roofhouse.*$", page, flags=re.M)
    path = f"{ROOFHOUSE.parent}{os.pathsep}{os.environ['PATH']}"
    if shell == "bash":
        script = (
            f"{line}\nCOMP_WORDS=(roofhouse build --accept my-l) COMP_CWORD=3\n"
            '_roofhouse_completion roofhouse\necho "${COMPREPLY[@]}"; complete -p roofhouse\n'
        )
    else:
        script = f"_ROOFHOUSE_COMPLETE=source_{shell} roofhouse"
    told = subprocess.run(
        ["bash", "-c", script],
        env=environment(data) | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {
        "bash": "my-lab\ncomplete -o default -F _roofhouse_completion roofhouse\n",
        "zsh": "compdef _roofhouse_completion roofhouse",
        "fish": "complete --command roofhouse ",
    }
    assert expected[shell] in told.stdout
    assert f"complete_{shell}" in told.stdout or shell == "bash"
