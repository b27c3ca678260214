"""Pictures to look at, frame by frame: a file, a sequence, or a take as it stands over its plate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from platewright.contract.errors import ColourError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Plate
from platewright.contract.takes import TakeRecord
from platewright.imaging.blend import composite
from platewright.imaging.colour import Colour
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import Sequence, find_sequence

from .places import TakePlace, takes_at
from .takes import load

__all__ = ["FilePictures", "Pictures", "TakePictures", "colour_of", "pictures_at"]


class Pictures(Protocol):
    """Frames that can be read one at a time."""

    @property
    def frames(self) -> FrameRange:
        """The frames there are."""

    @property
    def is_linear(self) -> bool:
        """Scene-linear values (EXR), or such as are encoded for a display."""

    def read(self, number: int) -> Frame:
        """One frame. Raises InputError, StorageError."""


@dataclass(frozen=True)
class FilePictures:
    """The files of a pattern, as they are."""

    sequence: Sequence
    layer: str = ""

    @property
    def frames(self) -> FrameRange:
        """The frames there are; a still has the one in its name, or 1."""
        return self.sequence.frames

    @property
    def is_linear(self) -> bool:
        """EXRs are taken for scene-linear."""
        return _is_exr(self.sequence)

    def read(self, number: int) -> Frame:
        """One frame. Raises PlateError."""
        return read_frame(self.sequence.path(number), number, what="picture", layer=self.layer)


def colour_of(record: TakeRecord) -> Colour:
    """The configuration that a take was made with, in whose words its spaces are; this process's where it is gone."""
    try:
        return Colour(record.request.colour)
    except ColourError:
        return Colour()


@dataclass(frozen=True)
class TakePictures:
    """A take over its plate, in the plate's own encoding: what a comp shows."""

    place: TakePlace
    record: TakeRecord
    plates: Sequence
    colour: Colour

    @classmethod
    def of(cls, place: TakePlace, plate: str = "") -> TakePictures:
        """The take over the plate it was made from, or over the same plate in another place.

        Raises ManifestError, StorageError, PlateError where record or plate can't be found.
        """
        record = load(place)
        frames = FrameRange.of(frame.number for frame in record.frames)
        plates = find_sequence(plate or record.request.plate.pattern, frames, "plate")
        return cls(place, record, plates, colour_of(record))

    @property
    def frames(self) -> FrameRange:
        """The take's frames."""
        return FrameRange.of(frame.number for frame in self.record.frames)

    @property
    def is_linear(self) -> bool:
        """As the plate is, whose encoding the composite has."""
        return _is_exr(self.plates)

    def plate(self, number: int) -> Frame:
        """The plate's frame. Raises PlateError."""
        source: Plate = self.record.request.plate
        return read_frame(self.plates.path(number), number, layer=source.layer)

    def read(self, number: int) -> Frame:
        """The composite of one frame. Raises PlateError."""
        plate = self.plate(number)
        patch = read_frame(self.place.frame(number), number, what="patch")
        convert = self.colour.converter(self.record.colour_space, self.record.encoding)
        alpha = np.asarray(patch.channel("A"), dtype=np.float32)
        return composite(plate, convert(patch.rgb()), alpha, patch.data_window)


def _is_exr(sequence: Sequence) -> bool:
    return all(path.suffix.lower() in {".exr", ".sxr", ".mxr"} for path in sequence.files.values())


def pictures_at(text: str, frames: FrameRange | None = None, plate: str = "") -> Pictures:
    """The pictures behind what a user named: a take's record is the take over its plate, all else is files.

    Raises InputError, StorageError.
    """
    path = Path(text)
    if path.name.endswith(".take.json"):
        return TakePictures.of(takes_at(path)[0], plate)
    if path.is_dir() and any(entry.name.endswith(".take.json") for entry in path.iterdir()):
        found = takes_at(path)
        if len(found) > 1:
            raise RequestError(
                f"{path} holds {len(found)} takes",
                code="take_ambiguous",
                hint=f"Name one, for instance {found[-1].record}.",
            )
        return TakePictures.of(found[0], plate)
    return FilePictures(find_sequence(text, frames, "picture"))
