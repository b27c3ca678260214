"""`platewright compare`: two pictures, sequences or takes measured against each other, and a wipe to look at."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import RequestError

from .console import Console
from .options import full_path, use_threads

if TYPE_CHECKING:
    from platewright.jobs.comparison import Comparison, FrameComparison
    from platewright.jobs.pictures import Pictures

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright compare 'plate.####.exr' elements/rig_removal/rig_removal_v003.take.json --wipe wipe.png
  platewright compare a.exr b.exr --json

A take is shown over its plate. PSNR is in decibels in the tone space T for EXRs (scene-linear), in the files' own
encoding for all else; "identical" means every channel and window, bit for bit.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("a", metavar="A", help="a file, a pattern, or a take's record")
    parser.add_argument("b", metavar="B", help="likewise")
    parser.add_argument("--frames", default="", metavar="RANGE", help="only these (default: all that both have)")
    parser.add_argument("--plate", default="", metavar="PATTERN", help="where the plate of a take is now")
    parser.add_argument("--wipe", default="", metavar="FILE.png", help="write A and B in one picture")
    parser.add_argument("--wipe-at", type=float, default=0.5, metavar="0..1", help="where the line stands")
    parser.add_argument("--wipe-frame", type=int, default=None, metavar="N", help="default: where they differ most")


def run(options: argparse.Namespace, console: Console) -> int:
    """Measure and tell. Raises PlatewrightError."""
    from platewright.imaging.sequence import parse_frames
    from platewright.jobs.comparison import compare
    from platewright.jobs.pictures import pictures_at

    if not 0 <= options.wipe_at <= 1:
        raise RequestError("--wipe-at must be 0 to 1", code="usage")
    use_threads(options)
    frames = parse_frames(options.frames) if options.frames else None
    plate = full_path(options.plate) if options.plate else ""
    a, b = (pictures_at(full_path(text), frames, plate) for text in (options.a, options.b))
    with console.working() as report:
        found = compare(a, b, report, frames)
    _tell(console, found)
    document: dict[str, object] = {"a": options.a, "b": options.b, "comparison": found}
    if options.wipe:
        frame = _wipe_frame(found, options.wipe_frame)
        document["wipe"] = str(_write_wipe(a, b, frame, options))
        console.say(f"wipe of frame {frame.number}: {document['wipe']}")
    console.document(document)
    return 0


def _tell(console: Console, found: Comparison) -> None:
    for frame in found.frames:
        names = f"{frame.number}" if frame.number == frame.other else f"{frame.number} and {frame.other}"
        console.say(f"{names}: {_words(frame.identical, frame.psnr, frame.largest, frame.differing, frame.pixels)}")
        if frame.not_finite:
            console.say(f"  {frame.not_finite} pixels with NaN or infinity left out")
    if len(found.frames) > 1:
        words = _words(found.identical, found.psnr, found.largest, found.differing, found.pixels)
        console.say(f"all {len(found.frames)} frames: {words}")


def _words(identical: bool, psnr: float | None, largest: float, differing: int, pixels: int) -> str:
    if identical:
        return "identical bit for bit"
    if not differing:
        return "same picture, files differ (other channels, windows or number formats)"
    ratio = "" if psnr is None else f"PSNR {psnr:.2f} dB, "
    return f"{ratio}largest difference {largest:.6g}, {differing} of {pixels} pixels differ ({differing / pixels:.2%})"


def _wipe_frame(found: Comparison, wanted: int | None) -> FrameComparison:
    if wanted is None:
        return max(found.frames, key=lambda frame: (frame.differing, -frame.number))
    for frame in found.frames:
        if frame.number == wanted:
            return frame
    raise RequestError(f"frame {wanted} was not compared", code="frames_not_shared", hint="Choose one of the frames.")


def _write_wipe(a: Pictures, b: Pictures, frame: FrameComparison, options: argparse.Namespace) -> Path:
    from platewright.imaging.writing import write_picture
    from platewright.jobs.comparison import wipe_of

    target = Path(full_path(options.wipe))
    linear = a.is_linear and b.is_linear
    write_picture(target, wipe_of(a.read(frame.number), b.read(frame.other), options.wipe_at, linear=linear))
    return target
