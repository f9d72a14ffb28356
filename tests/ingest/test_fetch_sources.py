"""Fetching sources of any kind, from a real server on this machine, into their folders."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import cli
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.ingest.fetch import Failed, Fetched, fetch, fetch_all
from pipelines.ingest.snapshot import name_time
from pipelines.settings import Settings
from tests.folders import RUN
from tests.server import FEED, Answer, Site, sends, serve

READERS = Path(__file__).parent / "readers"
FEED_NAME = "cases-2026-04-29T103747Z.json"
SIDECAR = {
    "hardware": "a100-sxm4",
    "cards": 1,
    "quantization": "bf16",
    "engine": {"id": "vllm", "version": "0.11.0"},
}


def run(number: int = 0) -> dict[str, Any]:
    """A result of `vllm bench serve`, each number at another second."""
    return {**RUN, "date": f"20261001-1200{number:02}"}


def body(*numbers: int) -> bytes:
    return json.dumps([run(number) for number in numbers]).encode()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, and no address of the feed but the default."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("ROOFHOUSE_FEED_URL", raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serve()


@pytest.fixture
def other_site() -> Iterator[Site]:
    yield from serve()


def settings_of(data: Path, **changed: Any) -> Settings:
    given = {"data": data, "fetch_retries": 0, "fetch_timeout_s": 10, "fetch_backoff_s": 0.01}
    return Settings.model_validate({**given, **changed})


def source(data: Path, source_id: str, sidecar: dict[str, Any] = SIDECAR, **said: Any) -> Path:
    """A source's folder with SOURCE.yml and the sidecar of its files."""
    folder = data / "raw" / source_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SOURCE.yml").write_text(yaml.safe_dump({"mode": "append", **said}))
    if sidecar:
        (folder / "sidecar.yml").write_text(yaml.safe_dump(sidecar))
    return folder


def results(folder: Path) -> dict[str, bytes]:
    """The files of a source but for SOURCE.yml and the sidecar, hidden ones too."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {name: content for name, content in found.items() if not name.endswith(".yml")}


def refused(settings: Settings, source_id: str) -> str:
    """The message of a fetch that fails, and writes nothing below data/raw."""
    before = sorted(settings.raw.rglob("*"))
    with pytest.raises(RoofhouseError) as caught:
        fetch(settings, source_id)
    assert sorted(settings.raw.rglob("*")) == before
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


# Rows of a tool


def test_a_file_of_runs_is_named_by_its_hash(tmp_path: Path, site: Site) -> None:
    folder = source(tmp_path, "lab", url=site.url)
    site.answers = [sends(body(1, 2))]
    found = fetch(settings_of(tmp_path), "lab")
    (file,) = snapshot.find(tmp_path / "raw")
    assert found == Fetched(
        "lab", file.path, True, f"{site.url}: 2 cases, new: lab-{file.sha256[:16]}.json"
    )
    assert file.path == folder / f"lab-{file.sha256[:16]}.json"
    assert results(folder) == {file.path.name: body(1, 2)}


def test_a_result_that_no_build_would_read_is_not_kept(tmp_path: Path, site: Site) -> None:
    folder = source(tmp_path, "lab", url=site.url)
    site.answers = [sends(body(*range(20)))]
    before = results(folder)
    told = refused(settings_of(tmp_path, max_result_bytes=1_000), "lab")
    assert "too long: a result of " in told
    assert "a build reads at most 1,000 (max_result_bytes)" in told
    assert results(folder) == before


def test_a_snapshot_is_named_by_the_time_of_fetching(tmp_path: Path, site: Site) -> None:
    folder = source(tmp_path, "lab", url=site.url, mode="snapshot")
    site.answers = [sends(body(1))]
    before = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    path = fetch(settings_of(tmp_path), "lab").path
    assert re.fullmatch(r"lab-\d{4}-\d\d-\d\dT\d{6}Z\.json", path.name)
    assert before <= name_time(path) <= dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert results(folder) == {path.name: body(1)}


@pytest.mark.parametrize("mode", ["append", "snapshot"])
@pytest.mark.parametrize("has_etag", [True, False])
def test_the_same_content_again_writes_nothing(
    tmp_path: Path, site: Site, mode: str, has_etag: bool
) -> None:
    folder = source(tmp_path, "lab", url=site.url, mode=mode)
    with_etag = [sends(body(1), ETag='"1"'), sends(b"", 304)]
    site.answers = with_etag if has_etag else [sends(body(1))]
    first = fetch(settings_of(tmp_path), "lab")
    again = fetch(settings_of(tmp_path), "lab")
    assert again.path == first.path
    assert not again.is_new
    told = "not modified since" if has_etag else "the same content as"
    assert again.message == f"{site.url}: {told} {first.path.name}"
    assert list(results(folder)) == [first.path.name]


def test_a_compressed_copy_of_the_content_is_the_same_content(tmp_path: Path, site: Site) -> None:
    folder = source(tmp_path, "lab", url=site.url)
    (folder / "mine.json.gz").write_bytes(gzip.compress(body(1)))
    site.answers = [sends(body(1))]
    found = fetch(settings_of(tmp_path), "lab")
    assert (found.path, found.is_new) == (folder / "mine.json.gz", False)


def test_a_source_that_goes_back_to_an_earlier_state_is_a_new_snapshot(
    tmp_path: Path, site: Site
) -> None:
    folder = source(tmp_path, "lab", url=site.url, mode="snapshot")
    (folder / "lab-2026-01-01T000000Z.json").write_bytes(body(1))
    (folder / "lab-2026-01-02T000000Z.json").write_bytes(body(1, 2))
    site.answers = [sends(body(1))]
    found = fetch(settings_of(tmp_path), "lab")
    assert found.is_new
    assert len(results(folder)) == 3
    files = snapshot.find(tmp_path / "raw")
    assert [file.path for file in files][-1] == found.path
    assert len(files) == 3


def test_two_snapshots_of_one_second_have_names_and_times_of_their_own(
    tmp_path: Path, site: Site
) -> None:
    folder = source(tmp_path, "lab", url=site.url, mode="snapshot")
    site.answers = [sends(body(number)) for number in range(9)]
    paths = [fetch(settings_of(tmp_path), "lab").path for _ in range(9)]
    times = [name_time(path) for path in paths]
    assert times == sorted(set(times))
    assert len(results(folder)) == 9


def csv_of(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize(
    ("content", "path", "ending"),
    [
        (body(1), "/results.json", ".json"),
        (json.dumps(run()).encode(), "/download", ".json"),
        (b"\n".join(json.dumps(run(n)).encode() for n in (1, 2)), "/all.jsonl", ".jsonl"),
        (b"\n".join(json.dumps(run(n)).encode() for n in (1, 2)), "/all.ndjson?x=1", ".ndjson"),
        (body(1), "/table.csv", ".json"),
        ((READERS / "llama_bench" / "rows.csv").read_bytes(), "/rows.csv", ".csv"),
        ((READERS / "llama_bench" / "rows.csv").read_bytes(), "/rows", ".csv"),
        ((READERS / "llmd_report" / "of_0_1.yaml").read_bytes(), "/report", ".yaml"),
    ],
)
def test_the_ending_of_the_name_follows_the_content(
    tmp_path: Path, site: Site, content: bytes, path: str, ending: str
) -> None:
    url = site.url.replace("/api/cases.json", path)
    folder = source(tmp_path, "lab", {**SIDECAR, "model": "llama-3.1-8b"}, url=url)
    site.answers = [sends(content)]
    found = fetch(settings_of(tmp_path), "lab")
    assert found.path.name == f"lab-{snapshot.sha256_of(found.path)[:16]}{ending}"
    assert results(folder) == {found.path.name: content}


def test_what_is_rejected_and_skipped_is_counted(tmp_path: Path, site: Site) -> None:
    source(tmp_path, "mlperf", {}, url=site.url, format="mlperf-summary")
    site.answers = [sends((READERS / "mlperf_summary" / "v60.json").read_bytes())]
    message = fetch(settings_of(tmp_path), "mlperf").message
    assert re.search(
        r": [1-9]\d* cases, [1-9]\d* rejected, [1-9]\d* skipped, new: mlperf-", message
    )


BAD: dict[str, tuple[Answer, str]] = {
    "HTML": (sends(b"<html>"), "URL: not a result: the body is HTML or XML; see SEE"),
    "404": (sends(b"", 404), "URL: the server answered 404 Not Found; see SEE"),
    "empty": (sends(b""), "URL: no record that can be used: the file is empty; see SEE"),
    "empty list": (sends(b"[]"), "URL: no record that can be used: no record of a known format"),
    "not text": (sends(b"\x1f\x8b\xff"), "URL: no record that can be used: byte 1: not UTF-8"),
    "another object": (sends(b'{"error": "quota"}'), "URL: no record that can be used: no record"),
    "all refused": (
        sends(json.dumps({**run(), "completed": 0}).encode()),
        "URL: no record that can be used: no request completed; see SEE",
    ),
    "cut off": (sends(body(1, 2)[:-9]), "URL: cut off or damaged: "),
    "cut between two": (sends(body(1)[:-1]), "URL: cut off or damaged: "),
    "redirect elsewhere": (
        sends(b"", 302, Location="http://elsewhere.invalid/"),
        "URL: redirects to http://elsewhere.invalid/; only https, or from plain http the same "
        "host, is followed; see SEE",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("mode", ["append", "snapshot"])
def test_a_body_that_no_reader_can_use_is_refused(
    tmp_path: Path, site: Site, name: str, mode: str
) -> None:
    answer, message = BAD[name]
    folder = source(tmp_path, "lab", url=site.url, mode=mode)
    site.answers = [answer]
    told = refused(settings_of(tmp_path), "lab")
    told = told.replace(site.url, "URL").replace(f"`url` in {folder}/SOURCE.yml", "SEE")
    assert told.startswith(message)
    assert told.endswith("; see SEE")


def test_text_of_a_body_gives_no_orders_to_the_terminal(tmp_path: Path, site: Site) -> None:
    source(tmp_path, "lab", url=site.url)
    site.answers = [sends(json.dumps({**run(), "model_id": "\x1b[2J\nx" * 999}).encode())]
    told = refused(settings_of(tmp_path), "lab")
    assert told.isprintable()
    assert len(told) < 600


def test_what_a_sidecar_lacks_is_named(tmp_path: Path, site: Site) -> None:
    source(tmp_path, "lab", {**SIDECAR, "cards": None}, url=site.url)
    site.answers = [sends(body(1))]
    assert "say it in the sidecar" in refused(settings_of(tmp_path), "lab")


def test_a_format_that_there_is_none_of_is_named(tmp_path: Path, site: Site) -> None:
    source(tmp_path, "lab", url=site.url, format="vllm-bunch")
    site.answers = [sends(body(1))]
    assert "no format `vllm-bunch`" in refused(settings_of(tmp_path), "lab")


@pytest.mark.parametrize("status", [408, 425, 429, 503])
def test_a_source_of_rows_is_tried_again_too(tmp_path: Path, site: Site, status: int) -> None:
    source(tmp_path, "lab", url=site.url)
    site.answers = [sends(b"", status, Retry_After="0"), sends(body(1))]
    assert fetch(settings_of(tmp_path, fetch_retries=1), "lab").is_new
    assert len(site.requests) == 2


def test_what_is_remembered_of_one_source_is_not_told_for_another(
    tmp_path: Path, site: Site
) -> None:
    for name in ("lab", "twin"):
        source(tmp_path, name, url=site.url)
    site.answers = [sends(body(1), ETag='"1"')]
    found = [fetch(settings_of(tmp_path), name) for name in ("lab", "twin", "lab", "twin")]
    assert [one.is_new for one in found] == [True, True, False, False]
    assert [one.get("if-none-match") for one in site.requests] == [None, None, '"1"', '"1"']


# Feeds


def test_a_feed_lands_in_the_folder_of_its_source(tmp_path: Path, site: Site) -> None:
    folder = source(tmp_path, "mirror", {}, url=site.url, mode="snapshot", format="evokernel")
    site.answers = [sends()]
    found = fetch(settings_of(tmp_path), "mirror")
    assert found.message == f"{site.url}: 22 cases, new: {FEED_NAME}"
    assert results(folder) == {FEED_NAME: FEED}


@pytest.mark.parametrize("where", ["evokernel", ""])
def test_the_feed_of_evokernel_is_new_neither_in_its_folder_nor_flat(
    tmp_path: Path, site: Site, where: str
) -> None:
    folder = source(tmp_path, "evokernel", {}, url=site.url, mode="snapshot", format="evokernel")
    (tmp_path / "raw" / where / "mine.json").write_bytes(FEED)
    site.answers = [sends()]
    found = fetch(settings_of(tmp_path))
    assert (found.path, found.is_new) == (tmp_path / "raw" / where / "mine.json", False)
    assert set(results(folder)) == ({"mine.json"} if where else set())


@pytest.mark.parametrize("is_set", [True, False])
def test_the_address_of_evokernel_is_in_its_folder_unless_a_setting_names_another(
    tmp_path: Path, site: Site, other_site: Site, is_set: bool
) -> None:
    folder = source(tmp_path, "evokernel", {}, url=site.url, mode="snapshot", format="evokernel")
    changed = {"feed_url": other_site.url} if is_set else {}
    asked, left = (other_site, site) if is_set else (site, other_site)
    asked.answers = [sends(b"", 404), sends()]
    see = "feed_url" if is_set else f"`url` in {folder}/SOURCE.yml"
    assert refused(settings_of(tmp_path, **changed), "evokernel").endswith(f"; see {see}")
    assert fetch(settings_of(tmp_path, **changed)).path == folder / FEED_NAME
    assert left.requests == []


# Which sources


def test_every_source_with_an_address_is_fetched_and_none_stops_another(
    tmp_path: Path, site: Site, other_site: Site
) -> None:
    source(tmp_path, "a", url=f"{other_site.url}?a")
    source(tmp_path, "b", url=site.url)
    source(tmp_path, "c")
    source(tmp_path, "d", {}, url=site.url, modus="append")
    (tmp_path / "raw" / "e").mkdir()
    site.answers = [sends(body(1))]
    other_site.answers = [sends(b"", 404)]
    found = list(fetch_all(settings_of(tmp_path)))
    assert [(one.source_id, type(one)) for one in found] == [
        ("a", Failed),
        ("b", Fetched),
        ("d", Failed),
    ]
    assert "404" in found[0].message
    assert "did you mean mode?" in found[2].message


def command(monkeypatch: pytest.MonkeyPatch, data: Path, *words: str) -> int | str | None:
    """`roofhouse fetch` with these words; its exit code."""
    monkeypatch.setenv("ROOFHOUSE_FETCH_RETRIES", "0")
    monkeypatch.setattr(sys, "argv", ["roofhouse", "fetch", *words, "--data", str(data)])
    try:
        cli.main()
    except SystemExit as exit_:
        return exit_.code
    return 0


def test_the_command_prints_a_line_for_each_source(
    tmp_path: Path,
    site: Site,
    other_site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = source(tmp_path, "a", url=other_site.url)
    source(tmp_path, "b", url=site.url)
    source(tmp_path, "c", {}, url=f"{site.url}?c", mode="snapshot", format="evokernel")
    site.answers = [sends(body(1)), sends(), sends(body(1))]
    other_site.answers = [sends(b"", 404)]
    assert command(monkeypatch, tmp_path) == 1
    told = capsys.readouterr()
    assert [line.split(", new: ")[0] for line in told.out.splitlines()] == [
        f"{site.url}: 1 cases",
        f"{site.url}: 22 cases",
    ]
    assert told.err == (
        f"roofhouse: {other_site.url}: the server answered 404 Not Found; "
        f"see `url` in {folder}/SOURCE.yml\n"
    )
    assert command(monkeypatch, tmp_path, "b") == 0
    assert "the same content as b-" in capsys.readouterr().out
    assert command(monkeypatch, tmp_path, "a") == 1
    assert capsys.readouterr().err == told.err


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("lap", "no source 'lap' in {raw}; did you mean lab?"),
        ("evokernl", "no source 'evokernl' in {raw}; did you mean evokernel?"),
        ("x", "no source 'x' in {raw}; known are evokernel, lab"),
        ("lab", "{raw}/lab/SOURCE.yml: the source lab has no `url` to fetch from"),
    ],
)
def test_a_source_that_cannot_be_fetched_is_an_error_that_says_what_to_do(
    tmp_path: Path, wanted: str, hint: str
) -> None:
    source(tmp_path, "lab")
    settings = settings_of(tmp_path)
    assert refused(settings, wanted) == hint.format(raw=settings.raw)


def test_without_an_address_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    source(tmp_path, "lab")
    with pytest.raises(RoofhouseError, match="nothing to fetch: no source has a `url`"):
        list(fetch_all(settings_of(tmp_path)))


@pytest.mark.parametrize("folders", [[], ["lab"]])
def test_the_feed_that_a_setting_names_is_fetched_flat(
    tmp_path: Path, site: Site, folders: list[str]
) -> None:
    for name in folders:
        source(tmp_path, name)
    site.answers = [sends()]
    (found,) = fetch_all(settings_of(tmp_path, feed_url=site.url))
    assert isinstance(found, Fetched)
    assert found.path == tmp_path / "raw" / FEED_NAME


def test_a_folder_without_any_source_is_one_of_the_feed(tmp_path: Path) -> None:
    from pipelines.ingest.fetch import target

    settings = settings_of(tmp_path)
    (folder,) = target.find_all(settings)
    found = target.target(settings, folder)
    assert (found.source.id, found.into) == ("evokernel", tmp_path / "raw")
    assert (str(found.url), found.see) == (settings.feed_url, "feed_url")


def test_an_address_that_cannot_be_one_is_named_with_its_file(tmp_path: Path) -> None:
    folder = source(tmp_path, "lab", url="http://\x7f/")
    assert refused(settings_of(tmp_path), "lab").startswith(f"`url` in {folder}/SOURCE.yml: ")
