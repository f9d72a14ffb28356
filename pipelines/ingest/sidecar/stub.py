"""A template of a sidecar for a file, with the values that the file lacks and those that it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.ingest.sidecar.keys import KEYS

if TYPE_CHECKING:
    from pipelines.ingest.readers.frame.records import Lack, Reading

#: What stands beside a key that the file does not say: an example and a note.
_NOTES = {
    "hardware": ("h100-sxm5", "id or alias of the catalog"),
    "cards": ("8", "cards that the run used, not those installed"),
    "nodes": ("1", "machines"),
    "model": ("meta-llama/Llama-3.3-70B-Instruct", "id or alias of the catalog"),
    "model_config": ("mine.config.json", "instead of model: its config.json, beside this file"),
    "engine.id": ("vllm", "id or alias of the catalog"),
    "engine.version": ('"0.11.0"', "in quotes"),
    "quantization": ("fp8-e4m3", "of the weights: id or alias of the catalog"),
    "kv_cache_dtype": ("fp8", "auto, or a type such as fp8 or bf16"),
    "parallel.tp": ("8", "tensor parallelism"),
    "parallel.pp": ("1", "pipeline parallelism"),
    "parallel.dp": ("1", "data parallelism"),
    "parallel.ep": ("1", "expert parallelism"),
    "parallel.attention_dp": ("false", "data parallelism of the attention alone"),
    "parallel.replicas": ("1", "copies of the whole deployment"),
    "disaggregated.prefill_cards": ("4", "where prefill and decode have cards of their own"),
    "disaggregated.decode_cards": ("4", "where prefill and decode have cards of their own"),
    "prefix_caching": ('"off"', '"on", "off" or {hit_rate: 0.97}; most engines cache unasked'),
    "speculative": ("none", "none, or {method: eagle3, tokens: 3}"),
    "concurrency": ("64", "the limit of requests in flight, where the tool does not say it"),
    "lengths.prefill": ("1024", "mean prompt tokens, where the tool does not measure them"),
    "lengths.decode": ("1024", "mean output tokens, where the tool does not measure them"),
    "power.scope": ("card", "card, node or system"),
    "power.basis": ("mean", "mean, peak or limit"),
    "aliases.hardware": ("{H100: h100-sxm5}", "what a name of this file means"),
    "aliases.model": ("{my-model: llama-3.1-8b}", "what a name of this file means"),
    "aliases.quantization": ("{}", "what a name of this file means"),
    "contributor.name": ('"@octocat"', "a GitHub name begins with @"),
    "contributor.attestation": ("", "what you vouch for"),
    "evidence_tier": ("measured", "official, measured or estimated"),
    "timezone": ("UTC", "of times without a zone"),
    "dataset": ("sharegpt", "where the prompts are from"),
    "redact": ("[]", "fields that are kept out of everything published"),
}


def stub(reading: Reading) -> str:
    """Return a sidecar for a file that was read, as YAML with comments, to be filled in.

    What a case needs and the file does not say stands first, with an empty value and what it
    may be. Everything else is commented out: what the file says, or an example.
    """
    lacks = {lack.key: lack for lack in reading.lacks}
    needed: list[str] = []
    optional: list[str] = []
    for group in dict.fromkeys(key.split(".")[0] for key in KEYS):
        keys = [key for key in KEYS if key.split(".")[0] == group]
        is_needed = any(key in lacks for key in keys)
        lines = [] if keys == [group] else [f"{group}:" if is_needed else f"# {group}:"]
        for key in keys:
            if key in lacks:
                lines.append(_line(key, "", _about(lacks[key], reading)))
            else:
                lines.append("# " + _line(key, *_known(key, reading)))
        (needed if is_needed else optional).extend(lines)
    if needed:
        needed = ["# Needed: what the file does not say, or not clearly.", *needed, ""]
    head = [
        "# Optional: what the file says, or an example. A value given here wins over the file,",
        "# but concurrency and lengths count only where the file has none.",
    ]
    return "\n".join([*needed, *head, *optional]) + "\n"


def _line(key: str, value: str, comment: str) -> str:
    """Return one line of YAML, indented if the key is inside a group."""
    group, _, inner = key.partition(".")
    return f"{'  ' + inner if inner else group}: {value}".rstrip() + f"  # {comment}"


def _about(lack: Lack, reading: Reading) -> str:
    """Return what a needed value may be: candidates, or what the catalog has no name for."""
    if lack.candidates:
        return f"may be {', '.join(lack.candidates)}"
    written = ", ".join(
        json.dumps(one, ensure_ascii=False) for one in reading.said.get(lack.key, ())
    )
    note = _NOTES[lack.key][1]
    return f"the file says {written}; {note}" if written else note


def _known(key: str, reading: Reading) -> tuple[str, str]:
    """Return value and comment of a key that is not needed."""
    example, note = _NOTES[key]
    written = reading.said.get(key, ())
    if len(written) == 1:
        return json.dumps(written[0], ensure_ascii=False), "said by the file"
    if written:
        several = ", ".join(json.dumps(one, ensure_ascii=False) for one in written[:5])
        return example, f"the file says {several}"
    return example, f"not said; {note}"
