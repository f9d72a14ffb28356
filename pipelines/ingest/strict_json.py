"""JSON and YAML as benchmark tools write them, read into the same plain values.

Both are stricter than Python's own readers where silence would lose data: a key that stands
twice in one object is kept in mind, an integer of thousands of digits is infinite instead of
a crash, and YAML has no anchors, dates or tags, and `on` and `off` are texts. Both are laxer
in one point: NaN and Infinity are numbers, since tools write them.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

#: Values nested deeper than this are not read; DuckDB takes no deeper JSON apart either.
MAX_DEPTH = 128
#: Digits of the largest integer that a double can hold.
_MAX_DIGITS = 309

Path = tuple[str | int, ...]


class Repeated(dict[str, Any]):
    """An object in which a key appears twice; the last of its values is kept."""

    keys_twice: tuple[str, ...] = ()


def build_object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these pairs; a `Repeated` one if a key occurs twice."""
    pairs = list(pairs)
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    found = Repeated(plain)
    count = Counter(key for key, _ in pairs)
    found.keys_twice = tuple(key for key in plain if count[key] > 1)
    return found


def build_integer(digits: str) -> int | float:
    """Return an integer, or infinity if it has more digits than a double can hold."""
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return -math.inf if digits.startswith("-") else math.inf


DECODER = json.JSONDecoder(object_pairs_hook=build_object, parse_int=build_integer)


def containers(value: object) -> Iterator[tuple[Path, Any]]:
    """Yield every object and list within a value, itself included, with its path.

    Raises RecursionError if the value is nested deeper than MAX_DEPTH.
    """
    pending: list[tuple[Path, Any]] = [((), value)]
    while pending:
        path, one = pending.pop()
        if len(path) > MAX_DEPTH:
            raise RecursionError
        if isinstance(one, dict):
            yield path, one
            pending += [((*path, key), inner) for key, inner in one.items() if _holds(inner)]
        elif isinstance(one, list):
            yield path, one
            pending += [((*path, at), inner) for at, inner in enumerate(one) if _holds(inner)]


def _holds(value: object) -> bool:
    return isinstance(value, dict | list)


def keys_twice(value: object) -> list[Path]:
    """Return the paths of all keys that appear twice in one object, in order.

    Raises RecursionError if the value is nested deeper than MAX_DEPTH.
    """
    found = [
        (*path, key)
        for path, one in containers(value)
        if isinstance(one, Repeated)
        for key in one.keys_twice
    ]
    return sorted(found, key=spell)


def spell(path: Path) -> str:
    """Return a path as text: `metrics.latency[0].p50`, odd names in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part == "[]":
            text += part
        else:
            name = part if re.fullmatch(r"[\w*-]+", part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text.encode(errors="backslashreplace").decode()


def canonical(value: object) -> str:
    """Return a value as JSON text that does not depend on the order of keys or on blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class _Loader(yaml.SafeLoader):
    """Reads the core schema of YAML 1.2, without anchors."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="anchors (*name) are not read",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RecursionError
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def build_mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        pairs = []
        for key, inner in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key is not a plain text", problem_mark=key.start_mark
                )
            pairs.append((key.value, self.construct_object(inner, deep=True)))
        return build_object(pairs)

    def build_list(self, node: yaml.SequenceNode) -> list[Any]:
        return [self.construct_object(inner, deep=True) for inner in node.value]

    def build_float(self, node: yaml.ScalarNode) -> float:
        return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))

    def build_unknown(self, node: yaml.Node) -> None:
        raise yaml.MarkedYAMLError(
            problem=f"the tag {node.tag} is not read", problem_mark=node.start_mark
        )


_CORE = "tag:yaml.org,2002:"
_Loader.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)"
        r"|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(_CORE + _kind, re.compile(f"^(?:{_pattern})$"), _first)
_Loader.yaml_constructors = {
    _CORE + "null": lambda loader, node: None,
    _CORE + "bool": lambda loader, node: node.value.lower() == "true",
    _CORE + "int": lambda loader, node: build_integer(node.value),
    _CORE + "float": _Loader.build_float,
    _CORE + "str": lambda loader, node: node.value,
    _CORE + "map": _Loader.build_mapping,
    _CORE + "seq": _Loader.build_list,
    None: _Loader.build_unknown,
}


def load_yaml(text: str) -> list[Any]:
    """Return the documents of a YAML text.

    Raises yaml.YAMLError, whose first line says what is wrong, and RecursionError.
    """
    try:
        return list(yaml.load_all(text, Loader=_Loader))
    except yaml.reader.ReaderError as error:
        raise yaml.YAMLError(f"{error.reason}, character {error.position}") from None


def explain_yaml(error: yaml.YAMLError) -> str:
    """Return what is wrong with a YAML text, and in which line, in one line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem
