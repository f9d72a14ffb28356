"""Cases of every verdict and workload, of both scopes of a throughput, under ids that say so."""

from __future__ import annotations

import copy
from collections.abc import Callable

from tests import feeds
from tests.feeds import Feed, put

DECODE = "results.throughput_tokens_per_sec.decode"
POWER = "results.power_per_card_w"

#: Models whose parameters do not contradict themselves in the shipped feed.
_SOUND = (
    "deepseek-r1",
    "gemma-4",
    "glm-5.1",
    "kimi-k2.6",
    "llama-3.3-70b",
    "llama-4-scout",
    "qwen2.5-coder-32b",
)


def plausible() -> list[Feed]:
    """Slow but possible runs, one per accelerator of the shipped feed, each with its own result."""
    found: dict[str, Feed] = {}
    for item in feeds.shipped()["items"]:
        model, hardware = item["stack"]["model"]["id"], item["stack"]["hardware"]["id"]
        if model in _SOUND and hardware not in found:
            found[hardware] = _slow(item, len(found))
    return list(found.values())


def _slow(item: Feed, number: int) -> Feed:
    """64 cards that decode ten sequences, a hundred milliseconds per token."""
    item["id"] = f"on-{item['stack']['hardware']['id']}"
    item["title"] = ""
    item["stack"].pop("server", None)
    item["resolved"].pop("server", None)
    item["stack"]["hardware"]["count"] = 64
    item["stack"]["parallel"] = {"tp": 1, "pp": 1, "ep": 1, "sp": 1, "disaggregated": False}
    item["reproduction"]["startup_command"] = "serve"
    item["scenario"] = {
        "prefill_seq_len": 1024,
        "decode_seq_len": 512,
        "batch_size": 10,
        "max_concurrent_requests": 64,
    }
    tdp = item["resolved"]["hardware"]["power"]["tdp_w"]["value"]
    item["results"] = {
        "throughput_tokens_per_sec": {"decode": 100 + number, "prefill": 1000 + number},
        "latency_ms": {"ttft_p50": 1000, "ttft_p99": 2000, "tbt_p50": 100, "tbt_p99": 200},
        "power_per_card_w": (0.5 + number / 100) * tdp,
        "utilization": {},
    }
    item["evidence"] = [
        {
            "id": "ev-run",
            "tier": "measured",
            "source_type": "mlperf-submission",
            "url": "https://example.org",
            "accessed": "2026-04-01",
            "citation": "a submission",
        }
    ]
    return item


def of_whole_run(case: Feed) -> Feed:
    """The throughput is that of the whole run."""
    return put(case, "results.throughput_tokens_per_sec.scope", "wall")


def impossible(case: Feed) -> Feed:
    """A million times the throughput."""
    return put(case, DECODE, 1e6 * case["results"]["throughput_tokens_per_sec"]["decode"])


def implausible(case: Feed) -> Feed:
    """Ten times the power."""
    return put(case, POWER, 10 * case["results"]["power_per_card_w"])


def without_result(case: Feed) -> Feed:
    """A description of a run that reports nothing."""
    case["results"] = {"throughput_tokens_per_sec": {}, "latency_ms": {}, "utilization": {}}
    return case


def of_images(case: Feed) -> Feed:
    """The same numbers for a model that generates pictures."""
    model = case["stack"]["model"]["id"] + "-image"
    put(case, "stack.model.id", model)
    put(case, "resolved.model.id", model)
    put(case, "resolved.model.workload_kind", "diffusion")
    return put(case, "resolved.model.domain", "image")


def without_power(case: Feed) -> Feed:
    """No tokens per joule."""
    return put(case, POWER, None)


def of_prompts_alone(case: Feed) -> Feed:
    """Prefill was measured, and the throughput of decode is 0."""
    return put(case, DECODE, 0)


def of_unknown_length(case: Feed) -> Feed:
    """The length of the prompts is not known."""
    return put(case, "scenario.prefill_seq_len", None)


#: How a plausible case becomes another, by the prefix of its id.
KINDS: dict[str, Callable[[Feed], Feed]] = {
    "phase": lambda case: case,
    "wall": of_whole_run,
    "no-power": without_power,
    "prompts-alone": of_prompts_alone,
    "no-length": of_unknown_length,
    "impossible": impossible,
    "implausible": implausible,
    "no-result": without_result,
    "image": of_images,
}
#: Kinds that no ranking may hold.
LEFT_OUT = ("impossible", "implausible", "no-result", "image")


def of_kind(kind: str, case: Feed) -> Feed:
    """A copy of a plausible case that is of a kind, under an id of its own."""
    copied = copy.deepcopy(case)
    copied["id"] = f"{kind}-{case['id']}"
    # Equal results on two stacks would be a finding of their own.
    put(copied, "results.latency_ms.ttft_p50", 1000 + list(KINDS).index(kind))
    return KINDS[kind](copied)


def mixture(*kinds: str) -> list[Feed]:
    """A case of each of these kinds on each accelerator; of all kinds if none is named."""
    return [of_kind(kind, case) for case in plausible() for kind in kinds or KINDS]
