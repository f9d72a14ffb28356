"""All samples as one data folder: no objection to honest files, and every known defect found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import ROOT
from tests.command import roofhouse
from tests.samples import folder

ARGONNE = ("argonne", "All_results.cut.csv")
LLAMA_TRAPS = ("llama-bench", "synthetic_traps.json")
GUIDELLM = ("guidellm", "guidellm_report_v2.json")

#: Records that are known to be wrong: source, file, record, and the errors that say so.
DEFECTIVE = {
    # Rows of 2,048 tokens that took 0.083 s, where half the length takes 7.7 s. One more of them
    # is a warning: batches of 64 on four cards might have been that fast but for their context.
    **{(*ARGONNE, row): {"decode_above_hard_roofline"} for row in (82, 83, 84, 85)},
    **{(*ARGONNE, row): {"decode_above_hard_roofline"} for row in (94, 95, 96, 97)},
    **{(*ARGONNE, row): {"decode_above_hard_roofline"} for row in (106, 107, 108)},
    # Qwen2 72B, one sequence on four cards, ten times as fast as the weights can be read.
    (*ARGONNE, 112): {"decode_above_hard_roofline"},
    # The target was a mock server.
    **{(*GUIDELLM, benchmark): {"step_below_weight_read"} for benchmark in (0, 1)},
    # Written by hand: the label says bf16, the checkpoint is INT4.
    ("inferencex", "synthetic_traps.json", 0): {"weights_exceed_memory"},
    # Written by hand: an invented rate, more than two of these cards can read weights for.
    (*LLAMA_TRAPS, 4): {"decode_above_hard_roofline", "step_below_weight_read"},
    # The example of the report's schema: seconds under "ms".
    ("llm-d", "br_v0_1_example.yaml", 0): {"step_below_weight_read"},
}
#: Records that only draw a warning, and are known to be wrong, too.
IMPLAUSIBLE = {(*ARGONNE, 109)}

#: Why files have rejects: source, file, and how often each reason's beginning occurs.
REJECTED = {
    ("llama-bench", "synthetic_traps.json", "only 12 layers of the model"): 1,
    ("llm-d", "br_v0_2_1_json_schema.json", "br_v0_2_1_json_schema.json: "): 1,
    ("mlperf", "summary_results_v6.0.cut.json", "several kinds of card"): 2,
    ("mlperf", "synthetic_v5.1_rows.json", "quantization 'UNSET'"): 1,
    ("mlperf", "synthetic_v5.1_rows.json", "several kinds of card"): 1,
    ("mlperf", "synthetic_v6.1_summary.json", "quantization 'UNSET'"): 1,
    ("mlperf", "synthetic_v6.1_summary.json", "model 'llama2-70b-custom'"): 1,
    ("vllm", "synthetic_all_failed.json", "no request completed"): 1,
}

Findings = dict[tuple[str, str, int], set[str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse of all samples."""
    data = folder.lay(tmp_path_factory.mktemp("samples") / "data")
    done = roofhouse(data, "build")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as db:
        yield db


def findings(db: duckdb.DuckDBPyConnection, severity: str) -> Findings:
    """Rules by record, of a severity."""
    rows = db.execute(
        """
        select fact.source_id, fact.source_file, fact.record_index, finding.rule_id
        from marts.mart_case_findings as finding
        join main.fact_case as fact using (case_id)
        where finding.severity = ?
        """,
        [severity],
    ).fetchall()
    found: Findings = {}
    for source, file, record, rule in rows:
        found.setdefault((source, file, record), set()).add(rule)
    return found


def section(page: str, heading: str) -> str:
    """The text of a page below a heading, up to the next one."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_source_is_published(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute("select source_id, file_count, problem from main.dim_source").fetchall()
    published = {source for source, files, problem in rows if files and problem is None}
    assert published == {path.name for path in folder.origins()}


def test_only_records_that_are_known_to_be_wrong_have_errors(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert findings(built, "error") == DEFECTIVE


def test_only_records_that_are_known_to_be_wrong_have_warnings(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert findings(built, "warn").keys() - DEFECTIVE.keys() == IMPLAUSIBLE


def test_the_page_explains_what_is_found_and_nothing_else(
    built: duckdb.DuckDBPyConnection,
) -> None:
    found = findings(built, "error"), findings(built, "warn")
    rules = {rule for one in found for broken in one.values() for rule in broken}
    text = section("audit.md", "Public files")
    known = {rule for (rule,) in built.execute("select rule_id from quality.rule").fetchall()}
    infos = {rule for broken in findings(built, "info").values() for rule in broken}
    named = set(re.findall(r"`(\w+)`", text)) & known
    assert rules <= named <= rules | infos


def test_only_records_that_cannot_be_used_are_rejected(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        """
        select snapshot.source_id, snapshot.file_name, reject.reason
        from quality.reject as reject
        join quality.snapshot as snapshot using (snapshot_id)
        """
    ).fetchall()
    found = dict.fromkeys(REJECTED, 0)
    for source, file, reason in rows:
        (key,) = [
            (of, name, start)
            for of, name, start in REJECTED
            if (of, name) == (source, Path(file).name) and reason.startswith(start)
        ]
        found[key] += 1
    assert found == REJECTED


def test_rows_of_the_control_set_are_plausible(built: duckdb.DuckDBPyConnection) -> None:
    """But for those that have no limit of requests, and so no throughput."""
    rows = built.execute(
        """
        select plausibility, decode_tok_s is null, count(*)
        from marts.mart_case_metrics where source_id = 'aiconfigurator' group by all order by all
        """
    ).fetchall()
    assert rows == [("not_judged", True, 3), ("plausible", False, 30)]
