"""A file that is not a feed stops with one line that names the file and the byte or field."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, staging
from pipelines.ingest.cluster import distribute
from tests import feeds
from tests.ingest.staging import (
    JSON,
    NDJSON,
    Staged,
    encoded,
    gzipped,
    lines,
    stage_bytes,
    zstandarded,
)

FEED = feeds.feed(feeds.case())
BYTES = encoded(FEED)
CASE = encoded(feeds.case())
TITLE = BYTES.index(b"Llama")
BATCH = BYTES.index(b"16, ", BYTES.index(b'"batch_size"'))
PLAIN = "a feed is plain UTF-8"
CUT = "the file ends in the middle of the JSON; fetch it again"
AGAIN = "the file is cut or edited; fetch it again"
OBJECT = "not a feed object {count, license, generated, items}: Expected `object`, got "
TIME = "expected one like 2026-04-29T10:37:47Z"
ONE_A_LINE = "NDJSON holds one case per line"
DAMAGED = "the archive is damaged or cut off"


def changed(field: str, value: object) -> bytes:
    return encoded({**FEED, field: value})


def without(field: str) -> bytes:
    return encoded({name: value for name, value in FEED.items() if name != field})


def with_batch(text: bytes) -> bytes:
    return BYTES[:BATCH] + text + BYTES[BATCH + 2 :]


OBJECTS = {
    "web page": (b"<html>moved</html>", "byte 0: not JSON at '<html>moved<': invalid character"),
    "cut in a string": (BYTES[: TITLE + 3], f"byte {TITLE + 3}: {CUT}"),
    "last byte missing": (BYTES[:-1], f"byte {len(BYTES) - 1}: {CUT}"),
    "two feeds": (
        BYTES + BYTES,
        f"byte {len(BYTES) + 1}: not JSON at '\"count\": 1, ': trailing characters",
    ),
    "empty": (b"", "the file is empty; fetch it again"),
    "blanks only": (b" \n ", f"byte 3: {CUT}"),
    "latin-1 in a title": (
        BYTES.replace(b"Llama", b"Ll\xe9ma", 1),
        f"line 1, byte {TITLE + 2}: not UTF-8; {PLAIN}",
    ),
    "latin-1 far into the file": (
        b'{"x": "' + b"x" * (1 << 20) + b'\xe9"}',
        f"line 1, byte {(1 << 20) + 7}: not UTF-8; {PLAIN}",
    ),
    "latin-1 in a field name": (
        b'{\n"lic\xe9nce": 1}',
        f"line 2, byte 6: not UTF-8; {PLAIN}",
    ),
    "utf-16": (BYTES.decode().encode("utf-16"), f"byte 0: the file is UTF-16; {PLAIN}"),
    "utf-16 without a mark": (
        BYTES.decode().encode("utf-16-le"),
        f"byte 0: the file is UTF-16 or not text; {PLAIN}",
    ),
    "byte order mark": (
        b"\xef\xbb\xbf" + BYTES,
        f"byte 0: the file is UTF-8 with a byte order mark; {PLAIN}",
    ),
    "gzip without its suffix": (
        gzipped(BYTES),
        f"byte 0: the file is a gzip archive (name it .gz); {PLAIN}",
    ),
    "zstandard without its suffix": (
        zstandarded(BYTES),
        f"byte 0: the file is a Zstandard archive (name it .zst); {PLAIN}",
    ),
    "count too high": (changed("count", 2), f"field `count` is 2, but `items` holds 1: {AGAIN}"),
    "count is text": (changed("count", "1"), f'field `count` is "1", but `items` holds 1: {AGAIN}'),
    "count is true": (
        changed("count", True),
        f"field `count` is true, but `items` holds 1: {AGAIN}",
    ),
    "no items": (without("items"), "field `items` is missing: this is not a feed"),
    "one case, no feed": (CASE, "field `items` is missing: this is not a feed"),
    "empty items": (
        encoded({**FEED, "count": 0, "items": []}),
        "field `items` is empty: there is nothing to load",
    ),
    "items is an object": (changed("items", {}), "field `items` is {}, not a list"),
    "items is null": (changed("items", None), "field `items` is null, not a list"),
    "a list": (b"[" + CASE + b"]", f"{OBJECT}`array`"),
    "a number": (b"5", f"{OBJECT}`int`"),
    "null": (b"null", f"{OBJECT}`null`"),
    "no generated": (
        without("generated"),
        "field `generated` is missing: a snapshot needs its time",
    ),
    "generated in words": (
        changed("generated", "last\nweek"),
        rf"`generated` is not a time: 'last\nweek'; {TIME}",
    ),
    "generated is null": (changed("generated", None), f"`generated` is not a time: null; {TIME}"),
    "generated is a number": (
        changed("generated", 20260429),
        f"`generated` is not a time: 20260429; {TIME}",
    ),
    "no such day": (
        changed("generated", "2026-02-30T00:00:00Z"),
        f"`generated` is not a time: '2026-02-30T00:00:00Z'; {TIME}",
    ),
    "NaN": (
        with_batch(b"NaN"),
        f"byte {BATCH}: not JSON at 'NaN, \"max_co'; JSON has no NaN or Infinity, use null",
    ),
    "minus Infinity": (
        with_batch(b"-Infinity"),
        f"byte {BATCH + 1}: not JSON at 'Infinity, \"m'; JSON has no NaN or Infinity, use null",
    ),
    "nested without end, outside of the items": (
        BYTES.replace(b'"CC-BY-SA-4.0"', b"[" * 100_000 + b"]" * 100_000),
        "not a feed: its JSON is nested deeper than can be read",
    ),
    "half a surrogate pair outside of the items": (
        BYTES.replace(b"CC-BY-SA-4.0", b"x\\ud800xxxxxxxx"),
        "byte 32: half of a surrogate pair (\\ud800) outside of the items",
    ),
    "thousands of digits for a time": (
        changed("generated", "@").replace(b'"@"', b"9" * 5_000),
        f"`generated` is not a time: '{'9' * 80}'; {TIME}",
    ),
    "thousands of digits for a count": (
        changed("count", "@").replace(b'"@"', b"9" * 5_000),
        f"field `count` is {'9' * 40}, but `items` holds 1: {AGAIN}",
    ),
}

LINES = {
    "broken line": (
        CASE + b"\n\r\n" + CASE[:-1] + b"\n" + CASE,
        f"line 3, byte {len(CASE) - 1}: not JSON: Expecting ',' delimiter; {ONE_A_LINE}",
    ),
    "two objects on a line": (
        CASE + b"\n" + CASE + b" " + CASE,
        f"line 2, byte {len(CASE) + 1}: not JSON: a second value on the line; {ONE_A_LINE}",
    ),
    "one object over many lines": (
        b'{\n"id": "x"\n}\n',
        "line 1, byte 1: not JSON: Expecting property name enclosed in double quotes; "
        + ONE_A_LINE,
    ),
    "latin-1": (
        CASE + b'\n{"id": "\xe9"}',
        f"line 2, byte {len(CASE) + 9}: not UTF-8; {PLAIN}",
    ),
    "blank lines only": (b"\n \r\n", "no items: the file holds blank lines only"),
}

ARCHIVES = {
    "gzip cut off": (f"{JSON}.gz", gzipped(BYTES)[:-9], "Compressed file ended before the end"),
    "gzip is not": (f"{JSON}.gz", BYTES, "Not a gzipped file"),
    "gzip of damaged bytes": (f"{JSON}.gz", gzipped(BYTES)[:500] + BYTES, "while decompressing"),
    "zstandard cut off": (f"{JSON}.zst", zstandarded(BYTES)[:-1], "it ends before its end marker"),
    "zstandard cut off between frames' parts": (
        f"{NDJSON}.zst",
        zstandarded(lines([feeds.case()]) * 100)[:-3],
        "it ends before its end marker",
    ),
    "zstandard is not": (f"{JSON}.zst", BYTES, "Unknown frame descriptor"),
}


def refused(data: Path, content: bytes, name: str) -> str:
    """The message with which a file is refused; nothing of it stays behind."""
    with pytest.raises(RoofhouseError) as caught:
        stage_bytes(data, content, name)
    assert list(settings.load(data).staging.iterdir()) == []
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    start = f"{data / 'raw' / name}: "
    assert message.startswith(start)
    return message.removeprefix(start)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_file_that_is_no_feed_object_is_refused(tmp_path: Path, name: str) -> None:
    content, message = OBJECTS[name]
    assert refused(tmp_path, content, JSON) == message


@pytest.mark.parametrize("name", LINES)
def test_a_file_that_is_not_ndjson_is_refused(tmp_path: Path, name: str) -> None:
    content, message = LINES[name]
    assert refused(tmp_path, content, NDJSON) == message


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_damaged_archive_is_refused(tmp_path: Path, name: str) -> None:
    file_name, content, cause = ARCHIVES[name]
    message = refused(tmp_path, content, file_name)
    assert message.startswith(f"{DAMAGED} (")
    assert cause in message
    assert message.endswith("); fetch it again")


def test_an_archive_that_needs_more_memory_says_how_to_pack_it_anew(tmp_path: Path) -> None:
    long = zstandard.ZstdCompressionParameters(window_log=28, write_content_size=False)
    packed = zstandard.ZstdCompressor(compression_params=long)
    stream = packed.compressobj()
    message = refused(tmp_path, stream.compress(BYTES) + stream.flush(), f"{JSON}.zst")
    assert message == (
        "packed with a window of more than 128 MB (zstd --long or --ultra); "
        "unpack it with `zstd -d --long=31`, and pack it without that option"
    )


def test_a_name_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    name = os.fsdecode(b"cases-\xff.json")
    with pytest.raises(RoofhouseError) as caught:
        stage_bytes(tmp_path, BYTES, name)
    assert str(caught.value) == f"{tmp_path}/raw/cases-\\xff.json: the name is not UTF-8; rename it"


@pytest.mark.parametrize(
    "part", ["[1]", "x*", "q?", "a\\b", "it's", '"', "{a,b}", "%20#&", "$HOME", "~"]
)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_any_name_is_read_literally(tmp_path: Path, part: str, form: str) -> None:
    """A name beside it fits, if the other is taken for a pattern."""
    content = {"json": BYTES, "ndjson": CASE + b"\n"}[form]
    other = content.replace(b"case-llama33", b"case-other33")
    decoy = re.sub(r"[^\w]", "1", part)
    data = tmp_path / "data"
    (data / "raw").mkdir(parents=True)
    name = "cases{}-2026-04-29T103747Z.{}"
    (data / "raw" / name.format(decoy, form)).write_bytes(other)
    (data / "raw" / name.format(part, form)).write_bytes(content)
    found = settings.load(data)
    (file,) = (one for one in snapshot.find(found.raw) if one.name == name.format(part, form))
    staged = Staged(staging.stage(file, found))
    assert [case[:12] for case in staged.cases] == ["case-llama33"]


def test_a_file_name_is_kept_in_one_unicode_form(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "cafe\u0301.json").write_bytes(BYTES)
    (file,) = snapshot.find(raw)
    assert file.name == "caf\u00e9.json"
    assert file.path.is_file()


def test_a_file_that_goes_while_it_is_read_is_named(tmp_path: Path) -> None:
    path = feeds.write(tmp_path, FEED)
    found = settings.load(tmp_path)
    files = snapshot.find(found.raw)
    path.unlink()
    assert distribute.stage_files(files, found).problems == {
        "evokernel": f"{path}: was removed while it was read; build again when it is complete"
    }


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzipped), (".zst", zstandarded), ("", bytes)]
)
def test_an_archive_of_nothing_is_empty(
    tmp_path: Path, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    message = refused(tmp_path, compress(b""), JSON + suffix)
    assert message == "the file is empty; fetch it again"


def test_a_byte_inside_an_archive_is_one_of_its_content(tmp_path: Path) -> None:
    message = refused(tmp_path, gzipped(BYTES[:100]), f"{JSON}.gz")
    assert message == f"byte 100: {CUT}"


def test_ndjson_needs_a_time_in_its_name(tmp_path: Path) -> None:
    with pytest.raises(RoofhouseError) as caught:
        stage_bytes(tmp_path, CASE, "cases.ndjson")
    assert str(caught.value) == (
        f"{tmp_path}/raw/cases.ndjson: no time in the file name; NDJSON needs one, "
        "as in cases-2026-04-29T103747Z.ndjson"
    )


def test_the_time_in_the_name_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(RoofhouseError) as caught:
        stage_bytes(tmp_path, CASE, "cases-2026-04-31T103747Z.ndjson")
    assert str(caught.value) == (
        f"{tmp_path}/raw/cases-2026-04-31T103747Z.ndjson: `file name` is not a time: "
        f"'2026-04-31T10:37:47Z'; {TIME}"
    )


@pytest.mark.parametrize("exists", [False, True])
def test_a_raw_folder_without_snapshots_says_what_to_put_there(
    tmp_path: Path, exists: bool
) -> None:
    raw = tmp_path / "raw"
    if exists:
        raw.mkdir()
        (raw / "SOURCE.yml").write_text("producer: x\n")
        (raw / ".hidden.json").write_text("{}")
        (raw / "folder.json").mkdir()
    with pytest.raises(RoofhouseError) as caught:
        snapshot.find(raw)
    assert str(caught.value) == (
        f"{raw}: no snapshot (*.json or *.ndjson, also .gz or .zst); put one there first"
        + (f"; {raw}/SOURCE.yml: belongs into the folder of a source, data/raw/<source>" * exists)
    )


def test_a_refused_file_leaves_what_was_staged_of_others(tmp_path: Path) -> None:
    good = stage_bytes(tmp_path, BYTES)
    (tmp_path / "raw" / JSON).unlink()
    with pytest.raises(RoofhouseError, match="byte 0: not JSON"):
        stage_bytes(tmp_path, b"oops", "cases-2026-05-01T000000Z.json")
    assert list(settings.load(tmp_path).staging.iterdir()) == [good.folder]
    assert good.cases == ["case-llama33-a100x8-vllm-001"]


def test_a_staged_folder_that_a_power_cut_damaged_is_staged_again(tmp_path: Path) -> None:
    feeds.write(tmp_path, feeds.shipped())
    found = settings.load(tmp_path)
    (file,) = snapshot.find(found.raw)
    folder = staging.stage(file, found)
    (folder / "snapshot.json").write_text("")
    assert staging.stage(file, found) == folder
    assert Staged(folder).meta["case_count"] == 22


def test_a_snapshot_is_staged_again_where_another_length_of_a_case_is_allowed(
    tmp_path: Path,
) -> None:
    feeds.write(tmp_path, feeds.shipped())
    found = settings.load(tmp_path)
    (file,) = snapshot.find(found.raw)
    folder = staging.stage(file, found.model_copy(update={"max_case_bytes": 1_000}))
    assert Staged(folder).meta["case_count"] == 0
    assert staging.stage(file, found) == folder
    assert Staged(folder).meta["case_count"] == 22
