"""Parameters read in a step, step times, and the rooflines of b sequences.

For what is not autoregressive decode, all of them are NULL.
"""

from __future__ import annotations

from typing import Literal

from tests.reference.case import KNOWN_ATTENTION, Case
from tests.reference.quantity import NULL, Quantity, largest, quantity, smallest

Routing = Literal["floor", "expected", "ceiling"]


def concurrency_uncapped(case: Case) -> Quantity:
    """Sequences at once by Little's law."""
    return (case.X * case.tbt).positive if case.is_decode else NULL


def concurrency(case: Case) -> Quantity:
    """N: sequences at once, held to [1, C]; B where Little's law has no answer."""
    if not case.is_decode:
        return NULL
    uncapped = concurrency_uncapped(case)
    if not uncapped.known:
        return case.B
    held = smallest(uncapped, case.C) if case.C.known else uncapped
    return largest(held, 1)


def params_read(case: Case, b: Quantity, routing: Routing = "expected") -> Quantity:
    """read(b): parameters read in one decode step of b sequences."""
    if not case.is_decode or not b.known:
        return NULL
    if not case.E.known or case.k >= case.E or case.A >= case.T:
        return case.A
    chosen = case.k / case.E
    if routing == "floor":
        touched = chosen
    elif routing == "expected":
        touched = 1 - (1 - chosen) ** b
    else:
        touched = smallest(case.E, case.k * b) / case.E
    return case.A + (case.T - case.A) * (touched - chosen) / (1 - chosen)


def attention_flops(case: Case, factor: int, tokens: Quantity) -> Quantity:
    """factor·L·H·d·tokens; 0 where the model's attention does not say what it computes."""
    if case.attention not in KNOWN_ATTENTION or not case.H.known or not case.d.known:
        return quantity(0)
    return factor * case.L * case.H * case.d * tokens


def decode_flops(case: Case) -> Quantity:
    """Operations of one decoded token."""
    return 2 * case.A + attention_flops(case, 4, case.ctx) if case.is_decode else NULL


def prefill_flops(case: Case) -> Quantity:
    """Operations of one prompt token: causal attention sees P/2 tokens on average."""
    return 2 * case.A + attention_flops(case, 2, case.P) if case.is_decode else NULL


def step_bytes(
    case: Case, b: Quantity, routing: Routing = "expected", *, lenient: bool = False
) -> Quantity:
    """Bytes read in one decode step; `lenient` grants the narrower cache."""
    kv = case.kv_granted if lenient else case.kv
    return params_read(case, b, routing) * case.w + b * case.ctx_kv * kv


def memory_s(
    case: Case, b: Quantity, routing: Routing = "expected", *, lenient: bool = False
) -> Quantity:
    """t_mem(b)."""
    return step_bytes(case, b, routing, lenient=lenient) / (case.n * case.BW)


def compute_s(case: Case, b: Quantity) -> Quantity:
    """t_cmp(b)."""
    return b * decode_flops(case) / (case.n * case.F)


def roofline(
    case: Case, b: Quantity, routing: Routing = "expected", *, lenient: bool = False
) -> Quantity:
    """roof(b), and with `lenient` roof⁻(b)."""
    return b / largest(memory_s(case, b, routing, lenient=lenient), compute_s(case, b))


def hard_roofline(case: Case) -> Quantity:
    """The roofline of C sequences with every cost at its floor."""
    if not case.is_decode:
        return NULL
    compute_only = case.n * case.F / (2 * case.A0)
    if case.speculates or not case.C.known:
        return compute_only
    read_s = case.A0 * case.w / (case.n * case.BW)
    return case.C / largest(read_s, case.C * 2 * case.A0 / (case.n * case.F))


def prefill_roofline(case: Case) -> Quantity:
    """Prompt tokens per second at the peak of the cards; NULL when disaggregated."""
    return NULL if case.disaggregated else case.n * case.F / prefill_flops(case)


def prompt_s(case: Case) -> Quantity:
    """Time at the peak for the prompt tokens that come with one output token."""
    return case.P_computed / case.D / prefill_roofline(case)


def serving_times_s(case: Case, b: Quantity, *, lenient: bool = False) -> tuple[Quantity, Quantity]:
    """Memory and compute time of one output token, its share of the prompts included."""
    return memory_s(case, b, lenient=lenient) / b, compute_s(case, b) / b + prompt_s(case)


def serving_roofline(case: Case, b: Quantity, *, lenient: bool = False) -> Quantity:
    """Output tok/s of b sequences where prompts share the cards, and with `lenient` serving⁻(b)."""
    return 1 / largest(*serving_times_s(case, b, lenient=lenient))
