"""The outlines of what stands in front: how much of each pixel along them is near, and what that makes of it.

A pixel on an outline is a mix of what is near and what is behind. In other frames the near part is mixed with other
backgrounds, so that neither depth's look-up shows it. But each of those frames has the near thing and the background
at the outline's two sides, and how far its pixel lies from the one to the other says how much of it is near: the same
in all frames, and so it is told well, and to less than a pixel where the sweep's outline is a few pixels astray. Then
the near part is put over what is behind it here.

Method: matting with the foreground and background taken from either side (Mishima 1994), over many frames at once as
in triangulation (Smith & Blinn 1996); the outline is evened as a level set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .fusion import Fused
from .nearest import nearest

__all__ = ["ASTRAY", "Outlines"]

_cv2: Any = cv2
Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ASTRAY = 3
"""Pixels by which the sweep may misplace an outline: a cell of its raster and what softening spreads."""
SIDE = 3
"""Pixels beyond that in which the thing and its background must show themselves; what is thinner is left as it is."""
HOLD = 0.02
"""Relative contrast, squared and summed over looks and channels, at which the sweep's word counts as much as theirs."""
EVEN = 1.5
"""Sigma in pixels over which an outline is evened."""
STEEPNESS = (3.6, 2.4, 1.8, 1.4, 1.2)
"""Of an outline, against its evened self: those of ramps of 1.5, 2.4, 3.5, 5.3 and 7.8 pixels, which are tried."""


@dataclass(frozen=True)
class Outlines:
    """The pixels along outlines, to be looked up at both nearnesses.

    own: `(m,)` their indices in the list of all pixels. other: `(m,)` nearness of the surface they were not put on.
    near: `(m,)`, those that were put on the near one. inner, outer: `(m,)` the nearest pixel that is surely near, as an
    index in the list of all, and that is surely behind, as one in the list of these. asked: `(m,)`, those that are
    not surely the one or the other. places: rows and columns of all
    pixels. label: `(H, W) float32`, 1 what is near, 0 what is behind, over all.
    """

    own: Ints
    other: Array
    near: Mask
    inner: Ints
    outer: Ints
    asked: Mask
    places: tuple[Ints, Ints]
    label: Float

    @classmethod
    def of(cls, nearness: Array, there: Mask, nearer: int, apart: float) -> Outlines | None:
        """From `nearness (H, W)` where it is `there (H, W)`; None where nothing stands in front of anything.

        nearer: see Raster. apart: difference of nearness from which on one hides the other.
        """
        if nearer == 0:
            return None
        reach = ASTRAY + SIDE
        signed = np.where(there, nearer * nearness, np.nan).astype(np.float32)
        window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        top = _cv2.dilate(np.where(there, signed, -np.float32(1e9)), window)
        low = _cv2.erode(np.where(there, signed, np.float32(1e9)), window)
        jump = top - low
        # What is told a few levels apart on one thing is no outline beside one of the thing itself.
        band = (
            there & (jump > apart) & (jump > 0.5 * _cv2.dilate(jump * there, np.ones((4 * reach + 1,) * 2, np.uint8)))
        )
        if not band.any():
            return None
        near = band & (signed > 0.5 * (top + low))
        behind = band & ~near
        values = [_mean(signed, side, 2 * reach + 1) for side in (near, behind)]
        inside, outside = (_cv2.distanceTransform((~side).astype(np.uint8), _cv2.DIST_L2, 5) for side in (behind, near))
        sure = [near & (inside > ASTRAY), behind & (outside > ASTRAY)]
        if not sure[0].any() or not sure[1].any():
            return None
        (to_inner, inner), (to_outer, outer) = (nearest(side) for side in sure)
        chosen = band & (np.maximum(inside, outside) <= reach) & (to_inner <= 2 * reach) & (to_outer <= 2 * reach)
        chosen[sure[1]] |= outside[sure[1]] <= reach
        order = np.full(there.shape, -1, np.int64)
        rows, columns = np.nonzero(there)
        order[rows, columns] = np.arange(len(rows))
        extra = np.full(there.shape, -1, np.int64)
        extra[chosen] = np.arange(int(chosen.sum()))
        first, second = inner[chosen], outer[chosen]
        return cls(
            order[chosen], nearer * np.where(near, values[1], values[0])[chosen].astype(np.float64), near[chosen],
            order.reshape(-1)[first], extra.reshape(-1)[second],
            ~(sure[0] | sure[1])[chosen] & (extra.reshape(-1)[second] >= 0), (rows, columns), near.astype(np.float32),
        )  # fmt: skip

    def composited(self, fused: Fused, candidates: Float, valid: npt.NDArray[np.uint8]) -> Fused:
        """What all pixels look like with the near put over what is behind, as much of it as there is.

        fused, candidates `(k, n + m, 3)`, valid `(k, n + m)`: of all pixels, then of those along the outlines at their
        other nearness. The looks of the latter take the place of the former's where they are what the pixel shows.
        """
        count = len(self.places[0])
        extra = count + np.arange(len(self.own))
        near, far = np.where(self.near, self.own, extra), np.where(self.near, extra, self.own)
        outer = count + self.outer
        seen = fused.count > 0
        use = self.asked & seen[near] & seen[far] & seen[self.inner] & seen[outer]
        raw = np.empty(len(near), np.float32)
        _shares(candidates, valid, near, self.inner, outer, use, self.near, raw)
        share = self._evened(raw)[:, None]
        inner = fused.rgb[self.inner]
        full = fused.rgb[near] + (1 - share) * (inner - fused.rgb[outer])
        mixed = share * full + (1 - share) * fused.rgb[far]
        ends = np.stack([fused.rgb[near], inner, fused.rgb[far]])
        mixed = np.clip(mixed, ends.min(axis=0), ends.max(axis=0))
        pick = np.where(use, np.where(share[:, 0] > 0.5, near, far), self.own)
        candidates[:, self.own], valid[:, self.own] = candidates[:, pick], valid[:, pick]
        rgb = fused.rgb[:count].copy()
        rgb[self.own[use]] = mixed[use]
        taken = np.arange(count)
        taken[self.own] = pick
        return Fused(
            rgb, fused.count[taken], fused.best[taken], fused.spread[taken], fused.kept[taken], fused.moving[taken]
        )

    def _evened(self, raw: Float) -> Float:
        """`(m,)`: the shares of a smooth outline through the raw ones, as steep as they are on the whole."""
        rows, columns = self.places
        picture, there = self.label.copy(), np.zeros(self.label.shape, np.float32)
        there[rows, columns] = 1
        at = rows[self.own], columns[self.own]
        picture[at] = raw
        soft = _cv2.GaussianBlur(picture * there, (0, 0), EVEN) / np.maximum(
            _cv2.GaussianBlur(there, (0, 0), EVEN), np.float32(1e-3)
        )
        level = np.clip(soft[at], 1e-4, 1 - 1e-4)
        logit = np.log(level / (1 - level))
        tried = [1 / (1 + np.exp(-by * logit)) for by in STEEPNESS]
        return np.asarray(min(tried, key=lambda one: float(((one - raw) ** 2).sum())), np.float32)


def _mean(values: Float, side: Mask, size: int) -> Float:
    """Mean over a window of `values (H, W)` on one side of outlines."""
    total = _cv2.boxFilter(np.where(side, values, np.float32(0)), -1, (size, size), normalize=False)
    count = _cv2.boxFilter(side.astype(np.float32), -1, (size, size), normalize=False)
    return np.asarray(total / np.maximum(count, 1), np.float32)


@numba.njit(cache=True, nogil=True)
def _shares(candidates, valid, at, inner, outer, use, word, shares):  # type: ignore[no-untyped-def]
    """How much of each pixel is near, by least squares over all looks at it and at both its sides, each against its
    own brightness; where that is hardly told, as the sweep's `word` has it."""
    for i in range(len(at)):
        top, bottom = HOLD * (1.0 if word[i] else 0.0), HOLD
        for k in range(len(candidates) if use[i] else 0):
            if not (valid[k, at[i]] and valid[k, inner[i]] and valid[k, outer[i]]):
                continue
            along, across = 0.0, 0.0
            for c in range(3):
                front, back = candidates[k, inner[i], c], candidates[k, outer[i], c]
                bright = 1.0 / (abs(front) + abs(back) + 1e-3) ** 2
                along += bright * (candidates[k, at[i], c] - back) * (front - back)
                across += bright * (front - back) ** 2
            top += min(max(along, -0.2 * across), 1.2 * across)
            bottom += across
        shares[i] = min(max(top / bottom, 0.0), 1.0) if use[i] else word[i]
