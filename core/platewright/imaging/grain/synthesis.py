"""Grain made from a model: the same for the same seed, frame and place, whatever the crop or number of threads.

White noise is a hash of seed, frame and plate coordinates, turned into a Gaussian by a table; it is mixed between
the channels, convolved with the model's kernel and scaled by the law at the local level. Sums run in a fixed order
and relaxed float maths stays off, so overlapping crops agree to the bit.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from numba import njit

from .model import EXTRAPOLATE, GrainModel

__all__ = ["regrain", "synthesise"]

Picture = npt.NDArray[np.float32]

_STEPS = 4096
"""Parts of the Gaussian table: 12 bits choose the part, 9 more the place in it; three channels take 63 bits."""


def synthesise(
    model: GrainModel, level: Picture, *, seed: int, frame: int, origin: tuple[int, int] = (0, 0)
) -> Picture:
    """Grain to be added, `(H, W, 3) float32`, scene-linear, always finite.

    level: `(H, W, 3) float32`, the local signal without grain; negative, NaN count as 0. seed: of the request.
    frame: number of the frame; another frame has other grain. origin: plate coordinates (x right, y down) of the
    array's first pixel; crops that overlap agree in what they share.
    """
    whole = np.ones(level.shape[:2], np.float32)
    out = np.zeros(level.shape, np.float32)
    _add(out, model, level, whole, seed, frame, origin, limited=False)
    return out


def regrain(
    rgb: Picture,
    model: GrainModel,
    missing: npt.NDArray[np.float32],
    *,
    seed: int,
    frame: int,
    origin: tuple[int, int] = (0, 0),
    level: Picture | None = None,
) -> Picture:
    """A copy of `rgb` `(H, W, 3) float32` (scene-linear) with the grain that its pixels lack.

    missing: `(H, W) float32`, or `(H, W, 3)`, share of the grain's variance that the pixel lacks: 1 for smooth
    synthesised pixels, 1 - 1/n for a mean of n, 0 for the plate's own; 0 leaves the pixel's bits alone. level: as in
    `synthesise`; without it `rgb` itself. seed, frame, origin: as in `synthesise`. Where the plate holds no negative
    values or is clipped above, grain does not lead beyond that either.
    """
    out = np.array(rgb, np.float32, order="C")
    if not model.is_none:
        _add(out, model, rgb if level is None else level, missing, seed, frame, origin, limited=True)
    return out


def _add(
    out: Picture,
    model: GrainModel,
    level: Picture,
    missing: npt.NDArray[np.float32],
    seed: int,
    frame: int,
    origin: tuple[int, int],
    *,
    limited: bool,
) -> None:
    """Add grain to `out` in place."""
    radius = model.kernel.shape[1] // 2
    height, width = out.shape[:2]
    if height == 0 or width == 0:
        return
    white = np.empty((3, height + 2 * radius, width + 2 * radius), np.float32)
    key = np.uint64((seed * 0x9E3779B97F4A7C15 + frame * 0xD1342543DE82EF95 + 0x632BE59BD9B4E019) & (2**64 - 1))
    _white(white, key, np.int64(origin[0] - radius), np.int64(origin[1] - radius), _mixing(model), _gaussian())
    law = np.array([model.curvature, model.slope, model.floor], np.float32)
    top = np.array(model.highest, np.float32) * np.float32(EXTRAPOLATE)
    lowest = np.float32(model.lowest_value if limited else -np.inf)
    ceiling = np.array(model.ceiling if limited else (np.inf,) * 3, np.float32)
    level = np.ascontiguousarray(level, np.float32)
    each = missing if missing.ndim == 3 else missing[..., None]
    missing = np.ascontiguousarray(np.broadcast_to(each, out.shape), np.float32)
    _scatter(out, white, np.ascontiguousarray(model.kernel), law, top, level, missing, lowest, ceiling)


@lru_cache(maxsize=1)
def _gaussian() -> Picture:
    """Quantiles of the normal distribution at the ends of equal parts, `(_STEPS + 1,) float32`, of variance 1 when
    each part is drawn evenly."""
    normal = NormalDist()
    ends = 1 / (3.0 * _STEPS)
    places = [ends, *(i / _STEPS for i in range(1, _STEPS)), 1 - ends]
    table = np.array([normal.inv_cdf(p) for p in places])
    table -= table[::-1].copy()
    table /= 2
    a, b = table[:-1], table[1:]
    table /= np.sqrt(((a * a + a * b + b * b) / 3).mean())
    return np.asarray(table, np.float32)


def _mixing(model: GrainModel) -> Picture:
    """`(3, 3)` M so that `M @ white` gives, after the kernels, the model's correlation of the channels.

    Kernels of different shape overlap in part only, so the white noise has to agree more than the grain shall.
    """
    flat = model.kernel.reshape(3, -1).astype(np.float64)
    wanted = model.correlation.astype(np.float64) / np.maximum(flat @ flat.T, 0.05)
    np.fill_diagonal(wanted, 1.0)
    values, vectors = np.linalg.eigh(np.clip(wanted, -1.0, 1.0))
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    root /= np.sqrt((root**2).sum(1, keepdims=True))
    return np.asarray(root, np.float32)


@njit(cache=True, nogil=True)
def _hashed(h: np.uint64) -> np.uint64:
    """Stafford's 13th mixer for 64 bits, as in SplitMix64 (Steele, Lea & Flood 2014)."""
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(cache=True, nogil=True)
def _drawn(bits: np.uint64, table: Picture) -> np.float32:
    """A Gaussian number from the lowest 21 bits."""
    part = np.intp(bits & np.uint64(4095))
    place = np.float32((bits >> np.uint64(12)) & np.uint64(511)) * np.float32(1 / 512)
    low, high = table[part], table[part + 1]
    return np.float32(low + (high - low) * (place + np.float32(1 / 1024)))


@njit(cache=True, nogil=True)
def _white(out: Picture, key: np.uint64, x0: np.int64, y0: np.int64, mix: Picture, table: Picture) -> None:
    """White noise `(3, h, w)` of variance 1, mixed between the channels, of the place (x0, y0) on."""
    for y in range(out.shape[1]):
        row = _hashed(key + np.uint64(y0 + y) * np.uint64(0xD6E8FEB86659FD93))
        for x in range(out.shape[2]):
            bits = _hashed(row + np.uint64(x0 + x) * np.uint64(0x9E3779B97F4A7C15))
            r = _drawn(bits, table)
            g = _drawn(bits >> np.uint64(21), table)
            b = _drawn(bits >> np.uint64(42), table)
            for c in range(3):
                out[c, y, x] = mix[c, 0] * r + mix[c, 1] * g + mix[c, 2] * b


@njit(cache=True, nogil=True)
def _lacks(missing: Picture) -> bool:
    """Whether a pixel lacks grain in any of its channels."""
    return bool(missing[0] > 0 or missing[1] > 0 or missing[2] > 0)


@njit(cache=True, nogil=True)
def _scatter(
    out: Picture,
    white: Picture,
    kernel: Picture,
    law: Picture,
    top: Picture,
    level: Picture,
    missing: Picture,
    lowest: np.float32,
    ceiling: Picture,
) -> None:
    """Add convolved white noise, scaled by the law and the missing share, to `out` in place."""
    width = out.shape[1]
    size = kernel.shape[1]
    for y in range(out.shape[0]):
        first = 0
        while first < width and not _lacks(missing[y, first]):
            first += 1
        last = width
        while last > first and not _lacks(missing[y, last - 1]):
            last -= 1
        count = last - first
        if count == 0:
            continue
        sums = np.empty(count, np.float32)
        for c in range(3):
            sums[:] = np.float32(0.0)
            for ky in range(size):
                for kx in range(size):
                    weight = kernel[c, ky, kx]
                    source = white[c, y + ky, first + kx : last + kx]
                    for x in range(count):
                        sums[x] += weight * source[x]
            for x in range(count):
                share = missing[y, first + x, c]
                if not share > 0:
                    continue
                at = level[y, first + x, c]
                at = min(at, np.float32(65504.0)) if at > 0 else np.float32(0.0)
                held = min(at, top[c])
                variance = law[0, c] * held * held + law[1, c] * at + law[2, c]
                before = out[y, first + x, c]
                after = before + sums[x] * np.sqrt(variance * min(share, np.float32(1.0)))
                after = max(after, min(lowest, before))
                out[y, first + x, c] = min(after, max(ceiling[c], before))
