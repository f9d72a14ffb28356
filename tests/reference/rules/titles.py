"""Rules about titles that name another model or machine than the claim's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.reference.case import Item, at
from tests.reference.rules.registry import Claim, Outcome, rule

_LETTERS = "a-z0-9\u4e00-\u9fff"


def norm(text: str) -> str:
    """Lower case, `+` as `plus`, nothing but a–z, 0–9 and Chinese characters."""
    return re.sub(f"[^{_LETTERS}]", "", text.lower().replace("+", "plus"))


def model_names(item: Item) -> list[str]:
    return _texts(at(item, f"resolved.model.{key}") for key in ("name", "id"))


def hardware_names(item: Item) -> list[str]:
    """Names and ids, aliases, and the words of names that read like a part number."""
    hardware, server = at(item, "resolved.hardware"), at(item, "resolved.server")
    own = _texts(at(hardware, key) for key in ("name", "id"))
    listed = _texts(
        name for key in ("aliases", "chinese_names") for name in at(hardware, key) or []
    )
    of_server = _texts(at(server, key) for key in ("name", "id"))
    words = [
        word
        for name in own + _texts([at(server, "name")])
        for word in re.split(f"[^{_LETTERS}]", name.lower())
        if re.search("[a-z]", word) and re.search("[0-9]", word)
    ]
    return own + listed + of_server + words


def names_none(title: object, names: list[str]) -> bool:
    """The title says something, and none of the names is part of it."""
    if not isinstance(title, str) or title == "":
        return False
    return not any(norm(name) in norm(title) for name in names)


def _texts(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


@rule("consistency", "info")
def title_does_not_name_model(claim: Claim) -> Outcome:
    item = claim.case.item
    return Outcome(names_none(item.get("title"), model_names(item)))


@rule("consistency", "info")
def title_does_not_name_hardware(claim: Claim) -> Outcome:
    item = claim.case.item
    return Outcome(names_none(item.get("title"), hardware_names(item)))
