"""Sources: the folders of data/raw, with licence and attribution."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, day, flag, identifier, integer, text

NOT_STATED = "SOURCE.yml states none"


@table(grain=["source_id"])
class DimSource(Contract):
    """One row per source: where results come from, and under which licence."""

    source_id: str = identifier("Id of the source")
    source_name: str = text("Name of the source")
    declared_format: str = text("Format of its files; `auto`: told by their keys")
    mode: str = text(
        "Mode: the newest file of a `snapshot` source is all that it holds; files of one that "
        "does `append` stay true",
        one_of=["snapshot", "append"],
        null="SOURCE.yml cannot be read",
    )
    has_versions: bool = flag(
        "True if what an id of the source means may change from one snapshot to the next, as in a "
        "feed; False if each content is a version without an end"
    )
    license: str = text("Licence, as the source states it", null=NOT_STATED)
    attribution: str = text("Words that credit the source", null=NOT_STATED)
    url: str = text(as_in("dim_evidence.url"), null=NOT_STATED)
    citation: str = text(as_in("dim_evidence.citation"), null=NOT_STATED)
    received_on: dt.date = day("Date on which the files were received", null=NOT_STATED)
    file_count: int = integer("Files of the source in this build", unit="files")
    problem: str = text(
        "Reason why the source is left out of this build", null="it is in this build"
    )
