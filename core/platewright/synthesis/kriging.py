"""Smooth filling by the best guess there is of what a lens has blurred: kriging, by the covariance of such pictures.

What the world looks like has as much contrast on each scale (its power falls with the square of the frequency), and
a lens out of focus takes the finest away. Such a picture runs on past a rim for about as far as it is blurred, and
only then goes over to the mean of what is around, as a soap film (see membrane) does at once. How blurred it is, and
how much of what is seen is grain, is told by what is around the hole: by what makes that likeliest.

Method: ordinary kriging (Matheron 1963) with the logarithmic variogram of de Wijs seen through a Gaussian; blur and
grain by restricted likelihood (Patterson & Thompson 1971).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from .averages import averaged, in_cells
from .membrane import around, membrane

__all__ = ["Guess", "kriged", "warm"]

_Floats = npt.NDArray[np.float32]
_Doubles = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.int64]

_MOST_OPEN, _MOST_NEAR = 700, 800  # cells in a hole and around it: what is smooth is told by few of them
_REACH = 12  # cells around a hole that count
_THINNED = ((2, 1), (6, 2), (_REACH, 4))  # up to so many cells away, every so many-th across and down
_TELLING, _FEWEST = 180, 12  # cells that tell the covariance; without as many as these nothing does
_TRIED = 48  # cells of the hole in which the likely error is told
_SOFT = 1.0  # pixels: grain is no seam
_KNOWN = 0.6  # share of a cell that must be known
_BLURS = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6)  # standard deviations, cells
# Variance, of half of the square that cells _REACH apart differ by.
_GRAINS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 0.3, 1.0)
_SERIES = 16.0  # from there on a logarithm is all there is of the integral


@dataclass(frozen=True, eq=False)
class Guess:
    """picture: (H, W, C) float32. error: the root mean square in tone that it is likely to miss by where it is not
    known; infinite where nothing tells."""

    picture: _Floats
    error: float


@dataclass(frozen=True, eq=False)
class _Cells:
    """side: of a cell, pixels. box: of the picture, that they cover. share: (h, w) float32, of each that is known.
    near: `(n, 2)`, rows and columns of those around the hole that count."""

    side: int
    box: tuple[slice, slice]
    share: _Floats
    near: _Places


def kriged(picture: _Floats, known: _Mask) -> Guess:
    """Fill what is not known by the likeliest smooth picture.

    picture: (H, W, C) float32 in tone space, finite where known. known: (H, W) bool, somewhere True.
    Returns what is known bit for bit; where nothing is missing, a copy; a membrane where too little is known to tell
    how things go on.
    """
    cells = _cells(known)
    if cells is None:
        return Guess(picture.copy(), 0.0)
    if len(cells.near) < _FEWEST:
        return Guess(membrane(picture, known), np.inf)
    there = known[cells.box]
    shown = np.where(there[..., None], picture[cells.box], np.float32(0))
    guessed, error = _guessed(shown, cells)
    field = _full_size(guessed, cells.side, there.shape)
    # What cells are too coarse for along the rim is taken out like a seam.
    soft = averaged(shown, there, _SOFT)
    step = membrane(np.where(there[..., None], soft - field, np.float32(0)), there)
    filled = picture.copy()
    filled[cells.box] = np.where(there[..., None], shown, field + step)
    return Guess(filled, error)


def warm() -> None:
    """Compile the kernels of this module, so that the first real call does not wait for it."""
    known = np.ones((24, 24), np.bool_)
    known[8:16, 8:16] = False
    kriged(np.random.default_rng(1).random((24, 24, 3), np.float32), known)


def _cells(known: _Mask) -> _Cells | None:
    """Cells of which few fill the hole and few around it count; None where nothing is missing."""
    side = max(1, round(float(np.sqrt(np.count_nonzero(~known) / _MOST_OPEN))))
    box = around(known, (_REACH + 2) * side)
    if box is None:
        return None
    share = in_cells(known[box].astype(np.float32), side)
    away = np.asarray(cv2.distanceTransform((share > _KNOWN).astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    thinner = 1
    while len(near := _near(away, thinner)) > _MOST_NEAR:  # a long hole has much around it
        thinner *= 2
    return _Cells(side, box, share, near)


def _near(away: _Floats, thinner: int) -> _Places:
    """Rows and columns `(n, 2)` of the cells around a hole that count: the farther `away` from it, the fewer."""
    rows, columns = np.indices(away.shape)
    counts, nearer = np.zeros(away.shape, np.bool_), 0
    for reach, step in _THINNED:
        fits = (rows % (step * thinner) == 0) & (columns % (step * thinner) == 0)
        counts |= (away > nearer) & (away <= reach) & fits
        nearer = reach
    return _places(counts)


def _places(mask: npt.NDArray[np.bool_]) -> _Places:
    """Rows and columns `(n, 2)` of what is True, in numpy's own order of memory: a kernel is compiled for each."""
    return np.ascontiguousarray(np.argwhere(mask))


def _guessed(picture: _Floats, cells: _Cells) -> tuple[_Floats, float]:
    """The means of cells (H, W, C) of a picture, 0 where not known, with the likeliest ones in the hole and two cells
    around it; and the root mean square that those in the hole are likely to be off by."""
    share, near = cells.share, cells.near
    means = in_cells(picture, cells.side).reshape(*share.shape, -1) / np.maximum(share, np.float32(1e-6))[..., None]
    values = means[near[:, 0], near[:, 1]].astype(np.float64)
    middle = values.mean(0)
    wanted = _places(cv2.dilate((share <= _KNOWN).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    covariance, grain = _likeliest(near, values - middle, share.shape)
    matrix, answers = _asked(near, values - middle, covariance, grain)
    missing = _places(share < 1)
    some = missing[np.linspace(0, len(missing) - 1, min(len(missing), _TRIED)).astype(np.int64)]
    answers = np.column_stack([answers, _covariances(near, some, covariance)])
    _eliminate(matrix, answers)
    error = _error(answers, len(some), float(covariance[0]))
    answers = np.ascontiguousarray(answers[:, : values.shape[1] + 1])
    _substitute(matrix, answers)
    of_ones = answers[:, -1:]
    mean = (of_ones * (values - middle)).sum(0) / of_ones.sum()
    weights = answers[:, :-1] - of_ones * mean  # they add up to nothing, so that no mean need be known
    told = np.empty((len(wanted), values.shape[1]))
    _told(wanted, near, covariance, weights, told)
    guessed = np.array(means, np.float32)
    guessed[wanted[:, 0], wanted[:, 1]] = told + middle + mean
    return guessed, error


def _error(answers: _Doubles, places: int, variance: float) -> float:
    """Root mean square that the guess at places is likely to be off by; answers: to values, ones and each place's
    covariances, as _eliminate leaves them. variance: of any place."""
    values, ones, asked = np.split(answers, [answers.shape[1] - places - 1, answers.shape[1] - places], axis=1)
    weight = (ones * ones).sum()
    scale = ((values * values).sum(0) - (ones * values).sum(0) ** 2 / weight) / (len(answers) - 1)
    left = variance - (asked * asked).sum(0) + (1 - (ones * asked).sum(0)) ** 2 / weight
    return float(np.sqrt(max(0.0, scale.mean() * left.mean())))


def _covariances(near: _Places, places: _Places, covariance: _Doubles) -> _Doubles:
    """Of values near `(n, 2)` with those at places `(m, 2)`, `(n, m)`."""
    off = near[:, None] - places[None]
    return np.asarray(covariance[(off * off).sum(-1)])


def _likeliest(near: _Places, values: _Doubles, shape: tuple[int, ...]) -> tuple[_Doubles, float]:
    """Covariance by squared distance, and grain, of those that make values `(n, C)` likeliest."""
    some = np.linspace(0, len(near) - 1, min(len(near), _TELLING)).astype(np.int64)
    places, said = near[some], values[some]
    best, covariance, grain = np.inf, np.zeros(0), 0.0
    for blur in _BLURS:
        tried = _covariance(blur, shape)
        for noise in _GRAINS:
            matrix, answers = _asked(places, said, tried, noise)
            logarithm = _eliminate(matrix, answers)
            ones = answers[:, -1:]
            weight = float((ones * ones).sum())
            left = (answers[:, :-1] ** 2).sum(0) - (answers[:, :-1] * ones).sum(0) ** 2 / weight
            unlikely = len(left) * (logarithm + np.log(weight)) + (len(some) - 1) * np.log(left + 1e-12).sum()
            if unlikely < best:
                best, covariance, grain = unlikely, tried, noise
    return covariance, grain


def _asked(places: _Places, values: _Doubles, covariance: _Doubles, grain: float) -> tuple[_Doubles, _Doubles]:
    """The covariance of places `(n, 2)`, and values and ones beside each other, `(n, C + 1)`."""
    matrix = np.empty((len(places), len(places)))
    _between(places, covariance, grain, matrix)
    return matrix, np.column_stack([values, np.ones(len(values))])


def _covariance(blur: float, shape: tuple[int, ...]) -> _Doubles:
    """By squared distance in cells of a picture of that shape: falls by 1 over _REACH. blur: in cells.

    Only differences count; it is so far above 0 that any sum of values has a variance.
    """
    reach = shape[0] ** 2 + shape[1] ** 2
    fallen = _risen(np.arange(reach + 1) / (4 * blur**2)) / _risen(np.array([_REACH**2 / (4 * blur**2)]))[0]
    return np.asarray(4 * fallen[-1] - fallen)


def _risen(x: _Doubles) -> _Doubles:
    """The logarithm as a Gaussian leaves it: the integral of (1 - exp(-t)) / t from 0 to x."""
    root, table = _integral()
    return np.where(x < _SERIES, np.interp(np.sqrt(x), root, table), np.log(np.maximum(x, 1)) + np.euler_gamma)


@cache
def _integral() -> tuple[_Doubles, _Doubles]:
    """That integral up to _SERIES, by its series, against the root of x."""
    root = np.linspace(0, np.sqrt(_SERIES), 4001)
    x, term, total = root**2, np.ones_like(root), np.zeros_like(root)
    for k in range(1, 90):
        term = -term * x / k
        total -= term / k
    return root, total


def _full_size(cells: _Floats, cell: int, shape: tuple[int, ...]) -> _Floats:
    """What changes smoothly from cell to cell, (H, W, C)."""
    if cell > 1:
        size = cells.shape[1] * cell, cells.shape[0] * cell
        cells = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_CUBIC), np.float32).reshape(*size[::-1], -1)
    return np.asarray(cells[: shape[0], : shape[1]], np.float32)


@njit(cache=True, nogil=True)
def _between(places, covariance, grain, matrix):  # type: ignore[no-untyped-def]
    """Covariance of each place with itself and those before it."""
    for i in range(len(places)):
        for j in range(i + 1):
            down, across = places[i, 0] - places[j, 0], places[i, 1] - places[j, 1]
            matrix[i, j] = covariance[down * down + across * across]
        matrix[i, i] += grain


@njit(cache=True, nogil=True)
def _eliminate(matrix, answers):  # type: ignore[no-untyped-def]
    """Cholesky's lower root of a matrix in its place, and what it makes of the answers; returns the logarithm of the
    determinant. Row by row, so that the compiler makes vectors without another order of sums."""
    count, channels = len(matrix), answers.shape[1]
    column, logarithm = np.empty(count), 0.0
    for k in range(count):
        root = np.sqrt(max(matrix[k, k], 1e-12))
        logarithm += 2 * np.log(root)
        matrix[k, k] = root
        for c in range(channels):
            answers[k, c] /= root
        for i in range(k + 1, count):
            column[i] = matrix[i, k] / root
            matrix[i, k] = column[i]
        for i in range(k + 1, count):
            by = column[i]
            row = matrix[i]
            for j in range(k + 1, i + 1):
                row[j] -= by * column[j]
            for c in range(channels):
                answers[i, c] -= by * answers[k, c]
    return logarithm


@njit(cache=True, nogil=True)
def _substitute(matrix, answers):  # type: ignore[no-untyped-def]
    """The second half of solving, after _eliminate."""
    for k in range(len(matrix) - 1, -1, -1):
        for c in range(answers.shape[1]):
            answers[k, c] /= matrix[k, k]
            for j in range(k):
                answers[j, c] -= matrix[k, j] * answers[k, c]


@njit(cache=True, nogil=True)
def _told(wanted, near, covariance, weights, told):  # type: ignore[no-untyped-def]
    """Sums of weights `(n, C)`, each by how far its place is."""
    told[:] = 0.0
    for i in range(len(wanted)):
        for j in range(len(near)):
            down, across = wanted[i, 0] - near[j, 0], wanted[i, 1] - near[j, 1]
            by = covariance[down * down + across * across]
            for c in range(weights.shape[1]):
                told[i, c] += by * weights[j, c]
