"""docs/settings.md: current, complete, and every default on it can be given as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import settings
from pipelines.metadata import settings_page
from pipelines.settings import Settings

TEXT = settings_page.settings_page()
ROWS = [line[2:-2].split(" | ") for line in TEXT.splitlines() if line.startswith("| `")]


def test_it_is_current() -> None:
    if settings_page.PATH.read_text(encoding="utf-8") != TEXT:
        pytest.fail("docs/settings.md is not what pipelines/settings.py says: run `make docs`")


def test_every_setting_is_a_row_with_all_its_cells() -> None:
    assert [cells[0].strip("`") for cells in ROWS] == list(Settings.model_fields)
    assert all(len(cells) == 5 and all(cells) for cells in ROWS)


VALUES = [cells for cells in ROWS if cells[2] != "path"]


@pytest.mark.parametrize("cells", VALUES, ids=[cells[0] for cells in VALUES])
def test_a_default_can_be_given_as_it_is_shown(
    cells: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, _, default, given = cells
    monkeypatch.delenv(given.split(", ")[0].strip("`"), raising=False)
    name = name.strip("`")
    value = "" if default == "empty" else default.strip("`")
    expected = getattr(settings.load(tmp_path), name)
    monkeypatch.setenv(given.split(", ")[0].strip("`"), value)
    assert getattr(settings.load(tmp_path), name) == expected == Settings.model_fields[name].default
    monkeypatch.delenv(given.split(", ")[0].strip("`"))
    (tmp_path / "roofhouse.yml").write_text(f"{name}: {value or repr('')}\n")
    assert getattr(settings.load(tmp_path), name) == expected


def test_an_option_is_shown_where_the_command_has_one() -> None:
    with_option = {cells[0].strip("`") for cells in ROWS if "--" in cells[4]}
    assert with_option == {"data", "ray", "shared"}
