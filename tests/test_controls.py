"""Does the audit name what is wrong, and keep silent where nothing is?"""

from __future__ import annotations

from collections import Counter

import pytest

from tests import feeds
from tests.conftest import Build
from tests.controls import version1 as controls


def test_every_corruption_is_named_and_plausible_cases_raise_no_alarm(
    build: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    good = [controls.renamed(case, "good") for case in controls.plausible()]
    items, expected = list(good), {}
    for number, corruption in enumerate(controls.CORRUPTIONS):
        for case in controls.plausible():
            bad = controls.renamed(case, f"bad{number}")
            if corruption.apply(bad):
                items.append(bad)
                expected[bad["id"]] = corruption
    with build(feeds.feed(*items)) as db:
        assert db.rows("select case_id, reason from quality.reject") == []
        found: dict[str, set[str]] = {}
        for case_id, rule_id in db.rows(
            "select case_id, rule_id from quality.finding where severity <> 'info'"
        ):
            found.setdefault(case_id, set()).add(rule_id)
    tried: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for case_id, corruption in expected.items():
        tried[corruption.name] += 1
        named[corruption.name] += bool(found.get(case_id, set()) & corruption.rules)
    alarms = {case["id"]: found[case["id"]] for case in good if case["id"] in found}
    with capsys.disabled():
        print("\n\ncorruption                                      named")
        for name, count in tried.items():
            print(f"{name:<46}  {named[name]:>3} of {count:>3}  {named[name] / count:>5.0%}")
        print(f"false alarms on plausible cases                 {len(alarms):>3} of {len(good):>3}")
    assert len(good) >= 30
    assert set(tried) == {corruption.name for corruption in controls.CORRUPTIONS}
    assert min(tried.values()) >= 5
    assert named == tried
    assert alarms == {}
