"""What a request costs by each generator that is to make it, and by all of them together. Knows no Qt and no host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from platewright.client.replies import Reply
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import Quote
from platewright.contract.money import add, amount_of, at_most
from platewright.contract.takes import Cost

from .asked import Asked
from .words import money, tr

__all__ = ["Price", "ask_prices", "covers", "is_free"]


@dataclass(frozen=True)
class Price:
    """by: each generator's name and its quote, None where it gave none; the chosen one first."""

    by: tuple[tuple[str, Quote | None], ...] = ()

    @property
    def first(self) -> Quote | None:
        """That of the chosen generator."""
        return self.by[0][1] if self.by else None

    @property
    def known(self) -> bool:
        """Whether every generator has said its price."""
        return bool(self.by) and all(quote is not None for _, quote in self.by)

    def of(self, backend: str) -> Quote | None:
        """A generator's; None where it is not known."""
        return dict(self.by).get(backend)

    def sums(self) -> tuple[Cost, ...]:
        """What all of it costs: an amount for each currency, for nothing is ever converted. Free things have none."""
        found: dict[str, Cost] = {}
        for _, quote in self.by:
            if quote is not None and amount_of(quote.cost):
                found[quote.cost.currency] = add(found.get(quote.cost.currency, Cost()), quote.cost)
        return tuple(found.values())

    @property
    def words(self) -> str:
        """The sum, as people read it: `4.50 XTS`, or `0.40 USD + 3 XTS`."""
        return " + ".join(map(money, self.sums())) or tr("free")

    def each(self, titles: Mapping[str, str]) -> str:
        """Each one's and the sum as a sentence; empty where there is only one. titles: of generators by their names."""
        if len(self.by) < 2:
            return ""
        said = [f"{titles.get(name, name)} {_words(quote)}" for name, quote in self.by]
        together = tr("together {price}", price=self.words) if self.known else tr("the sum is not known yet")
        return f"{', '.join(said)}; {together}"


def _words(quote: Quote | None) -> str:
    if quote is None:
        return tr("has not said its price")
    return tr("free, {take} is this very request", take=quote.answered_by) if quote.answered_by else money(quote.cost)


def is_free(quote: Quote | None) -> bool:
    """Whether it costs nothing, whatever the matte covers: an earlier take's answer depends on the files."""
    return quote is not None and not quote.answered_by and not amount_of(quote.cost)


def covers(shown: Quote | None, wanted: Cost) -> bool:
    """Whether a price is no more than what was shown. Nothing at all needs no look."""
    try:
        return at_most(wanted, shown.cost if shown is not None else Cost())
    except PlatewrightError:
        return False  # in another currency


def ask_prices(each: Sequence[Asked], ask: Callable[[Asked], Reply[Quote]], then: Callable[[Price], None]) -> None:
    """Ask what each costs; `then` is called once, when all have answered."""
    found: dict[str, Quote | None] = {}

    def asked(one: Asked) -> None:
        def heard(reply: Reply[Quote]) -> None:
            found[one.backend] = reply.value
            if len(found) == len(each):
                then(Price(tuple((other.backend, found[other.backend]) for other in each)))

        ask(one).then(heard)

    for one in each:
        asked(one)
