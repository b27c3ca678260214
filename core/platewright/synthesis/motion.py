"""The camera's motion through the shot: a homography from each frame to the next, by tracked corners.

The chain of pairs predicts where anything lies in any other frame of the window; `alignment` refines the
prediction where it is used, so that the chain's drift does not matter. Nothing is carried across a cut, nor where
nothing holds; but a flash, or a moment that could not be tracked, is bridged as soon as the picture is found again.

Method: points followed from frame to frame (`tracks`), graph-cut RANSAC (Barath & Matas 2018), then least squares on
the inliers. It keeps to a motion that less than half of the points follow, where OpenCV's MAGSAC settled between two.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .cuts import continuity
from .tracks import Tracks, follow, sown, to_plate
from .views import View

__all__ = ["Chain", "Link", "matched", "step_between"]

_cv2: Any = cv2

Matrix = npt.NDArray[np.float64]
LEAST_INLIERS = 24
TRUSTED = 0.25
"""Share of the points that live on, from which on a motion is believed without a look at the pictures: between two
set-ups a few points always seem to."""
BRIDGED = 12
"""Frames for which a picture that was lost is looked for again."""


class Link(Enum):
    """How a frame hangs on the shot before it: tracked, not tracked, or another set-up."""

    HELD = "held"
    LOST = "lost"
    CUT = "cut"


class Chain:
    """Homographies from each frame of the shot to the next, in the shot's own order.

    tracks: the points they were fitted to, for whoever needs more than one motion.
    """

    def __init__(self) -> None:
        self.tracks = Tracks()
        self._numbers: list[int] = []
        self._place: dict[int, int] = {}
        self._from_first: list[Matrix] = []
        self._to_first: list[Matrix] = []
        self._scene: list[int] = []
        self._scenes = 0
        self._last: View | None = None
        self._anchor: View | None = None

    def add(self, view: View) -> Link:
        """Track the next frame from the one before, or from the last that could be, where one was lost."""
        return self.join(view, self.follow(view))

    def join(self, view: View, found: tuple[Matrix | None, Link]) -> Link:
        """Hang the next frame on the shot, as `follow` found it: the second half of `add`."""
        matrix, link = found
        before = self._from_first[-1] if self._from_first and matrix is not None else np.eye(3)
        total = (np.eye(3) if matrix is None else matrix) @ before
        self._scenes += matrix is None and bool(self._numbers)
        self._scene.append(self._scenes if matrix is None or not self._scene else self._scene[-1])
        self._place[view.number] = len(self._numbers)
        self._numbers.append(view.number)
        self._from_first.append(total / total[2, 2])
        self._to_first.append(np.asarray(np.linalg.inv(self._from_first[-1])))
        if link is Link.CUT:
            self._anchor = None
        link = self._bridge(view, link)
        self._last = view
        return link

    def follow(self, view: View) -> tuple[Matrix | None, Link]:
        """The motion from the frame before, `(3, 3)` or None, and what that means: the first half of `add`.

        It changes nothing of what is told of the frames before, so another thread may ask for that meanwhile.
        """
        before, living = self._last, self.tracks.living
        found = self.tracks.add(view)
        if before is None:
            return np.eye(3), Link.HELD
        matrix = None if found is None else _dominant(before, view, *found)
        if found is not None and matrix is not None and len(found[0]) >= TRUSTED * living:
            return matrix, Link.HELD
        seen = continuity(before, view)
        if matrix is not None and (seen.holds or seen.blank):
            return matrix, Link.HELD
        self.tracks.restart(view)
        if not (seen.holds or seen.blank or seen.smeared):
            return None, Link.CUT
        # White or black frames tell nothing, and through a flash a motion is rough: what comes after them is
        # compared with what came before.
        self._anchor = self._anchor or before
        matrix = step_between(before, view, seen.shift) if seen.holds else None
        return matrix, Link.LOST if matrix is None else Link.HELD

    def _bridge(self, view: View, link: Link) -> Link:
        """Hang a frame, and those that hang on it, on the last one before the picture was lost."""
        anchor = self._anchor
        if anchor is None:
            return link
        there, here = self._place[anchor.number], self._place[view.number]
        if here == there + 1:
            return link
        if here - there > BRIDGED:
            self._anchor = None
            return link
        seen = continuity(anchor, view)
        if seen.blank:
            return link
        matrix = step_between(anchor, view, seen.shift) if seen.holds else None
        if matrix is None:
            # The first frame with a picture in it, and another than before the white or black ones.
            last = continuity(anchor, self._last) if link is Link.LOST and self._last is not None else seen
            if not seen.holds and not seen.smeared and last.blank and not last.smeared:
                self._anchor = None
                return Link.CUT
            return link
        joined = self._to_first[here] @ matrix @ self._from_first[there]
        mine = self._scene[here]
        for place in range(there + 1, here + 1):
            # Frames that hang on the anchor already, only roughly, stay where they are.
            if place == here or (self._scene[place] == mine != self._scene[there]):
                total = self._from_first[place] @ joined
                self._from_first[place] = total / total[2, 2]
                self._to_first[place] = np.asarray(np.linalg.inv(self._from_first[place]))
                self._scene[place] = self._scene[there]
        self._anchor = None
        return Link.HELD

    def scene(self, number: int) -> int:
        """Which piece of the shot a frame belongs to; nothing is carried from one to another."""
        return self._scene[self._place[number]]

    def between(self, target: int, source: int) -> Matrix | None:
        """`(3, 3) float64` from the target's plate pixels to the source's; None across a cut or for a frame unseen."""
        if target not in self._place or source not in self._place:
            return None
        t, s = self._place[target], self._place[source]
        if self._scene[t] != self._scene[s]:
            return None
        matrix = self._from_first[s] @ self._to_first[t]
        return np.asarray(matrix / matrix[2, 2])


def step_between(before: View, after: View, shift: tuple[float, float] = (0.0, 0.0)) -> Matrix | None:
    """The homography from one frame's plate pixels to another's, or None where nothing holds.

    shift: about how far the picture went, in pixels of the reduced pictures. How bright it is does not matter.
    """
    return _dominant(before, after, *_matched(before, after, shift))


def matched(before: View, after: View) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points of one frame found again in another, however far it went: `(n, 2)` plate pixels in each."""
    start, end = _matched(before, after, continuity(before, after).shift)
    return _on_plate(start, before), _on_plate(end, after)


def _on_plate(points: npt.NDArray[Any], view: View) -> npt.NDArray[np.float64]:
    return np.asarray(points @ to_plate(view)[:2, :2].T + to_plate(view)[:2, 2], np.float64).reshape(-1, 2)


def _matched(before: View, after: View, shift: tuple[float, float]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    start = sown(before, before.reduced_mask(), np.zeros((0, 2), np.float32))
    guess = start + np.array(shift, np.float32)
    end, good = follow(_even(before), _even(after), start, after.reduced_mask(), guess)
    return start[good], end[good]


def _even(view: View) -> npt.NDArray[np.uint8]:
    """The reduced picture with its brightness and contrast evened out, so that a flash is followed too."""
    plain = view.reduced.astype(np.float32)
    off = plain - _cv2.GaussianBlur(plain, (0, 0), 12.0)
    strength = np.sqrt(_cv2.GaussianBlur(off * off, (0, 0), 12.0)) + 2.0
    return np.asarray(np.clip(off / strength * 40.0 + 128.0, 0, 255), np.uint8)


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
