"""The words of commands and notes mean what the table says that they mean."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference import features
from tests.reference.phrases import BOTH, COMMANDS, NOTES, PHRASES, Phrase


def named(phrase: Phrase) -> str:
    return ascii(" + ".join(text for text in phrase[:2] if text is not None))


@pytest.mark.parametrize("phrase", PHRASES, ids=named)
def test_a_phrase_says_what_it_says(phrase: Phrase) -> None:
    found = Phrase(
        phrase.command,
        phrase.notes,
        features.speculation(phrase.command, phrase.notes),
        features.prefix_caching(phrase.command, phrase.notes),
        features.kv_cache_bits(phrase.command),
    )
    assert found == phrase


def test_the_table_is_wide() -> None:
    assert len(set(PHRASES)) == len(PHRASES) >= 80
    assert min(len(COMMANDS), len(NOTES), len(BOTH)) > 5
    for answers in (
        Counter(phrase.speculation for phrase in PHRASES),
        Counter(phrase.caching for phrase in PHRASES),
        Counter(phrase.kv_cache_bits for phrase in PHRASES),
    ):
        assert len(answers) >= 3
        assert min(answers.values()) >= 3


texts = st.none() | st.sampled_from([phrase.notes for phrase in NOTES]) | st.text(max_size=30)


@given(command=texts, notes=texts)
def test_a_line_of_its_own_that_says_on_wins(command: str | None, notes: str | None) -> None:
    more = f"{notes or ''}\nwith MTP\nprefix caching"
    assert features.speculation(command, more) is True
    assert features.prefix_caching(command, more) is True


@given(command=texts, notes=texts)
def test_a_line_of_its_own_that_says_off_answers_only_what_was_not_said(
    command: str | None, notes: str | None
) -> None:
    more = f"{notes or ''}\nwithout MTP\nno prefix caching"
    assert features.speculation(command, more) is bool(features.speculation(command, notes))
    assert features.prefix_caching(command, more) is bool(features.prefix_caching(command, notes))


@given(command=texts, notes=texts)
def test_case_does_not_matter(command: str | None, notes: str | None) -> None:
    upper = [None if text is None else text.upper() for text in (command, notes)]
    lower = [None if text is None else text.upper().lower() for text in (command, notes)]
    for topic in (features.speculation, features.prefix_caching):
        assert topic(*upper) is topic(*lower)


@pytest.mark.parametrize(
    ("text", "offloads"),
    [
        ("llama-server -m m.gguf -ngl 99", True),
        ("llama-server -m m.gguf -NGL 99", True),
        ("-ngl", True),
        ("serve --n-gpu-layers 20", True),
        ("serve --n_gpu_layers=20", True),
        ("vllm serve m --cpu-offload-gb 40", True),
        ("with KTransformers", True),
        ("Offloading to the host", True),
        ("serve --single-nglx 1", False),
        ("serve x-ngl", False),
        ("serve X-NGL 9", False),
        ("serve n.gpu.layers", False),
        ("", False),
    ],
)
def test_weights_outside_the_cards_are_seen_in_command_and_notes(text: str, offloads: bool) -> None:
    assert features.may_offload(text, None) is offloads
    assert features.may_offload(None, text) is offloads
    assert features.may_offload(None, None) is False
