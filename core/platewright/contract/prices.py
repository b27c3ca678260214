"""Prices: what a backend asks for its work, per image, second, megapixel, credit or second of a GPU; exact decimals.

    prices = (Price("image", Cost("0.02", "USD")), Price("second", Cost("0.15", "USD"), step="1"))
    lines, currency = price_lines(prices, Work(images=48, seconds=seconds_of(48, 24)))

A quote is the most that something may cost, so every rounding is upwards, and a price that needs what nobody has
counted is an error and not nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_UP, Context, Decimal
from typing import Literal

from .errors import RequestError
from .jobs import PriceLine
from .money import amount_of, cost
from .takes import Cost

__all__ = ["Price", "PriceUnit", "Work", "price_lines", "seconds_of"]

PriceUnit = Literal["image", "second", "megapixel", "credit", "gpu_second"]
_WORDS: dict[PriceUnit, str] = {
    "image": "images",
    "second": "seconds",
    "megapixel": "megapixels",
    "credit": "credits",
    "gpu_second": "GPU seconds",
}
_WIDE = Context(prec=60)
_MEGA = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """So much for each unit.

    step: units are counted in whole steps of so many, rounded up (`1`: every begun second); `0`: as they are. least:
    the fewest units that one piece is counted as. For megapixels a piece is an image, for all else the whole work.
    """

    unit: PriceUnit
    each: Cost
    step: str = "0"
    least: str = "0"


@dataclass(frozen=True, slots=True)
class Work:
    """How much there is to do, at most: images, pixels of each, and exact decimal texts of what else may be counted.

    None: nobody has counted it. seconds: of footage. gpu_seconds: that the worker itself takes.
    """

    images: int | None = None
    pixels: int | None = None
    seconds: str | None = None
    credits: str | None = None
    gpu_seconds: str | None = None


def seconds_of(frames: int, rate: int, per: int = 1) -> str:
    """The seconds of so many frames at `rate`/`per` frames a second (24000, 1001), rounded up at the 12th place."""
    if frames < 0 or rate < 1 or per < 1:
        raise RequestError(f"{frames} frames at {rate}/{per} have no length", code="price_uncounted")
    exact = _WIDE.divide(Decimal(frames) * per, Decimal(rate))
    return cost(exact, "XXX").amount


def price_lines(prices: Iterable[Price], work: Work) -> tuple[tuple[PriceLine, ...], str]:
    """A line for each price, and their currency; no lines and USD where there is no price.

    Raises RequestError: `price_uncounted` for what nobody has counted, `currency_mixed` for two currencies,
    `amount_invalid` for a price or a count that is none.
    """
    lines, currencies = [], []
    for price in prices:
        units = _units(price, work)
        each = amount_of(price.each)
        if each < 0:
            raise _not_a_price(price)
        amount = cost(_WIDE.multiply(units, each), price.each.currency)
        lines.append(PriceLine(_WORDS[price.unit], cost(units, "XXX").amount, price.each.amount, amount.amount))
        currencies.append(price.each.currency)
    if len(set(currencies)) > 1:
        raise RequestError(
            f"prices in {' and '.join(sorted(set(currencies)))} can't be added",
            code="currency_mixed",
            hint="Give a backend's prices in one currency; Platewright converts nothing.",
        )
    return tuple(lines), currencies[0] if currencies else "USD"


def _units(price: Price, work: Work) -> Decimal:
    """How many units of a price a work is."""
    if price.unit == "megapixel":
        images, pixels = _counted(price, work.images), _counted(price, work.pixels)
        return _WIDE.multiply(images, _billed(price, _WIDE.divide(pixels, _MEGA)))
    count: int | str | None = {
        "image": work.images,
        "second": work.seconds,
        "credit": work.credits,
        "gpu_second": work.gpu_seconds,
    }[price.unit]
    return _billed(price, _counted(price, count))


def _counted(price: Price, count: int | str | None) -> Decimal:
    if count is None:
        raise RequestError(
            f"it is paid by {_WORDS[price.unit]}, and nobody can tell how many there are",
            code="price_uncounted",
            hint="The backend's own settings have to say how it counts.",
        )
    found = amount_of(Cost(str(count), "XXX"))
    if found < 0:
        raise _not_a_price(price)
    return found


def _billed(price: Price, units: Decimal) -> Decimal:
    """The units as they are counted: in whole steps, and no fewer than the least."""
    step, least = amount_of(Cost(price.step, "XXX")), amount_of(Cost(price.least, "XXX"))
    if step < 0 or least < 0:
        raise _not_a_price(price)
    units = max(units, least)
    if not step:
        return units.quantize(Decimal("0.000000000001"), rounding=ROUND_UP, context=_WIDE)
    steps = _WIDE.divide(units, step).to_integral_value(rounding=ROUND_CEILING, context=_WIDE)
    return _WIDE.multiply(steps, step)


def _not_a_price(price: Price) -> RequestError:
    return RequestError(
        f"{price.each.amount[:40]} for each of {_WORDS[price.unit]} is no price",
        code="amount_invalid",
        hint="Prices and counts are 0 or more.",
    )
