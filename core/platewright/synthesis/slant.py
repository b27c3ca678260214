"""From where each place of a hole may be copied when that is not a shift: larger, smaller, and askew.

It knows how to go there and to fetch what is there, at any size of the picture, and not why.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["WHOLE", "Slant", "sampled", "through"]

_Floats = npt.NDArray[np.float32]
_Points = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]

WHOLE = 0.999
"""Share of a sampled pixel that must be known."""
_WIDE = 1024  # points are sampled in rows of so many: the sampler takes no picture of more than 32767 rows


@dataclass(frozen=True, slots=True)
class Slant:
    """From where each place in and right around a hole may be taken, as its plane has it.

    which: (H, W) int32, an index into `ways`, -1 where no plane says anything. ways: (K, 3, 3) float64, matrices from
    a place's x, y and 1 to those of where it is taken from.
    """

    which: npt.NDArray[np.int32]
    ways: _Points

    def enlarged(self, times: int, shape: tuple[int, ...]) -> Slant:
        """The same for the picture at so many times the size, of this shape."""
        large = cv2.resize(self.which, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST)
        half = (times - 1) / 2  # the middle of the first pixel is that of as many
        up = np.array([[times, 0, half], [0, times, half], [0, 0, 1.0]])
        return Slant(np.asarray(large[: shape[0], : shape[1]], np.int32), up @ self.ways @ np.linalg.inv(up))

    def sources(self) -> npt.NDArray[np.float32]:
        """(H, W, 2) float32: x and y of where each place is taken from, NaN where no plane says anything."""
        sources = np.full((*self.which.shape, 2), np.nan, np.float32)
        rows, columns = np.nonzero(self.which >= 0)
        chosen = self.which[rows, columns]
        for number in np.unique(chosen).tolist():
            mine = chosen == number
            places = np.column_stack([columns[mine], rows[mine]]).astype(np.float64)
            sources[rows[mine], columns[mine]] = through(self.ways[number], places)[0]
        return sources

    def offsets(self) -> npt.NDArray[np.int32]:
        """(H, W, 2) int32: how many columns and rows away each place is taken from; 0 where no plane says anything."""
        here = np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in self.which.shape[::-1])))
        away = np.round(self.sources() - here)
        return np.where(np.isfinite(away), away, 0).astype(np.int32)

    def copied(self, picture: _Floats, known: _Mask) -> _Floats:
        """(H, W, 3) float32: what is there, linear between known pixels; NaN where there is nothing."""
        sources = self.sources()
        there = np.isfinite(sources).all(-1)
        copied = np.full((*known.shape, 3), np.nan, np.float32)
        points = sources[there].astype(np.float64)
        tones = sampled(np.where(known[..., None], picture, np.float32(0)), points)
        whole = sampled(known.astype(np.float32), points) > WHOLE
        copied[there] = np.where(whole[:, None], tones, np.float32(np.nan))
        return copied


def through(matrix: _Points, points: _Points) -> tuple[_Points, _Points]:
    """Points (N, 2) through a matrix, and (N,) what they were divided by: how near they are, on a plane."""
    x, y = points.T
    across, down, near = (row[0] * x + row[1] * y + row[2] for row in matrix)  # no library's sum, which threads change
    over = np.where(np.abs(near) < 1e-9, 1e-9, near)
    return np.column_stack([across / over, down / over]), near


def sampled(values: _Floats, points: _Points) -> _Floats:
    """(N, …) float32: values at points (N, 2), x and y, linear between pixels, 0 outside."""
    rows = -(-len(points) // _WIDE)
    maps = np.full((rows * _WIDE, 2), -9, np.float32)
    maps[: len(points)] = np.clip(points, -9, 1e6)
    x, y = maps.reshape(rows, _WIDE, 2).transpose(2, 0, 1)
    found = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(found.reshape(rows * _WIDE, *values.shape[2:])[: len(points)], np.float32)
