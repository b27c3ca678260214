"""The foreground's most telling colour around each place: that of the solid thing nearby that is least like the sky.

A bar a pixel wide is nowhere all bar, so that its own colour can't be read from it; but the rail that holds it, or the
post at its end, is of the same paint and three pixels wide. A cable has neither: for it the picture's darkest places
stand, for what is thin stands against the light.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["darkest_colour", "solid_colours"]

Floats = npt.NDArray[np.float32]

_BLOCKS = 120  # to the longer side
_LEAST_BLOCK = 8  # pixels
_REACH = 2  # blocks: the rail of a railing is no further from its bars than a fiftieth of the picture
_DARKEST = 0.02  # share of the picture's solid places whose mean is its darkest colour
_ALIKE = np.float32(0.9)  # of the greatest distance from the sky: what is that far is of one colour


def solid_colours(rgb: Floats, core: npt.NDArray[np.uint8], distance: Floats) -> Floats:
    """(j, i, 4) for each block of the picture a colour, linear, and its distance from the sky; 0 where none is near.

    rgb: (H, W, 3); core: (H, W) 1 in the middle of what is three pixels wide; distance: (H, W) noise scales from the
    sky's local colour.
    """
    height, width = core.shape
    block = max(_LEAST_BLOCK, round(max(height, width) / _BLOCKS))
    own = np.zeros((-(-height // block), -(-width // block), 4), np.float32)
    _in_blocks(rgb, core, distance, own)
    around = np.zeros_like(own)
    _around(own, around)
    return around


def darkest_colour(solids: Floats) -> Floats:
    """(4,) the mean of the darkest of `solid_colours`' colours, linear, and 1; 0 where there are none."""
    colours = solids[solids[..., 3] > 0][:, :3]
    if not len(colours):
        return np.zeros(4, np.float32)
    darkest = np.argsort(colours.sum(axis=1), kind="stable")[: max(1, round(_DARKEST * len(colours)))]
    return np.append(colours[darkest].mean(axis=0), 1).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _in_blocks(rgb, core, distance, own):  # type: ignore[no-untyped-def]
    height, width = core.shape
    rows, columns = own.shape[:2]
    for j in range(rows):
        top, bottom = (j * height + rows - 1) // rows, ((j + 1) * height + rows - 1) // rows
        for i in range(columns):
            left, right = (i * width + columns - 1) // columns, ((i + 1) * width + columns - 1) // columns
            most = np.float32(0)
            for y in range(top, bottom):
                for x in range(left, right):
                    if core[y, x] and distance[y, x] > most:
                        most = distance[y, x]
            if most <= 0:
                continue
            s0 = s1 = s2 = count = np.float32(0)
            for y in range(top, bottom):
                for x in range(left, right):
                    if core[y, x] and distance[y, x] >= _ALIKE * most:
                        s0, s1, s2 = s0 + rgb[y, x, 0], s1 + rgb[y, x, 1], s2 + rgb[y, x, 2]
                        count += np.float32(1)
            own[j, i, 0], own[j, i, 1], own[j, i, 2], own[j, i, 3] = s0 / count, s1 / count, s2 / count, most


@numba.njit(cache=True, nogil=True)
def _around(own, around):  # type: ignore[no-untyped-def]
    rows, columns = own.shape[:2]
    for j in range(rows):
        for i in range(columns):
            for b in range(max(0, j - _REACH), min(rows, j + _REACH + 1)):
                for a in range(max(0, i - _REACH), min(columns, i + _REACH + 1)):
                    if own[b, a, 3] > around[j, i, 3]:
                        around[j, i] = own[b, a]
