"""Cases held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.stage import agree
from tests import feeds
from tests.conftest import warehouse_of


def test_keys_that_are_made_in_parts_are_those_made_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for at_once in (1_000, 3):
        monkeypatch.setattr(agree, "_KEYED_AT_ONCE", at_once)
        with warehouse_of(tmp_path / str(at_once), feeds.shipped()) as db:
            found.append(db.rows("from staging.fact_case order by case_id"))
    assert len(found[0]) == 22
    assert found[0] == found[1]
