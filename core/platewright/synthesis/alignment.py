"""Dense alignment: the homography from a target's surround to another frame, to a few hundredths of a pixel.

Method: inverse compositional Lucas-Kanade (Baker & Matthews 2004) on the softened tone-space luma of the pixels
around the hole, with one brightness offset (exposure, in tone space) and Geman-McClure weights, so that what
moves by itself near the hole does not pull the background's motion along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .lucas_kanade import fit
from .sampling import value_at
from .views import View

__all__ = ["Alignment", "Surround", "align", "align_deep", "gains", "surround", "surround_at"]

MOST_POINTS = 6000
"""Points of the surround that are compared: the fit has nine unknowns, and more points move them by less than
a hundredth of a pixel."""
SNAP = 0.06
"""A motion that is a whole number of pixels to within this, everywhere in the hole, is that whole number:
pixels are then copied and not resampled."""


Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Surround:
    """The pixels around a target's hole that hold the alignment.

    xs, ys: `(n,) float64` plate coordinates. tone: `(n,) float32` softened tone-space luma. steepest: `(9, n)`
    how the tone changes with the eight parameters and the brightness, or `(12, n)` with the parallax's three as
    well. centre, scale: normalisation of the fit. lift:
    `(n,) float64` nearness of the points, 0 where the surround is taken for a plane. view: whose pixels they are.
    """

    view: View
    xs: npt.NDArray[np.float64]
    ys: npt.NDArray[np.float64]
    tone: npt.NDArray[np.float32]
    steepest: npt.NDArray[np.float64]
    centre: tuple[float, float]
    scale: float
    lift: npt.NDArray[np.float64]

    @cached_property
    def corners(self) -> npt.NDArray[np.float64]:
        """`(3, 4)` homogeneous plate coordinates of the corners of the box around the points."""
        (x0, x1), (y0, y1) = ((float(side.min()), float(side.max())) for side in (self.xs, self.ys))
        return np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1.0, 1.0, 1.0, 1.0]])

    @cached_property
    def lit(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """`(xs, ys, light)` of the points by which exposures are compared, light `(m, 3)`: the sum of the nine
        scene-linear pixels around each, 0 where these are not all in the picture."""
        step = max(1, len(self.xs) // 1500)
        xs, ys = np.ascontiguousarray(self.xs[::step]), np.ascontiguousarray(self.ys[::step])
        light = np.zeros((len(xs), 3))
        _lights(self.view.codes, self.view.table, self.view.box.x0, self.view.box.y0, xs, ys, light)
        return xs, ys, light


@dataclass(frozen=True)
class Alignment:
    """How a target's surround lies in a source.

    matrix: `(3, 3) float64`, target to source, plate coordinates. error: median distance in tone space after the
    fit; square: mean square of the distances, in which edges count that are blurred otherwise or a little astray, as
    they don't in the median. share: of the points that agree. found: False where the fit failed; then matrix is the
    prediction. still: the motion is whole pixels, so that pixels are copied bit for bit.
    """

    matrix: npt.NDArray[np.float64]
    error: float
    square: float
    share: float
    found: bool
    still: bool = False


def surround(view: View, around: Box) -> Surround | None:
    """The usable pixels of `around` in a view, thinned evenly; None where there are too few or no structure."""
    box = around & view.box.grown(-2)
    if box.is_empty:
        return None
    usable = view.usable(box)
    # A first count on a coarse grid decides the thinning, so that a large surround is never listed in full.
    share = max(float(usable[::4, ::4].mean()), 1e-6)
    step = max(1, math.ceil(math.sqrt(box.area * share / MOST_POINTS)))
    rows, columns = np.nonzero(usable[::step, ::step])
    if len(rows) < 60:
        return None
    return surround_at(view, box, columns * step + box.x0, rows * step + box.y0)


def surround_at(
    view: View, box: Box, xs: npt.NDArray[np.int64], ys: npt.NDArray[np.int64],
    lift: npt.NDArray[np.float64] | None = None,
) -> Surround:  # fmt: skip
    """A surround of the given pixels `(n,)` of a box, all inside the data window and off its edge."""
    luma = view.luma(box.grown(1))
    centre = (float(xs.mean()), float(ys.mean()))
    scale = max(float(box.width), float(box.height), 8.0) / 2
    tone, steepest = np.empty(len(xs), np.float32), np.empty((9 if lift is None else 12, len(xs)))
    _slopes(luma, view.box.x0, view.box.y0, xs, ys, centre[0], centre[1], scale, tone, steepest)
    if lift is None:
        lift = np.zeros(len(xs))
    else:
        part = lift / max(float(np.abs(lift).max()), 1e-9)
        steepest[9], steepest[10] = steepest[2] * part, steepest[5] * part
        steepest[11] = -(steepest[0] + steepest[4]) * part
    return Surround(view, xs.astype(np.float64), ys.astype(np.float64), tone, steepest, centre, scale, lift)


def align(target: Surround, source: View, predicted: npt.NDArray[np.float64], hole: Box) -> Alignment:
    """Refine a predicted motion. `hole` is the box of the pixels that will be looked up with it."""
    reach = _reach(predicted, target, source.box)
    if reach.is_empty:
        return Alignment(predicted, 1.0, 1.0, 0.0, False)
    matrix, _, error, square, share, good = _fit(target, source, reach, predicted, np.zeros(3))
    if not good:
        return Alignment(predicted, max(error, 0.05), square, share, False)
    whole = _whole_motion(matrix, hole)
    return Alignment(matrix if whole is None else whole, error, square, share, True, whole is not None)


def align_deep(target: Surround, source: View, camera: npt.NDArray[np.float64]) -> tuple[Matrix, float, float, bool]:
    """Refine a `camera (3, 4)` that takes `(x, y, 1, lift)` of a surround's points to a source.

    Returns `(camera, median error, share of agreeing points, held)`; the camera given, where the fit failed.
    """
    points = np.column_stack([target.xs, target.ys, np.ones(len(target.xs)), target.lift])
    there = points @ camera.T
    there = np.clip(there[:, :2] / there[:, 2:3], -1e6, 1e6)
    low, high = np.floor(there.min(0)).astype(int) - 8, np.ceil(there.max(0)).astype(int) + 9
    reach = Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & source.box
    if reach.is_empty:
        return camera, 1.0, 0.0, False
    matrix, parallax, error, _, share, good = _fit(target, source, reach, camera[:, :3], camera[:, 3])
    if not good:
        return camera, error, share, False
    return np.column_stack([matrix, parallax]), error, share, True


def gains(
    target: Surround, source: View, matrix: npt.NDArray[np.float64], strength: float = 1.0
) -> npt.NDArray[np.float32]:  # fmt: skip
    """`(3,)` factors that bring the source to the target's exposure and balance: median ratios over the surround.

    strength: 0 to 1, how far they do.

    1 exactly where they are within a fifth of a percent of it, so that real pixels keep their bits.
    """
    out = np.ones(3, np.float32)
    _ratios(
        *target.lit, source.codes, source.table, source.box.x0, source.box.y0, source.background, source.hidden_box.x0,
        source.hidden_box.y0, np.ascontiguousarray(matrix), out,
    )  # fmt: skip
    out[np.abs(out - 1) < 0.002] = 1
    return out if strength == 1 else out ** np.float32(strength)


def _reach(matrix: npt.NDArray[np.float64], target: Surround, inside: Box) -> Box:
    """The part of a source that the surround lands on, with a margin for the search."""
    there = matrix @ target.corners
    if (np.abs(there[2]) < 1e-9).any():
        return Box(0, 0, 0, 0)
    there = there[:2] / there[2]
    if not np.isfinite(there).all() or np.abs(there).max() > 1e6:
        return Box(0, 0, 0, 0)
    low, high = np.floor(there.min(1)).astype(int) - 24, np.ceil(there.max(1)).astype(int) + 25
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & inside


def _whole_motion(matrix: npt.NDArray[np.float64], hole: Box) -> npt.NDArray[np.float64] | None:
    """The translation by whole pixels that a motion is within SNAP of at all of the hole's corners, or None."""
    corners = np.array([[x, y, 1.0] for x in (hole.x0, hole.x1) for y in (hole.y0, hole.y1)]).T
    there = matrix @ corners
    motion = there[:2] / there[2] - corners[:2]
    shift = np.round(motion.mean(axis=1))
    if np.abs(motion - shift[:, None]).max() > SNAP:
        return None
    return np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1.0]])


def _fit(
    target: Surround, source: View, reach: Box, predicted: Matrix, parallax: npt.NDArray[np.float64]
) -> tuple[Matrix, npt.NDArray[np.float64], float, float, float, bool]:  # fmt: skip
    """What lucas_kanade.fit tells of a surround in the part `reach` of a source."""
    normal = np.array([[target.scale, 0, target.centre[0]], [0, target.scale, target.centre[1]], [0, 0, 1.0]])
    matrix, parallax, error, square, share, held = fit(
        target.xs, target.ys, target.lift, target.tone, target.steepest, normal,
        max(float(np.abs(target.lift).max()), 1e-9), source.luma(reach), source.box.x0, source.box.y0,
        (reach.x0, reach.y0, reach.x1, reach.y1), source.background, source.hidden_box.x0, source.hidden_box.y0,
        np.ascontiguousarray(predicted, np.float64), np.ascontiguousarray(parallax, np.float64),
    )  # fmt: skip
    return matrix, parallax, float(error), float(square), float(share), bool(held)


@numba.njit(cache=True, nogil=True)
def _slopes(luma, left, top, xs, ys, centre_x, centre_y, scale, tone, steepest):  # type: ignore[no-untyped-def]
    """Write the tone of points and how it changes with the eight parameters and the brightness, see Surround."""
    for i in range(len(xs)):
        x, y = xs[i] - left, ys[i] - top
        tone[i] = luma[y, x]
        u, v = (xs[i] - centre_x) / scale, (ys[i] - centre_y) / scale
        gu = 0.5 * (np.float64(luma[y, x + 1]) - np.float64(luma[y, x - 1])) * scale
        gv = 0.5 * (np.float64(luma[y + 1, x]) - np.float64(luma[y - 1, x])) * scale
        along = gu * u + gv * v
        steepest[0, i], steepest[1, i], steepest[2, i] = gu * u, gu * v, gu
        steepest[3, i], steepest[4, i], steepest[5, i] = gv * u, gv * v, gv
        steepest[6, i], steepest[7, i], steepest[8, i] = -along * u, -along * v, 1.0


@numba.njit(cache=True, nogil=True)
def _light_around(codes, table, x, y, c):  # type: ignore[no-untyped-def]
    """Sum of nine pixels of a channel."""
    total = 0.0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            total += value_at(codes, table, y + dy, x + dx, c)
    return total


@numba.njit(cache=True, nogil=True)
def _lights(codes, table, left, top, xs, ys, light):  # type: ignore[no-untyped-def]
    for i in range(len(xs)):
        x, y = int(xs[i]) - left, int(ys[i]) - top
        if 1 <= x < codes.shape[1] - 1 and 1 <= y < codes.shape[0] - 1:
            for c in range(3):
                light[i, c] = _light_around(codes, table, x, y, c)


@numba.njit(cache=True, nogil=True)
def _ratios(xs, ys, light, codes, table, sx, sy, blocked, bx0, by0, matrix, out):  # type: ignore[no-untyped-def]
    ratio = np.empty((3, len(xs)), np.float64)
    counts = np.zeros(3, np.int64)
    tall, wide = blocked.shape
    for i in range(len(xs)):
        w = matrix[2, 0] * xs[i] + matrix[2, 1] * ys[i] + matrix[2, 2]
        u = int((matrix[0, 0] * xs[i] + matrix[0, 1] * ys[i] + matrix[0, 2]) / w + 0.5)
        v = int((matrix[1, 0] * xs[i] + matrix[1, 1] * ys[i] + matrix[1, 2]) / w + 0.5)
        if 0 <= u - bx0 < wide and 0 <= v - by0 < tall and blocked[v - by0, u - bx0] != 0:
            continue
        u, v = u - sx, v - sy
        if u < 1 or v < 1 or u + 1 >= codes.shape[1] or v + 1 >= codes.shape[0]:
            continue
        for c in range(3):
            here, there = light[i, c], _light_around(codes, table, u, v, c)
            if 0.05 < here < 1e6 and 0.05 < there < 1e6:
                ratio[c, counts[c]] = math.log(here / there)
                counts[c] += 1
    for c in range(3):
        if counts[c] >= 40:
            out[c] = math.exp(np.median(ratio[c, : counts[c]]))
