"""What the artist gave: a clean plate and hand-painted anchor frames, as canvases the generator obeys, and marks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from platewright.contract.errors import PlateError, RequestError
from platewright.contract.request import CONDITIONING, Reference
from platewright.contract.takes import FileHash
from platewright.contract.windows import Box
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import Sequence, find_sequence
from platewright.imaging.stream import hash_file
from platewright.synthesis.carried import Canvas

from .marks import MARKS, Marks, open_mark
from .shot import Shot, linear_picture

__all__ = ["Given", "open_given"]


@dataclass(frozen=True)
class Given:
    """The artist's pictures for one request.

    lasting: canvases that serve the whole shot (anchors, a single clean plate). sequences: clean plates with a
    picture for each frame. marks: where pixels may be copied from. files: what was read, in the request's order of
    references.
    """

    shot: Shot
    lasting: tuple[Canvas, ...]
    sequences: tuple[tuple[Reference, Sequence], ...]
    marks: Marks
    files: tuple[tuple[FileHash, ...], ...]

    @property
    def pictures(self) -> bool:
        """Whether there is any picture, and not only marks."""
        return bool(self.lasting or self.sequences)

    def for_frame(self, number: int) -> list[Canvas]:
        """The canvases that apply to a frame, the frame's own first."""
        own = [
            _canvas(self.shot, reference, sequence.path(number), number, only=number)
            for reference, sequence in self.sequences
            if number in sequence.files
        ]
        return [*own, *self.lasting]


def open_given(shot: Shot) -> Given:
    """Open the references of a request. Raises PlateError, ColourError or RequestError."""
    lasting: list[Canvas] = []
    sequences: list[tuple[Reference, Sequence]] = []
    marks: list[tuple[Reference, Sequence]] = []
    files: list[tuple[FileHash, ...]] = []
    for reference in shot.request.references:
        if reference.role in MARKS:
            mark, hashes = open_mark(shot, reference)
            marks.append((reference, mark))
            files.append(hashes)
            continue
        sequence = find_sequence(reference.pattern, None, what=reference.role.replace("_", " "))
        if reference.role == "anchor":
            lasting.insert(0, _anchor(shot, reference, sequence))
            files.append((hash_file(sequence.path(_anchor_frame(reference))),))
        elif reference.role == "clean_plate" and sequence.is_still:
            path = sequence.path(shot.frames.first)
            lasting.append(_canvas(shot, reference, path, shot.frames.first, unplaced=True))
            files.append((hash_file(path),))
        elif reference.role == "clean_plate":
            sequences.append((reference, sequence))
            used = [number for number in shot.frames if number in sequence.files]
            files.append(tuple(hash_file(sequence.path(number)) for number in used))
        elif reference.role in CONDITIONING:  # what shows how something looks is a model's to look at
            if not sequence.is_still:
                raise RequestError(
                    f"{Path(reference.pattern).name} is a sequence, and a model is shown single pictures",
                    code="reference_not_still",
                    hint="Name one of its pictures.",
                )
            files.append((hash_file(sequence.path(shot.frames.first)),))
        else:
            raise RequestError(
                f"a reference that plays the role '{reference.role}' means nothing to this operation",
                code="reference_role_unknown",
            )
    return Given(shot, tuple(lasting), tuple(sequences), Marks(shot, tuple(marks)), tuple(files))


def _anchor_frame(reference: Reference) -> int:
    if reference.frame is None:
        raise RequestError(
            "an anchor needs the frame it was painted for",
            code="anchor_without_frame",
            hint="Write it as --anchor 1008=painted.1008.exr.",
        )
    return reference.frame


def _anchor(shot: Shot, reference: Reference, sequence: Sequence) -> Canvas:
    number = _anchor_frame(reference)
    if number not in shot.frames:
        raise RequestError(
            f"the anchor is for frame {number}, which is not among the frames {shot.frames}",
            code="anchor_out_of_range",
            hint="Name a frame of the range.",
            frame=number,
        )
    plate = shot.read(shot.sequence.path(number), number)
    path = sequence.path(number)
    canvas = _canvas(shot, reference, path, number)
    if plate.matte_box.is_empty:
        return canvas
    # An anchor speaks for what its matte hides; around it the plates know better.
    lends = np.zeros((canvas.view.box.height, canvas.view.box.width), bool)
    inside = plate.matte_box & canvas.view.box
    lends[inside.slices_in(canvas.view.box)] = plate.matte[inside.slices_in(plate.matte_box)] > 0
    return replace(canvas, blocked=(~lends).astype(np.uint8))


def _canvas(
    shot: Shot, reference: Reference, path: Path, number: int, *, only: int | None = None, unplaced: bool = False
) -> Canvas:
    frame = read_frame(path, number, what=reference.role.replace("_", " "), rgb_only=True)
    _check_format(frame, shot, path)
    encoding = shot.colour.resolve(reference.colour_space or _said(frame, shot), frame.header, path)
    rgb = np.asarray(linear_picture(frame, shot.colour, encoding, shot.linear), np.float32)
    lends = np.asarray(np.isfinite(rgb).all(axis=-1))
    return Canvas.from_artist(number, rgb, frame.data_window, lends, only=only, unplaced=unplaced)


def _said(frame: Frame, shot: Shot) -> str:
    """A painted frame without a colour tag is in the plate's space only if somebody says so; EXRs mostly do."""
    return "" if frame.header.get("colorInteropID") else shot.request.plate.colour_space


def _check_format(frame: Frame, shot: Shot, path: Path) -> None:
    mine, plate = frame.display_window, shot.display_window
    if (mine.width, mine.height) != (plate.width, plate.height) or mine != plate:
        raise PlateError(
            f"{path.name} is {_size(mine)} and the plate {_size(plate)}",
            code="reference_size_mismatch",
            hint="Bring it to the plate's own format.",
        )


def _size(box: Box) -> str:
    return f"{box.width} x {box.height} at {box.x0},{box.y0}"
