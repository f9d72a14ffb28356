"""Numbers and values as words: three significant digits, units, and why a value is absent."""

from __future__ import annotations

import datetime as dt
from functools import cache

from pipelines.contracts import Column, columns, contracts

#: Numbers from here on are written as powers of ten even in a column.
_LONGEST = 1e9
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def shown(value: object) -> str:
    """A value as the page shows it; an en dash if there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _digits(value)
    if isinstance(value, dt.datetime):
        return f"{value.day} {value:%B %Y, %H:%M} UTC"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%B %Y}"
    return str(value)


def _digits(value: float) -> str:
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.2e}".partition("e")
    exponent = int(power)
    if not -4 <= exponent <= 8:
        return f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}"
    rounded = float(f"{mantissa}e{power}")
    text = f"{rounded:,.{max(0, 2 - exponent)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value: float | None, decimals: int) -> str:
    """A number in a column whose numbers all have the same number of decimals."""
    least = 10.0**-decimals
    if value is None or abs(value) >= _LONGEST:
        return shown(value)
    return f"< {least:.{decimals}f}" if 0 < value < least / 2 else f"{value:,.{decimals}f}"


def precise(value: float) -> str:
    """Return a number with up to six significant digits, to tell two specifications apart."""
    return f"{float(f'{value:.6g}'):,}".removesuffix(".0")


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 case`, `2 cases`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


@cache
def column(name: str, mart: str = "mart_case_metrics") -> Column:
    """Return the column of a mart as its contract describes it."""
    return next(found for found in columns(contracts()[mart]) if found.name == name)


def hint(name: str) -> str:
    """The description of a column of mart_case_metrics, with its formula."""
    found = column(name)
    return f"{found.description} ({found.formula})" if found.formula else found.description


def anchor(case_id: str) -> str:
    """Return the anchor of a case; ids have no colon, so it cannot be that of a section."""
    return case_id if case_id.startswith("case-") else f"case:{case_id}"
