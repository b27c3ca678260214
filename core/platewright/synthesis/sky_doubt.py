"""How good an outcome of the label's search is, and what speaks against it.

Numbers from a label and its picture alone; how labels grow and what is done about a doubtful one is not known here.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["claimed", "merit", "open_below", "outline_contrast", "overlap"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def merit(tone: Floats, sky: Floats, variance: Floats) -> float:
    """How good an outcome is: the largest sky with the clearest outline, the least varied, that ends above the bottom.

    tone: (h, w, 3); sky: (h, w) probability; variance: (h, w, 3) within the sky, in tone. What is taken for sky by
    mistake makes a sky more varied than it is, and often reaches the lower edge.
    """
    mask = sky > 0.5
    clear = outline_contrast(tone, mask) * float(mask.mean())
    return clear * (1 - open_below(sky)) / float(variance.mean())


def outline_contrast(tone: Floats, sky: Mask) -> float:
    """The step of tone, largest channel, from side to side of the outline that four fifths of it exceed."""
    inside = sky.astype(np.float32)
    rim = (cv2.dilate(inside, np.ones((3, 3), np.uint8)) - inside) > 0
    share = cv2.blur(inside, (5, 5))
    rim &= (share > 0.1) & (share < 0.9)
    if int(rim.sum()) < 20:
        return 0.0
    above = cv2.blur(tone * inside[..., None], (5, 5))[rim] / share[rim][:, None]
    below = cv2.blur(tone * (1 - inside[..., None]), (5, 5))[rim] / (1 - share[rim][:, None])
    return float(np.quantile(np.abs(above - below).max(axis=1), 0.2))


def open_below(sky: Floats) -> float:
    """Share of the picture's lowest twentieth that is sky: suspicious, though not wrong between buildings."""
    return float((sky[-max(1, sky.shape[0] // 20) :] > 0.5).mean())


def claimed(tone: Floats, sky: Floats, colour: Floats, variance: Floats, limit: float) -> float:
    """Share of what looks like the sky that is labelled sky: the rest may be a lake, a wall, or a mistake.

    sky: (h, w) probability; colour, variance: (h, w, 3) of the sky around, in tone; limit: noise scales within which
    a pixel looks like it.
    """
    near = ((tone - colour) ** 2 / variance).mean(axis=-1)
    found = sky > 0.5
    left = (near < limit**2) & ~np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((5, 5), np.uint8)), bool)
    return float(found.sum() / max(1, found.sum() + left.sum()))


def overlap(a: Mask, b: Mask) -> float:
    """Intersection over union of two masks."""
    return float((a & b).sum() / max(1, (a | b).sum()))
