"""How the camera turns through the shot, so that a new sky stays where the old one was.

A sky is infinitely far away, so only the camera's rotation moves it. It is found from corners in what is far: the
sky's own clouds and what stands at its outline first, the whole plate where that is not enough. Each frame is
tracked from a key frame directly, a chain would drift; a new key frame is taken when too few corners are left.

Method: Shi-Tomasi corners; pyramidal Lucas-Kanade with a forward-backward check; the rotation of two viewing rays
by consensus over seeded pairs (RANSAC, Fischler & Bolles 1981), then of all inliers by Kabsch (1976), reweighted.

A rotation that a wrong field of view makes too small is too small by the same factor when the sky is drawn with the
same lens, so the sky stays locked in the middle of the picture whatever the lens.
"""

from __future__ import annotations

from dataclasses import dataclass
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
_NEAR_SHARE = 0.3  # of a key frame's corners; with fewer left a new key frame is taken
_PAIRS = 200
_THRESHOLD = 1.5  # pixels of the reduced picture
_FAR_BELOW = 0.12  # of the height: what stands within this of the sky's outline is mostly far


@dataclass(frozen=True)
class Turn:
    """rotation: (3, 3) from the first frame's camera directions to this frame's. found: False where the last was held.

    error: pixels of the plate, RMS of the corners that agree; share: of the tracked corners that agree.
    """

    rotation: Matrix
    found: bool
    error: float
    share: float


@dataclass(frozen=True)
class _Key:
    luma: Luma
    corners: npt.NDArray[np.float32]
    rotation: Matrix


class SkyMotion:
    """Follows the camera's rotation, frame by frame, in order."""

    def __init__(self, lens: Lens, box: Box) -> None:
        """lens: in plate pixels. box: the plate's pixels that each luma covers."""
        self._lens = lens
        self._factor = max(1, -(-box.width // _WIDTH))
        self._origin = (box.x0, box.y0)
        self._key: _Key | None = None
        self._last: _Key | None = None
        self._turn = Turn(np.eye(3), True, 0.0, 1.0)

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
        self._turn = turn or Turn(self._turn.rotation, False, 0.0, 0.0)
        self._last = self._keyed(picture, sky, self._turn.rotation)
        if turn is None or turn.share < _NEAR_SHARE:
            self._key = self._last
        return self._turn

    def _reduced(self, luma: Luma) -> Luma:
        if self._factor == 1:
            return luma
        height, width = luma.shape
        small = luma[: height - height % self._factor, : width - width % self._factor]
        size = (width // self._factor, height // self._factor)
        return np.asarray(_cv2.resize(small, size, interpolation=_cv2.INTER_AREA), np.uint8)

    def _keyed(self, picture: Luma, sky: npt.NDArray[np.float32] | None, rotation: Matrix) -> _Key:
        if sky is None:
            return _Key(picture, _corners(picture, None), rotation)
        height, width = picture.shape
        mask = np.asarray(_cv2.resize(sky, (width, height), interpolation=_cv2.INTER_LINEAR)) > 0.02
        reach = max(3, round(height * _FAR_BELOW))
        far = _cv2.dilate(mask.astype(np.uint8) * 255, np.ones((2 * reach + 1, 2 * reach // 3 + 1), np.uint8))
        corners = _corners(picture, far)
        if len(corners) < 3 * _LEAST:
            corners = _corners(picture, None)
        return _Key(picture, corners, rotation)

    def _from(self, key: _Key, picture: Luma) -> Turn | None:
        """The turn of a picture that sees what a key frame saw, or None."""
        if len(key.corners) < _LEAST:
            return None
        guess = self._lens.homography(self._turn.rotation @ key.rotation.T)
        start, end = _tracked(key.luma, picture, key.corners, self._in_reduced(guess))
        if len(start) < _LEAST:
            return None
        found = _rotation(self._rays(start), self._rays(end), _THRESHOLD * self._factor / self._lens.focal)
        if found is None:
            return None
        rotation, error, inliers = found
        share = inliers / len(key.corners)
        if inliers < max(_LEAST, 0.3 * len(start)):
            return None
        return Turn(rotation @ key.rotation, True, error * self._lens.focal, share)

    def _to_plate(self) -> Matrix:
        f = float(self._factor)
        return np.array([[f, 0, (f - 1) / 2 + self._origin[0]], [0, f, (f - 1) / 2 + self._origin[1]], [0, 0, 1]])

    def _in_reduced(self, homography: Matrix) -> Matrix:
        plate = self._to_plate()
        return np.asarray(np.linalg.inv(plate) @ homography @ plate, np.float64)

    def _rays(self, points: Points) -> Points:
        """(n, 3) unit directions of points of the reduced picture."""
        back = np.linalg.inv(self._lens.matrix) @ self._to_plate()
        rays = np.column_stack([points, np.ones(len(points))]) @ back.T
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), np.float64)


def _corners(picture: Luma, mask: Luma | None) -> npt.NDArray[np.float32]:
    found = _cv2.goodFeaturesToTrack(picture, _CORNERS, 0.002, max(4.0, picture.shape[1] / 100), mask=mask, blockSize=5)
    return np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2).astype(np.float32)


def _tracked(a: Luma, b: Luma, corners: npt.NDArray[np.float32], guess: Matrix) -> tuple[Points, Points]:
    """Corners of `a` found again in `b`, starting from where the guess puts them; those that go there and back."""
    settings: dict[str, Any] = {
        "winSize": (17, 17), "maxLevel": 3, "minEigThreshold": 1e-4,
        "criteria": (_cv2.TERM_CRITERIA_COUNT | _cv2.TERM_CRITERIA_EPS, 30, 0.005),
    }  # fmt: skip
    start = corners.reshape(-1, 1, 2)
    expected = _cv2.perspectiveTransform(start.astype(np.float64), guess).astype(np.float32)
    flags = _cv2.OPTFLOW_USE_INITIAL_FLOW
    there, forward, _ = _cv2.calcOpticalFlowPyrLK(a, b, start, expected.copy(), flags=flags, **settings)
    back, backward, _ = _cv2.calcOpticalFlowPyrLK(b, a, there, start.copy(), flags=flags, **settings)
    height, width = b.shape
    x, y = there[:, 0, 0], there[:, 0, 1]
    good = (forward.ravel() > 0) & (backward.ravel() > 0) & (np.abs(back - start).max(axis=(1, 2)) < 0.3)
    good &= (x >= 4) & (y >= 4) & (x < width - 4) & (y < height - 4)
    return start[good, 0].astype(np.float64), there[good, 0].astype(np.float64)


def _rotation(a: Points, b: Points, threshold: float) -> tuple[Matrix, float, int] | None:
    """The rotation that brings rays `a` to rays `b`, its RMS error in radians over the inliers, and their number."""
    draw = np.random.default_rng(1)
    best: npt.NDArray[np.bool_] | None = None
    for _ in range(_PAIRS):
        pair = draw.choice(len(a), 2, replace=False)
        if np.linalg.norm(a[pair[0]] - a[pair[1]]) < 20 * threshold:
            continue
        agree = _errors(_kabsch(a[pair], b[pair], np.ones(2)), a, b) < threshold
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
    return rotation, float(np.sqrt((errors**2).mean())), int(best.sum())


def _errors(rotation: Matrix, a: Points, b: Points) -> Points:
    return np.asarray(np.linalg.norm(a @ rotation.T - b, axis=1), np.float64)


def _kabsch(a: Points, b: Points, weights: Points) -> Matrix:
    u, _, vt = np.linalg.svd((b * weights[:, None]).T @ a)
    flip = np.diag([1.0, 1.0, np.linalg.det(u @ vt)])
    return np.asarray(u @ flip @ vt, np.float64)
