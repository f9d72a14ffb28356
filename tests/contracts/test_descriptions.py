"""A name means one thing, and its description says so in plain words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from pipelines.contracts import Column, contracts, describe
from pipelines.contracts import columns as columns_of


def every() -> Iterator[tuple[str, Column]]:
    for name, contract in contracts().items():
        for column in columns_of(contract):
            yield name, column


def test_a_name_has_one_description() -> None:
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table, column in every():
        said[column.name][column.description].append(table)
    assert {name: dict(found) for name, found in said.items() if len(found) > 1} == {}


def test_a_quantity_has_one_unit() -> None:
    units: dict[str, dict[str | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table, column in every():
        if column.dtype.is_numeric():
            units[column.name][column.unit].append(table)
    assert {name: dict(found) for name, found in units.items() if len(found) > 1} == {}


def test_a_description_is_written_once() -> None:
    """A second table takes it over, by `carried`, `as_in` or a class that both share."""
    written: dict[str, set[str]] = defaultdict(set)
    for contract in contracts().values():
        for name, column in contract.to_schema().columns.items():
            if not {"carried_from", "as_in"} & column.metadata.keys():
                home = next(base for base in contract.__mro__ if name in vars(base))
                written[name].add(f"{home.__module__}.{home.__name__}")
    assert {name: homes for name, homes in written.items() if len(homes) > 1} == {}
    assert written.keys() >= {column.name for _, column in every() if not column.carried_from}


def test_flags_say_when_they_are_true_and_the_others_what_they_are() -> None:
    for table, column in every():
        is_flag = column.kind == "flag"
        assert column.description.startswith(("True if ", "True for ")) == is_flag, (table, column)
        assert not re.match(r"(What|Whether|How|Who|Where|When|Why|Which)\b", column.description)
        assert not column.description.endswith("."), (table, column.name)


def test_a_symbol_of_formulas_stands_for_one_column() -> None:
    symbols: dict[str, set[str]] = defaultdict(set)
    for _, column in every():
        for symbol in re.findall(r"\((\S+) in formulas\)", column.description):
            symbols[symbol].add(column.name)
    assert {symbol: names for symbol, names in symbols.items() if len(names) > 1} == {}
    assert symbols.keys() >= {"P", "D", "B", "C", "N", "n", "T", "A", "BW", "F", "w", "kv", "ctx"}


def test_a_table_says_what_a_row_is() -> None:
    for name, contract in contracts().items():
        assert re.match(r"One row( per |: )", describe(contract)), name
        assert describe(contract).endswith("."), name
