"""`roofhouse verify` and `roofhouse build --full`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.publish import publish, verify
from pipelines.transform.materialize import building
from tests import feeds
from tests.command import roofhouse
from tests.reliability import child, state
from tests.test_cli import call


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with B published."""
    data = tmp_path_factory.mktemp("repair") / "data"
    state.prepare(data)
    assert child.run(child.inside, data) == 0
    return data


def differences(data: Path) -> list[str]:
    return verify.verify(settings.load(data))


def test_what_is_published_is_verified(
    origin: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(origin, monkeypatch, "verify") == 0
    assert "2 snapshots" in capsys.readouterr().out


def test_every_difference_is_reported(
    origin: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = state.copy_of(origin, tmp_path / "data")
    mart = data / "marts" / "mart_case_metrics.parquet"
    mart.write_bytes(mart.read_bytes() + b"x")
    (data / "raw" / "cases-1.json").unlink()
    feeds.write(data, state.later(hour=13), "cases-2.json")
    path = data / "marts" / "manifest.json"
    described = json.loads(path.read_text())
    described["counts"]["cases"] += 1
    path.write_text(json.dumps(described))
    assert differences(data) == [
        f"{mart} differs from the manifest",
        "cases: 21 published, 22 in the manifest",
        f"{data}/raw/cases-2.json is not in the published set",
        f"{data}/raw/cases-1.json is published, but no longer there with that content",
    ]
    assert call(data, monkeypatch, "verify") == 1
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 4
    assert told.err.startswith("roofhouse: differences: 4;")


def test_a_compressed_copy_of_a_snapshot_is_no_difference(origin: Path, tmp_path: Path) -> None:
    import gzip

    data = state.copy_of(origin, tmp_path / "data")
    file = data / "raw" / "cases-0.json"
    file.with_name("cases-0.json.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert differences(data) == []


def test_what_was_rejected_or_said_twice_is_no_difference(tmp_path: Path) -> None:
    data = tmp_path / "data"
    feeds.write(data, feeds.shipped(), "cases-0.json")
    later = state.later()
    feeds.put(later["items"][0], "scenario.batch_size", "eight")  # what it was stays published
    later["items"].append(later["items"][1])
    later["count"] += 1
    feeds.write(data, later, "cases-1.json")
    assert child.run(child.steps, data) == 0
    assert differences(data) == []


def test_a_raw_file_that_is_no_feed_hides_no_other_difference(origin: Path, tmp_path: Path) -> None:
    data = state.copy_of(origin, tmp_path / "data")
    mart = data / "marts" / "mart_estimate.parquet"
    mart.write_bytes(mart.read_bytes() + b"x")
    (data / "raw" / "cases-0.json").write_text("no feed")
    feeds.write(data, state.later(hour=13), "cases-2.json")
    assert differences(data) == [
        f"{mart} differs from the manifest",
        f"{data}/raw/cases-0.json: byte 4: not JSON at 'eed': invalid character",
        f"{data}/raw/cases-2.json is not in the published set",
        f"{data}/raw/cases-0.json is published, but no longer there with that content",
    ]
    for file in (data / "raw").iterdir():
        file.unlink()
    assert any("no snapshot" in difference for difference in differences(data))


def test_a_full_temporary_folder_is_said_in_words(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with state.mounted(tmp_path / "tmp", kilobytes=64):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
        found = differences(origin)
    assert len(found) == 4
    assert all(f"the room that is left in {tmp_path / 'tmp'}" in line for line in found[:2])


def test_a_full_build_rebuilds_from_raw_alone(origin: Path, tmp_path: Path) -> None:
    data = state.copy_of(origin, tmp_path / "data")
    before = state.status(data)
    for file in (data / "build" / "staging").rglob("*.parquet"):
        file.write_bytes(b"damaged")
    (data / "build" / "left over").write_text("x")
    built = roofhouse(data, "build", "--full")
    assert built.returncode == 0, built.stderr
    assert not (data / "build" / "left over").exists()
    assert state.status(data) == before
    assert differences(data) == []


def test_values_that_data_raw_does_not_give_are_found_and_a_full_build_replaces_them(
    origin: Path, tmp_path: Path
) -> None:
    data = state.copy_of(origin, tmp_path / "data")
    found = settings.load(data)
    with building(found) as db:
        db.execute("update main.fact_case set decode_tok_s = 2 * decode_tok_s")
        db.execute("delete from staging.state where name = '(published)'")
        publish.publish(db, found)
    assert differences(data) == ["main.fact_case: its rows are not those that data/raw gives"]
    built = roofhouse(data, "build", "--full")
    assert built.returncode == 0, built.stderr
    assert differences(data) == []
