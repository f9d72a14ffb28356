"""The page's words that not every reader knows."""

from __future__ import annotations

GLOSSARY = {
    "Claim, case": (
        "One published benchmark result: what ran on what, and the numbers that its author gives."
    ),
    "Plausibility": (
        "The verdict on the numbers. Impossible: they exceed what the hardware allows, or "
        "contradict each other. Implausible: they go beyond what such systems reach. "
        "Plausible: neither was found. Not judged: too little was reported."
    ),
    "Evidence": (
        "The basis of a claim, whatever its numbers say. Traceable: measured, with a "
        "URL or a citation that anybody can follow."
    ),
    "Tier": (
        "What the evidence declares itself to be (measured, official, estimated). The "
        "effective tier is the one that the audit accepts."
    ),
    "Scope": (
        "The time that a throughput covers: decoding alone, or the whole run with its "
        "prompts. The two cannot be compared."
    ),
    "Roofline": (
        "The most that a card can do: bandwidth limits it at low intensity, peak compute at high."
    ),
    "Ridge point": (
        "The operations per byte at which bandwidth and peak compute limit a card equally."
    ),
    "Intensity": "The operations of a step for each byte that it reads from memory.",
    "Efficiency": "Output throughput as a share of what the roofline allows.",
    "MBU": (
        "Memory bandwidth utilization: the bytes that decoding reads per second over the bandwidth."
    ),
    "MFU": ("Model FLOPs utilization: the operations that a model needs per second over the peak."),
    "Speed for one user": ("Tokens per second that one user sees: 1 over the time between tokens."),
    "TTFT": "Time to first token: from the request to the first token of its answer.",
    "TPOT": ("Time per output token: the time between two tokens of one answer, after the first."),
    "Frontier": (
        "The claims that no other claim of the same kind beats in both speed and throughput."
    ),
    "Quantization": (
        "The format of the weights and activations; it determines bytes read and peak compute."
    ),
}
