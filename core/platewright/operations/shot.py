"""The shot that an operation works on: plate and matte, read together, in order, each file once.

Reading, hashing, checking and bringing to scene-linear happen in the reading thread, so that the generator gets
frames it can use as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import MatteError, PlateError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte, Plate, Request
from platewright.contract.takes import FileHash
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.colour import Colour
from platewright.imaging.frame import Frame, Pixels
from platewright.imaging.mattes import as_stored, clean, cut, fit, prepare, support
from platewright.imaging.reading import probe, read_frame, read_matte
from platewright.imaging.sequence import Sequence, find_sequence
from platewright.imaging.stream import FrameStream, hash_file

__all__ = ["Shot", "ShotFrame", "linear_picture", "open_shot"]


@dataclass(frozen=True, eq=False)
class ShotFrame:
    """One frame of the shot, ready for work.

    linear: `(h, w, 3)` half or float32 over `box`, the data window: scene-linear, the plate's own bits where the
    plate is scene-linear. matte: `(H, W) float32` over `matte_box`, the smallest box with values above 0; EMPTY where
    nothing is to be done (or there is no matte).
    """

    number: int
    linear: Pixels
    box: Box
    plate: FileHash
    header: Mapping[str, object]
    matte: npt.NDArray[np.float32]
    matte_box: Box
    matte_file: FileHash | None
    comp: Pixels | None = None

    @property
    def seen(self) -> Pixels:
        """What the generator sees: the frame, or as it stands with an earlier take's patch over it (`comp`)."""
        return self.linear if self.comp is None else self.comp


@dataclass(frozen=True)
class Shot:
    """An opened shot: where the files are and what is true of all of them.

    encoding, linear: the plate's colour space and the scene-linear one of the work, by the configuration's names;
    linear_id: its interop id. half: the plate is stored as 16-bit floats, so the patch is too.
    """

    request: Request
    sequence: Sequence
    mattes: Sequence | None
    colour: Colour
    encoding: str
    linear: str
    linear_id: str
    display_window: Box
    pixel_aspect: float
    half: bool

    @property
    def frames(self) -> FrameRange:
        """The frames to make."""
        return self.request.plate.frames

    def stream(
        self, frames: FrameRange | None = None, read: Callable[[Path, int], ShotFrame] | None = None, window: int = 0
    ) -> FrameStream[ShotFrame]:
        """The shot's frames in order, or just these, read ahead. read: another way than the shot's own. window: how
        many frames are held at once, so that as many may be read before the first is asked for."""
        return FrameStream(self.sequence, frames or self.frames, read or self.read, at_first=window)

    def stream_mattes(self, frames: FrameRange) -> FrameStream[tuple[int, Box, npt.NDArray[np.float32]]]:
        """The mattes of these frames in order, read ahead: number, box and values over it, as `ShotFrame` has them."""

        def read(path: Path, number: int) -> tuple[int, Box, npt.NDArray[np.float32]]:
            matte, box, _ = self._read_matte(number)
            return number, box, matte

        return FrameStream(self.sequence, frames, read)

    def is_matted(self, number: int) -> bool:
        """Whether the matte covers anything of a frame. Raises MatteError."""
        return not self.matte_box(number).is_empty

    def matte_box(self, number: int) -> Box:
        """The smallest box around a frame's matte, EMPTY where there is none. Raises MatteError."""
        return self._read_matte(number)[1]

    def read(self, path: Path, number: int) -> ShotFrame:
        """Read, hash and check one frame. Raises PlateError or MatteError with the frame's number."""
        frame = read_frame(path, number, rgb_only=True, layer=self.request.plate.layer)
        self._check(frame)
        matte, matte_box, matte_file = self._read_matte(number)
        return ShotFrame(
            number, linear_picture(frame, self.colour, self.encoding, self.linear), frame.data_window,
            hash_file(path), frame.header, matte, matte_box, matte_file,
        )  # fmt: skip

    def _check(self, frame: Frame) -> None:
        if frame.display_window != self.display_window:
            mine, first = frame.display_window, self.display_window
            raise PlateError(
                f"frame {frame.number} is {mine.width} x {mine.height}, the first one {first.width} x {first.height}",
                code="plate_format_changes",
                hint="Bring the plate to one format, or ask for the frames of one format only.",
                frame=frame.number,
            )

    def _read_matte(self, number: int) -> tuple[npt.NDArray[np.float32], Box, FileHash | None]:
        asked = self.request.matte
        if asked is None or self.mattes is None:
            return np.zeros((0, 0), np.float32), EMPTY, None
        path = self.mattes.path(number)
        values, data_window, display_window = read_matte(path, number, asked.channel, asked.invert)
        window = fit(data_window, display_window, self.display_window, number)
        values, window = prepare(clean(values, number), window, asked.grow, asked.feather)
        box = support(values, (window.x0, window.y0))
        if self.request.region is not None:
            box = box & self.request.region
        # The faintest values may be 0 in a half file; what is not 0 there is what changes.
        held = as_stored(cut(values, window, box), self.half)
        trimmed = support(held, (box.x0, box.y0))
        return cut(held, box, trimmed), trimmed, hash_file(path)


def open_shot(request: Request) -> Shot:
    """Find the files of a request and settle its colour. Raises PlateError, MatteError, ColourError; reads no pixel."""
    plate: Plate = request.plate
    sequence = find_sequence(plate.pattern, plate.frames)
    mattes = _find_mattes(request.matte, plate.frames)
    first = sequence.path(plate.frames.first)
    header = probe(first, layer=plate.layer)
    colour = Colour(request.colour)
    encoding = colour.resolve(plate.colour_space, header.attributes, first)
    linear = colour.linear_of(encoding)
    return Shot(
        request, sequence, mattes, colour, encoding, linear, colour.interop_id(linear), header.display_window,
        header.pixel_aspect, header.half and linear == encoding,
    )  # fmt: skip


def linear_picture(frame: Frame, colour: Colour, encoding: str, linear: str) -> Pixels:
    """R, G and B of a frame over its data window, `(h, w, 3)`, scene-linear; the file's bits where it is that."""
    pixels: Any = frame.pixels[..., frame.rgb_index]
    if encoding != linear:
        return colour.converter(encoding, linear)(np.ascontiguousarray(pixels, np.float32))
    native: Pixels = np.ascontiguousarray(pixels)
    return native


def _find_mattes(matte: Matte | None, frames: FrameRange) -> Sequence | None:
    if matte is None:
        return None
    try:
        return find_sequence(matte.pattern, frames, what="matte")
    except PlateError as error:  # a matte's own error says matte
        raise MatteError(error.message, code=error.code, hint=error.hint, frame=error.frame) from error
