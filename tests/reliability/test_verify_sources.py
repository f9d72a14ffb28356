"""`roofhouse verify` of a warehouse of several sources of both modes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.publish import manifest, publish, verify
from pipelines.settings import ROOT
from tests import feeds
from tests.conftest import warehouse_of
from tests.ingest.readers.reading import SAMPLES
from tests.reliability import state
from tests.test_cli import call

READERS = ROOT / "tests" / "ingest" / "readers"
#: The run in limit.json.
WITHDRAWN = "qwen3-32b-h100-sxm5-8-bf16-c24-768-256.20260311-081530"
VLLM = "hardware: h100-sxm5\ncards: 8\nquantization: bf16\nengine: {id: vllm, version: '0.11.0'}\n"


def source(data: Path, name: str, said: str, *files: Path) -> Path:
    """A folder of data/raw with these files, and `said` in its SOURCE.yml."""
    folder = data / "raw" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SOURCE.yml").write_text(said, encoding="utf-8")
    for file in files:
        shutil.copy(file, folder)
    return folder


def prepare(data: Path) -> None:
    """Four sources: a feed, runs with rejects and what is skipped, snapshots of rows."""
    feed = "format: evokernel\nmode: snapshot\nqualify_ids: false\n"
    source(data, "evokernel", feed, feeds.SHIPPED)
    append = "mode: append\nmax_reject_share: 1\n"
    runs = sorted((READERS / "vllm_bench").glob("*.json"))
    lab = source(data, "lab", f"{append}withdrawn: [{WITHDRAWN}]\n", *runs)
    (lab / "sidecar.yml").write_text(VLLM, encoding="utf-8")
    (lab / "again").mkdir()
    (lab / "again" / "limit.json").write_bytes((lab / "rate.json").read_bytes() + b"\n")
    source(data, "mlperf", append, READERS / "mlperf_summary" / "v60.json")
    rows = READERS / "inferencex" / "one_node.json"
    export = source(data, "export", "mode: snapshot\nmax_reject_share: 1\n")
    for day in (1, 2, 3):  # the same content at three times
        shutil.copy(rows, export / f"rows-2026-05-0{day}T000000Z.json")


def build(data: Path) -> None:
    with warehouse_of(data) as db:
        publish.publish(db, settings.load(data))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("verify") / "data"
    prepare(data)
    build(data)
    return data


@pytest.fixture
def data(origin: Path, tmp_path: Path) -> Path:
    return state.copy_of(origin, tmp_path / "data")


def differences(data: Path) -> list[str]:
    return [line.replace(f"{data}/raw/", "") for line in verify.verify(settings.load(data))]


def rows(data: Path, sql: str) -> list[tuple[object, ...]]:
    from pipelines.warehouse import published

    with published(settings.load(data)) as db:
        return db.rows(sql)


def test_sources_of_every_kind_are_verified(
    origin: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(origin, monkeypatch, "verify") == 0
    assert "4 snapshots, 4 sources" in capsys.readouterr().out
    counts = rows(
        origin,
        "select source_id, count(*), sum(reject_count) > 0, "
        "source_id in (select source_id from quality.skipped) "
        "from quality.snapshot group by source_id order by source_id",
    )
    lab = len(list((READERS / "vllm_bench").glob("*.json"))) + 1
    assert counts == [
        ("evokernel", 1, False, False),
        ("export", 3, False, False),
        ("lab", lab, True, False),
        ("mlperf", 1, True, True),
    ]
    retired = rows(origin, "select case_id from main.fact_case where is_retired")
    assert retired == [(f"lab.{WITHDRAWN}",)]


def test_the_fingerprint_of_raw_is_that_of_the_files_that_were_built(data: Path) -> None:
    from pipelines.ingest import snapshot

    found = settings.load(data)
    assert manifest.read(found)["raw_fingerprint"] == snapshot.fingerprint(found.raw)
    with warehouse_of(data) as db:
        (found.raw / "lab" / "late.json").write_text("[]")
        described = publish.publish(db, found)
    assert described["raw_fingerprint"] != snapshot.fingerprint(found.raw)


def test_every_difference_is_reported_with_its_file(data: Path) -> None:
    raw = data / "raw"
    (raw / "lab" / "limit.json").unlink()
    (raw / "lab" / "rate.json").write_bytes((raw / "lab" / "rate.json").read_bytes() + b" ")
    (raw / "export" / "rows-2026-05-02T000000Z.json").rename(
        raw / "export" / "rows-2026-05-04T000000Z.json"
    )
    shutil.rmtree(raw / "mlperf")
    assert sorted(differences(data)) == [
        "export/rows-2026-05-02T000000Z.json is published, but no longer there with that content",
        "export/rows-2026-05-04T000000Z.json is not in the published set",
        "lab/limit.json is published, but no longer there with that content",
        "lab/rate.json is not in the published set",
        "lab/rate.json is published, but no longer there with that content",
        "mlperf/v60.json is published, but no longer there with that content",
    ]


def test_a_renamed_run_is_no_difference(data: Path) -> None:
    lab = data / "raw" / "lab"
    (lab / "limit.json").rename(lab / "again" / "renamed.json")
    assert differences(data) == []


def test_records_that_became_rejects_or_out_of_scope_are_counted_again(data: Path) -> None:
    """A database that says otherwise than the files: its counts are changed by hand."""
    import duckdb

    with duckdb.connect(str(data / "warehouse.duckdb")) as con:
        con.execute("update quality.skipped set record_count = record_count + 1")
        con.execute(
            "update quality.snapshot set item_count = item_count + 1 where source_id = 'lab' "
            "and file_name = 'sweep.json'"
        )
    path = manifest.path(settings.load(data))
    described = json.loads(path.read_text())
    for entry in described["files"]:
        if entry["file"] == "warehouse.duckdb":
            from pipelines.ingest.snapshot import sha256_of

            entry["sha256"] = sha256_of(data / "warehouse.duckdb")
    path.write_text(json.dumps(described))
    found = differences(data)
    assert len(found) == 2
    assert any(line.endswith("in lab/sweep.json") and line.startswith("items: ") for line in found)
    assert any(
        line.startswith("records skipped: {") and line.endswith("in mlperf/v60.json")
        for line in found
    )


def test_a_sidecar_that_cannot_be_read_is_named_once(data: Path) -> None:
    (data / "raw" / "lab" / "sidecar.yml").write_text("card: 8")
    found = differences(data)
    assert found[0].startswith("lab/sidecar.yml: ")
    assert found[0].count("cards") == 1
    assert len(found) == 1


def test_a_source_that_was_left_out_is_no_difference_until_its_files_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    prepare(data)
    over, wrong = data / "raw" / "mlperf", data / "raw" / "lab"
    (over / "SOURCE.yml").write_text("mode: append\nmax_reject_share: 0\n")
    (wrong / "SOURCE.yml").write_text("modus: append\n")
    build(data)
    assert differences(data) == []
    assert call(data, monkeypatch, "verify") == 0
    told = capsys.readouterr().out
    assert "left out   lab: " in told
    assert "left out   mlperf: " in told
    (wrong / "SOURCE.yml").write_text("mode: append\nmax_reject_share: 1\n")
    found = differences(data)
    assert found == [
        f"{source}: left out of what is published, but data/raw has changed since"
        for source in ("lab", "mlperf")
    ]


def check_samples(data: Path, samples: Path) -> None:
    """Build from files of real tools, beside the shipped feed, and verify that."""
    shutil.copytree(ROOT / "data" / "raw" / "evokernel", data / "raw" / "evokernel")
    for tool in ("vllm", "mlperf", "inferencex"):
        files = sorted((samples / tool).glob("*.json"))
        source(data, tool, "mode: append\nmax_reject_share: 1\n", *files)
    (data / "raw" / "vllm" / "sidecar.yml").write_text(VLLM)
    build(data)
    assert rows(data, "select count(*) from main.dim_source where problem is null") == [(4,)]
    assert differences(data) == []


if SAMPLES is not None:  # they are no part of the project

    def test_files_of_real_tools_are_verified(tmp_path: Path) -> None:
        assert SAMPLES is not None
        check_samples(tmp_path / "data", SAMPLES)
