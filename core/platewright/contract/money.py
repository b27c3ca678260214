"""Money: exact decimal amounts in one currency at a time. Nothing is ever a float, and nothing is ever converted.

An amount is a plain decimal text (`12`, `0.25`), a currency its ISO 4217 code. Adding two currencies is an error:
a rate that nobody agreed to would make a budget a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Literal

from .errors import RequestError
from .takes import Cost

__all__ = [
    "EACH",
    "Budget",
    "BudgetScope",
    "BudgetState",
    "CostGroup",
    "CostLine",
    "add",
    "amount_of",
    "at_most",
    "cost",
    "negative",
    "total",
]

EACH = "*"
"""The name of a budget that every show, shot or user has who has none of their own."""
BudgetScope = Literal["show", "shot", "user"]
CostGroup = Literal["show", "shot", "user", "backend", "month"]

_AMOUNT = re.compile(r"-?\d{1,18}(?:\.\d{1,12})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
# 18 digits before the point and 12 behind it: a result that would lose one raises instead.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on what may be spent.

    scope, name: the show's id, `SHOW/SHOT` for a shot, the person's id for a user; EACH for each that has no budget of
    its own. limit: the hard stop.
    warn_at: share of the limit, 0 to 1 as decimal text, from which every quote and job says so.
    """

    scope: BudgetScope
    name: str
    limit: Cost
    warn_at: str = "0.8"


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget as it stands: spent, set aside for open jobs, and left of the limit."""

    budget: Budget
    spent: Cost
    reserved: Cost
    left: Cost
    warning: bool = False


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one show, shot, user, backend or month has cost, in one currency.

    uncertain: the part of `spent` that a backend may or may not have charged (a send nobody could settle).
    """

    group: str
    jobs: int
    spent: Cost
    reserved: Cost
    uncertain: Cost


def amount_of(value: Cost) -> Decimal:
    """The amount as an exact decimal. Raises RequestError for a text that is none, or a currency that can't be."""
    if not _AMOUNT.fullmatch(value.amount) or not _CURRENCY.fullmatch(value.currency):
        raise RequestError(
            f"'{value.amount[:40]} {value.currency[:10]}' is not an amount of money",
            code="amount_invalid",
            hint="Write it as 12.50 with a currency of three capital letters, as in EUR.",
        )
    return Decimal(value.amount)


def cost(amount: Decimal, currency: str) -> Cost:
    """An exact decimal as a cost, without an exponent and without needless zeros."""
    rounded = amount.quantize(Decimal("0.000000000001"), rounding=ROUND_UP, context=Context(prec=60))
    text = format(rounded, "f").rstrip("0").rstrip(".")
    return Cost("0" if text in ("", "-0") else text, currency)


def add(a: Cost, b: Cost) -> Cost:
    """The sum. Nothing at all has any currency; else raises RequestError `currency_mixed` for two of them."""
    one, other = amount_of(a), amount_of(b)
    if one == 0:
        return cost(other, b.currency if other else a.currency)
    if other == 0:
        return cost(one, a.currency)
    if a.currency != b.currency:
        raise RequestError(
            f"{a.currency} and {b.currency} can't be added",
            code="currency_mixed",
            hint="Give budgets and prices in one currency; Platewright converts nothing.",
        )
    return cost(_EXACT.add(one, other), a.currency)


def negative(value: Cost) -> Cost:
    """The amount with the other sign."""
    return cost(-amount_of(value), value.currency)


def total(values: Iterable[Cost], currency: str = "USD") -> Cost:
    """The sum of all; nothing in `currency` where there are none."""
    result = Cost("0", currency)
    for value in values:
        result = add(result, value)
    return result


def at_most(value: Cost, limit: Cost) -> bool:
    """Whether the value is no more than the limit. Nothing at all has any currency; else raises for two."""
    return amount_of(add(value, negative(limit))) <= 0
