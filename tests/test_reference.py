"""Every metric, finding and verdict of the warehouse against a second implementation.

The warehouse computes in SQL; `tests.reference` computes the same in exact arithmetic, written
from the text of the definitions. Cases whose numbers lie at a limit to the last digit are left
out: there the two may round to different sides.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from pipelines import catalog
from pipelines.contracts.metrics.case_metric import Metric
from pipelines.settings import ROOT
from pipelines.transform import rules
from pipelines.warehouse import Warehouse
from tests import controls, feeds
from tests.conftest import warehouse_of
from tests.reference import edges, strategies
from tests.reference.case import Item
from tests.reference.compare import Expected, equal
from tests.reference.items import HONEST, LLAMA, variant
from tests.reference.metrics import metrics
from tests.reference.rules import RULES, Feed
from tests.reference.test_public_mistakes import CASES

#: Columns of case_metric that serve the rules alone; the definitions name none of them.
OF_THE_RULES = {
    "decode_roofline_at_max_concurrency_lenient_tok_s",
    "serving_roofline_at_max_concurrency_lenient_tok_s",
}
#: Columns of the estimates: tests/test_estimates.py computes them by hand.
OF_THE_ESTIMATES = {"decode_prior_tok_s", "serving_prior_tok_s", "log_residual"}
#: Columns of the mart that follow from the findings.
VERDICT = {
    *("plausibility", "declared_tier", "effective_tier"),
    *("error_count", "warn_count", "info_count"),
}
#: A finding this close to its limit may be rounding.
AT_LIMIT = 1e-9
RANDOM = 800


@dataclass(frozen=True)
class Judged:
    """The results of the warehouse for the cases of one feed."""

    items: list[Item]
    rows: dict[str, dict[str, Any]]
    findings: dict[str, dict[str, tuple[str, str, float | None, float | None]]]
    others: set[str]
    """The cases with findings of rules that the reference lacks, on which their verdict rests."""

    @classmethod
    def of(cls, db: Warehouse, items: list[Item]) -> Judged:
        inputs = db.frame(
            "from metrics.case_input where is_current and basis = 'claimed'"
        ).to_dicts()
        marts = db.frame("from marts.mart_case_metrics").to_dicts()
        rows = {row["case_id"]: row for row in inputs}
        for row in marts:
            rows[row["case_id"]] = rows[row["case_id"]] | row
        findings: dict[str, dict[str, tuple[str, str, float | None, float | None]]] = {}
        others = set()
        for case_id, rule_id, *found in db.rows(
            "select case_id, rule_id, severity, category, observed, limit_value "
            "from quality.finding"
        ):
            if rule_id in RULES:  # test_the_reference_knows_every_rule names the others
                findings.setdefault(case_id, {})[rule_id] = (found[0], found[1], found[2], found[3])
            else:
                others.add(case_id)
        return cls(items, rows, findings, others)

    @cached_property
    def expected(self) -> Expected:
        """The results of the reference for the same items."""
        return Expected(self.items)

    def differences(self) -> list[str]:
        """Every difference from the reference, but for cases at a limit."""
        feed = Feed(self.items)
        at_limit = set()
        for case_id, broken in self.expected.findings.items():
            found = self.findings.get(case_id, {})
            margins = [margin(*found[rule][2:]) for rule in found.keys() - broken]
            if missing := broken - found.keys():
                margins += [feed.findings(case_id)[rule].margin for rule in missing]
            if any(one is not None and one < AT_LIMIT for one in margins):
                at_limit.add(case_id)
        assert len(at_limit) < 0.02 * len(self.items)
        named = {case_id: set(found) for case_id, found in self.findings.items()}
        rows = {case_id: row | self._verdict(case_id) for case_id, row in self.rows.items()}
        differences = self.expected.differences(rows, named)
        return [one for one in differences if one.partition(":")[0] not in at_limit]

    def _verdict(self, case_id: str) -> dict[str, Any]:
        """The verdict of the reference, where that of the warehouse rests on other rules too."""
        expected = self.expected.rows[case_id] if case_id in self.others else {}
        return {name: value for name, value in expected.items() if name in VERDICT}


def on_the_catalog(item: Item) -> Item:
    """An item whose specifications have the figures of the catalog, where that has some."""
    found = copy.deepcopy(item)
    known = catalog.load()
    kinds: tuple[tuple[catalog.EntityKind, str], ...] = (
        ("hardware", "hardware"),
        ("model", "model"),
        ("quant", "quantization"),
    )
    for kind, key in kinds:
        entity = found["resolved"][key]
        if entity["id"] in known.ids(kind):
            stated = known.entity(kind, entity["id"])
            for block in ("compute", "memory", "power", "architecture"):
                for name, figure in (stated.get(block) or {}).items():
                    entity.setdefault(block, {})[name] = figure
            if world_size := (stated.get("scale_up") or {}).get("world_size"):
                entity.setdefault("scale_up", {})["world_size"] = world_size
            for name in ("bits_per_weight", "bits_per_activation", "family"):
                if name in stated:
                    entity[name] = stated[name]
    return found


def margin(observed: float | None, limit: float | None) -> float | None:
    return abs(observed - limit) / abs(limit) if observed is not None and limit else None


def random_items(count: int) -> list[Item]:
    """Feed items over the whole range of the definitions, the same ones at each run."""
    sizes = random.Random(7)
    found = [
        strategies._made(seed, sizes.randrange(0, 11), f"random-{seed}", loose=True)
        for seed in range(count)
    ]
    items = strategies._one_definition_each(found)
    # The contract asks for the name of whatever is described.
    return [one for one in items if (one["resolved"].get("server") or {"name": "none"}).get("name")]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """The shipped feed, honest and corrupted runs, runs at each limit, and random ones."""
    found = {}
    for name, items in {
        "shipped": feeds.shipped()["items"],
        "controls": controls.feed_items(),
        "edges": [one for _, *pair in edges.edges() for one in pair],
        "mistakes": [
            variant(f"mistake-{number}", LLAMA, {**HONEST, **changes})
            for number, (_, changes, *_) in enumerate(CASES)
        ],
        "random": random_items(RANDOM),
    }.items():
        folder = tmp_path_factory.mktemp(name)
        with warehouse_of(folder, feeds.feed(*items), only=["mart_case_metrics"]) as db:
            assert db.rows("select case_id, path, reason from staging.reject") == [], name
            found[name] = Judged.of(db, items)
    return found


@pytest.mark.parametrize("name", ["shipped", "controls", "edges", "mistakes", "random"])
def test_the_warehouse_and_the_reference_agree(name: str, judged: dict[str, Judged]) -> None:
    assert judged[name].differences()[:20] == []


def test_the_reference_basis_is_what_the_reference_says_of_the_catalogs_figures(
    shipped_db: Warehouse,
) -> None:
    expected = Expected([on_the_catalog(item) for item in feeds.shipped()["items"]])
    inputs, values = (
        shipped_db.frame(f"from metrics.{name} where basis = 'reference' order by case_id")
        for name in ("case_input", "case_metric")
    )
    verdicts = dict(
        shipped_db.rows("select case_id, reference_plausibility from marts.mart_case_metrics")
    )
    named: dict[str, set[str]] = {}
    for case_id, rule_id in shipped_db.rows(
        "select case_id, rule_id from quality.reference_finding"
    ):
        named.setdefault(case_id, set()).add(rule_id)
    assert inputs.height > 10
    for row in (one | two for one, two in zip(inputs.to_dicts(), values.to_dicts(), strict=True)):
        case_id = row["case_id"]
        wanted = expected.rows[case_id]
        assert verdicts[case_id] == wanted["plausibility"]
        assert named.get(case_id, set()) == expected.findings[case_id]
        for column in wanted.keys() - VERDICT:
            assert equal(column, row[column], wanted[column]), (case_id, column)


def test_the_reference_knows_every_rule() -> None:
    known, shipped = set(RULES), {rule.id for rule in rules.load()}
    lacking = shipped - known
    assert lacking == set(), "rules of rules.yml that tests/reference/rules lacks"
    assert known - shipped == set(), "rules of tests/reference/rules that rules.yml lacks"


def test_severity_and_category_are_those_of_the_reference() -> None:
    assert {
        rule.id: (rule.severity, rule.category) for rule in rules.load() if rule.id in RULES
    } == {one.id: (one.severity, one.category) for one in RULES.values()}


def test_the_reference_has_every_metric() -> None:
    lacking = set(Metric.__annotations__) - set(metrics(feeds.case()))
    lacking -= OF_THE_RULES | OF_THE_ESTIMATES
    assert lacking == set(), "columns of case_metric that tests/reference/metrics.py lacks"


def test_observed_and_limit_are_those_of_the_reference(judged: dict[str, Judged]) -> None:
    for one in (judged["shipped"], judged["edges"]):
        feed = Feed(one.items)
        for case_id, found in one.findings.items():
            expected = feed.findings(case_id)
            for rule in found.keys() & expected.keys():
                _, _, observed, limit = found[rule]
                if expected[rule].observed is not None:
                    assert observed == pytest.approx(expected[rule].observed), (case_id, rule)
                    assert limit == pytest.approx(expected[rule].limit), (case_id, rule)


def test_every_rule_is_broken_somewhere(judged: dict[str, Judged]) -> None:
    broken = {rule for one in judged.values() for found in one.findings.values() for rule in found}
    assert {rule.id for rule in rules.load()} & set(RULES) == broken


def test_honest_runs_raise_no_alarm_and_mistakes_are_noticed_as_the_reference_does(
    judged: dict[str, Judged],
) -> None:
    one = judged["controls"]

    def warehouse(items: list[Item]) -> controls.Found:
        return {
            item["id"]: {rule: found[0] for rule, found in one.findings.get(item["id"], {}).items()}
            for item in items
        }

    def reference(items: list[Item]) -> controls.Found:
        return {
            item["id"]: {rule: RULES[rule].severity for rule in one.expected.findings[item["id"]]}
            for item in items
        }

    ours, theirs = controls.score(warehouse), controls.score(reference)
    assert ours.alarms == {}
    assert ours.scores == theirs.scores
    shown = (ROOT / "docs" / "controls.md").read_text(encoding="utf-8")
    assert shown == controls.page(ours), "docs/controls.md: run `python -m tests.documents`"
