"""What the jobs room has to know of a backend to queue, price and run its jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from platewright.contract.jobs import PlateShape, PriceLine
from platewright.contract.prices import Price, Work, price_lines
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Deadlines, Sends, Vendor
from platewright.rights.case import Generator

from .run import Operate

__all__ = ["BUILTIN", "Backend", "Rate"]


@dataclass(frozen=True, slots=True)
class Rate:
    """What the worker's own time costs: a price for each second it works, as for a rented GPU.

    seconds: how long a request will take at most, for the quote. What is settled is what it really took, no more.
    """

    per_second: Cost
    seconds: Callable[[Request], Decimal]


@dataclass(frozen=True)
class Backend:
    """A backend of the registry.

    needs: capabilities a worker must have (`gpu`, `network`). at_once: its jobs on their way at the same time, 0 for
    no limit. vendor: who is sent to and paid, None where the worker makes it itself. prices, counts: what a vendor
    asks, and how much of it a request is, where the vendor's own `quote` doesn't say. rate: what the worker's time
    costs, None for nothing; only without a vendor. operate: the operation with this backend in it, None for the
    built-in ones. deadlines: how long each phase of its jobs may take. quote: the lines of the most that a request can
    cost and their currency, before all else that could say so, by its files or by what its plate will be like; sends
    nothing, raises RequestError. whole: its operation
    is given all frames, as the built-in ones are, and leaves out those in `PatchWriter.kept`.
    gated: as the gate of rights sees it; None: as plain as it is: it learned from data unless it is built in, and
    nothing is known of its vendor.
    """

    name: str
    needs: frozenset[str] = frozenset()
    at_once: int = 0
    vendor: Vendor | None = None
    operate: Callable[[Request, Sends], Operate] | None = None
    rate: Rate | None = None
    deadlines: Deadlines = Deadlines()
    prices: tuple[Price, ...] = ()
    counts: Callable[[Request], Work] | None = None
    quote: Callable[[Request, PlateShape | None], tuple[tuple[PriceLine, ...], str]] | None = None
    whole: bool = False
    gated: Generator | None = None

    @property
    def generator(self) -> Generator:
        """As the gate of rights sees it."""
        return self.gated or Generator(self.name, local=self.vendor is None, trained=self.operate is not None)

    def price(self, request: Request, unseen: PlateShape | None = None) -> tuple[tuple[PriceLine, ...], str]:
        """The lines of the most that a request can cost, and their currency. Sends nothing. Raises InputError.

        unseen: what the plate will be like, where there are no files yet.
        """
        if self.quote is not None:
            return self.quote(request, unseen)
        if self.prices:
            return price_lines(self.prices, self.counts(request) if self.counts is not None else Work())
        if self.vendor is not None:
            return self.vendor.quote(request)
        if self.rate is None:
            return (), "USD"
        return price_lines(
            [Price("gpu_second", self.rate.per_second)], Work(gpu_seconds=str(self.rate.seconds(request)))
        )


# A long shot takes as long as it takes: its steps are seen, and anybody can cancel it.
BUILTIN = Backend("builtin", deadlines=Deadlines(running_s=0))
