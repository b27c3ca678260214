"""Taking the step out between a fill and its surround: the difference along the rim, carried smoothly inside.

The mean over patches, and the best patch of a picture with uneven light, miss the rim's level by a little; an edge
that really ends there misses it by much. Only the little is healed.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .membrane import around, membrane

__all__ = ["heal"]

_LIMIT = 0.1  # tone; a difference above this is an edge and not a step
_RIM = 8  # pixels around the hole that are looked at: the rim and what its blur reaches
_BLUR = 2.0  # pixels, along the rim: grain is not carried inside


def heal(
    filled: npt.NDArray[np.float32],
    hole: npt.NDArray[np.bool_],
    rim: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
    difference: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Add to the hole's pixels what the fill lacks along the rim (Perez et al., Poisson image editing, 2003).

    filled: (H, W, 3) float32 tone. hole: (H, W) bool. rim: rows and columns (N,) of known pixels beside the hole.
    difference: (N, 3) float32, the picture there less what the fill would have put there.
    Returns (H, W, 3) float32, a new picture; what is outside the hole is untouched.
    """
    small = np.abs(difference).max(-1) < _LIMIT
    box = around(~hole, _RIM)  # what is farther off is never carried inside
    if box is None or not small.any():
        return filled
    inside = hole[box]
    rows, columns = rim[0][small] - box[0].start, rim[1][small] - box[1].start
    steps = np.zeros((*inside.shape, 4), np.float32)
    steps[rows, columns, :3] = difference[small]
    steps[rows, columns, 3] = 1
    at_rim = steps[..., 3] > 0
    blurred = cv2.GaussianBlur(steps, (0, 0), _BLUR)
    smooth = np.zeros((*inside.shape, 3), np.float32)
    smooth[at_rim] = blurred[at_rim, :3] / blurred[at_rim, 3:]
    correction = membrane(smooth, at_rim)
    healed = filled.copy()
    healed[box][inside] += correction[inside]
    return healed
