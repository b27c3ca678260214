"""Sequences for hosts without a reader of their own: what a file belongs to, mattes drawn by hand, plates cut
to their format, takes copied out.

Runs in the looking process (see looks).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from platewright.contract.drawing import MatteOrder, checked_drawing
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical
from platewright.contract.progress import Silent
from platewright.contract.wire import Exported, ExportOrder, MatteFiles, PlateCopies, PlateCopiesAsk, SequenceLook
from platewright.imaging.drawing import write_matte
from platewright.imaging.reading import probe
from platewright.imaging.sequence import find_sequence
from platewright.jobs.exporting import export_comp, export_patch
from platewright.jobs.plate_copies import copy_plate
from platewright.jobs.storage import storage_errors
from platewright.jobs.takes import TakeStore

__all__ = ["cut_plate", "drawn_matte", "exported", "looked_at"]

_NUMBERED = re.compile(r"(?P<head>.*?)(?P<number>\d+)(?P<tail>\.[^.\d][^.]*)", re.DOTALL)


def looked_at(file: str) -> SequenceLook:
    """The sequence that a file is a frame of. Raises PlateError."""
    path = Path(file)
    named = _NUMBERED.fullmatch(path.name)
    pattern, frames = file, FrameRange((1,))
    if named is not None:
        token = "#" * len(named["number"])
        pattern = str(path.with_name(f"{named['head']}{token}{named['tail']}"))
        frames = find_sequence(pattern, None, "plate").frames
    header = probe(path)
    return SequenceLook(
        pattern,
        frames,
        header.display_window,
        header.data_window,
        header.pixel_aspect,
        str(header.attributes.get("colorInteropID", ""))[:200],
        header.channels[:200],
    )


def drawn_matte(order: MatteOrder) -> MatteFiles:
    """Write a drawn matte of the plate's size. The same drawing finds the files that are there already.

    Raises RequestError for a drawing that can't be, PlateError, StorageError.
    """
    checked_drawing(order.drawing)
    plate = find_sequence(order.plate, order.frames, "plate")
    header = probe(plate.path(order.frames.first))
    words = canonical((order.drawing, order.plate, str(order.frames), header.display_window))
    folder = Path(order.root) / ".sources" / order.element / f"drawn_{hashlib.sha256(words).hexdigest()[:16]}"
    with storage_errors(folder, "make the folder"):
        folder.mkdir(parents=True, exist_ok=True)
    for number in order.frames:
        path = folder / f"matte.{number:04d}.exr"
        if not path.exists():
            write_matte(path, order.drawing, number, header.display_window, header.pixel_aspect)
    return MatteFiles(str(folder / "matte.####.exr"))


def cut_plate(asked: PlateCopiesAsk) -> PlateCopies:
    """Frames of a plate cut to its display window. Raises as `copy_plate` does."""
    return copy_plate(Path(asked.root), asked.plate, asked.frames, Silent())


def exported(root: str, element: str, version: int, order: ExportOrder) -> Exported:
    """Copy a take out. Raises StorageError, ManifestError, InputError."""
    place = TakeStore(Path(root)).place(element, version)
    folder = Path(order.folder)
    if order.what == "patch":
        return Exported(order.folder, export_patch(place, folder))
    return Exported(order.folder, export_comp(place, folder, order.plate))
