"""Alerts: what is told, to whom, once; to real servers and commands, of real data folders."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.alert import message, tell
from pipelines.alert.conditions import Conditions
from pipelines.alert.event import KINDS, Event
from pipelines.ingest.fetch import fetch, record
from pipelines.ingest.sources import FLAT
from pipelines.orchestration import last_run, look
from pipelines.orchestration.last_run import LastRun
from pipelines.settings import Settings, load
from pipelines.warehouse import lock
from tests import feeds
from tests.command import roofhouse
from tests.server import Site, hangs_up, redirects, says_nothing, sends, serve

OK = sends(b"ok")
SECRETS = ("T0SECRET", "t0ken", "s3cret")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A webhook, whose address is a secret."""
    for found in serve():
        found.answers = [OK]
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv(
            "ROOFHOUSE_ALERT_URL", f"http://me:s3cret@127.0.0.1:{found.port}/T0SECRET?key=t0ken"
        )
        yield found


@pytest.fixture
def feed_site() -> Iterator[Site]:
    """A server of a feed."""
    yield from serve()


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> Settings:
    return load(tmp_path)


def bodies(site: Site) -> list[dict[str, Any]]:
    return [json.loads(body) for body in site.bodies]


def told(site: Site) -> list[list[tuple[str, str]]]:
    """State and key of the events of each message."""
    return [[(one["state"], one["key"]) for one in body["events"]] for body in bodies(site)]


def an_event(key: str = "check:a.b", severity: str = "warn", **more: Any) -> Event:
    at = "2026-05-01T00:00:00Z"
    return Event("check_failed", key, severity, f"{key} is wrong", at, table="a", check=key, **more)


def see(
    settings: Settings, *events: Event, well_since: str | None = None
) -> tuple[list[str], bool]:
    """Look at a folder in which this is wrong, and tell what is new."""
    found = Conditions(well_since=well_since)
    found.add(*events)
    tell.look(settings, found)
    return tell.send(settings)


def test_what_is_sent_says_all_that_an_operator_needs(settings: Settings, site: Site) -> None:
    lines, is_told = see(settings, an_event())
    assert is_told
    assert lines == [f"Sent 1 event to 127.0.0.1:{site.port}."]
    (body,) = bodies(site)
    assert body.keys() == {
        "text",
        "severity",
        "sent_at",
        "data",
        "host",
        "roofhouse",
        "build_id",
        "events",
        "more_events",
    }
    assert body["data"] == str(settings.data)
    assert body["severity"] == "warn"
    assert body["text"].splitlines()[1:] == ["warning: check failed: check:a.b is wrong"]
    assert body["events"] == [
        {
            "kind": "check_failed",
            "key": "check:a.b",
            "state": "began",
            "severity": "warn",
            "message": "check:a.b is wrong",
            "source": None,
            "table": "a",
            "check": "check:a.b",
            "run_id": None,
            "at": "2026-05-01T00:00:00Z",
        }
    ]
    assert site.requests[0]["content-type"] == "application/json"
    assert site.requests[0]["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "answers",
    [
        [sends(b"", 500), sends(b"", 503), OK],
        [sends(b"", 429, Retry_After="1"), OK],
        [hangs_up, OK],
    ],
)
def test_a_failure_that_passes_is_tried_again_at_once(
    settings: Settings, site: Site, answers: list[Any]
) -> None:
    site.answers = list(answers)
    assert see(settings, an_event())[1]
    assert len(site.requests) == len(answers)
    assert see(settings, an_event()) == ([], True)
    assert len(site.requests) == len(answers)


def test_what_was_not_received_is_told_at_a_later_look_and_once(
    settings: Settings, site: Site
) -> None:
    site.answers = [sends(b"", 500)]
    lines, is_told = see(settings, an_event())
    assert not is_told
    assert lines == [
        "Not sent, will be retried: 1 event: "
        f"127.0.0.1:{site.port}: the server answered 500 Internal Server Error"
    ]
    assert len(site.requests) == 4
    site.answers = [OK]
    site.bodies.clear()
    for _ in range(3):
        assert see(settings, an_event(), an_event("check:a.c"))[1]
    assert told(site) == [[("began", "check:a.b"), ("began", "check:a.c")]]


def test_what_began_and_ended_while_nobody_listened_is_told(settings: Settings, site: Site) -> None:
    site.answers = [sends(b"", 404)]
    see(settings, an_event())
    see(settings)
    site.answers = [OK]
    site.bodies.clear()
    see(settings)
    assert told(site) == [[("began", "check:a.b"), ("recovered", "check:a.b")]]


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_what_does_not_pass_is_not_tried_again_at_once(
    settings: Settings, site: Site, status: int
) -> None:
    site.answers = [sends(b"", status)]
    lines, is_told = see(settings, an_event())
    assert (len(site.requests), is_told) == (1, False)
    assert f"the server answered {status}" in lines[0]


def test_a_redirect_is_not_followed(settings: Settings, site: Site) -> None:
    site.answers = [redirects("/elsewhere")]
    lines, _ = see(settings, an_event())
    assert lines[0].endswith("the server answered 302 Found, and a redirect is not followed")
    assert len(site.requests) == 1


def test_a_server_that_asks_to_wait_longer_is_left_alone(settings: Settings, site: Site) -> None:
    site.answers = [sends(b"", 429, Retry_After="3600"), OK]
    assert not see(settings, an_event())[1]
    lines, is_told = see(settings, an_event())
    assert is_told
    assert "which asks to wait" in lines[0]
    assert len(site.requests) == 1


def test_a_server_that_says_nothing_is_given_up(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_ALERT_TIMEOUT_S", "0.5")
    site.answers = [says_nothing]
    lines, is_told = see(load(tmp_path), an_event())
    assert not is_told
    assert "nothing was received" in lines[0] or "no answer within 0.5 s" in lines[0]
    site.answers = [OK]
    site.bodies.clear()
    assert see(load(tmp_path), an_event())[1]
    assert told(site) == [[("began", "check:a.b")]]


def test_the_address_is_shown_nowhere(
    settings: Settings, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    shown = [repr(settings), str(settings)]
    for answer in (sends(b"", 404), hangs_up, redirects("https://x.example/T0SECRET"), OK):
        site.answers = [answer]
        shown += see(settings, an_event())[0]
    shown += [record.getMessage() for record in caplog.records]
    shown += [file.read_text() for file in settings.alerts.iterdir()]
    shown += [body.decode() for body in site.bodies]
    assert len(shown) > 6
    assert not [secret for secret in SECRETS if secret in "\n".join(shown)]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:9/T0SECRET?t0ken", "127.0.0.1:9: cannot be reached: Connection refused"),
        ("http://127.0.0.1:99999/T0SECRET", "127.0.0.1:99999: there is no such port"),
        ("http://[::1/T0SECRET", "alert_url is not a URL that can be reached"),
        ("http://" + "a" * 70 + ".example/T0SECRET", "not sent: "),
        ("ftp://127.0.0.1/T0SECRET", "environment variable ROOFHOUSE_ALERT_URL: alert_url: "),
    ],
)
def test_an_address_that_cannot_be_used_is_a_line_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    monkeypatch.setenv("ROOFHOUSE_ALERT_URL", url)
    monkeypatch.setenv("NO_PROXY", "*")
    (tmp_path / "data").mkdir()
    ended = roofhouse(tmp_path / "data", "alert")
    assert ended.returncode == 1
    assert says in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "T0SECRET" not in ended.stdout + ended.stderr


def test_slack_gets_its_shape_at_its_host(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stands in as the proxy on the way to Slack's host."""
    monkeypatch.setenv("ROOFHOUSE_ALERT_URL", "http://hooks.slack.com/services/T0SECRET")
    monkeypatch.delenv("NO_PROXY")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{site.port}")
    event = Event("left_out", "left_out:x", "error", "<!channel> a & b", "2026-05-01T00:00:00Z")
    lines, _ = see(load(tmp_path), event)
    assert lines == ["Sent 1 event to hooks.slack.com."]
    assert site.paths == ["http://hooks.slack.com/services/T0SECRET"]
    (body,) = bodies(site)
    assert body.keys() == {"text", "blocks"}
    assert body["text"].splitlines()[1] == "error: left out: &lt;!channel&gt; a &amp; b"
    assert [one["type"] for one in body["blocks"]] == ["section", "section"]
    assert {one["text"]["type"] for one in body["blocks"]} == {"plain_text"}
    assert body["blocks"][1]["text"]["text"] == "error: left out: <!channel> a & b"


def test_slack_is_given_no_longer_blocks_than_it_takes(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_ALERT_FORMAT", "slack")
    events = [
        Event("left_out", f"left_out:{i}", "error", "x" * 390, "2026-05-01T00:00:00Z")
        for i in range(60)
    ]
    see(load(tmp_path), *events)
    (body,) = bodies(site)
    texts = [one["text"]["text"] for one in body["blocks"]]
    assert 1 < len(texts) < 50
    assert max(map(len, texts)) <= 3000
    assert sum(one.count("x" * 390) for one in texts) == message.SHOWN
    assert texts[-1].splitlines()[-1].startswith("and 40 more")


def test_a_first_look_with_much_that_is_wrong_is_one_message(
    settings: Settings, site: Site
) -> None:
    events = [an_event(f"check:a.{i}") for i in range(50)] + [an_event("check:bad", "error")]
    see(settings, *events)
    see(settings, *events)
    (body,) = bodies(site)
    assert len(body["events"]) == message.SHOWN
    assert body["more_events"] == 51 - message.SHOWN
    assert body["events"][0]["key"] == "check:bad"
    assert body["severity"] == "error"
    assert body["text"].splitlines()[0].endswith(": 51 began")


def test_each_begin_and_each_end_is_told_once(settings: Settings, site: Site) -> None:
    for _ in range(2):
        for events in ([an_event()], [an_event()], [], []):
            see(settings, *events)
    began, recovered = [("began", "check:a.b")], [("recovered", "check:a.b")]
    assert told(site) == [began, recovered, began, recovered]
    assert bodies(site)[1]["events"][0]["message"] == "a.check:a.b holds again"
    assert bodies(site)[1]["severity"] == "info"


def test_what_is_below_the_severity_is_not_told_and_does_not_recover(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(settings, an_event(), an_event("check:info", "info"))
    monkeypatch.setenv("ROOFHOUSE_ALERT_SEVERITY", "error")
    see(load(settings.data), an_event(), an_event("check:bad", "error"))
    assert told(site) == [[("began", "check:a.b")], [("began", "check:bad")]]


def test_each_channel_is_told_whatever_becomes_of_the_other(
    settings: Settings, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("ROOFHOUSE_ALERT_COMMAND", f"{sys.executable} {writer(tmp_path)} {log} 0")
    both = load(settings.data)
    site.answers = [sends(b"", 404)]
    assert not see(both, an_event())[1]
    site.answers = [OK]
    site.bodies.clear()
    assert see(both, an_event())[1]
    assert told(site) == [[("began", "check:a.b")]]
    assert len(log.read_text().split("END\n")) == 2


def writer(folder: Path) -> Path:
    """A command that appends its input to a file, and fails a number of times before."""
    path = folder / "writer.py"
    path.write_text(
        "import pathlib, sys\n"
        "log, failures = pathlib.Path(sys.argv[1]), int(sys.argv[2])\n"
        "count = log.with_suffix('.count')\n"
        "tried = len(count.read_text()) if count.exists() else 0\n"
        "count.write_text('x' * (tried + 1))\n"
        "text = sys.stdin.read()\n"
        "if tried < failures: sys.exit(3)\n"
        "log.open('a').write(text + 'END\\n')\n"
    )
    return path


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that a command writes; its name has a space, which a shell would split."""
    log = tmp_path / "a log"
    monkeypatch.setenv("ROOFHOUSE_ALERT_COMMAND", f"{sys.executable} {writer(tmp_path)} '{log}' 2")
    return log


def test_a_command_gets_json_and_is_tried_again(command: Path, tmp_path: Path) -> None:
    lines, is_told = see(load(tmp_path), an_event())
    assert is_told
    assert lines == [f"Sent 1 event to {Path(sys.executable).name}."]
    assert command.with_suffix(".count").read_text() == "xxx"
    body = json.loads(command.read_text().removesuffix("END\n"))
    assert [one["key"] for one in body["events"]] == ["check:a.b"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (f"{sys.executable} -c 'import sys; sys.exit(7)' t0ken", "ended with exit code 7"),
        (f"{sys.executable} -c 'import time; time.sleep(99)' t0ken", "ran for longer than 0.9 s"),
        ("no-such-program t0ken", "no-such-program: cannot be started: No such file"),
    ],
)
def test_a_command_that_fails_is_a_line_and_tried_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, says: str
) -> None:
    monkeypatch.setenv("ROOFHOUSE_ALERT_TIMEOUT_S", "0.9")
    monkeypatch.setenv("ROOFHOUSE_ALERT_COMMAND", arguments)
    for _ in range(2):
        lines, is_told = see(load(tmp_path), an_event())
        assert not is_told
        assert says in lines[0]
        assert "t0ken" not in lines[0]


def test_what_a_command_that_hangs_has_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    script = tmp_path / "hang.sh"
    script.write_text("sleep 987 & echo $! > " + str(started) + "\nwait\n")
    monkeypatch.setenv("ROOFHOUSE_ALERT_TIMEOUT_S", "2")
    monkeypatch.setenv("ROOFHOUSE_ALERT_COMMAND", f"sh {script}")
    assert not see(load(tmp_path), an_event())[1]
    stat = Path(f"/proc/{started.read_text().strip()}/stat")
    while stat.exists() and stat.read_text().split()[2] != "Z":  # the kill is under way
        time.sleep(0.05)


def test_a_command_that_cannot_be_split_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_ALERT_COMMAND", "mail 't0ken")
    (tmp_path / "data").mkdir()
    ended = roofhouse(tmp_path / "data", "alert")
    assert ended.returncode == 1
    assert ended.stderr == (
        "roofhouse: environment variable ROOFHOUSE_ALERT_COMMAND: alert_command: "
        "Value error, No closing quotation\n"
    )


def test_where_the_book_cannot_be_written_it_is_told_once_all_the_same(
    settings: Settings, site: Site
) -> None:
    (settings.alerts / "told.json").mkdir(parents=True)
    lines, is_told = see(settings, an_event())
    assert not is_told
    assert lines[1] == f"{settings.alerts} cannot be written: a restart sends these alerts again."
    see(settings, an_event())
    assert told(site) == [[("began", "check:a.b")]]
    (settings.alerts / "told.json").rmdir()
    assert see(settings)[1]
    assert told(site)[1:] == [[("recovered", "check:a.b")]]


def test_a_book_that_cannot_be_read_is_an_empty_one(settings: Settings, site: Site) -> None:
    settings.alerts.mkdir()
    (settings.alerts / "told.json").write_text('{"seen": {"x": "soon"}}')
    see(settings, an_event())
    assert told(site) == [[("began", "check:a.b")]]


NOW = dt.datetime.now(dt.UTC)


def minute(number: int) -> str:
    """A time of today, as it is recorded."""
    return f"{NOW + dt.timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}"


def a_run(settings: Settings, run_id: str, failure: str | None, ended: int) -> None:
    """Leave the record of a run that ended at this minute."""
    settings.build.mkdir(exist_ok=True, parents=True)
    run = LastRun(run_id, "fetch_and_build", minute(ended - 1), minute(ended), failure)
    last_run.write(settings, run)


def look_and_tell(settings: Settings) -> None:
    found, build_id = look.conditions(settings)
    tell.look(settings, found)
    tell.send(settings, build_id)


def test_a_run_that_failed_is_told_once_and_its_recovery_by_the_next_that_ends_well(
    settings: Settings, site: Site
) -> None:
    began, recovered = [("began", "run")], [("recovered", "run")]
    a_run(settings, "one", "a file is no feed", -60)
    for _ in range(2):
        look_and_tell(settings)
        tell.happened(settings, look.failed(last_run.read(settings), "no feed"))  # type: ignore[arg-type]
    assert told(site) == [began]
    first = bodies(site)[0]["events"][0]
    assert first["run_id"] == "one"
    assert first["message"] == "the run of fetch_and_build failed: a file is no feed"
    # A second one that fails is told, too; what is running is not known yet.
    a_run(settings, "two", "again", -50)
    look_and_tell(settings)
    last_run.begin(settings, "three", "build_warehouse")
    with lock(settings):
        look_and_tell(settings)
    assert told(site) == [began, began]
    # It died.
    look_and_tell(settings)
    assert "it died" in bodies(site)[2]["events"][0]["message"]
    a_run(settings, "four", None, 600)  # after what began now, however long the suite takes
    for _ in range(2):
        look_and_tell(settings)
        tell.happened(settings, look.failed(LastRun("one", "job", minute(-60)), ""))
    assert told(site) == [began, began, began, recovered]


def test_a_failure_after_the_last_run_that_ended_well_has_not_ended(
    settings: Settings, site: Site
) -> None:
    a_run(settings, "one", None, -60)
    # As of a run that could not wait for the lock, and left no record.
    tell.happened(settings, look.failed(LastRun("two", "job", minute(-50)), "locked"))
    look_and_tell(settings)
    assert told(site) == [[("began", "run")]]
    a_run(settings, "three", None, -40)
    look_and_tell(settings)
    assert told(site)[1:] == [[("recovered", "run")]]


def test_a_source_that_is_not_fetched_is_late_then_missed_then_well_again(
    settings: Settings, site: Site, feed_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed_site.answers = [sends(ETag='"1"'), sends(b"", 304)]
    monkeypatch.setenv("ROOFHOUSE_FEED_URL", feed_site.url)
    settings = load(settings.data)
    fetch(settings)
    (settings.data / "fetched.json").unlink()
    fetch(settings)  # what is not modified is fetched, too
    fetched = record.read(settings)[FLAT.id]

    def at(hours: float) -> None:
        # A build that ends well each hour, so that the fetch alone is late.
        now = fetched + dt.timedelta(hours=hours)
        tell.look(settings, Conditions(well_since=f"{now:%Y-%m-%dT%H:%M:%SZ}"), now)
        tell.send(settings)

    for hours in (0, 25, 26.5, 27, 35):
        at(hours)
    key = f"stale:{FLAT.id}"
    assert told(site) == [[("began", key)]]
    assert bodies(site)[0]["severity"] == "warn"
    shutil.rmtree(settings.build)  # as `roofhouse build --full` does; it is no fetch
    at(36.5)
    at(99)
    assert told(site)[1:] == [[("began", key)]]
    assert bodies(site)[1]["severity"] == "error"
    since = f"{fetched:%Y-%m-%dT%H:%M:%SZ}"
    assert bodies(site)[1]["events"][0]["message"] == (
        f"evokernel was not fetched since {since}, for 36 hours"
    )
    feed_site.answers = [sends()]
    fetch(settings)
    at(1)
    assert told(site)[2:] == [[("recovered", key)]]


def test_what_was_never_fetched_or_built_is_late_a_day_after_the_first_look(
    settings: Settings, site: Site
) -> None:
    first = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    for hours in (0, 25, 27):
        tell.look(settings, Conditions(), first + dt.timedelta(hours=hours))
        tell.send(settings)
    assert told(site) == [[("began", f"stale:{FLAT.id}"), ("began", "stale")]]
    assert [one["message"] for one in bodies(site)[0]["events"]] == [
        "evokernel was not fetched since the first look at 2026-05-01T00:00:00Z, for 27 hours",
        "no run has ended well since the first look at 2026-05-01T00:00:00Z, for 27 hours",
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published data folder with a source that is left out; it is copied."""
    data = tmp_path_factory.mktemp("built") / "data"
    feeds.write(data, feeds.shipped())
    lab = data / "raw" / "lab"
    lab.mkdir()
    (lab / "SOURCE.yml").write_text("mode: apend\n")
    assert roofhouse(data, "build").returncode == 3
    return data


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "copy" / "data")


def test_the_facts_of_status_are_told_and_what_is_mended_recovers(folder: Path, site: Site) -> None:
    assert roofhouse(folder, "alert", "--new").returncode == 0
    (body,) = bodies(site)
    keys = [one["key"] for one in body["events"]]
    assert keys[0] == "left_out:lab"
    assert "lab/SOURCE.yml: mode: " in body["events"][0]["message"]
    assert "check:finding.weights_within_memory" in keys
    assert not [key for key in keys if "every_source_published" in key]
    assert body["build_id"]
    again = roofhouse(folder, "alert", "--new")
    assert (again.returncode, again.stdout) == (0, "Nothing is new.\n")
    assert len(site.bodies) == 1

    shutil.rmtree(folder / "raw" / "lab")
    assert roofhouse(folder, "build").returncode == 0
    (folder / "marts" / "report.html").write_text("other")
    assert roofhouse(folder, "alert", "--new").returncode == 0
    assert told(site)[1:] == [[("began", "not_whole"), ("recovered", "left_out:lab")]]
    assert "report.html differs from the manifest" in bodies(site)[1]["text"]
    assert roofhouse(folder, "build").returncode == 0
    assert roofhouse(folder, "alert", "--new").returncode == 0
    assert told(site)[2:] == [[("recovered", "not_whole")]]

    # A snapshot that lost most cases.
    lost = feeds.feed(feeds.case(), generated="2026-05-01T00:00:00Z")
    feeds.write(folder, lost, "cases-2026-05-01T000000Z.json")
    site.bodies.clear()
    assert roofhouse_guarded(folder, "build") == 3
    assert roofhouse(folder, "alert", "--new").returncode == 0
    held = [one for one in bodies(site)[0]["events"] if one["kind"] == "held_back"]
    assert [one["key"] for one in held] == ["held_back:evokernel"]
    assert "roofhouse build --accept evokernel" in held[0]["message"]
    assert roofhouse_guarded(folder, "build", "--accept", "evokernel") == 0
    assert roofhouse(folder, "alert", "--new").returncode == 0
    assert ("recovered", "held_back:evokernel") in told(site)[1]


def roofhouse_guarded(data: Path, *arguments: str) -> int:
    """Run a command with the guard on volume, which other tests take out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ROOFHOUSE_MAX_RETIRED_SHARE")
        return roofhouse(data, *arguments).returncode


def test_a_test_is_sent_and_says_where(settings: Settings, site: Site) -> None:
    ended = roofhouse(settings.data, "alert")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"told 127.0.0.1:{site.port}: info: test: this is a test; nothing is wrong\n"
    )
    assert told(site) == [[("test", "test")]]
    assert not settings.alerts.exists()
    site.answers = [sends(b"", 403)]
    ended = roofhouse(settings.data, "alert")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"not sent: 127.0.0.1:{site.port}: the server answered 403 Forbidden\n"
    assert not [secret for secret in SECRETS if secret in ended.stderr]


@pytest.mark.parametrize("arguments", [[], ["--new"]])
def test_without_a_setting_the_command_says_which_there_are(
    tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "data").mkdir()
    ended = roofhouse(tmp_path / "data", "alert", *arguments)
    assert ended.returncode == 1
    assert ended.stderr == (
        "roofhouse: no alert is sent: neither ROOFHOUSE_ALERT_URL nor ROOFHOUSE_ALERT_COMMAND is "
        "set\n"
    )


def test_every_kind_of_event_is_described() -> None:
    text = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.partition("## Alerts\n")[2].partition("\n## ")[0]
    assert not [kind for kind in KINDS if f"`{kind}`" not in section]
