"""`platewright extend`: grow the plate outward; its own pixels stay."""

from __future__ import annotations

import argparse
import re

from platewright.contract.errors import RequestError
from platewright.contract.request import Extend, Pads, Plate, Request
from platewright.contract.windows import Box

from .console import Console
from .making import make
from .options import (
    add_base_options,
    add_choice_options,
    add_generator_options,
    add_mark_options,
    add_plate_options,
    add_reference_options,
    add_take_options,
    base_of,
    choices_of,
    colour_of,
    generator_of,
    is_on,
    marks_of,
    plate_of,
)
from .reference_options import add_look_options, looks_of
from .rights_options import rights_of

__all__ = ["EXAMPLE", "PLACEMENTS", "add_options", "pads_for", "request_of", "run"]

EXAMPLE = """\
  platewright extend --plate 'plate.####.exr' --left 10% --right 200 --element wide --out elements
  platewright extend --plate 'plate.####.exr' --to 4096x2160 --placement center --grow-display
"""

# Where the plate stands in the larger picture: shares of the new pixels that go to its left and above it.
PLACEMENTS: dict[str, tuple[float, float]] = {
    "center": (0.5, 0.5),
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
    "top-left": (0.0, 0.0),
    "top-right": (1.0, 0.0),
    "bottom-left": (0.0, 1.0),
    "bottom-right": (1.0, 1.0),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_plate_options(parser)
    group = parser.add_argument_group("size (pixels, or percent of the plate)")
    for side in ("left", "right", "top", "bottom"):
        group.add_argument(f"--{side}", default="", metavar="N|N%", help=f"how much to add at the {side}")
    group.add_argument("--to", default="", metavar="WxH", help="the size to reach, as 4096x2160, instead of the sides")
    group.add_argument("--placement", choices=tuple(PLACEMENTS), default="center", help="where the plate stands in it")
    group.add_argument("--grow-display", action="store_true", help="grow the format too; else it becomes overscan")
    add_take_options(parser, "extension")
    add_base_options(parser, region=False)
    add_generator_options(parser)
    add_mark_options(parser)
    add_choice_options(parser)
    add_reference_options(parser)
    add_look_options(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the takes. Raises PlatewrightError."""
    return make(request_of(options), options, console)


def request_of(options: argparse.Namespace) -> Request:
    """What was asked for, in the contract's words. Raises InputError."""
    plate = plate_of(options)
    operation = Extend(
        pads=pads_for(options, _display_window(plate)),
        grow_display=options.grow_display,
        context=options.context,
        window=options.window,
        grain=is_on(options.grain),
        **choices_of(options),
    )
    return Request(
        operation=operation,
        element=options.element,
        plate=plate,
        references=(*marks_of(options), *looks_of(options)),
        **generator_of(options),
        rights=rights_of(options),
        colour=colour_of(options),
        base=base_of(options),
    )


def _display_window(plate: Plate) -> Box:
    from platewright.imaging.reading import probe
    from platewright.imaging.sequence import find_sequence

    sequence = find_sequence(plate.pattern, plate.frames, "plate")
    return probe(sequence.path(plate.frames.first), layer=plate.layer).display_window


def pads_for(options: argparse.Namespace, window: Box) -> Pads:
    """The pixels to add on each side of a display window. Raises RequestError for a size that can't be."""
    sides = {side: getattr(options, side) for side in ("left", "right", "top", "bottom")}
    if options.to:
        if any(sides.values()):
            raise RequestError("--to and the sides exclude each other", code="extend_invalid", hint="Use one of them.")
        return _to_size(options.to, options.placement, window)
    lengths = {side: window.width if side in ("left", "right") else window.height for side in sides}
    pads = Pads(**{side: _pixels(text, lengths[side], side) for side, text in sides.items()})
    if pads == Pads():
        raise RequestError(
            "nothing says how far to extend the plate",
            code="extend_invalid",
            hint="Give --left, --right, --top or --bottom, or --to 4096x2160.",
        )
    return pads


def _pixels(text: str, length: int, side: str) -> int:
    if not text:
        return 0
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,4})?)(%?)", text)
    if not match or not (match[2] or match[1].isdigit()):
        raise RequestError(
            f"--{side} {text[:40]} is neither pixels nor percent",
            code="extend_invalid",
            hint=f"Write it as --{side} 200 or --{side} 10%.",
        )
    return round(float(match[1]) * length / 100) if match[2] else int(match[1])


def _to_size(text: str, placement: str, window: Box) -> Pads:
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text)
    if not match:
        raise RequestError(f"--to {text[:40]} is not a size", code="extend_invalid", hint="Write it as 4096x2160.")
    across, down = int(match[1]) - window.width, int(match[2]) - window.height
    if across < 0 or down < 0 or across == down == 0:
        raise RequestError(
            f"--to {text} is not larger than the plate, which is {window.width}x{window.height}",
            code="extend_invalid",
            hint="Extending only adds; give a size that is larger in one direction and not smaller in the other.",
        )
    share_x, share_y = PLACEMENTS[placement]
    left, top = int(across * share_x), int(down * share_y)
    return Pads(left=left, right=across - left, top=top, bottom=down - top)
