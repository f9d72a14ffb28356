"""Exact numbers that may be NULL: the arithmetic that the definitions assume."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Union

Operand = Union["Quantity", int, float]


class Quantity:
    """A number or NULL.

    A NULL operand or a denominator of 0 gives NULL; a comparison with NULL is false. A float is
    taken for the decimal number that it prints as, so that 0.1 + 0.2 is 0.3.
    """

    __slots__ = ("exact",)

    def __init__(self, exact: Fraction | None = None) -> None:
        self.exact = exact

    @property
    def known(self) -> bool:
        return self.exact is not None

    @property
    def number(self) -> float | None:
        """The nearest float; infinite beyond the largest."""
        if self.exact is None:
            return None
        try:
            return float(self.exact)
        except OverflowError:
            return math.copysign(math.inf, self.exact)

    @property
    def floor(self) -> int | None:
        return None if self.exact is None else math.floor(self.exact)

    @property
    def positive(self) -> Quantity:
        """NULL where it is 0 or below: not reported."""
        return self if self > 0 else NULL

    def or_else(self, other: Operand) -> Quantity:
        return self if self.known else quantity(other)

    def __add__(self, other: Operand) -> Quantity:
        left, right = self.exact, quantity(other).exact
        return NULL if left is None or right is None else Quantity(left + right)

    def __sub__(self, other: Operand) -> Quantity:
        left, right = self.exact, quantity(other).exact
        return NULL if left is None or right is None else Quantity(left - right)

    def __mul__(self, other: Operand) -> Quantity:
        left, right = self.exact, quantity(other).exact
        return NULL if left is None or right is None else Quantity(left * right)

    def __truediv__(self, other: Operand) -> Quantity:
        left, right = self.exact, quantity(other).exact
        return NULL if left is None or not right else Quantity(left / right)

    def __pow__(self, other: Operand) -> Quantity:
        """A power, the one operation that is not exact."""
        base, exponent = self.number, quantity(other).number
        return NULL if base is None or exponent is None else quantity(base**exponent)

    def __radd__(self, other: Operand) -> Quantity:
        return quantity(other) + self

    def __rsub__(self, other: Operand) -> Quantity:
        return quantity(other) - self

    def __rmul__(self, other: Operand) -> Quantity:
        return quantity(other) * self

    def __rtruediv__(self, other: Operand) -> Quantity:
        return quantity(other) / self

    def __abs__(self) -> Quantity:
        return NULL if self.exact is None else Quantity(abs(self.exact))

    def __lt__(self, other: Operand) -> bool:
        left, right = self.exact, quantity(other).exact
        return left is not None and right is not None and left < right

    def __gt__(self, other: Operand) -> bool:
        return quantity(other) < self

    def __le__(self, other: Operand) -> bool:
        left, right = self.exact, quantity(other).exact
        return left is not None and right is not None and left <= right

    def __ge__(self, other: Operand) -> bool:
        return quantity(other) <= self

    def differs_from(self, other: Operand) -> bool:
        """Both are known and not equal."""
        return self < other or self > other

    def __repr__(self) -> str:
        return f"Quantity({self.number})"


NULL = Quantity()


def quantity(value: Operand | None) -> Quantity:
    """A quantity from a number, or from None."""
    if isinstance(value, Quantity):
        return value
    if value is None or not math.isfinite(value):
        return NULL
    return Quantity(Fraction(value) if isinstance(value, int) else Fraction(repr(value)))


def largest(*values: Operand) -> Quantity:
    """The largest, or NULL where one is NULL."""
    return _extreme(max, values)


def smallest(*values: Operand) -> Quantity:
    """The smallest, or NULL where one is NULL."""
    return _extreme(min, values)


def _extreme(pick: Any, values: tuple[Operand, ...]) -> Quantity:
    exact = [quantity(value).exact for value in values]
    return NULL if None in exact else Quantity(pick(exact))
