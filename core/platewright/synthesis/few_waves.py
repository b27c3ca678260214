"""What displacements go on as where nobody saw them: the field that explains those seen by few travelling waves.

Method: the mean of a stationary random field of columns, rows and frames, given least-squares equations for some of
its cells. Its spectrum is estimated with it and held to be of few waves (after Candès et al. 2008, reweighting); the
mean is found by accelerated gradient steps (Beck & Teboulle 2009), each filtered as Wiener's filter would.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .slices import at_once, in_slices

__all__ = ["Told", "WaveField"]

_cv2: Any = cv2
_fft: Any = np.fft
Float = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.complex64]

STEPS = 8
"""Steps to the mean of the field, for each spectrum that is tried: each goes on from where the last one ended."""
SPARE = 24
"""Frames, rows and columns of cells beyond the known ones: waves don't meet themselves there, and what is known lies
within the middle of what lines of the spectrum beat at."""
WIDEST = 2.8
"""Cells: waves much shorter than that are not believed to begin with."""
FEW = 2.0
"""Power that turns a spectrum into one of fewer waves."""
CAPPED = 40
"""Percentile of how well cells tell their displacement, over which none counts for more: one step must do for all."""
LEAST_POWER = np.float32(1e-6)


@dataclass(frozen=True)
class Told:
    """What cells tell of their displacements, as least-squares equations; 0 where they tell nothing.

    how: `(T, h, w, 3) float32`, the symmetric matrices (xx, xy, yy); where: `(T, h, w, 2) float32`, their right sides.
    noise: variance that makes likelihoods of them.
    """

    how: Float
    where: Float
    noise: float

    @property
    def cells(self) -> tuple[int, int, int]:
        """Frames, rows and columns of them."""
        frames, rows, columns = self.how.shape[:3]
        return frames, rows, columns

    @property
    def well(self) -> Float:
        """`(T, h, w)`: how well cells tell."""
        return np.asarray(self.how[..., 0] + self.how[..., 2])

    def after(self, field: Float) -> Float:
        """`(T, h, w, 2)`: the right sides that would tell a field of displacements exactly."""
        xx, xy, yy = (self.how[..., c] for c in range(3))
        x, y = field[..., 0], field[..., 1]
        return np.stack([xx * x + xy * y, xy * x + yy * y], -1)

    def counted_from(self, field: Float) -> Told:
        """The same, told of all of a displacement, when it was told of what is left beside a field."""
        return Told(self.how, self.where + self.after(field), self.noise)

    def of(self, cells: npt.NDArray[np.bool_]) -> Told:
        """What some cells tell."""
        return Told(self.how * cells[..., None], self.where * cells[..., None], self.noise)

    def explained(self, field: Float, cells: npt.NDArray[np.bool_]) -> float:
        """Share of what some cells tell that a field of displacements explains; 1 is all, below 0 worse than none."""
        xx, xy, yy = (self.how[cells, c].astype(np.float64) for c in range(3))
        right, found = self.where[cells].astype(np.float64), field[cells].astype(np.float64)
        sure = xx * yy - xy * xy + 1e-4 * (xx + yy) ** 2 + 1e-30
        most = (yy * right[:, 0] ** 2 - 2 * xy * right[:, 0] * right[:, 1] + xx * right[:, 1] ** 2) / sure
        gained = 2 * (found * right).sum(-1) - (found * self.after(field)[cells]).sum(-1)
        return float(gained.sum() / max(float(most.sum()), 1e-30))


class WaveField:
    """A field of displacements over cells, which is told again and again by what they tell."""

    def __init__(self, cells: tuple[int, int, int]) -> None:
        """cells: frames, rows and columns of them."""
        self._cells = cells
        self._size = tuple(int(_cv2.getOptimalDFTSize(known + SPARE)) for known in cells)
        down, across = np.fft.fftfreq(self._size[1])[:, None], np.fft.rfftfreq(self._size[2])
        smooth = np.exp(-((down * down + across * across) * WIDEST**2) / 2)
        spectrum = np.broadcast_to(smooth / smooth.mean(), (self._size[0], *smooth.shape)).astype(np.float32)
        self._spectra = [spectrum, spectrum]
        self._sides: list[Float] = [np.zeros(self._size, np.float32) for _ in range(2)]
        self._waves: list[Spectrum] = [np.empty(spectrum.shape, np.complex64) for _ in range(2)]

    def begin(self, field: Float) -> None:
        """Begin with a field of displacements `(T, h, w, 2)`."""
        frames, rows, columns = self._cells
        for c, side in enumerate(self._sides):
            side[:frames, :rows, :columns] = field[..., c]
        self._retell()

    def follow(self, told: Told, rounds: int) -> Float:
        """`(T, h, w, 2)`: the displacements, after some rounds of a field by the spectrum and a spectrum by it."""
        well = told.well
        if not well.any():
            return np.zeros((*self._cells, 2), np.float32)
        most = np.percentile(well[well > 0], CAPPED)
        counts = np.minimum(1 / most, 1 / np.maximum(well, 1e-30)).astype(np.float32)
        how, where = told.how * counts[..., None], told.where * counts[..., None]
        for _ in range(rounds):
            self._settle(how, where, np.float32(told.noise / most))
            self._retell()
        frames, rows, columns = self._cells
        return np.stack([side[:frames, :rows, :columns] for side in self._sides], -1)

    def _settle(self, how: Float, where: Float, noise: np.float32) -> None:
        """A few steps to the mean of the field, by the present spectrum."""
        gains = [spectrum / (spectrum + noise) for spectrum in self._spectra]
        ahead, spare, pace = [side.copy() for side in self._sides], [np.empty_like(side) for side in self._sides], 1.0

        def filtered(c: int, more: np.float32) -> None:
            waves = _waves_in(ahead[c], self._waves[c])
            np.multiply(waves, gains[c], out=waves)
            before, now = self._sides[c], _shape_of(waves, spare[c])
            self._sides[c], spare[c] = now, before
            np.subtract(now, before, out=ahead[c])
            ahead[c] *= more
            ahead[c] += now

        for _ in range(STEPS):
            in_slices(len(how), 1, lambda start, stop: _step(how, where, ahead[0], ahead[1], start, stop))
            quicker = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
            more, pace = np.float32((pace - 1) / quicker), quicker
            at_once(partial(filtered, 0, more), partial(filtered, 1, more))

    def _retell(self) -> None:
        """The spectrum of the present field, as one of fewer waves that have as much power."""

        def powers(c: int) -> tuple[float, Float]:
            power: Float = np.square(np.abs(_waves_in(self._sides[c], self._waves[c])))
            return float(power.mean()), _widened(np.asarray(power**FEW, np.float32))

        (one, few), (other, others) = at_once(partial(powers, 0), partial(powers, 1))
        scale = np.float32((one + other) / max(float(few.mean()) + float(others.mean()), 1e-30))
        self._spectra = [power * scale + LEAST_POWER for power in (few, others)]


def _widened(power: Float) -> Float:
    """A spectrum with each line as wide as one frequency beside it: sharper ones would fade out towards the ends of
    what is known."""
    for axis in (0, 1):
        power = (power + np.roll(power, 1, axis) + np.roll(power, -1, axis)) / np.float32(3)
    out = power.copy()
    out[..., 1:] += power[..., :-1]
    out[..., :-1] += power[..., 1:]
    return out


# Normed so, because numpy computes transforms without a norm in longer numbers, which takes eight times as long.


def _waves_in(values: Float, out: Spectrum) -> Spectrum:
    _fft.rfft(values, axis=2, norm="ortho", out=out)
    _fft.fft(out, axis=1, norm="ortho", out=out)
    _fft.fft(out, axis=0, norm="ortho", out=out)
    return out


def _shape_of(waves: Spectrum, out: Float) -> Float:
    """What waves come to; they are used up by it."""
    _fft.ifft(waves, axis=0, norm="ortho", out=waves)
    _fft.ifft(waves, axis=1, norm="ortho", out=waves)
    _fft.irfft(waves, n=out.shape[2], axis=2, norm="ortho", out=out)
    return out


@numba.njit(cache=True, nogil=True)
def _step(how, where, xs, ys, start, stop):  # type: ignore[no-untyped-def]
    """Go from a field `xs, ys` towards what cells tell, in some frames; they lie in a corner of it."""
    for t in range(start, stop):
        for row in range(how.shape[1]):
            for column in range(how.shape[2]):
                x, y = xs[t, row, column], ys[t, row, column]
                xx, xy, yy = how[t, row, column, 0], how[t, row, column, 1], how[t, row, column, 2]
                xs[t, row, column] = x + where[t, row, column, 0] - xx * x - xy * y
                ys[t, row, column] = y + where[t, row, column, 1] - xy * x - yy * y
