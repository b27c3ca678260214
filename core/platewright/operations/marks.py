"""Where the artist lets pixels be copied from: `take_from` and `never_from`, mattes among the references.

What is barred is still tracked and aligned; it only lends nothing, to no frame and to no synthesis.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import MatteError
from platewright.contract.request import Reference
from platewright.contract.takes import FileHash
from platewright.imaging.mattes import clean, cut, fit
from platewright.imaging.reading import read_matte
from platewright.imaging.sequence import Sequence, find_sequence
from platewright.imaging.stream import hash_file

from .shot import Shot, ShotFrame

__all__ = ["MARKS", "Marks", "open_mark"]

MARKS = ("take_from", "never_from")


@dataclass
class Marks:
    """The marks of one request; asked once for each frame, in order."""

    shot: Shot
    marks: tuple[tuple[Reference, Sequence], ...]
    _read: int = field(default=0, init=False)
    _lending: int = field(default=0, init=False)

    def barred(self, frame: ShotFrame) -> npt.NDArray[np.bool_] | None:
        """`(h, w)` over a frame's data window: where nothing may be taken from; None where nothing was marked.

        Raises MatteError for a mark that can't be read or does not fit the plate.
        """
        if not self.marks:
            return None
        out = np.zeros((frame.box.height, frame.box.width), bool)
        for reference, sequence in self.marks:
            number = frame.number
            values, window, display = read_matte(sequence.path(number), number)
            window = fit(window, display, self.shot.display_window, number)
            mark = cut(clean(values, number), window, frame.box)
            out |= mark < 0.5 if reference.role == "take_from" else mark > 0
        self._read += 1
        hidden = out.copy()
        inside = frame.matte_box & frame.box
        if not inside.is_empty:
            hidden[inside.slices_in(frame.box)] |= frame.matte[inside.slices_in(frame.matte_box)] > 0
        self._lending += not hidden.all()
        return out

    def check(self) -> None:
        """Raise MatteError `marks_leave_nothing` when no frame so far may lend a pixel."""
        if self.marks and self._read and not self._lending:
            raise MatteError(
                "what may be taken from leaves no pixel outside the matte in any frame",
                code="marks_leave_nothing",
                hint="Draw --take-from larger or --never-from smaller; check that neither is inverted.",
                frame=self.shot.frames.first,
            )


def open_mark(shot: Shot, reference: Reference) -> tuple[Sequence, tuple[FileHash, ...]]:
    """A mark's files, one for each frame of the shot unless it is a still. Raises MatteError."""
    sequence = find_sequence(reference.pattern, shot.frames, what="matte")
    if sequence.is_still:
        return sequence, (hash_file(sequence.path(shot.frames.first)),)
    return sequence, tuple(hash_file(sequence.path(number)) for number in shot.frames)
