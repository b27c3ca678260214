"""A plate parted by a matte that an artist gave: the alpha is theirs, only the colours are estimated."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from .sky_cells import enlarge, gather_solid, per_pixel
from .sky_fields import spread
from .sky_unmix import Unmixed
from .slices import in_slices

__all__ = ["part_by"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def part_by(rgb: Floats, alpha: Floats, cell: int = 4) -> Unmixed:
    """Part a plate's pixels by a matte that is given: the same colours, no other alpha.

    rgb: (H, W, 3) float32, scene-linear, finite; alpha: (H, W), 1 = sky; cell: pixels over which a local colour is
    taken. Where the matte has no whole pixels the mixed ones must do.
    """
    rows, columns = max(2, alpha.shape[0] // cell), max(2, alpha.shape[1] // cell)
    sky = enlarge(_marked_cells(rgb, alpha > 0.98, alpha > 0.5, rows, columns), rgb)
    ground = enlarge(_marked_cells(rgb, alpha < 0.02, alpha < 0.5, rows, columns), rgb)
    return Unmixed(alpha, _foreground(rgb, alpha, sky, ground), sky)


def _marked_cells(rgb: Floats, whole: Mask, mostly: Mask, rows: int, columns: int) -> Floats:
    """(rows, columns, 3) the colour of what is marked, carried to all cells; black where nothing is."""
    marked = whole if whole.any() else mostly
    sums = gather_solid(rgb, marked.astype(np.uint8), rows, columns)
    full = rgb.shape[0] * rgb.shape[1] / (rows * columns)
    weights = np.minimum(sums[..., 3] * np.float32(2 / full), 1)
    return spread(per_pixel(sums), weights)


def _foreground(rgb: Floats, alpha: Floats, sky: Floats, ground: Floats) -> Floats:
    """(H, W, 3): what is left of a pixel when its share of sky is taken out."""
    foreground = np.array(rgb, np.float32)
    in_slices(len(alpha), 64, lambda start, stop: _taken_out(foreground, alpha, sky, ground, start, stop))
    return foreground


@numba.njit(cache=True, nogil=True)
def _taken_out(rgb, alpha, sky, ground, start, stop):  # type: ignore[no-untyped-def]
    for y in range(start, stop):
        for x in range(alpha.shape[1]):
            value = alpha[y, x]
            if value <= 0:
                continue
            part = (1 - value) / ((1 - value) ** 2 + value**2)
            for c in range(3):
                rest = rgb[y, x, c] - value * sky[y, x, c] - (1 - value) * ground[y, x, c]
                rgb[y, x, c] = max(ground[y, x, c] + part * rest, min(0.0, rgb[y, x, c]))
