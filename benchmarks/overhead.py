"""The default build against a Dagster job of as many empty assets and checks, in one run.

Both run in fresh processes, in turn, the same way: `execute_in_process` with an instance
on disk. Prints the median seconds of each and the ratio.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

EMPTY = """
import dagster as dg

def asset(name, deps):
    @dg.asset(name=name, deps=[dg.AssetKey([d]) for d in deps])
    def empty() -> dg.MaterializeResult:
        return dg.MaterializeResult()
    return empty

def check(asset, name, blocking, deps):
    @dg.asset_check(
        asset=dg.AssetKey([asset]), name=name, blocking=blocking,
        additional_deps=[dg.AssetKey([d]) for d in deps],
    )
    def empty() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)
    return empty

SHAPE = {shape!r}
defs = dg.Definitions(
    assets=[asset(name, deps) for name, deps in SHAPE["assets"]],
    asset_checks=[check(*one) for one in SHAPE["checks"]],
    jobs=[dg.define_asset_job("empty", executor_def=dg.in_process_executor)],
)
job = defs.resolve_job_def("empty")
with dg.DagsterInstance.get() as instance:
    result = job.execute_in_process(
        instance=instance,
        run_config={{"loggers": {{"console": {{"config": {{"log_level": "CRITICAL"}}}}}}}},
    )
assert result.success
"""


def shape() -> dict[str, Sequence[tuple[object, ...]]]:
    """Names and dependencies of the assets and checks of a build."""
    from pipelines.assets import assets as built
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    keys = {key for one in built() for key in one.keys}
    assets = [
        (
            key.to_user_string(),
            sorted(up.to_user_string() for up in graph.get(key).parent_keys if up in keys),
        )
        for key in sorted(keys)
    ]
    checks = []
    for key in graph.asset_check_keys:
        node = graph.get(key)
        deps = {d.to_user_string() for d in node.parent_entity_keys if hasattr(d, "to_user_string")}
        name = key.asset_key.to_user_string()
        checks.append((name, key.name, node.blocking, sorted(deps - {name})))
    return {"assets": assets, "checks": checks}


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall time of a command that must succeed."""
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, capture_output=True, cwd=ROOT)
    return time.perf_counter() - started


def main(runs: int) -> None:
    """Print the ratio."""
    parts = shape()
    print(f"{len(parts['assets'])} assets, {len(parts['checks'])} checks, {runs} runs each")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        script = work / "empty.py"
        script.write_text(EMPTY.format(shape=parts))
        shutil.copytree(ROOT / "data" / "raw", work / "data" / "raw")
        home = work / "home"
        home.mkdir()
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        environment = {
            **os.environ,
            "DAGSTER_HOME": str(home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "ROOFHOUSE_DATA": str(work / "data"),
        }
        command = str(Path(sys.executable).parent / "roofhouse")
        cold, warm, empty = [], [], []
        for _ in range(runs + 1):
            empty.append(seconds([sys.executable, str(script)], environment))
            shutil.rmtree(work / "data" / "build", ignore_errors=True)
            cold.append(seconds([command, "build"], environment))
            warm.append(seconds([command, "build"], environment))
        base = statistics.median(empty[1:])
        print(f"empty job            {base:6.2f} s")
        for name, found in (("from raw", cold), ("staging cached", warm)):
            middle = statistics.median(found[1:])
            print(f"build, {name:<14}{middle:6.2f} s   ratio {middle / base:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
