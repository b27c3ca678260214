# SPDX-License-Identifier: GPL-3.0-or-later
"""A plate with overscan, shown in its format: the engine cuts copies, and they stand where the plate stood.

Blender shows a data window that is not the display window in a wrong place (measured on every version). So nodes,
backgrounds, editors and strips show copies cut to the display window, every bit of it, in a block of their own; the
artist's block stays in the file. The engine goes on reading the plate's own files, and takes keep the overscan.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import bpy

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.errors import PlateError, RequestError, StorageError
from platewright.contract.failure import Failure
from platewright.contract.frames import FrameRange
from platewright.contract.request import Pads
from platewright.contract.wire import PlateCopies, PlateCopiesAsk

from .exr_header import windows_of
from .extended_clip import extended_clip
from .numbering import file_of
from .placing import portable, trees
from .plates import HostPlate, tail_of
from .state import keep

__all__ = ["Cutting", "check_in_place", "show_copies"]

_AT_ONCE = 10
"""Frames in one call, so that there is something to say, and to stop."""


def check_in_place(plate: HostPlate) -> None:
    """Refuse a plate that Blender shows in a wrong place. Raises PlateError `data_window_cropped`."""
    if plate.misplaced:
        raise PlateError(
            f"{plate.name} has overscan or is cropped (its data window is not its display window), and Blender shows "
            "such a picture in a wrong place",
            code="data_window_cropped",
            hint="Press Show in Its Format in the Platewright tab; takes are made from the whole plate all the same.",
        )


class Cutting:
    """A plate that is being cut by the engine, some frames at a time. Turned by the answers alone.

    name: of the plate's block, which undo or another file may meanwhile have taken away.
    """

    def __init__(
        self, session: Session, plate: HostPlate, root: str, then: Callable[[str], object],
        failed: Callable[[Failure], object],
    ) -> None:  # fmt: skip
        """then: called with the copies' pattern when all are there. Raises StorageError `write_failed`."""
        self.plate, self.name, self._root = plate, plate.name, root
        self._kind = plate.block.bl_rna.identifier
        self._session, self._then, self._failed = session, then, failed
        self.done, self.total, self._stopped = 0, len(plate.frames), False
        try:
            os.makedirs(root, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"the folder for elements can't be made: {error.strerror or error}",
                code="write_failed",
                hint="Check the folder for elements and the space on its disk.",
            ) from error

    def begin(self) -> None:
        """Ask for the first frames."""
        self._ask()

    def plate_now(self) -> HostPlate:
        """The plate with its block as the file has it now. Raises RequestError `source_gone`."""
        blocks = {"Image": bpy.data.images, "MovieClip": bpy.data.movieclips}.get(self._kind)
        block = blocks.get(self.name) if blocks is not None else _living(self.plate.block)
        if block is None:
            raise RequestError(
                f"{self.name} is not in the file any more",
                code="source_gone",
                hint="Load the plate again, and press once more; what was cut is kept.",
            )
        return replace(self.plate, block=block)

    def cancel(self) -> None:
        """Ask for no more; what is cut already is there the next time."""
        self._stopped = True

    def _ask(self) -> None:
        numbers = self.plate.frames.numbers[self.done : self.done + _AT_ONCE]
        asked = PlateCopiesAsk(
            self._root, self.plate.pattern, FrameRange(numbers), (os.path.dirname(self.plate.pattern),)
        )
        self._session.plate_copies(asked).then(lambda reply: self._heard(reply, len(numbers)))

    def _heard(self, reply: Reply[PlateCopies], count: int) -> None:
        if self._stopped:
            return
        if reply.value is None:
            if reply.failure is not None:
                self._failed(reply.failure)
            return
        self.done += count
        if self.done < self.total:
            self._ask()
        else:
            self._then(reply.value.pattern)


def _living(strip: Any) -> Any | None:
    """A strip, or None where undo took it away."""
    try:
        return strip if strip.name else None
    except ReferenceError:
        return None


def show_copies(plate: HostPlate, copies: str) -> HostPlate:
    """Show a plate's copies wherever the plate's block shows its files as a picture; the plate as it is then."""
    said = {"source": plate.pattern, "copies": tail_of(copies), "role": "plate"}
    kind = plate.block.bl_rna.identifier
    if kind not in ("Image", "MovieClip"):  # a strip
        plate.block.directory = portable(os.path.dirname(copies)) + "/"
        keep(plate.block, said)
        return replace(plate, misplaced=False)
    first = copies if plate.still else file_of(copies, plate.frames.first)
    plate.block.use_fake_user = True  # nothing may show it any more, and it would not be saved
    new = _cut_image(plate, first) if kind == "Image" else _cut_clip(plate, first)
    keep(new, said)
    for show in _Showing(plate.block):
        show(new)
    return replace(plate, block=new, misplaced=False)


def _cut_image(plate: HostPlate, first: str) -> Any:
    image = plate.block.copy()
    image.name = plate.block.name
    image.filepath = portable(first)
    image.colorspace_settings.name = plate.tag
    return image


def _cut_clip(plate: HostPlate, first: str) -> Any:
    """A copy whose tracks, lens and principal point stay where they were in the picture."""
    windows = windows_of(file_of(plate.pattern, plate.frames.first))
    assert windows is not None  # or it would not be misplaced
    data, display = windows.data, windows.display
    pads = Pads(data.x0 - display.x0, display.x1 - data.x1, data.y0 - display.y0, display.y1 - data.y1)
    of_data = replace(plate, size=(data.width, data.height))
    clip = extended_clip(plate.block, of_data, first, plate.frames.first, pads, plate.tag)
    clip.name = plate.block.name
    clip.filepath = portable(first)
    return clip


class _Showing:
    """Every place of the file that shows a block as a picture: nodes of comps, backgrounds of cameras, editors."""

    def __init__(self, block: Any) -> None:
        self._block = block
        self._word = "image" if block.bl_rna.identifier == "Image" else "clip"

    def __iter__(self) -> Iterator[Callable[[Any], None]]:
        for owner in list(self._owners()):
            if getattr(owner, self._word, None) == self._block:
                yield lambda new, owner=owner: self._put(owner, new)  # type: ignore[misc]
        for scene in bpy.data.scenes if self._word == "clip" else ():
            if scene.active_clip == self._block and scene.library is None:
                yield lambda new, scene=scene: setattr(scene, "active_clip", new)  # type: ignore[misc]

    def _owners(self) -> Iterator[Any]:
        for tree in trees():
            if tree.library is None:
                yield from tree.nodes
        for camera in bpy.data.cameras:
            if camera.library is None:
                yield from camera.background_images
        for screen in bpy.data.screens:
            for area in screen.areas:
                yield from area.spaces

    def _put(self, owner: Any, new: Any) -> None:
        """Blender counts a node's frames anew when it gets another image."""
        words = ("frame_start", "frame_duration", "frame_offset", "use_cyclic", "use_auto_refresh")
        counted = {word: getattr(owner, word) for word in words if hasattr(owner, word)}
        setattr(owner, self._word, new)
        for word, value in counted.items():
            setattr(owner, word, value)
