"""The camera's motion through the shot: a homography from each frame to the next, by tracked corners.

The chain of pairs predicts where anything lies in any other frame of the window; `alignment` refines the
prediction where it is used, so that the chain's drift does not matter. A pair that can't be tracked is a cut:
nothing is carried across it.

Method: Shi-Tomasi corners, pyramidal Lucas-Kanade with a forward-backward check, MAGSAC (Barath 2020), then least
squares on the inliers.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .views import View

__all__ = ["Chain", "step_between"]

_cv2: Any = cv2

Matrix = npt.NDArray[np.float64]
CORNERS = 400
LEAST_INLIERS = 24


class Chain:
    """Homographies from each frame of the shot to the next, in the shot's own order."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._place: dict[int, int] = {}
        self._from_first: list[Matrix] = []
        self._scene: list[int] = []
        self._last: View | None = None

    def add(self, view: View) -> bool:
        """Track the next frame. False when it can't be tracked from the one before: a cut, or nothing to hold on."""
        matrix: Matrix | None = np.eye(3)
        if self._last is not None:
            matrix = step_between(self._last, view)
        scene = (self._scene[-1] if self._scene else 0) + (matrix is None)
        before = self._from_first[-1] if self._from_first and matrix is not None else np.eye(3)
        total = (np.eye(3) if matrix is None else matrix) @ before
        self._place[view.number] = len(self._numbers)
        self._numbers.append(view.number)
        self._from_first.append(total / total[2, 2])
        self._scene.append(scene)
        self._last = view
        return matrix is not None

    def between(self, target: int, source: int) -> Matrix | None:
        """`(3, 3) float64` from the target's plate pixels to the source's; None across a cut or for a frame unseen."""
        if target not in self._place or source not in self._place:
            return None
        t, s = self._place[target], self._place[source]
        if self._scene[t] != self._scene[s]:
            return None
        matrix = self._from_first[s] @ np.linalg.inv(self._from_first[t])
        return np.asarray(matrix / matrix[2, 2])


def step_between(before: View, after: View) -> Matrix | None:
    """The homography from one frame's plate pixels to the next one's, or None where nothing holds."""
    found = _track(before, after)
    if found is None:
        return None
    start, end = found
    _cv2.setRNGSeed(1)
    small, inliers = _cv2.findHomography(start, end, _cv2.USAC_MAGSAC, 1.0, maxIters=2000, confidence=0.999)
    if small is None or inliers is None or int(inliers.sum()) < max(LEAST_INLIERS, 0.2 * len(start)):
        return None
    kept = inliers.ravel() > 0
    refined, _ = _cv2.findHomography(start[kept], end[kept], 0)
    matrix = _to_plate(after) @ (small if refined is None else refined) @ np.linalg.inv(_to_plate(before))
    return np.asarray(matrix / matrix[2, 2], np.float64)


def _to_plate(view: View) -> Matrix:
    """From pixels of the reduced picture to plate pixels: a cell's centre is the middle of its plate pixels."""
    f = float(view.factor)
    return np.array([[f, 0, (f - 1) / 2 + view.box.x0], [0, f, (f - 1) / 2 + view.box.y0], [0, 0, 1]])


def _track(before: View, after: View) -> tuple[npt.NDArray[Any], npt.NDArray[Any]] | None:
    """Corners of one reduced picture found again in the next, `(n, 2) float32` each."""
    a, b = before.reduced, after.reduced
    corners = _cv2.goodFeaturesToTrack(
        a, CORNERS, 0.003, max(4.0, a.shape[1] / 120), mask=before.reduced_mask(), blockSize=5
    )
    if corners is None or len(corners) < LEAST_INLIERS:
        return None
    settings: dict[str, Any] = {
        "winSize": (13, 13), "maxLevel": 4, "minEigThreshold": 1e-4,
        "criteria": (_cv2.TERM_CRITERIA_COUNT | _cv2.TERM_CRITERIA_EPS, 20, 0.01),
    }  # fmt: skip
    corners = corners.reshape(-1, 1, 2)
    there, forward, _ = _cv2.calcOpticalFlowPyrLK(a, b, corners, None, **settings)
    back, backward, _ = _cv2.calcOpticalFlowPyrLK(b, a, there, None, **settings)
    start, end, again = corners.reshape(-1, 2), there.reshape(-1, 2), back.reshape(-1, 2)
    good = (forward.ravel() > 0) & (backward.ravel() > 0) & (np.abs(start - again).max(axis=1) < 0.5)
    height, width = b.shape
    column, row = np.round(end[:, 0]).astype(int), np.round(end[:, 1]).astype(int)
    good &= (column >= 0) & (row >= 0) & (column < width) & (row < height)
    mask = after.reduced_mask()
    good[good] &= mask[row[good], column[good]] > 0
    if int(good.sum()) < LEAST_INLIERS:
        return None
    return start[good], end[good]
