"""The cross-checks of the audit hold on every format: mistakes in a tool's own file are noticed.

An honest run of each format raises no error and no warning. Then one quantity of its file is
changed as people change it, and the rule that has to notice it is named. What no rule can
notice is not in the table: a rate that is too low, since no tool writes a batch size; half a TPOT
in rows of InferenceX, whose lengths follow from it; a wrong E2E in stages of inference-perf, whose
TPOT follows from it; and watts of a whole system, which no card's limit bounds.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.conftest import warehouse_of
from tests.ingest.test_roundtrip import File, lay
from tests.ingest.written import FORMATS
from tests.ingest.written.honest import records
from tests.ingest.written.run import Record

Change = Callable[[Record], Record]
HONEST = records()
#: The places of a quantity in the files of all formats, as expressions over dotted paths.
PLACES = {
    "ttft": r"ttft|time_to_first_token",
    "tpot": r"tpot|inter_token_latency|time_per_output_token",
    "e2e": r"e2el|e2e_latency|request_latency|^Latency",
    "output": r"^output_throughput$|^output_tput|system_output_th|output_tokens_per_sec$|^avg_ts"
    r"|output_token_rate|output_token_throughput|output_tokens_per_second\.successful\.mean"
    r"|output_throughput_tokens|^Throughput|Performance_Result",
    "input": r"input_tokens_per_sec$|input_token_rate|prompt_tokens_per_second\.successful\.mean",
    "power": r"avg_power|average_gpu_power|power_consumption|gpu_power_usage|accelerator\.0\.power",
}
#: The same in MLPerf's log.
LINES = {"ttft": "first token latency", "tpot": "to output token", "e2e": "^mean latency"}


def numbers(record: Record, quantity: str) -> Iterator[tuple[Any, Any, float]]:
    """Object, key and number of each place of a quantity."""
    waiting: list[tuple[str, Any]] = [("", record)]
    while waiting:
        path, place = waiting.pop()
        for key, value in place.items() if isinstance(place, dict) else enumerate(place):
            inner = f"{path}.{key}".removeprefix(".")
            if isinstance(value, dict | list):
                waiting.append((inner, value))
            elif re.search(PLACES[quantity], inner) and isinstance(value, int | float):
                yield place, key, value


def times(quantity: str, factor: float) -> Change:
    def change(record: Record) -> Record:
        record = copy.deepcopy(record)
        found = list(numbers(record, quantity))
        for place, key, value in found:
            place[key] = value * factor
        if "log" in record and quantity in LINES:
            record["log"], count = re.subn(
                rf"(?im)(^.*{LINES[quantity].removeprefix('^')}.*: )(.*)$",
                lambda line: f"{line[1]}{float(line[2]) * factor}",
                record["log"],
            )
            found += [(record, "log", count)] * bool(count)
        assert found, f"no {quantity}"
        return record

    return change


def swapped(one: str, other: str) -> Change:
    """Exchange the numbers of two quantities, place by place."""

    def change(record: Record) -> Record:
        record = copy.deepcopy(record)
        first, second = ([*numbers(record, name)] for name in (one, other))
        assert len(first) == len(second) > 0, (len(first), len(second))
        for (place, key, value), (place_2, key_2, value_2) in zip(first, second, strict=True):
            place[key], place_2[key_2] = value_2, value
        return record

    return change


def percentile_below_median(record: Record) -> Record:
    """The 99th percentiles a hundredth of what they were."""
    record = copy.deepcopy(record)
    found = 0
    for quantity in ("ttft", "tpot", "e2e"):
        for place, key, value in numbers(record, quantity):
            if "p99" in str(key):
                place[key] = value / 100
                found += 1
    assert found
    return record


def too_short(row: Record) -> Record:
    """The row of LLM-Inference-Bench in which 4,096 tokens take less than a tenth of a second."""
    return row | {
        "Num of Hardware": 1,
        "Input Output Length": 2048,
        "Batch Size": 1,
        "Latency": 0.083,
        "Throughput": 4096 / 0.083,
    }


def unchanged(record: Record) -> Record:
    """The record: what is wrong with it is the tool's own doing."""
    return record


VLLM = ["vllm-bench sweep", "vllm-bench seconds"]
LLMD = ["llmd-report 0.1 yaml", "llmd-report 0.2.1 json"]
AIPERF = ["aiperf units", "aiperf genai-perf"]
SGLANG, TRTLLM, GUIDELLM = "sglang-bench 2026", "trtllm-bench report", "guidellm 0.8"
INFERENCEX, STAGE = "inferencex one node", "inference-perf stage"
MLENERGY, ARGONNE, LLAMA = "mlenergy model", "argonne-csv table", "llama-bench json"
LOG = "mlperf-summary log"
#: Formats with a mean of E2E, TTFT and TPOT, and a length that is measured.
WITH_IDENTITY = [*VLLM, SGLANG, TRTLLM, *LLMD, *AIPERF, GUIDELLM, LOG]
WITH_LIMIT = [*VLLM, SGLANG, INFERENCEX, LLMD[1], *AIPERF, GUIDELLM]
WITH_POWER = [INFERENCEX, TRTLLM, *LLMD, *AIPERF, MLENERGY]

#: The mistake, the formats in whose files it can be made, the change, and the rule.
MISTAKES: list[tuple[str, list[str], Change, str]] = [
    (
        "TTFT in seconds",
        [*WITH_IDENTITY, INFERENCEX, STAGE],
        times("ttft", 1e-3),
        "ttft_below_weight_read",
    ),
    (
        "TTFT in microseconds",
        [*WITH_IDENTITY, INFERENCEX],
        times("ttft", 1e3),
        "latency_identity_broken",
    ),
    (
        "TPOT in seconds",
        [*WITH_IDENTITY, INFERENCEX],
        times("tpot", 1e-3),
        "step_below_weight_read",
    ),
    ("TPOT of half its size", WITH_IDENTITY, times("tpot", 0.5), "latency_identity_broken"),
    ("TPOT of half its size", [STAGE], unchanged, "reported_tbt_mismatch"),
    ("E2E in seconds", [*WITH_IDENTITY, INFERENCEX], times("e2e", 1e-3), "latency_identity_broken"),
    (
        "E2E and TTFT exchanged",
        [*VLLM, SGLANG, *LLMD, *AIPERF, GUIDELLM, INFERENCEX],
        swapped("e2e", "ttft"),
        "latency_identity_broken",
    ),
    (
        "percentile below median",
        [*VLLM, SGLANG, TRTLLM, *LLMD, *AIPERF, GUIDELLM, INFERENCEX, STAGE],
        percentile_below_median,
        "percentiles_out_of_order",
    ),
    (
        "output times the cards",
        WITH_LIMIT,
        times("output", 2),
        "concurrency_above_limit",
    ),
    ("all tokens as output", WITH_LIMIT, times("output", 3), "requests_in_flight_above_limit"),
    (
        "all tokens as output",
        [VLLM[0], *LLMD, *AIPERF, GUIDELLM, STAGE],
        times("output", 3),
        "prompts_not_ingested",
    ),
    (
        "input and output exchanged",
        [*LLMD, GUIDELLM, STAGE],
        swapped("output", "input"),
        "prompts_not_ingested",
    ),
    ("latency too short", [ARGONNE], too_short, "decode_above_hard_roofline"),
    ("all tokens as output", [ARGONNE], times("output", 2), "decode_above_hard_roofline"),
    (
        "tokens per minute",
        ["mlperf-summary v6.0", LOG, MLENERGY, LLAMA],
        times("output", 60),
        "decode_above_hard_roofline",
    ),
    ("output times the cards", [LLAMA], times("output", 2), "step_faster_than_roofline"),
    ("power in milliwatts", WITH_POWER, times("power", 1e3), "power_above_tdp"),
    ("power of all cards as of one", WITH_POWER, times("power", 2), "power_above_tdp"),
    ("power in kilowatts", WITH_POWER, times("power", 1e-3), "power_implausibly_low"),
]
CHANGED = [
    (label, mistake, change, rule) for mistake, labels, change, rule in MISTAKES for label in labels
]
#: Rules that compare a case with others: here every format reports the same run.
OF_OTHERS = {"results_identical_elsewhere", "results_repeated"}


def audited(written: Iterable[tuple[str, Record]]) -> list[dict[str, str]]:
    """The rules that each record breaks, with their severity, of one build; each is a case."""
    written = list(written)
    with TemporaryDirectory() as folder:
        lab = Path(folder) / "raw" / "lab"
        for place, (label, record) in enumerate(written):
            lay(lab / str(place), File(FORMATS[label], (record,), ({},)), place)
        (lab / "SOURCE.yml").write_text("mode: append\n")
        with warehouse_of(Path(folder), only=["finding"]) as db:
            cases = db.rows("select source_file, case_id from main.fact_case")
            broken = db.rows("select case_id, rule_id, severity from quality.finding")
    ids = {int(file.split("/")[0]): case_id for file, case_id in cases}
    assert len(ids) == len(written)
    return [
        {
            rule: severity
            for case_id, rule, severity in broken
            if case_id == ids[place] and rule not in OF_OTHERS
        }
        for place, _ in enumerate(written)
    ]


@pytest.fixture(scope="module")
def found() -> list[dict[str, str]]:
    changed = [(label, change(HONEST[label])) for label, _, change, _ in CHANGED]
    return audited([*HONEST.items(), *changed])


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_run_raises_no_error_and_no_warning(
    label: str, found: list[dict[str, str]]
) -> None:
    assert set(found[list(HONEST).index(label)].values()) <= {"info"}


@pytest.mark.parametrize(
    ("place", "rule"),
    [(len(HONEST) + place, rule) for place, (*_, rule) in enumerate(CHANGED)],
    ids=[f"{label}: {mistake}: {rule}" for label, mistake, _, rule in CHANGED],
)
def test_a_mistake_in_a_file_is_noticed(place: int, rule: str, found: list[dict[str, str]]) -> None:
    assert rule in found[place]


def test_a_rule_that_notices_a_mistake_is_silent_without_it() -> None:
    """Of an honest file no rule of the table speaks, but that about what inference-perf does."""
    right = times("tpot", 2)(HONEST[STAGE])
    honest = [*((label, one) for label, one in HONEST.items() if label != STAGE), (STAGE, right)]
    rules = {rule for *_, rule in MISTAKES}
    assert [rules & broken.keys() for broken in audited(honest)] == [set()] * len(honest)


def test_every_format_has_an_honest_run() -> None:
    assert {FORMATS[label].format for label in HONEST} == {one.format for one in FORMATS.values()}
