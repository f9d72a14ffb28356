"""Prices: none is shipped, the examples work, and each says of what and from where it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.transform import configuration, sql_files
from tests import feeds
from tests.command import roofhouse
from tests.conftest import warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
STACK = "'a100-sxm4', 8, 'llama-3.3-70b', 'bf16', 16, 1024, 512"
SHIPPED = (settings.CONFIG_DIR / "prices.yml").read_text(encoding="utf-8")
PRICE = "{value: 2, source: a list, date: 2026-01-01}"


@pytest.fixture
def prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of prices in a folder of configuration of its own."""
    config = shutil.copytree(settings.CONFIG_DIR, tmp_path / "config")
    monkeypatch.setenv("ROOFHOUSE_CONFIG", str(config))
    return config / "prices.yml"


def without_comment_signs(text: str) -> str:
    """The file of prices as its head says to fill it in: the sign before each example is gone."""
    found = re.sub(r"# ?(?=\{|[\w-]+: \{)", "", text)
    assert found.count("{value") == text.count("{value") == 4
    return found


def test_no_price_is_shipped() -> None:
    found = configuration.frames(settings.load())
    assert found["card_price"].is_empty()
    own = ("electricity_usd_per_kwh", "pue")
    values = [row["value"] for row in found["assumption"].to_dicts() if row["name"] in own]
    assert values == [None, None]


def test_the_examples_work_when_their_comment_signs_are_removed(
    prices: Path, tmp_path: Path
) -> None:
    prices.write_text(without_comment_signs(SHIPPED))
    content = feeds.shipped()
    with warehouse_of(tmp_path / "data", content) as db:
        assert db.rows("select hardware_id, usd_per_card_hour, source from card_price") == [
            ("h100-sxm5", 2.5, "https://cloud.example/prices"),
            ("mi300x", 1.9, "invoice 17"),
        ]
        assert db.rows(sql_files.checks()["prices_name_hardware"].text) == []
        costs = db.rows(
            "select distinct i.hardware_id, m.decode_hardware_usd_per_mtok is not null, "
            "m.decode_hardware_usd_per_mtok > 0 and m.decode_electricity_usd_per_mtok > 0 "
            "from metrics.case_metric as m join fact_case as i using (case_id) "
            "where m.is_current and m.basis = 'claimed' and m.decode_kwh_per_mtok is not null"
        )
    assert ("h100-sxm5", True, True) in costs
    assert ("mi300x", True, True) in costs
    assert {one[0] for one in costs if one[1]} == {"h100-sxm5", "mi300x"}


@pytest.mark.parametrize(
    ("asked", "nearest"), [("h100-sxm", "h100-sxm5, "), ("H100 SXM5", "h100-sxm5, ")]
)
def test_unknown_hardware_is_refused_with_the_nearest(
    prices: Path, tmp_path: Path, asked: str, nearest: str
) -> None:
    prices.write_text(f"usd_per_card_hour: {{{asked}: {PRICE}, mi300x: {PRICE}}}\n")
    data = tmp_path / "data"
    feeds.write(data, feeds.feed(feeds.case(A100)), "cases.json")
    built = roofhouse(data, "build")
    assert built.returncode == 1
    last = built.stderr.strip().splitlines()[-1]
    assert last.startswith("roofhouse: 1 exception to: Every price of prices.yml is of known")
    assert f"The first: hardware_id {asked}, nearest {nearest}" in last
    assert "Correct the id in prices.yml, in the folder of the setting `config`." in last
    assert not (data / "warehouse.duckdb").exists()


def test_hardware_of_the_catalog_and_of_a_source_has_a_price(prices: Path, tmp_path: Path) -> None:
    content = feeds.feed(feeds.case(A100))
    own = content["items"][0]
    feeds.put(own, "stack.hardware.id", "our-own-chip")
    feeds.put(own, "resolved.hardware.id", "our-own-chip")
    prices.write_text(
        f"usd_per_card_hour: {{our-own-chip: {PRICE}, b200-sxm: {PRICE}, x: {PRICE}}}"
    )
    with warehouse_of(tmp_path / "data", content) as db:
        query = sql_files.checks()["prices_name_hardware"].text
        assert [row[0] for row in db.rows(query)] == ["x"]
        # The source that is left out may be the one that has it.
        db.execute("update main.dim_source set problem = 'cut off'")
        assert db.rows(query) == []


def test_what_if_knows_the_configured_price(prices: Path, tmp_path: Path) -> None:
    prices.write_text(f"usd_per_card_hour: {{a100-sxm4: {PRICE}}}")
    with warehouse_of(tmp_path / "data", feeds.feed(feeds.case(A100))) as db:
        db.execute(sql_files.questions())
        found = db.rows(
            f"select usd_per_card_hour from what_if({STACK}) union all "
            f"select usd_per_card_hour from what_if({STACK}, usd_per_card_hour := 3)"
        )
    assert found == [(2.0,), (3.0,)]


def test_a_price_states_its_source_and_day(prices: Path) -> None:
    prices.write_text("electricity_usd_per_kwh: {value: 0.1, source: a bill, date: 2026-01-01}\n")
    found = configuration.frames(settings.load())["assumption"].to_dicts()
    (row,) = (one for one in found if one["name"] == "electricity_usd_per_kwh")
    assert (row["value"], row["source"]) == (0.1, "a bill (2026-01-01)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pue: {value: 1.2}", "pue.source: Field required"),
        ("pue: {value: 1.2, source: a meter}", "pue.date: Field required"),
        ("pue: {value: 0.9, source: a meter, date: 2026-01-01}", "pue.value: "),
        (
            'usd_per_card_hour: {mi300x: {value: 2, source: "...", date: 2026-01-01}}',
            "usd_per_card_hour.mi300x.source: say where the price is from",
        ),
        (
            "usd_per_card_hour: {mi300x: {value: -2, source: a list, date: 2026-01-01}}",
            "usd_per_card_hour.mi300x.value: ",
        ),
        (
            "electricity_usd_per_kwh: {value: .inf, source: a list, date: 2026-01-01}",
            "electricity_usd_per_kwh.value: ",
        ),
        ("usd_per_card_hours: {}", "usd_per_card_hours: "),
    ],
)
def test_a_wrong_price_is_refused_in_one_line(prices: Path, text: str, words: str) -> None:
    prices.write_text(text)
    with pytest.raises(RoofhouseError) as told:
        configuration.frames(settings.load())
    assert str(told.value).startswith(f"{prices}: {words}")
    assert "\n" not in str(told.value)
