"""The template of a sidecar: what a file lacks comes first, and all of it can be used."""

from __future__ import annotations

from pipelines.ingest.sidecar import NOTHING, parse
from pipelines.ingest.sidecar.keys import KEYS
from pipelines.ingest.sidecar.stub import stub
from tests.ingest.readers.reading import read
from tests.ingest.readers.sglang_bench.test_sglang_bench import changed
from tests.ingest.readers.vllm_bench.test_vllm_bench import LIMIT


def uncommented(text: str) -> str:
    """The template with everything optional said; two keys are alternatives."""
    lines = [
        line.removeprefix("# ")
        for line in text.splitlines()
        if ":  # " in line or ": " in line or line.endswith(":")
    ]
    kept = [line for line in lines if not line.startswith(("Needed", "Optional", "model_config"))]
    return "\n".join(kept)


def test_what_is_needed_stands_first_and_empty() -> None:
    text = stub(read(LIMIT, ""))
    needed, optional = text.split("\n\n")
    assert [line.split(":")[0] for line in needed.splitlines()[1:]] == [
        "hardware",
        "cards",
        "quantization",
    ]
    assert all(line.startswith("#") for line in optional.splitlines())
    assert parse(text, "x") == NOTHING


def test_candidates_of_an_ambiguous_name_are_listed() -> None:
    text = stub(read({**LIMIT, "hardware": "H100"}, ""))
    assert "hardware:  # may be h100-nvl, h100-pcie, h100-sxm5\n" in text


def test_what_the_file_says_already_stands_as_a_value() -> None:
    text = stub(read(LIMIT, ""))
    assert '# model: "Qwen/Qwen3-32B"  # said by the file\n' in text
    assert "# concurrency: 24  # said by the file\n" in text


def test_a_name_that_the_catalog_lacks_is_shown() -> None:
    text = stub(read({**LIMIT, "model_id": "/models/mine"}, ""))
    assert 'model:  # the file says "/models/mine"; id or alias of the catalog\n' in text


def test_of_several_values_in_a_file_none_is_chosen() -> None:
    text = stub(read([LIMIT, {**LIMIT, "max_concurrency": 48}], ""))
    assert "# concurrency: 64  # the file says 24, 48\n" in text


def test_a_key_beside_a_needed_one_stays_in_its_group() -> None:
    text = stub(read({**LIMIT, "backend": "tgi"}, ""))
    assert 'engine:\n  id:  # id or alias of the catalog\n#   version: "0.11.0"' in text


def test_a_file_that_lacks_nothing_gets_only_options() -> None:
    assert stub(read(LIMIT)).startswith("# Optional: ")


def test_every_line_can_be_uncommented_and_every_key_is_there() -> None:
    stack = "hardware: l40s\ncards: 1\nquantization: fp8"
    for content, said in ((LIMIT, ""), (LIMIT, stack), (changed(accept_length=2.0), "")):
        text = uncommented(stub(read(content, said)))
        parse(text, "x")
        groups = {line.split(":")[0].strip() for line in text.splitlines()}
        assert groups >= {part for key in KEYS for part in key.split(".")} - {"model_config"}
