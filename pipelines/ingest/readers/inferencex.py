"""Results of SemiAnalysis InferenceX (InferenceMAX): `agg_*.json`, and rows of its API.

Source: SemiAnalysisAI/InferenceX@843c625:utils/process_result.py and aggregate_power.py.
Latencies are seconds. Of the throughputs per GPU, that of output is divided by the GPUs that
decode, that of input by those that prefill, and the total by all. `isl` and `osl` were asked
for: lengths are drawn from 0.8 to 1.0 of them, and the means follow from the latencies.

Rows of the API (SemiAnalysisAI/InferenceX-app: packages/db/src/etl/benchmark-mapper.ts) have
`hardware` for `hw` and their figures under `metrics`, and write one pool of GPUs into the
columns of both. Their `num_*_gpu` are not used for one node: in rows before 2025-12-19 these
are TP times EP, 64 for 8 GPUs. Replayed traces (SemiAnalysisAI/InferenceX:
utils/agentic/process_agentic_result.py) are divided by all GPUs throughout, measure their
lengths, and find most of their prompts in the cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipelines.ingest.readers.frame import (
    Fields,
    Lack,
    Record,
    Run,
    SourceFile,
    UnusableError,
    set_latencies,
    set_time,
)
from pipelines.ingest.sidecar import Said

FORMAT = "inferencex"

#: Endings that name a runner of the card, not another card.
_RUNNERS = re.compile(
    "(-trt|-multinode|-multinode-slurm|-nvs|-disagg|-amds|-amd|-nvd|-dgxc|-dgxc-slurm|-nb|-nv|-cw)+$"
)
_LATENCIES = {"ttft": "ttft", "tpot": "tbt", "itl": "itl", "e2el": "e2e"}
#: Tokens per second of a user follow from TPOT. A size of one worker has no canonical name
#: where there are two pools of workers; 0 workers stand for no such pool.
_NOT_CARRIED = (
    *(f"{statistic}_intvty" for statistic in ("mean", "median", "p99")),
    *(
        f"{pool}_{size}"
        for pool in ("prefill", "decode")
        for size in ("tp", "pp", "ep", "dcp_size", "pcp_size", "dp_attention", "num_workers")
    ),
    "dcp_size",
)
#: Sizes that, with TP, make the GPUs of one node.
_RANKS = ("pp", "pcp_size")
_DISAGGREGATED = ("sglang-disagg", "mori-sglang")


@dataclass(frozen=True)
class _Gpus:
    """GPUs that prefill and that decode; `decode` is 0 where all do both."""

    prefill: int
    decode: int = 0

    @property
    def total(self) -> int:
        return self.prefill + self.decode


def recognizes(first: object) -> bool:
    """Return whether this is a result of InferenceX, or a row of its API."""
    if not isinstance(first, dict):
        return False
    keys = first.keys()
    return {"hw", "conc"} <= keys or {"hardware", "conc", "metrics"} <= keys


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each row."""
    yield from source.each(partial(_run, said=source.said))


def _run(row: Fields, said: Said) -> Run:
    metrics = row.part("metrics")
    figures = metrics if metrics.is_object else row
    row.set_aside(*_NOT_CARRIED)
    figures.set_aside(*_NOT_CARRIED, *_RANKS)
    framework, prefix = row.text("framework"), row.text("infmax_model_prefix")
    gpus = _gpus(row, figures, said)
    run = Run(
        model=row.text("model") or prefix,
        engine=framework,
        engine_version=_tag(row.text("image")),
        quantization=row.text("precision"),
        card_count=gpus.total,
        is_disaggregated=_switch(row.get("disagg")),
        max_concurrent_requests=row.limit("conc"),
        stated_prefill_seq_len=row.rate("isl"),
        stated_decode_seq_len=row.rate("osl"),
        throughput_scope="wall",
    )
    run.hardware, run.hardware_as_reported = _hardware(row)
    if framework and framework.lower() in _DISAGGREGATED:
        run.is_disaggregated = True
    if gpus.decode:
        run.prefill_cards, run.decode_cards = gpus.prefill, gpus.decode
    scenarios = row.text("scenario_type"), row.text("benchmark_type")
    trace = next((name for name in scenarios if name and name.startswith("agentic")), None)
    _set_throughputs(run, figures, _Gpus(gpus.total) if trace else gpus)
    set_latencies(run, figures, _LATENCIES, suffix="", to_ms=1000)
    _forget_zeros(run)
    if trace:
        run.dataset, run.prefix_caching = trace, True
        run.itl_p50_ms = run.itl_p99_ms = None  # TPOT under another name
    _set_lengths(run, figures)
    _set_parallelism(run, row, figures)
    _set_speculation(run, row)
    _set_power(run, figures)
    set_time(run, row.get("date"))
    return run


def _hardware(row: Fields) -> tuple[str | None, str | None]:
    """Return the card without the endings of its runner, and the name as written."""
    written = row.text("hw") or row.text("hardware")
    pools = [name for key in ("prefill_hw", "decode_hw") if (name := row.text(key))]
    if len(set(map(_card, pools))) > 1:
        raise UnusableError(f"several kinds of card: {', '.join(pools)}", row.spell("decode_hw"))
    return (_card(written) if written else None), written


def _card(name: str) -> str:
    return _RUNNERS.sub("", re.sub("_[0-9]+$", "", name.lower()))


def _gpus(row: Fields, figures: Fields, said: Said) -> _Gpus:
    """Return the GPUs of a deployment. Raises UnusableError if they are not known."""
    is_row_of_api, is_disaggregated = figures is not row, _switch(row.get("disagg"))
    prefill, decode = row.whole("num_prefill_gpu"), row.whole("num_decode_gpu")
    if _switch(row.get("is_multinode")) or (is_row_of_api and is_disaggregated):
        prefill = said.prefill_cards if prefill is None else prefill
        decode = said.decode_cards if decode is None else decode
        if prefill is None or decode is None or prefill + decode == 0:
            keys = ("disaggregated.prefill_cards", "disaggregated.decode_cards")
            raise UnusableError.lacking(*map(Lack, keys))
        if is_row_of_api and not is_disaggregated:
            return _Gpus(max(prefill, decode))
        return _Gpus(prefill, decode) if prefill and decode else _Gpus(prefill + decode)
    cards = _ranks(row, figures) or said.cards
    if not cards:
        raise UnusableError.lacking(Lack("cards"))
    return _Gpus(cards)


def _ranks(row: Fields, figures: Fields) -> int | None:
    """Return TP times PP times prefill context parallelism of one node.

    Rows of a time before the last two were written have 1 of each. Experts and decode context
    parallelism share the GPUs of TP.
    """
    ranks = _tp(row, figures) or 0
    for size in _RANKS:
        if figures.has(size):
            ranks *= figures.whole(size) or 0
    return ranks or None


def _tp(row: Fields, figures: Fields) -> int | None:
    """Return TP of one node; a row of the API has it twice, 0 if there is no such pool."""
    if figures is row or row.has("tp"):
        return row.limit("tp")
    return row.limit("decode_tp") or row.limit("prefill_tp")


def _set_throughputs(run: Run, figures: Fields, gpus: _Gpus) -> None:
    """Set tokens per second of the whole deployment from the three figures per GPU.

    Files that name the pools in their keys divide the figures without one by all GPUs.
    """
    output = figures.needed("output_tput_per_gpu") * (gpus.decode or gpus.total)
    input_per_gpu, total_per_gpu = figures.rate("input_tput_per_gpu"), figures.rate("tput_per_gpu")
    per_decode, per_prefill = (
        figures.rate(name) for name in ("output_tput_per_decode_gpu", "input_tput_per_prefill_gpu")
    )
    if gpus.decode and per_decode and per_prefill:
        output, input_per_gpu = per_decode * gpus.decode, per_prefill
    run.decode_tok_s = output
    if input_per_gpu:
        run.prefill_tok_s = input_per_gpu * gpus.prefill
    elif total_per_gpu and total_per_gpu * gpus.total > output:
        run.prefill_tok_s = total_per_gpu * gpus.total - output


def _forget_zeros(run: Run) -> None:
    """Take latencies of 0 as not known: the dashboard writes 0 where it has no value."""
    for name, value in list(vars(run).items()):
        if name.endswith("_ms") and value == 0:
            setattr(run, name, None)


def _set_lengths(run: Run, figures: Fields) -> None:
    """Set mean lengths: measured ones, else from mean latencies, else those asked for."""
    inputs, outputs = figures.rate("mean_input_tokens"), figures.rate("mean_output_tokens_actual")
    e2e, ttft, tbt = run.e2e_mean_ms, run.ttft_mean_ms, run.tbt_mean_ms
    if inputs and outputs:
        run.prefill_seq_len, run.decode_seq_len = inputs, outputs
    elif e2e and ttft and tbt and e2e > ttft and run.prefill_tok_s and run.decode_tok_s:
        run.decode_seq_len = 1 + (e2e - ttft) / tbt
        run.prefill_seq_len = run.decode_seq_len * run.prefill_tok_s / run.decode_tok_s
    elif run.stated_prefill_seq_len or run.stated_decode_seq_len:
        run.prefill_seq_len = run.stated_prefill_seq_len
        run.decode_seq_len = run.stated_decode_seq_len
        run.lengths_are_nominal = True


def _set_parallelism(run: Run, row: Fields, figures: Fields) -> None:
    """Set the sizes of one node; `dp_attention` is a text in most rows."""
    expert, attention_dp = row.limit("ep"), _switch(row.get("dp_attention"))
    if not run.decode_cards and not _switch(row.get("is_multinode")):
        run.tp, run.pp, run.ep = _tp(row, figures), figures.limit("pp"), expert
        run.attention_dp = attention_dp


def _set_speculation(run: Run, row: Fields) -> None:
    """Set the method; rows before December 2025 have `mtp`, on or off, in its place."""
    method = row.text("spec_decoding") or row.text("spec_method")
    is_mtp = _switch(row.get("mtp"))
    if method:
        run.speculation = method.lower() != "none"
        run.speculative_method = method if run.speculation else None
    elif is_mtp is not None:
        run.speculation, run.speculative_method = is_mtp, "mtp" if is_mtp else None


def _set_power(run: Run, figures: Fields) -> None:
    """Set watts per GPU and joules of all where InferenceX itself found them valid."""
    is_valid, schema = figures.number("power_valid"), figures.number("power_metric_schema_version")
    watts, joules = figures.rate("avg_power_w"), figures.rate("total_gpu_energy_j")
    if is_valid == 1 and schema == 2:
        run.power_per_card_w, run.energy_j = watts, joules


def _switch(value: object) -> bool | None:
    """Return what a boolean, or a text that stands for one, says."""
    if isinstance(value, str):
        words = {"true": True, "on": True, "false": False, "off": False, "none": False}
        return words.get(value.lower())
    return value if isinstance(value, bool) else None


def _tag(image: str | None) -> str | None:
    """Return the tag of a container image, in whose name `#` stands for `/`."""
    name = (image or "").replace("#", "/").partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2] or None
