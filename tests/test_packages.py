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
from pipelines.ingest.readers.mlperf_summary import ATTRIBUTION
from pipelines.metadata import croissant, datapackage
from pipelines.publish import database, manifest, publish
from tests import feeds, folders
from tests.conftest import warehouse_of
from tests.test_report import Page

BIN = settings.ROOT / ".venv-validators" / "bin"

NOT_VERIFIED = "not verified by MLCommons."

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
    """A later snapshot, so that the marts of changes and of repeated runs have rows."""
    feed = feeds.shipped()
    feed["generated"] = "2026-05-29T10:37:47.493Z"
    for item in feed["items"]:
        item["configuration_key"] = "one of all"
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
    assert package["sources"][0]["path"] == dataset["isBasedOn"]["url"]
    assert dataset["isBasedOn"]["url"] == "https://yingwen.io/evokernel-spec/api/cases.json"
    assert published["attribution"] == dataset["creditText"] == package["attribution"]
    assert published["attribution"] in dataset["citeAs"]


OURS = 'only for {us}; "ask" <ours@example.org> & they\'ll say'


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of six sources, one of which is left out."""
    folder = tmp_path_factory.mktemp("several")
    folders.write(folder, "lab", folders.lab(name="{Our} <lab>", license=OURS))
    folders.write(folder, "none", folders.lab())
    folders.write(folder, "either", folders.lab(license="mit or apache-2.0", attribution="By us."))
    folders.write(folder, "mlperf", folders.mlperf(license="Apache-2.0", url="https://mlc.example"))
    folders.write(folder, "broken", folders.lab(license="GPL-3.0-only") | {"SOURCE.yml": "x: 1"})
    with warehouse_of(folder, feeds.shipped()) as db:
        publish.publish(db, settings.load(folder))
    return folder


def test_the_validators_take_several_sources(several: Path, tmp_path: Path) -> None:
    marts, published = several / "marts", manifest.read(settings.load(several))
    report = frictionless(small(marts, published, tmp_path))
    assert report["valid"], report
    assert report["warnings"] == []
    done = run("mlcroissant", "validate", "--jsonld", croissant.NAME, folder=marts)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_the_validators_take_a_source_without_a_time_or_a_licence(
    several: Path, tmp_path: Path
) -> None:
    """A source that appends may have no time; the package then says no time, not `None`."""
    published = manifest.read(settings.load(several))
    (bare,) = (one for one in published["sources"] if one["id"] == "none")
    alone = published | {"newest_at": None, "sources": [bare | {"newest_at": None}]}
    report = frictionless(small(several / "marts", alone, tmp_path))
    assert report["valid"], report
    package, dataset = datapackage.describe(alone), croissant.describe(alone)
    assert "created" not in package
    assert "datePublished" not in dataset
    assert "None" not in dataset["citeAs"]
    done = run("mlcroissant", "validate", "--jsonld", croissant.NAME, folder=tmp_path)
    assert done.returncode == 0, done.stderr


def test_both_name_every_source_with_its_licence(several: Path) -> None:
    published = manifest.read(settings.load(several))
    package, dataset = datapackage.describe(published), croissant.describe(published)
    assert package["licenses"] == [
        {"name": "Apache-2.0", "path": "https://spdx.org/licenses/Apache-2.0.html"},
        {"name": "CC-BY-SA-4.0", "path": "https://spdx.org/licenses/CC-BY-SA-4.0.html"},
        {"name": "LicenseRef-lab", "title": f"{{Our}} <lab>: {OURS}"},
        {"name": "MIT", "path": "https://spdx.org/licenses/MIT.html"},
        {"name": "NOASSERTION", "title": "none: no licence stated"},
    ]
    assert [one["title"] for one in package["sources"]] == [
        *("either", "EvoKernel Spec", "{Our} <lab>", "mlperf", "none")
    ]
    assert {one["path"] for one in package["licenses"] if "path" in one} == {
        one for one in dataset["license"] if isinstance(one, str)
    }
    assert [one["name"] for one in dataset["license"] if isinstance(one, dict)] == [
        "none: no licence stated",
        f"{{Our}} <lab>: {OURS}",
    ]
    assert [one["name"] for one in dataset["isBasedOn"]] == [
        one["title"] for one in package["sources"]
    ]
    assert dataset["citeAs"].count("{") == dataset["citeAs"].count("}") == 5
    for sentence in (NOT_VERIFIED, "Derived from none (no licence stated)."):
        assert sentence in package["attribution"]
        assert sentence in dataset["creditText"]


def test_every_parquet_file_names_every_source_with_its_licence(several: Path) -> None:
    for path in sorted((several / "marts").glob("*.parquet")):
        found = pl.read_parquet_metadata(path)
        assert found["license"] == (
            "(MIT OR Apache-2.0) AND Apache-2.0 AND CC-BY-SA-4.0 AND LicenseRef-lab AND NOASSERTION"
        )
        sources = {one["id"]: one for one in json.loads(found["sources"])}
        assert list(sources) == ["either", "evokernel", "lab", "mlperf", "none"]
        assert all(
            one.keys() == {"id", "name", "license", "attribution", "url", "citation"}
            for one in sources.values()
        )
        assert sources["lab"]["license"] == OURS
        assert sources["none"]["license"] is None
        assert found["attribution"].count("Derived from ") == 5
        assert NOT_VERIFIED in found["attribution"]


def test_the_report_names_every_source_with_its_licence_and_where_it_is_from(
    several: Path,
) -> None:
    page = Page(several / "marts" / "report.html")
    for words in (
        "EvoKernel Spec CC-BY-SA-4.0 (text of CC-BY-SA-4.0) · 22 cases in 1 file · "
        "newest of 29 April 2026, 10:37 UTC",
        f"{{Our}} <lab> {OURS} · 1 case in 1 file · newest of 1 October 2026, 12:00 UTC",
        "none no licence stated · 1 case in 1 file",
        "MIT OR Apache-2.0 (text of MIT) (text of Apache-2.0)",
        "Left out: broken. raw/broken/SOURCE.yml: `mode` is missing",
    ):
        assert words in page.text
    links = {attributes.get("href") for tag, attributes in page.tags if tag == "a"}
    assert {"https://mlc.example", "https://spdx.org/licenses/MIT.html"} <= links


@pytest.mark.parametrize(
    ("said", "times"),
    [({}, 1), ({"attribution": "By MLCommons"}, 1), ({"attribution": ATTRIBUTION}, 1)],
    ids=["nothing", "other words", "the words"],
)
def test_mlperf_is_never_published_without_its_words(
    said: dict[str, str], times: int, tmp_path: Path
) -> None:
    """Its rules hold for what was read from its tables, whatever SOURCE.yml says."""
    folders.write(tmp_path, "tables", folders.mlperf(**said))
    with warehouse_of(tmp_path) as db:
        described = publish.publish(db, settings.load(tmp_path))
    assert described["attribution"].count(NOT_VERIFIED) == times
    found = pl.read_parquet_metadata(tmp_path / "marts" / "mart_case_metrics.parquet")
    assert found["attribution"] == described["attribution"]
    page = (tmp_path / "marts" / "report.html").read_text(encoding="utf-8")
    assert NOT_VERIFIED in page


def test_what_is_not_of_mlperf_does_not_say_so(published: dict[str, Any]) -> None:
    assert NOT_VERIFIED not in published["attribution"]


def test_the_same_manifest_gives_the_same_bytes(published: dict[str, Any], tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        write(folder, json.loads(json.dumps(published)))
    for name in (datapackage.NAME, croissant.NAME):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
