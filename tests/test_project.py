"""The files around the code say the same as the project."""

from __future__ import annotations

import re
import subprocess
import tomllib

import yaml

from pipelines.settings import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.M))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_help_lists_each_target_with_what_it_does() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", shown.stdout, flags=re.M))
    assert listed.keys() == TARGETS - {"lint-python", "lint-sql", "dictionary", "setup"}
    assert all(listed.values())


def test_what_runs_before_a_commit_is_what_lint_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (local,) = config["repos"]
    assert local["repo"] == "local"
    hooks = {hook["entry"] for hook in local["hooks"]}
    (lint,) = re.findall(r"^lint:.*\n\t.*-j2 (.*)$", MAKEFILE, flags=re.M)
    assert hooks == {f"make {target}" for target in lint.split()}


def test_ci_runs_the_script_of_the_project_on_each_python_that_it_supports() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    assert job["steps"][-1] == {"run": "bash .ci/run"}
    pythons = job["strategy"]["matrix"]["python"]
    assert pythons[0] == PROJECT["requires-python"].removeprefix(">=")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(re.findall(r"^make (\S+)$", script, flags=re.M)) <= TARGETS


def test_constraints_pin_every_package_and_name_no_place() -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines}
    assert {re.match(r"[\w-]+", one)[0] for one in wanted} <= pinned  # type: ignore[index]
    assert not [line for line in lines if "://" in line]


def test_the_citation_has_the_licence_of_the_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["title"] == PROJECT["name"]
    assert citation["license"] == PROJECT["license"]
    assert {"authors", "cff-version", "message", "title"} <= citation.keys()
