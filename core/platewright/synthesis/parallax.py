"""How near each tracked point is, and how each frame sees nearness: the camera's motion through a scene with depth.

A static scene seen by a moving camera is a plane and a parallax: a point x of the target lies in frame s at
`H_s x + k e_s`, where k, the point's nearness against the plane, is the same in all frames, and `(H_s, e_s)` is the
frame's own. So a surface that only few points hold moves right in every frame, because all points say how each frame
moved. What moves by itself fits none of it and is left out.

Method: plane and parallax (Irani & Anandan 1996), here a projective factorisation with the target as its reference,
by alternating least squares with Geman-McClure weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .motion import Chain
from .slices import at_once
from .tracks import shared_of

__all__ = ["Parallax", "Side", "measure", "one_plane"]

_cv2: Any = cv2

Array = npt.NDArray[np.float64]

FEWEST = 24
"""Points two frames must share: a frame's eleven unknowns, each twice over."""
ASTRAY = 3.0
"""Distance in pixels, at which a tracked point does not lie on a plane: what tracking over ten frames can err."""
FEW_ASTRAY = 0.06
"""Share of points that stray on a plane as well: corners that drifted over the shot, leaves, somebody who walks."""
ROUNDS = 12
KNEES = (6.0, 1.0)
"""Pixels at which a point counts a quarter, in the first and in the last round."""
SAME_WAY = 0.5
"""Least correlation of two frames' nearness of the same points."""
RIDGE = 1e-3
"""Holds the perspective unknowns of a frame near zero where its points do not tell them."""
NOT_AHEAD = 0.1
"""Holds that of the camera's way ahead: few near points tell it, and those that slipped along an edge tell it wrong."""


@dataclass(frozen=True)
class Parallax:
    """The scene as one target's points tell it.

    numbers: `(S,)` frames. cameras: `(S, 3, 4) float64`, from `(x, y, 1, nearness)` in the target's plate pixels to
    homogeneous plate pixels of the frame. ids, points `(N, 2)`, nearness `(N,)`: tracked points that fit, nearness
    in pixels of motion against the plane in the frame that sees most of it; its sign is arbitrary.
    """

    numbers: tuple[int, ...]
    cameras: Array
    ids: npt.NDArray[np.int64]
    points: Array
    nearness: Array

    def motion(self, surface: Array, number: int) -> Array | None:
        """`(3, 3)` from target to frame of a surface whose nearness is `surface (3,) @ (x, y, 1)`."""
        if number not in self.numbers:
            return None
        camera = self.cameras[self.numbers.index(number)]
        matrix = camera[:, :3] + np.outer(camera[:, 3], surface)
        return np.ascontiguousarray(matrix / matrix[2, 2])

    def speed(self, number: int, place: Array) -> float:
        """Pixels that a frame moves a point at `place (3,)` for one unit of its nearness."""
        camera = self.cameras[self.numbers.index(number)]
        w, t = camera[:, :3] @ place, camera[:, 3]
        return float(np.hypot(t[0] / w[2] - w[0] * t[2] / w[2] ** 2, t[1] / w[2] - w[1] * t[2] / w[2] ** 2))


@dataclass
class Side:
    """Which way nearer lies, kept from frame to frame: a frame that shows nothing hiding anything can't tell.

    The points that two frames share say whether their nearness runs the same way.
    """

    ids: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    near: Array = field(default_factory=lambda: np.zeros(0))

    def of(self, parallax: Parallax, told: int) -> int:
        """1 upwards, -1 downwards, 0 where nobody knows. told: what the frame itself says, 0 where it does not."""
        if told == 0:
            _, here, there = np.intersect1d(parallax.ids, self.ids, return_indices=True)
            if len(here) >= FEWEST:
                together = np.corrcoef(parallax.nearness[here], self.near[there])[0, 1]
                told = int(np.sign(together)) if abs(together) > SAME_WAY else 0
        if told:
            self.ids, self.near = parallax.ids, told * parallax.nearness
        return told


def one_plane(chain: Chain, target: int, sources: list[int], around: Box) -> bool:
    """Whether one homography explains how the points of `around` move to the sources that could show parallax.

    Asked of three sources only, the farthest before and after and the farthest but half: this is the usual case, and
    must cost next to nothing.
    """
    before, after = [s for s in sources if s < target], [s for s in sources if s > target]
    probes = {side[index] for side in (sorted(before, reverse=True), sorted(after)) if side
              for index in (len(side) // 2, len(side) - 1)}  # fmt: skip
    ids, points = chain.tracks.at(target)
    inside = _inside(points, around)
    ids, points = ids[inside], points[inside]
    for number in sorted(probes):
        matrix = chain.between(target, number)
        if matrix is not None and _stands(matrix, around):
            continue  # a camera that has not moved sees no parallax; what strays there is grain
        theirs, places = chain.tracks.at(number)
        here, there = shared_of(ids, theirs)
        if len(here) < FEWEST:
            continue
        start, end = points[here], places[there]
        _cv2.setRNGSeed(1)
        found, _ = _cv2.findHomography(start, end, _cv2.USAC_MAGSAC, 1.0, maxIters=500, confidence=0.99)
        if found is None:
            continue
        off = _cv2.perspectiveTransform(start[None], found)[0] - end
        if (np.hypot(*off.T) > ASTRAY).mean() > FEW_ASTRAY:
            return False
    return True


def _stands(matrix: Array, around: Box) -> bool:
    """Whether a motion leaves the corners of a box where they are."""
    corners = np.array([[x, y, 1.0] for x in (around.x0, around.x1) for y in (around.y0, around.y1)]).T
    there = matrix @ corners
    return float(np.abs(there[:2] / there[2] - corners[:2]).max()) < ASTRAY


def _inside(points: Array, box: Box) -> npt.NDArray[np.bool_]:
    x, y = points.T
    return np.asarray((x >= box.x0) & (x < box.x1) & (y >= box.y0) & (y < box.y1))


def measure(chain: Chain, target: int, others: list[int], around: Box) -> Parallax | None:
    """Cameras and nearness from the points of a target and the frames that share enough of them; or None."""
    ids, points = chain.tracks.at(target)
    numbers, rows = [], []
    for number in others:
        here, there = chain.tracks.shared(target, number)
        if len(here) >= FEWEST:
            seen = np.full((len(ids), 2), np.nan)
            seen[here] = chain.tracks.at(number)[1][there]
            numbers.append(number)
            rows.append(seen)
    if not numbers:
        return None
    observed = np.stack(rows)
    centre, scale = points.mean(axis=0), max(float(np.ptp(points)), 1.0) / 2
    x, u = (points - centre) / scale, (observed - centre) / scale
    start = _first_guess(chain, target, numbers, points, observed, around)
    if start is None:
        return None
    cameras, nearness, error = _alternate(x, u, start[0], scale)
    cameras, nearness = _against_plane(cameras, nearness, x, start[1] & np.isfinite(nearness))
    fits = np.isfinite(nearness) & (error < ASTRAY)
    if fits.sum() < FEWEST:
        return None
    # Back to plate pixels, nearness as pixels of motion in the frame that sees most of it.
    normal = np.array([[1 / scale, 0, -centre[0] / scale, 0], [0, 1 / scale, -centre[1] / scale, 0],
                       [0, 0, 1, 0], [0, 0, 0, 1]])  # fmt: skip
    cameras = np.linalg.inv(normal[:3, :3]) @ cameras @ normal
    unit = float(np.hypot(cameras[:, 0, 3] - centre[0] * cameras[:, 2, 3],
                          cameras[:, 1, 3] - centre[1] * cameras[:, 2, 3]).max())  # fmt: skip
    if not np.isfinite(unit) or unit < 1e-9:
        return None
    cameras[:, :, 3] /= unit
    return Parallax(tuple(numbers), cameras, ids[fits], points[fits], nearness[fits] * unit)


def _first_guess(
    chain: Chain, target: int, numbers: list[int], points: Array, observed: Array, around: Box
) -> tuple[Array, npt.NDArray[np.bool_]] | None:
    """From the frame that sees most parallax: `(N,)` nearness, NaN where it can't be told, and who is on the plane."""
    local = _inside(points, around)

    def plane(row: int) -> tuple[npt.NDArray[np.bool_], Array | None, Any]:
        known = np.isfinite(observed[row, :, 0])
        use = known & local if (known & local).sum() >= FEWEST else known
        _cv2.setRNGSeed(1)
        found, inliers = _cv2.findHomography(points[use], observed[row, use], _cv2.USAC_MAGSAC, 1.0, maxIters=300)
        return use, found, inliers

    best: tuple[float, Array, npt.NDArray[np.bool_]] | None = None
    for row, (use, found, inliers) in enumerate(at_once(*(partial(plane, row) for row in range(len(numbers))))):
        if found is None or inliers is None:
            continue
        off = observed[row] - _cv2.perspectiveTransform(points[None], found)[0]
        length = np.hypot(*off[use].T)
        # Many points with a middling parallax say more than one with a large one: that may be a lost corner.
        amount = float(np.minimum(length, 12.0).sum())
        if best is not None and amount <= best[0]:
            continue
        weight = np.where(length < 40.0, 1.0, 0.0)
        spread = (off[use] * weight[:, None]).T @ off[use]
        direction = np.linalg.eigh(spread)[1][:, -1]
        flat = np.zeros(len(points), bool)
        flat[np.nonzero(use)[0]] = inliers.ravel() > 0
        best = amount, off @ direction, flat
    return None if best is None else best[1:]


def _against_plane(cameras: Array, nearness: Array, x: Array, flat: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """The same scene with nearness counted from the plane most points around the hole are on: there it is 0."""
    if flat.sum() < FEWEST:
        return cameras, nearness
    plain = np.column_stack([x, np.ones(len(x))])
    weight, told = flat.astype(np.float64), np.isfinite(nearness)
    form: Array = np.zeros(3)
    for _ in range(10):
        form = np.asarray(np.linalg.lstsq(plain * weight[:, None], np.nan_to_num(nearness) * weight, rcond=None)[0])
        off = np.abs(plain @ form - np.nan_to_num(nearness))
        knee = 2 * float(np.median(off[flat])) + 1e-9
        weight = told / (1 + (off / knee) ** 2)
    moved = cameras.copy()
    moved[:, :, :3] += cameras[:, :, 3:] * form
    return moved, nearness - plain @ form


def _alternate(x: Array, u: Array, start: Array, scale: float) -> tuple[Array, Array, Array]:
    """`(cameras (S, 3, 4), nearness (N,), error (N,) px)` in normalised coordinates."""
    seen = np.isfinite(u[..., 0])
    target = np.where(seen[..., None], u, 0.0)
    spread = float(np.nanmedian(np.abs(start - np.nanmedian(start)))) + 1e-6
    nearness = np.clip(start / spread, -30, 30)
    weight = seen * np.isfinite(nearness)
    nearness = np.where(np.isfinite(nearness), nearness, 0.0)
    cameras = np.zeros((len(u), 3, 4))
    error = np.zeros(len(x))
    for turn in range(ROUNDS):
        knee = KNEES[0] * (KNEES[1] / KNEES[0]) ** (turn / (ROUNDS - 1)) / scale
        cameras = _cameras(x, target, nearness, weight)
        nearness = _nearness(x, target, cameras, seen * np.maximum(weight, 1e-6))
        off = _project(cameras, x, nearness) - target
        squared = np.where(seen, (off**2).sum(axis=-1), 0.0)
        weight = seen / (1 + squared / knee**2) ** 2
        # The gauge: nearness has no scale of its own.
        nearness /= max(float(np.sqrt(np.average(nearness**2, weights=seen.sum(axis=0)))), 1e-9)
        error = np.sqrt(squared.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)) * scale
    cameras = _cameras(x, target, nearness, weight)
    nearness[seen.sum(axis=0) == 0] = np.nan
    return cameras, nearness, error


def _cameras(x: Array, u: Array, nearness: Array, weight: Array) -> Array:
    """`(S, 3, 4)` by weighted linear least squares on the eleven unknowns of each frame."""
    one = np.column_stack([x, np.ones(len(x)), nearness])
    pairs = (one[:, :, None] * one[:, None]).reshape(len(one), 16)
    tail = [0, 1, 3]  # of the last row, where what stands for the third is 1
    system, right = np.zeros((len(u), 11, 11)), np.zeros((len(u), 11))
    plain, squared = (weight @ pairs).reshape(-1, 4, 4), np.zeros((len(u), 4, 4))
    for axis in (0, 1):
        own = slice(4 * axis, 4 * axis + 4)
        by = weight * u[..., axis]
        twice = by * u[..., axis]
        cross = -(by @ pairs).reshape(-1, 4, 4)[:, :, tail]
        system[:, own, own], system[:, own, 8:], system[:, 8:, own] = plain, cross, cross.transpose(0, 2, 1)
        squared += (twice @ pairs).reshape(-1, 4, 4)
        right[:, own] = by @ one
        right[:, 8:] -= (twice @ one)[:, tail]
    system[:, 8:, 8:] = squared[:, tail][:, :, tail]
    hold = np.zeros(11)
    hold[8:10], hold[10] = RIDGE, NOT_AHEAD
    hold[:8] = 1e-9
    total = np.maximum(weight.sum(axis=1), 1.0)
    solved = np.linalg.solve(system + total[:, None, None] * np.diag(hold), right[..., None])[..., 0]
    out = np.ones((len(u), 3, 4))
    out[:, 0], out[:, 1] = solved[:, :4], solved[:, 4:8]
    out[:, 2, :2], out[:, 2, 3] = solved[:, 8:10], solved[:, 10]
    return out


def _nearness(x: Array, u: Array, cameras: Array, weight: Array) -> Array:
    """`(N,)`: each point's one unknown, over all frames that saw it."""
    base = cameras[:, :, :3] @ np.vstack([x.T, np.ones(len(x))])
    e = cameras[:, :, 3:]
    top, bottom = np.zeros(len(x)), np.full(len(x), 1e-12)
    for axis in (0, 1):
        a = e[:, axis] - u[..., axis] * e[:, 2]
        b = u[..., axis] * base[:, 2] - base[:, axis]
        weighted = weight * a
        top += (weighted * b).sum(axis=0)
        bottom += (weighted * a).sum(axis=0)
    return np.asarray(top / bottom)


def _project(cameras: Array, x: Array, nearness: Array) -> Array:
    """`(S, N, 2)`: where the points lie in each frame."""
    there = cameras @ np.vstack([x.T, np.ones(len(x)), nearness])
    return np.asarray((there[:, :2] / there[:, 2:]).transpose(0, 2, 1))
