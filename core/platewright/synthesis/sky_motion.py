"""How the camera turns through the shot, so that a new sky stays where the old one was.

A sky is infinitely far away, so only the camera's rotation moves it. It is found from corners in what is far: the
sky's own clouds and what stands at its outline first, the whole plate where that is not enough. Each frame is
tracked from a key frame directly, a chain would drift; a new key frame is taken when too few corners are left.

Method: Shi-Tomasi corners; pyramidal Lucas-Kanade with a forward-backward check; the rotation of two viewing rays
by consensus over seeded pairs (RANSAC, Fischler & Bolles 1981), then of all inliers by Kabsch (1976), reweighted.

Where the field of view is not known it is learned from the turns themselves: with a wrong one, a pan of some degrees
is no pure rotation. What is handed on is where pixels went, so that learning it late makes nothing jump; but the
frames before slide, so whoever can should have it learned from the shot beforehand (`learned`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .sky_camera import Lens

__all__ = ["SkyMotion", "Turn"]

_cv2: Any = cv2
Matrix = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Luma = npt.NDArray[np.uint8]

_WIDTH = 1100  # pixels at most: wider pictures gain nothing in a rotation fitted to hundreds of points
_CORNERS = 500
_LEAST = 20  # corners that must agree
_SURE = 100.0  # how much worse, in variances, both ends of the ladder must be before a focal length is believed
_NEAR_SHARE = 0.2  # of a key frame's corners; with fewer left a new key frame is taken
_PAIRS = 200
_THRESHOLD = 1.5  # pixels of the reduced picture
_SURROUND = 12.0  # pixels over which contrast is evened out; by the picture itself, so that it moves along with it
_CALM = 2.0  # 8-bit steps: contrast below which there is only grain
_WINDOW = 21  # pixels of the reduced picture around a corner that are found again
_CLEAR = _WINDOW // 2  # so far from a leaf, or from the picture's edge, all that is looked at is the sky's
_APART = 0.02  # of the width, a window: closer corners share their grain, and what is shared does not average out
_FAR_BELOW = 0.12  # of the height: what stands within this of the sky's outline is mostly far


@dataclass(frozen=True)
class Turn:
    """How the camera has turned since the first frame.

    matrix: (3, 3) from plate pixels of the first frame to those of this one, for whatever is far away. found: False
    where the last one was held. error: plate pixels, RMS of the corners that agree; share: of the key frame's
    corners.
    """

    matrix: Matrix
    found: bool
    error: float
    share: float


@dataclass(frozen=True)
class _Picture:
    """A frame as it is tracked: plain for the way there, its local contrast evened out for the last pixel."""

    plain: Luma
    even: Luma


@dataclass(frozen=True)
class _Key:
    picture: _Picture
    corners: npt.NDArray[np.float32]
    matrix: Matrix


class SkyMotion:
    """Follows the camera's rotation, frame by frame, in order."""

    def __init__(self, lens: Lens, box: Box, *, lens_is_known: bool = False) -> None:
        """lens: in plate pixels; where it is not known, a turn of some degrees tells it. box: the luma's pixels."""
        self._lens = lens
        self._zooms = _Zooms(fixed=lens_is_known)
        self._factor = max(1, -(-box.width // _WIDTH))
        self._origin = (box.x0, box.y0)
        self._key: _Key | None = None
        self._last: _Key | None = None
        self._turn = Turn(np.eye(3), True, 0.0, 1.0)

    @property
    def learned(self) -> Lens | None:
        """The lens as the turns so far tell it; None while they can't. Always None where it was known."""
        return None if self._zooms.zoom == 1.0 else self._zooms.lens(self._lens)

    def add(self, luma: Luma, sky: npt.NDArray[np.float32] | None) -> Turn:
        """The turn of the next frame.

        luma: (H, W) uint8 over the box, the tone-space luma. sky: (h, w) of any size over the same pixels, 1 = sky,
        that of the frame before will do; None where nothing is known yet.
        """
        picture = self._reduced(luma)
        if self._key is None:
            self._key = self._last = self._keyed(picture, sky, np.eye(3))
            return self._turn
        turn = self._from(self._key, picture)
        if turn is None and self._last is not None:
            turn = self._from(self._last, picture)
        self._turn = turn or Turn(self._turn.matrix, False, 0.0, 0.0)
        self._last = self._keyed(picture, sky, self._turn.matrix)
        if turn is None or turn.share < _NEAR_SHARE:
            self._key = self._last
        return self._turn

    def _reduced(self, luma: Luma) -> _Picture:
        """Small, without the finest grain, its local contrast evened out: clouds count as much as roofs."""
        height, width = luma.shape
        small = luma[: height - height % self._factor, : width - width % self._factor]
        if self._factor > 1:
            size = (width // self._factor, height // self._factor)
            small = _cv2.resize(small, size, interpolation=_cv2.INTER_AREA)
        soft = _cv2.GaussianBlur(np.asarray(small, np.float32), (0, 0), 1.2)
        plain = np.clip(soft, 0, 255).astype(np.uint8)
        soft -= _cv2.GaussianBlur(soft, (0, 0), _SURROUND)
        spread = np.sqrt(_cv2.GaussianBlur(soft * soft, (0, 0), _SURROUND) + _CALM**2)
        return _Picture(plain, np.asarray(np.clip(128 + 50 * soft / spread, 0, 255), np.uint8))

    def _keyed(self, picture: _Picture, sky: npt.NDArray[np.float32] | None, matrix: Matrix) -> _Key:
        """Corners in the sky itself; with too few, those about its outline too; with too few, all there are."""
        corners = np.zeros((0, 2), np.float32)
        for mask in self._far(picture.even, sky):
            corners = _corners(picture.even, mask)
            if len(corners) >= 2 * _LEAST:
                break
        return _Key(picture, corners, matrix)

    def _far(self, picture: Luma, sky: npt.NDArray[np.float32] | None) -> Iterator[Luma | None]:
        """Masks of what is far, the farthest first."""
        if sky is not None:
            height, width = picture.shape
            share = np.asarray(_cv2.resize(sky, (width, height), interpolation=_cv2.INTER_LINEAR))
            clear = 2 * _CLEAR + 1
            yield _cv2.erode((share > 0.95).astype(np.uint8) * 255, np.ones((clear, clear), np.uint8), borderValue=255)
            reach = max(3, round(height * _FAR_BELOW))
            around = np.ones((2 * reach + 1, 2 * reach // 3 + 1), np.uint8)
            yield _cv2.dilate((share > 0.5).astype(np.uint8) * 255, around)
        yield None

    def _from(self, key: _Key, picture: _Picture) -> Turn | None:
        """The turn of a picture that sees what a key frame saw, or None."""
        if len(key.corners) < _LEAST:
            return None
        guess = self._turn.matrix @ np.linalg.inv(key.matrix)
        start, end = _tracked(key.picture, picture, key.corners, self._in_reduced(guess))
        if len(start) < _LEAST:
            return None
        for lens in self._zooms.lenses(self._lens):
            threshold = _THRESHOLD * self._factor / lens.focal
            found = _rotation(self._rays(start, lens), self._rays(end, lens), threshold)
            if found is not None and int(found[2].sum()) >= max(_LEAST, 0.3 * len(start)):
                break
        else:
            return None
        rotation, error, agree = found
        count = int(agree.sum())
        if self._zooms.learn(
            lambda zoomed: (self._rays(start[agree], zoomed), self._rays(end[agree], zoomed)), self._lens
        ):
            lens = self._zooms.lens(self._lens)
            a, b = self._rays(start[agree], lens), self._rays(end[agree], lens)
            rotation = _kabsch(a, b, np.ones(count))
            error = float(np.sqrt((_errors(rotation, a, b) ** 2).mean()))
        return Turn(lens.moved(rotation) @ key.matrix, True, error * lens.focal, count / len(key.corners))

    def _to_plate(self) -> Matrix:
        f = float(self._factor)
        return np.array([[f, 0, (f - 1) / 2 + self._origin[0]], [0, f, (f - 1) / 2 + self._origin[1]], [0, 0, 1]])

    def _in_reduced(self, homography: Matrix) -> Matrix:
        plate = self._to_plate()
        return np.asarray(np.linalg.inv(plate) @ homography @ plate, np.float64)

    def _rays(self, points: Points, lens: Lens) -> Points:
        """(n, 3) unit directions of points of the reduced picture."""
        rays = np.column_stack([points, np.ones(len(points))]) @ (lens.rays @ self._to_plate()).T
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), np.float64)


class _Zooms:
    """Which focal length makes the turns purest: the squared errors of all turns so far, over a ladder."""

    def __init__(self, fixed: bool) -> None:
        self._fixed = fixed
        self._ladder = np.geomspace(0.4, 3.0, 41)
        self._sum = np.zeros(len(self._ladder))
        self.zoom = 1.0

    def lens(self, lens: Lens) -> Lens:
        """The lens with the focal length that is believed now."""
        return replace(lens, focal=lens.focal * self.zoom)

    def lenses(self, lens: Lens) -> list[Lens]:
        """The lens that is believed, and while none is, two that are far from it: one of them finds the turn."""
        tried = [self.zoom] if self._fixed or self.zoom != 1.0 else [1.0, 0.6, 1.7]
        return [replace(lens, focal=lens.focal * zoom) for zoom in tried]

    def learn(self, rays: Callable[[Lens], tuple[Points, Points]], lens: Lens) -> bool:
        """Look at one more frame; True where the focal length that is believed has changed.

        rays: the two frames' rays through a given lens.
        """
        if self._fixed:
            return False
        squares = np.zeros(len(self._ladder))
        count = 1
        for k, zoom in enumerate(self._ladder):
            zoomed = replace(lens, focal=lens.focal * float(zoom))
            a, b = rays(zoomed)
            count = len(a)
            squares[k] = (_errors(_kabsch(a, b, np.ones(count)), a, b) ** 2).sum() * zoomed.focal**2
        # In units of the tracking's own noise, which the best zoom leaves: then 9 is three standard errors.
        self._sum = self._sum + squares / max(float(squares.min()) / max(1, 2 * count - 3), 1e-6)
        total = self._sum
        best = int(total.argmin())
        if not 0 < best < len(total) - 1 or min(total[0], total[-1]) - total[best] < _SURE:
            return False
        before, after = total[best - 1] - total[best], total[best + 1] - total[best]
        between = 0.5 * (before - after) / max(before + after, 1e-9)
        self.zoom = float(np.exp(np.interp(best + between, np.arange(len(total)), np.log(self._ladder))))
        return True


def _corners(picture: Luma, mask: Luma | None) -> npt.NDArray[np.float32]:
    whole = np.zeros(picture.shape, np.uint8)
    inner = (slice(_CLEAR, -_CLEAR), slice(_CLEAR, -_CLEAR))
    whole[inner] = 255 if mask is None else mask[inner]
    apart = max(4.0, picture.shape[1] * _APART)
    found = _cv2.goodFeaturesToTrack(picture, _CORNERS, 0.002, apart, mask=whole, blockSize=5)
    return np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2).astype(np.float32)


def _tracked(a: _Picture, b: _Picture, corners: npt.NDArray[np.float32], guess: Matrix) -> tuple[Points, Points]:
    """Corners of `a` found again in `b`, starting from where the guess puts them; those that go there and back."""
    ways: dict[str, Any] = {
        "winSize": (_WINDOW, _WINDOW), "minEigThreshold": 1e-4, "flags": _cv2.OPTFLOW_USE_INITIAL_FLOW,
        "criteria": (_cv2.TERM_CRITERIA_COUNT | _cv2.TERM_CRITERIA_EPS, 30, 0.005),
    }  # fmt: skip
    start = corners.reshape(-1, 1, 2)
    expected = _cv2.perspectiveTransform(start.astype(np.float64), guess).astype(np.float32)
    near, _, _ = _cv2.calcOpticalFlowPyrLK(a.plain, b.plain, start, expected, maxLevel=4, **ways)
    there, forward, _ = _cv2.calcOpticalFlowPyrLK(a.even, b.even, start, near.copy(), maxLevel=1, **ways)
    back, backward, _ = _cv2.calcOpticalFlowPyrLK(b.even, a.even, there, start.copy(), maxLevel=1, **ways)
    height, width = b.even.shape
    x, y = there[:, 0, 0], there[:, 0, 1]
    good = (forward.ravel() > 0) & (backward.ravel() > 0) & (np.abs(back - start).max(axis=(1, 2)) < 0.3)
    good &= (x >= _CLEAR) & (y >= _CLEAR) & (x < width - _CLEAR) & (y < height - _CLEAR)
    return start[good, 0].astype(np.float64), there[good, 0].astype(np.float64)


def _rotation(a: Points, b: Points, threshold: float) -> tuple[Matrix, float, npt.NDArray[np.bool_]] | None:
    """The rotation that brings rays `a` to rays `b`, its RMS error in radians over the inliers, and which those are."""
    draw = np.random.default_rng(1)
    pairs = np.array([draw.choice(len(a), 2, replace=False) for _ in range(_PAIRS)])
    apart = np.linalg.norm(a[pairs[:, 0]] - a[pairs[:, 1]], axis=1) >= 20 * threshold
    best: npt.NDArray[np.bool_] | None = None
    for turn in _kabsch(a[pairs[apart]], b[pairs[apart]], np.ones(2)):
        agree = _errors(turn, a, b) < threshold
        if best is None or agree.sum() > best.sum():
            best = agree
    if best is None or int(best.sum()) < 3:
        return None
    rotation = _kabsch(a[best], b[best], np.ones(int(best.sum())))
    for _ in range(4):
        errors = _errors(rotation, a, b)
        best = errors < threshold
        if int(best.sum()) < 3:
            return None
        scale = max(1.4826 * float(np.median(errors[best])), 1e-9)
        rotation = _kabsch(a[best], b[best], 1 / (1 + (errors[best] / (2 * scale)) ** 2))
    errors = _errors(rotation, a, b)[best]
    return rotation, float(np.sqrt((errors**2).mean())), best


def _errors(rotation: Matrix, a: Points, b: Points) -> Points:
    return np.asarray(np.linalg.norm(a @ rotation.T - b, axis=1), np.float64)


def _kabsch(a: Points, b: Points, weights: Points) -> Matrix:
    """(..., 3, 3) the rotations that bring rays `a (..., n, 3)` nearest to rays `b`."""
    u, _, vt = np.linalg.svd(np.swapaxes(b * weights[:, None], -1, -2) @ a)
    u[..., 2] *= np.linalg.det(u @ vt)[..., None]
    return np.asarray(u @ vt, np.float64)
