"""Results of `aiperf profile`, and of GenAI-Perf, which it succeeds.

Source: ai-dynamo/aiperf@db4f639, profile_export_aiperf.json, and
triton-inference-server/perf_analyzer@263c5f6, profile_export_genai_perf.json. A figure is an
object of statistics with its unit. `inter_token_latency` is (e2e - ttft)/(tokens - 1), which
is TPOT; the gaps between chunks are `inter_chunk_latency`. Telemetry lists all cards that its
endpoints see, and one card may stand under several of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipelines.ingest.readers.frame import (
    Fields,
    Record,
    Run,
    SourceFile,
    UnusableError,
    set_statistics,
    set_time,
)

FORMAT = "aiperf"

#: Factors by the unit that stands beside a figure.
_MS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "sec": 1e3}
_S = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "sec": 1.0}
_TOKENS = {"tokens": 1.0}
_TOKENS_PER_S = {"tokens/sec": 1.0}
_REQUESTS = {"requests": 1.0, "count": 1.0}
_REQUESTS_PER_S = {"requests/sec": 1.0}
_WATTS = {"mW": 1e-3, "W": 1.0}
_JOULES = {"mJ": 1e-3, "J": 1.0, "MJ": 1e6}

_LATENCIES = {
    "time_to_first_token": "ttft",
    "inter_token_latency": "tbt",
    "inter_chunk_latency": "itl",
    "request_latency": "e2e",
}
#: Output without the tokens of reasoning: a part of `output_sequence_length`.
_NOT_CARRIED = ("output_token_count",)


def recognizes(first: object) -> bool:
    """Return whether this is a result of AIPerf or GenAI-Perf, whose figures have units."""
    if not isinstance(first, dict) or "input_config" not in first:
        return False
    latency = first.get("request_latency")
    return isinstance(latency, dict) and "unit" in latency


def read(source: SourceFile) -> Iterator[Record]:
    """Yield the record of a file, or of each of several."""
    yield from source.each(_run)


def _run(fields: Fields) -> Run:
    fields.set_aside(*_NOT_CARRIED)
    if fields.flag("was_cancelled"):
        raise UnusableError("the run was cancelled", fields.spell("was_cancelled"))
    run = Run(throughput_scope="wall", tool_version=fields.text("aiperf_version"))
    _set_totals(run, fields)
    for name, latency in _LATENCIES.items():
        statistics = {"mean": "avg", "p50": "p50", "p99": "p99"}
        values = {one: _figure(fields, name, _MS, of) for one, of in statistics.items()}
        set_statistics(run, latency, values)
    _set_load(run, fields.part("input_config"))
    if fields.part("telemetry_data").is_object:
        _set_telemetry(run, fields.part("telemetry_data", "endpoints"))
    else:
        _set_telemetry_of_genai_perf(run, fields.part("telemetry_stats"))
    set_time(run, fields.get("start_time"))
    return run


def _set_totals(run: Run, fields: Fields) -> None:
    """Set requests, rates of tokens, mean lengths and duration.

    GenAI-Perf has neither the duration nor the sum of the input: both follow from means.
    """
    completed = _count(fields, "request_count")
    if completed == 0:
        raise UnusableError("no request completed", fields.spell("request_count"))
    if completed is None:
        raise UnusableError("no number of completed requests", fields.spell("request_count"))
    run.requests_completed = completed
    run.requests_failed = _count(fields, "error_request_count")
    run.decode_tok_s = _figure(fields, "output_token_throughput", _TOKENS_PER_S)
    if run.decode_tok_s is None or run.decode_tok_s <= 0:
        path = fields.spell("output_token_throughput")
        raise UnusableError("no rate of output tokens above 0, in tokens/sec", path)
    duration = _figure(fields, "benchmark_duration", _S)
    per_second = _figure(fields, "request_throughput", _REQUESTS_PER_S)
    if duration is None and per_second:
        duration = completed / per_second
    tokens, length = (
        _figure(fields, name, _TOKENS) for name in ("total_isl", "input_sequence_length")
    )
    if tokens is None and length is not None:
        tokens = length * completed
    elif length is None and tokens is not None:
        length = tokens / completed
    if duration is not None and duration > 0:
        run.duration_s = duration
        run.prefill_tok_s = None if tokens is None else tokens / duration
    run.prefill_seq_len = length
    run.decode_seq_len = _figure(fields, "output_sequence_length", _TOKENS)


def _set_load(run: Run, config: Fields) -> None:
    """Set model, limit and rate: of the last phase, of `loadgen`, or flat in GenAI-Perf."""
    models = config.elements("models", "items")  # since schema 1.3
    names = [models[0].text("name")] if models else []
    names += [
        _first_text(config, *path)
        for path in (("endpoint", "model_names"), ("model_names",), ("model",))
    ]
    run.model = next((name for name in names if name), None)
    phases, loadgen = config.elements("phases"), config.part("loadgen")
    load = phases[-1] if phases else loadgen if loadgen.is_object else config
    rate, request_rate = load.rate("rate"), load.rate("request_rate")
    run.request_rate_rps = request_rate if rate is None else rate
    run.max_concurrent_requests = load.limit("concurrency")


def _set_telemetry(run: Run, endpoints: Fields) -> None:
    """Set the card's name, mean power and energy; a card under two endpoints counts once."""
    cards: dict[str, Fields] = {}
    for name, endpoint in endpoints.members():
        for key, card in endpoint.part("gpus").members():
            cards.setdefault(card.text("gpu_uuid") or f"{name} {key}", card)
    names = {card.text("gpu_name") for card in cards.values()}
    run.hardware = names.pop() if len(names) == 1 else None
    metrics = [card.part("metrics") for card in cards.values()]
    _set_power(
        run,
        [_figure(one, "gpu_power_usage", _WATTS) for one in metrics],
        [_used(one, "energy_consumption") for one in metrics],
    )


def _set_telemetry_of_genai_perf(run: Run, telemetry: Fields) -> None:
    """Set power and energy, which stand by metric and then by card, with one unit for all."""

    def cards(name: str) -> list[Fields]:
        telemetry.set_aside(name)
        metric = telemetry.part(name)
        unit = metric.get("unit")
        return [
            Fields({name: {"unit": unit, **card.value}})
            for _, card in metric.members()
            if card.is_object
        ]

    _set_power(
        run,
        [_figure(one, "gpu_power_usage", _WATTS) for one in cards("gpu_power_usage")],
        [_used(one, "energy_consumption") for one in cards("energy_consumption")],
    )


def _set_power(run: Run, watts: list[float | None], joules: list[float | None]) -> None:
    """Set the mean power of a card and the energy of all, where every card has a figure."""
    if known := _every(watts):
        run.power_per_card_w = sum(known) / len(known)
    if known := _every(joules):
        run.energy_j = sum(known)


def _every(figures: list[float | None]) -> list[float]:
    """Return the figures; none of them if one is not known."""
    known = [figure for figure in figures if figure is not None]
    return known if len(known) == len(figures) else []


def _used(fields: Fields, name: str) -> float | None:
    """Return the joules that a meter counted: its highest reading minus its lowest."""
    fields.set_aside(name)
    meter = fields.part(name)
    low, high = meter.number("min"), meter.number("max")
    factor = _JOULES.get(meter.text("unit") or "")
    return None if low is None or high is None or factor is None else (high - low) * factor


def _figure(
    fields: Fields, name: str, factors: Mapping[str, float], of: str = "avg"
) -> float | None:
    """Return a statistic in the unit that the factors lead to, None in another unit."""
    fields.set_aside(name)
    metric = fields.part(name)
    value, factor = metric.number(of), factors.get(metric.text("unit") or "")
    return None if value is None or factor is None else value * factor


def _count(fields: Fields, name: str) -> int | None:
    number = _figure(fields, name, _REQUESTS)
    return int(number) if number is not None and number >= 0 and number % 1 == 0 else None


def _first_text(fields: Fields, *path: str) -> str | None:
    """Return a text, or the first of a list of texts."""
    value = fields.get(*path)
    if isinstance(value, list) and value:
        value = value[0]
    return Fields({path[-1]: value}, fields.path + path[:-1]).text(path[-1])
