"""Names: what resolves, what is ambiguous, and that nothing near is taken for equal."""

from __future__ import annotations

import pickle
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.catalog import Catalog, Kind, UnresolvedName, fold, load
from pipelines.catalog.names import is_scoped

KINDS: tuple[Kind, ...] = ("hardware", "model", "engine", "quant", "workload")

A100 = ["a100-pcie-40gb", "a100-pcie-80gb", "a100-sxm4", "a100-sxm4-40gb"]
H100 = ["h100-nvl", "h100-pcie", "h100-sxm5"]
GH200 = ["gh200-144gb", "gh200-96gb"]
V100 = ["v100-sxm2-16gb", "v100-sxm2-32gb"]

#: Every ambiguous name of the catalog, folded, with its candidates.
AMBIGUOUS = {
    ("hardware", ""): {
        "a100": A100,
        "nvidiaa100": A100,
        "a10080gb": ["a100-pcie-80gb", "a100-sxm4"],
        "nvidiaa100sxm4": ["a100-sxm4", "a100-sxm4-40gb"],
        "h100": H100,
        "nvidiah100": H100,
        "nvidiah10080gb": ["h100-pcie", "h100-sxm5"],
        "h200": ["h200-nvl", "h200-sxm"],
        "gh200": GH200,
        "nvidiagh200": GH200,
        "nvidiagh200gracehoppersuperchip": GH200,
        "v100": V100,
        "nvidiav100": V100,
    },
    ("hardware", "argonne-csv"): {
        "nvidiaa100gpu": ["a100-sxm4", "a100-sxm4-40gb"],
        "nvidiah100gpu": ["h100-pcie", "h100-sxm5"],
    },
}

EVERY_NAME = [
    (kind, entry_id, name)
    for kind in KINDS
    for entry_id in load().ids(kind)
    for name in load().names(kind, entry_id)
]


@pytest.mark.parametrize(("kind", "entry_id", "name"), EVERY_NAME)
def test_every_name_means_its_entry_or_is_documented_as_ambiguous(
    kind: Kind, entry_id: str, name: str
) -> None:
    format, plain = name.split(":", 1) if is_scoped(name) else ("", name)
    candidates = AMBIGUOUS.get((kind, format), {}).get(fold(plain))
    if candidates is None:
        assert load().resolve(kind, plain, format=format) == entry_id
    else:
        assert entry_id in candidates
        with pytest.raises(UnresolvedName) as error:
            load().resolve(kind, plain, format=format)
        assert list(error.value.candidates) == candidates
        assert all(candidate in str(error.value) for candidate in candidates)


def test_the_documented_ambiguities_are_all_there_are() -> None:
    found: dict[tuple[Kind, str, str], set[str]] = defaultdict(set)
    for kind, entry_id, name in EVERY_NAME:
        format, plain = name.split(":", 1) if is_scoped(name) else ("", name)
        found[kind, format, fold(plain)].add(entry_id)
    ambiguous: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(dict)
    for (kind, format, folded), ids in sorted(found.items()):
        if len(ids) > 1:
            ambiguous[kind, format][folded] = sorted(ids)
    assert ambiguous == AMBIGUOUS


@pytest.mark.parametrize(
    ("kind", "format", "name", "entry_id"),
    [
        # as tools write them, in the files that they publish
        ("hardware", "mlperf-summary", "AMD Instinct MI355X 288GB HBM3E", "mi355x"),
        ("hardware", "mlperf-summary", "AMD Instinct MI350X 288GB HBM3e", "mi350x"),
        ("hardware", "mlperf-summary", "AMD Instinct MI300X 192GB HBM3", "mi300x"),
        ("hardware", "mlperf-summary", "NVIDIA B300-SXM-270GB", "b300-sxm"),
        ("hardware", "mlperf-summary", "NVIDIA B200-SXM-180GB", "b200-sxm"),
        ("hardware", "mlperf-summary", "NVIDIA H200-NVL-141GB", "h200-nvl"),
        ("hardware", "mlperf-summary", "NVIDIA H200-SXM-141GB", "h200-sxm"),
        (
            "hardware",
            "mlperf-summary",
            "NVIDIA RTX PRO 6000 Blackwell Server Edition",
            "rtx-pro-6000-se",
        ),
        ("hardware", "mlperf-summary", "NVIDIA GeForce RTX 4090", "rtx-4090"),
        ("hardware", "mlperf-summary", "NVIDIA GB200", "gb200"),
        ("hardware", "mlperf-summary", "NVIDIA GB300", "gb300"),
        ("hardware", "mlperf-summary", "NVIDIA GB10", "gb10"),
        ("hardware", "mlperf-summary", "Intel(R) Arc Pro(R) B60", "arc-pro-b60"),
        ("hardware", "mlperf-summary", "Intel(R) Arc Pro(R) B70", "arc-pro-b70"),
        ("hardware", "llmd-report", "NVIDIA-H100-80GB-HBM3", "h100-sxm5"),
        ("hardware", "aiperf", "NVIDIA RTX 6000 Ada Generation", "rtx-6000-ada"),
        ("hardware", "llama-bench", "NVIDIA GeForce RTX 4080", "rtx-4080"),
        ("hardware", "inferencex", "h100", "h100-sxm5"),
        ("hardware", "inferencex", "h200", "h200-sxm"),
        ("hardware", "inferencex", "b200", "b200-sxm"),
        ("hardware", "inferencex", "mi300x", "mi300x"),
        ("hardware", "aiconfigurator", "h200_sxm", "h200-sxm"),
        ("hardware", "argonne-csv", "Nvidia GH200 GPU", "gh200-96gb"),
        ("hardware", "argonne-csv", "AMD MI250 GPU", "mi250"),
        ("hardware", "argonne-csv", "Intel PVC GPU", "max-1550"),
        ("hardware", "argonne-csv", "Intel Max 1550", "max-1550"),
        ("hardware", "argonne-csv", "Habana Gaudi2", "gaudi-2"),
        ("hardware", "argonne-csv", "SambaNova SN40L", "sn40l"),
        ("hardware", "vllm-bench", "NVIDIA H200", "h200-sxm"),
        ("hardware", "vllm-bench", "h100-sxm5", "h100-sxm5"),
        ("hardware", "", "昇腾910B", "ascend-910b"),
        ("model", "mlperf-summary", "llama2-70b-99.9", "llama-2-70b"),
        ("model", "mlperf-summary", "llama3_1-70b-fp8_dyn", "llama-3.1-70b"),
        ("model", "mlperf-summary", "llama3_1-8b", "llama-3.1-8b"),
        ("model", "mlperf-summary", "llama3.1-8b-edge", "llama-3.1-8b"),
        ("model", "mlperf-summary", "gpt-oss-120b", "gpt-oss"),
        ("model", "mlperf-summary", "deepseek-r1", "deepseek-r1"),
        ("model", "inferencex", "deepseek-ai/DeepSeek-R1-0528", "deepseek-r1"),
        ("model", "inferencex", "dsr1", "deepseek-r1"),
        ("model", "vllm-bench", "meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b"),
        ("model", "vllm-bench", "zai-org/GLM-5-FP8", "glm-5"),
        ("model", "aiconfigurator", "Qwen/Qwen3-235B-A22B-FP8", "qwen3-235b-a22b"),
        ("model", "llama-bench", "Qwen2.5-7B-Instruct-Q4_K_M.gguf", "qwen2.5-7b"),
        ("model", "argonne-csv", "Deci/DeciLM-7B", "decilm-7b"),
        ("model", "argonne-csv", "facebook/opt-6.7b", "opt-6.7b"),
        ("model", "argonne-csv", "huggyllama/llama-7b", "llama-7b"),
        ("engine", "inferencex", "dynamo-trt", "dynamo-trt"),
        ("engine", "inferencex", "sglang-disagg", "mori-sglang"),
        ("engine", "inferencex", "trt", "tensorrt-llm"),
        ("engine", "aiconfigurator", "trtllm", "tensorrt-llm"),
        ("engine", "argonne-csv", "Deepspeed-MII", "deepspeed-mii"),
        ("engine", "argonne-csv", "llama.cpp", "llama-cpp"),
        ("quant", "trtllm-bench", "FP8", "fp8-e4m3"),
        ("quant", "mlperf-summary", "fp4", "fp4"),
        ("quant", "mlperf-summary", "MXFP4", "mxfp4"),
        ("quant", "mlperf-summary", "bfloat16", "bf16"),
        ("quant", "mlperf-summary", "INT4", "w4a16"),
        ("quant", "mlperf-summary", "fp32", "fp32"),
        ("quant", "aiconfigurator", "fp8_block", "fp8-e4m3"),
        ("quant", "llama-bench", "Q4_K - Medium", "q4-k-m"),
        ("quant", "llama-bench", "MXFP4 MoE", "mxfp4-w4a16"),
        ("workload", "mlperf-summary", "llama2-70b-99", "mlperf-llama2-70b"),
        ("workload", "mlperf-summary", "mixtral-8x7b", "mlperf-mixtral-8x7b"),
    ],
)
def test_names_as_tools_write_them(
    shipped: Catalog, kind: Kind, format: str, name: str, entry_id: str
) -> None:
    assert shipped.resolve(kind, name, format=format) == entry_id


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("hardware", "H100 SXM6"),
        ("hardware", "h100-sxm"[:-1]),
        ("hardware", "NVIDIA H200-SXM-141GB-CTS"),
        ("hardware", "inferencex:h100"),
        ("hardware", ""),
        ("hardware", "-"),
        ("model", "llama2-70b-custom"),
        ("model", "llama2-70b-99"),
        ("model", "whisper"),
        ("quant", "UNSET"),
        ("quant", "fp8,bf16"),
        ("quant", "4bit"),
        ("quant", "q4"),
    ],
)
def test_what_the_catalog_does_not_know_is_unknown(shipped: Catalog, kind: Kind, name: str) -> None:
    with pytest.raises(UnresolvedName, match="is not in the catalog") as error:
        shipped.resolve(kind, name)
    assert (error.value.kind, error.value.name, error.value.candidates) == (kind, name, ())


def test_an_unknown_name_shows_the_nearest_entries_and_the_keys_that_mend_it(
    shipped: Catalog,
) -> None:
    with pytest.raises(UnresolvedName) as error:
        shipped.resolve("hardware", "H200 SMX")
    assert "nearest: h200-sxm" in str(error.value)
    assert "`hardware: <id>`" in str(error.value)
    assert "`aliases: {hardware: ...}`" in str(error.value)


def test_a_hostile_name_stays_on_one_short_line(shipped: Catalog) -> None:
    with pytest.raises(UnresolvedName) as error:
        shipped.resolve("model", "\x1b[31m\n" + "x" * 100_000)
    assert "\n" not in str(error.value)
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 500


def test_an_alias_of_one_format_holds_for_no_other(shipped: Catalog) -> None:
    assert shipped.resolve("hardware", "H-100", format="InferenceX") == "h100-sxm5"
    with pytest.raises(UnresolvedName, match="ambiguous"):
        shipped.resolve("hardware", "H-100", format="aiperf")


def test_a_sidecars_alias_comes_before_the_catalogs_names(shipped: Catalog) -> None:
    for name in ("H100", "h 100", "h_1-00"):
        assert shipped.resolve("hardware", name, aliases={"H100": "h100-pcie"}) == "h100-pcie"
    assert shipped.resolve("hardware", "NVIDIA H200", aliases={"nvidia h200": "L4"}) == "l4"
    assert (
        shipped.resolve("hardware", "h100", format="inferencex", aliases={"H100": "H100 PCIe"})
        == "h100-pcie"
    )


def test_a_sidecars_alias_must_itself_be_known(shipped: Catalog) -> None:
    with pytest.raises(UnresolvedName, match="'h100-smx5' is not in the catalog"):
        shipped.resolve("hardware", "H100", aliases={"H100": "h100-smx5"})
    with pytest.raises(UnresolvedName, match="'A100' is ambiguous"):
        shipped.resolve("hardware", "my card", aliases={"my card": "A100"})


def test_two_aliases_of_a_sidecar_may_not_contradict_each_other(shipped: Catalog) -> None:
    with pytest.raises(UnresolvedName) as error:
        shipped.resolve("hardware", "H100", aliases={"H100": "h100-pcie", "h-100": "h100-nvl"})
    assert error.value.candidates == ("h100-nvl", "h100-pcie")
    agree = {"H100": "h100-pcie", "h-100": "H100 PCIe"}
    assert shipped.resolve("hardware", "H100", aliases=agree) == "h100-pcie"


def test_the_error_survives_the_way_to_another_process(shipped: Catalog) -> None:
    with pytest.raises(UnresolvedName) as error:
        shipped.resolve("hardware", "H100")
    again = pickle.loads(pickle.dumps(error.value))
    assert str(again) == str(error.value)
    assert again.candidates == error.value.candidates


def test_facts_and_entities_of_an_id_that_is_none(shipped: Catalog) -> None:
    with pytest.raises(UnresolvedName):
        shipped.facts("hardware", "H100")
    with pytest.raises(UnresolvedName):
        shipped.entity("model", "llama")


def test_a_search_finds_what_a_lookup_refuses(shipped: Catalog) -> None:
    assert [match.id for match in shipped.find("h100")][:3] == [
        "h100-nvl",
        "h100-pcie",
        "h100-sxm5",
    ]
    assert "mi355x" in [match.id for match in shipped.find("instinct mi355")]
    assert "llama-3.3-70b" in [match.id for match in shipped.find("lama-3.3-70b")]
    assert shipped.find("") == []
    assert shipped.find("zzzzzzzz") == []
    assert len(shipped.find("nvidia", limit=5)) == 5


names = st.text(max_size=40)


@given(names)
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(
    names, st.lists(st.sampled_from([" ", "\t", "_", "-", "\u00a0"]), max_size=5), st.integers(0)
)
def test_blanks_underscores_and_hyphens_do_not_count(
    name: str, filling: list[str], at: int
) -> None:
    at %= len(name) + 1
    assert fold(name[:at] + "".join(filling) + name[at:]) == fold(name)


@given(
    st.sampled_from(EVERY_NAME), st.sampled_from([str.upper, str.lower, str.title, str.swapcase])
)
def test_the_case_of_a_name_does_not_count(named: tuple[Kind, str, str], change: object) -> None:
    kind, entry_id, name = named
    if is_scoped(name) or fold(name) in AMBIGUOUS.get((kind, ""), {}):
        return
    assert callable(change)
    changed = change(name)
    if not is_scoped(changed) and fold(changed) == fold(name):
        assert load().resolve(kind, changed) == entry_id


FOLDED = {(kind, fold(name)) for kind, _, name in EVERY_NAME if not is_scoped(name)}


@given(st.sampled_from(EVERY_NAME), st.data())
def test_no_near_match_ever_resolves(named: tuple[Kind, str, str], data: st.DataObject) -> None:
    """A name with one character changed, added or left out is another name."""
    kind, _, name = named
    at = data.draw(st.integers(0, len(name)))
    drop = data.draw(st.integers(0, 1))
    put = data.draw(st.text(max_size=1))
    near = name[:at] + put + name[at + drop :]
    if (kind, fold(near)) in FOLDED:
        return
    with pytest.raises(UnresolvedName) as error:
        load().resolve(kind, near)
    assert error.value.candidates == ()


@given(st.sampled_from(KINDS), names)
def test_a_lookup_ends_in_an_id_or_in_the_one_error(kind: Kind, name: str) -> None:
    try:
        found = load().resolve(kind, name)
    except UnresolvedName as error:
        described = (error.kind, error.name)
        assert described == (kind, name)
    else:
        assert found in load().ids(kind)
