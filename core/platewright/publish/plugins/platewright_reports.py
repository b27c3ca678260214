"""Writes the disclosure report and the gate report, and shuts the gate where they don't allow it; see publish.gate."""

from __future__ import annotations

from typing import Any

from pyblish import api

from platewright.publish import extracting, gate, roster

__all__ = ["PlatewrightExtractDisclosure", "PlatewrightIntegrateGate"]


class PlatewrightExtractDisclosure(api.InstancePlugin):
    """Writes what has to be disclosed, and the signed gate report, beside what is published."""

    label = "Platewright: reports"
    order = api.ExtractorOrder
    families = [roster.FAMILY]
    targets = roster.TARGETS

    def process(self, instance: Any) -> None:
        """Write them."""
        extracting.write_reports(instance, extracting.folder_of(instance))


class PlatewrightIntegrateGate(api.ContextPlugin):
    """Refuses to integrate without a fresh, signed report; then nothing of the context is to be integrated."""

    label = "Platewright: the gate"
    order = api.IntegratorOrder - 0.49
    families = ["*"]
    targets = roster.TARGETS

    def process(self, context: Any) -> None:
        """Open the gate, or take every instance out of the publish and raise."""
        context.data["platewrightGateOpen"] = False
        ours = [one for one in context if one.data.get("family") == roster.FAMILY]
        try:
            if not ours:
                raise gate.nothing_collected()
            for instance in ours:
                gate.require_open_gate(instance)
        except BaseException:
            for instance in context:
                instance.data["publish"] = False  # integrators of others run although this one has failed
            raise
        context.data["platewrightGateOpen"] = True
