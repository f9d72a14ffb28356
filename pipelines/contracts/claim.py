"""What a case reports about its run: the same columns wherever a claim is looked at."""

from __future__ import annotations

from pipelines.contracts.vocabulary import Contract, integer, number, text

REPORTED = "not reported"


class Claim(Contract):
    """Scenario and results of a case, as reported."""

    prefill_seq_len: int = integer("P: prompt length of a request", unit="tokens")
    decode_seq_len: int = integer("D: output length of a request", unit="tokens")
    batch_size: int = integer("B: sequences in a batch, as stated", unit="sequences")
    max_concurrent_requests: int = integer("C: most requests in flight at once", unit="requests")
    decode_tok_s: float = number("Decode throughput of all cards", unit="tok/s", null=REPORTED)
    prefill_tok_s: float = number("Prefill throughput of all cards", unit="tok/s", null=REPORTED)
    ttft_p50_ms: float = number("Time to first token, median", unit="ms", null=REPORTED)
    ttft_p99_ms: float = number("Time to first token, 99th percentile", unit="ms", null=REPORTED)
    tbt_p50_ms: float = number(
        "Time between tokens of one sequence (TPOT), median", unit="ms", null=REPORTED
    )
    tbt_p99_ms: float = number(
        "Time between tokens of one sequence (TPOT), 99th percentile", unit="ms", null=REPORTED
    )
    memory_per_card_gb: float = number("Memory in use per card", unit="GB per card", null=REPORTED)
    power_per_card_w: float = number("Power per card", unit="W per card", null=REPORTED)
    compute_pct: float = number("Reported utilization of compute", unit="%", null=REPORTED)
    memory_bw_pct: float = number(
        "Reported utilization of memory bandwidth", unit="%", null=REPORTED
    )
    bottleneck: str = text("What limits the run, as reported", null=REPORTED)
