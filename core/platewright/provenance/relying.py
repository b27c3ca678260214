"""What is built upon somebody's manifest, a comp upon its takes and a delivery upon its comp, rests on who signed it.

A signer who was revoked is refused here, before something new is signed over it, and not only at the next check; so is
one of what is inside. One whom nobody vouches for is told, as `verify` tells it.
"""

from __future__ import annotations

from dataclasses import replace

from platewright.contract.errors import ManifestError
from platewright.contract.findings import Finding

from .bound_files import signature_findings
from .reading import ManifestReport

__all__ = ["signer_findings"]


def signer_findings(report: ManifestReport, name: str, what: str = "take") -> tuple[Finding, ...]:
    """What to say of the signer of something that is built upon; the caller refuses one that does not hold.

    name, what: `rig_v003`, `take`. Raises ManifestError `signer_revoked`.
    """
    signers = [(name, report.signer)] if report.revoked else []
    signers += [(f"{one.title} in {name}", one.signer) for one in report.carried if one.revoked]
    if signers:
        signed, signer = signers[0]
        raise ManifestError(
            f"{signed} was signed by '{signer}', whose certificate is on the list of revoked ones",
            code="signer_revoked",
            hint="Find out what was signed with it; what the ledger still knows can be signed again, then try again.",
        )
    return tuple(replace(one, message=f"{name}: {one.message}") for one in signature_findings(report, what))
