"""What a hole is held to be before patches fill it: what its surround says about it as a whole.

A patch sees a few pixels. What repeats, on a wall seen straight on or at a slant, and where straight edges run is
known from the whole surround; put together here, level by level, it is what the exemplar fill begins from.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .perspective import carry_perspective
from .pyramid import Level, half
from .receding import carry_receding
from .repetition import carry_repetition
from .slant import Slant
from .structure_lines import carry_lines, straight_edges
from .vanishing import vanishing_points

__all__ = ["Guidance", "guidance"]

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int32]

_GUIDED_AT = 640  # pixels on the longer side, up to which anything is carried into the hole


@dataclass(frozen=True, slots=True)
class Guidance:
    """What each level's hole is held to be at first.

    estimates: for each level (H, W, 3) float32, NaN where there is none, or None. shifts: by the number of a level,
    (H, W, 2) int32, from how many rows and columns away to copy to begin with, 0 where nobody knows. meant: (H, W)
    float32 in 0..1 at the finest size, where something that was found goes on in the hole. slant: from where the
    finest size may be copied in perspective, or None.
    """

    estimates: list[_Floats | None]
    shifts: dict[int, _Ints]
    meant: _Floats
    slant: Slant | None


def guidance(levels: list[Level], guide: _Floats | None) -> Guidance:
    """What repeats on planes, what repeats in the picture, straight edges, in this order; at the coarsest the guide.

    These are looked for where the picture is small enough that edges are straight and grain is gone; finer levels keep
    what the coarser ones made of them. Where somebody said where to copy from, nothing else is carried in.
    levels: from the finest to the coarsest. guide: (H, W, 3) float32 at the finest size, NaN where there is none.
    """
    estimates: list[_Floats | None] = [None] * len(levels)
    shifts: dict[int, _Ints] = {}
    slant = None
    meant = np.zeros(levels[0].known.shape, np.float32)
    drawn = next((number for number, level in enumerate(levels) if max(level.known.shape) <= _GUIDED_AT), len(levels))
    if drawn < len(levels) and not levels[0].is_directed:
        level = levels[drawn]
        carried, shifts[drawn], slant = _carried(level)
        there = np.asarray(np.isfinite(carried).all(-1))
        filled = Level(np.where(there[..., None], carried, level.picture), level.known | there, level.known)
        for number in range(drawn, len(levels)):
            filled = half(filled) if number > drawn else filled
            estimates[number] = np.where(filled.known[..., None], filled.picture, np.float32(np.nan))
        slant = slant.enlarged(2**drawn, meant.shape) if slant else None
        if drawn < len(levels) - 1:  # the coarsest one's may be a guide, which is weak
            meant = _enlarged(there | level.known, 2**drawn, levels[0])
    if guide is not None:
        given, below = _shrunk(guide, levels[-1]), estimates[-1]
        estimates[-1] = given if below is None else np.where(np.isfinite(given), given, below)
    return Guidance(estimates, shifts, meant, slant)


def _carried(level: Level) -> tuple[_Floats, _Ints, Slant | None]:
    """All that is carried into one level's hole: the estimate, from how far away it is, and what is in perspective."""
    picture, known = level.picture, level.known
    edges = straight_edges(picture, known)
    points = vanishing_points(edges.clear, known.shape)
    carried, shifts = carry_repetition(picture, known)
    slant = carry_perspective(picture, known, edges.clear, points)
    if slant is not None:
        _lay(slant, level, carried, shifts, ~known)
    receding = carry_receding(picture, known, edges.clear, points)
    if receding is not None:
        _lay(receding, level, carried, shifts, np.asarray(np.isnan(carried).any(-1)))
    return np.where(np.isfinite(carried), carried, carry_lines(edges, known, points)), shifts, slant


def _lay(slant: Slant, level: Level, carried: _Floats, shifts: _Ints, where: npt.NDArray[np.bool_]) -> None:
    """Put what is copied so into the estimate, and from how far away, where that is wanted in the hole."""
    copied = slant.copied(level.picture, level.known)
    there = where & ~level.known & np.isfinite(copied).all(-1)
    carried[there] = copied[there]
    shifts[there] = slant.offsets()[there][:, ::-1]


def _enlarged(there: npt.NDArray[np.bool_], times: int, finest: Level) -> _Floats:
    """(H, W) float32 in 0..1 at the finest size, 0 where that is known."""
    height, width = finest.known.shape
    large = cv2.resize(there.astype(np.float32), None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    return np.where(finest.known, np.float32(0), large[:height, :width])


def _shrunk(guide: _Floats, level: Level) -> _Floats:
    """The guide at a level's size; a coarse pixel has an estimate where any of its pixels has."""
    height, width = level.known.shape
    there = np.asarray(np.isfinite(guide).all(-1))
    weighted = np.dstack([np.nan_to_num(guide, nan=0, posinf=0, neginf=0) * there[..., None], there]).astype(np.float32)
    small = np.asarray(cv2.resize(weighted, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    with np.errstate(invalid="ignore"):
        shrunk: _Floats = small[..., :3] / small[..., 3:]
    return shrunk
