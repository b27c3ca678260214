"""Square blocks of a picture, and what is left of them when a smooth surface is taken away.

The surface is a polynomial of the second degree, so that shading does not count as grain. It takes a part of the
grain's low frequencies with it; `Surface.response` says exactly which, so that the loss can be put back. Knows
nothing of levels and laws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["Surface", "block_autocovariance", "block_statistics", "surface"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Surface:
    """A block size with everything that depends on it.

    size: side in pixels. radius: largest lag looked at, in pixels. lags: `(n, 2) int64`, (rows, columns), one of
    each pair of opposite lags, (0, 0) first. pairs: `(n,)`, pixel pairs of a block at each lag. basis: `(3, size)`
    orthonormal polynomials. response: `(n, n)`; `response @ r` is the expected sum over the pairs of a block's
    residual products at each lag, where r is the true autocovariance at the lags.
    """

    size: int
    radius: int
    lags: Whole
    pairs: Floats
    basis: Floats
    response: Floats


@lru_cache(maxsize=4)
def surface(size: int, radius: int) -> Surface:
    """The Surface of a block size, computed once."""
    steps = (np.arange(size) - (size - 1) / 2) / size
    basis = np.linalg.qr(np.stack([steps**0, steps, steps * steps], 1))[0].T.copy()
    lags = np.array(
        [(dy, dx) for dy in range(radius + 1) for dx in range(-radius, radius + 1) if dy > 0 or dx >= 0], np.int64
    )
    pairs = np.array([(size - dy) * (size - abs(dx)) for dy, dx in lags], np.float64)
    planes = np.stack([np.outer(basis[i], basis[j]) for i in range(3) for j in range(3 - i)])
    return Surface(size, radius, lags, pairs, basis, _response(planes, lags, pairs))


def _shifted(planes: Floats, dy: int, dx: int) -> Floats:
    """`planes[..., y + dy, x + dx]` at `[..., y, x]`, 0 outside."""
    size = planes.shape[-1]
    out = np.zeros_like(planes)
    rows = slice(max(0, -dy), size - max(0, dy))
    columns = slice(max(0, -dx), size - max(0, dx))
    out[..., rows, columns] = planes[..., slice(max(0, dy), size + min(0, dy)), slice(max(0, dx), size + min(0, dx))]
    return out


def _response(planes: Floats, lags: Whole, pairs: Floats) -> Floats:
    """`Surface.response` for the surface spanned by orthonormal `planes (m, size, size)`.

    With P the projection on the planes and S the 0/1 matrix of pixel pairs at lag e, a residual's covariance is
    (1 - P) S (1 - P), whose entries are summed over the pairs at lag d.
    """
    count = len(planes)
    moved = [planes if not (dy or dx) else _shifted(planes, dy, dx) + _shifted(planes, -dy, -dx) for dy, dx in lags]
    spread = np.stack(moved)
    inner = np.einsum("eknm,lnm->ekl", spread, planes)
    out = np.zeros((len(lags), len(lags)))
    np.fill_diagonal(out, pairs)
    for d, (dy, dx) in enumerate(lags):
        ahead = _shifted(planes, dy, dx)
        crossed = np.einsum("knm,eknm->e", ahead, spread)
        crossed += np.einsum("knm,eknm->e", planes, _shifted(spread, dy, dx))
        both = np.einsum("knm,lnm->kl", planes, ahead)
        out[d] += np.einsum("ekl,kl->e", inner, both.reshape(count, count)) - crossed
    return out


@njit(cache=True, nogil=True)
def _coefficients(block: Floats, basis: Floats, found: Floats) -> float:
    """The six coefficients of a block's surface, written to `found`; returns the block's energy."""
    size = basis.shape[1]
    found[:] = 0.0
    energy = 0.0
    for y in range(size):
        r0 = 0.0
        r1 = 0.0
        r2 = 0.0
        for x in range(size):
            v = block[y, x]
            r0 += v
            r1 += v * basis[1, x]
            r2 += v * basis[2, x]
            energy += v * v
        r0 *= basis[0, 0]
        found[0] += basis[0, y] * r0
        found[1] += basis[0, y] * r1
        found[2] += basis[0, y] * r2
        found[3] += basis[1, y] * r0
        found[4] += basis[1, y] * r1
        found[5] += basis[2, y] * r0
    return energy


@njit(cache=True, nogil=True)
def _inspect(
    picture: Singles, source: Singles, usable: Flags, low: Singles, high: Singles, level: Floats
) -> tuple[int, np.float32]:
    """State and lowest value of one block, as block_statistics tells them; its means go to `level (3,)`."""
    state = 2
    least = np.float32(np.inf)
    for c in range(3):
        total = 0.0
        for y in range(picture.shape[0]):
            for x in range(picture.shape[1]):
                v = picture[y, x, c]
                if not (usable[y, x] and np.isfinite(v) and np.isfinite(source[y, x, c])):
                    return 0, np.float32(0.0)
                if v <= low[c] or v >= high[c]:
                    state = 1
                least = min(least, v)
                total += v
        level[c] = total / (picture.shape[0] * picture.shape[1])
    return state, least


@njit(cache=True, nogil=True)
def block_statistics(
    picture: Singles,
    source: Singles,
    usable: Flags,
    corners: Whole,
    basis: Floats,
    low: Singles,
    high: Singles,
    level: Floats,
    energy: Floats,
    whole: npt.NDArray[np.uint8],
    lowest: Singles,
) -> None:
    """Level and residual energy of blocks, written to the last four arguments.

    picture: `(H, W, 3) float32`, gives the level; source: the same, gives the residual (the picture itself, or a
    difference of two frames). usable: `(H, W) bool`. corners: `(n, 2) int64`, row and column of each block.
    basis: of the Surface. low, high: `(3,)`, values at which the picture is clipped.
    level, energy: `(n, 3) float64`; whole: `(n,) uint8`: 0 where a pixel is unusable or not finite, 1 where one is
    clipped, 2 where all is well. lowest: `(n,) float32`, the lowest value of any channel, where that is not 0.
    """
    size = basis.shape[1]
    for i in range(corners.shape[0]):
        rows = slice(corners[i, 0], corners[i, 0] + size)
        columns = slice(corners[i, 1], corners[i, 1] + size)
        part = source[rows, columns]
        state, least = _inspect(picture[rows, columns], part, usable[rows, columns], low, high, level[i])
        whole[i] = state
        lowest[i] = least
        if state == 0:
            level[i] = 0.0
            energy[i] = 0.0
            continue
        block = np.empty((size, size))
        found = np.empty(6)
        for c in range(3):
            start = np.float64(part[0, 0, c])
            for y in range(size):
                for x in range(size):
                    block[y, x] = part[y, x, c] - start
            left = _coefficients(block, basis, found)
            for k in range(6):
                left -= found[k] * found[k]
            energy[i, c] = max(left, 0.0)


@njit(cache=True, nogil=True)
def _residual(part: Singles, c: int, scale: float, basis: Floats, block: Floats, found: Floats, left: Singles) -> None:
    """What is left of channel c of a block without its surface, times `scale`, written to `left`."""
    size = basis.shape[1]
    start = np.float64(part[0, 0, c])
    for y in range(size):
        for x in range(size):
            block[y, x] = part[y, x, c] - start
    _coefficients(block, basis, found)
    for y in range(size):
        at0 = basis[0, y] * found[0] + basis[1, y] * found[3] + basis[2, y] * found[5]
        at1 = basis[0, y] * found[1] + basis[1, y] * found[4]
        at2 = basis[0, y] * found[2]
        for x in range(size):
            fit = at0 * basis[0, x] + at1 * basis[1, x] + at2 * basis[2, x]
            left[y, x] = np.float32((block[y, x] - fit) * scale)


@njit(cache=True, nogil=True)
def _product(left: Singles, dy: int, dx: int, sums: Singles) -> float:
    """Sum of the products of all pixel pairs at a lag; `sums (size,)` is room for the column sums."""
    size = left.shape[0]
    first = max(0, -dx)
    count = size - abs(dx)
    sums[:] = np.float32(0.0)
    for y in range(size - dy):
        here = left[y, first : first + count]
        there = left[y + dy, first + dx : first + dx + count]
        for x in range(count):
            sums[x] += here[x] * there[x]
    total = 0.0
    for x in range(count):
        total += sums[x]
    return total


@njit(cache=True, nogil=True)
def block_autocovariance(
    source: Singles, corners: Whole, scale: Floats, basis: Floats, lags: Whole, products: Floats, crossed: Floats
) -> None:
    """Sums of residual products of blocks, written to the last two arguments.

    scale: `(n, 3) float64`, each block's residual is multiplied by it. products: `(n, 3, lags)`; crossed: `(n, 3)`,
    the products R G, G B and B R at the same pixel.
    """
    size = basis.shape[1]
    for i in range(corners.shape[0]):
        part = source[corners[i, 0] : corners[i, 0] + size, corners[i, 1] : corners[i, 1] + size]
        left = np.empty((3, size, size), np.float32)
        block = np.empty((size, size))
        found = np.empty(6)
        sums = np.empty(size, np.float32)
        for c in range(3):
            _residual(part, c, scale[i, c], basis, block, found, left[c])
            for k in range(lags.shape[0]):
                products[i, c, k] = _product(left[c], lags[k, 0], lags[k, 1], sums)
        for c in range(3):
            total = 0.0
            for y in range(size):
                for x in range(size):
                    total += np.float64(left[c, y, x]) * left[(c + 1) % 3, y, x]
            crossed[i, c] = total
