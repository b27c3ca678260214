"""First guesses of where the sky ends: one row per column, from the gradients alone.

After Shen & Wang, "Sky region detection in a single image for autonomous ground robot navigation" (2013): for a
ladder of gradient thresholds the first crossing from the top is a border, and the best border is the one that
parts the picture into two halves of the most uniform colour. Here the ladder is climbed three times, on the
picture as it is and on two from which a median has taken thin foreground (wires, twigs), and all good borders are
handed on: they are seeds, and `sky_label` decides what grows from them.

Knows no frames, files or mattes; works on one small tone-space picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Border", "borders"]

_THRESHOLDS = 24
_WEAKEST, _STRONGEST = 0.012, 0.5  # of the tone range: three 8-bit steps, and a cut from black to white
_LEAST_SHARE = 0.02  # a border that leaves less sky or less ground than this parts nothing
_MEDIANS = (0, 5, 11)
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_SYMMETRIC = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])
_STEADY = 1e-5  # added to covariances: grain alone makes about as much

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Border:
    """rows: (w,) the first row of each column that is not sky any more; energy: more is better."""

    rows: npt.NDArray[np.int64]
    energy: float


def borders(tone: Floats, most: int) -> list[Border]:
    """The best borders of a small picture that really differ, best first; empty where nothing parts it.

    tone: (h, w, 3) float32 in the tone space. Two borders differ when they are on average 6 % of the height apart.
    """
    height, width = tone.shape[:2]
    moments = _column_moments(tone)
    found: list[Border] = []
    for rows in _candidates(tone):
        share = float(rows.mean()) / height
        if _LEAST_SHARE <= share <= 1 - _LEAST_SHARE:
            upper = moments[rows, np.arange(width)].sum(axis=0)
            found.append(Border(rows, _energy(upper, moments[-1].sum(axis=0) - upper)))
    found.sort(key=lambda border: -border.energy)
    kept: list[Border] = []
    for border in found:
        if all(np.abs(border.rows - other.rows).mean() > 0.06 * height for other in kept):
            kept.append(border)
        if len(kept) == most:
            break
    return kept


def _candidates(tone: Floats) -> Iterator[npt.NDArray[np.int64]]:
    height = tone.shape[0]
    for size in _MEDIANS:
        slope = _slope(_without_thin(tone, size))
        for threshold in np.geomspace(_WEAKEST, _STRONGEST, _THRESHOLDS):
            crossed = slope > threshold
            yield np.where(crossed.any(axis=0), crossed.argmax(axis=0), height)


def _without_thin(tone: Floats, size: int) -> Floats:
    if size == 0:
        return tone
    code = (np.clip(tone, 0, 1.25) * np.float32(255 / 1.25)).astype(np.uint8)
    planes = [cv2.medianBlur(np.ascontiguousarray(code[..., c]), size) for c in range(3)]
    return np.dstack(planes).astype(np.float32) * np.float32(1.25 / 255)


def _slope(tone: Floats) -> Floats:
    """The steepest of the three channels' slopes, (h, w), in tone per pixel."""
    slope = np.zeros(tone.shape[:2], np.float32)
    for c in range(3):
        plane = np.ascontiguousarray(tone[..., c])
        across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, scale=0.25)
        down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, scale=0.25)
        np.maximum(slope, np.hypot(across, down), out=slope)
    return slope


def _moments(tone: Floats) -> npt.NDArray[np.float64]:
    """(h, w, 10) float64: 1, the three channels, their six products."""
    wide = tone.astype(np.float64)
    products = [wide[..., a] * wide[..., b] for a, b in _PAIRS]
    return np.stack([np.ones(tone.shape[:2]), *np.moveaxis(wide, -1, 0), *products], axis=-1)


def _column_moments(tone: Floats) -> npt.NDArray[np.float64]:
    """(h + 1, w, 10): moments of the first r rows of each column."""
    total = np.cumsum(_moments(tone), axis=0)
    return np.concatenate([np.zeros((1, *total.shape[1:])), total], axis=0)


def _energy(upper: npt.NDArray[np.float64], lower: npt.NDArray[np.float64]) -> float:
    """Uniform skies count twice as much as uniform grounds, which have many colours."""
    sky, ground = _covariance(upper), _covariance(lower)
    spread = 2 * _size(sky) + _size(ground)
    return float(1 / spread)


def _covariance(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    mean = sums[1:4] / sums[0]
    covariance: npt.NDArray[np.float64] = (sums[4:] / sums[0])[_SYMMETRIC] - np.outer(mean, mean)
    return covariance + np.eye(3) * _STEADY


def _size(covariance: npt.NDArray[np.float64]) -> float:
    values = np.maximum(np.linalg.eigvalsh(covariance), 1e-9)
    return float(np.prod(values) ** (1 / 3) + values[-1])
