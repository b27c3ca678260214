"""The new sky as the request names it: a formula, a picture or a sequence, in the shot's own linear light."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import RequestError
from platewright.contract.request import Reference, ReplaceSky
from platewright.contract.takes import FileHash
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import Sequence, find_sequence
from platewright.imaging.stream import hash_file
from platewright.synthesis.sky_camera import Lens
from platewright.synthesis.sky_dome import Backdrop, LatLong, ModelDome, SkyDome, is_lat_long
from platewright.synthesis.sky_model import parse_procedural

from .shot import Shot, ShotFrame, linear_picture
from .sky_look import Parted

__all__ = ["NewSky", "Sky", "open_sky"]

_LINEAR_REC709 = "lin_rec709_scene"


class Sky(Protocol):
    """What stands behind the foreground from now on, wherever it comes from.

    files, is_given, was_guessed: as of NewSky.
    """

    @property
    def files(self) -> tuple[tuple[FileHash, ...], ...]:
        """What was read or will be, per reference."""

    @property
    def is_given(self) -> bool:
        """True for an artist's picture."""

    @property
    def was_guessed(self) -> bool:
        """Whether a picture was taken for a whole sphere by its size alone."""

    def meet(self, frame: ShotFrame, parted: Parted) -> None:
        """The first frame with a sky, before anything is asked."""

    def dome(self, number: int, lens: Lens, display_window: Box, horizon: float) -> SkyDome:
        """The sky of a frame. horizon: its row in the first frame, plate coordinates."""


@dataclass
class NewSky:
    """What stands behind the foreground from now on.

    files: what was read or will be, per reference. is_given: True for an artist's picture, False for a formula.
    was_guessed: a picture was taken for a whole sphere by its size alone.
    """

    shot: Shot
    files: tuple[tuple[FileHash, ...], ...]
    is_given: bool
    _reference: Reference | None
    _sequence: Sequence | None
    _dome: SkyDome | None = None
    _path: Path | None = None
    was_guessed: bool = False

    def meet(self, frame: ShotFrame, parted: Parted) -> None:
        """Nothing: it is there already."""

    def dome(self, number: int, lens: Lens, display_window: Box, horizon: float) -> SkyDome:
        """As in Sky."""
        if self._sequence is None:
            return self._dome or self._formula()
        path = self._sequence.path(number)
        if self._dome is None or path != self._path:
            self._dome, self._path = self._picture(path, number, lens, display_window, horizon), path
        return self._dome

    def _formula(self) -> SkyDome:
        operation = self.shot.request.operation
        assert isinstance(operation, ReplaceSky)
        colour = self.shot.colour
        convert = colour.converter(colour.space(_LINEAR_REC709), self.shot.linear)
        self._dome = ModelDome(parse_procedural(operation.sky), convert)
        return self._dome

    def _picture(self, path: Path, number: int, lens: Lens, display_window: Box, horizon: float) -> SkyDome:
        assert self._reference is not None
        frame = read_frame(path, number, what="sky", rgb_only=True)
        encoding = self.shot.colour.resolve(self._reference.colour_space, frame.header, path)
        linear = linear_picture(frame, self.shot.colour, encoding, self.shot.linear)
        picture: npt.NDArray[np.float32] = np.asarray(linear, np.float32)
        operation = self.shot.request.operation
        assert isinstance(operation, ReplaceSky)
        may_be = is_lat_long(picture.shape[1], picture.shape[0])
        if operation.form == "panorama" or (operation.form == "auto" and may_be):
            self.was_guessed = operation.form == "auto"
            return LatLong(picture)
        return Backdrop(picture, lens, display_window, horizon)


def open_sky(shot: Shot) -> NewSky:
    """Find the sky of a request. Raises RequestError, PlateError; reads no pixel of a picture."""
    operation = shot.request.operation
    assert isinstance(operation, ReplaceSky)
    skies = shot.request.references_for("sky")
    if len(skies) != len(shot.request.references):
        raise RequestError("a sky replacement takes no reference but the sky", code="reference_role_unknown")
    if bool(operation.sky) == bool(skies) or len(skies) > 1:
        raise RequestError(
            "say which sky is wanted: one picture, or a formula",
            code="sky_missing" if not skies else "sky_ambiguous",
            hint="--sky sunset.exr, or --sky procedural:sun=220/35,turbidity=3.",
        )
    if not skies:
        parse_procedural(operation.sky)
        return NewSky(shot, (), False, None, None)
    sequence = find_sequence(skies[0].pattern, None, what="sky")
    used = [shot.frames.first] if sequence.is_still else list(shot.frames)
    files = tuple(hash_file(sequence.path(number)) for number in used)
    return NewSky(shot, (files,), True, skies[0], sequence)
