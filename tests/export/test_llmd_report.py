"""Reports for llm-d: valid, and read back as the cases that they were."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import settings
from pipelines.contracts import columns, contracts
from pipelines.export import cases, llmd_report
from pipelines.export.llmd_report.document import report
from tests.ingest.readers import reading
from tests.ingest.readers.reading import SAMPLES

Row = dict[str, Any]
SOURCE = {
    "id": "lab",
    "name": "Lab",
    "license": None,
    "attribution": None,
    "url": None,
    "citation": None,
}
#: What a reader says of the file that it reads, and the names before they were looked up.
OF_THE_FILE = {"source_format", "tool_version", "source_file", "record_index"} | {
    name for name in reading.PATHS if name.endswith("_as_reported")
}
#: What no tool's result has, so that no reader makes it: the cards by node.
NOT_READ = {"topology"}


@pytest.fixture(scope="module")
def rows(published_sources: Path) -> list[Row]:
    """The rows of all cases."""
    with cases.opened(settings.load(published_sources), ()) as found:
        return found.facts().to_dicts()


@pytest.fixture(scope="module")
def folder(published_sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of all cases."""
    written = tmp_path_factory.mktemp("reports")
    with cases.opened(settings.load(published_sources), ()) as found:
        llmd_report.write(found, written)
    return written


def reported(folder: Path, row: Row) -> dict[str, Any]:
    text = (folder / llmd_report.file_name(row["case_id"])).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def expected(row: Row) -> dict[str, Any]:
    """The canonical values of a row."""
    known = {
        name: row[reading.COLUMNS.get(name, name)] for name in reading.PATHS.keys() - OF_THE_FILE
    }
    if row["power_per_card_w"]:
        known["power_scope"] = "card"  # a feed says it by the name of the field alone
    return {n: v for n, v in known.items() if v is not None and n not in NOT_READ}


def unknown_model(row: Row) -> dict[str, str]:
    """A sidecar for a model that the feed describes and the catalog does not have."""
    is_known = row["model_id"] in reading.catalog().ids("model")
    return {} if is_known else {"model": "llama-3.1-8b"}


def aggregate(report: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = report["results"]["request_performance"]["aggregate"]
    return found


def test_each_case_has_a_report_that_is_read_back_as_the_case(
    rows: list[Row], folder: Path
) -> None:
    assert len(list(folder.iterdir())) == len(rows)
    assert {row["source_id"] for row in rows} == {"evokernel", "mlperf", "my-lab"}
    for row in rows:
        said = unknown_model(row)
        file = folder / llmd_report.file_name(row["case_id"])
        found = reading.case(file, yaml.safe_dump(said))
        found = {n: v for n, v in found.items() if n not in OF_THE_FILE}
        assert found == {**expected(row), **said}


def test_the_fields_of_the_report_say_the_same_without_what_roofhouse_adds(
    rows: list[Row], folder: Path
) -> None:
    """What other tools read: with a sidecar for the rest, a reader that knows no more."""
    for row in rows:
        report = reported(folder, row)
        del report["results"]["observability"]["roofhouse"]
        said = yaml.safe_dump(
            {
                "hardware": row["hardware_id"],
                "model": row["model_id"],
                "quantization": row["quant_id"],
                **unknown_model(row),
            }
        )
        found = reading.case(yaml.safe_dump(report), said)
        known = expected(row)
        names = {"decode_tok_s", "prefill_tok_s", "duration_s", "card_count", "tp", "engine"}
        names |= {"max_concurrent_requests", "request_rate_rps"}
        names |= {"requests_completed", "requests_failed", "engine_version"}
        for latency in ("ttft", "tbt", "e2e"):
            if f"{latency}_mean_ms" in known:
                names |= {f"{latency}_{of}_ms" for of in ("mean", "p50", "p99")}
        if "requests_completed" in known:
            names |= {"prefill_seq_len", "decode_seq_len"}
        # A claim may have pools that are not the cards that it names.
        if known.get("prefill_cards", 0) + known.get("decode_cards", 0) == known["card_count"]:
            names |= {"prefill_cards", "decode_cards"}
        # Without the prompt length there is no load, and so no limit.
        if "prefill_seq_len" not in known:
            names -= {"max_concurrent_requests", "request_rate_rps"}
        assert {n: found.get(n) for n in names} == {n: known.get(n) for n in names}
        watts = row["power_per_card_w"]
        assert found.get("power_per_card_w") == (watts and pytest.approx(watts))


def test_a_report_names_units_as_the_schema_does(rows: list[Row], folder: Path) -> None:
    (row,) = (one for one in rows if one["source_id"] == "my-lab" and one["decode_tok_s"] > 667)
    found = aggregate(reported(folder, row))
    assert found["throughput"]["output_token_rate"] == {
        "units": "tokens/s",
        "mean": 2_000 / 3 + 1,
    }
    assert found["latency"]["time_to_first_token"]["units"] == "ms"
    assert found["latency"]["time_per_output_token"]["units"] == "ms/token"
    assert found["requests"]["input_length"] == {"units": "count", "mean": 1024.0}


def test_a_percentile_without_a_mean_stands_beside_the_fields_of_the_report(
    rows: list[Row], folder: Path
) -> None:
    row = next(one for one in rows if one["source_id"] == "evokernel" and one["ttft_p50_ms"])
    report = reported(folder, row)
    assert "latency" not in aggregate(report)
    assert "requests" not in aggregate(report)
    block = report["results"]["observability"]["roofhouse"]
    assert block["case"]["ttft_p50_ms"] == row["ttft_p50_ms"]
    assert block["verdict"]["plausibility"] == row["plausibility"]


def test_each_report_has_the_licence_and_the_words_of_its_source(
    rows: list[Row], folder: Path
) -> None:
    for row in rows:
        report = reported(folder, row)
        source = report["results"]["observability"]["roofhouse"]["source"]
        assert source["id"] == row["source_id"]
        assert source["license"] in report["run"]["description"]
        assert ("no MLPerf metrics" in report["run"]["description"]) == (
            row["source_id"] == "mlperf"
        )


@cache
def validator() -> Any:
    assert SAMPLES is not None
    schema = json.loads((SAMPLES / "llm-d" / "br_v0_2_1_json_schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def problems(report: object) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in validator().iter_errors(report)]


if SAMPLES:  # the schema of llm-d is no part of the project

    def test_each_report_is_valid_by_the_schema(rows: list[Row], folder: Path) -> None:
        for row in rows:
            report = reported(folder, row)
            assert problems(report) == []
            report["run"].pop("uid")
            assert problems(report) != []


_POSITIVE = st.floats(min_value=1e-6, max_value=1e12, allow_nan=False)
_COUNT = st.integers(min_value=1, max_value=10**9)
_LATENCIES = [f"{one}_{of}_ms" for one in ("ttft", "tbt", "e2e") for of in ("mean", "p50", "p99")]
_NUMBERS = [
    *_LATENCIES,
    "itl_p50_ms",
    "itl_p99_ms",
    "tbt_reported_ms",
    "prefill_seq_len",
    "decode_seq_len",
    "stated_prefill_seq_len",
    "request_rate_rps",
    "prefill_tok_s",
    "duration_s",
    "energy_j",
    "concurrency_mean",
]
_COUNTS = ["max_concurrent_requests", "batch_size", "requests_completed", "replicas"]
_CHANGES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(_NUMBERS, _POSITIVE),
    **dict.fromkeys(_COUNTS, _COUNT),
    "requests_failed": st.integers(min_value=0, max_value=10**9),
    "throughput_scope": st.sampled_from(["phase", "wall"]),
    "source_format": st.sampled_from(["vllm-bench", "guidellm", "aiperf", "inference-perf"]),
    "kv_cache_bits": st.sampled_from([4, 8, 16]),
    "uses_prefix_caching": st.booleans(),
    "run_at": st.datetimes().map(lambda one: one.isoformat()),
    "run_at_zone": st.sampled_from(["UTC", "+02:00", "Europe/Berlin", "nowhere"]),
    "title": st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1),
}
_ROW: Row = dict.fromkeys(one.name for one in columns(contracts()["fact_case"])) | {
    "case_id": "lab.case",
    "hardware_id": "h100-sxm5",
    "hardware_name": "NVIDIA H100 SXM5 80GB",
    "card_count": 8,
    "model_id": "llama-3.1-8b",
    "model_name": "Llama 3.1 8B Instruct",
    "engine_id": "vllm",
    "quant_id": "bf16",
    "plausibility": "plausible",
    "effective_tier": "measured",
    "tier_reason": None,
}
_ROWS = st.fixed_dictionaries(
    {"decode_tok_s": _POSITIVE},
    optional={name: st.none() | values for name, values in _CHANGES.items()},
)


@hypothesis_settings(deadline=None)
@given(changes=_ROWS)
def test_any_values_are_read_back_and_valid(changes: Row) -> None:
    row = {**_ROW, **changes}
    made = report(row, SOURCE, "build")
    found = reading.case(json.dumps(made), "")
    assert {n: v for n, v in found.items() if n not in OF_THE_FILE} == expected(row)
    assert not SAMPLES or problems(made) == []


def test_pools_are_two_components_and_copies_share_the_cards() -> None:
    def engines(**claim: object) -> list[tuple[str, int, int]]:
        stack = report({**_ROW, **claim}, SOURCE, "build")["scenario"]["stack"]
        of = [one["standardized"] for one in stack]
        return [(one["role"], one["accelerator"]["count"], one["replicas"]) for one in of]

    assert engines(prefill_cards=2, decode_cards=6) == [("prefill", 2, 1), ("decode", 6, 1)]
    assert engines(prefill_cards=8, decode_cards=8) == [("replica", 8, 1)]
    assert engines(replicas=4) == [("replica", 2, 4)]
    assert engines() == [("replica", 8, 1)]


@pytest.mark.parametrize(
    "claim",
    [
        {"card_count": 0},
        {"card_count": -8, "prefill_cards": 4, "decode_cards": -12},
        {"card_count": 8, "replicas": 3, "tensor_parallel": -1, "max_concurrent_requests": 0},
    ],
)
def test_a_claim_that_cannot_be_makes_a_valid_report(claim: Row) -> None:
    made = report({**_ROW, **claim}, SOURCE, "build")
    engines = made.get("scenario", {}).get("stack", [])
    cards = [one["standardized"]["accelerator"]["count"] for one in engines]
    assert cards == ([8] if claim["card_count"] > 0 else [])
    assert not SAMPLES or problems(made) == []


@hypothesis_settings(deadline=None)
@given(reading.disturbed(report({**_ROW, "decode_tok_s": 100.0}, SOURCE, "build")))
def test_a_report_that_was_changed_is_a_case_or_a_reject(changed: dict[str, Any]) -> None:
    assert reading.outcomes(reading.read(changed, "")) in (["case"], ["reject"])


@given(st.lists(st.text(max_size=200), unique=True, min_size=2, max_size=20))
def test_two_ids_never_write_one_file_and_no_id_leaves_the_folder(ids: list[str]) -> None:
    names = [llmd_report.file_name(one) for one in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    for name in names:
        assert llmd_report.is_report(name)
        assert len(name.encode()) < 200
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-~,")


@pytest.mark.parametrize("other", ["A", "a/", "a ", "ä", "../a", "a~0"])
def test_an_id_that_is_no_safe_name_ends_in_its_hash(other: str) -> None:
    assert llmd_report.file_name("a") == "benchmark_report_v0.2.1,_a.yaml"
    assert "~" in llmd_report.file_name(other)
    assert "/" not in llmd_report.file_name(other)
