"""Results of `python -m sglang.bench_serving --output-file`: JSONL, one line for each run.

Source: sgl-project/sglang, python/sglang/bench_serving.py, pull requests 2819, 3988, 12976
and 14165. Since the last of these a line holds `server_info`, the server's own arguments;
older lines say nothing of the stack, for `backend` is what the caller claims. Lengths that
were asked for are drawn from a range (`random_range_ratio`) and are not the measured ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.readers.frame import (
    Fields,
    Record,
    Run,
    SourceFile,
    set_latencies,
    set_totals,
)

FORMAT = "sglang-bench"

#: Latencies of the tool by their canonical names.
_LATENCIES = {"ttft": "ttft", "tpot": "tbt", "itl": "itl", "e2e_latency": "e2e"}
#: Known and not carried: a second count of the output, how lengths were drawn, and a claim.
_NOT_CARRIED = ("total_output_tokens_retokenized", "random_range_ratio", "backend")
#: TPOT of the chat protocol before server_info (sgl-project/sglang issue 10746).
_OF_ASKED_LENGTH = "may divide by the length asked for (sglang-oai-chat before October 2025)"


def recognizes(first: object) -> bool:
    """Return whether this is a result of SGLang's client, which counts tokens a second time."""
    return isinstance(first, dict) and "total_output_tokens_retokenized" in first


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each line."""
    yield from source.each(_run)


def _run(fields: Fields) -> Run:
    fields.set_aside(*_NOT_CARRIED)
    run = Run(
        acceptance_length=fields.number("accept_length"),
        dataset=fields.text("dataset_name"),
        request_rate_rps=fields.rate("request_rate"),
        max_concurrent_requests=fields.limit("max_concurrency"),
        concurrency_mean=fields.number("concurrency"),
    )
    completed = set_totals(run, fields)
    _set_stack(run, fields)
    _set_stated_lengths(run, fields)
    set_latencies(run, fields, _LATENCIES, suffix="_ms")
    _set_time_between_tokens(run, fields)
    if run.concurrency_mean is None and run.e2e_mean_ms and run.duration_s:
        run.concurrency_mean = completed / run.duration_s * run.e2e_mean_ms / 1000
    return run


def _set_stack(run: Run, fields: Fields) -> None:
    """Take the stack from the server's own arguments, if the line has them."""
    server = fields.part("server_info")
    run.model = server.text("model_path")
    run.engine = "sglang" if server.value else _claimed_engine(fields)
    run.engine_version = server.text("version")
    dtype = _named(server.text("dtype"))
    run.quantization = server.text("quantization") or dtype
    run.kv_cache_dtype = server.text("kv_cache_dtype")
    run.tp, run.pp = server.limit("tp_size"), server.limit("pp_size")
    run.dp, run.ep = server.limit("dp_size"), server.limit("ep_size")
    run.attention_dp = server.flag("enable_dp_attention")
    replicas = 1 if run.attention_dp else run.dp
    if run.tp and run.pp and replicas:
        run.card_count = run.tp * run.pp * replicas
    is_uncached = server.flag("disable_radix_cache")
    run.prefix_caching = None if is_uncached is None else not is_uncached
    method = _named(server.text("speculative_algorithm"))
    if method or run.acceptance_length:
        run.speculation, run.speculative_method = True, method
    elif "speculative_algorithm" in server.value:
        run.speculation = False


def _claimed_engine(fields: Fields) -> str | None:
    """Return SGLang if the caller claims it too; another engine is not taken on trust."""
    backend = fields.text("backend")
    return "sglang" if backend is None or backend.startswith("sglang") else None


def _named(name: str | None) -> str | None:
    """Return a name, None for the words that name nothing."""
    return None if name is None or name.lower() in ("auto", "none") else name


def _set_stated_lengths(run: Run, fields: Fields) -> None:
    """Take the lengths asked for; with other data sets they are unused defaults."""
    prefill, decode = fields.number("random_input_len"), fields.number("random_output_len")
    if run.dataset is None or run.dataset.startswith(("random", "image")):
        run.stated_prefill_seq_len, run.stated_decode_seq_len = prefill, decode


def _set_time_between_tokens(run: Run, fields: Fields) -> None:
    """Derive the median TPOT if the tool did not write one, as before November 2025."""
    lengths, e2e, ttft = run.decode_seq_len, run.e2e_p50_ms, run.ttft_p50_ms
    if run.tbt_p50_ms is not None:
        if fields.text("backend") == "sglang-oai-chat" and not fields.part("server_info").value:
            run.tbt_definition = _OF_ASKED_LENGTH
    elif lengths and lengths > 1 and e2e is not None and ttft is not None and e2e > ttft:
        run.tbt_p50_ms = (e2e - ttft) / (lengths - 1)
        run.tbt_definition = "derived from medians"
