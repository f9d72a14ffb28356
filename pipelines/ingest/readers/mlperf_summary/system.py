"""The system of a row: its kind of card, how many, and the engine, out of free text."""

from __future__ import annotations

import re

from pipelines.ingest.readers.frame import Fields, OutOfScopeError, UnusableError
from pipelines.ingest.readers.mlperf_summary.rows import Columns

_COUNTED = re.compile(r"\(x([0-9]{1,6})\)", re.IGNORECASE)
_TRAILING = re.compile(r"\([^()]*\)$")
#: Engines by id, the first that is found counts.
_ENGINES = {
    "tensorrt-llm": r"tensorrt[-_ ]?llm",
    "vllm": "vllm",
    "sglang": "sglang",
    "tensorrt": "tensorrt",
}


def accelerator(row: Fields, names: Columns) -> tuple[str, str, int | None]:
    """Return the name of the card, the whole text that it is part of, and the cards.

    A parenthesis at the end is no part of the name: `(x87)` is the number of cards, where
    cards per node times nodes says 88, and `(Power Cap 1000 W)` a remark.

    Raises OutOfScopeError for a system without cards, UnusableError for one of several kinds.
    """
    written = row.text(names.accelerator)
    count = _count(row, names)
    if written in (None, "-", "0") or count == 0:
        raise OutOfScopeError("no accelerator")
    if len(_COUNTED.findall(written)) > 1:
        raise UnusableError(f"several kinds of card: {written}", row.spell(names.accelerator))
    trailing = _TRAILING.search(written)
    if not trailing:
        return written, written, count
    counted = _COUNTED.fullmatch(trailing[0])
    count = int(counted[1]) or count if counted else count
    return written[: trailing.start()].strip(), written, count


def _count(row: Fields, names: Columns) -> int | None:
    """Return the cards of all nodes; 0 if there are said to be none, None if not known."""
    total, per_node = row.whole(names.total), row.whole(names.per_node)
    nodes = row.whole(names.nodes)
    if total:
        return total
    if per_node and nodes:
        return per_node * nodes
    return 0 if 0 in (total, per_node) else None


def engine(row: Fields, names: Columns) -> str:
    """Return the id of the engine that software or notes name, else that of an unnamed one."""
    text = f"{row.text(names.software) or ''}\n{row.text(names.notes) or ''}".lower()
    found = (one for one, pattern in _ENGINES.items() if re.search(pattern, text))
    return next(found, "submitter-stack")
