"""Cases compared with each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.staging import reconcile
from tests import feeds
from tests.conftest import warehouse_of
from tests.ingest.staging import stage_feed


def test_keys_that_are_made_in_parts_are_those_made_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for at_once in (1_000, 3):
        monkeypatch.setattr(reconcile, "_KEYED_AT_ONCE", at_once)
        with warehouse_of(tmp_path / str(at_once), feeds.shipped()) as db:
            found.append(db.rows("from staging.fact_case order by case_id"))
    assert len(found[0]) == 22
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"resolved.hardware.compute.tf32_tflops": None},
        {"resolved.hardware.compute.fp32_tflops": None},
        {"resolved.model.name_of_nobody": None},
        {"resolved.engine": {**feeds.case()["resolved"]["engine"], "": "a field without a name"}},
        {"resolved.engine": {**feeds.case()["resolved"]["engine"], "a.b": 1, "id.x": 2}},
    ],
)
def test_null_says_as_much_as_nothing_and_an_unknown_field_is_no_other_definition(
    tmp_path: Path, changes: feeds.Feed
) -> None:
    one, other = feeds.case(), {**feeds.case(), "id": "case-other"}
    for path, value in changes.items():
        feeds.put(other, path, value)
    staged = stage_feed(tmp_path, feeds.feed(one, other))
    assert staged.rejects == {}
    assert staged.cases == [one["id"], "case-other"]
