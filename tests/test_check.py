"""`roofhouse check`: the audit of a file, as a process, with its output and exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import ROOT
from tests import controls, feeds


def check(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import pipelines.cli as cli; cli.command()"]
    return subprocess.run(
        [*command, "check", str(path), *options], cwd=ROOT, capture_output=True, text=True
    )


def written(folder: Path, content: Any, name: str = "mine.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


IMPOSSIBLE = "case-dsr1-asc910bx16-mindie-001"
HONEST: dict[str, Any] = controls.clean()[0]


def test_an_honest_case_exits_0(tmp_path: Path) -> None:
    done = check(written(tmp_path, HONEST))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{HONEST['id']}  plausible\n")


def test_an_impossible_case_exits_1_with_findings_metrics_and_what_was_not_judged(
    tmp_path: Path,
) -> None:
    case = feeds.put(feeds.case(IMPOSSIBLE), "results.power_per_card_w", None)
    done = check(written(tmp_path, [case]), "--format", "json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["cases"]
    assert (found["plausibility"], found["effective_tier"]) == ("impossible", "inconsistent")
    assert found["findings"][0]["rule_id"] == "weights_exceed_memory"
    assert found["metrics"]["weights_gb"] == 1342
    assert found["not_judged"] == {"output_tok_s_per_w": "missing: power_per_card_w"}


@pytest.mark.parametrize("shape", ["feed", "list", "lines"])
def test_feeds_lists_and_lines_are_read(tmp_path: Path, shape: str) -> None:
    cases = [HONEST, feeds.case(IMPOSSIBLE)]
    content: Any = {"feed": feeds.feed(*cases), "list": cases}.get(shape)
    content = content or "\n".join(map(json.dumps, cases))
    done = check(written(tmp_path, content), "--format", "json")
    assert done.returncode == 1
    found = {one["case_id"]: one["plausibility"] for one in json.loads(done.stdout)["cases"]}
    assert found == {HONEST["id"]: "plausible", IMPOSSIBLE: "impossible"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"stack":', "no case"),
        ("[]", "no case"),
        ('{"a": 1}', "no case"),
        ("", "no case"),
    ],
)
def test_a_file_without_a_case_exits_2_in_one_line(
    tmp_path: Path, content: str, words: str
) -> None:
    path = written(tmp_path, content)
    done = check(path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"roofhouse: {path}: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_exits_2(tmp_path: Path) -> None:
    done = check(tmp_path / "none.json")
    assert done.returncode == 2
    assert "No such file" in done.stderr


def test_an_item_that_cannot_be_used_is_told_and_the_others_are_judged(tmp_path: Path) -> None:
    broken = feeds.put(feeds.case(IMPOSSIBLE), "scenario.batch_size", "eight")
    done = check(written(tmp_path, [HONEST, broken]))
    assert done.returncode == 2
    assert f"{HONEST['id']}  plausible" in done.stdout
    (refused,) = [line for line in done.stdout.splitlines() if "cannot be used" in line]
    assert refused.startswith(f"{IMPOSSIBLE}  cannot be used: ")
    assert "scenario.batch_size" in refused


def test_text_of_a_case_gives_no_orders_to_the_terminal(tmp_path: Path) -> None:
    done = check(written(tmp_path, HONEST | {"title": "\x1b[2J evil \u202e"}))
    assert "\x1b[2J" not in done.stdout
    assert "\\x1b[2J" in done.stdout
