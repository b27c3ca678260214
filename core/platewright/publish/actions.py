"""Repairs that are safe: they add what is missing and change no picture. Afterwards everything is checked again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyblish import api

from platewright.contract.checks import CheckAsk, SignedGate

from .extracting import folder_of, write_disclosure
from .roster import FAMILY

__all__ = ["CheckAgain", "WriteDisclosure"]


def _ours(context: Any) -> list[Any]:
    return [one for one in context if one.data.get("family") == FAMILY]


class CheckAgain(api.Action):
    """Throw the reports away, so that the next validation asks the engine anew."""

    label = "Check again"
    on = "failedOrWarning"
    icon = "refresh"

    def process(self, context: Any, plugin: Any) -> None:
        """Forget what was reported."""
        for instance in _ours(context):
            instance.data.pop("platewrightGate", None)


class WriteDisclosure(api.Action):
    """Write the disclosure report of the takes that are published, and name it to the check."""

    label = "Write the disclosure report"
    on = "failedOrWarning"
    icon = "file-text"

    def process(self, context: Any, plugin: Any) -> None:
        """Write it beside what is published, and forget the report that missed it."""
        for instance in _ours(context):
            signed, ask = instance.data.get("platewrightGate"), instance.data.get("platewrightAsk")
            if isinstance(signed, SignedGate) and isinstance(ask, CheckAsk):
                path = write_disclosure(signed, folder_of(instance) / "platewright.disclosure.json")
                roots = tuple(dict.fromkeys((*ask.roots, str(path.parent))))
                instance.data["platewrightAsk"] = replace(ask, disclosure=str(path), roots=roots)
                instance.data.pop("platewrightGate", None)
