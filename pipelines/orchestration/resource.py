"""The build database as a Dagster resource: one connection and one lock for a whole run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from pipelines import settings as settings_
from pipelines.errors import RoofhouseError
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

    _db: Warehouse = PrivateAttr()
    _settings: Settings = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[WarehouseResource]:
        """Open the database for the run, after completing an interrupted publication."""
        with user_errors():
            self._settings = settings_.load(self.data or None, ray=self.ray, shared=self.shared)
            with building(self._settings) as db:
                atomic.recover(self._settings)
                self._db = db
                try:
                    yield self
                finally:
                    renderer.dismiss()

    @property
    def db(self) -> Warehouse:
        """The build database."""
        return self._db

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self._settings


@contextmanager
def user_errors(data: Path | None = None) -> Iterator[None]:
    """Turn a user's mistake, or a full disk, into a Dagster failure without retries."""
    try:
        with disk_errors(within=data):
            yield
    except RoofhouseError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
