"""Environment over file over default, and a clear word where one of them is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(f"ROOFHOUSE_{name.upper()}", raising=False)


def test_the_default_data_folder_does_not_depend_on_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings.load().data == settings.ROOT / "data"


def test_the_option_goes_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roofhouse.yml").write_text("max_reject_share: 0.2\nlock_timeout_s: 5\n")
    monkeypatch.setenv("ROOFHOUSE_DATA", "/elsewhere")
    monkeypatch.setenv("ROOFHOUSE_MAX_REJECT_SHARE", "0.3")
    found = settings.load(tmp_path)
    assert found.data == tmp_path
    assert found.max_reject_share == 0.3
    assert found.lock_timeout_s == 5
    assert settings.load().data == Path("/elsewhere")


def test_the_options_of_a_cluster_go_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_RAY", "one:6379")
    monkeypatch.setenv("ROOFHOUSE_SHARED", "s3://one")
    found = settings.load(tmp_path)
    assert (found.ray, found.shared) == ("one:6379", "s3://one")
    found = settings.load(tmp_path, ray="two:6379", shared="s3://two")
    assert (found.ray, found.shared) == ("two:6379", "s3://two")
    with pytest.raises(RoofhouseError, match="option --shared: shared: String should match"):
        settings.load(tmp_path, shared="a folder")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max_reject_share: 2\n", "max_reject_share: Input should be less than or equal to 1"),
        ("no_such_setting: 1\n", "no_such_setting: Extra inputs are not permitted"),
        ("max_rejects_share: 1\n", "; did you mean max_reject_share?"),
        ("data: elsewhere\n", "data: the file lies in the data folder and cannot name another"),
        ("- a list\n", "expected `name: value` lines"),
        ("a: [\n", "roofhouse.yml:2: not YAML"),
        ("a: !!python/object:os.system {}\n", "not YAML: could not determine a constructor"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "roofhouse.yml").write_text(text)
    with pytest.raises(RoofhouseError) as error:
        settings.load(tmp_path)
    assert "roofhouse.yml" in str(error.value)
    assert words in str(error.value)


def test_a_file_of_comments_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "roofhouse.yml").write_text("# max_reject_share: 0.2\n")
    assert settings.load(tmp_path).max_reject_share == 0.1


def test_a_folder_stays_the_same_when_the_working_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROOFHOUSE_CONFIG", "mine")
    found = settings.load("data")
    assert (found.data, found.config) == (tmp_path / "data", tmp_path / "mine")
    monkeypatch.setenv("ROOFHOUSE_DATA", "")
    assert settings.load().data == settings.ROOT / "data"


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFHOUSE_MAX_CASE_BYTES", "many")
    with pytest.raises(RoofhouseError, match="environment variable ROOFHOUSE_MAX_CASE_BYTES"):
        settings.load(tmp_path)


@pytest.mark.parametrize("owner", ["team:ml infra", "team:", "jo", "jo@localhost", "team:a:b"])
def test_an_owner_is_an_address_or_a_team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    monkeypatch.setenv("ROOFHOUSE_OWNER", owner)
    with pytest.raises(RoofhouseError) as error:
        settings.load(tmp_path)
    assert str(error.value) == (
        "environment variable ROOFHOUSE_OWNER: owner: expected an e-mail address, or team: and a "
        "name without spaces"
    )
    for right in ("team:ml-infra", "jo.doe+x@example.org"):
        monkeypatch.setenv("ROOFHOUSE_OWNER", right)
        assert settings.load(tmp_path).owner == right
