"""`roofhouse export --format hf`: a folder that the Hugging Face Hub and `datasets` can read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from pipelines import settings
from pipelines.publish import manifest
from pipelines.settings import ROOT
from tests.command import roofhouse


def exported(data: Path, path: Path) -> tuple[dict[str, Any], str]:
    """What the head of the card says, and the text below it."""
    told = roofhouse(data, "export", "--format", "hf", "--output", str(path))
    assert told.stderr == ""
    assert told.stdout.startswith("exported   ")
    _, head, text = (path / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), text


def test_every_mart_with_rows_is_a_configuration(published_sources: Path, tmp_path: Path) -> None:
    head, text = exported(published_sources, tmp_path / "hf")
    published = manifest.read(settings.load(published_sources))
    entries = {one["file"]: one for one in published["files"] if one["file"].endswith(".parquet")}
    configured = {one["config_name"]: one["data_files"][0]["path"] for one in head["configs"]}
    paths = {file.removesuffix(".parquet"): f"data/{file}" for file in entries}
    # `datasets` loads no table without rows.
    empty = {file.removesuffix(".parquet") for file, one in entries.items() if not one["rows"]}
    assert empty
    assert configured == {name: path for name, path in paths.items() if name not in empty}
    for name, path in paths.items():
        content = (tmp_path / "hf" / path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entries[f"{name}.parquet"]["sha256"]
        assert len(pl.read_parquet(content)) == entries[f"{name}.parquet"]["rows"]
        assert f"| `{name}` | {entries[f'{name}.parquet']['rows']:,} | One row per" in text
    (default,) = (one["config_name"] for one in head["configs"] if one.get("default"))
    assert default == "mart_case_metrics"


def test_licences_and_credits_are_in_the_card(
    published_sources: Path, shipped_published: Path, tmp_path: Path
) -> None:
    head, text = exported(published_sources, tmp_path / "several")
    assert (head["license"], head["license_link"]) == ("other", "README.md")
    published = manifest.read(settings.load(published_sources))
    assert published["license"] in text
    assert "- Derived from my-lab (CC-BY-4.0): My lab." in text
    assert "not verified by MLCommons" in text
    head, text = exported(shipped_published, tmp_path / "one")
    assert head["license"] == "cc-by-sa-4.0"
    assert "license_name" not in head


def test_croissant_finds_the_files(published_sources: Path, tmp_path: Path) -> None:
    exported(published_sources, tmp_path / "hf")
    about = json.loads((tmp_path / "hf" / "croissant.json").read_text(encoding="utf-8"))
    for file in about["distribution"]:
        content = (tmp_path / "hf" / file["contentUrl"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_datasets_loads_it_without_a_network(shipped_published: Path, tmp_path: Path) -> None:
    exported(shipped_published, tmp_path / "hf-dataset")
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    snippet = next(
        one for one in re.findall(r"```python\n(.*?)```", page, re.S) if "datasets" in one
    )
    told = subprocess.run(
        [ROOT / ".venv-validators/bin/python", "-c", f"{snippet}print(len(cases), len(findings))"],
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    rows = [
        pl.read_parquet(shipped_published / "marts" / f"{mart}.parquet").height
        for mart in ("mart_case_metrics", "mart_case_findings")
    ]
    assert told.stdout.split()[-2:] == [str(one) for one in rows]


def test_an_earlier_export_is_replaced_by_the_same_bytes_and_nothing_else_is(
    shipped_published: Path, tmp_path: Path
) -> None:
    def content(folder: Path) -> dict[str, bytes]:
        files = (one for one in folder.rglob("*") if one.is_file())
        return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}

    exported(shipped_published, tmp_path / "hf")
    before = content(tmp_path / "hf")
    exported(shipped_published, tmp_path / "hf")
    assert content(tmp_path / "hf") == before
    mine = tmp_path / "mine"
    (mine / "data").mkdir(parents=True)
    (mine / "README.md").write_text("my project\n")
    told = roofhouse(shipped_published, "export", "--format", "hf", "--output", str(mine))
    assert told.returncode == 1
    assert "has other files than an export, such as README.md" in told.stderr
    assert (mine / "README.md").read_text() == "my project\n"


def test_a_file_of_another_build_is_refused(shipped_published: Path, tmp_path: Path) -> None:
    data = shutil.copytree(shipped_published, tmp_path / "data")
    mart = data / "marts" / "mart_estimate.parquet"
    mart.write_bytes(mart.read_bytes()[:-1])
    told = roofhouse(data, "export", "--format", "hf", "--output", str(tmp_path / "hf"))
    assert told.returncode == 1
    assert told.stderr.startswith(f"roofhouse: {mart}: is not part of the build of the manifest")
    assert told.stderr.count("\n") == 1
    assert not (tmp_path / "hf").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "evokernel"], "hf exports whole marts, which hold all sources"),
        (["--output", "-"], "hf is not text: name a path with --output"),
        (["--data", "nowhere"], ""),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    shipped_published: Path, arguments: list[str], words: str
) -> None:
    told = roofhouse(shipped_published, "export", "--format", "hf", *arguments)
    assert (told.returncode, told.stdout) == (1, "")
    assert words in told.stderr
    assert told.stderr.startswith("roofhouse: ")
    assert told.stderr.count("\n") == 1
