"""Smooth filling: carry values known in some places over all the others, without a seam and without texture.

It initialises the exemplar fill, heals seams (the difference along a rim, carried into the hole) and extends gains
and flows to where nothing was measured. It knows nothing about mattes, plates or colour: a field in, a field out.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from .slices import in_slices

__all__ = ["around", "membrane", "warm"]

_Floats = npt.NDArray[np.float32]
_Indices = npt.NDArray[np.intp]
_TINY = 1e-8
_MARGIN = 32  # pixels of what is known around what is missing; farther off hardly counts
_SMALLEST = 2  # pixels on the shorter side, below which a level is not halved again
_RELAXATIONS = 4  # on the finest level, twice as many on each coarser one: a level costs half the one above it
_MOST_RELAXATIONS = 128
_SLICE = 1 << 16


def membrane(values: _Floats, known: npt.NDArray[np.bool_]) -> _Floats:
    """Fill what is not `known` smoothly from what is: a weighted pyramid, relaxed towards a soap film on each level.

    values: (H, W, C) float32 in any unit; what is not known may hold anything, NaN too. Known values must be finite.
    known: (H, W) bool.
    Returns (H, W, C) float32: known pixels bit for bit, the others a smooth interpolation inside the range of the
    known ones; zeros everywhere where nothing is known. Cost follows the box around what is missing.
    Source: pull-push (Gortler et al., The Lumigraph, 1996); the relaxation is Jacobi's for the Laplace equation.
    """
    filled = np.array(values, np.float32, order="C", copy=True)
    box = around(known, _MARGIN)
    if box is None:
        return filled
    crop = np.ascontiguousarray(filled[box])
    weights = known[box].astype(np.float32)
    rows, columns = _places(weights < 1)
    _clear(crop, rows, columns)
    if weights.any():
        _pull_push(crop, weights, rows, columns)
    _place(filled[box], crop, rows, columns)
    return filled


def _places(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows and columns of what is True, each in memory of its own: numpy's are views, but for one place or none, and
    a kernel would be compiled for both."""
    rows, columns = np.nonzero(mask)
    return np.ascontiguousarray(rows), np.ascontiguousarray(columns)


def around(known: npt.NDArray[np.bool_], margin: int) -> tuple[slice, slice] | None:
    """The rows and columns of all that is missing and `margin` more on each side; None where nothing is missing."""
    rows, columns = np.nonzero(~known.all(1))[0], np.nonzero(~known.all(0))[0]
    if not len(rows):
        return None
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def warm() -> None:
    """Compile the kernels of this module, so that the first real call does not wait for it."""
    for side in (9, 4 * _MARGIN):  # a box that is all of the picture, and one that is a part of it
        known = np.ones((side, side), np.bool_)
        known[4:7, 4:7] = False
        membrane(np.zeros((side, side, 2), np.float32), known)


def _pull_push(values: _Floats, weights: _Floats, rows: _Indices, columns: _Indices, depth: int = 0) -> None:
    """Interpolate, in place, wherever `weights` is below one: at the pixels (rows, columns).

    values: (H, W, C) float32, already times their weights. weights: (H, W) float32 in 0..1, somewhere above zero.
    """
    height, width, channels = values.shape
    if min(height, width) <= _SMALLEST or not len(rows):
        mean = values.sum((0, 1)) / max(float(weights.sum()), _TINY)
        values += (1 - weights)[..., None] * mean.astype(np.float32)
        return
    coarse, coarse_weights = _half(values), _half(weights[..., None])[..., 0]
    _trust_the_rim(coarse, coarse_weights)
    coarse_rows, coarse_columns = _places(coarse_weights < 1)
    _pull_push(coarse, coarse_weights, coarse_rows, coarse_columns, depth + 1)
    smooth = cv2.pyrUp(coarse)[:height, :width].reshape(height, width, channels)
    known_share = np.empty((len(rows), channels), np.float32)
    _push(values, weights, smooth, rows, columns, known_share)
    relaxed = np.empty_like(known_share)
    rounds = min(_MOST_RELAXATIONS, _RELAXATIONS << depth)
    if len(rows) <= _SLICE:
        _settle(values, weights, rows, columns, known_share, relaxed, rounds)
        return
    for _ in range(rounds):
        in_slices(
            len(rows), _SLICE,
            lambda start, stop: _relax(values, weights, rows, columns, known_share, relaxed, start, stop),
        )  # fmt: skip
        in_slices(len(rows), _SLICE, lambda start, stop: _scatter(values, relaxed, rows, columns, start, stop))


def _half(values: _Floats) -> _Floats:
    """Every second pixel of a small blur: (H, W, C) to (ceil(H / 2), ceil(W / 2), C)."""
    half = cv2.pyrDown(values)
    return np.asarray(half, np.float32).reshape(half.shape[0], half.shape[1], values.shape[2])


@njit(cache=True, nogil=True)
def _clear(values, rows, columns):  # type: ignore[no-untyped-def]
    """Zero the listed pixels."""
    for i in range(len(rows)):
        for c in range(values.shape[2]):
            values[rows[i], columns[i], c] = 0


@njit(cache=True, nogil=True)
def _place(target, source, rows, columns):  # type: ignore[no-untyped-def]
    """Copy the listed pixels."""
    for i in range(len(rows)):
        for c in range(target.shape[2]):
            target[rows[i], columns[i], c] = source[rows[i], columns[i], c]


@njit(cache=True, nogil=True)
def _scatter(values, listed, rows, columns, start, stop):  # type: ignore[no-untyped-def]
    """Write one row of `listed` into each listed pixel."""
    for i in range(start, stop):
        for c in range(values.shape[2]):
            values[rows[i], columns[i], c] = listed[i, c]


@njit(cache=True, nogil=True)
def _trust_the_rim(values, weights):  # type: ignore[no-untyped-def]
    """Weights grow on the way up, so that a coarse pixel near a rim trusts the rim and not what lies farther off."""
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            weight = weights[y, x]
            trusted = min(np.float32(1), np.float32(4) * weight)
            if weight > np.float32(1e-6):
                for c in range(values.shape[2]):
                    values[y, x, c] *= trusted / weight
            else:
                trusted = np.float32(0)
                for c in range(values.shape[2]):
                    values[y, x, c] = 0
            weights[y, x] = trusted


@njit(cache=True, nogil=True)
def _push(values, weights, smooth, rows, columns, known_share):  # type: ignore[no-untyped-def]
    """Mix the coarser level into the listed pixels, and keep what was known of them in `known_share`."""
    for i in range(len(rows)):
        y, x = rows[i], columns[i]
        rest = np.float32(1) - weights[y, x]
        for c in range(values.shape[2]):
            known_share[i, c] = values[y, x, c]
            values[y, x, c] += rest * smooth[y, x, c]


@njit(cache=True, nogil=True)
def _settle(values, weights, rows, columns, known_share, relaxed, rounds):  # type: ignore[no-untyped-def]
    """All rounds of a small level: each alone is a few microseconds, and would ask for the interpreter's lock twice."""
    for _ in range(rounds):
        _relax(values, weights, rows, columns, known_share, relaxed, 0, len(rows))
        _scatter(values, relaxed, rows, columns, 0, len(rows))


@njit(cache=True, nogil=True)
def _relax(values, weights, rows, columns, known_share, relaxed, start, stop):  # type: ignore[no-untyped-def]
    """One Jacobi step: what is not known becomes the mean of its four neighbours; borders repeat the edge."""
    height, width, channels = values.shape
    for i in range(start, stop):
        y, x = rows[i], columns[i]
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        left, right = max(x - 1, 0), min(x + 1, width - 1)
        quarter = np.float32(0.25) * (np.float32(1) - weights[y, x])
        for c in range(channels):
            around = (values[above, x, c] + values[below, x, c]) + (values[y, left, c] + values[y, right, c])
            relaxed[i, c] = known_share[i, c] + quarter * around
