"""Results tables of MLPerf Inference in both layouts, and the log of a run beside them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.ingest.written.run import Expected, Format, Record, Run, runs

#: Columns of v6.1 by those of v5.1 and v6.0 that became others.
RENAMED = {
    "Submitter": "Organization",
    "Category": "Division",
    "Suite": "SystemType",
    "System": "SystemName",
    "UsedModel": "Model",
    "Model": "MlperfModel",
    "Performance_Result": "Result",
    "Performance_Units": "Units",
    "Accelerator": "accelerator_model_name",
    "a#": "accelerators_per_node",
    "Nodes": "number_of_nodes",
    "Total Accelerators": "total_accelerators",
    "Software": "framework",
    "Notes": "notes",
}
#: The catalog's facts of the benchmark.
_PROMPT, _OUTPUT, _DATASET = 870, 73, "CNN DailyMail"
SYSTEM: dict[str, Any] = {
    "scenario": "Server",
    "per_node": 8,
    "nodes": 1,
    "has_tokens": True,
    "has_power": True,
    "weights": "fp8",
}


def record(run: Run, of: Record = SYSTEM, edition: str = "v6.0") -> Record:
    """A row of v6.0, or of v5.1, which has no total."""
    cards = of["nodes"] * of["per_node"]
    accuracy = f" TOKENS_PER_SAMPLE: {run.output}" if of["has_tokens"] else ""
    row: Record = {
        "ID": "6.0-0001",
        "Submitter": "A Company",
        "Availability": "available",
        "Category": "closed",
        "Suite": "datacenter",
        "System": "A System",
        "Platform": "a_system",
        "UsedModel": "llama3.1-8b",
        "Model": "llama3.1-8b",
        "Scenario": of["scenario"],
        "Accuracy": f"ROUGE1: 38.8{accuracy}",
        "Nodes": of["nodes"],
        "Accelerator": "NVIDIA H200-SXM-141GB",
        "a#": of["per_node"],
        "Location": "./results/a_system",
        "Software": "TensorRT-LLM 1.1",
        "Notes": "",
        "compliance": "closed",
        "errors": 0,
        "version": edition,
        "inferred": 0,
        "weight_data_types": of["weights"],
        "Details": "https://example.org/a_system",
        "Unique ID (e.g. for Audit)": "datacenter/closed/a_system",
        "Performance_Result": run.output_tok_s,
        "Performance_Units": "Tokens/s",
    }
    if edition != "v5.1":
        row["Total Accelerators"] = cards
    if of["has_power"]:
        row |= {"Power_Result": run.watts * cards, "Power_Units": "Watts"}
    return row


def log(run: Run) -> str:
    """The log of the row's run; times are nanoseconds."""
    names = {"ttft": "first token latency", "tbt": "time to output token"}
    lines = [
        "MLPerf Results Summary",
        f"Completed samples per second : {run.completed / run.duration_s}",
        f"Completed tokens per second: {run.output_tok_s}",
    ]
    if run.rate_rps is not None:
        lines.append(f"Scheduled samples per second : {run.rate_rps}")
    for name, value in run.latencies_ms.items():
        latency, _, of = name.partition("_")
        kind = {"mean": "Mean", "p50": "50.00 percentile", "p99": "99.00 percentile"}[of]
        if latency in names:
            lines.append(f"{kind} {names[latency]} (ns) : {value * 1e6}")
    if (mean := run.ms("e2e_mean")) is not None:
        lines.append(f"Mean latency (ns) : {mean * 1e6}")
    return "\n".join(lines)


def as_rows(records: list[Record]) -> str:
    return json.dumps([{k: v for k, v in one.items() if k != "log"} for one in records])


def as_numbered(records: list[Record]) -> str:
    """The table of v6.1, in which watts have rows of their own."""
    rows, watts = [], []
    for number, one in enumerate(records):
        row = {RENAMED.get(name, name): value for name, value in one.items() if name != "ID"}
        row |= {"Platform": f"system_{number}", "PrivateID": None}
        power = row.pop("Power_Result", None)
        row.pop("Power_Units", None)
        rows.append(row)
        if power is not None:
            watts.append({**row, "Units": "Watts", "Result": power})
    return json.dumps({str(at): row for at, row in enumerate([*rows, *watts])})


def _pair(run: Run, of: Record, edition: str, has_log: bool = False) -> tuple[Record, Expected]:
    row = record(run, of, edition)
    cards = of["nodes"] * of["per_node"]
    expected: Expected = {
        "decode_tok_s": run.output_tok_s,
        "throughput_scope": "wall",
        "prefill_seq_len": _PROMPT,
        "decode_seq_len": run.output if of["has_tokens"] else _OUTPUT,
        "dataset": _DATASET,
        "hardware": "h200-sxm",
        "hardware_as_reported": "NVIDIA H200-SXM-141GB",
        "card_count": cards,
        "topology": f"{of['nodes']} node{'s' * (of['nodes'] > 1)} × {of['per_node']} cards",
        "model": "llama-3.1-8b",
        "model_as_reported": "llama3.1-8b",
        "engine": "tensorrt-llm",
        "quantization": {"fp8": "fp8-e4m3", "fp4": "fp4"}[of["weights"]],
        "quantization_as_reported": of["weights"],
        "system_power_w": run.watts * cards if of["has_power"] else None,
        "power_scope": "system" if of["has_power"] else None,
        "division": "closed",
        "availability": "available",
        "tool_version": edition,
    }
    if has_log:
        row["log"] = log(run)
        # A log says how long outputs were, where the table does not.
        expected["decode_seq_len"] = run.output
        expected["request_rate_rps"] = run.rate_rps
        for name in (*(f"{one}_{of}" for one in ("ttft", "tbt") for of in _STATISTICS), "e2e_mean"):
            expected[f"{name}_ms"] = run.ms(name)
    return row, expected


_STATISTICS = ("mean", "p50", "p99")
_systems = st.fixed_dictionaries(
    {
        "scenario": st.sampled_from(["Offline", "Server", "Interactive"]),
        "per_node": st.integers(1, 16),
        "nodes": st.integers(1, 64),
        "has_tokens": st.booleans(),
        "has_power": st.booleans(),
        "weights": st.sampled_from(["fp8", "fp4"]),
    }
)


def _with(edition: str, has_log: bool = False) -> st.SearchStrategy[tuple[Record, Expected]]:
    return st.builds(_pair, runs(), _systems, st.just(edition), st.just(has_log))


def _logs(records: list[Record]) -> dict[str, str]:
    return {"results/a_system/performance/run_1/mlperf_log_summary.txt": records[0]["log"]}


FORMATS = [
    Format("mlperf-summary v5.1", "summary_results.json", _with("v5.1"), as_rows),
    Format("mlperf-summary v6.0", "summary_results.json", _with("v6.0"), as_rows),
    Format("mlperf-summary v6.1", "summary.json", _with("v6.1"), as_numbered),
    Format("mlperf-summary log", "rows.json", _with("v6.0", True), as_rows, most=1, beside=_logs),
]
