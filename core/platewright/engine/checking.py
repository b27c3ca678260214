"""The check before publish and its repairs, as the process does them that opens files (see looks)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
from platewright.contract.errors import CheckCouldNotRun
from platewright.contract.progress import Silent
from platewright.contract.repairs import RepairAsk, Repaired
from platewright.jobs import check as jobs_check
from platewright.jobs import repairs
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.settings.layers import load_settings, show_of

from .opening import rights_settings

__all__ = ["by_settings", "check", "confirm", "repair", "trust_at"]


def by_settings(asked: CheckAsk) -> CheckAsk:
    """What was asked, with the show's records and profiles as the settings of the paths' show say, where none is named.

    Profiles are added to, never replaced.
    """
    folders = [Path(path) if Path(path).is_dir() else Path(path).parent for path in asked.paths]
    show = show_of(*folders)
    settings = load_settings(show)
    rights = rights_settings(settings, show)
    there = rights.folder if rights.folder is not None and rights.folder.is_dir() else None
    return replace(
        asked,
        show=asked.show or (str(there) if there is not None else ""),
        profiles=tuple(dict.fromkeys((*asked.profiles, *rights.profiles))),
    )


def trust_at(*paths: str) -> str:
    """The roots and the lists of revoked certificates that a check of these paths goes by. Raises SigningError."""
    return jobs_check.with_lists(trust_anchors(load_settings().signing()), by_settings(CheckAsk(paths)).show)


def check(asked: CheckAsk) -> SignedGate:
    """Check and sign. Raises RequestError, ManifestError for a profile that can't be read, SigningError."""
    settings = load_settings().signing()
    identity = load_identity(settings)  # before the long work: a report that nobody can sign opens nothing
    return jobs_check.sign_gate(jobs_check.check(by_settings(asked), Silent(), trust_anchors(settings)), identity)


def confirm(signed: SignedGate) -> GateVerdict:
    """Whether a report opens the gate now."""
    try:
        jobs_check.confirm(signed, trust_anchors(load_settings().signing()))
    except CheckCouldNotRun as error:
        return GateVerdict(False, error.code, error.message)
    return GateVerdict(True)


def repair(asked: RepairAsk) -> Repaired:
    """Put right what can be. Raises as `jobs.repairs.repair` does."""
    return repairs.repair(asked, load_settings().signing())
