"""An operator is told by the real daemon: of a broken file, and when it is mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import feeds
from tests.daemon import Dagster
from tests.server import Site, sends, serve


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A webhook that the daemon knows of."""
    for found in serve():
        found.answers = [sends(b"", 500), sends(b"ok")]
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("ROOFHOUSE_ALERT_URL", f"http://127.0.0.1:{found.port}/T0SECRET")
        yield found


@pytest.fixture
def dagster(tmp_path: Path, site: Site) -> Iterator[Dagster]:
    found = Dagster(tmp_path)
    yield found
    found.kill()


def test_a_broken_file_and_its_mending_are_told_once_also_over_a_restart(
    dagster: Dagster, site: Site
) -> None:
    def received() -> list[tuple[str, str, str]]:
        """What was received: the message that is answered by 500 is not."""
        found = [one for body in site.bodies[1:] for one in json.loads(body)["events"]]
        return [(one["state"], one["kind"], one["run_id"]) for one in found]

    def runs() -> list[tuple[str, str]]:
        return [(state, kind) for state, kind, _ in received() if kind == "run_failed"]

    dagster.start()
    dagster.drop("cases-1.json", "no feed")
    dagster.wait_for("alert", runs)
    assert dagster.runs("build_warehouse") == ["FAILURE"]
    assert len(received()) == 1
    assert "cases-1.json" in json.loads(site.bodies[1])["text"]
    dagster.interrupt()

    dagster.start()
    dagster.drop("cases-1.json", feeds.SHIPPED.read_text(encoding="utf-8"))
    dagster.wait_for("recovery", lambda: len(runs()) > 1)
    assert runs() == [("began", "run_failed"), ("recovered", "run_failed")]
    assert dagster.runs("build_warehouse") == ["SUCCESS", "FAILURE"]
    # Findings of the feed came with it, in the same message or the next; then nothing is new.
    dagster.wait_for("rest", lambda: "Nothing is new." in dagster.tail())
    keys = [one["key"] for body in site.bodies[1:] for one in json.loads(body)["events"]]
    assert len(keys) == len(set(keys)) + 1
    assert "T0SECRET" not in dagster.log.read_text(errors="replace")
    dagster.interrupt()
