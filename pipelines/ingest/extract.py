"""SQL that types JSON documents, generated from the contracts. All functions are pure.

A value that does not fit its type is NULL in its column and is listed in `problems` with its path
and text, so it is never lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.contracts import Column
from pipelines.warehouse.quoting import quote

_TEXT = "case when starts_with(leaf, '\"') then cast(leaf as json) ->> '$' end"
#: Maximum bytes of JSON of one value; 2,048 rows are in memory at once. No honest text is
#: near.
MAX_VALUE_BYTES = 40_000
_SIZED = ("text", "json", "texts")
#: Products and quotients of such numbers are finite. Adding 0 turns -0 into 0.
_NUMBER = (
    "case when try_cast(leaf as double) = 0 "
    "or abs(try_cast(leaf as double)) between 1e-30 and 1e30 "
    "then try_cast(leaf as double) + 0 end"
)
_WHOLE = (
    "case when abs(try_cast(leaf as double)) < 9007199254740992 "
    "and try_cast(leaf as double) = floor(try_cast(leaf as double)) "
    "then cast(try_cast(leaf as double) as bigint) end"
)
_TYPED = {
    "text": (_TEXT, "text"),
    "number": (_NUMBER, "a number that is 0, or 1e-30 to 1e30 in size"),
    "integer": (_WHOLE, "a whole number from -9e15 to 9e15"),
    "flag": ("case leaf when 'true' then true when 'false' then false end", "true or false"),
    "day": (
        "case when regexp_full_match(leaf, '\"\\d{4}-\\d{2}-\\d{2}\"') "
        "then try_cast(leaf[2:11] as date) end",
        "a date (YYYY-MM-DD)",
    ),
    "json": ("leaf", "JSON"),
    "length": (
        "case when starts_with(leaf, '[') then cast(json_array_length(leaf) as bigint) end",
        "a list",
    ),
    "texts": (
        "case when starts_with(leaf, '[') and len(list_filter(json_extract(leaf, '$[*]'), "
        "lambda x: not starts_with(x, '\"'))) = 0 "
        "then list_transform(json_extract(leaf, '$[*]'), lambda x: x ->> '$') end",
        "a list of texts",
    ),
}


def json_path(path: str) -> str:
    """Return `a.b` as DuckDB's JSON path `$."a"."b"`; the empty path is the document."""
    return "$" + "".join(f'."{part}"' for part in path.split(".") if part)


def typed(
    relation: str,
    doc: str,
    columns: Sequence[Column],
    keep: Sequence[str],
    prefix: str,
    parts: Mapping[str, str] | None = None,
) -> str:
    """Return a SELECT that types `columns` out of the JSON column `doc` of `relation`.

    Its columns are `keep`, the texts of `parts` (name -> path; null is NULL), the typed columns,
    and `problems`, a list of {path, reason}. `prefix` is put before each path, with the column
    `ordinal` for `{ordinal}`. The document must be an object, and so must everything above a
    leaf that is not null. The document is parsed once.
    """
    parts = parts or {}
    found = [column for column in columns if column.source is not None]
    sources = [column.source or "" for column in found]
    parents = sorted({source[:at] for source in sources for at in _dots(source)})
    paths = ", ".join(quote(json_path(path)) for path in [*sources, *parents, *parts.values()])

    def found_wrong(condition: str, source: str, *reason: str) -> str:
        path = quote(prefix + source).replace("{ordinal}", "', ordinal, '")
        return (
            f"case when {condition} then {{'path': concat({path}), "
            f"'reason': concat('is ', {', '.join(reason)})}} end"
        )

    def problem(condition: str, source: str, leaf: str, expected: str) -> str:
        return found_wrong(condition, source, f"left({leaf}, 60)", quote(f", not {expected}"))

    def too_long(source: str, leaf: str) -> str:
        most = f" bytes long; at most {MAX_VALUE_BYTES:,} are read"
        size = f"format('{{:,}}', strlen({leaf}))"
        return found_wrong(f"strlen({leaf}) > {MAX_VALUE_BYTES}", source, size, quote(most))

    values, problems = [], []
    if any(sources):
        text = f"cast({doc} as varchar)"
        problems.append(problem("not is_object", "", "shown", "an object"))
    else:
        text = "null"
    for position, column in enumerate(found, start=1):
        expression, expected = _TYPED[column.kind]
        leaf = f"leaves[{position}]"
        typed_ = expression.replace("leaf", leaf)
        wrong = f"{leaf} is not null and {column.name} is null"
        if column.kind in _SIZED:
            typed_ = f"case when strlen({leaf}) <= {MAX_VALUE_BYTES} then {typed_} end"
            problems.append(too_long(sources[position - 1], leaf))
            wrong += f" and strlen({leaf}) <= {MAX_VALUE_BYTES}"
        values.append(f"{typed_} as {column.name}")
        problems.append(problem(wrong, sources[position - 1], leaf, expected))
    for position, parent in enumerate(parents, start=len(found) + 1):
        leaf = f"leaves[{position}]"
        problems.append(problem(f"not starts_with({leaf}, '{{')", parent, leaf, "an object"))
    kept = ", ".join(keep)
    first = len(found) + len(parents) + 1
    texts = [f"leaves[{position}] as {name}" for position, name in enumerate(parts, start=first)]
    return f"""
    with leaf as (
        select
            {kept},
            left({text}, 60) as shown,
            starts_with({text}, '{{') as is_object,
            list_transform(
                json_extract({doc}, [{paths}]),
                lambda x: nullif(cast(x as varchar), 'null')
            ) as leaves
        from {relation}
    )
    select
        {", ".join([kept, *texts, *values])},
        list_filter([{", ".join(problems)}], lambda x: x is not null) as problems
    from leaf
    """


def _dots(path: str) -> list[int]:
    return [at for at, character in enumerate(path) if character == "."]


def elements(relation: str, key: str, list_json: str) -> str:
    """Return a SELECT of the elements of a JSON list: `key`, `ordinal` (from 0), `element`."""
    return f"""
    select {key}, cast(unnest(range(len(list_))) as bigint) as ordinal, unnest(list_) as element
    from (select {key}, json_extract({list_json}, '$[*]') as list_ from {relation})
    """
