"""`platewright regenerate`: fill the matte's region over a frame range."""

from __future__ import annotations

import argparse
import re

from platewright.contract.errors import RequestError
from platewright.contract.request import Reference, Regenerate, Request

from .console import Console
from .making import make
from .options import (
    add_base_options,
    add_choice_options,
    add_generator_options,
    add_mark_options,
    add_matte_options,
    add_plate_options,
    add_reference_options,
    add_take_options,
    base_of,
    choices_of,
    colour_of,
    generator_of,
    is_on,
    marks_of,
    matte_of,
    plate_of,
    reference_of,
)
from .reference_options import add_look_options, looks_of
from .rights_options import rights_of

__all__ = ["EXAMPLE", "add_options", "request_of", "run"]

EXAMPLE = """\
  platewright regenerate --plate 'plate.####.exr' --matte 'matte.####.exr' \\
      --frames 1001-1016 --element rig_removal --out elements --takes 2
  platewright regenerate --plate 'plate.%04d.exr' --matte 'roto.%04d.exr' --anchor 1008=painted.exr
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_plate_options(parser)
    add_matte_options(parser, required=True)
    add_take_options(parser, "regenerated")
    add_base_options(parser)
    add_generator_options(parser)
    add_mark_options(parser)
    add_choice_options(parser)
    add_reference_options(parser)
    add_look_options(parser)
    group = parser.add_argument_group("what you already have")
    group.add_argument("--clean-plate", default="", metavar="FILE", help="your clean plate; obeyed where it covers")
    group.add_argument(
        "--anchor",
        action="append",
        default=[],
        metavar="FRAME=FILE",
        help="a frame painted by hand that the others follow; may be given again",
    )
    group.add_argument(
        "--seen",
        choices=("auto", "first", "never"),
        default="auto",
        help="with a model: what other frames show goes before it, or never (default: first, unless there is a prompt)",
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the takes. Raises PlatewrightError."""
    return make(request_of(options), options, console)


def request_of(options: argparse.Namespace) -> Request:
    """What was asked for, in the contract's words. Raises InputError."""
    return Request(
        operation=Regenerate(
            context=options.context,
            window=options.window,
            grain=is_on(options.grain),
            seen=options.seen,
            **choices_of(options),
        ),
        element=options.element,
        plate=plate_of(options),
        matte=matte_of(options),
        references=(*_references(options), *marks_of(options), *looks_of(options)),
        **generator_of(options),
        rights=rights_of(options),
        colour=colour_of(options),
        base=base_of(options),
    )


def _references(options: argparse.Namespace) -> tuple[Reference, ...]:
    found = [reference_of(options, "clean_plate", options.clean_plate)] if options.clean_plate else []
    for text in options.anchor:
        match = re.fullmatch(r"(-?\d{1,9})=(.+)", text)
        if not match:
            raise RequestError(
                f"--anchor {text[:80]} does not say which file belongs to which frame",
                code="anchor_invalid",
                hint="Write it as --anchor 1008=painted.1008.exr.",
            )
        found.append(reference_of(options, "anchor", match[2], int(match[1])))
    return tuple(found)
