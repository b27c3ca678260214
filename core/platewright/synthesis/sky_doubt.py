"""How good an outcome of the label's search is, and what speaks against it.

Numbers from a label and its picture alone; how labels grow and what is done about a doubtful one is not known here.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["claimed", "merit", "open_below", "outline_contrast", "overlap", "unbroken"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_RULED = 0.05  # share of the longer side that a straight edge must have: clouds have none as long
_BESIDE = np.array([1, 2, 6, 7, 8, 9])  # pixels to each side: two beside an edge, the rest past a cable or a contrail
_SHARP = 0.75  # of an edge's step that the first two pixels have already: a cloud's edge is softer
_STEP = 0.008  # tone: two 8-bit steps
_STEADY = 1.5  # times its own spread along the edge that a step must be
_DETAIL = 4.0  # gain by which a sky's faint steps are shown to the detector
_RULED_OUT = 5.0  # an edge as long as the picture leaves a sixth of the confidence, the shortest three quarters


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


def unbroken(tone: Floats, sky: Floats) -> float:
    """1 where no straight edge runs through what is labelled sky, less the longer such edges are.

    A cloud has no ruled edge; a ceiling, a white wall before a white sky and a window frame have. What lies to both
    sides of a wire or a contrail is alike, and no edge. The segments are von Gioi's ("LSD: a fast line segment
    detector with a false detection control", 2010).
    """
    inside = cv2.erode((sky > 0.5).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    level = tone.mean(axis=-1)
    detail = (level - cv2.GaussianBlur(level, (0, 0), 12)) * np.float32(255 * _DETAIL) + 128
    segments = cv2.createLineSegmentDetector().detect(np.clip(detail, 0, 255).astype(np.uint8))[0]
    if segments is None:
        return 1.0
    ends = np.asarray(segments, np.float64).reshape(-1, 2, 2)
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    longest = max(sky.shape)
    ruled = sum(
        float(length)
        for (start, end), length in zip(ends, lengths, strict=True)
        if length >= _RULED * longest and _is_step(level, inside, start, end)
    )
    return float(1 / (1 + _RULED_OUT * ruled / longest))


def _is_step(level: Floats, inside: Mask, start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> bool:
    """Whether sky lies to both sides of a segment (x, y), and its level steps there, all along and sharply."""
    along = end - start
    length = float(np.hypot(*along))
    across = np.array([-along[1], along[0]]) / length
    points = start + np.linspace(0.1, 0.9, max(8, int(length)))[:, None] * along
    near, far, slope = [], [], 0.0
    for side in (-1, 1):
        at = np.rint(points[:, None] + side * _BESIDE[None, :, None] * across).astype(int)
        x, y = (np.clip(at[..., axis], 0, level.shape[1 - axis] - 1) for axis in (0, 1))
        if not inside[y, x].all(axis=1).mean() > 0.7:
            return False
        seen = level[y, x]
        near.append(float(seen[:, :2].mean()))
        far.append(seen[:, 2:].mean(axis=1))
        slope += side * float(seen[:, 4:].mean() - seen[:, 2:4].mean()) / 4  # two pixels apart, on two sides
    step = far[1] - far[0]
    mean = float(step.mean())
    beyond = mean - slope * 2 * float(_BESIDE[2:].mean())  # than what the sky's own slope makes of it
    least = max(_STEP, _STEADY * float(step.std()))
    return min(mean * np.sign(beyond), abs(beyond)) > least and abs(near[1] - near[0]) > _SHARP * abs(mean)


def overlap(a: Mask, b: Mask) -> float:
    """Intersection over union of two masks."""
    return float((a & b).sum() / max(1, (a | b).sum()))
