"""Money: an exact decimal amount with its currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact

MINOR_DIGITS = {"KRW": 0, "JPY": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "JOD": 3}
"""Digits after the point by ISO 4217 where they are not two."""


WIDE = Context(prec=200)
"""Wide enough for sums and products of DECIMAL(38, 12); Python's own context rounds at 28."""
_EXACT = Context(prec=200, traps=[Inexact])


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies met; converting needs a rate and a date."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency; arithmetic is exact and never crosses currencies."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(_EXACT.multiply(self.amount, factor), self.currency)

    def __neg__(self) -> "Money":
        return Money(_EXACT.minus(self.amount), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    def rounded(self) -> "Money":
        """To the minor unit of the currency, half to even: what an invoice shows."""
        unit = Decimal(1).scaleb(-MINOR_DIGITS.get(self.currency, 2))
        return Money(self.amount.quantize(unit, ROUND_HALF_EVEN, WIDE), self.currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency}")
        return other.amount


def plain(amount: Decimal) -> str:
    """The shortest decimal text without an exponent: 1E+3 is 1000, 0.50 is 0.5."""
    text = format(amount or Decimal(0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
