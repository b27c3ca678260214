"""`platewright verify`: is a take, a comp or a delivery whole, signed, by whom; did a take change only what it says?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import VerificationFailed
from platewright.contract.findings import Finding, Severity

from .console import Console
from .options import full_path, use_threads

if TYPE_CHECKING:
    from platewright.jobs.signed_things import SignedVerification
    from platewright.jobs.verify import Verification

__all__ = ["EXAMPLE", "add_options", "run", "tell_verification", "trusted_roots", "verification_document"]

EXAMPLE = """\
  platewright verify elements/rig_removal/rig_removal_v003.take.json
  platewright verify elements --plate '/mnt/show/sh010/plate.####.exr'
  platewright verify 'comp/sh010_comp_v012.####.exr'
  platewright verify delivered/sh010.mov

exit codes: 0 everything passed; 6 a check said no; 7 a check could not run, the plate not being at hand included.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "take", metavar="FILE|FOLDER", help="a take's or comp's record or frame, a folder of them, or a delivered file"
    )
    parser.add_argument("--plate", default="", metavar="PATTERN", help="where the plate is now (default: as recorded)")
    parser.add_argument("--matte", default="", metavar="PATTERN", help="where the matte is now (default: as recorded)")
    parser.add_argument("--without-plate", action="store_true", help="leave out the checks that need the plate")
    parser.add_argument("--trust", default="", metavar="ROOT.pem", help="a further root certificate to trust")
    parser.add_argument("--trusted-only", action="store_true", help="fail when nobody here vouches for the signer")


def run(options: argparse.Namespace, console: Console) -> int:
    """Verify all that is signed behind the path, and the ledger of a root folder. Raises PlatewrightError."""
    from platewright.jobs.ledger import LEDGER_NAME, Ledger
    from platewright.jobs.places import TakePlace
    from platewright.jobs.signed_things import signed_at, verify_signed
    from platewright.jobs.verify import verify

    use_threads(options)
    path = Path(full_path(options.take))
    places = signed_at(path)
    trust = trusted_roots(options.trust)
    plate = full_path(options.plate) if options.plate else ""
    codes: set[int] = set()
    takes: list[dict[str, object]] = []
    signed: list[dict[str, object]] = []
    for index, place in enumerate(places, start=1):
        label = f"{index} of {len(places)}" if len(places) > 1 else ""
        with console.working(label) as report:
            if isinstance(place, TakePlace):
                take = verify(
                    place,
                    report,
                    trust=trust,
                    plate=plate,
                    matte=full_path(options.matte) if options.matte else "",
                    without_plate=options.without_plate,
                    trusted_only=options.trusted_only,
                )
                takes.append(verification_document(take))
                done: tuple[str, Verification | SignedVerification] = (place.stem, take)
            else:
                named = "" if options.without_plate else plate
                other = verify_signed(place, report, trust=trust, plate=named, trusted_only=options.trusted_only)
                signed.append(_signed_document(other))
                done = (place.name, other)
        tell_verification(console, *done)
        codes.add(done[1].exit_code)
    ledger: tuple[Finding, ...] = ()
    damaged = False
    if (path / LEDGER_NAME).exists():
        ledger = Ledger(path).check()
        damaged = any(finding.severity is Severity.ERROR for finding in ledger)
        console.say(f"ledger: {'failed' if damaged else 'passed'}")
        console.findings(ledger)
    # What said no outweighs what could not run: 6 before 7.
    code = min(codes - {0} | ({VerificationFailed.exit_code} if damaged else set()), default=0)
    console.document({"takes": takes, "signed": signed, "ledger": ledger, "passed": code == 0})
    return code


def trusted_roots(further: str) -> str:
    """The roots to trust as PEM text: those of this user's settings, and one more file."""
    from dataclasses import replace

    from platewright.provenance.identity import trust_anchors
    from platewright.settings.layers import load_settings

    settings = load_settings().signing()
    if further:
        settings = replace(settings, trust_file=Path(full_path(further)))
    return trust_anchors(settings)


def tell_verification(console: Console, name: str, found: Verification | SignedVerification) -> None:
    """The checks of a take, a comp or a delivery, for people."""
    console.say(f"{name}: {found.state.value}")
    for check in found.checks:
        console.say(f"  {check.name}: {check.state.value}: {check.message}")
    console.findings(found.findings)


def verification_document(found: Verification) -> dict[str, object]:
    """One take's checks, for programs."""
    place = found.place
    return {"record": str(place.record), "element": place.element, "version": place.version, **_outcome(found)}


def _signed_document(found: SignedVerification) -> dict[str, object]:
    """The checks of a comp or a delivery, for programs."""
    place = found.place
    return {"path": str(place.path), "name": place.name, "source_type": found.source_type, **_outcome(found)}


def _outcome(found: Verification | SignedVerification) -> dict[str, object]:
    manifest = found.manifest
    return {
        "state": found.state.value,
        "signer": manifest.signer if manifest else "",
        "signature": manifest.state if manifest else "",
        "time": manifest.time if manifest else "",
        "checks": [
            {"name": one.name, "state": one.state.value, "message": one.message, "needed": one.needed}
            for one in found.checks
        ],
        "findings": found.findings,
    }
