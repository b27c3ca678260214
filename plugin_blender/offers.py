# SPDX-License-Identifier: GPL-3.0-or-later
"""What wants money is shown with its price, by each generator and all together, until it is sent or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from . import pump
from .drawing import draw_text
from .offer import Offer

__all__ = ["CLASSES", "draw_offers"]


def draw_offers(layout: Any, offers: list[Offer], titles: Mapping[str, str]) -> None:
    """Each with its price, and what may be done."""
    for place, offer in enumerate(offers):
        box = layout.box()
        asked, price = offer.prepared.asked, offer.price
        a_take = " a take" if asked.takes > 1 else ""
        cost = price.words + a_take if price.known else "what nobody has said yet"
        draw_text(box, f"{asked.element} costs {cost}. Nothing has been sent yet.", "INFO")
        each = price.each(titles)
        draw_text(box, f"{each}." if each else "")
        for name, quote in price.by:
            for rule in quote.rules if quote is not None else ():
                if rule.stops:
                    draw_text(
                        box, f"{titles.get(name, name)}: rule {rule.rule}: {rule.message}. {rule.remedy}", "ERROR"
                    )
        row = box.row(align=True)
        send = f"Send for {cost}" if price.known else "Send: the Engine Will Ask"
        row.operator("platewright.send_offer", text=send, icon="PLAY").place = place
        row.operator("platewright.drop_offer", text="", icon="X").place = place


class _OfOffer:
    """An operator about one of them."""

    __annotations__ = {"place": bpy.props.IntProperty(options={"SKIP_SAVE", "HIDDEN"})}


class PLATEWRIGHT_OT_send_offer(_OfOffer, bpy.types.Operator):  # type: ignore[misc]
    """Send it for the price that stands here; what would cost more waits for a person"""

    bl_idname = "platewright.send_offer"
    bl_label = "Platewright: Send for Its Price"

    def execute(self, context: Any) -> set[str]:
        """Send it."""
        pump.flow().send_offer(self.place)
        return {"FINISHED"}


class PLATEWRIGHT_OT_drop_offer(_OfOffer, bpy.types.Operator):  # type: ignore[misc]
    """Send nothing; what was drawn can be used again"""

    bl_idname = "platewright.drop_offer"
    bl_label = "Platewright: Don't Send"

    def execute(self, context: Any) -> set[str]:
        """Forget it."""
        offers = pump.flow().offers
        if 0 <= self.place < len(offers):
            offers.pop(self.place)
        return {"FINISHED"}


CLASSES = (PLATEWRIGHT_OT_send_offer, PLATEWRIGHT_OT_drop_offer)
