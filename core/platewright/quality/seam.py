"""The seam: how much more the picture jumps across the region's outline than the plate itself does nearby.

The jump is the step between the two sides of a curve that the slopes on both sides don't explain, averaged along
the curve so that grain counts less. It is measured on the outline and, as the plate's own measure, on curves that
run parallel to it outside. Equal grain and texture on both make the ratio 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from .looks import STEPS, toned

__all__ = ["SeamMeasure", "seam"]

Picture = npt.NDArray[np.float32]

RUN = 64
"""Pixels of an outline that are looked at together."""
MOST_RUNS = 96
"""Longer outlines are sampled: the runs are spread evenly over them."""
ALONG = 17
"""Pixels along the curve over which a jump is averaged."""
LEAST = 0.4 / STEPS
"""The plate's own jump counts as at least this much, in tone space: less is not seen, and a flat plate has none."""
OUTSIDE, EDGE, INSIDE = 0, 1, 2
"""Plain plate, the soft part of the matte that counts as outside, and the region."""
WIDEST = 4.0
"""Pixels: a softer edge than this can't make a visible jump."""


@dataclass(frozen=True, slots=True)
class SeamMeasure:
    """ratio: mean jump across the outline over the plate's own; 1 is perfect, None where it can't be measured.

    jump, plate_jump: the means, in 8-bit steps of tone space. worst: the largest ratio of a run of RUN pixels.
    where: (column, row) in the crop of the middle of that run, or None.
    """

    ratio: float | None
    jump: float = 0.0
    plate_jump: float = 0.0
    worst: float | None = None
    where: tuple[int, int] | None = None


def seam(comp: Picture, alpha: npt.NDArray[np.float32]) -> SeamMeasure:
    """The seam of a crop.

    comp: `(H, W, 3) float32`, scene-linear, the blended picture, with at least 16 pixels of plate around the
    region where the plate goes on. alpha: `(H, W) float32`, the blend matte. NaN and what lies beyond the crop are
    left out.
    """
    top = float(alpha.max(initial=0.0))
    if not top > 0:
        return SeamMeasure(None)
    core = alpha >= 0.5 * top
    runs, count = _runs(core)
    soft = float(np.count_nonzero((alpha > 0) & (alpha < top))) / max(1, count)
    spread = float(np.clip(soft, 1.0, WIDEST))
    offsets = np.array([0.5, 0.5 + soft / 2 + 2.5 * spread + 1, 0.5 + soft / 2 + 5 * spread + 3], np.float32)
    jumps = np.full((len(runs), len(offsets), RUN), np.nan, np.float32)
    side = (alpha > 0).astype(np.uint8) + core
    _measure(np.ascontiguousarray(comp, np.float32), side, runs, offsets, spread, jumps)
    return _summed(runs, jumps)


def _runs(core: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int32], int]:
    """Runs of outline pixels `(n, RUN + 1, 2) int32`, (column, row), the last row holding how many count; and how
    many outline pixels there are."""
    outlines, _ = cv2.findContours(core.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    count = sum(len(outline) for outline in outlines)
    pieces = [outline[i : i + RUN, 0] for outline in outlines for i in range(0, len(outline), RUN)]
    pieces = [piece for piece in pieces if len(piece) > RUN // 4] or pieces
    if len(pieces) > MOST_RUNS:
        pieces = [pieces[i] for i in np.linspace(0, len(pieces) - 1, MOST_RUNS).astype(int)]
    runs = np.zeros((len(pieces), RUN + 1, 2), np.int32)
    for run, piece in zip(runs, pieces, strict=True):
        run[: len(piece)] = piece
        run[RUN, 0] = len(piece)
    return runs, count


def _summed(runs: npt.NDArray[np.int32], jumps: Picture) -> SeamMeasure:
    """The measure from the jumps of each run, curve and pixel; NaN where there is none."""
    seen = np.isfinite(jumps)
    total = np.where(seen, jumps, 0).sum(2, dtype=np.float64)
    number = seen.sum(2)
    across, around = number[:, 0].sum(), number[:, 1:].sum()
    if across < ALONG or around < ALONG:
        return SeamMeasure(None)
    typical = max(float(total[:, 1:].sum() / around), LEAST)
    jump = float(total[:, 0].sum() / across)
    here = total[:, 0] / np.maximum(number[:, 0], 1)
    beside = total[:, 1:].sum(1) / np.maximum(number[:, 1:].sum(1), 1)
    beside = np.where(number[:, 1:].sum(1) > 0, np.maximum(beside, LEAST), typical)
    ratios = np.where(number[:, 0] >= min(ALONG, int(number[:, 0].max())), 2 * here / (beside + typical), 0)
    at = int(ratios.argmax())
    middle = runs[at, runs[at, RUN, 0] // 2]
    return SeamMeasure(
        ratio=jump / typical,
        jump=jump * STEPS,
        plate_jump=typical * STEPS,
        worst=float(ratios[at]),
        where=(int(middle[0]), int(middle[1])),
    )


@njit(cache=True, nogil=True)
def _look(comp: Picture, x: float, y: float, found: Picture) -> bool:
    """Tone values of the pixel nearest to (x, y), written to `found (3,)`; False where there is none."""
    column = int(np.floor(x + 0.5))
    row = int(np.floor(y + 0.5))
    if column < 0 or row < 0 or column >= comp.shape[1] or row >= comp.shape[0]:
        return False
    for c in range(3):
        found[c] = toned(comp[row, column, c])
    return bool(np.isfinite(found[0]) and np.isfinite(found[1]) and np.isfinite(found[2]))


@njit(cache=True, nogil=True)
def _side(side: npt.NDArray[np.uint8], x: float, y: float) -> int:
    """OUTSIDE, EDGE or INSIDE at the pixel nearest to (x, y); OUTSIDE beyond the crop."""
    column = int(np.floor(x + 0.5))
    row = int(np.floor(y + 0.5))
    if column < 0 or row < 0 or column >= side.shape[1] or row >= side.shape[0]:
        return 0
    return int(side[row, column])


@njit(cache=True, nogil=True)
def _normal(run: npt.NDArray[np.int32], i: int, side: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Unit normal of the outline at its i-th pixel, pointing out of the region."""
    count = run[RUN, 0]
    before = max(0, i - 3)
    after = min(count - 1, i + 3)
    tx = float(run[after, 0] - run[before, 0])
    ty = float(run[after, 1] - run[before, 1])
    length = np.sqrt(tx * tx + ty * ty)
    if length == 0:
        return 0.0, 1.0
    nx, ny = ty / length, -tx / length
    x, y = float(run[i, 0]), float(run[i, 1])
    ahead = _side(side, x + 1.5 * nx, y + 1.5 * ny) + _side(side, x + 3 * nx, y + 3 * ny)
    behind = _side(side, x - 1.5 * nx, y - 1.5 * ny) + _side(side, x - 3 * nx, y - 3 * ny)
    if ahead > behind:
        return -nx, -ny
    return nx, ny


@njit(cache=True, nogil=True)
def _jump(
    comp: Picture,
    side: npt.NDArray[np.uint8],
    place: tuple[float, float],
    normal: tuple[float, float],
    offset: float,
    spread: float,
    looks: Picture,
    found: Picture,
) -> bool:
    """The jump at `offset` along the normal, `(3,)`, written to `found`; False where a pixel it needs is missing.

    looks: `(4, 3)`, room for what is far inside, near inside, near outside and far outside. On the outline (offset
    below 1) the inner two lie in the region and the outer two don't; elsewhere all four are plain plate. Where the
    region is too thin for the inner slope, the outer one stands for it.
    """
    outline = offset < 1
    deep = True
    for k in range(4):
        at = offset + spread * (k - 1.5 if k == 1 or k == 2 else 2.5 * np.sign(k - 1.5))
        x, y = place[0] + at * normal[0], place[1] + at * normal[1]
        there = _side(side, x, y)
        fits = _look(comp, x, y, looks[k])
        if not outline:
            fits = fits and there == OUTSIDE
        elif k < 2:
            fits = fits and there == INSIDE
        else:
            fits = fits and there != INSIDE
        if k == 0 and outline:
            deep = fits
        elif not fits:
            return False
    for c in range(3):
        outer = (looks[3, c] - looks[2, c]) / 2
        inner = (looks[1, c] - looks[0, c]) / 2 if deep else outer
        found[c] = looks[2, c] - looks[1, c] - (outer + inner) / 2
    return True


@njit(cache=True, nogil=True)
def _smoothed(found: Picture, valid: npt.NDArray[np.bool_], i: int, count: int) -> float:
    """Root of the channels' mean square of the mean jump around the i-th pixel of a run."""
    total = 0.0
    for c in range(3):
        mean = 0.0
        number = 0
        for k in range(max(0, i - ALONG // 2), min(count, i + ALONG // 2 + 1)):
            if valid[k]:
                mean += found[k, c]
                number += 1
        total += (mean / number) ** 2
    return float(np.sqrt(total / 3))


@njit(cache=True, nogil=True)
def _measure(
    comp: Picture,
    side: npt.NDArray[np.uint8],
    runs: npt.NDArray[np.int32],
    offsets: Picture,
    spread: float,
    jumps: Picture,
) -> None:
    """Mean jump (root of the channels' mean square) around each pixel of each run on each curve, to `jumps`."""
    found = np.zeros((RUN, 3), np.float32)
    valid = np.zeros(RUN, np.bool_)
    looks = np.zeros((4, 3), np.float32)
    for n in range(runs.shape[0]):
        count = runs[n, RUN, 0]
        for o in range(offsets.shape[0]):
            for i in range(count):
                place = (float(runs[n, i, 0]), float(runs[n, i, 1]))
                normal = _normal(runs[n], i, side)
                valid[i] = _jump(comp, side, place, normal, float(offsets[o]), spread, looks, found[i])
            for i in range(count):
                if valid[i]:
                    jumps[n, o, i] = _smoothed(found, valid, i, count)
