"""`platewright deliver`: a movie or picture with the manifest of what it was made from inside."""

from __future__ import annotations

import argparse
from pathlib import Path

from platewright.contract.deliveries import DeliverAsk
from platewright.contract.errors import RequestError

from .console import Console
from .options import full_path, use_threads

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright deliver dailies/sh010.mov --from 'comp/sh010_comp_v012.####.exr' --to delivered/sh010.mov
  platewright deliver stills/*.jpg --from comp/sh010_comp_v012.comp.json --in-place

MOV, MP4, TIFF, PNG and JPEG. The XMP digital source type is written first; all else in the file's XMP is kept. Change
nothing in the file afterwards: a remux or an edit of its metadata breaks the manifest, or takes it away.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="what was exported")
    add("--from", dest="source", required=True, metavar="SIGNED", help="the signed comp or take that it was made from")
    add("--to", default="", metavar="FILE|FOLDER", help="where the file with the manifest goes")
    add("--in-place", action="store_true", help="write it in the place of the file itself")
    add("--replace", action="store_true", help="replace a file that is there already")


def run(options: argparse.Namespace, console: Console) -> int:
    """Hand each file over. Raises PlatewrightError; files before the one that failed are done."""
    from platewright.engine.checking import trust_at
    from platewright.jobs.delivering import deliver
    from platewright.provenance.identity import load_identity
    from platewright.settings.layers import load_settings

    use_threads(options)
    if bool(options.to) == options.in_place:
        raise RequestError(
            "say where the file goes", code="usage", hint="--to names a file or a folder; --in-place, the file itself."
        )
    to = Path(full_path(options.to)) if options.to else None
    if to is not None and len(options.files) > 1 and not to.is_dir():
        raise RequestError("several files go into a folder", code="usage", hint="Name one that is there with --to.")
    identity = load_identity(load_settings().signing())
    done = []
    for name in options.files:
        path = full_path(name)
        target = str(to / Path(path).name) if to is not None and to.is_dir() else str(to or path)
        ask = DeliverAsk(path, full_path(options.source), target, replace=options.replace or options.in_place)
        made = deliver(ask, identity, trust=trust_at(ask.source, ask.file))
        console.say(f"{made.path}: {made.source_type}, {made.size} bytes")
        console.findings(made.findings)
        done.append(made)
    console.document({"delivered": done})
    return 0
