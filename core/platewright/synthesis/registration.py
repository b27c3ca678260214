"""How one frame lies in another, to be shown: what the alignment rests on, and how well it holds.

Made anew from the pictures when somebody wants to see it, so that a record need not keep thousands of points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .alignment import align, surround
from .cuts import continuity
from .motion import matched, step_between
from .selection import moved
from .views import View

__all__ = ["Registration", "register"]

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Registration:
    """A source under a target, in the target's plate pixels.

    points: `(n, 2)`, tracked in both. residuals: `(n, 2)`, how far from its place in the target each lies when the
    source is laid over it, pixels. outline, hole: `(4, 2)`, the corners of the source's frame and of its own matte;
    hole is `(0, 2)` where it has none. error: median distance of the surround in tone space. share: of the surround
    that agrees. held: the alignment was accepted.
    """

    points: Points
    residuals: Points
    outline: Points
    hole: Points
    error: float
    share: float
    held: bool


def register(target: View, source: View, around: Box) -> Registration | None:
    """Align a source to the surround of a target's hole, as a fill does; None where no motion is found."""
    motion = step_between(target, source, continuity(target, source).shift)
    held = surround(target, around)
    if motion is None or held is None:
        return None
    found = align(held, source, motion, target.hidden_box if not target.hidden_box.is_empty else around)
    back = np.asarray(np.linalg.inv(found.matrix), np.float64)
    start, end = matched(target, source)
    hole = source.hidden_box
    return Registration(
        start, moved(end, back) - start, moved(_corners(source.box), back),
        moved(_corners(hole), back) if not hole.is_empty else np.zeros((0, 2)), found.error, found.share, found.found,
    )  # fmt: skip


def _corners(box: Box) -> Points:
    return np.array([[box.x0, box.y0], [box.x1, box.y0], [box.x1, box.y1], [box.x0, box.y1]], np.float64)
