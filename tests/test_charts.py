"""The small pictures of the Dagster UI, as what the SVG holds."""

from __future__ import annotations

import base64
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipelines.orchestration import charts
from pipelines.report import pictures, renderer
from pipelines.settings import ROOT

CASES = [(0.5, 0.05), (2.0, 0.2), (0.3, 0.001)]
ROWS = [("many", "warn", 40), ("<b>few</b>", "error", 10), ("one", "info", 1)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "roofhouse" / "pictures"


def svg(markdown: str) -> ElementTree.Element:
    """The picture inside an image of Markdown."""
    encoded = markdown.partition("base64,")[2].removesuffix(")")
    return ElementTree.fromstring(base64.b64decode(encoded))


def marks(markdown: str, tag: str, **attributes: str) -> list[ElementTree.Element]:
    found = svg(markdown).findall(f".//{{http://www.w3.org/2000/svg}}{tag}")
    return [one for one in found if attributes.items() <= one.attrib.items()]


def words(markdown: str) -> list[str]:
    return [one.text or "" for one in marks(markdown, "text")]


def place(mark: ElementTree.Element) -> tuple[float, float]:
    x, y = re.findall(r"[-\d.]+", mark.get("transform", ""))
    return float(x), float(y)


def length(bar: ElementTree.Element) -> float:
    (found,) = re.findall(r"h([\d.]+)v", bar.get("d", ""))
    return float(found)


def lightness(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_bars_are_as_long_as_their_counts() -> None:
    drawn = charts.bars(ROWS)
    lengths = {
        severity: length(marks(drawn, "path", fill=colour)[0])
        for severity, colour in pictures.SEVERITIES.items()
    }
    assert lengths["warn"] == pytest.approx(4 * lengths["error"])
    assert lengths["warn"] == pytest.approx(40 * lengths["info"])


def test_the_severity_of_a_bar_is_said_in_words_and_the_worst_comes_first() -> None:
    assert [word for word in words(charts.bars(ROWS)) if "(" in word] == [
        "error (10)",
        "warn (40)",
        "info (1)",
    ]


def test_names_are_text_whatever_they_hold() -> None:
    assert {"<b>few</b>", "many", "10", "40"} <= set(words(charts.bars(ROWS)))


def test_severities_differ_in_lightness_for_whom_the_colours_are_the_same() -> None:
    light = sorted(lightness(colour) + 0.05 for colour in pictures.SEVERITIES.values())
    assert all(lighter / darker > 1.25 for darker, lighter in itertools.pairwise(light))


def test_a_case_above_the_roof_is_above_the_line_and_of_another_shape() -> None:
    drawn = charts.roofline(CASES)
    (line,) = marks(drawn, "path", stroke="#1f2328")
    numbers = [float(number) for number in re.findall(r"[\d.]+", line.get("d", ""))]
    (x0, y0), (x1, y1) = numbers[:2], numbers[2:4]

    def roof(x: float) -> float:
        return y0 + (x - x0) * (y1 - y0) / (x1 - x0)

    cases = marks(drawn, "path", **{"aria-hidden": "true", "stroke": "white"})
    above = [place(one) for one in cases if "A" not in one.get("d", "")]  # no arc: a triangle
    under = [place(one) for one in cases if "A" in one.get("d", "")]
    assert (len(above), len(under)) == (1, 2)
    assert all(y < roof(x) for x, y in above)  # the picture's y grows downwards
    assert all(y > roof(x) for x, y in under)
    assert {"under the roof (2)", "above the roof (1)"} <= set(words(drawn))


def test_a_roofline_has_a_number_at_each_power_of_ten() -> None:
    found = set(words(charts.roofline([(0.02, 0.0003)])))
    assert {"0.01", "0.1", "1", "10"} <= found
    assert {"0.01%", "0.1%", "1%", "10%", "100%"} <= found


@pytest.mark.parametrize(
    "cases",
    [
        [],
        [(1e-300, 1e-300)],
        [(5e-324, 1e300), (1e300, 5e-324)],
        [(1.0, 1.0)],
        [(1.7e308, 1.7e308)],
        [(0.01 * n, 0.001 * n) for n in range(1, 301)],
    ],
    ids=["none", "tiny", "far apart", "on the ridge", "huge", "many"],
)
def test_whatever_cases_there_are_all_of_them_are_drawn_in_the_picture(
    cases: list[tuple[float, float]],
) -> None:
    drawn = charts.roofline(cases)
    width, height = (float(svg(drawn).get(side, "")) for side in ("width", "height"))
    colours = (marks(drawn, "path", fill=colour) for colour in ("#2c6fb0", "#a3160c"))
    symbols = [one for some in colours for one in some if one.get("transform")]
    assert len(symbols) == len(cases) + 2  # those of the legend
    assert all(0 <= x <= width and 0 <= y <= height for x, y in map(place, symbols))
    assert "NaN" not in ElementTree.tostring(svg(drawn), encoding="unicode")


def test_no_findings_are_said() -> None:
    assert words(charts.bars([])) == ["no findings"]


def test_the_same_rows_make_the_same_bytes_whatever_was_drawn_before() -> None:
    first = pictures.roofline(CASES), pictures.bars(ROWS)
    assert (pictures.bars(ROWS), pictures.roofline(CASES)) == first[::-1]


def test_the_process_that_waits_draws_the_same_and_goes_on_waiting() -> None:
    renderer.prepare()
    try:
        (process,) = renderer._waiting
        assert renderer.picture("bars", ROWS) == pictures.bars(ROWS)
        assert renderer.picture("roofline", CASES) == pictures.roofline(CASES)
        assert renderer._waiting == [process]
        assert process.poll() is None
    finally:
        renderer.dismiss()


def test_where_that_process_has_died_this_one_draws() -> None:
    renderer.prepare()
    (process,) = renderer._waiting
    process.kill()
    process.wait()
    assert renderer.picture("bars", ROWS) == pictures.bars(ROWS)
    assert renderer._waiting == []


def test_a_picture_is_drawn_once_for_the_same_rows(cache: Path) -> None:
    drawn = charts.bars(ROWS)
    (kept,) = cache.iterdir()
    kept.write_text("<svg>kept</svg>")
    assert "kept" in (svg(charts.bars(ROWS)).text or "")
    assert charts.bars(ROWS[:1]) != drawn
    kept.write_text("<svg>cut")
    assert charts.bars(ROWS) == drawn


def test_the_cache_stays_small_and_keeps_the_newest(cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(60):
        (cache / f"bars-{number}.svg").write_text("<svg></svg>")
        os.utime(cache / f"bars-{number}.svg", (number, number))
    charts.bars(ROWS)
    left = {path.name for path in cache.iterdir()}
    assert len(left) == 50
    assert "bars-59.svg" in left
    assert "bars-10.svg" not in left


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.parent.parent.joinpath("roofhouse").write_text("a file")
    assert svg(charts.bars(ROWS)).tag.endswith("svg")


def test_nothing_is_loaded_before_a_picture_is_drawn() -> None:
    code = "import sys, pipelines.definitions, pipelines.cli; "
    code += "sys.exit(bool({'altair', 'vl_convert'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
