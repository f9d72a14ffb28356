"""`roofhouse mcp` as a process, asked by the SDK's own client over its standard streams."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from pipelines import settings
from pipelines.ask import answers
from pipelines.contracts import contracts
from pipelines.errors import RoofhouseError
from pipelines.publish import publish
from pipelines.settings import ROOT
from tests import feeds
from tests.command import ROOFHOUSE, environment, roofhouse
from tests.conftest import warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
SCOUT = "case-llama4-scout-h100x8-vllm-001"
TOOLS = {"tables", "columns", "query", "explain_metric", "what_if", "compare", "check"}
STACK = {
    "hardware_id": "h100-sxm5",
    "cards": 8,
    "model_id": "llama-3.3-70b",
    "quant_id": "fp8-e4m3",
    "batch": 32,
    "prefill": 1024,
    "decode": 512,
}

#: The arguments of the server in the configuration that the page shows, but for the folder.
(_CONFIGURATION,) = re.findall(
    r"^```json\n(.*?)^```", (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8"), re.M | re.S
)
*SERVED, _ = json.loads(_CONFIGURATION)["mcpServers"]["roofhouse"]["args"]

Ask = Callable[..., Awaitable[dict[str, Any]]]


class Refused(Exception):
    """What a tool says that it cannot do."""


def session(data: Path, talk: Callable[[Client, Ask], Awaitable[Any]]) -> Any:
    """Let a function talk with the server of a data folder, in one session."""

    async def run() -> Any:
        own = {key: value for key, value in environment(data).items() if key != "ROOFHOUSE_DATA"}
        parameters = StdioServerParameters(
            command=str(ROOFHOUSE), args=[*SERVED, str(data)], env=own
        )
        async with Client(stdio_client(parameters)) as client:

            async def ask(tool: str, **arguments: Any) -> dict[str, Any]:
                found = await client.call_tool(tool, arguments)
                text = "".join(getattr(one, "text", "") for one in found.content)
                if found.is_error:
                    raise Refused(text)
                answer: dict[str, Any] = json.loads(text)
                assert answer == found.structured_content
                return answer

            return await talk(client, ask)

    return anyio.run(run)


def test_the_server_says_what_it_is_and_which_tools_it_has(shipped_published: Path) -> None:
    async def talk(client: Client, _: Ask) -> None:
        assert client.server_info is not None
        told = roofhouse(shipped_published, "--version").stdout.split()
        assert [client.server_info.name, client.server_info.version] == told
        assert "A case is a claim" in (client.instructions or "")
        found = (await client.list_tools()).tools
        assert {one.name for one in found} == TOOLS
        assert all(one.description and one.annotations.read_only_hint for one in found)  # type: ignore[union-attr]
        (what_if,) = (one for one in found if one.name == "what_if")
        assert "usd_per_card_hour: price of a card hour" in (what_if.description or "")

    session(shipped_published, talk)


def test_the_tools_answer_as_the_commands_do(shipped_published: Path) -> None:
    async def talk(_: Client, ask: Ask) -> dict[str, dict[str, Any]]:
        sql = "select case_id, decode_tok_s, submitted_on from marts.mart_case_metrics order by 1"
        return {
            "tables": await ask("tables"),
            "columns": await ask("columns", table="mart_case_metrics"),
            "query": await ask("query", sql=sql),
            "nan": await ask("query", sql="select 'nan'::double as x, 1.50::decimal(9, 2) as y"),
            "what_if": await ask("what_if", **STACK, usd_per_card_hour=2.5),
            "compare": await ask("compare", case_a=A100, case_b=SCOUT),
            "explain_metric": await ask("explain_metric", case_id=A100, metric="ridge_point"),
        }

    found = session(shipped_published, talk)
    listed = json.loads(roofhouse(shipped_published, "tables", "--format", "json").stdout)
    assert found["tables"]["tables"] == listed["tables"]
    assert len(found["tables"]["tables"]) == len(contracts())
    assert found["tables"]["build_id"]
    one = roofhouse(shipped_published, "tables", "mart_case_metrics", "--format", "json")
    assert found["columns"] == json.loads(one.stdout)
    assert found["nan"]["rows"] == [{"x": None, "y": 1.5}]

    def queried(sql: str) -> Any:
        return json.loads(roofhouse(shipped_published, "query", sql, "--format", "json").stdout)

    assert found["query"]["rows"] == queried(
        "select case_id, decode_tok_s, submitted_on from marts.mart_case_metrics order by 1"
    )
    assert "note" not in found["query"]
    setup = "'h100-sxm5', 8, 'llama-3.3-70b', 'fp8-e4m3', 32, 1024, 512, usd_per_card_hour := 2.5"
    assert found["what_if"]["rows"] == queried(f"from what_if({setup})")
    assert found["what_if"]["rows"][0]["expected_decode_hardware_usd_per_mtok"] > 0
    assert found["compare"]["rows"] == queried(f"from compare('{A100}', '{SCOUT}')")
    explained = found["explain_metric"]["rows"]
    assert explained == queried(f"from explain_metric('{A100}', 'ridge_point')")
    assert {row["tier"] for row in explained} == {None, "official"}


def test_rows_are_cut_off_and_a_note_says_so(shipped_published: Path) -> None:
    async def talk(_: Client, ask: Ask) -> None:
        many = "select range as n from range(5000)"
        found = await ask("query", sql=many)
        assert (found["count"], found["rows"][-1]) == (answers.ROWS, {"n": answers.ROWS - 1})
        assert found["note"] == "cut off after 100 rows; there are more"
        assert (await ask("query", sql=many, max_rows=1000))["count"] == 1000
        found = await ask("query", sql="select repeat('x', 30000) as t from range(50)")
        assert found["count"] * 30_000 < answers.MOST_CHARACTERS
        assert found["note"].startswith("cut off after ")
        assert "note" not in await ask("query", sql="select 1 as one", max_rows=1)

    session(shipped_published, talk)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("query", {"sql": "select nope from fact_case"}, 'Binder Error: Referenced column "nope"'),
    ("query", {"sql": "selec 1"}, "Parser Error: syntax error"),
    ("query", {"sql": " -- nothing"}, "no SQL statement"),
    ("query", {"sql": "create table x as select 1"}, "Invalid Input Error: Cannot execute"),
    ("query", {"sql": "from read_csv('/etc/hosts')"}, "Permission Error: "),
    ("query", {"sql": "copy fact_case to 'x.csv'"}, "Permission Error: "),
    ("query", {"sql": "attach 'other.duckdb'"}, "Permission Error: "),
    ("query", {"sql": "install httpfs"}, "Permission Error: "),
    ("query", {"sql": "set memory_limit = '1TB'"}, "Invalid Input Error: Cannot change"),
    (
        "query",
        {"sql": "select list(range) from range(1000000000)"},
        "the query needs more than",
    ),
    ("query", {"sql": "select repeat('x', 300000)"}, "the first of the rows has more than"),
    (
        "query",
        {"sql": "select 1", "max_rows": 1001},
        "max_rows is 1001; it must be from 1 to 1,000",
    ),
    ("query", {"sql": "select 1", "max_rows": "many"}, "max_rows: Input should be a valid integer"),
    ("query", {}, "sql: Field required"),
    ("columns", {"table": "mart_case"}, "no table 'mart_case'; the nearest: "),
    ("what_if", STACK | {"hardware_id": "h100"}, "no current hardware 'h100'; the nearest: h100-"),
    ("what_if", STACK | {"cards": 0}, "cards is 0; it must be 1 or more"),
    ("explain_metric", {"case_id": A100, "metric": "mfu"}, "no metric 'mfu'; the nearest: "),
    ("compare", {"case_a": A100, "case_b": "'; --"}, "no current case ''; --'"),
    ("check", {}, "give either path or content"),
    ("check", {"path": "/dev/zero"}, "/dev/zero: no such file"),
    ("check", {"content": "no JSON"}, "content: no case: "),
]


def test_what_cannot_be_done_is_one_plain_line(shipped_published: Path) -> None:
    async def talk(_: Client, ask: Ask) -> dict[int, str]:
        said = {}
        for position, (tool, arguments, _words) in enumerate(REFUSED):
            try:
                await ask(tool, **arguments)
            except Refused as refused:
                said[position] = str(refused)
        return said

    before = (shipped_published / "warehouse.duckdb").read_bytes()
    said = session(shipped_published, talk)
    for position, (tool, arguments, words) in enumerate(REFUSED):
        assert words in said.get(position, ""), (tool, arguments)
        assert "\n" not in said[position]
        assert "Traceback" not in said[position]
        assert "roofhouse-check-" not in said[position]
    assert (shipped_published / "warehouse.duckdb").read_bytes() == before
    assert not list(shipped_published.glob("*.tmp")) + list(shipped_published.glob("*.wal"))


def test_a_query_that_takes_too_long_is_ended(
    shipped_published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "QUERY_TIMEOUT_S", 0.5)
    found = settings.load(shipped_published)
    endless = (
        "select count(*) from range(1000000000) a, range(1000000000) b where a.range * b.range = 7"
    )
    with pytest.raises(RoofhouseError, match=r"the query takes more than 0\.5 s; ask for less"):
        answers.query(found, endless)
    assert answers.query(found, "select 1 as one")["rows"] == [{"one": 1}]


def test_a_file_and_a_document_are_audited(shipped_published: Path, tmp_path: Path) -> None:
    case = copy.deepcopy(feeds.case(A100))
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case))

    async def talk(_: Client, ask: Ask) -> list[dict[str, Any]]:
        return [
            await ask("check", path=str(file)),
            await ask("check", content=case),
            await ask("check", content=json.dumps(case)),
        ]

    by_path, by_content, by_text = session(shipped_published, talk)
    told = json.loads(roofhouse(shipped_published, "check", str(file), "--format", "json").stdout)
    assert by_path["cases"] == told["cases"]
    assert by_content == by_text == by_path
    assert by_path["rejects"] == []


def test_what_is_too_long_is_not_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 1_000)
    found = settings.load(tmp_path)
    with pytest.raises(RoofhouseError, match="content: has more than 1,000 bytes"):
        answers.check(found, content="x" * 1_001)


def test_the_next_publication_is_followed(shipped_template: Path, tmp_path: Path) -> None:
    data = shutil.copytree(shipped_template, tmp_path / "data")
    with warehouse_of(data) as db:
        publish.publish(db, settings.load(data))

    def publish_another() -> None:
        content = feeds.feed(feeds.case(A100))
        content["generated"] = "2026-06-01T12:00:00.000Z"
        with warehouse_of(data, content) as db:
            publish.publish(db, settings.load(data))

    async def talk(_: Client, ask: Ask) -> list[dict[str, Any]]:
        found = [await ask("tables")]
        await anyio.to_thread.run_sync(publish_another)
        return [*found, await ask("tables")]

    before, after = session(data, talk)
    rows = [
        next(t["rows"] for t in one["tables"] if t["table"] == "mart_case_metrics")
        for one in (before, after)
    ]
    assert rows == [len(feeds.shipped()["items"]), 1]
    assert before["build_id"] != after["build_id"]


def test_where_nothing_is_published_a_tool_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    async def talk(_: Client, ask: Ask) -> None:
        with pytest.raises(Refused, match=r"nothing is published yet; run `roofhouse build`$"):
            await ask("tables")

    session(tmp_path / "data", talk)


def test_the_output_is_the_protocol_alone_and_ends_with_the_input(shipped_published: Path) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "a test", "version": "1"},
        },
    }
    done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "query", "arguments": {"sql": "select 1 as one"}},
    }
    lines = "".join(json.dumps(one) + "\n" for one in (hello, done))
    with subprocess.Popen(
        [ROOFHOUSE, "mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(shipped_published),
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(lines)
        server.stdin.flush()
        answered = [json.loads(server.stdout.readline())]
        server.stdin.write(json.dumps(call) + "\n")
        server.stdin.flush()
        answered.append(json.loads(server.stdout.readline()))
        rest, errors = server.communicate()
    assert [one["id"] for one in answered] == [1, 2]
    assert answered[1]["result"]["structuredContent"]["rows"] == [{"one": 1}]
    assert (rest, errors, server.returncode) == ("", "", 0)


def test_without_the_sdk_one_line_says_how_to_install_it(shipped_published: Path) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None; sys.argv = ['roofhouse', 'mcp']\n"
        "from pipelines.cli import main; main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(shipped_published),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("roofhouse: `roofhouse mcp` needs the MCP SDK (")
    assert told.stderr.endswith("-m pip install 'mcp>=2'`\n")
    assert told.stderr.count("\n") == 1
