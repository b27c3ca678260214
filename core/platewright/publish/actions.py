"""Repairs that are safe: they add what is missing and change no picture. Afterwards everything is checked again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyblish import api

from platewright.contract.checks import CheckAsk, SignedGate
from platewright.contract.repairs import RepairAsk, RepairKind, repairs_for

from .asking import engine_of
from .extracting import folder_of, write_disclosure
from .roster import FAMILY

__all__ = ["CheckAgain", "FetchManifest", "SignAgain", "WriteDisclosure"]


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


def _mend(context: Any, kind: RepairKind, log: Any) -> None:
    """Ask the engine for one kind of repair of every take whose findings it may help, and forget the reports."""
    engine = engine_of(context)
    for instance in _ours(context):
        signed, ask = instance.data.get("platewrightGate"), instance.data.get("platewrightAsk")
        if not isinstance(signed, SignedGate) or not isinstance(ask, CheckAsk):
            continue
        ill = {one.subject for one in signed.report.findings if kind in repairs_for(one.code)}
        takes = [one.path for one in signed.report.subjects if one.kind == "take" and one.name in ill]
        if takes:
            log.info(engine.repair(RepairAsk(kind, tuple(takes), ask.roots)).message)
            instance.data.pop("platewrightGate", None)


class FetchManifest(api.Action):
    """Bring a take's record and manifest back as the ledger has them, from a copy."""

    label = "Fetch the manifest back"
    on = "failedOrWarning"
    icon = "download"

    def process(self, context: Any, plugin: Any) -> None:
        """Fetch them; raises where there is no copy."""
        _mend(context, "fetch", self.log)


class SignAgain(api.Action):
    """Sign a take's record again, where the ledger knows it and its manifest is lost or has expired."""

    label = "Sign the record again"
    on = "failedOrWarning"
    icon = "pencil-square-o"

    def process(self, context: Any, plugin: Any) -> None:
        """Sign; raises where a frame or the record is not what was signed."""
        _mend(context, "stamp", self.log)


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
