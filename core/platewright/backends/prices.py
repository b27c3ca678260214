"""What vendors ask, as somebody has written it down: `prices.toml` in the home.

    [bria-fill]
    image = "0.04 USD"

Prices change by the month and by the contract, and a quote that is too low is a budget that does not hold. So a hosted
backend that ships without a price can't be used until there is one, and one that is written down wins.
"""

from __future__ import annotations

import typing

import tomllib

from platewright.contract.errors import RequestError
from platewright.contract.prices import Price, PriceUnit
from platewright.settings.schema import money_of

from .home import Home

__all__ = ["prices_of"]

_UNITS = typing.get_args(PriceUnit)


def prices_of(home: Home, name: str, known: tuple[Price, ...] = ()) -> tuple[Price, ...]:
    """A backend's prices: as the file says, else as known. Raises RequestError `prices_invalid`."""
    if not home.prices.is_file():
        return known
    try:
        tables = tomllib.loads(home.prices.read_text(encoding="utf-8"))
        table = tables.get(name)
        if table is None and all(isinstance(one, dict) for one in tables.values()):
            return known
        if not isinstance(table, dict) or not table or set(table) - set(_UNITS):
            raise ValueError(f"[{name}] names no unit of these")
        return tuple(Price(unit, money_of(table[unit])) for unit in _UNITS if unit in table)
    except (OSError, ValueError, TypeError) as error:
        raise RequestError(
            f"the prices in {home.prices} can't be read: {str(error)[:200]}",
            code="prices_invalid",
            hint='Write them as image = "0.04 USD" under the backend\'s name; units are ' + ", ".join(_UNITS) + ".",
        ) from error
