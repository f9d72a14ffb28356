"""A serving run, simulated step by step of time: what an honest benchmark of it reports.

Nothing here is taken from the audit. A step reads the weights that its tokens need and the
whole cache, at `EFFICIENCY` of the card's bandwidth and peak, and costs `LAYER_S` for every
layer; a prompt is computed at `PREFILL_EFFICIENCY` of the peak. So no result can lie above what
the hardware allows.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.controls.stacks import HARDWARE, MODELS, QUANTIZATIONS, Model

EFFICIENCY = 0.6
PREFILL_EFFICIENCY = 0.45
LAYER_S = 60e-6
MEMORY_IN_USE = 0.9


@dataclass(frozen=True)
class Setup:
    """One setup: the stack, the load and the way of measuring."""

    hardware: str
    model: str
    quantization: str
    engine: str
    cards: int
    sequences: int
    """The most requests at once."""
    prompt: int
    output: int
    wall: bool = False
    """Throughput over the whole run, in which prompts are processed too."""
    prefill_cards: int = 0
    """Cards of a pool of their own for prompts; 0 where they share the others."""
    accepted: float = 1
    """Tokens of a step: above 1 with speculative decoding."""
    hit_rate: float = 0
    """Share of the prompt tokens that the prefix cache holds."""
    cache_bits: int = 16
    command: str = ""
    notes: str | None = None

    @property
    def sizes(self) -> Model:
        return MODELS[self.model]


@dataclass(frozen=True)
class Run:
    """The result of a run. Latencies are in seconds, of the mean request."""

    decode_tok_s: float
    prefill_tok_s: float
    ttft_s: float
    step_s: float
    tpot_s: float
    sequences: float
    memory_per_card_gb: float
    compute_share: float
    bandwidth_share: float


def weight_bytes(setup: Setup) -> float:
    bits: float = QUANTIZATIONS[setup.quantization]["bits_per_weight"]
    return bits / 8


def cache_bytes(setup: Setup) -> float:
    """Bytes that one token of context adds, in all layers that see it."""
    model = setup.sizes
    values = 512 + 64 if model.attention == "mla" else 2 * model.kv_heads * model.head_dim
    return model.layers * values * setup.cache_bits / 8


def kept_tokens(model: Model, tokens: float) -> float:
    """Tokens that a layer keeps of a context, on average over the layers."""
    if model.window is None:
        return tokens
    window, full = model.window
    kept: float = (full * tokens + (model.layers - full) * min(tokens, window)) / model.layers
    return kept


def params_read(model: Model, sequences: float) -> float:
    """Shared parameters, and those of each routed expert that any sequence goes to."""
    if model.experts is None:
        return model.active_b * 1e9
    experts, chosen = model.experts
    routed = (model.total_b - model.active_b) / (1 - chosen / experts)
    missed: float = (1 - chosen / experts) ** sequences
    return (model.total_b - routed * missed) * 1e9


def peak(setup: Setup) -> float:
    """Operations per second of a card at the precision that the quantization computes in."""
    compute = HARDWARE[setup.hardware]["compute"]
    name = {
        "bf16": "bf16_tflops",
        "fp16": "fp16_tflops",
        "fp8-e4m3": "fp8_tflops",
        "int8": "int8_tops",
        "fp4": "fp4_tflops",
        "int4-awq": "fp16_tflops",
    }[setup.quantization]
    tera: float = compute[name]["value"]
    return tera * 1e12


def operations(model: Model, seen_tokens: float) -> float:
    """Operations of one token that attends to so many."""
    return 2e9 * model.active_b + 4 * model.layers * model.heads * model.head_dim * seen_tokens


def simulate(setup: Setup) -> Run:
    model, card = setup.sizes, HARDWARE[setup.hardware]
    decode_cards = setup.cards
    bytes_s = decode_cards * card["memory"]["bandwidth_gbps"]["value"] * 1e9
    op_s = decode_cards * peak(setup)
    context = setup.prompt + setup.output / 2
    context_bytes = kept_tokens(model, context) * cache_bytes(setup)

    computed_prompt = setup.prompt * (1 - setup.hit_rate)
    prompt_op_s = (setup.prefill_cards or decode_cards) * peak(setup)
    prompt_s = computed_prompt * operations(model, setup.prompt / 2)
    prompt_s /= PREFILL_EFFICIENCY * prompt_op_s

    # Between two tokens of a sequence, prompts come in at the rate at which other requests end.
    # They delay the step where a run is measured as a whole and shares its cards.
    delay_s = prompt_s if setup.wall and not setup.prefill_cards else 0.0

    def times_s(sequences: float) -> tuple[float, float, float]:
        """Of a step, between the tokens of a sequence, and to its first token."""
        memory = params_read(model, sequences) * weight_bytes(setup) + sequences * context_bytes
        compute = setup.accepted * sequences * operations(model, context)
        step = max(memory / bytes_s, compute / op_s) / EFFICIENCY + LAYER_S * model.layers
        step += sequences * setup.accepted / setup.output * delay_s
        return step, step / setup.accepted, 2 * prompt_s + 2 * step

    sequences = 0.9 * setup.sequences
    if setup.wall:
        for _ in range(100):  # until as many decode as their share of a request's time says
            _, tpot, ttft = times_s(sequences)
            sequences = setup.sequences * setup.output * tpot / (ttft + (setup.output - 1) * tpot)
    step, tpot, ttft = times_s(sequences)
    decode = sequences / tpot
    prefill = decode * setup.prompt / setup.output if setup.wall else setup.prompt / prompt_s

    weights = model.total_b * 1e9 * weight_bytes(setup)
    longest = kept_tokens(model, setup.prompt + setup.output) * cache_bytes(setup)
    used = (weights + sequences * longest) / decode_cards / 1e9 + 1
    capacity: float = card["memory"]["capacity_gb"]["value"]
    assert used <= MEMORY_IN_USE * capacity, (setup, used, capacity)
    read = params_read(model, sequences) * weight_bytes(setup) + sequences * context_bytes
    return Run(
        decode_tok_s=decode,
        prefill_tok_s=prefill,
        ttft_s=ttft,
        step_s=step,
        tpot_s=tpot,
        sequences=sequences,
        memory_per_card_gb=used,
        compute_share=decode * operations(model, context) / op_s,
        bandwidth_share=read / (step * bytes_s),
    )
