"""The validators, one for each group of rules; see publish.gate. No base class: one would be discovered and run."""

from __future__ import annotations

from typing import Any

from pyblish import api

from platewright.publish import actions, gate, refusing, roster

__all__ = [
    "PlatewrightValidateContent",
    "PlatewrightValidateData",
    "PlatewrightValidateDisclosure",
    "PlatewrightValidateEvidence",
    "PlatewrightValidateLikeness",
    "PlatewrightValidateModels",
    "PlatewrightValidatePictures",
]


def _require(plugin: Any, instance: Any) -> None:
    try:
        gate.require_group(instance, type(plugin).__name__, plugin.log)
    except refusing.Refused as refused:
        raise refusing.refusal_for_host(refused) from refused


class PlatewrightValidateEvidence(api.InstancePlugin):
    """Fails where a rule about evidence of where it comes from holds it up, or could not be looked at."""

    label = "Platewright: evidence of where it comes from"
    order = api.ValidatorOrder + 0.1
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain, actions.FetchManifest, actions.SignAgain]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)


class PlatewrightValidateLikeness(api.InstancePlugin):
    """Fails where a rule about people and their consent holds it up, or could not be looked at."""

    label = "Platewright: people and their consent"
    order = api.ValidatorOrder + 0.15
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)


class PlatewrightValidateModels(api.InstancePlugin):
    """Fails where a rule about models and licences holds it up, or could not be looked at."""

    label = "Platewright: models and licences"
    order = api.ValidatorOrder + 0.2
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)


class PlatewrightValidateData(api.InstancePlugin):
    """Fails where a rule about what was sent where holds it up, or could not be looked at."""

    label = "Platewright: what was sent where"
    order = api.ValidatorOrder + 0.25
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)


class PlatewrightValidateContent(api.InstancePlugin):
    """Fails where a rule about what it is to the story holds it up, or could not be looked at."""

    label = "Platewright: what it is to the story"
    order = api.ValidatorOrder + 0.3
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)


class PlatewrightValidateDisclosure(api.InstancePlugin):
    """Fails where a rule about what has to be told holds it up, or could not be looked at."""

    label = "Platewright: what has to be told"
    order = api.ValidatorOrder + 0.35
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain, actions.WriteDisclosure]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)


class PlatewrightValidatePictures(api.InstancePlugin):
    """Fails where a rule about the pictures themselves holds it up, or could not be looked at."""

    label = "Platewright: the pictures themselves"
    order = api.ValidatorOrder + 0.4
    families = [roster.FAMILY]
    targets = roster.TARGETS
    actions = [actions.CheckAgain]

    def process(self, instance: Any) -> None:
        """Ask the gate."""
        _require(self, instance)
