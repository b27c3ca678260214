"""The camera's motion through the shot: a homography from each frame to the next, by tracked corners.

The chain of pairs predicts where anything lies in any other frame of the window; `alignment` refines the
prediction where it is used, so that the chain's drift does not matter. A pair that can't be tracked is a cut:
nothing is carried across it.

Method: points followed from frame to frame (`tracks`), graph-cut RANSAC (Barath & Matas 2018), then least squares on
the inliers. It keeps to a motion that less than half of the points follow, where OpenCV's MAGSAC settled between two.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .tracks import Tracks, follow, sown, to_plate
from .views import View

__all__ = ["Chain", "step_between"]

_cv2: Any = cv2

Matrix = npt.NDArray[np.float64]
LEAST_INLIERS = 24


class Chain:
    """Homographies from each frame of the shot to the next, in the shot's own order.

    tracks: the points they were fitted to, for whoever needs more than one motion.
    """

    def __init__(self) -> None:
        self.tracks = Tracks()
        self._numbers: list[int] = []
        self._place: dict[int, int] = {}
        self._from_first: list[Matrix] = []
        self._scene: list[int] = []
        self._last: View | None = None

    def add(self, view: View) -> bool:
        """Track the next frame. False when it can't be tracked from the one before: a cut, or nothing to hold on."""
        matrix: Matrix | None = np.eye(3)
        if self._last is not None:
            found = self.tracks.add(view)
            matrix = None if found is None else _dominant(self._last, view, *found)
            if found is not None and matrix is None:
                self.tracks.restart(view)
        else:
            self.tracks.add(view)
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
    """The homography from one frame's plate pixels to another's, or None where nothing holds."""
    start = sown(before, before.reduced_mask(), np.zeros((0, 2), np.float32))
    end, good = follow(before.reduced, after.reduced, start, after.reduced_mask())
    return _dominant(before, after, start[good], end[good])


def _dominant(before: View, after: View, start: npt.NDArray[Any], end: npt.NDArray[Any]) -> Matrix | None:
    """The motion that most of the points follow, plate pixels to plate pixels; None where too few agree on one."""
    if len(start) < LEAST_INLIERS:
        return None
    _cv2.setRNGSeed(1)
    small, inliers = _cv2.findHomography(start, end, _cv2.USAC_ACCURATE, 1.0, maxIters=2000, confidence=0.999)
    if small is None or inliers is None or int(inliers.sum()) < max(LEAST_INLIERS, 0.2 * len(start)):
        return None
    kept = inliers.ravel() > 0
    refined, _ = _cv2.findHomography(start[kept], end[kept], 0)
    matrix = to_plate(after) @ (small if refined is None else refined) @ np.linalg.inv(to_plate(before))
    return np.asarray(matrix / matrix[2, 2], np.float64)
