"""Figures of clients that write totals: requests, tokens and seconds of the whole run."""

from __future__ import annotations

from pipelines.ingest.readers.frame.fields import Fields
from pipelines.ingest.readers.frame.records import UnusableError
from pipelines.ingest.readers.frame.run import Run


def set_totals(run: Run, fields: Fields) -> int:
    """Set throughputs over the whole run, mean lengths, duration and completed requests.

    The output rate is `output_throughput` if the client wrote one. Returns the completed
    requests. Raises UnusableError if a total is missing, 0 or not finite.
    """
    if fields.number("completed") == 0:
        raise UnusableError("no request completed", fields.spell("completed"))
    completed = fields.needed_whole("completed")
    duration = fields.needed("duration")
    input_tokens = fields.needed("total_input_tokens")
    output_tokens = fields.needed("total_output_tokens")
    run.decode_tok_s = fields.rate("output_throughput") or output_tokens / duration
    run.prefill_tok_s = input_tokens / duration
    run.throughput_scope = "wall"
    run.prefill_seq_len = input_tokens / completed
    run.decode_seq_len = output_tokens / completed
    run.requests_completed = completed
    run.duration_s = duration
    return completed
