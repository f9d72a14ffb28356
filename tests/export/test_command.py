"""`roofhouse export` as a process: what it writes, what it says, its exit code."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import yaml

from tests.command import roofhouse


def test_csv_lies_beside_its_licence(published_sources: Path, tmp_path: Path) -> None:
    path = tmp_path / "lab.csv"
    wanted = ("--source", "my-lab", "--source", "mlperf")
    told = roofhouse(published_sources, "export", "--format", "csv", "--output", str(path), *wanted)
    assert (told.returncode, told.stdout) == (0, f"exported   4 cases  {path}\n")
    lines = path.read_bytes().split(b"\n")
    assert lines[0].startswith(b"case_id,source_id,title,")
    assert {line.partition(b".")[0] for line in lines[1:-1]} == {b"mlperf", b"my-lab"}
    notice = (tmp_path / "lab.csv.license").read_text()
    assert notice.startswith("SPDX-License-Identifier: Apache-2.0 AND CC-BY-4.0\n")


def test_csv_goes_to_the_output_and_the_credit_to_the_other(published_sources: Path) -> None:
    told = roofhouse(
        published_sources, "export", "--format", "csv", "--output", "-", "--source", "my-lab"
    )
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) == 3
    assert told.stderr == "Derived from my-lab (CC-BY-4.0): My lab.\n"


def test_reports_and_workbook_are_written_and_written_again(
    published_sources: Path, tmp_path: Path
) -> None:
    for format, path in (("llmd-report", tmp_path / "reports"), ("xlsx", tmp_path / "a.xlsx")):
        for _ in range(2):
            told = roofhouse(
                *(published_sources, "export", "--format", format),
                *("--output", str(path), "--source", "my-lab"),
            )
            assert (told.returncode, told.stdout) == (0, f"exported   2 cases  {path}\n")
    reports = [yaml.safe_load(one.read_text()) for one in (tmp_path / "reports").iterdir()]
    assert [one["version"] for one in reports] == ["0.2.1", "0.2.1"]
    assert zipfile.is_zipfile(tmp_path / "a.xlsx")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["csv", "--source", "my-labs"], "no source `my-labs`; did you mean `my-lab`?"),
        (
            ["csv", "--source", "zzz"],
            "no source `zzz`; published are broken, evokernel, mlperf, my-lab",
        ),
        (["csv", "--source", "broken"], "source `broken` is left out: "),
        (["xlsx", "--output", "-"], "xlsx is not text: name a path with --output"),
        (["llmd-report", "--output", "-"], "llmd-report is not text: name a path with --output"),
        (["csv", "--output", "/"], "/: is a folder; name a file"),
        (["xlsx", "--data", "nowhere"], "nothing is published yet; run `roofhouse build`"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    published_sources: Path, arguments: list[str], words: str
) -> None:
    told = roofhouse(published_sources, "export", "--format", *arguments)
    assert (told.returncode, told.stdout) == (1, "")
    assert words in told.stderr
    assert told.stderr.startswith("roofhouse: ")
    assert told.stderr.count("\n") == 1
