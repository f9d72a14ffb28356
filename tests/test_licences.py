"""Licences of sources as one expression, as ids, and in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from pipelines.metadata import licences


def source(license: str | None, **more: Any) -> dict[str, Any]:
    bare = {"attribution": None, "citation": None, "url": None, "files": 1, "problem": None}
    return {"id": "lab", "name": "Our lab", "license": license, **bare, **more}


@pytest.mark.parametrize(
    ("stated", "expression", "ids", "words"),
    [
        ("MIT", "MIT", ["MIT"], "MIT"),
        ("apache-2.0", "Apache-2.0", ["Apache-2.0"], "Apache-2.0"),
        ("mit OR cc0-1.0", "MIT OR CC0-1.0", ["MIT", "CC0-1.0"], "MIT OR CC0-1.0"),
        (
            "Apache-2.0 WITH LLVM-exception",
            "Apache-2.0 WITH LLVM-exception",
            ["Apache-2.0"],
            "Apache-2.0 WITH LLVM-exception",
        ),
        ("CC BY 4.0", "LicenseRef-lab", ["LicenseRef-lab"], "CC BY 4.0"),
        ("ask us", "LicenseRef-lab", ["LicenseRef-lab"], "ask us"),
        ("MIT AND (", "LicenseRef-lab", ["LicenseRef-lab"], "MIT AND ("),
        (None, "NOASSERTION", ["NOASSERTION"], "no licence stated"),
    ],
)
def test_a_licence_is_an_expression_ids_and_words(
    stated: str | None, expression: str, ids: list[str], words: str
) -> None:
    one = source(stated)
    assert licences.expression([one]) == licences.spdx(one) == expression
    assert licences.ids(one) == ids
    assert licences.words(one) == words


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (["MIT", "CC-BY-4.0", "MIT"], "CC-BY-4.0 AND MIT"),
        (["MIT AND CC0-1.0", "CC0-1.0"], "CC0-1.0 AND MIT"),
        (["(MIT AND CC0-1.0)", "MIT"], "CC0-1.0 AND MIT"),
        (["MIT OR CC0-1.0", "MIT"], "(MIT OR CC0-1.0) AND MIT"),
        (["MIT OR CC0-1.0", "mit or cc0-1.0"], "MIT OR CC0-1.0"),
        (["ask us", None], "LicenseRef-lab AND NOASSERTION"),
        ([], "NOASSERTION"),
    ],
)
def test_the_licences_of_several_sources_all_hold(stated: list[str | None], expected: str) -> None:
    assert licences.expression(map(source, stated)) == expected


SOME = ["MIT", "CC0-1.0", "MIT OR Apache-2.0", "MIT AND (CC0-1.0 OR CC-BY-4.0)", "ask us", "a (b"]


@given(st.lists(st.sampled_from(SOME), min_size=1))
def test_their_expression_is_one_of_spdx_in_whatever_order_they_come(stated: list[str]) -> None:
    found = licences.expression(map(source, stated))
    assert canonicalize_license_expression(found) == found
    assert licences.expression(map(source, reversed(stated))) == found
    assert licences.expression(map(source, stated * 2)) == found


@given(st.text(max_size=30))
def test_any_text_may_be_a_licence(stated: str) -> None:
    one = source(stated)
    if stated.strip():
        expression = licences.expression([one, source("MIT")])
        assert canonicalize_license_expression(expression) == expression
        assert licences.words(one).lower() in licences.credit(one).lower()
    else:
        assert licences.spdx(one) == "NOASSERTION"
        assert "no licence stated" in licences.credit(one)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "Derived from Our lab (MIT)."),
        ({"url": "https://lab.example/x"}, "Derived from Our lab (MIT): https://lab.example/x."),
        ({"attribution": "By us."}, "Derived from Our lab (MIT): By us."),
        ({"attribution": "By us, MIT"}, "Derived from Our lab: By us, MIT."),
        ({"attribution": "SUMMIT"}, "Derived from Our lab (MIT): SUMMIT."),
        ({"attribution": "Our labs"}, "Derived from Our lab (MIT): Our labs."),
        ({"attribution": "Our lab, Berlin"}, "Derived from Our lab, Berlin (MIT)."),
        ({"citation": "Lab 2026", "url": "https://x"}, "Derived from Our lab (MIT): Lab 2026."),
    ],
)
def test_a_sentence_credits_a_source_with_its_licence(said: dict[str, str], expected: str) -> None:
    assert licences.credit(source("MIT", **said)) == expected


def test_the_address_of_a_licence_is_that_of_spdx() -> None:
    assert licences.page("MIT") == "https://spdx.org/licenses/MIT.html"
    assert licences.page("LicenseRef-lab") is None
    assert licences.page("NOASSERTION") is None


def test_a_source_that_is_left_out_or_has_no_files_licenses_nothing() -> None:
    there, gone, empty = (
        source("MIT", id="a"),
        source("MIT", id="b", problem="is missing"),
        source("MIT", id="c", files=0),
    )
    manifest = {"sources": [there, gone, empty]}
    assert licences.in_build(manifest) == [there]
    assert licences.left_out(manifest) == [gone]
