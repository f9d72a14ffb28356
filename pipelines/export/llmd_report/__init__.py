"""Cases as llm-d Benchmark Reports of version 0.2.1: a YAML file for each.

`document` makes the report of a case; this module writes the files.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml

from pipelines.export import place
from pipelines.export.cases import Cases
from pipelines.export.llmd_report.document import VERSION, report

#: How llm-d's own files begin; its tools look for them by this.
_PREFIX = f"benchmark_report_v{VERSION},_"
_MAX_NAME = 120


def write(cases: Cases, folder: Path) -> int:
    """Write a report for each case into a folder, and return how many there are."""
    sources = {one["id"]: one for one in cases.sources}
    frame = cases.facts()
    for row in frame.iter_rows(named=True):
        document = report(row, sources[row["source_id"]], cases.build_id)
        text = yaml.dump(
            document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=1_000
        )
        place.write(folder / file_name(row["case_id"]), text.encode())
    return len(frame)


def is_report(name: str) -> bool:
    """Return whether a file, by its name, is one that `write` writes."""
    return name.startswith(_PREFIX) and name.endswith(".yaml")


def file_name(case_id: str) -> str:
    """Return the name of a case's file; two ids never have the same, whatever the system folds.

    An id that is not a safe name in lower case loses what is not, and ends in its hash: `~` is
    in no other name.
    """
    safe = re.sub(r"[^a-z0-9._-]+", "_", case_id.lower())[:_MAX_NAME]
    if safe != case_id:
        safe = f"{safe}~{hashlib.sha256(case_id.encode()).hexdigest()[:16]}"
    return f"{_PREFIX}{safe}.yaml"
