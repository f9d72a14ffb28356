"""Files and folders of an export: whole or as they were, and nothing beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import RoofhouseError
from pipelines.export import place
from pipelines.export.llmd_report import file_name, is_report

OLD, NEW = file_name("old"), file_name("new")


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("old")
    with place.new_file(path) as file:
        file.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_stays_as_it_was_if_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("old")
    with pytest.raises(KeyError), place.new_file(path) as file:
        raise KeyError(file.write_text("half"))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_a_file_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "cases.csv", tmp_path / "link.csv"
    path.write_text("old")
    link.symlink_to(path)
    with place.new_file(link) as file:
        file.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"


@pytest.mark.parametrize("before", [None, [], [OLD]])
def test_a_folder_is_new_empty_or_an_earlier_export(
    tmp_path: Path, before: list[str] | None
) -> None:
    path = tmp_path / "reports"
    for name in before or []:
        path.mkdir(exist_ok=True)
        (path / name).write_text("old")
    if before == []:
        path.mkdir()
    with place.new_folder(path, is_report) as folder:
        place.write(folder / NEW, b"new")
    assert [one.name for one in path.iterdir()] == [NEW]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_stays_as_it_was_if_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "reports"
    path.mkdir()
    (path / OLD).write_text("old")
    with pytest.raises(KeyError), place.new_folder(path, is_report) as folder:
        raise KeyError((folder / NEW).write_text("new"))
    assert [one.name for one in path.iterdir()] == [OLD]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / OLD).write_text("old")
    (tmp_path / "thesis.tex").write_text("years of work")
    with (
        pytest.raises(RoofhouseError, match=r"other files than an export, such as thesis\.tex"),
        place.new_folder(tmp_path, is_report),
    ):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_what_cannot_be_written_is_one_line_with_the_path(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for path, words in (
        (tmp_path, "is a folder; name a file"),
        (Path("/dev/null"), "no regular file"),
        (tmp_path / "none" / "cases.csv", "no such folder"),
        (file / "cases.csv", "no such folder"),
        (tmp_path / ("x" * 300), "cannot be written: File name too long"),
    ):
        with pytest.raises(RoofhouseError, match=words) as told, place.new_file(path):
            pass
        assert "\n" not in str(told.value)
    with (
        pytest.raises(RoofhouseError, match="is a file; name a folder"),
        place.new_folder(file, is_report),
    ):
        pass
