"""Copies of a plate cut to its display window, for hosts that misplace a data window (Blender does: measured).

Inside the display window every bit is the plate's; what stands beyond it, and channels that are no picture, stay in
the plate's own files, which are the ones that takes are made from. Derived as `full_frames` is: they may be deleted.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.windows import Box
from platewright.contract.wire import PlateCopies
from platewright.imaging.frame import Frame, Pixels
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import find_sequence
from platewright.imaging.writing import write_frame

from .full_frames import FOLDER
from .storage import storage_errors

__all__ = ["copy_plate"]

_AS_OLD_NS = 2_000_000_000
"""Some file systems keep times to two seconds only."""


def copy_plate(root: Path, plate: str, frames: FrameRange, report: Reporter) -> PlateCopies:
    """Copy these frames of a plate below a root, those that have no copy of the file as it is now; say where they are.

    A frame appears whole or not at all. Raises PlateError, StorageError, Cancelled; RequestError `plate_not_exr` for
    files that have no data window.
    """
    sequence = find_sequence(plate, frames, "plate")
    folder = root / FOLDER / ".plates" / hashlib.sha256(plate.encode()).hexdigest()[:16]
    with storage_errors(folder, "write to"):
        folder.mkdir(parents=True, exist_ok=True)
    numbers, window = (frames.numbers[:1] if sequence.is_still else frames.numbers), Box.of_size(0, 0)
    for done, number in enumerate(numbers):
        report.step(Step("copying", done, len(numbers), number))
        source = sequence.path(number)
        copy = folder / source.name
        window = _copied(source, number, copy)
    report.step(Step("copying", len(numbers), len(numbers)))
    return PlateCopies(str(folder / Path(plate).name), str(frames), window.width, window.height)


def _copied(source: Path, number: int, copy: Path) -> Box:
    """Write one copy, or keep the one that is as old as its source; returns the display window."""
    if source.suffix.lower() not in (".exr", ".sxr", ".mxr"):
        raise RequestError(
            f"{source.name} is no EXR, and has no overscan to cut off",
            code="plate_not_exr",
            hint="Use the plate's files as they are.",
            frame=number,
        )
    frame = read_frame(source, number)
    stamp = source.stat().st_mtime_ns
    if not copy.is_file() or abs(copy.stat().st_mtime_ns - stamp) > _AS_OLD_NS:
        box = Box.of_size(frame.display_window.width, frame.display_window.height)
        write_frame(copy, Frame(number, _cut(frame), ("R", "G", "B", "A"), box, box, frame.pixel_aspect, frame.header))
        with storage_errors(copy, "write to"):
            os.utime(copy, ns=(stamp, stamp))
    return frame.display_window


def _cut(frame: Frame) -> Pixels:
    """`(H, W, 4)` over the display window, in the file's own type; black where the file has nothing.

    Alpha is the file's, or 1 where it has none, as every host reads it.
    """
    window, inside = frame.display_window, frame.display_window & frame.data_window
    planes: list[npt.NDArray[np.floating]] = [frame.channel(name) for name in frame.rgb_names]
    has_alpha = "A" in frame.channels or "A" in frame.others
    if has_alpha:
        planes.append(frame.channel("A"))
    half = all(plane.dtype == np.float16 for plane in planes)
    shape = (window.height, window.width, 4)
    pixels: Pixels = np.zeros(shape, np.float16) if half else np.zeros(shape, np.float32)
    if not has_alpha:
        pixels[..., 3] = 1
    if not inside.is_empty:
        to, of = inside.slices_in(window), inside.slices_in(frame.data_window)
        for place, plane in enumerate(planes):
            pixels[to][..., place] = plane[of]
    return pixels
