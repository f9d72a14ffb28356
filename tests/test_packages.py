"""datapackage.json and croissant.json, held by their own validators against the written files.

The validators bring pandas along, which must not be beside pandera; they live in a
virtual environment of their own and are run as commands.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import settings
from pipelines.contracts import columns, contracts
from pipelines.metadata import croissant, datapackage
from pipelines.publish import database, manifest, publish
from tests import feeds
from tests.conftest import warehouse_of

BIN = settings.ROOT / ".venv-validators" / "bin"

#: Holds every file against its hash: frictionless does not for a table in Parquet.
CHECK_HASHES = """
import json, sys
from frictionless import Package
from frictionless.resources import FileResource

reports = [
    FileResource(path=one.path, hash=one.hash, basepath=one.basepath).validate()
    for one in Package(sys.argv[1]).resources
]
print(json.dumps([[task.place, error.type] for r in reports for task in r.tasks
                  for error in task.errors]))
"""

#: Reads every record of every record set.
READ_ALL = """
import json, sys
import mlcroissant

dataset = mlcroissant.Dataset(sys.argv[1])
counts = {}
for one in dataset.metadata.record_sets:
    records = list(dataset.records(one.id))
    counts[one.id] = [len(records), [name.partition("/")[2] for name in records[0]]]
print(json.dumps(counts))
"""


def changed() -> feeds.Feed:
    """A later snapshot, so that the marts of changes have rows."""
    feed = feeds.shipped()
    feed["generated"] = "2026-05-29T10:37:47.493Z"
    for item in feed["items"]:
        if item["stack"]["hardware"]["id"] == "a100-sxm4":
            feeds.put(item, "resolved.hardware.memory.bandwidth_gbps.value", 1555)
            feeds.put(item, "results.throughput_tokens_per_sec.decode", 1000)
    return feed


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two snapshots published."""
    folder = tmp_path_factory.mktemp("packaged")
    with warehouse_of(folder, feeds.shipped(), changed()) as db:
        publish.publish(db, settings.load(folder))
    return folder


@pytest.fixture(scope="module")
def published(data: Path) -> dict[str, Any]:
    return manifest.read(settings.load(data))


@pytest.fixture(scope="module")
def marts(data: Path) -> Path:
    """The published marts with both descriptors; not to be changed."""
    return data / "marts"


def write(folder: Path, described: dict[str, Any]) -> None:
    for package in (datapackage, croissant):
        text = json.dumps(package.describe(described), indent=1, ensure_ascii=False)
        (folder / package.NAME).write_text(text, encoding="utf-8")


def run(program: str, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    assert BIN.is_dir(), (
        f"{BIN.parent} is missing: run `make test`, or make it as the Makefile does"
    )
    return subprocess.run(
        [BIN / program, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def frictionless(folder: Path) -> dict[str, Any]:
    """The report of `frictionless validate`."""
    done = run("frictionless", "validate", datapackage.NAME, "--json", folder=folder)
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) == report["valid"]
    return report


def small(marts: Path, published: dict[str, Any], folder: Path) -> Path:
    """A copy with some of the marts, which validates quickly."""
    names = [
        f"mart_{name}.parquet" for name in ("case_findings", "case_metrics", "pareto_frontier")
    ]
    for name in names:
        shutil.copy(marts / name, folder)
    files = [entry for entry in published["files"] if entry["file"] in names]
    write(folder, published | {"files": files})
    return folder


def test_frictionless_finds_every_row_valid(marts: Path, published: dict[str, Any]) -> None:
    report = frictionless(marts)
    assert [task["errors"] for task in report["tasks"] if task["errors"]] == []
    assert report["valid"]
    assert report["warnings"] == []
    found = {task["place"]: task["stats"]["rows"] for task in report["tasks"]}
    rows = {entry["file"]: entry["rows"] for entry in published["files"]}
    assert found == {f"{name}.parquet": rows[f"{name}.parquet"] for name in database.marts()}
    assert 0 not in found.values()


def test_frictionless_reports_what_is_wrong(
    marts: Path, published: dict[str, Any], tmp_path: Path
) -> None:
    small(marts, published, tmp_path)
    metrics = pl.read_parquet(marts / "mart_case_metrics.parquet")
    wrong = metrics.with_columns(
        pl.lit("eight").alias("card_count"),
        pl.lit(-1.0).alias("decode_mbu"),
        pl.lit(None, pl.String).alias("hardware_id"),
        pl.lit("Not An Id").alias("engine_id"),
        pl.lit("tf32").alias("compute_precision"),
    )
    pl.concat([wrong, wrong.head(1)]).write_parquet(tmp_path / "mart_case_metrics.parquet")
    frontier = pl.read_parquet(marts / "mart_pareto_frontier.parquet")
    dangling = frontier.with_columns(pl.lit("case-of-nobody").alias("dominated_by_case_id"))
    dangling.write_parquet(tmp_path / "mart_pareto_frontier.parquet")
    findings = pl.read_parquet(marts / "mart_case_findings.parquet")
    findings.drop("title").write_parquet(tmp_path / "mart_case_findings.parquet")
    report = frictionless(tmp_path)
    assert not report["valid"]
    found = {(one["type"], one.get("fieldName")) for t in report["tasks"] for one in t["errors"]}
    assert found >= {
        ("primary-key", None),
        ("type-error", "card_count"),
        ("constraint-error", "decode_mbu"),
        ("constraint-error", "hardware_id"),
        ("constraint-error", "engine_id"),
        ("constraint-error", "compute_precision"),
        ("foreign-key", None),
        ("incorrect-label", "title"),
    }


def test_every_hash_is_that_of_the_file(
    marts: Path, published: dict[str, Any], tmp_path: Path
) -> None:
    done = run("python", "-c", CHECK_HASHES, datapackage.NAME, folder=marts)
    assert json.loads(done.stdout) == []
    small(marts, published, tmp_path)
    with (tmp_path / "mart_pareto_frontier.parquet").open("ab") as file:
        file.write(b"x")
    done = run("python", "-c", CHECK_HASHES, datapackage.NAME, folder=tmp_path)
    assert json.loads(done.stdout) == [["mart_pareto_frontier.parquet", "hash-count"]]


def test_mlcroissant_has_no_objection(marts: Path) -> None:
    done = run("mlcroissant", "validate", "--jsonld", croissant.NAME, folder=marts)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert done.stderr.rstrip().endswith("Done.")


def test_mlcroissant_reads_records(marts: Path) -> None:
    done = run(
        *("mlcroissant", "load", "--jsonld", croissant.NAME),
        *("--record_set", "mart_case_metrics", "--num_records", 5),
        folder=marts,
    )
    assert done.returncode == 0, done.stderr
    records = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(records) == 5
    assert "'mart_case_metrics/case_id': b'case-" in records[0]


def test_mlcroissant_reads_every_record(marts: Path, published: dict[str, Any]) -> None:
    done = run("python", "-c", READ_ALL, croissant.NAME, folder=marts)
    assert done.returncode == 0, done.stderr
    rows = {entry["file"]: entry["rows"] for entry in published["files"]}
    assert json.loads(done.stdout) == {
        name: [rows[f"{name}.parquet"], [column.name for column in columns(contracts()[name])]]
        for name in database.marts()
    }


@pytest.mark.parametrize(
    ("was", "now", "command"),
    [
        ('"sc:Boolean"', '"sc:Nothing"', ["load", "--record_set", "mart_case_metrics"]),
        ('"column": "title"', '"column": "tittle"', ["load", "--record_set", "mart_case_findings"]),
        ('"@type": "cr:Field"', '"@type": "cr:Feld"', ["validate"]),
        ('"sha256": ', '"sha1": ', ["validate"]),
    ],
)
def test_mlcroissant_reports_what_is_wrong(
    marts: Path,
    published: dict[str, Any],
    tmp_path: Path,
    was: str,
    now: str,
    command: list[str],
) -> None:
    path = small(marts, published, tmp_path) / croissant.NAME
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    done = run("mlcroissant", *command, "--jsonld", croissant.NAME, folder=tmp_path)
    assert done.returncode != 0


def test_both_describe_every_published_mart_and_column(published: dict[str, Any]) -> None:
    resources = datapackage.describe(published)["resources"]
    sets = croissant.describe(published)["recordSet"]
    expected = {name: [one.name for one in columns(contracts()[name])] for name in database.marts()}
    assert {
        one["name"]: [field["name"] for field in one["schema"]["fields"]] for one in resources
    } == expected
    assert {one["name"]: [field["name"] for field in one["field"]] for one in sets} == expected


def test_meaning_and_bounds_come_from_the_contracts(published: dict[str, Any]) -> None:
    resources = {one["name"]: one for one in datapackage.describe(published)["resources"]}
    fields = {one["name"]: one for one in resources["mart_case_metrics"]["schema"]["fields"]}
    assert fields["decode_mbu"]["unit"] == "1"
    assert fields["decode_mbu"]["nullMeaning"].startswith("not an autoregressive decode workload")
    assert fields["decode_mbu"]["constraints"] == {"minimum": 0}
    assert fields["card_count"]["constraints"] == {"required": True}
    assert fields["decode_roofline_bound"]["constraints"] == {"enum": ["memory", "compute"]}
    assert "constraints" not in fields["memory_bw_pct_reported_minus_implied"]
    assert resources["mart_case_findings"]["schema"]["primaryKey"] == ["case_id", "rule_id"]
    assert resources["mart_case_findings"]["schema"]["foreignKeys"] == [
        {
            "fields": ["case_id"],
            "reference": {"resource": "mart_case_metrics", "fields": ["case_id"]},
        }
    ]


def test_what_is_published_says_when_by_whom_and_under_what(published: dict[str, Any]) -> None:
    package, dataset = datapackage.describe(published), croissant.describe(published)
    assert package["version"] == published["build_id"]
    assert dataset["version"].endswith(f"+{published['build_id']}")
    assert package["created"] == dataset["datePublished"] == "2026-05-29T10:37:47.493000Z"
    assert package["licenses"][0]["name"] == "CC-BY-SA-4.0"
    assert dataset["license"] == package["licenses"][0]["path"]
    assert package["sources"][0]["path"] == dataset["isBasedOn"]
    assert dataset["isBasedOn"] == "https://yingwen.io/evokernel-spec/"
    assert published["attribution"] in dataset["citeAs"]


def test_the_same_manifest_gives_the_same_bytes(published: dict[str, Any], tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        write(folder, json.loads(json.dumps(published)))
    for name in (datapackage.NAME, croissant.NAME):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
