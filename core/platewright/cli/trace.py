"""`platewright trace`: find the take that a picture came from, by its hash and then by its fingerprint."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .console import Console
from .options import full_path, use_threads

if TYPE_CHECKING:
    from platewright.provenance.trace import Match, Trace

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright trace grab_from_the_web.jpg --in elements

A hash is proof that the file is the very one; a fingerprint gives candidates, nearest first, with how sure that is: up
to 24 bits away is what codecs, sizes, crops and grades do; unrelated pictures come no nearer than about 100.
exit codes: 0 found something; 6 found nothing.
"""
_SAID = {"almost sure": "it is almost surely", "probable": "it is probably", "possible": "it may be"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("file", metavar="FILE", help="a picture, stripped and re-encoded as it may be")
    parser.add_argument("--in", dest="root", required=True, metavar="ROOT", help="the root folder of all elements")
    parser.add_argument("--colour-space", default="", metavar="NAME", help="of an EXR that does not say its own")


def run(options: argparse.Namespace, console: Console) -> int:
    """Look in the ledger and in the records. Raises PlatewrightError."""
    from platewright.contract.errors import VerificationFailed
    from platewright.jobs.tracing import trace_file

    use_threads(options)
    path, root = Path(full_path(options.file)), Path(full_path(options.root))
    found = trace_file(path, root, options.colour_space)
    _tell(console, found)
    console.document({"file": str(path), "root": str(root), "trace": found})
    return 0 if found.exact or found.candidates else VerificationFailed.exit_code


def _tell(console: Console, found: Trace) -> None:
    for match in found.exact:
        console.say(f"it is {_words(match)}")
    for match in found.candidates:
        console.say(f"{_SAID[match.certainty]} {_words(match)}, {match.distance} of 256 bits away")
    if found.candidates:
        console.say("A fingerprint is no proof: neighbouring frames, and a plate and its changed version, are near.")
    elif not found.exact:
        console.say("nothing like it was found" + (" (the picture is too plain to tell)" if found.featureless else ""))


def _words(match: Match) -> str:
    entry = match.entry
    return f"frame {entry.frame} of {entry.element} v{entry.version:03d} (manifest {entry.manifest})"
