"""`platewright verify`: is a take whole, signed, by whom, and did it change only what it says?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import VerificationFailed
from platewright.contract.findings import Finding, Severity

from .console import Console
from .options import full_path, use_threads

if TYPE_CHECKING:
    from platewright.jobs.verify import Verification

__all__ = ["EXAMPLE", "add_options", "run", "tell_verification", "trusted_roots", "verification_document"]

EXAMPLE = """\
  platewright verify elements/rig_removal/rig_removal_v003.take.json
  platewright verify elements --plate '/mnt/show/sh010/plate.####.exr'

exit codes: 0 everything passed; 6 a check said no; 7 a check could not run, the plate not being at hand included.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("take", metavar="FILE|FOLDER", help="a take's record or frame, or a folder of takes")
    parser.add_argument("--plate", default="", metavar="PATTERN", help="where the plate is now (default: as recorded)")
    parser.add_argument("--matte", default="", metavar="PATTERN", help="where the matte is now (default: as recorded)")
    parser.add_argument("--without-plate", action="store_true", help="leave out the checks that need the plate")
    parser.add_argument("--trust", default="", metavar="ROOT.pem", help="a further root certificate to trust")
    parser.add_argument("--trusted-only", action="store_true", help="fail when nobody here vouches for the signer")


def run(options: argparse.Namespace, console: Console) -> int:
    """Verify every take behind the path, and the ledger of a root folder. Raises PlatewrightError."""
    from platewright.jobs.ledger import LEDGER_NAME, Ledger
    from platewright.jobs.places import takes_at
    from platewright.jobs.verify import verify

    use_threads(options)
    path = Path(full_path(options.take))
    places = takes_at(path)
    trust = trusted_roots(options.trust)
    done = []
    for index, place in enumerate(places, start=1):
        label = f"{index} of {len(places)}" if len(places) > 1 else ""
        with console.working(label) as report:
            found = verify(
                place,
                report,
                trust=trust,
                plate=full_path(options.plate) if options.plate else "",
                matte=full_path(options.matte) if options.matte else "",
                without_plate=options.without_plate,
                trusted_only=options.trusted_only,
            )
        tell_verification(console, found)
        done.append(found)
    ledger: tuple[Finding, ...] = ()
    damaged = False
    if (path / LEDGER_NAME).exists():
        ledger = Ledger(path).check()
        damaged = any(finding.severity is Severity.ERROR for finding in ledger)
        console.say(f"ledger: {'failed' if damaged else 'passed'}")
        console.findings(ledger)
    # What said no outweighs what could not run: 6 before 7.
    codes = sorted({found.exit_code for found in done} - {0}) + ([VerificationFailed.exit_code] if damaged else [])
    code = min(codes, default=0)
    console.document({"takes": [verification_document(found) for found in done], "ledger": ledger, "passed": code == 0})
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


def tell_verification(console: Console, found: Verification) -> None:
    """One take's checks, for people."""
    console.say(f"{found.place.stem}: {found.state.value}")
    for check in found.checks:
        console.say(f"  {check.name}: {check.state.value}: {check.message}")
    console.findings(found.findings)


def verification_document(found: Verification) -> dict[str, object]:
    """One take's checks, for programs."""
    manifest = found.manifest
    return {
        "record": str(found.place.record),
        "element": found.place.element,
        "version": found.place.version,
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
