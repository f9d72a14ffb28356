"""The build database as a Dagster resource: one connection and one lock for a whole run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from pipelines import settings as settings_
from pipelines.errors import RoofhouseError
from pipelines.orchestration import event_log, last_run
from pipelines.publish import atomic
from pipelines.report import renderer
from pipelines.settings import Settings
from pipelines.transform.materialize import building
from pipelines.warehouse import Warehouse, disk_errors


class WarehouseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The open build database of a run, held under the build lock."""

    data: str = ""
    """The data folder; empty for ROOFHOUSE_DATA or the project's own."""

    ray: str = ""
    """HOST:PORT of a Ray cluster that stages; empty for ROOFHOUSE_RAY, else none."""

    shared: str = ""
    """URL of the storage between its nodes; empty for ROOFHOUSE_SHARED, else the data folder."""

    accept: list[str] = Field(default=[])
    """Sources whose snapshot is accepted even if the guard on volume would hold it back."""

    _db: Warehouse = PrivateAttr()
    _settings: Settings = PrivateAttr()
    _run: last_run.LastRun | None = PrivateAttr(default=None)
    _checks: dict[tuple[str, str], last_run.Failed | None] = PrivateAttr(default_factory=dict)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[WarehouseResource]:
        """Open the database for the run, after completing an interrupted publication."""
        with user_errors():
            self._settings = settings_.load(self.data or None, ray=self.ray, shared=self.shared)
            _tag(context, self._settings)
            with building(self._settings) as db:
                atomic.recover(self._settings)
                self._db = db
                self._begin(context.run)
                try:
                    yield self
                finally:
                    renderer.dismiss()
                    self._end(context.run)

    @property
    def db(self) -> Warehouse:
        """The build database."""
        return self._db

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self._settings

    @contextmanager
    def user_errors(self) -> Iterator[None]:
        """Turn a user's mistake or a full disk into a failure, and record it for `status`."""
        try:
            with user_errors(self._settings.data):
                yield
        except BaseException as error:
            if self._run is not None and self._run.failure is None:
                told = error.description if isinstance(error, dg.Failure) else None
                self._run.failure = told or str(error).partition("\n")[0] or "interrupted"
            raise

    def evaluated(self, result: dg.AssetCheckResult, failed: last_run.Failed) -> None:
        """Record the result of a check; `failed` is recorded if the check failed."""
        self._checks[failed.table, failed.check] = None if result.passed else failed
        stops = failed.severity == "error" and result.severity is dg.AssetCheckSeverity.ERROR
        if self._run is not None and stops and not result.passed and self._run.failure is None:
            self._run.failure = failed.message

    def published(self, build_id: str) -> None:
        """Record the build that this run published."""
        if self._run is not None:
            self._run.build_id = build_id
            self._run.built_at = last_run.now()

    @property
    def build_id(self) -> str | None:
        """The id of the build that this run published; None if it has not."""
        return self._run.build_id if self._run else None

    @property
    def built_at(self) -> str | None:
        """The recorded time at which this run or an earlier one last published."""
        return self._run.built_at if self._run else None

    def _begin(self, run: dg.DagsterRun | None) -> None:
        self._checks = {}
        with suppress(OSError):  # the run itself will say that the disk is full
            self._run = last_run.begin(
                self._settings,
                run.run_id if run else "",
                run.job_name if run else "",
            )

    def _end(self, run: dg.DagsterRun | None) -> None:
        if self._run is None:
            return
        is_whole = self._run.build_id is not None and run is not None and not run.asset_selection
        before = {} if is_whole else {(one.table, one.check): one for one in self._run.checks}
        found = {**before, **self._checks}
        self._run.checks = [one for _, one in sorted(found.items()) if one is not None]
        self._run.ended_at = last_run.now()
        with suppress(OSError):
            last_run.write(self._settings, self._run)


def _tag(context: dg.InitResourceContext, settings: Settings) -> None:
    """Tag the run with its data folder, whoever launched it."""
    if context.run is not None and context.instance is not None:
        tag = {event_log.DATA_TAG: event_log.folder(settings)}
        context.instance.add_run_tags(context.run.run_id, tag)


@contextmanager
def user_errors(data: Path | None = None) -> Iterator[None]:
    """Turn a user's mistake, or a full disk, into a Dagster failure without retries."""
    try:
        with disk_errors(within=data):
            yield
    except RoofhouseError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
