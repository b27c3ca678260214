"""Bricks, windows, railings: where a hole's surround repeats itself, the hole goes on in step.

Patches that only fit each other slip out of step in the middle of a hole. A shift by which all of the surround comes
to lie on itself keeps the step over any distance, so what it brings is an estimate that the exemplar fill begins from.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Shift", "carry_repetition", "repeating_shifts"]

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int32]
_Mask = npt.NDArray[np.bool_]

_REPEATS = 0.35  # of the difference that chance would have, between the surround and itself shifted: less repeats
_APART = 0.7  # of the same, what must lie between no shift and one that repeats: a smooth area is no repetition
_OVERLAP = 0.3  # share of the surround that must lie on itself for a shift to say anything
_MARGIN = 24  # pixels around a hole that are looked at, at least; else as much as the hole is large
_SMALLEST = 30  # pixels of a hole; smaller ones are led by their rim
_MOST_SHIFTS = 64
_HALF_WAY = 0.49  # pixels: rounded, it stays the same


@dataclass(frozen=True, slots=True)
class Shift:
    """By how many pixels a picture comes to lie on itself, and how unlike it is then: 0 the same, 1 as by chance."""

    down: float
    across: float
    unlike: float


def carry_repetition(picture: _Floats, known: _Mask) -> tuple[_Floats, _Ints]:
    """Continue what repeats around each hole into it.

    picture: (H, W, 3) float32 tone; where not known it may hold anything finite. known: (H, W) bool.
    Returns an estimate, (H, W, 3) float32, NaN where nothing repeats and where the picture is known; and from where it
    is, (H, W, 2) int32, rows and columns away, 0 where there is none.
    Source: after the dominant offsets of He & Sun, Statistics of patch offsets for image completion, 2012; here they
    are found by the masked correlation of the surround with itself (Padfield, Masked object registration, 2012).
    """
    estimate = np.full((*known.shape, 3), np.nan, np.float32)
    shifts = np.zeros((*known.shape, 2), np.int32)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((~known).astype(np.uint8), connectivity=8)
    for label in range(1, count):
        left, top, width, height, area = (int(value) for value in boxes[label])
        if area < _SMALLEST:
            continue
        margin = max(_MARGIN, width, height)
        box = (
            slice(max(0, top - margin), min(known.shape[0], top + height + margin)),
            slice(max(0, left - margin), min(known.shape[1], left + width + margin)),
        )
        _carry(picture[box], known[box], labels[box] == label, estimate[box], shifts[box])
    return estimate, shifts


def _carry(picture: _Floats, known: _Mask, hole: _Mask, estimate: _Floats, shifts: _Ints) -> None:
    """Write what the shifts bring into one hole, and which it was, each pixel from the best shift that has it."""
    if not known.any():
        return
    height, width = known.shape
    rows, columns = np.nonzero(hole)
    open_still = np.ones(len(rows), np.bool_)
    for shift in repeating_shifts(picture, known):
        down, across = round(shift.down), round(shift.across)
        from_rows, from_columns = rows + down, columns + across
        there = open_still & (from_rows >= 0) & (from_rows < height) & (from_columns >= 0) & (from_columns < width)
        there[there] = known[from_rows[there], from_columns[there]]
        estimate[rows[there], columns[there]] = picture[from_rows[there], from_columns[there]]
        shifts[rows[there], columns[there]] = down, across
        open_still &= ~there
        if not open_still.any():
            break


def repeating_shifts(picture: _Floats, known: _Mask) -> list[Shift]:
    """By how much what is known, at least one pixel, comes to lie on itself, best first, at most _MOST_SHIFTS.

    picture: (H, W, 3) float32 tone; where not known it may hold anything finite. known: (H, W) bool.
    Whole pixels and the part of one that a parabola through the neighbours says.
    """
    share = _difference(picture, known)
    height, width = known.shape
    middle = (height - 1, width - 1)
    # All shifts that are reached from none at all without passing a difference are one smooth area's, not a step's.
    _, areas = cv2.connectedComponents((share < _APART).astype(np.uint8), connectivity=4)
    lowest = cv2.erode(share, np.ones((5, 5), np.uint8))
    found = (share <= lowest) & (share < _REPEATS) & (areas != areas[middle])
    rows, columns = np.nonzero(found)
    order = np.lexsort((columns, rows, share[rows, columns]))[:_MOST_SHIFTS]
    return [_shift(share, int(rows[k]), int(columns[k])) for k in order]


def _shift(share: _Floats, row: int, column: int) -> Shift:
    """The shift of a lowest point, to a part of a pixel."""
    middle = share.shape[0] // 2, share.shape[1] // 2
    down, across = _lowest(share[:, column], row), _lowest(share[row], column)
    return Shift(down - middle[0], across - middle[1], float(share[row, column]))


def _lowest(values: _Floats, place: int) -> float:
    """Where about a place the parabola through it and its neighbours is lowest, no farther than half-way to them."""
    if not 0 < place < len(values) - 1:
        return float(place)
    before, here, after = (float(value) for value in values[place - 1 : place + 2])
    bend = before + after - 2 * here
    if not 0 < bend < np.inf:
        return float(place)
    return place + min(max((before - after) / 2 / bend, -_HALF_WAY), _HALF_WAY)


def _difference(picture: _Floats, known: _Mask) -> _Floats:
    """(2 H - 1, 2 W - 1) float32: how the surround differs from itself under every shift, none in the middle.

    Mean squared difference over what both show, as a share of twice its variance; infinite where too little overlaps.
    """
    height, width = known.shape
    size = (cv2.getOptimalDFTSize(2 * height - 1), cv2.getOptimalDFTSize(2 * width - 1))
    mask = known.astype(np.float64)
    values = np.where(known[..., None], picture - picture[known].mean(0), 0).astype(np.float64)
    variance = float((values**2).sum() / known.sum())
    seen = np.fft.rfft2(mask, size)
    squares = np.fft.rfft2((values**2).sum(-1), size)
    alike = sum(np.abs(np.fft.rfft2(values[..., c], size)) ** 2 for c in range(3))
    # sum of m(x) m(x + s) (v(x) - v(x + s))^2 is that of the squares on either side less twice the products
    both = np.conj(squares) * seen + np.conj(seen) * squares - 2 * alike
    overlap, total = (np.fft.irfft2(spectrum, size) for spectrum in (np.abs(seen) ** 2, both))
    enough = overlap > _OVERLAP * known.sum()
    share = np.where(enough, total / np.maximum(overlap, 1) / max(2 * variance, 1e-9), np.inf)
    unrolled = np.roll(share, (height - 1, width - 1), (0, 1))[: 2 * height - 1, : 2 * width - 1]
    return np.ascontiguousarray(unrolled, np.float32)
