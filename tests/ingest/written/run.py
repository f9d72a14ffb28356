"""Runs of which a tool would write a file, and the files: what a test draws, and what it expects.

A run is in one unit for each quantity, whatever the tool's is. What a file's cases have to be is
computed from the run by the tables of formats, never from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]
#: Values of fact_case by canonical name; a name that is not in it is NULL.
Expected = dict[str, Any]

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
#: A stack for tools that write nothing of the server, and what a case has of it.
SIDECAR = f"""\
hardware: h200-sxm
cards: 2
model: {MODEL}
engine: {{id: vllm, version: "0.11.0"}}
quantization: fp8
"""
OF_SIDECAR = {
    "hardware": "h200-sxm",
    "hardware_as_reported": "h200-sxm",
    "card_count": 2,
    "model": "llama-3.1-8b",
    "model_as_reported": MODEL,
    "engine": "vllm",
    "engine_version": "0.11.0",
    "quantization": "fp8-e4m3",
    "quantization_as_reported": "fp8",
}
LATENCIES = [
    f"{one}_{of}" for one in ("ttft", "tbt", "itl", "e2e") for of in ("mean", "p50", "p99")
]


@dataclass(frozen=True)
class Run:
    """What a client measured of a deployment."""

    completed: int
    failed: int
    duration_s: float
    input_tokens: int
    output_tokens: int
    latencies_ms: Mapping[str, float]
    """By name and statistic, as `ttft_mean`; what the tool did not measure is not in it."""
    limit: int | None
    rate_rps: float | None
    sequences: float
    """In flight on average."""
    watts: float
    """Of a card, on average."""

    @property
    def output_tok_s(self) -> float:
        return self.output_tokens / self.duration_s

    @property
    def input_tok_s(self) -> float:
        return self.input_tokens / self.duration_s

    @property
    def prompt(self) -> float:
        return self.input_tokens / self.completed

    @property
    def output(self) -> float:
        return self.output_tokens / self.completed

    def ms(self, name: str) -> float | None:
        return self.latencies_ms.get(name)

    def spelled(
        self, latencies: Mapping[str, str], statistics: Mapping[str, str], of_ms: float = 1.0
    ) -> dict[str, dict[str, float]]:
        """The latencies by the tool's names of them and of their statistics, in its unit."""
        return {
            written: {
                key: self.latencies_ms[f"{name}_{of}"] * of_ms
                for of, key in statistics.items()
                if f"{name}_{of}" in self.latencies_ms
            }
            for name, written in latencies.items()
        }

    def flat(
        self, latencies: Mapping[str, str], suffix: str, of_ms: float = 1.0
    ) -> dict[str, float]:
        """The same with one key for each, as `median_ttft_ms`."""
        statistics = {"mean": "mean", "p50": "median", "p99": "p99"}
        return {
            f"{of}_{name}{suffix}": value
            for name, values in self.spelled(latencies, statistics, of_ms).items()
            for of, value in values.items()
        }

    def expected(self, *latencies: str) -> Expected:
        """What tools that measure a whole run have in common, with these latencies."""
        return {
            "decode_tok_s": self.output_tok_s,
            "prefill_tok_s": self.input_tok_s,
            "throughput_scope": "wall",
            "prefill_seq_len": self.prompt,
            "decode_seq_len": self.output,
            "requests_completed": self.completed,
            "requests_failed": self.failed,
            "duration_s": self.duration_s,
            **{
                f"{name}_ms": value
                for name, value in self.latencies_ms.items()
                if name != "itl_mean" and name.partition("_")[0] in latencies
            },
        }


@dataclass(frozen=True)
class Format:
    """A kind of file: what a tool writes of runs, and what becomes of it."""

    label: str
    """The format's id, and which of its kinds it is."""
    name: str
    records: st.SearchStrategy[tuple[Record, Expected]]
    text: Callable[[list[Record]], str]
    sidecar: str = ""
    most: int = 3
    """Records of a file."""
    beside: Callable[[list[Record]], dict[str, str]] = field(default=lambda records: {})
    """Files below the folder of the file, by path."""

    @property
    def format(self) -> str:
        return self.label.partition(" ")[0]


_positive = st.floats(1e-3, 1e6)


def runs(*, every_latency: bool = False, least_tokens: int = 1) -> st.SearchStrategy[Run]:
    """Runs of any quantities, whether they fit each other or not."""
    tokens = st.integers(least_tokens, 10**9)
    latencies = dict.fromkeys(LATENCIES, _positive)
    return st.builds(
        Run,
        completed=st.integers(1, 10**5),
        failed=st.integers(0, 10**4),
        duration_s=_positive,
        input_tokens=tokens,
        output_tokens=tokens,
        latencies_ms=st.fixed_dictionaries(latencies)
        if every_latency
        else st.fixed_dictionaries({}, optional=latencies),
        limit=st.none() | st.integers(1, 10**4),
        rate_rps=st.none() | _positive,
        sequences=_positive,
        watts=st.floats(1, 1000),
    )


def derived_tbt(run: Run, output: Mapping[str, float]) -> Expected:
    """TPOT as the rest of a request's time over the rest of its tokens, where there is a rest."""
    found: Expected = {}
    for of, length in output.items():
        e2e, ttft = run.ms(f"e2e_{of}"), run.ms(f"ttft_{of}")
        if e2e is not None and ttft is not None and e2e > ttft and length > 1:
            found[f"tbt_{of}_ms"] = (e2e - ttft) / (length - 1)
            found["tbt_definition"] = "derived"
    return found
