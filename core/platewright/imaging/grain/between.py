"""What looking a neighbour up between its pixels does to the difference of two frames: to its grain and to texture.

The look-up softens the neighbour's grain, by a share that can be told. Texture near the pixels' own size is worse:
each frame sampled it where its pixels happened to fall, so no look-up of one gives the other, and what is left over
looks just like grain. But it is next to nothing where pixel falls on pixel, and grows with the texture's curvature. So
blocks are taken from where it is least, and the little that it still is there is taken off.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from numba import njit

from .model import GrainModel
from .spectrum import kernel_of

__all__ = ["least_aliased", "sampled_apart", "texture_of", "unsoftened"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

_SPREAD = 64
"""Side of the spectra, pixels: no kernel of grain is half as wide."""
_QUIETEST, _ELSE = 0.1, 2.0
"""Share of the blocks that show grain and texture alone, however much of the picture moves by itself; and the variance,
times the greatest of theirs, over which a block shows something else, which would pass for what texture adds."""
_FEWEST, _SHARE = 150, 3
"""Blocks that are kept at least, and the part of all that they are at least."""
_LITTLE = 0.02
"""Variance, in units of the law, that texture may add to a block without being noticed."""


def sampled_apart(columns: Singles, rows: Singles) -> Singles:
    """How far between pixels places lie: 0 on a pixel, 1 on the mean, 2 in the middle of four."""
    return np.asarray(np.sin(np.pi * columns) ** 2 + np.sin(np.pi * rows) ** 2, np.float32)


def unsoftened(model: GrainModel, apart: float, apart_spectrum: float) -> GrainModel:
    """The grain of a frame, from that of its difference to another one over the root of 2, whose grain a look-up by
    Lanczos' window of 4 has softened. apart: of the places its variance was measured at, on the mean; apart_spectrum:
    of those its spectrum was.

    A look-up leaves the low frequencies alone and takes most of the highest, so the spectrum is another too.
    """
    lost = _lost()
    measured = np.abs(np.fft.fft2(model.kernel.astype(np.float64), (_SPREAD, _SPREAD))) ** 2
    power = measured / (1 - apart_spectrum / 2 * lost)
    variance = power.sum((1, 2)) / np.maximum((power * (1 - apart / 2 * lost)).sum((1, 2)), 1e-30)
    around = np.arange(-(model.kernel.shape[1] + 1), model.kernel.shape[1] + 2)
    shape = np.fft.ifft2(power).real[:, around[:, None], around]
    kernel = kernel_of(shape / shape[:, len(around) // 2, len(around) // 2, None, None])
    return replace(model.scaled(variance), kernel=kernel)


def _lost() -> Floats:
    """Share of a neighbour's power, `(_SPREAD, _SPREAD)` by frequency, that a look-up takes away on the mean."""
    taps, places = np.arange(-3, 5), np.arange(0, 1, 1 / 32)[:, None]
    weights = np.sinc(taps - places) * np.sinc((taps - places) / 4)
    weights /= weights.sum(1, keepdims=True)
    lags = np.mean([np.correlate(row, row, "full") for row in weights], 0)
    frequencies = 2 * np.pi * np.fft.fftfreq(_SPREAD)
    along = (lags * np.cos(frequencies[:, None] * np.arange(-7, 8))).sum(1)
    return np.asarray(1 - np.outer(along, along))


def least_aliased(ratios: Floats, texture: Floats, share: int = 1) -> tuple[npt.NDArray[np.int64], float]:
    """Blocks where texture adds least to the variance, and what it adds there for each unit of `texture (n,)`.

    ratios: `(n,)`, of the blocks' variance to some law; texture: in units of that law too. share: so many blocks count
    as one.
    """
    fit = np.flatnonzero(ratios <= _ELSE * np.quantile(ratios, _QUIETEST))  # some, also where there is no grain
    ordered = fit[np.argsort(texture[fit], kind="stable")]
    third = max(1, len(ordered) // 3)
    low, high = ordered[:third], ordered[-third:]
    rise = float(np.median(ratios[high]) - np.median(ratios[low]))
    further = float(np.median(texture[high]) - np.median(texture[low]))
    growth = max(0.0, rise / further) if further > 0 else 0.0
    plain = int(np.count_nonzero(growth * texture[ordered] <= _LITTLE))
    return np.sort(ordered[: max(plain, share * _FEWEST, len(ordered) // _SHARE)]), growth


@njit(cache=True, nogil=True)
def texture_of(picture, source, apart, corners, size, found, between):  # type: ignore[no-untyped-def]
    """Of blocks, written to the last two arguments: `(n, 3)` the mean square of the picture's curvature without the
    grain's, times how far between pixels the block lies; and that distance, `(n,)`.

    picture: `(H, W, 3) float32`, the mean of two frames; source: their difference over the root of 2, which has twice
    the mean's grain. apart: `(H, W) float32`, see sampled_apart.
    """
    inner = float((size - 2) * (size - 2))
    for i in range(len(corners)):
        top, left = corners[i, 0], corners[i, 1]
        total = 0.0
        for y in range(top + 1, top + size - 1):
            for x in range(left + 1, left + size - 1):
                total += apart[y, x]
        between[i] = total / inner
        for c in range(3):
            bent = 0.0
            for y in range(top + 1, top + size - 1):
                for x in range(left + 1, left + size - 1):
                    a = picture[y - 1, x, c] + picture[y + 1, x, c] + picture[y, x - 1, c] + picture[y, x + 1, c]
                    b = source[y - 1, x, c] + source[y + 1, x, c] + source[y, x - 1, c] + source[y, x + 1, c]
                    a -= np.float32(4.0) * picture[y, x, c]
                    b -= np.float32(4.0) * source[y, x, c]
                    bent += a * a - np.float32(0.5) * b * b
            found[i, c] = max(0.0, bent / inner) * between[i]
