"""What a look-up between pixels leaves of grain: the more, the softer the grain is by itself.

A cubic through sixteen pixels is a little soft, most of all half-way between them, and grain has all the frequencies
that this costs. Who fuses looks counts by a film-like grain; the plate's own is measured later, channel by channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
import numpy.typing as npt

from .rows import cubic
from .softening import AMOUNT

__all__ = ["CRISPED", "CUBIC", "LookUp"]

Array = npt.NDArray[np.float64]

SIZE, PLACES = 32, 16
"""Pixels across of the spectra, and places between two pixels that are averaged over."""


@dataclass(frozen=True)
class LookUp:
    """A way to look up between pixels. film: share of its variance that it leaves of a film-like grain. crisped:
    whether what it softens is given back afterwards, see softening."""

    film: float
    crisped: bool

    def left_of(self, kernel: npt.NDArray[np.float32]) -> Array:
        """`(3,)`: share of its variance that it leaves of each channel's grain, on the mean over all places.

        kernel: `(3, k, k)`, of the grain, see imaging.grain.GrainModel.
        """
        power = np.abs(np.fft.fft2(kernel.astype(np.float64), (SIZE, SIZE))) ** 2
        whole = np.maximum(power.sum(axis=(1, 2)), 1e-30)
        return np.asarray((power * _passed(self.crisped)).sum(axis=(1, 2)) / whole)

    def lacking(
        self, counted: npt.NDArray[np.float32], lent: npt.NDArray[np.bool_], kernel: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """`(H, W, 3)`: share of each channel's variance of grain that pixels lack, where `counted (H, W)` is that of a
        film-like grain. lent: `(H, W)`, those that were looked up. kernel: as in left_of."""
        out = np.empty((*counted.shape, 3), np.float32)
        _by_channel(counted, lent, (self.left_of(kernel) / self.film).astype(np.float32), out)
        return out


CUBIC, CRISPED = LookUp(0.85, False), LookUp(0.92, True)


@numba.njit(cache=True, nogil=True)
def _by_channel(counted, lent, more, out):  # type: ignore[no-untyped-def]
    """What is kept of a pixel's grain, times `more (3,)` where it was lent and lacks any; and what it lacks then."""
    for y in range(counted.shape[0]):
        for x in range(counted.shape[1]):
            lacks = counted[y, x]
            for c in range(3):
                less = max(np.float32(1.0) - (np.float32(1.0) - lacks) * more[c], np.float32(0.0))
                out[y, x, c] = less if lent[y, x] and lacks > 0 else lacks


@lru_cache(maxsize=2)
def _passed(crisped: bool) -> Array:
    """`(SIZE, SIZE)`: what is left of the power at each frequency."""
    t = (np.arange(PLACES)[:, None] + 0.5) / PLACES
    weights = np.hstack(cubic.py_func(t))  # type: ignore[no-untyped-call]  # as Python, for all places at once
    w = 2 * np.pi * np.fft.fftfreq(SIZE)
    along = (np.abs(weights @ np.exp(1j * np.outer(np.arange(-1, 3), w))) ** 2).mean(axis=0)
    passed = np.outer(along, along)
    if crisped:
        back = float(AMOUNT) / 2 * np.sin(w / 2) ** 4  # on the mean, half as much as half-way between pixels
        passed *= (1 + back[:, None] + back) ** 2
    return passed
