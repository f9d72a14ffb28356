"""Files of every format as its tool writes them, from quantities that a test chooses."""

from __future__ import annotations

from tests.ingest.written import (
    aiperf,
    argonne,
    guidellm,
    inference_perf,
    inferencex,
    llama_bench,
    llmd,
    mlenergy,
    mlperf,
    sglang,
    trtllm,
    vllm,
)

#: By label: the id of the format, and which kind of its files it is.
FORMATS = {
    one.label: one
    for module in (
        aiperf,
        argonne,
        guidellm,
        inference_perf,
        inferencex,
        llama_bench,
        llmd,
        mlenergy,
        mlperf,
        sglang,
        trtllm,
        vllm,
    )
    for one in module.FORMATS
}
