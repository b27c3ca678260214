"""The new sky behind the foreground: one pass over a frame that makes the comp, and the haze before that."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from .slices import in_slices

__all__ = ["composited"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_ROWS = 64  # to a slice of work
_MOST = np.float32(65504)
"""The largest half float: a comp is written as such."""


def composited(
    rgb: Floats, sound: Flags, alpha: Floats, foreground: Floats, gains: Floats, sky: Floats, top: int, left: int
) -> tuple[Floats, Flags]:
    """The comp `(H, W, 3)` and which of its pixels differ from the plate on purpose `(H, W)`.

    rgb, foreground: `(H, W, 3) float32` scene-linear, finite; sound: where the plate itself was finite; alpha:
    `(H, W)`, 1 = sky; gains: `(W, 3)` the foreground's light, all 1 where it stays as it is; sky: `(h, w, 3)` the new
    one, its first pixel at row `top` and column `left`; it covers all of the alpha.
    """
    lit = bool((gains != 1).any())
    comp, changed = np.empty_like(rgb), np.empty(alpha.shape, np.bool_)
    fields = (rgb, sound, alpha, foreground, gains, sky, top, left, lit, comp, changed)
    in_slices(len(alpha), _ROWS, lambda start, stop: _comp_rows(*fields, start, stop))
    return comp, changed


@numba.njit(cache=True, nogil=True)
def _comp_rows(  # type: ignore[no-untyped-def]
    rgb, sound, alpha, foreground, gains, sky, top, left, lit, comp, changed, start, stop
):
    width = alpha.shape[1]
    one = np.float32(1)
    for y in range(start, stop):
        for x in range(width):
            share = alpha[y, x]
            within = share > 0
            changed[y, x] = within or (lit and sound[y, x])
            for c in range(3):
                if within:
                    value = share * sky[y - top, x - left, c] + (one - share) * (foreground[y, x, c] * gains[x, c])
                else:
                    value = rgb[y, x, c] * gains[x, c]
                comp[y, x, c] = min(max(value, -_MOST), _MOST)
