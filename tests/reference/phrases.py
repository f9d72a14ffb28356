"""Phrases of commands and notes, and what they say by the letter of the definitions.

True is on, False is off, None is not said. Decided by reading the definitions, never by running
an implementation. Some readings are wrong about the world; those are here because two
implementations have to be wrong in the same way.
"""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    command: str | None
    notes: str | None
    speculation: bool | None = None
    caching: bool | None = None
    kv_cache_bits: int | None = None


def _command(
    text: str, speculation: bool | None, caching: bool | None, bits: int | None = None
) -> Phrase:
    return Phrase(text, None, speculation, caching, bits)


def _notes(text: str, speculation: bool | None, caching: bool | None) -> Phrase:
    return Phrase(None, text, speculation, caching)


COMMANDS = [
    # nothing is said
    _command("vllm serve meta-llama/Llama-3.3-70B-Instruct --max-model-len 32768", None, None),
    _command("python -m sglang.launch_server --model m --tp 8", None, None),
    _command("./server -m m.gguf --no-mmap -ngl 99", None, None),
    _command("sglang serve m --mem-fraction-static 0.85 --enable-mixed-chunk", None, None),
    _command("vllm serve m --swap-space 0", None, None),
    _command("", None, None),
    # prefix caching, on and off
    _command("vllm serve m --enable-prefix-caching", None, True),
    _command("vllm serve m --no-enable-prefix-caching", None, False),
    _command("vllm serve m --no_enable_prefix_caching", None, False),
    _command("vllm serve m --enable-prefix-caching=False", None, False),
    _command("vllm serve m --enable-prefix-caching 0", None, False),
    _command("vllm serve m --enable_prefix_caching true", None, True),
    _command('LLM(model="m", enable_prefix_caching=False)', None, False),
    _command('LLM(model="m", enable_prefix_caching=True, seed=0)', None, True),
    _command("tokenspeed serve m --disable-prefix-caching", None, False),
    _command("python -m sglang.launch_server --tp 8 --disable-radix-cache", None, False),
    _command("vllm serve m --prefix-caching-hash-algo sha256", None, True),
    _command("serve --model radixark/miles", None, True),
    _command("serve m, prefix caching off", None, False),
    _command("trtllm-serve m --options cfg.yml # enable_block_reuse: false", None, False),
    _command("trtllm-serve m --options {enable_block_reuse: true}", None, True),
    _command("serve --enable-apc", None, True),
    _command("serve --no-apc", None, False),
    _command("serve capcom/street", None, None),
    _command("serve --prefix-cache 0.5", None, True),  # 05 is not 0
    # one option says nothing of the next
    _command("vllm serve m --enable-prefix-caching --no-enable-chunked-prefill", None, True),
    _command("vllm serve m --no-enable-chunked-prefill --enable-prefix-caching", None, True),
    _command("vllm serve m \\\n  --enable-prefix-caching \\\n  --no-mmap", None, True),
    _command("vllm serve m --enable-prefix-caching --seed 0", None, True),
    _command("vllm serve m --enable-prefix-caching -O0", None, True),
    _command("vllm serve m; --enable-prefix-caching; disable nothing", None, True),
    _command("serve\r\n--no-enable-prefix-caching", None, False),
    _command("serve --enable-prefix-caching\r--no-x", None, True),
    _command("serve --enable-prefix-caching\f--no-x", None, True),
    # a vertical tab and a no-break space are no white space of RE2
    _command("serve --enable-prefix-caching\v--no-x", None, False),
    _command("serve --enable-prefix-caching\u00a0--no-x", None, False),
    _command("serve --enable-prefix-caching 2>&1 >/dev/null", None, False),
    # on once is on
    _command("vllm serve m --enable-prefix-caching --no-enable-prefix-caching", None, True),
    # speculation, on and off
    _command("sglang serve m --speculative-algorithm EAGLE --speculative-num-steps 3", True, None),
    _command("sglang serve m --speculative-num-steps 10", True, None),
    _command("sglang serve m --speculative-num-steps 0", False, None),
    _command("vllm serve m --Speculative-Config null", False, None),
    _command("vllm serve m --speculative-model none", False, None),
    _command('vllm serve m --speculative-config \'{"method": "mtp"}\'', True, None),
    # The option stands in a clause of its own, before the brace: on, whatever is inside.
    _command("vllm serve m --speculative-config '{\"num_speculative_tokens\": 0}'", True, None),
    _command("MTP=1 ./serve.sh", True, None),
    _command("MTP=0 ./serve.sh", False, None),
    _command("trtllm-serve m --spec_decode_nextn 3", True, None),
    _command("trtllm-serve m --spec_decode_nextn 0", False, None),
    _command("serve --draft-model small", True, None),
    _command("serve --draft-model=None", False, None),
    _command("serve --num-lookahead-slots 4", True, None),
    _command("serve --num-lookahead-slots 0", False, None),
    _command("serve --multi-token-prediction", True, None),
    _command("serve --use-mtp", True, None),
    _command("serve --disable-mtp", False, None),
    _command("serve --mtp false", False, None),
    _command("serve --heads MEDUSA", True, None),
    _command("ENABLE_SPECULATION=false serve", False, None),
    _command("serve -no-spec", None, None),
    _command("serve --numtp 8", None, None),
    _command("serve --unspeculated", None, None),
    _command("run --mode eagle2", True, None),
    _command("run --mode eagle-2", True, None),
    _command("run --mode eagle22", None, None),
    _command("run --mode eagles", None, None),
    _command("bench --platform 'Eagle Stream'", None, None),
    _command("bench --platform eagle-stream", True, None),  # not the platform's spelling
    # both
    _command("sglang --disable-radix-cache --speculative-algorithm EAGLE3", True, False),
    _command("sglang --disable-mtp --enable-prefix-caching", False, True),
    # the type of the KV cache
    _command("vllm serve m -tp 8 --kv-cache-dtype fp8", None, None, 8),
    _command("vllm serve m --kv-cache-dtype fp8_e4m3", None, None, 8),
    _command("vllm serve m --kv-cache-dtype=fp8-e5m2", None, None, 8),
    _command("vllm serve m --kv-cache-dtype int8", None, None, 8),
    _command("vllm serve m --kv-cache-dtype int8_per_token", None, None, None),
    _command("vllm serve m --kv-cache-dtype nvfp4", None, None, 4),
    _command("vllm serve m --kv-cache-dtype fp4_e2m1", None, None, 4),
    _command("vllm serve m --kv-cache-dtype int4", None, None, 4),
    _command("vllm serve m --kv_cache_dtype bfloat16", None, None, 16),
    _command("vllm serve m --kv-cache-dtype bf16", None, None, 16),
    _command("KV_CACHE_DTYPE=FP16 serve m", None, None, 16),
    _command("vllm serve m --kv-cache-dtype float16", None, None, 16),
    _command("vllm serve m --kv-cache-dtype float32", None, None, None),
    _command("vllm serve m --kv-cache-dtype auto", None, None, None),
    _command("vllm serve m --kv-cache-dtype auto --kv-cache-dtype fp8", None, None, None),
    _command("vllm serve m --kv-cache-dtype turbo_fp8", None, None, None),
    _command("vllm serve m --kv-cache-dtype 'fp8'", None, None, 8),
    _command("vllm serve m --kv-cache-dtype \n fp8", None, None, 8),
    _command('trtllm-serve m --options {"kv_cache_dtype": "fp8"}', None, None, 8),
    _command("vllm serve m --kvcache-dtype fp8", None, None, None),
    _command("vllm serve m --quantization fp8 --dtype bfloat16", None, None, None),
    _command("serve m --kv-cache-dtype fp8 --no-enable-prefix-caching --use-mtp", True, False, 8),
]

NOTES = [
    # speculation
    _notes("MTP n=2", True, None),
    _notes("Mit **MTP** n=2", True, None),
    _notes("MTP3 heads", None, None),
    _notes("sent through the smtp server", None, None),
    _notes("ＭＴＰ", None, None),  # full width is not ASCII
    _notes("EAGLE-3 head, acceptance length 2.4", True, None),
    _notes("EAGLE 3.1", True, None),
    _notes("eagle_2", True, None),
    _notes("Measured on Eagle Stream servers.", None, None),
    _notes("trained with speculators", True, None),
    _notes("lookahead decoding", True, None),
    _notes("draft model: Llama 1B", True, None),
    _notes("Draft_model null", False, None),
    _notes("Multi Token Prediction", True, None),
    _notes("multi-token prediction is disabled", False, None),
    _notes("NextN", True, None),
    _notes("nextn=0", False, None),
    _notes("Without MTP.", False, None),
    _notes("MTP disabled", False, None),
    _notes("MTP at 0 tokens", False, None),
    _notes("MTP 2.0", True, None),
    _notes("no MTP; no EAGLE", False, None),
    _notes("not_mtp", False, None),
    _notes("Medusa heads, never used", True, None),
    _notes("Medusa heads never used", False, None),
    _notes("offline run with MTP", True, None),
    _notes("it disables MTP", True, None),  # no such word in the list
    _notes("We did not disable MTP", False, None),
    _notes("We did not measure TTFT. MTP was used", True, None),
    _notes("temperature 0, MTP on", True, None),
    _notes("MTP on at temperature 0", False, None),
    _notes("MTP\noff", True, None),
    _notes("Speculation off for the warm-up; on later with MTP", True, None),
    # prefix caching
    _notes("prefix caching: none", None, False),
    _notes("prefix  caching", None, None),
    _notes("prefixcache", None, True),
    _notes("prefix-cached prompts, 73% hits", None, True),
    _notes("prefix cache hit rate 0%", None, False),
    _notes("prefix cache hit rate 0.97", None, True),
    _notes("prefix caching of vLLM 1.0 off", None, False),  # the dot is in a number
    _notes("RadixAttention", None, True),
    _notes("RadixAttention off", None, False),
    _notes("disabling radix cache", None, False),
    _notes("APC", None, True),
    _notes("APC is off", None, False),
    _notes("apcs", None, None),
    _notes("apc,off", None, True),
    _notes("block reuse", None, True),
    _notes("no block-reuse", None, False),
    _notes("No. Prefix caching.", None, True),
    _notes("nothing about it", None, None),
    _notes("prefix caching --no-x", None, False),  # options part commands only
    _notes("prefix caching {off}", None, False),  # braces, too
    _notes("--kv-cache-dtype fp8", None, None),  # a type counts in the command only
    # both
    _notes("No speculative decoding. Prefix caching on.", False, True),
    _notes("Speculative decoding is not used, prefix caching is", False, True),
    _notes("MTP and prefix caching are off", False, False),
    # Chinese
    _notes("前缀缓存", None, True),
    _notes("未启用前缀缓存", None, False),
    _notes("前缀缓存已关闭", None, False),
    _notes("前缀缓存:关", None, True),
    _notes("前缀缓存。off", None, True),
    _notes("无前缀缓存", None, False),
    _notes("开启前缀复用", None, True),
    _notes("停用前缀复用", None, False),
    _notes("使用MTP加速", True, None),
    _notes("不使用 MTP", False, None),
    _notes("不用 EAGLE", False, None),
    _notes("不支持推测解码", False, None),
    _notes("支持 MTP", True, None),
    _notes("投机解码：开启", True, None),
    _notes("推测解码未使用", False, None),
    _notes("禁用投机解码", False, None),
    _notes("没有使用推测解码", False, None),
    _notes("无投机解码", False, None),
    _notes("无 MTP", True, None),  # 无 says off only right before its three words
    _notes("关闭前缀缓存。使用推测解码", True, False),
    _notes("未开启前缀缓存；启用推测解码", True, False),
    _notes("没有前缀缓存，有推测解码", True, False),
    _notes("前缀缓存、投机解码均未开启", False, True),  # parted before it is denied
]

BOTH = [
    Phrase(None, None),
    Phrase("serve --no-enable-prefix-caching", "prefix caching on in the second run", None, True),
    Phrase("serve --speculative-algorithm EAGLE", "without MTP", True),
    Phrase("serve --disable-mtp", "no speculation", False),
    Phrase("serve --prefix", "caching"),
    Phrase("serve --disable-radix-cache", "with MTP", True, False),
    Phrase("serve --kv-cache-dtype auto", "--kv-cache-dtype fp8"),
]

PHRASES = [*COMMANDS, *NOTES, *BOTH]
