"""A control set: times to tokens of public runs, as aiconfigurator's table lists them.

Only TTFT and TPOT are measured. The limit of requests stands in the words of the row's origin,
and the throughput follows from the three. Its rows become cases as those of a tool do, and a
feed as a publisher has one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pipelines.ingest.readers import Case, Reject
from pipelines.ingest.readers.frame import Fields, Run, SourceFile
from pipelines.ingest.readers.frame.documents import documents
from tests import feeds
from tests.ingest.readers.reading import catalog, sidecar

_LIMIT = re.compile(r"silicon_concurrency=(\d+)")


def feed(table: Path) -> tuple[feeds.Feed, list[str]]:
    """The rows as a feed, and the reasons of those that cannot be cases."""
    content = table.read_bytes()
    rows = documents(content.decode(), "csv")
    source = SourceFile("silicon-refs", table.name, content, rows, sidecar(), catalog())
    records = list(source.each(_run))
    items: list[dict[str, Any]] = [one.item for one in records if isinstance(one, Case)]
    return feeds.feed(*items), [one.reason for one in records if isinstance(one, Reject)]


def _run(row: Fields) -> Run:
    run = Run(
        id=row.text("id"),
        hardware=row.text("system"),
        model=row.text("model_path"),
        engine=row.text("backend"),
        engine_version=row.text("backend_version"),
        quantization=row.text("moe_quant_mode"),
        prefill_seq_len=row.needed("isl"),
        decode_seq_len=row.needed("osl"),
        lengths_are_nominal=True,
        ttft_mean_ms=row.needed("silicon_ttft_ms"),
        tbt_mean_ms=row.needed("silicon_tpot_ms"),
        throughput_scope="wall",
        source_type="community-benchmark",
    )
    if row.text("mode") == "disagg":
        run.prefill_cards, run.decode_cards = (_cards(row, one) for one in ("prefill_", "decode_"))
    else:
        run.card_count = _cards(row, "")
    limit = _LIMIT.search(row.text("silicon_data_source") or "")
    if limit and run.ttft_mean_ms and run.tbt_mean_ms and run.decode_seq_len:
        run.max_concurrent_requests = int(limit[1])
        seconds = (run.ttft_mean_ms + (run.decode_seq_len - 1) * run.tbt_mean_ms) / 1000
        run.decode_tok_s = run.max_concurrent_requests * run.decode_seq_len / seconds
    return run


def _cards(row: Fields, pool: str) -> int | None:
    """The cards of a pool; models without experts have no size of attention's parallelism."""
    sizes = [row.whole(f"{pool}tp_size"), row.whole(f"{pool}pp_size")]
    sizes.append(row.whole(f"{pool}attention_dp_size") or 1)
    if pool:
        sizes.append(row.whole(f"{pool}num_workers"))
    cards = 1
    for size in sizes:
        if size is None:
            return None
        cards *= size
    return cards
