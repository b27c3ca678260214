"""What patches hardly fit is invented at a guess, and says it less loudly than what they fit.

Where nothing in the picture goes on as the hole would have to, the best patches are still laid there, and a piece of
something bright where there is nothing is what an eye finds first. So the worse they fit, the more of their contrast
goes over to the soap film, which is the safest guess there is; but never much of it, and fine texture stays.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .averages import averaged, blurred
from .membrane import membrane

__all__ = ["faded"]

_Floats = npt.NDArray[np.float32]

_FITS, _MISSES = 0.02, 0.1  # tone, RMS of patches: up to the one nothing fades, from the other on as much as may
_MOST = 0.3  # of the contrast may go over: on other photographs more came nearer to the truth still, but looks washed
_COARSE = 3.0  # pixels: texture finer than that keeps all of its contrast


def faded(filled: _Floats, known: npt.NDArray[np.bool_], error: _Floats, held: _Floats) -> _Floats:
    """Take contrast from what patches hardly fit.

    filled: (H, W, 3) float32 tone, with what is known. error: (H, W) float32, the RMS difference in tone of the patches
    at half the size, where grain counts little. held: (H, W) float32 in 0..1, how much of it may go by what the rim
    says. Returns (H, W, 3) float32, known pixels bit for bit.
    """
    hole = ~known
    missed = np.clip((averaged(error, hole, _COARSE) - _FITS) / (_MISSES - _FITS), 0, 1)
    share = np.where(hole, np.float32(_MOST) * missed * held, np.float32(0))
    if not share.any():
        return filled
    over = share[..., None] * (membrane(filled, known) - filled)
    soft = np.dstack([blurred(np.ascontiguousarray(over[..., c]), _COARSE) for c in range(over.shape[-1])])
    return np.where(hole[..., None], filled + soft, filled)
