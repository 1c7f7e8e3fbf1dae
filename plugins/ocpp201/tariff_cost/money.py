"""Amounts of money with and without taxes (OCPP 2.1 part 2, PriceType and TaxRateType). Decimal, never float."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any, Protocol

ZERO = Decimal(0)
_HUNDRED = Decimal(100)


class Rate(Protocol):
    """A tax: so many percent, on top of those with a lower stack."""

    @property
    def tax(self) -> Decimal: ...

    @property
    def stack(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Amount:
    """What something costs."""

    excl: Decimal = ZERO
    incl: Decimal = ZERO

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.excl + other.excl, self.incl + other.incl)

    def __bool__(self) -> bool:
        return bool(self.excl or self.incl)

    def rounded(self, decimals: int) -> "Amount":
        """To so many decimals, half up, as a receipt does it."""
        return Amount(rounded(self.excl, decimals), rounded(self.incl, decimals))

    def as_price(self) -> dict[str, Any]:
        """As PriceType, or TotalPriceType."""
        return {"exclTax": plain(self.excl), "inclTax": plain(self.incl)}


NOTHING = Amount()


def taxed(net: Decimal, rates: Iterable[Rate]) -> Amount:
    """A net amount with its taxes."""
    return Amount(net, net * factor(rates))


def untaxed(gross: Decimal, rates: Iterable[Rate]) -> Amount:
    """An amount that has its taxes in it."""
    by = factor(rates)
    return Amount(gross / by if by else gross, gross)


def factor(rates: Iterable[Rate]) -> Decimal:
    """What a net amount is multiplied by: taxes of one stack add up, each stack is on top of the one below it."""
    found = Decimal(1)
    for _, level in groupby(sorted(rates, key=lambda rate: rate.stack), key=lambda rate: rate.stack):
        found *= 1 + sum((rate.tax for rate in level), ZERO) / _HUNDRED
    return found


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """To so many decimals, half up."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def plain(value: Decimal) -> int | float:
    """As a number of JSON: the shortest one that says the same."""
    return int(value) if value == value.to_integral_value() else float(value)
