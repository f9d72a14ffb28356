"""The reader of a file, and the reject if there is none or several."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import RoofhouseError
from pipelines.ingest import readers
from pipelines.ingest.readers import Case, Reject
from tests.ingest.readers.inferencex.test_inferencex import ONE_NODE
from tests.ingest.readers.reading import OUT, altered, read
from tests.ingest.readers.sglang_bench.test_sglang_bench import OLD
from tests.ingest.readers.vllm_bench.test_vllm_bench import LIMIT

#: A reader of files that say `tool: own`.
OWN = '''
"""A format of a test."""
from pipelines.ingest.readers.frame import Run

FORMAT = "{format}"
SYNTAXES = {syntaxes}


def recognizes(first):
    return "{key}" in first


def read(source):
    yield from source.each(lambda fields: Run(decode_tok_s=fields.number("speed")))
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are readers, too."""
    monkeypatch.setattr(readers, "__path__", [*readers.__path__, str(tmp_path)])
    readers.formats.cache_clear()
    yield tmp_path
    readers.formats.cache_clear()


def add(
    package: Path, name: str, key: str, syntaxes: tuple[str, ...] = ("json",), **more: str
) -> None:
    text = OWN.format(format=more.get("format", name), key=key, syntaxes=syntaxes)
    (package / f"{name}.py").write_text(text)


def file_reject(reading: readers.Reading) -> str:
    (record,) = reading.records
    assert isinstance(record, Reject)
    assert record.index is None
    assert reading.format is None
    return record.reason


def test_a_format_is_told_by_the_keys_of_the_first_object() -> None:
    assert read(LIMIT).format == "vllm-bench"
    assert read(OLD).format == "sglang-bench"
    assert read(json.dumps([None, LIMIT])).format == "vllm-bench"


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in sorted(Path(__file__).parent.glob("*/*"))
        if file.suffix in (".json", ".jsonl", ".yaml", ".csv")
    ],
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_every_file_is_recognized_as_what_it_is_and_as_nothing_else(file: Path) -> None:
    assert read(file).format == file.parent.name.replace("_", "-")


def test_a_file_of_no_known_format_is_one_reject_that_names_it() -> None:
    reason = file_reject(read([{"a": 1}, LIMIT], name="runs/a.json"))
    assert reason.startswith("runs/a.json: no record of a known format (")
    assert "vllm-bench" in reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file.json: the file is empty"),
        (b"\xff\xff", "file.json: byte 0: not UTF-8"),
        (b"[]", "file.json: no record of a known format ("),
        (b"[1, 2]", "file.json: no record of a known format ("),
        (b'{"a": 1', "file.json: line 1, column 8: not JSON: Expecting ',' delimiter"),
        (b"some,text\n1,2", "file.json: no record of a known format ("),
    ],
)
def test_a_file_that_holds_no_object_is_one_reject(content: bytes, reason: str) -> None:
    assert file_reject(read(content)).startswith(reason)


def test_a_format_that_is_named_takes_what_other_keys_would_not_tell() -> None:
    reading = read([{"a": 1}, LIMIT], format="vllm-bench")
    assert [type(record) for record in reading.records] == [Reject, Case]
    assert file_reject(read([{"a": 1}], format="vllm-bench")).endswith(
        "no record of a known format (vllm-bench)"
    )


def test_a_format_that_is_named_needs_no_key_that_tells_it() -> None:
    row = altered(ONE_NODE, {"conc": OUT})
    assert "no record of a known format" in file_reject(read(row))
    (found,) = read(row, format="inferencex").cases
    assert "max_concurrent_requests" not in found.item["scenario"]


def test_a_format_that_is_named_reads_no_file_of_another_one() -> None:
    reason = file_reject(read(OLD, format="vllm-bench"))
    assert reason.endswith("no record of a known format (vllm-bench)")


def test_a_line_before_the_first_object_costs_only_itself() -> None:
    for format in ("auto", "sglang-bench"):
        first, *others = read(f"WARNING: slow\n{OLD.read_text()}", format=format).records
        assert isinstance(first, Reject)
        assert first.reason.startswith("line 1, column 1: not JSON")
        assert {type(record) for record in others} == {Case}


def test_a_format_that_nobody_reads_is_an_error_with_the_known_ones() -> None:
    with pytest.raises(RoofhouseError, match=r"no format `vllm`; known are .*vllm-bench"):
        read(LIMIT, format="vllm")


def test_a_new_format_is_one_module(package: Path) -> None:
    add(package, "own_json", "speed", format="own-json")
    add(package, "own_yaml", "speed", ("yaml",), format="own-yaml")
    add(package, "own_csv", "speed", ("csv",), format="own-csv")
    stack = "hardware: l40s\ncards: 1\nquantization: fp8\nmodel: qwen3-32b\nengine: {id: vllm}"
    for content, name in {
        '{"speed": 7.5}': "own-json",
        "speed: 7.5": "own-yaml",
        "speed,x\n7.5,1\n": "own-csv",
    }.items():
        reading = read(content, stack)
        assert reading.format == name
        (found,) = reading.cases
        assert found.item["results"]["throughput_tokens_per_sec"] == {"decode": 7.5}


def test_a_file_that_is_no_yaml_says_where(package: Path) -> None:
    add(package, "own_yaml", "speed", ("yaml",))
    assert file_reject(read("speed: 1\nx: [")).startswith("file.json: not YAML: line 2, column 5: ")
    assert "no record of a known format" in file_reject(read("other: 1"))


def test_a_file_that_two_formats_recognize_is_a_reject_that_names_both(package: Path) -> None:
    add(package, "greedy", "completed")
    reason = file_reject(read(LIMIT))
    assert reason == "file.json: several formats recognize it: greedy, vllm-bench"
    assert read(LIMIT, format="vllm-bench").cases


def test_a_module_that_is_no_reader_or_reads_a_known_format_is_an_error(package: Path) -> None:
    (package / "extra.py").write_text("FORMAT = 'x'\n")
    with pytest.raises(RoofhouseError, match=r"extra\.py: a reader needs recognizes, read"):
        readers.formats()
    (package / "extra.py").unlink()
    add(package, "again", "x", format="vllm-bench")
    with pytest.raises(RoofhouseError, match="`vllm-bench` is read by another module, too"):
        readers.formats()
