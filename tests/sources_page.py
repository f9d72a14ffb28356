"""docs/sources.md: its commands, run as a reader would run them, and what they print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from pipelines.settings import ROOT
from tests import feeds
from tests.command import roofhouse

PAGE = ROOT / "docs" / "sources.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Shows the new case beside what is asked most often.
QUERY = "select case_id, plausibility from marts.mart_case_metrics where source_id = 'my-lab'"


def blocks(kind: str) -> list[str]:
    """The code blocks of a kind, in the order of the page."""
    return [
        text for found, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")) if found == kind
    ]


def entries() -> dict[str, dict[str, str]]:
    """The blocks of each format's entry, by their kind: `sh` its command, `yaml` its sidecar."""
    text = PAGE.read_text(encoding="utf-8").partition("\n## Formats\n")[2].partition("\n## ")[0]
    _, *parts = re.split(r"^### ", text, flags=re.MULTILINE)
    return {part.partition("\n")[0]: dict(_BLOCK.findall(part)) for part in parts}


def outputs(folder: Path) -> list[str]:
    """What the commands of the first section print, from the page's own result and sidecar."""
    (folder / "vllm.json").write_text(blocks("json")[0])
    data = folder / "data"
    own = data / "raw" / "evokernel"
    own.mkdir(parents=True)
    shutil.copy(feeds.SHIPPED, own)
    shutil.copy(feeds.SHIPPED.with_name("SOURCE.yml"), own)
    printed = [roofhouse(data, "sidecar", "vllm.json").stdout]
    (folder / "vllm.sidecar.yml").write_text(blocks("yaml")[0])
    checked = roofhouse(data, "check", "vllm.json")
    assert checked.returncode == 0, checked.stderr
    printed.append(checked.stdout)
    lab = data / "raw" / "my-lab"
    lab.mkdir()
    for name in ("vllm.json", "vllm.sidecar.yml"):
        shutil.copy(folder / name, lab)
    (lab / "SOURCE.yml").write_text("mode: append\n")
    built = roofhouse(data, "build")
    assert built.returncode == 0, built.stderr
    printed.append(roofhouse(data, "query", QUERY).stdout)
    return [text.rstrip() + "\n" for text in printed]


def rewritten(printed: list[str]) -> str:
    """The page with these outputs in the place of those that it shows."""
    rest = iter(printed)

    def put(match: re.Match[str]) -> str:
        text = next(rest, None) if match[1] == "text" else None
        return match[0] if text is None else f"```text\n{text}```"

    return _BLOCK.sub(put, PAGE.read_text(encoding="utf-8"))
