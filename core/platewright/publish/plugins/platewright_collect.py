"""Collects what is published and may hold generated pixels; see publish.collecting."""

from __future__ import annotations

from typing import Any

from pyblish import api

from platewright.publish import collecting, roster

__all__ = ["PlatewrightCollect"]


class PlatewrightCollect(api.ContextPlugin):
    """Puts an instance of Platewright beside everything that is published."""

    label = "Platewright: what is published"
    order = api.CollectorOrder + 0.49
    families = ["*"]
    targets = roster.TARGETS

    def process(self, context: Any) -> None:
        """Collect; never raises."""
        collecting.collect(context, list(api.registered_hosts()))
