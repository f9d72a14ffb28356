"""The default build against a Dagster job of as many empty assets and checks, in one run.

    python benchmarks/overhead.py [ROUNDS]

All run in fresh processes, in turn, the same way: `execute_in_process` with an instance
on disk. The empty job has the same assets, checks, dependencies and steps as the build. It
is a script like any other; the command `roofhouse` keeps Dagster's event log open, collects no
garbage and ends without taking itself apart, so the empty job is run that way too, for the
reader to compare.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.measure import ROOFHOUSE, ROOT, Spread

EMPTY = """
import gc
import os
import sys

if sys.argv[1:] == ["lean"]:
    gc.disable()

import dagster as dg

def asset(name, deps):
    @dg.asset(name=name, deps=[dg.AssetKey([d]) for d in deps])
    def empty() -> dg.MaterializeResult:
        return dg.MaterializeResult()
    return empty

def checks(position, specs):
    specs = [
        dg.AssetCheckSpec(
            name, asset=dg.AssetKey([asset]), blocking=blocking,
            additional_deps=[dg.AssetKey([d]) for d in deps],
        )
        for asset, name, blocking, deps in specs
    ]
    @dg.multi_asset_check(name=f"checks_{{position}}", specs=specs, can_subset=len(specs) > 1)
    def empty():
        for spec in specs:
            yield dg.AssetCheckResult(passed=True, asset_key=spec.asset_key, check_name=spec.name)
    return empty

SHAPE = {shape!r}
defs = dg.Definitions(
    assets=[asset(name, deps) for name, deps in SHAPE["assets"]],
    asset_checks=[checks(position, specs) for position, specs in enumerate(SHAPE["checks"])],
    jobs=[dg.define_asset_job("empty", executor_def=dg.in_process_executor)],
)
job = defs.resolve_job_def("empty")
found = dg.DagsterInstance.get()
if sys.argv[1:] == ["lean"]:
    from pipelines.orchestration import event_log
    found = event_log.kept_open(found)
with found as instance:
    result = job.execute_in_process(
        instance=instance,
        run_config={{"loggers": {{"console": {{"config": {{"log_level": "CRITICAL"}}}}}}}},
    )
assert result.success
print(len(job.nodes), flush=True)
if sys.argv[1:] == ["lean"]:
    os._exit(0)
"""


LABELS = {
    "empty": "empty Dagster job",
    "lean": "the same as `roofhouse` runs: log kept open, no garbage collected, ended at once",
    "from raw": "`roofhouse build`, from raw",
    "staging cached": "`roofhouse build`, nothing new in `data/raw`",
}


def shape() -> dict[str, list[Any]]:
    """The assets of a build with what they depend on, and the checks of each check step."""
    from pipelines.orchestration.assets import assets as built
    from pipelines.orchestration.checks import checks

    assets = [
        (key.to_user_string(), sorted(up.to_user_string() for up in one.asset_deps[key]))
        for one in built()
        for key in one.keys
    ]
    names = {name for name, _ in assets}
    steps = [
        [
            (
                spec.asset_key.to_user_string(),
                spec.name,
                spec.blocking,
                sorted(dep.asset_key.to_user_string() for dep in spec.additional_deps),
            )
            for spec in one.check_specs
        ]
        for one in checks()
    ]
    return {
        "assets": [(name, [dep for dep in deps if dep in names]) for name, deps in assets],
        "checks": steps,
    }


def section(rounds: int) -> str:
    """The measured section, as Markdown. A first round, not counted, warms the caches."""
    from pipelines.definitions import defs

    told = measure.conditions()
    parts = shape()
    checks = sum(len(specs) for specs in parts["checks"])
    steps = len(defs.resolve_job_def("build_warehouse").nodes)
    found: dict[str, list[float]] = {name: [] for name in LABELS}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        script = work / "empty.py"
        script.write_text(EMPTY.format(shape=parts))
        shutil.copytree(ROOT / "data" / "raw", work / "data" / "raw")
        environment = measure.dagster_home(work / "home")
        build: list[str | Path] = [ROOFHOUSE, "build", "--data", work / "data"]
        for _ in range(rounds + 1):
            empty = measure.run([sys.executable, script], environment)
            if json.loads(empty.output) != steps:
                sys.exit(f"the empty job has {empty.output.strip()} steps, the build has {steps}")
            found["empty"].append(empty.seconds)
            lean = measure.run([sys.executable, script, "lean"], environment)
            found["lean"].append(lean.seconds)
            for made in ("build", "marts"):
                shutil.rmtree(work / "data" / made, ignore_errors=True)
            found["from raw"].append(measure.run(build, environment).seconds)
            found["staging cached"].append(measure.run(build, environment).seconds)
    rows = []
    for name, label in LABELS.items():
        seconds = found[name][1:]
        ratios = Spread.of(s / e for s, e in zip(seconds, found["empty"][1:], strict=True))
        rows.append((label, Spread.of(seconds), ratios))
    return "\n\n".join(
        (
            f"{len(parts['assets'])} assets, {checks} checks, {steps} steps, {rounds} rounds. "
            f"{told}.",
            measure.table(("", "seconds", "× empty job"), rows),
            "\n".join(
                measure.verdict(f"{label} against the empty job", ratio.median, None, 1.5)
                for label, _, ratio in rows[2:]
            ),
        )
    )


if __name__ == "__main__":
    print(section(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
