"""An honest run of each format: simulated, and written as the tool would write it."""

from __future__ import annotations

from tests.controls.run import Setup, simulate
from tests.ingest.written import (
    aiperf,
    argonne,
    guidellm,
    inference_perf,
    inferencex,
    llama_bench,
    llmd,
    mlenergy,
    mlperf,
    sglang,
    trtllm,
    vllm,
)
from tests.ingest.written.run import Record, Run

CARDS = 2
_LIMIT, _PROMPT, _OUTPUT, _REQUESTS = 64, 1024, 512, 1000
_H200 = Setup(
    "h200-sxm", "llama-3.1-8b", "fp8-e4m3", "vllm", CARDS, _LIMIT, _PROMPT, _OUTPUT, wall=True
)
_H100 = Setup(
    "h100-sxm5", "llama-3.1-8b", "bf16", "vllm", CARDS, _LIMIT, _OUTPUT, _OUTPUT, wall=True
)


def _run(setup: Setup) -> Run:
    found = simulate(setup)
    ttft, tbt = found.ttft_s * 1000, found.tpot_s * 1000
    means = {"ttft": ttft, "tbt": tbt, "itl": tbt, "e2e": ttft + (setup.output - 1) * tbt}
    of_mean = {"mean": 1.0, "p50": 0.98, "p99": 1.5}
    output_tokens = _REQUESTS * setup.output
    return Run(
        completed=_REQUESTS,
        failed=0,
        duration_s=output_tokens / found.decode_tok_s,
        input_tokens=_REQUESTS * setup.prompt,
        output_tokens=output_tokens,
        latencies_ms={
            f"{name}_{of}": mean * factor
            for name, mean in means.items()
            for of, factor in of_mean.items()
        },
        limit=setup.sequences,
        rate_rps=None,
        sequences=0.98 * setup.sequences,
        watts=490.0,
    )


def records() -> dict[str, Record]:
    """A record of each kind of file, by its label."""
    run, of_h100 = _run(_H200), _run(_H100)
    servers = [{"role": "replica", "count": CARDS, "replicas": 1}]
    mean_ms = of_h100.latencies_ms["e2e_mean"]
    return {
        "vllm-bench sweep": vllm.record(run),
        "vllm-bench seconds": vllm.in_seconds(run, "20260816-160853", _LIMIT),
        "sglang-bench 2026": sglang.record(run, {**sglang.SERVER, "tp_size": CARDS}),
        "mlperf-summary v6.0": mlperf.record(run, {**mlperf.SYSTEM, "per_node": CARDS}),
        "mlperf-summary log": {
            **mlperf.record(run, {**mlperf.SYSTEM, "per_node": CARDS}),
            "log": mlperf.log(run),
        },
        "inferencex one node": inferencex.record(run, {**inferencex.NODE, "tp": CARDS}),
        "trtllm-bench report": trtllm.record(run, {**trtllm.WORLD, "tp_size": CARDS}),
        "llmd-report 0.1 yaml": llmd.old(run, servers),
        "llmd-report 0.2.1 json": llmd.new(run, servers),
        "aiperf units": aiperf.record(run),
        "aiperf genai-perf": aiperf.genai_perf(run),
        "guidellm 0.8": guidellm.record(run),
        "inference-perf stage": inference_perf.record(run),
        "llama-bench json": dict(llama_bench.ROW),
        "mlenergy model": mlenergy.record(of_h100, CARDS),
        "argonne-csv table": argonne.record(
            _OUTPUT, _LIMIT, mean_ms / 1000, _LIMIT * _OUTPUT / mean_ms * 1000
        )
        | {"avg_power": 490_000.0},
    }
