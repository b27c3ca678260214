"""`platewright repair`: bring back a lost manifest, sign a record again, write a missing disclosure report."""

from __future__ import annotations

import argparse
from pathlib import Path

from .console import Console
from .options import full_path

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright repair fetch elements/rig/rig_v003.take.json --from /mnt/backup/elements
  platewright repair stamp elements/rig/rig_v003.take.json --who p-0900
  platewright repair disclose elements --to comp/platewright.disclosure.json

fetch brings record and manifest back bit for bit as the ledger has them; stamp signs a record again that the ledger
knows and whose manifest is lost or has expired; disclose writes the report that goes with a final. No frame is written,
and the ledger has a signed line of each.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("kind", choices=("fetch", "stamp", "disclose"), help="what to do")
    parser.add_argument("takes", nargs="+", metavar="TAKE", help="takes' records; for a report also folders of takes")
    parser.add_argument(
        "--from", dest="sources", action="append", default=[], metavar="FOLDER", help="where copies may lie"
    )
    parser.add_argument("--to", default="", metavar="FILE", help="where the disclosure report goes")
    parser.add_argument("--who", default="", metavar="ID", help="opaque id of the person who asks")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it and say what was written. Raises PlatewrightError."""
    from platewright.contract.repairs import RepairAsk
    from platewright.jobs.places import takes_at
    from platewright.jobs.repairs import repair
    from platewright.settings.layers import load_settings

    records: list[str] = []
    for one in options.takes:
        path = Path(full_path(one))
        records += [str(place.record) for place in takes_at(path)] if path.is_dir() else [str(path)]
    asked = RepairAsk(
        options.kind,
        tuple(records),
        sources=tuple(full_path(one) for one in options.sources),
        to=full_path(options.to) if options.to else "",
        who=options.who,
    )
    done = repair(asked, load_settings().signing())
    console.say(done.message)
    console.document(done)
    return 0
