"""Where cases come from: submitter, evidence, and the time that they came and went."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from tests import feeds
from tests.conftest import warehouse_of

STAYS, LEAVES, COMES = (
    "case-llama33-a100x8-vllm-001",
    "case-glm51-h200x8-vllm-001",
    "case-dsr1-asc910bx16-mindie-001",
)
LATER = "2026-05-01T12:00:00.000Z"


def evidence(number: int, **values: Any) -> dict[str, Any]:
    """An item of evidence."""
    return {"id": f"ev-{number}", "tier": "measured", "source_type": "other", **values}


def test_each_case_has_its_evidence_once_and_its_times_also_if_it_is_gone(tmp_path: Path) -> None:
    stays = feeds.case(STAYS)
    stays["submitter"] = {"github": "@somebody", "affiliation": "A lab"}
    stays["evidence"] = [
        evidence(1, url="https://b.example", citation="B", raw_data_url="https://raw.example"),
        evidence(2, url="https://a.example", citation=" "),
        evidence(3, url="https://b.example", citation="B"),
    ]
    silent = feeds.case(COMES)
    silent["evidence"] = []
    first = feeds.feed(stays, feeds.case(LEAVES))
    second = feeds.feed(stays, silent, generated=LATER)
    with warehouse_of(tmp_path, first, second, only=["mart_case_provenance"]) as db:
        found = {
            row["case_id"]: row
            for row in db.frame("select * from marts.mart_case_provenance").to_dicts()
        }
    assert set(found) == {STAYS, LEAVES, COMES}
    kept = found[STAYS]
    assert kept["evidence_urls"] == ["https://b.example", "https://a.example"]
    assert kept["evidence_citations"] == ["B"]
    assert kept["raw_data_urls"] == ["https://raw.example"]
    assert (kept["submitter_github"], kept["submitter_affiliation"]) == ("@somebody", "A lab")
    assert found[COMES]["evidence_urls"] == found[COMES]["evidence_citations"] == []
    assert found[COMES]["catalog_hardware_name"] == "Huawei Ascend 910B"
    assert [found[one]["is_retired"] for one in (STAYS, LEAVES, COMES)] == [False, True, False]
    may = dt.datetime(2026, 5, 1, 12)
    assert found[COMES]["first_seen_at"] == found[STAYS]["last_seen_at"] == may
    assert found[STAYS]["first_seen_at"] == found[LEAVES]["last_seen_at"] < may
