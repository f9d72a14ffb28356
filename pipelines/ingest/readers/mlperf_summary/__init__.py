"""Results tables of MLPerf Inference: v5.1 and v6.0 as a list of rows, v6.1 as an object.

Source: mlcommons/inference@b66003e:tools/submission, which generates them. A row is one
result of a system. Its scenario says how requests arrive, so no limit of those in flight is
known; prompts are as long as the catalog says of the benchmark.

`rows` has the columns of both layouts, `system` reads cards and engine out of free text, and
`loadgen` the log of a run where it lies below the table. Not read: `design_power_watts`, a
nameplate; `compliance`, which is 1 or the division; and `result_summary.json` of the endpoint
runs of v6.1, whose `tps` is over the shorter of two windows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from pipelines.catalog import UnresolvedName
from pipelines.ingest.readers.frame import (
    Fields,
    OutOfScopeError,
    Record,
    Run,
    SourceFile,
    UnusableError,
    finite,
)
from pipelines.ingest.readers.mlperf_summary import loadgen, system
from pipelines.ingest.readers.mlperf_summary.rows import Columns, Table, columns, is_table, rows

FORMAT = "mlperf-summary"
COMPANIONS = (loadgen.NAME,)
#: Belongs beside everything that is derived from these results and published.
ATTRIBUTION = (
    "MLPerf Inference results of MLCommons, cited by round, division, benchmark and entry. "
    "Efficiencies, figures per card or per watt and all other derived figures are no MLPerf "
    "metrics and not verified by MLCommons."
)

_SCENARIOS = ("Offline", "Server", "Interactive")
#: Beginnings of the names of benchmarks that are no language models. Whisper is rated in
#: tokens per second, too.
_OTHER_TASKS = (
    *("3d-unet", "bert", "dlrm", "pointpainting", "qwen3-vl", "resnet", "retinanet", "rgat"),
    *("rnnt", "ssd-", "stable-diffusion", "text_to_", "vlm", "wan-", "whisper", "yolo"),
)
_NOT_CARRIED = ("compliance", "design_power_watts", "has_power", "Platform", "PrivateID")
_TOKENS = re.compile(r"TOKENS_PER_SAMPLE: *([0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)")
_UNIQUE_ID = "Unique ID (e.g. for Audit)"


def recognizes(first: object) -> bool:
    """Return whether this is a row of v5.1 or v6.0, or the table of v6.1."""
    return isinstance(first, dict) and (_UNIQUE_ID in first or is_table(first))


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each row."""
    table = Table(row for document in source.objects() for row in rows(document))
    yield from source.each(partial(_run, table=table, source=source), records=rows)


def _run(row: Fields, table: Table, source: SourceFile) -> Run:
    names = columns(row)
    row.set_aside(*_NOT_CARRIED, names.suite)
    _check_scope(row, names, table)
    card, written, cards = system.accelerator(row, names)
    if (row.number("errors") or 0) > 0:
        raise UnusableError("`errors` is above 0: it failed the checks", row.spell("errors"))
    details = row.text("Details")
    run = Run(
        id=_id(row, names),
        title=row.text(names.title),
        submitter=row.text(names.submitter),
        division=row.text(names.division),
        availability=row.text("Availability"),
        tool_version=row.text("version"),
        source_type="mlperf-submission",
        url=details if details and details.startswith("http") else None,
        citation=_citation(row, names),
        hardware=card,
        hardware_as_reported=written,
        card_count=cards,
        nodes=row.limit(names.nodes),
        model=row.text(names.model),
        engine=system.engine(row, names),
        quantization=row.text("weight_data_types"),
        load=_load(row, names),
        decode_tok_s=row.needed(names.result),
        throughput_scope="wall",
    )
    _set_power(run, row, table)
    if found := _TOKENS.search(row.text("Accuracy") or ""):
        run.decode_seq_len = finite(float(found[1])) or None
    if log := loadgen.find(source.companions, source.name, row.text("Location")):
        loadgen.add(run, log)
    _set_lengths(run, row.text(names.benchmark), source)
    return run


def _check_scope(row: Fields, names: Columns, table: Table) -> None:
    """Raise OutOfScopeError for a row that is a copy, or no rate of a language model's tokens."""
    if row.get("inferred") == 1:
        raise OutOfScopeError("inferred from the result of another scenario or accuracy")
    units, scenario = row.text(names.units), row.text("Scenario")
    for name, value in {names.units: units, "Scenario": scenario}.items():
        if value is None:
            raise UnusableError(f"`{name}` is missing", row.spell(name))
    if units == "Watts":
        raise OutOfScopeError("watts of another row's run")
    if units != "Tokens/s":
        raise OutOfScopeError(f"units are {units}, not Tokens/s")
    if scenario not in _SCENARIOS:
        raise OutOfScopeError(f"scenario {scenario}")
    benchmark = row.text(names.benchmark) or ""
    if benchmark.lower().startswith(_OTHER_TASKS):
        raise OutOfScopeError(f"{benchmark} is no language model")
    if table.has_strict_twin(row):
        raise OutOfScopeError("the same run counts for -99.9")


def _id(row: Fields, names: Columns) -> str:
    """Return what names a result; `ID` names a system, and v6.1 has none."""
    entry = row.text("ID")
    system_id = [entry] if entry else [row.text(names.submitter), row.text("Platform")]
    parts = [row.text("version"), *system_id, row.text(names.model), row.text("Scenario")]
    return "-".join(filter(None, parts))


def _load(row: Fields, names: Columns) -> str:
    """Return benchmark and scenario."""
    return " ".join(filter(None, (row.text(names.benchmark), row.text("Scenario"))))


def _citation(row: Fields, names: Columns) -> str:
    """Return round, division, benchmark, scenario, submitter and entry."""
    division, edition = row.text(names.division), row.text("version")
    entry = row.text("ID") or row.text("Platform")
    parts = [
        f"MLPerf Inference {edition}" if edition else "MLPerf Inference",
        f"{division} division" if division else None,
        _load(row, names),
        row.text(names.submitter),
        f"entry {entry}" if entry else None,
        row.text(_UNIQUE_ID),
    ]
    return ", ".join(filter(None, parts))


def _set_power(run: Run, row: Fields, table: Table) -> None:
    """Set mean watts of the system: in the row, or in a row of its own since v6.1."""
    watts = row.rate("Power_Result")
    if row.text("Power_Units") != "Watts":
        watts = table.watts(row)
    if watts:
        run.system_power_w, run.power_scope = watts, "system"


def _set_lengths(run: Run, benchmark: str | None, source: SourceFile) -> None:
    """Set the lengths that neither row nor sidecar has from the benchmark's data set."""
    try:
        workload = source.catalog.resolve("workload", benchmark or "", format=FORMAT)
    except UnresolvedName:
        return
    facts = source.catalog.facts("workload", workload)
    run.dataset = facts["dataset"]
    if source.said.prefill_length is None:
        run.prefill_seq_len = facts.get("prefill_seq_len")
    if run.decode_seq_len is None and source.said.decode_length is None:
        run.decode_seq_len = facts.get("decode_seq_len")
