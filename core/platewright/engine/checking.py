"""The check before publish, as the process does it that opens files (see looks)."""

from __future__ import annotations

from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
from platewright.contract.errors import CheckCouldNotRun
from platewright.contract.progress import Silent
from platewright.jobs import check as jobs_check
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.settings.layers import load_settings

__all__ = ["check", "confirm"]


def check(asked: CheckAsk) -> SignedGate:
    """Check and sign. Raises RequestError, ManifestError for a profile that can't be read, SigningError."""
    settings = load_settings().signing()
    identity = load_identity(settings)  # before the long work: a report that nobody can sign opens nothing
    return jobs_check.sign_gate(jobs_check.check(asked, Silent(), trust_anchors(settings)), identity)


def confirm(signed: SignedGate) -> GateVerdict:
    """Whether a report opens the gate now."""
    try:
        jobs_check.confirm(signed, trust_anchors(load_settings().signing()))
    except CheckCouldNotRun as error:
        return GateVerdict(False, error.code, error.message)
    return GateVerdict(True)
