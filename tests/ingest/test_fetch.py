"""Fetching from a real server on this machine: what it may send, and what comes of it."""

from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines import cli
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.ingest.fetch import fetch
from pipelines.ingest.fetch.retry_after import retry_after_s
from pipelines.settings import Settings
from tests import feeds
from tests.server import (
    FEED,
    Answer,
    Site,
    drips,
    hangs_up,
    redirects,
    says_nothing,
    sends,
    sends_without_length,
    serve,
)

NAME = "cases-2026-04-29T103747Z.json"
STAYS = "nothing was changed, `roofhouse build` works with what is in {raw}"

DRIPPED_BODY = b"HTTP/1.0 200 OK\r\n\r\n"
DRIPPED_HEADER = b"HTTP/1.0 200 OK\r\nX: "


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One certificate authority: to load all of them takes longer than a fetch."""
    end = "-----END CERTIFICATE-----"
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(certifi.contents().split(end)[0] + end + "\n")
    return path


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, authority: Path) -> None:
    """No proxy, and no trust in a certificate made for a test."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serve()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "roofhouse test")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(loopback, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both = tmp_path_factory.mktemp("tls") / "both.pem"
    both.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return both


@pytest.fixture
def secure_site(certificate: Path) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(context)


def settings_of(data: Path, site: Site, **changed: Any) -> Settings:
    given: dict[str, Any] = {
        "data": data,
        "feed_url": site.url,
        "fetch_timeout_s": 10,
        "fetch_read_timeout_s": 2,
        "fetch_retries": 2,
        "fetch_backoff_s": 0.01,
    }
    return Settings.model_validate({**given, **changed})


def files(data: Path) -> dict[str, bytes]:
    """Everything in data/raw, hidden files too."""
    raw = data / "raw"
    return {p.name: p.read_bytes() for p in raw.iterdir()} if raw.exists() else {}


def failure(data: Path, site: Site, **changed: Any) -> str:
    """The message of a fetch that fails and writes nothing; the site's URL reads URL in it."""
    before = files(data)
    with pytest.raises(RoofhouseError) as caught:
        fetch(settings_of(data, site, **changed))
    assert files(data) == before
    assert not (data / "build" / "fetch.json").exists()
    assert not list((data / "build").glob(".fetch*"))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message.replace(site.url, "URL").replace(str(data / "raw"), "{raw}")


def changed_feed(**fields: Any) -> bytes:
    return json.dumps({**feeds.shipped(), **fields}).encode()


# What becomes a snapshot


def test_a_feed_becomes_a_snapshot_named_by_its_own_time(tmp_path: Path, site: Site) -> None:
    site.answers = [sends()]
    found = fetch(settings_of(tmp_path, site))
    assert found.is_new
    assert found.path == tmp_path / "raw" / NAME
    assert found.message == f"{site.url}: 22 cases, new: {NAME}"
    assert files(tmp_path) == {NAME: FEED}
    assert site.requests[0]["user-agent"] == "roofhouse"
    assert "if-none-match" not in site.requests[0]


def test_a_new_snapshot_may_be_read_by_everyone_whom_the_umask_lets(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [sends()]
    path = fetch(settings_of(tmp_path, site)).path
    assert path is not None
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize(
    "answer",
    [
        sends(gzip.compress(FEED), Content_Encoding="gzip"),
        sends(
            gzip.compress(FEED[:99]) + gzip.compress(b"") + gzip.compress(FEED[99:]),
            Content_Encoding="x-gzip",
        ),
        sends(Content_Encoding="identity"),
        sends_without_length(FEED),
        sends(Content_Type="text/plain"),
    ],
    ids=["gzip", "gzip in parts", "identity", "no length", "another content type"],
)
def test_however_a_feed_is_sent_its_bytes_are_kept(
    tmp_path: Path, site: Site, answer: Answer
) -> None:
    site.answers = [answer]
    assert fetch(settings_of(tmp_path, site)).is_new
    assert files(tmp_path) == {NAME: FEED}


def test_a_later_feed_stands_beside_the_earlier_one(tmp_path: Path, site: Site) -> None:
    later = changed_feed(generated="2026-05-01T02:00:00+02:00")
    site.answers = [sends(), sends(later)]
    fetch(settings_of(tmp_path, site))
    found = fetch(settings_of(tmp_path, site))
    assert found.is_new
    assert files(tmp_path) == {NAME: FEED, "cases-2026-05-01T000000Z.json": later}


def test_other_content_of_the_same_time_gets_a_name_of_its_own(tmp_path: Path, site: Site) -> None:
    other = changed_feed(license="another")
    site.answers = [sends(), sends(other)]
    fetch(settings_of(tmp_path, site))
    found = fetch(settings_of(tmp_path, site))
    assert found.is_new
    assert found.path is not None
    sha256 = snapshot.sha256_of(found.path)
    assert found.path.name == f"cases-2026-04-29T103747Z-{sha256[:16]}.json"
    assert files(tmp_path) == {NAME: FEED, found.path.name: other}
    assert not fetch(settings_of(tmp_path, site)).is_new


def test_a_taken_name_is_never_overwritten(tmp_path: Path, site: Site) -> None:
    other = changed_feed(license="another")
    site.answers = [sends(other)]
    first = fetch(settings_of(tmp_path / "a", site)).path
    assert first is not None
    raw = tmp_path / "b" / "raw"
    raw.mkdir(parents=True)
    (raw / NAME).write_bytes(b"mine")
    second = fetch(settings_of(tmp_path / "b", site)).path
    assert second is not None
    second.write_bytes(b"mine too")
    (tmp_path / "b" / "build" / "fetch.json").unlink()
    message = failure(tmp_path / "b", site)
    assert message == f"{{raw}}/{second.name}: already exists with other content than its " + (
        "name says"
    )


# What is known already


@pytest.mark.parametrize(
    ("name", "compress"),
    [
        (NAME, bytes),
        ("any name.json", bytes),
        (f"{NAME}.gz", gzip.compress),
        (f"{NAME}.zst", zstandard.compress),
    ],
)
def test_content_that_is_there_under_any_name_is_not_written_again(
    tmp_path: Path, site: Site, name: str, compress: Callable[[bytes], bytes]
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a-damaged.json.gz").write_bytes(b"no gzip")
    (raw / "b-longer.json.gz").write_bytes(gzip.compress(FEED * 2))
    (raw / name).write_bytes(compress(FEED))
    before = files(tmp_path)
    site.answers = [sends(ETag='"1"')]
    found = fetch(settings_of(tmp_path, site))
    assert found.path == raw / name
    assert not found.is_new
    assert found.message == f"{site.url}: the same content as {name}"
    assert files(tmp_path) == before
    site.answers = [sends(b"", 304)]
    assert fetch(settings_of(tmp_path, site)).path == raw / name
    assert site.requests[-1]["if-none-match"] == '"1"'


def test_what_the_server_says_is_not_modified_is_not_sent_again(tmp_path: Path, site: Site) -> None:
    modified = "Wed, 29 Apr 2026 10:37:47 GMT"
    site.answers = [sends(ETag='W/"abc"', Last_Modified=modified), sends(b"", 304)]
    first = fetch(settings_of(tmp_path, site))
    for _ in range(2):
        again = fetch(settings_of(tmp_path, site))
        assert again.path == first.path
        assert not again.is_new
        assert again.message == f"{site.url}: not modified since {NAME}"
        assert site.requests[-1]["if-none-match"] == 'W/"abc"'
        assert site.requests[-1]["if-modified-since"] == modified
    assert files(tmp_path) == {NAME: FEED}


def damage(data: Path) -> None:
    (data / "raw" / NAME).write_bytes(FEED + b"\n")


@pytest.mark.parametrize(
    "lose",
    [
        lambda data: (data / "raw" / NAME).unlink(),
        damage,
        lambda data: (data / "build" / "fetch.json").unlink(),
        lambda data: (data / "build" / "fetch.json").write_text('{"cut": '),
        lambda data: (data / "build" / "fetch.json").write_bytes(b"\xff"),
        lambda data: (data / "build" / "fetch.json").write_text("[1]"),
    ],
    ids=["file gone", "file changed", "cache gone", "cache cut", "cache binary", "cache other"],
)
def test_everything_is_asked_for_where_the_remembered_file_is_not_there_as_it_was(
    tmp_path: Path, site: Site, lose: Callable[[Path], None]
) -> None:
    site.answers = [sends(ETag='"1"')]
    fetch(settings_of(tmp_path, site))
    lose(tmp_path)
    found = fetch(settings_of(tmp_path, site))
    assert "if-none-match" not in site.requests[-1]
    assert found.path is not None
    assert found.path.read_bytes() == FEED


def test_what_one_address_said_is_not_told_another(tmp_path: Path, site: Site) -> None:
    site.answers = [sends(ETag='"1"')]
    fetch(settings_of(tmp_path, site))
    fetch(settings_of(tmp_path, site, feed_url=f"{site.url}?page=2"))
    assert "if-none-match" not in site.requests[-1]
    fetch(settings_of(tmp_path, site))
    assert site.requests[-1]["if-none-match"] == '"1"'


def test_an_etag_that_cannot_stand_in_a_header_is_forgotten(tmp_path: Path, site: Site) -> None:
    site.answers = [sends(ETag='"caf\xe9"')]
    fetch(settings_of(tmp_path, site))
    assert not fetch(settings_of(tmp_path, site)).is_new
    assert "if-none-match" not in site.requests[-1]


def test_fetches_at_the_same_time_make_one_snapshot(tmp_path: Path, site: Site) -> None:
    site.answers = [sends()]
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch(settings_of(tmp_path, site)).is_new))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, False, True]
    assert files(tmp_path) == {NAME: FEED}


# What passes


@pytest.mark.parametrize(
    "answers",
    [
        [sends(b"oops", 500), sends()],
        [sends(b"", 503), sends(b"", 502), sends()],
        [hangs_up, sends()],
        [sends(FEED[:1000], announce=len(FEED)), sends()],
        [sends(gzip.compress(FEED)[:-9], Content_Encoding="gzip"), sends()],
        [sends(b"\x1f\x8bno gzip....", Content_Encoding="gzip"), sends()],
        [says_nothing, sends()],
        [sends(b"", 408), sends(b"", 425), sends()],
        [sends(b"", 429, Retry_After="0"), sends()],
        [sends(b"", 429, Retry_After="soon"), sends()],
        [sends(b"", 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), sends()],
    ],
    ids=[
        "500",
        "503, 502",
        "hung up",
        "cut off",
        "gzip cut",
        "gzip damaged",
        "silent",
        "408, 425",
        "429 at once",
        "429 some time",
        "429 until a time that has passed",
    ],
)
def test_a_failure_that_passes_is_tried_again(
    tmp_path: Path, site: Site, answers: list[Answer]
) -> None:
    site.answers = list(answers)
    found = fetch(settings_of(tmp_path, site, fetch_read_timeout_s=0.5))
    assert found.is_new
    assert files(tmp_path) == {NAME: FEED}
    assert len(site.requests) == len(answers)


def test_the_pause_before_another_attempt_doubles(tmp_path: Path, site: Site) -> None:
    site.answers = [sends(b"", 500)]
    started = time.monotonic()
    failure(tmp_path, site, fetch_backoff_s=0.1)
    assert 0.3 <= time.monotonic() - started < 2


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_is_as_long_as_the_server_asks_for(
    tmp_path: Path, site: Site, status: int
) -> None:
    site.answers = [sends(b"", status, Retry_After="1"), sends()]
    started = time.monotonic()
    assert fetch(settings_of(tmp_path, site)).is_new
    assert time.monotonic() - started >= 1
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Wed, 29 Apr 2026 10:37:49 GMT", 2),
        ("Wednesday, 29-Apr-26 10:37:49 GMT", 2),
        ("Wed Apr 29 10:37:49 2026", 2),
        ("Wed, 29 Apr 2026 10:37:46 GMT", 0),
        ("9" * 5000, 1e9),
        ("-1", 0),
        ("1.5", 0),
        ("²", 0),
        ("", 0),
        ("Wed, 99 Apr 2026 10:37:49 GMT", 0),
        ("Wed, 29 Apr 99999999999 10:37:49 GMT", 0),
    ],
)
def test_a_server_asks_for_a_pause_in_seconds_or_by_a_date(header: str, seconds: float) -> None:
    now = dt.datetime(2026, 4, 29, 10, 37, 47, tzinfo=dt.UTC)
    assert retry_after_s(header, now) == seconds


# What fails

TWICE = " (3 attempts); " + STAYS

ATTEMPTED: dict[str, tuple[Answer, str, int]] = {
    "404": (sends(b"no", 404), "URL: the server answered 404 Not Found; see feed_url", 1),
    "204": (sends(b"", 204), "URL: the server answered 204 No Content; see feed_url", 1),
    "304 unasked": (sends(b"", 304), "URL: the server answered 304 Not Modified; see feed_url", 1),
    "500 for good": (
        sends(b"", 500),
        f"URL: the server answered 500 Internal Server Error{TWICE}",
        3,
    ),
    "429 for good": (
        sends(b"", 429),
        f"URL: the server answered 429 Too Many Requests{TWICE}",
        3,
    ),
    "429 for an hour": (
        sends(b"", 429, Retry_After="3600"),
        "URL: the server answered 429 Too Many Requests and asks to wait 3,600 s; the next "
        f"attempt would come after the 10 s of fetch_timeout_s; {STAYS}",
        1,
    ),
    "503 until another age": (
        sends(b"", 503, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"),
        "URL: the server answered 503 Service Unavailable and asks to wait 1,000,000,000 s; the "
        f"next attempt would come after the 10 s of fetch_timeout_s; {STAYS}",
        1,
    ),
    "599": (sends(b"", 599), f"URL: the server answered 599{TWICE}", 3),
    "hangs up": (
        hangs_up,
        f"URL: the connection was dropped: Server disconnected without sending a response.{TWICE}",
        3,
    ),
    "cut off half-way": (
        sends(FEED[:1000], announce=2000),
        "URL: the connection was dropped: peer closed connection without sending complete "
        f"message body (received 1000 bytes, expected 2000){TWICE}",
        3,
    ),
    "gzip cut off": (
        sends(gzip.compress(FEED)[:-1], Content_Encoding="gzip"),
        f"URL: the connection was dropped: the gzip body is cut off{TWICE}",
        3,
    ),
    "gzip damaged": (
        sends(b"{}", Content_Encoding="gzip"),
        "URL: the gzip body is damaged: Error -3 while decompressing data: "
        f"incorrect header check{TWICE}",
        3,
    ),
    "not the encoding asked for": (
        sends(Content_Encoding="br"),
        "URL: encoded as 'br'; only gzip was asked for",
        1,
    ),
    "HTML": (
        sends(b"\n<!DOCTYPE html><html>Welcome</html>", Content_Type="text/html"),
        "URL: not a feed: the body is HTML or XML; see feed_url",
        1,
    ),
    "cut JSON": (
        sends_without_length(FEED[:5000]),
        "URL: not a feed: byte 5000: the file ends in the middle of the JSON",
        1,
    ),
    "empty": (sends(b""), "URL: not a feed: the file is empty", 1),
    "JSON of another kind": (
        sends(b'{"error": "quota"}'),
        "URL: not a feed: field `items` is missing: this is not a feed",
        1,
    ),
    "count is wrong": (
        sends(changed_feed(count=23)),
        "URL: not a feed: field `count` is 23, but `items` holds 22: the file is cut or edited",
        1,
    ),
    "no time": (
        sends(changed_feed(generated="lately")),
        "URL: not a feed: `generated` is not a time: 'lately'; "
        "expected one like 2026-04-29T10:37:47Z",
        1,
    ),
    "5 GB announced": (
        sends(b"{", announce=5_000_000_000),
        "URL: too long: 5,000,000,000 bytes are announced; "
        "at most 1,000,000,000 are read (max_feed_bytes)",
        1,
    ),
    "redirect to itself": (redirects(""), "URL: redirects to itself; see feed_url", 1),
    "redirect to no URL": (
        redirects("http://h\x7f/"),
        f"URL: redirects to what is not a URL; {STAYS}",
        1,
    ),
    "redirect to a URL without a host": (
        redirects("ftp:x"),
        f"URL: redirects to what is not a URL; {STAYS}",
        1,
    ),
}


@pytest.mark.parametrize("name", ATTEMPTED)
def test_what_is_not_a_feed_is_named_and_nothing_is_written(
    tmp_path: Path, site: Site, name: str
) -> None:
    answer, message, attempts = ATTEMPTED[name]
    site.answers = [answer]
    assert failure(tmp_path, site) == message
    assert len(site.requests) == attempts


@pytest.mark.parametrize(
    "answer",
    [
        sends_without_length(b" " * 2_000_000),
        sends(gzip.compress(bytes(200_000_000)), Content_Encoding="gzip"),
        sends(b"".join(gzip.compress(b"") for _ in range(60_000)), Content_Encoding="gzip"),
    ],
    ids=["without length", "gzip bomb", "gzip of nothing, many times"],
)
def test_a_body_that_goes_on_is_stopped(tmp_path: Path, site: Site, answer: Answer) -> None:
    site.answers = [answer]
    message = failure(tmp_path, site, max_feed_bytes=1_000_000)
    assert "too long" in message
    assert "at most 1,000,000 are read (max_feed_bytes)" in message


def test_a_case_that_is_too_long_is_named_and_the_rest_of_the_feed_is_kept(
    tmp_path: Path, site: Site
) -> None:
    feed = feeds.shipped()
    feed["items"][3]["title"] = "x" * 20_000
    site.answers = [sends(json.dumps(feed).encode())]
    found = fetch(settings_of(tmp_path, site, max_case_bytes=15_000))
    case_id = feed["items"][3]["id"]
    assert f"22 cases, 1 of them will be rejected ({case_id}: the item is " in found.message
    assert "bytes long; at most 15,000 are read), new: " in found.message
    assert found.path.is_file()


def test_a_feed_as_long_as_the_limit_is_read(tmp_path: Path, site: Site) -> None:
    site.answers = [sends()]
    assert fetch(settings_of(tmp_path, site, max_feed_bytes=len(FEED))).is_new


def test_a_silent_server_is_left(tmp_path: Path, site: Site) -> None:
    site.answers = [says_nothing]
    message = failure(tmp_path, site, fetch_read_timeout_s=0.1, fetch_retries=0)
    assert message == f"URL: nothing was received for 0.1 s; {STAYS}"


@pytest.mark.parametrize("start", [DRIPPED_HEADER, DRIPPED_BODY], ids=["header", "body"])
def test_a_server_that_drips_is_left_when_the_time_is_over(
    tmp_path: Path, site: Site, start: bytes
) -> None:
    site.answers = [drips(start)]
    started = time.monotonic()
    message = failure(tmp_path, site, fetch_timeout_s=0.5)
    assert message == f"URL: not received within 0.5 s (fetch_timeout_s); {STAYS}"
    assert time.monotonic() - started < 3


def test_without_a_network_the_message_says_what_still_works(tmp_path: Path, site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site.url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        message = failure(tmp_path, site)
    assert message == f"URL: cannot be reached: Connection refused{TWICE}"


def test_a_host_that_does_not_exist_is_named(tmp_path: Path, site: Site) -> None:
    site.url = "https://no-such-host.invalid/cases.json"
    message = failure(tmp_path, site, fetch_retries=0)
    assert message.startswith("URL: cannot be reached: ")
    assert "(no network, or no such host)" in message


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, site: Site) -> None:
    site.answers = [sends()]
    (tmp_path / "raw").write_text("a file")
    with pytest.raises(RoofhouseError) as caught:
        fetch(settings_of(tmp_path, site))
    assert str(caught.value) == f"{tmp_path}/raw: cannot be written: File exists"


def test_a_disk_that_takes_no_more_is_named(tmp_path: Path, site: Site) -> None:
    site.answers = [sends()]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        message = failure(tmp_path, site)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert message == "{raw}: cannot be written: File too large"


def test_a_password_in_the_address_is_sent_but_not_shown(tmp_path: Path, site: Site) -> None:
    site.answers = [sends(ETag='"1"')]
    secret = site.url.replace("http://", "http://me:hidden@") + "?token=hidden"
    found = fetch(settings_of(tmp_path, site, feed_url=secret))
    assert site.requests[0]["authorization"].startswith("Basic ")
    assert "hidden" not in found.message
    assert "me:hidden" not in (tmp_path / "build" / "fetch.json").read_text()


# Redirects and certificates


def test_redirects_on_the_same_host_are_followed(tmp_path: Path, site: Site) -> None:
    site.answers = [redirects("/b", status) for status in (301, 302, 303, 307)]
    site.answers += [redirects(f"http://127.0.0.1:{site.port}/c", 308), sends(ETag='"1"')]
    # Each step leads elsewhere: /api/cases.json, /b, /b?2, ...
    for step in range(1, 4):
        site.answers[step] = redirects(f"/b?{step}")
    assert fetch(settings_of(tmp_path, site)).is_new
    assert site.paths == ["/api/cases.json", "/b", "/b?1", "/b?2", "/b?3", "/c"]
    assert files(tmp_path) == {NAME: FEED}


def test_behind_a_redirect_the_conditions_are_those_of_its_end(tmp_path: Path, site: Site) -> None:
    site.answers = [redirects("/b"), sends(ETag='"1"'), redirects("/b"), sends(b"", 304)]
    first = fetch(settings_of(tmp_path, site))
    again = fetch(settings_of(tmp_path, site))
    assert again.path == first.path
    assert not again.is_new
    assert [r.get("if-none-match") for r in site.requests] == [None, None, None, '"1"']


def test_a_chain_of_redirects_ends_after_five(tmp_path: Path, site: Site) -> None:
    site.answers = [redirects(f"/{step}") for step in range(9)]
    message = failure(tmp_path, site)
    assert message.endswith("/5: more than 5 redirects; see feed_url")
    assert len(site.requests) == 6


@pytest.mark.parametrize(
    "target",
    ["http://localhost:{port}/x", "//localhost:{port}/x", "file:///etc/passwd", "ftp://h/x"],
)
def test_a_redirect_to_another_host_or_scheme_is_refused(
    tmp_path: Path, site: Site, target: str
) -> None:
    site.answers = [redirects(target.format(port=site.port)), sends()]
    message = failure(tmp_path, site)
    assert "only https, or from plain http the same host, is followed" in message
    assert len(site.requests) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, secure_site: Site
) -> None:
    secure_site.answers = [sends()]
    message = failure(tmp_path, secure_site)
    assert message.startswith("URL: the server's certificate is not trusted: self")
    assert message.endswith(f"signed certificate; {STAYS}")
    assert secure_site.requests == []


def test_a_trusted_certificate_is_accepted_also_behind_a_redirect(
    tmp_path: Path,
    site: Site,
    secure_site: Site,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    site.answers = [redirects(secure_site.url)]
    secure_site.answers = [sends()]
    assert fetch(settings_of(tmp_path, site)).is_new


def test_a_redirect_from_https_to_plain_http_is_refused(
    tmp_path: Path,
    site: Site,
    secure_site: Site,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure_site.answers = [redirects(site.url)]
    site.answers = [sends()]
    message = failure(tmp_path, secure_site)
    assert f"redirects to {site.url}; only https" in message
    assert site.requests == []


def test_certificates_that_are_not_there_are_named(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert "SSL_CERT_FILE" in failure(tmp_path, site)


# Around it


def test_what_a_killed_fetch_left_is_removed_a_day_later(tmp_path: Path, site: Site) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / ".fetch-old.tmp").write_bytes(b"{")
    (raw / ".fetch-running.tmp").write_bytes(b"{")
    os.utime(raw / ".fetch-old.tmp", (0, 0))
    site.answers = [sends()]
    fetch(settings_of(tmp_path, site))
    assert sorted(files(tmp_path)) == [".fetch-running.tmp", NAME]
    assert [file.path.name for file in snapshot.find(raw)] == [NAME]


def run(monkeypatch: pytest.MonkeyPatch, data: Path, url: str) -> int | str | None:
    """`roofhouse fetch` with its settings from the environment; its exit code."""
    monkeypatch.setenv("ROOFHOUSE_FEED_URL", url)
    monkeypatch.setenv("ROOFHOUSE_FETCH_RETRIES", "0")
    monkeypatch.setattr(sys, "argv", ["roofhouse", "fetch", "--data", str(data)])
    try:
        cli.main()
    except SystemExit as exit_:
        return exit_.code
    return 0


def test_the_command_says_what_it_did(
    tmp_path: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.answers = [sends()]
    assert run(monkeypatch, tmp_path, site.url) == 0
    assert capsys.readouterr().out == f"{site.url}: 22 cases, new: {NAME}\n"
    assert run(monkeypatch, tmp_path, site.url) == 0
    assert capsys.readouterr().out == f"{site.url}: the same content as {NAME}\n"


def test_the_command_ends_with_one_line_and_exit_code_1_where_it_fails(
    tmp_path: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.answers = [sends(b"", 404)]
    assert run(monkeypatch, tmp_path, site.url) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (f"roofhouse: {site.url}: the server answered 404 Not Found; see feed_url\n")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "cases.json", "http://", "ftp://h/x"])
def test_an_address_that_is_not_http_is_a_wrong_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert run(monkeypatch, tmp_path, url) == 1
    assert "ROOFHOUSE_FEED_URL: feed_url" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/", "http://\x7f/", "http://" + "a" * 70 + ".example/"]
)
def test_an_address_that_cannot_be_one_is_named(tmp_path: Path, site: Site, url: str) -> None:
    with pytest.raises(RoofhouseError, match=r"not a URL|cannot be reached"):
        fetch(settings_of(tmp_path, site, feed_url=url))


def test_a_fetch_that_is_killed_leaves_no_snapshot(tmp_path: Path, site: Site) -> None:
    site.answers = [drips(DRIPPED_BODY + FEED[:100_000]), sends()]
    process = subprocess.Popen(
        [Path(sys.executable).parent / "roofhouse", "fetch", "--data", str(tmp_path)],
        env={**os.environ, "ROOFHOUSE_FEED_URL": site.url},
    )
    deadline = time.monotonic() + 20
    while not any(map(len, files(tmp_path).values())) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    (left,) = files(tmp_path)
    assert left.startswith(".fetch-")
    assert fetch(settings_of(tmp_path, site)).is_new
    assert [file.path.name for file in snapshot.find(tmp_path / "raw")] == [NAME]
