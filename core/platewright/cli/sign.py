"""`platewright sign`: the final comp of a shot gets its own manifest, with the generated elements in it."""

from __future__ import annotations

import argparse

from platewright.contract.checks import ElementUse
from platewright.contract.deliveries import CompAsk

from .console import Console
from .options import full_path, use_threads

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright sign 'comp/sh010_comp_v012.####.exr' --element elements/rig/rig_v003.take.json \\
      --plate 'plate/sh010.####.exr' --frames 1001-1100

It writes sh010_comp_v012.comp.json and its manifest beside the frames, which stay as they are. Frames of the render,
the takes and the plate go by the same numbers. The share of a take is what its matte covers.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add = parser.add_argument
    add("render", metavar="RENDER", help="the comp's frames (a pattern), or one file")
    add("--element", action="append", default=[], metavar="TAKE", help="a take that is in it (may be repeated)")
    add("--plate", default="", metavar="PATTERN", help="the plate it is over (default: the first take's)")
    add("--frames", default="", metavar="RANGE", help="the frames to sign, and no others (default: all)")
    add("--replace", action="store_true", help="it was rendered again: sign it in place of the earlier one")


def run(options: argparse.Namespace, console: Console) -> int:
    """Hash, count and sign. Raises PlatewrightError."""
    from platewright.engine.checking import trust_at
    from platewright.jobs.comps import sign_render
    from platewright.provenance.identity import load_identity
    from platewright.settings.layers import load_settings

    use_threads(options)
    ask = CompAsk(
        render=full_path(options.render),
        elements=tuple(ElementUse(full_path(one)) for one in options.element),
        plate=full_path(options.plate) if options.plate else "",
        frames=options.frames,
        replace=options.replace,
    )
    identity = load_identity(load_settings().signing())  # before the long work
    trust = trust_at(ask.render, *(use.record for use in ask.elements))
    with console.working() as report:
        done = sign_render(ask, identity, report, trust=trust)
    console.say(f"{done.record}: {done.frames} frames signed as {done.source_type}")
    console.say(f"  {done.mean:.2%} of the picture is generated on average, {done.most:.2%} at most")
    console.findings(done.findings)
    console.document(done)
    return 0
