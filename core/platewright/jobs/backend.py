"""What the jobs room has to know of a backend to queue, price and run its jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from platewright.contract.jobs import PriceLine
from platewright.contract.money import amount_of, cost
from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Deadlines, Vendor

from .run import Operate

__all__ = ["BUILTIN", "Backend", "Rate", "Sends"]


class Sends(Protocol):
    """How an operation lets a vendor work: each slot is sent and paid for once, whatever happens in between."""

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """The vendor's result for a slot, as a file. The same slot must have the same body when it is asked again.

        Raises BackendError, SendRefused, SendUnknown, Cancelled.
        """


@dataclass(frozen=True, slots=True)
class Rate:
    """What the worker's own time costs: a price for each second it works, as for a rented GPU.

    seconds: how long a request will take at most, for the quote. What is settled is what it really took, no more.
    """

    per_second: Cost
    seconds: Callable[[Request], Decimal]
    what: str = "GPU seconds"


@dataclass(frozen=True)
class Backend:
    """A backend of the registry.

    needs: capabilities a worker must have (`gpu`, `network`). at_once: its jobs on their way at the same time, 0 for
    no limit. vendor: who is sent to and paid, None where the worker makes it itself. rate: what the worker's time
    costs, None for nothing; only without a vendor. operate: the operation with this backend in it, None for the
    built-in ones. deadlines: how long each phase of its jobs may take.
    """

    name: str
    needs: frozenset[str] = frozenset()
    at_once: int = 0
    vendor: Vendor | None = None
    operate: Callable[[Request, Sends], Operate] | None = None
    rate: Rate | None = None
    deadlines: Deadlines = Deadlines()

    def price(self, request: Request) -> tuple[tuple[PriceLine, ...], str]:
        """The lines of the most that a request can cost, and their currency. Sends nothing."""
        if self.vendor is not None:
            return self.vendor.quote(request)
        if self.rate is None:
            return (), "USD"
        seconds, price = self.rate.seconds(request), self.rate.per_second
        amount = cost(seconds * amount_of(price), price.currency).amount
        return (PriceLine(self.rate.what, str(seconds), price.amount, amount),), price.currency


# A long shot takes as long as it takes: its steps are seen, and anybody can cancel it.
BUILTIN = Backend("builtin", deadlines=Deadlines(running_s=0))
