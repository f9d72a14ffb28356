"""Reports of `trtllm-bench throughput|latency --report_json`.

Source: NVIDIA/TensorRT-LLM@0249976:tensorrt_llm/bench/dataclasses/reporting.py. TTFT and TPOT
are there only with `--streaming`. `max_batch_size` is a limit of the engine, not of the
requests in flight; `issue_rate` is how fast requests were queued; `memory.total` is that of
the first card, and `output_throughput_per_user` contains the time to the first token.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.readers.frame import (
    Fields,
    Record,
    Run,
    SourceFile,
    UnusableError,
    set_statistics,
)

FORMAT = "trtllm-bench"

#: Latencies by the object of their percentiles and the key of their mean, in milliseconds.
_LATENCIES = {
    "e2e": ("performance", "request_latency_percentiles_ms", "avg_request_latency_ms"),
    "ttft": ("streaming_metrics", "ttft_percentiles", "avg_ttft_ms"),
    "tbt": ("streaming_metrics", "tpot_percentiles", "avg_tpot_ms"),
}


def recognizes(first: object) -> bool:
    """Return whether this is a report of trtllm-bench."""
    return isinstance(first, dict) and {"world_info", "request_info"} <= first.keys()


def read(source: SourceFile) -> Iterator[Record]:
    """Yield the record of a report."""
    yield from source.each(_run)


def _run(fields: Fields) -> Run:
    world, requests = fields.part("world_info"), fields.part("request_info")
    performance, engine = fields.part("performance"), fields.part("engine")
    world.set_aside("max_batch_size", "issue_rate")
    performance.set_aside("output_throughput_per_user_tok_s")
    fields.part("machine").set_aside("memory.total")
    if requests.number("num_requests") == 0:
        raise UnusableError("no request completed", requests.spell("num_requests"))
    duration = performance.rate("total_latency_ms")
    quantization, dtype = engine.text("quantization"), engine.text("dtype")
    run = Run(
        hardware=fields.text("machine", "name"),
        card_count=world.limit("world_size"),
        tp=world.limit("tp_size"),
        pp=world.limit("pp_size"),
        ep=world.limit("ep_size"),
        model=engine.text("model"),
        engine="tensorrt-llm",
        engine_version=engine.text("version"),
        quantization=quantization or dtype,
        kv_cache_dtype=engine.text("kv_cache_dtype"),
        requests_completed=requests.needed_whole("num_requests"),
        concurrency_mean=requests.number("avg_num_concurrent_requests"),
        prefill_seq_len=requests.number("avg_input_length"),
        decode_seq_len=requests.number("avg_output_length"),
        decode_tok_s=performance.needed("system_output_throughput_tok_s"),
        duration_s=None if duration is None else duration / 1000,
        throughput_scope="wall",
        energy_j=fields.number("energy", "total_energy_j"),
        power_per_card_w=fields.number("energy", "average_gpu_power"),
    )
    total = performance.number("system_total_throughput_tok_s")
    if total is not None and run.decode_tok_s is not None and total >= run.decode_tok_s:
        run.prefill_tok_s = total - run.decode_tok_s
    for latency, (part, percentiles, mean) in _LATENCIES.items():
        of = fields.part(part)
        of.set_aside(percentiles)
        found = of.part(percentiles)
        average, written = found.number("average"), of.number(mean)
        statistics = {
            "mean": average if written is None else written,
            "p50": found.number("p50"),
            "p99": found.number("p99"),
        }
        set_statistics(run, latency, statistics)
    _set_speculation(run, fields.part("decoding_stats"))
    return run


def _set_speculation(run: Run, decoding: Fields) -> None:
    """Set the speculation of the report, which mentions it only if it was on."""
    if not decoding.is_object:
        return
    run.speculation, run.speculative_method = True, decoding.text("mode")
    decoding.set_aside("acceptance_length_percentiles")
    run.acceptance_length = decoding.part("acceptance_length_percentiles").number("p50")
