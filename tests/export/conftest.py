"""A published folder: the shipped feed, a lab with vLLM's results, MLPerf, a source left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import settings
from pipelines.publish import publish
from tests import feeds, result_sources
from tests.conftest import warehouse_of

#: A feed whose texts are what a spreadsheet or a parser trips over.
HOSTILE = '=1+1, "quoted"\nhttps://example.org/' + "x" * 300


@pytest.fixture(scope="session")
def published_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is published, to be read."""
    data = tmp_path_factory.mktemp("export") / "data"
    content = feeds.shipped()
    feeds.put(content["items"][0], "title", HOSTILE)
    feeds.put(content["items"][1], "title", "")
    result_sources.feed(data, content, "cases-2026-04-29T103747Z.json")
    lab = result_sources.lab(data)
    for number in range(2):
        run = result_sources.vllm_run(number, throughput=2_000 / 3 + number)
        result_sources.write(lab / f"run-{number}.json", run)
    result_sources.mlperf(data, 2)
    result_sources.source(data, "broken", mode="sideways")
    with warehouse_of(data) as db:
        publish.publish(db, settings.load(data))
    return data
