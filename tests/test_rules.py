"""The rules file: what it may hold, and what happens when it is wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import RoofhouseError
from pipelines.settings import ROOT
from pipelines.transform import rules
from pipelines.warehouse import Warehouse
from tests import feeds

NEW_RULE = """
- id: ttft_above_two_seconds
  check: ttft_within_two_seconds
  category: consistency
  severity: info
  title: The first token comes within two seconds
  why: A test of adding a rule.
  breaks: ttft_p50_ms > threshold
  threshold: {threshold}
  observed: ttft_p50_ms
  limit: threshold
  message: The first token takes {{observed}} ms, over {{limit}} ms.
"""


def test_every_finding_has_words_with_its_numbers_in_them(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows("select rule_id, observed, message from quality.finding")
    assert rows
    for rule_id, observed, message in rows:
        assert "an unknown number" not in message, rule_id
        assert message.endswith("."), message
        if observed is not None and rule_id not in ("evidence_tier_overstated",):
            assert re.search(r"\d", message), message


def test_margins_say_how_far_beyond_the_limit(shipped_db: Warehouse) -> None:
    wrong = shipped_db.rows(
        "select rule_id from quality.finding where margin is distinct from "
        "abs(observed - limit_value) / nullif(abs(limit_value), 0)"
    )
    assert wrong == []


def test_a_finding_has_the_severity_of_its_rule(shipped_db: Warehouse) -> None:
    found = shipped_db.rows("select distinct rule_id, severity from quality.finding")
    severities = {rule.id: rule.severity for rule in rules.load()}
    assert {severity for _, severity in found} == {"error", "warn", "info"}
    assert set(found) <= severities.items()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- id: a\n", "rule a: check: Field required"),
        (NEW_RULE.format(threshold="often"), "rule ttft_above_two_seconds: threshold"),
        (NEW_RULE.format(threshold=1).replace("info", "fatal"), "severity: Input should be"),
        (NEW_RULE.format(threshold=1) * 2, "rule ttft_above_two_seconds: the id is there twice"),
        ("nothing", "the file"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(text)
    with pytest.raises(RoofhouseError) as error:
        rules.load(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_a_message_that_names_no_column_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(NEW_RULE.format(threshold=1).replace("{limit}", "{no_such_column}"))
    with pytest.raises(RoofhouseError, match="rule ttft_above_two_seconds: no column no_such"):
        rules.select(rules.load(path))


def build_a_copy(tmp_path: Path, extra_rule: str) -> subprocess.CompletedProcess[str]:
    """Copy the project, add a rule to the copy's rules file only, and build there."""
    project = tmp_path / "project"
    for folder in ("pipelines", "sql", "data/catalog"):
        shutil.copytree(ROOT / folder, project / folder)
    file = project / "sql" / "quality" / "rules.yml"
    file.write_text(file.read_text() + extra_rule)
    feeds.write(project / "data", feeds.shipped())
    script = (
        "from pipelines import settings\n"
        "from pipelines.transform import materialize\n"
        "from pipelines.errors import RoofhouseError\n"
        "from pipelines.transform.materialize import building\n"
        "found = settings.load()\n"
        "try:\n"
        "    with building(found) as db:\n"
        "        materialize.materialize_all(db, found)\n"
        "except RoofhouseError as error:\n"
        "    print(error)\n"
    )
    environment = {name: value for name, value in os.environ.items() if "ROOFHOUSE" not in name}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env={**environment, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_a_rule_with_a_bad_predicate_stops_the_build_with_its_id(tmp_path: Path) -> None:
    bad = NEW_RULE.format(threshold=1).replace("ttft_p50_ms > threshold", "no_such_column > 1")
    output = build_a_copy(tmp_path, bad).stdout
    assert output.startswith(
        f"{tmp_path}/project/sql/quality/rules.yml: rule ttft_above_two_seconds: "
    )
    assert "no_such_column" in output
    assert len(output.splitlines()) == 1
