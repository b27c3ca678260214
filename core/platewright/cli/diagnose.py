"""`platewright diagnose`: a zip to send when something does not work, and what is in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from platewright.contract.endpoint import state_folder

from .console import Console
from .options import full_path

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright diagnose
  platewright diagnose --out /tmp/platewright-diagnosis.zip
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--out", default="platewright-diagnosis.zip", metavar="FILE", help="where the zip goes")


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the zip and say what is in it. Raises StorageError."""
    from platewright.engine.diagnosis import write_diagnosis

    target = Path(full_path(options.out))
    parts = write_diagnosis(target, state_folder())
    console.say(f"{target} holds:")
    for part in parts:
        console.say(f"  {part.name} ({part.size} bytes): {part.holds}")
    console.say(
        "No picture, no secret, no name of a person, machine or folder of yours is in it; look before you send it."
    )
    console.document(
        {"file": str(target), "parts": [{"name": p.name, "size": p.size, "holds": p.holds} for p in parts]}
    )
    return 0
