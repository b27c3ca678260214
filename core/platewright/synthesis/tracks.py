"""Points followed through the shot: the memory of the motion that a single homography can't hold.

Corners live on from frame to frame, until they are lost or enter the matte; new ones are sown where they are
sparse, and thickest around the hole, where several depths must be told apart. Only the frames of the window keep
their positions, so memory does not grow with the shot.

Method: Shi-Tomasi corners, pyramidal Lucas-Kanade with a forward-backward check.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .views import View

__all__ = ["Tracks", "follow", "shared_of", "sown", "to_plate"]

_cv2: Any = cv2

Matrix = npt.NDArray[np.float64]
Points = npt.NDArray[np.float32]

SPREAD = 300
"""Points over the whole picture, on a wide raster, so that one textured thing does not hold them all."""
AROUND = 300
"""Points near the hole, on a narrow raster: a tower of forty pixels must hold enough for a motion of its own."""
WIDE, NARROW = 48, 130
"""Spacing of the points, in parts of the reduced picture's width."""
QUALITY, QUALITY_NEAR = 0.003, 0.001
"""Strength of a corner against the picture's strongest: near the hole a weak one is better than none."""
FEWEST = 24
LEVELS, WINDOW = 4, 13


class Tracks:
    """Points by frame. A point has one number for all its life; positions are the plate's pixels."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]] = {}
        self._tones: dict[int, npt.NDArray[np.float64]] = {}
        self._next = 0
        self._ids: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._points: Points = np.zeros((0, 2), np.float32)
        self._pace: Points = np.zeros((0, 2), np.float32)
        self._last: View | None = None

    @property
    def living(self) -> int:
        """How many points there are in the last frame."""
        return len(self._points)

    def add(self, view: View) -> tuple[Points, Points] | None:
        """Follow the points into the shot's next frame.

        Returns where those that got there were and are, `(n, 2) float32` in the reduced pictures' pixels, or None
        where too few did; then the next call starts afresh. The very first frame has nothing to return.
        """
        before, self._last = self._last, view
        mask = _clear(view)
        found = None
        if before is not None:
            ends, good = follow(before.reduced, view.reduced, self._points, mask, self._points + self._pace)
            if int(good.sum()) >= FEWEST:
                found = self._points[good], ends[good]
                self._ids, self._points, self._pace = self._ids[good], found[1], found[1] - found[0]
        if found is None:
            self._ids, self._points, self._pace = np.zeros(0, np.int64), *np.zeros((2, 0, 2), np.float32)
        self._sow(view, mask)
        return found

    def _sow(self, view: View, mask: npt.NDArray[np.uint8]) -> None:
        """Add corners where there are few, and write down where all are in this frame."""
        fresh = sown(view, mask, self._points)
        self._ids = np.concatenate([self._ids, np.arange(self._next, self._next + len(fresh))])
        self._next += len(fresh)
        self._points = np.concatenate([self._points, fresh])
        # A new point is expected to go on as its picture does; the search begins there.
        usual = np.median(self._pace, axis=0) if len(self._pace) else np.zeros(2, np.float32)
        self._pace = np.concatenate([self._pace, np.broadcast_to(usual, fresh.shape)]).astype(np.float32)
        scale, offset = view.factor, np.array([view.box.x0, view.box.y0])
        self._known[view.number] = self._ids, self._points * float(scale) + (scale - 1) / 2 + offset
        self._tones.pop(view.number, None)

    def restart(self, view: View) -> None:
        """Let go of all points that came here from before: there was a cut."""
        self._ids, self._points, self._pace = np.zeros(0, np.int64), *np.zeros((2, 0, 2), np.float32)
        self._sow(view, _clear(view))

    def forget(self, number: int) -> None:
        """Drop the positions in a frame that has left the window."""
        self._known.pop(number, None)
        self._tones.pop(number, None)

    def at(self, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """`(ids (n,), positions (n, 2))` of a frame's points, ids ascending; none for an unknown frame."""
        return self._known.get(number, (np.zeros(0, np.int64), np.zeros((0, 2))))

    def tones(self, view: View) -> npt.NDArray[np.float64]:
        """`(n,)` tone-space luma of a frame's points, in its reduced picture; looked up once."""
        found = self._tones.get(view.number)
        if found is None:
            places = ((self.at(view.number)[1] - (view.box.x0, view.box.y0)) / view.factor).astype(int)
            height, width = view.reduced.shape
            rows, columns = np.clip(places[:, 1], 0, height - 1), np.clip(places[:, 0], 0, width - 1)
            found = self._tones[view.number] = view.reduced[rows, columns] / 255.0
        return found

    def shared(self, target: int, source: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Indices of the points that live in both frames: into the one's list and into the other's."""
        return shared_of(self.at(target)[0], self.at(source)[0])


def shared_of(
    mine: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Indices of the ids that are in both of two lists, each ascending: into the one and into the other."""
    if not len(mine) or not len(theirs):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    there = np.minimum(np.searchsorted(theirs, mine), len(theirs) - 1)
    here = np.flatnonzero(theirs[there] == mine)
    return here, there[here]


def _clear(view: View) -> npt.NDArray[np.uint8]:
    """255 where a point's window touches nothing of the hole: what passes there would drag the point along."""
    return np.asarray(_cv2.erode(view.reduced_mask(), np.ones((WINDOW, WINDOW), np.uint8)))


def to_plate(view: View) -> Matrix:
    """From pixels of the reduced picture to plate pixels: a cell's centre is the middle of its plate pixels."""
    f = float(view.factor)
    return np.array([[f, 0, (f - 1) / 2 + view.box.x0], [0, f, (f - 1) / 2 + view.box.y0], [0, 0, 1]])


def sown(view: View, mask: npt.NDArray[np.uint8], living: Points) -> Points:
    """`(n, 2) float32` new corners of a view's reduced picture, away from the living points and the hole."""
    picture = view.reduced
    height, width = picture.shape
    whole = (slice(0, height), slice(0, width))
    fresh = _corners(picture, mask, whole, living, SPREAD, max(4, width // WIDE), QUALITY)
    hole = view.hidden_box & view.box
    if hole.is_empty:
        return fresh
    f, margin = view.factor, max(48, max(hole.width, hole.height) // 3)
    rows, columns = (hole.grown(margin) & view.box).slices_in(view.box)
    near = slice(rows.start // f, min(height, -(-rows.stop // f))), slice(columns.start // f, -(-columns.stop // f))
    everyone, apart = np.concatenate([living, fresh]), max(4, width // NARROW)
    return np.concatenate([fresh, _corners(picture, mask, near, everyone, AROUND, apart, QUALITY_NEAR)])


def _corners(
    picture: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], part: tuple[slice, slice], living: Points, most: int,
    apart: int, quality: float,
) -> Points:  # fmt: skip
    """New corners in a part of a picture, none nearer than `apart` to a living one; none when it has its share."""
    rows, columns = part
    inside = (living[:, 0] >= columns.start) & (living[:, 0] < columns.stop)
    inside &= (living[:, 1] >= rows.start) & (living[:, 1] < rows.stop)
    wanted = most - int(inside.sum())
    if wanted < most // 5:
        return np.zeros((0, 2), np.float32)
    free = mask[part].copy()
    for x, y in np.round(living[inside] - (columns.start, rows.start)).astype(int):
        free[max(0, y - apart) : y + apart + 1, max(0, x - apart) : x + apart + 1] = 0
    found = _cv2.goodFeaturesToTrack(picture[part], wanted, quality, float(apart), mask=free, blockSize=5)
    if found is None:
        return np.zeros((0, 2), np.float32)
    return np.asarray(found.reshape(-1, 2) + np.array([columns.start, rows.start]), np.float32)


def follow(
    a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8], start: Points, mask: npt.NDArray[np.uint8],
    expected: Points | None = None,
) -> tuple[Points, npt.NDArray[np.bool_]]:  # fmt: skip
    """Points of one reduced picture found again in the next: `(ends (n, 2) float32, good (n,))`.

    mask: 255 where the next picture may be looked at. expected: where the search begins.
    """
    if not len(start):
        return start, np.zeros(0, bool)
    settings: dict[str, Any] = {
        "winSize": (WINDOW, WINDOW), "minEigThreshold": 1e-4, "flags": _cv2.OPTFLOW_USE_INITIAL_FLOW,
        "criteria": (_cv2.TERM_CRITERIA_COUNT | _cv2.TERM_CRITERIA_EPS, 20, 0.01),
    }  # fmt: skip
    begin = start.reshape(-1, 1, 2)
    guess = (start if expected is None else expected).reshape(-1, 1, 2).astype(np.float32)
    there, forward, _ = _cv2.calcOpticalFlowPyrLK(a, b, begin, guess.copy(), maxLevel=LEVELS, **settings)
    # The way back is only checked near where it should end, which takes no deep pyramid.
    back, backward, _ = _cv2.calcOpticalFlowPyrLK(b, a, there, begin.copy(), maxLevel=1, **settings)
    ends = there.reshape(-1, 2)
    good = (forward.ravel() > 0) & (backward.ravel() > 0) & (np.abs(start - back.reshape(-1, 2)).max(axis=1) < 0.5)
    height, width = b.shape
    column, row = np.round(np.clip(ends, -9, 1e6)).astype(int).T
    good &= (column >= 0) & (row >= 0) & (column < width) & (row < height)
    good[good] &= mask[row[good], column[good]] > 0
    return ends, good
