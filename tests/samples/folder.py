"""A data folder of all samples: each folder a source, with the sidecars that its files need."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.ingest.readers.reading import SAMPLES
from tests.samples import silicon

#: Lines of a source's SOURCE.yml beside its mode, where it has any. Some samples are there to
#: be rejected.
SOURCES = {
    "aiconfigurator": "format: evokernel\nmode: snapshot",
    "inferencex": "mode: append\naccessed: 2026-09-01",
    "llama-bench": "mode: append\nmax_reject_share: 1",
    "llm-d": "mode: append\nmax_reject_share: 1",
    "mlperf": "mode: append\naccessed: 2026-09-01\nmax_reject_share: 1",
    "vllm": "mode: append\nmax_reject_share: 1",
}
_H200 = "hardware: h200-sxm\ncards: 4\nquantization: bf16\nparallel: {tp: 4}"
#: What the samples' origins say of the machines, as sidecars by their paths. The targets of
#: GuideLLM's file and of the hand-written ones were never there.
SIDECARS = {
    "aiperf/sidecar.yml": "cards: 1\nquantization: bf16\nengine: {id: vllm}",
    "argonne/sidecar.yml": (
        "aliases: {hardware: {Nvidia H100 GPU: h100-sxm5, Nvidia A100 GPU: a100-sxm4-40gb}}"
    ),
    "guidellm/sidecar.yml": (
        "hardware: h100-sxm5\ncards: 1\nmodel: llama-3.1-8b\nquantization: bf16\nengine: {id: vllm}"
    ),
    "inference-perf/sidecar.yml": (
        "hardware: h100-sxm5\ncards: 1\nmodel: meta-llama/Llama-3.1-8B-Instruct\n"
        'quantization: bf16\nengine: {id: vllm, version: "0.11.0"}\nprefix_caching: "off"'
    ),
    "llama-bench/synthetic_traps.sidecar.yml": (
        "aliases: {model: {llama-70b-q4_k_m.gguf: llama-3.1-70b}}"
    ),
    "llm-d/br_v0_1_example.sidecar.yml": "hardware: h100-sxm5",
    "llm-d/br_v0_2_1_example.sidecar.yml": "quantization: bf16",
    "sglang/sidecar.yml": f'{_H200}\nprefix_caching: "off"',
    "sglang/llama_3_3_70b_4xH200_online.sidecar.yml": "model: llama-3.3-70b",
    "sglang/llama_3_3_70b_4xH200_offline.sidecar.yml": "model: llama-3.3-70b",
    "vllm/sidecar.yml": _H200,
    "vllm/glm5_fp8_vllm_tp8_isl1024_osl128_conc16.seconds.sidecar.yml": (
        "cards: 8\nquantization: fp8\nparallel: {tp: 8}\nspeculative: {method: mtp, tokens: 1}"
    ),
}


def origins() -> list[Path]:
    """The folders of the samples."""
    assert SAMPLES is not None
    return sorted(path for path in SAMPLES.iterdir() if path.is_dir())


def lay(data: Path) -> Path:
    """Copy every sample into a data folder, and write what is to be said of it."""
    for origin in origins():
        folder = shutil.copytree(origin, data / "raw" / origin.name)
        said = SOURCES.get(origin.name, "mode: append")
        (folder / "SOURCE.yml").write_text(f"{said}\n", encoding="utf-8")
    table = data / "raw" / "aiconfigurator" / "silicon_refs.csv"
    content, _ = silicon.feed(table)
    table.unlink()
    (table.parent / "cases.json").write_text(json.dumps(content), encoding="utf-8")
    for name, text in SIDECARS.items():
        (data / "raw" / name).write_text(f"{text}\n", encoding="utf-8")
    return data
