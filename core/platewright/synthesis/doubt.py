"""How far a filled pixel is likely to be from the truth, told before anybody knows it.

Three things tell: how far the fill is from the plate on the ring around the hole, where both are there; how far the
looks of several frames at a pixel are from each other; and, where nothing was seen, how much of a texture's detail an
invention can't hit. All are root mean square errors of structure in tone space: finer than a wide shade, which the
healed seam takes care of, and coarser than grain, which is given back.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.imaging.tone import to_tone

__all__ = ["HALF_SURE", "apart", "astray", "invented", "packed", "shaded", "sure", "surely"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

HALF_SURE = 8 / 255
"""Error in tone space at which a pixel is as likely to be taken for wrong as for right: eight steps of 8 bits."""
STRUCTURE = 1.5
"""Sigma in pixels of the blur that leaves structure and takes grain."""
JUDGED = 5
"""Looks at a pixel whose difference from the fused one is measured."""
SHADE = 6.0
"""Sigma in pixels above which a difference on the ring is a shade, which healing takes out."""
NORMAL = 1.4826
"""From the median of the absolute values to the standard deviation, were they normally distributed."""
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def sure(error: npt.NDArray[Any] | float) -> Any:
    """Confidence 0 to 1 for an expected error: a half at HALF_SURE."""
    return 1 / (1 + (np.asarray(error, np.float32) / np.float32(HALF_SURE)) ** 2)


def surely(confidence: Floats) -> float:
    """The confidence of many pixels together, 0 to 1: that of their mean square error, so that a few that are surely
    wrong are not made up for by many that are right."""
    return float(1 / np.mean(1 / np.maximum(confidence, 1e-3))) if confidence.size else 1.0


def apart(
    candidates: Floats, valid: npt.NDArray[np.uint8], rgb: Floats, rows: npt.NDArray[Any], columns: npt.NDArray[Any],
    *, shades: bool = True,
) -> Floats:  # fmt: skip
    """`(n,)`: how far the looks at each pixel are from what they were fused to, in the middle of them.

    candidates: `(k, n, 3)` scene-linear, usable where `valid (k, n)`. rgb: `(n, 3)` what became of them. rows, columns:
    `(n,)` where the pixels lie. shades: count what is coarser than SHADE too, such as a passing shadow. A single look
    at a pixel tells nothing: then 0.
    """
    # A few of them, spread over all, tell the middle as well as all do.
    some = np.unique(np.linspace(0, len(candidates) - 1, JUDGED).round().astype(int))
    candidates, valid = candidates[some], valid[some]
    rows, columns = packed(rows), packed(columns)
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    middle = to_tone(np.asarray(rgb @ _LUMA, np.float32))
    away = np.full(valid.shape, np.inf, np.float32)
    for k in range(len(candidates)):
        seen = valid[k] > 0
        if seen.any():
            tone = to_tone(np.asarray(np.where(seen[:, None], candidates[k], 0) @ _LUMA, np.float32))
            difference, weight = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
            difference[rows, columns] = np.where(seen, tone - middle, 0)
            weight[rows, columns] = seen
            soft = _over(difference, weight, STRUCTURE)
            soft = soft if shades else soft - _over(difference, weight, SHADE)
            away[k] = np.where(seen, np.abs(soft[rows, columns]), np.inf)
    away.sort(axis=0)
    count = (valid > 0).sum(axis=0)
    found = np.take_along_axis(away, np.maximum(count - 1, 0)[None] // 2, axis=0)[0]
    return np.where(count > 1, NORMAL * np.where(np.isfinite(found), found, 0), 0).astype(np.float32)


def packed(places: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whole numbers `(n,)` from 0 on without gaps, in their order: both sides of an extension lie side by side then,
    and what is done over them costs nothing for the plate between them."""
    first = places.min()
    there = np.zeros(int(places.max() - first) + 1, np.int32)
    there[places - first] = 1
    return np.asarray((np.cumsum(there) - 1)[places - first])


def astray(fill: Floats, plate: Floats, ring: Mask) -> float:
    """Root mean square difference of structure between fill and plate, both `(H, W, 3)` scene-linear, on a ring."""
    ring = _comparable(fill, plate, ring)
    if not ring.any():
        return 0.0
    weight, there = ring.astype(np.float32), ring[..., None]
    off = to_tone(np.where(there, fill, 0)) - to_tone(np.where(there, plate, 0))
    structure = _over(off.astype(np.float32), weight, STRUCTURE) - _over(off.astype(np.float32), weight, SHADE)
    return float(np.sqrt((structure[ring] ** 2).mean()))


def shaded(fill: Floats, plate: Floats, ring: Mask) -> float:
    """How much darker the plate is than the fill on a ring, `(H, W)`, where it is darkest: the soft difference that a
    twentieth of the ring exceeds, in tone space. Below 0 where it is brighter, as a reflection or a glow would be,
    if that is more."""
    ring = _comparable(fill, plate, ring)
    if not ring.any():
        return 0.0
    there = ring[..., None]
    off = to_tone(np.where(there, fill, 0) @ _LUMA) - to_tone(np.where(there, plate, 0) @ _LUMA)
    soft = _over(off.astype(np.float32), ring.astype(np.float32), SHADE)[ring]
    dark, bright = np.quantile(soft, 0.95), np.quantile(soft, 0.05)
    return float(dark if dark >= -bright else bright)


def _comparable(fill: Floats, plate: Floats, ring: Mask) -> Mask:
    """The ring without what is infinite or not a number in either picture."""
    return np.asarray(ring & np.isfinite(plate).all(axis=-1) & np.isfinite(fill).all(axis=-1))


def invented(plate: Floats, known: Mask, hole: Mask) -> float:
    """What an invention in `hole (H, W)` is likely to miss by: the detail of the known picture around it.

    plate: `(H, W, 3)` in tone space. Detail that is coarser than the way to the rim is led by it. Two textures with
    nothing in common are apart by the square root of two of what each has.
    """
    way = _cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), _cv2.DIST_L2, 3)
    size = max(2.0, float(way[way > 0].mean()))
    weight = known.astype(np.float32)
    picture = np.where(known[..., None], plate, 0).astype(np.float32)
    detail = _over(picture, weight, STRUCTURE) - _over(picture, weight, size)
    near = _cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 2 * size)[known]
    total = float(near.sum())
    if total <= 0:
        return float(HALF_SURE)
    return float(np.sqrt(2 * float((near * (detail[known] ** 2).mean(axis=-1)).sum()) / total))


def _over(values: Floats, weight: Floats, sigma: float) -> Floats:
    """Values `(H, W)` or `(H, W, 3)`, 0 where they have no weight, blurred over those that have."""
    total = np.maximum(_cv2.GaussianBlur(weight, (0, 0), sigma), np.float32(1e-3))
    soft = _cv2.GaussianBlur(values, (0, 0), sigma)
    return np.asarray(soft / (total if values.ndim == 2 else total[..., None]), np.float32)
