"""The checks of `published_warehouse`: the published set is whole, of this build, and recent.

They read the published files as a reader does. The two that do not depend on the clock fail the
run: a set that differs from the build must not go unnoticed.
"""

import datetime as dt
from collections.abc import Iterable

import dagster as dg

from pipelines.metadata import news
from pipelines.orchestration import freshness, ui_metadata
from pipelines.orchestration.last_run import Failed
from pipelines.orchestration.resource import WarehouseResource
from pipelines.publish import manifest, verify

_NAME = "published_warehouse"


def _result(
    warehouse: WarehouseResource, check: str, wrong: dict[str, str], about: dict[str, str | int]
) -> dg.AssetCheckResult:
    """The result of a check; `wrong` has the fault of each file."""
    words = "; ".join(f"{name} {what}" for name, what in wrong.items())
    action = "run `roofhouse build`"
    rows = [{"file": name, "problem": what} for name, what in wrong.items()]
    result = dg.AssetCheckResult(
        passed=not wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{words}; {action}" if wrong else None,
        metadata={**about, **({"failures": ui_metadata.table(rows)} if rows else {})},
    )
    warehouse.evaluated(result, Failed(_NAME, check, "error", result.description or ""))
    return result


@dg.asset_check(
    asset=freshness.SET,
    name="set_is_whole",
    blocking=True,
    description=(
        "Every published file is there, with the SHA-256 of the manifest. Each file is read once."
    ),
)
def _is_whole(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    with warehouse.user_errors():
        status = manifest.check(warehouse.settings)
    about = {
        "files": len(status.manifest["files"]),
        "bytes": sum(entry.get("bytes", 0) for entry in status.manifest["files"]),
    }
    return _result(warehouse, "set_is_whole", status.broken, about)


@dg.asset_check(
    asset=freshness.SET,
    name="set_is_of_this_build",
    blocking=True,
    description=(
        "The manifest, quality.build and every Parquet file name one build: the one that this "
        "run published, or found to be published."
    ),
)
def _is_of_this_build(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    with warehouse.user_errors():
        named = verify.builds(warehouse.settings)
    build_id = warehouse.build_id or named[manifest.NAME]
    wrong = {
        name: f"is of build {found}, not {build_id}" if found else "names no build"
        for name, found in named.items()
        if found != build_id
    }
    return _result(warehouse, "set_is_of_this_build", wrong, {"build_id": str(build_id)})


@dg.asset_check(
    asset=freshness.SET,
    name=freshness.SET_CHECK,
    description=(
        "A build has ended in the last 26 hours, even if it changed nothing. Later it is a "
        "warning, after 36 hours an error. Between builds a sensor evaluates this."
    ),
)
def _is_recent(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    with warehouse.user_errors():
        at = manifest.read(warehouse.settings).get("published_at")
    return freshness.in_run(
        warehouse,
        freshness.published(warehouse.settings, dt.datetime.now(dt.UTC), warehouse.built_at),
        {"published_at": str(at)},
    )


@dg.asset_check(
    asset=freshness.SET,
    name="changes_are_counted",
    description=(
        "How the published set differs from the one before it, for each source, as in "
        "quality.build_change. It always passes and only reports figures."
    ),
)
def _changes(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    with warehouse.user_errors():
        told = manifest.read(warehouse.settings)
    rows = told["changes"]
    totals = {name: sum(row[name] for row in rows) for name in news.CHANGES}
    return dg.AssetCheckResult(
        passed=True,
        description="; ".join(news.changes(told)) or "Nothing changed.",
        metadata={
            **totals,
            "published_at": told["published_at"],
            "sources": ui_metadata.table(rows),
        },
    )


def set_checks() -> Iterable[dg.AssetChecksDefinition]:
    """Return the checks of the published set."""
    return (_is_whole, _is_of_this_build, _is_recent, _changes)
