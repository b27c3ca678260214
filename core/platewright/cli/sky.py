"""`platewright sky`: put another sky behind the foreground."""

from __future__ import annotations

import argparse
from typing import get_args

from platewright.contract.errors import RequestError
from platewright.contract.request import ReplaceSky, Request, SkyForm

from .console import Console
from .making import make
from .options import (
    add_generator_options,
    add_matte_options,
    add_plate_options,
    add_reference_options,
    add_take_options,
    colour_of,
    generator_of,
    is_on,
    matte_of,
    plate_of,
    reference_of,
)
from .reference_options import add_look_options, looks_of
from .rights_options import rights_of

__all__ = ["EXAMPLE", "add_options", "request_of", "run"]

EXAMPLE = """\
  platewright sky --plate 'plate.####.exr' --sky sunset.exr --relight 0.5 --element sky --out elements
  platewright sky --plate 'plate.####.exr' --sky procedural:sun=220/35,turbidity=3 --haze 0.6
  platewright sky --plate 'plate.####.exr' --backend comfyui-sky --prompt 'storm clouds at dusk'
"""
_PROCEDURAL = "procedural:"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_plate_options(parser)
    group = parser.add_argument_group("sky")
    group.add_argument(
        "--sky",
        default="",
        metavar="FILE|PATTERN|procedural:…",
        help="the new sky; or procedural:sun=AZ/EL,turbidity=T; not with a model, which paints one from --prompt",
    )
    group.add_argument(
        "--sky-form",
        choices=get_args(SkyForm),
        default="auto",
        help="what the picture is: a whole sphere, or flat (default: a sphere where it is twice as wide as high)",
    )
    group.add_argument("--horizon", type=float, default=None, metavar="Y", help="its height in the first frame, pixels")
    group.add_argument("--relight", type=float, default=0.5, metavar="0..1", help="how far the light follows the sky")
    group.add_argument("--haze", type=float, default=0.5, metavar="0..1", help="how far the sky fades at the horizon")
    group.add_argument("--field-of-view", type=float, default=None, metavar="DEGREES", help="horizontal")
    add_matte_options(parser, required=False)
    add_take_options(parser, "sky")
    add_generator_options(parser, context=False)
    add_reference_options(parser)
    add_look_options(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the takes. Raises PlatewrightError."""
    return make(request_of(options), options, console)


def request_of(options: argparse.Namespace) -> Request:
    """What was asked for, in the contract's words. Raises InputError."""
    for name in ("relight", "haze"):
        if not 0 <= getattr(options, name) <= 1:
            raise RequestError(f"--{name} must be 0 to 1", code="sky_invalid", hint=f"For instance --{name} 0.5.")
    if options.field_of_view is not None and not 1 <= options.field_of_view < 180:
        raise RequestError("--field-of-view must be 1 to 179 degrees", code="sky_invalid")
    procedural = options.sky.startswith(_PROCEDURAL)
    picture = (reference_of(options, "sky", options.sky),) if options.sky and not procedural else ()
    operation = ReplaceSky(
        sky=options.sky if procedural else "",
        horizon=options.horizon,
        relight=options.relight,
        haze=options.haze,
        field_of_view=options.field_of_view,
        window=options.window,
        grain=is_on(options.grain),
        form=options.sky_form,
    )
    return Request(
        operation=operation,
        element=options.element,
        plate=plate_of(options),
        matte=matte_of(options),
        references=(*picture, *looks_of(options)),
        **generator_of(options),
        rights=rights_of(options),
        colour=colour_of(options),
    )
