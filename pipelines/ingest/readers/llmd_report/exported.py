"""What `roofhouse export` writes into a report beside the report's own fields.

`results.observability.roofhouse.case` has the columns of fact_case, under their names and with
their units. The schema wants a mean with each percentile and a number of replicas, and takes every
rate over the whole run; where a case knows less or means something else, this says it.
"""

from __future__ import annotations

from pipelines.catalog import Catalog
from pipelines.ingest.readers.frame import Fields, Run

_NUMBERS = (
    "prefill_seq_len",
    "decode_seq_len",
    "stated_prefill_seq_len",
    "stated_decode_seq_len",
    "request_rate_rps",
    "prefix_cache_hit_rate",
    "acceptance_length",
    "decode_tok_s",
    "prefill_tok_s",
    *(f"{one}_{of}_ms" for one in ("ttft", "tbt", "e2e") for of in ("mean", "p50", "p99")),
    "tbt_reported_ms",
    "itl_p50_ms",
    "itl_p99_ms",
    "duration_s",
    "concurrency_mean",
    "concurrency_peak",
    "power_per_card_w",
    "system_power_w",
    "energy_j",
)
_COUNTS = (
    "batch_size",
    "max_concurrent_requests",
    "card_count",
    "prefill_cards",
    "decode_cards",
    "replicas",
    "requests_completed",
    "requests_failed",
)
_TEXTS = (
    "title",
    "engine_version",
    "speculative_method",
    "dataset",
    "throughput_scope",
    "tbt_definition",
    "power_scope",
    "run_at",
    "run_at_zone",
    "division",
    "availability",
)
_FLAGS = ("is_disaggregated", "lengths_are_nominal")
#: Attributes of a run that have another name in fact_case.
_IDS = {
    "hardware": "hardware_id",
    "model": "model_id",
    "engine": "engine_id",
    "quantization": "quant_id",
}
_PARALLEL = {
    "tp": "tensor_parallel",
    "pp": "pipeline_parallel",
    "dp": "data_parallel",
    "ep": "expert_parallel",
}
_SWITCHES = {
    "attention_dp": "uses_attention_data_parallel",
    "speculation": "uses_speculative_decoding",
    "prefix_caching": "uses_prefix_caching",
}


def set_exported(run: Run, block: Fields, catalog: Catalog) -> None:
    """Replace what the report's own fields say by the case in `block`, if it has one.

    What that does not know is not known: the report's fields have a default there.
    """
    case = block.part("case")
    if not case.is_object:
        return
    for known in ("case", "verdict", "source", "build_id"):
        block.set_aside(known)
    for name in _NUMBERS:
        setattr(run, name, case.number(name))
    for name in _COUNTS:
        setattr(run, name, case.whole(name))
    for name in _TEXTS:
        setattr(run, name, case.text(name))
    for name in _FLAGS:
        setattr(run, name, case.flag(name))
    for name, column in _IDS.items():
        setattr(run, name, case.text(column))
    for name, column in _PARALLEL.items():
        setattr(run, name, case.whole(column))
    for name, column in _SWITCHES.items():
        setattr(run, name, case.flag(column))
    bits = case.whole("kv_cache_bits")
    run.kv_cache_dtype = next(iter(catalog.kv_cache_bits.get(bits or 0, ())), None)
