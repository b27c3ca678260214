# SPDX-License-Identifier: GPL-3.0-or-later
"""What wants money and is ready: it waits until the artist has seen its price, by each generator and all together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from platewright.contract.request import Matte
from platewright.panel.price import Price

from .preparing import Prepared

__all__ = ["Offer"]


@dataclass(frozen=True)
class Offer:
    """A request that is ready, on which scene, and what it costs."""

    scene: str
    prepared: Prepared
    matte: Matte | None
    price: Price

    def accepted(self) -> tuple[Prepared, ...]:
        """One for each generator, with the price that was seen as the most that is accepted."""
        each = []
        for one in self.prepared.asked.each():
            quote = self.price.of(one.backend)
            asked = replace(one, accept_cost=quote.cost if quote is not None else None)
            each.append(replace(self.prepared, asked=asked))
        return tuple(each)
