"""The first and the last validator: all were found, all ran; see publish.sentinels."""

from __future__ import annotations

from typing import Any

from pyblish import api

from platewright.publish import refusing, roster, sentinels

__all__ = ["PlatewrightFirstSentinel", "PlatewrightLastSentinel"]


class PlatewrightFirstSentinel(api.ContextPlugin):
    """Fails unless every plug-in of Platewright was found."""

    label = "Platewright: every check is there"
    order = api.ValidatorOrder - 0.49
    families = ["*"]
    targets = roster.TARGETS

    def process(self, context: Any) -> None:
        """Compare what a publisher discovers with the roster."""
        try:
            sentinels.require_all_found(api.discover())
        except refusing.Refused as refused:
            raise refusing.refusal_for_host(refused) from refused


class PlatewrightLastSentinel(api.ContextPlugin):
    """Fails unless every validator of Platewright ran on everything."""

    label = "Platewright: every check was run"
    order = api.ValidatorOrder + 0.49
    families = ["*"]
    targets = roster.TARGETS

    def process(self, context: Any) -> None:
        """Compare what ran with the roster."""
        try:
            sentinels.require_all_ran(context)
        except refusing.Refused as refused:
            raise refusing.refusal_for_host(refused) from refused
