"""Where all around a hole is out of focus or plain, what it hides is smooth too, and nothing is copied there.

Patches have only other blurs to offer for a blur, and each brings its own slope along. So where the surround shows
no texture that an eye would see, and as far as it holds the hole between its rims, the smooth fill goes before the
copied one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .membrane import membrane
from .spline import averaged, spline

__all__ = ["Calmed", "calm"]

_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]

_PLAIN, _TEXTURED = 1.5 / 255, 3.5 / 255
"""Strength of texture, in tone, under which nobody sees it, and from which on it must not be missing."""
_GRAINY, _FINEST, _COARSEST, _AROUND = 1.0, 1.5, 5.0, 8.0
"""Pixels: what is finer is mostly grain, what is coarser is a slope; and how far around a pixel strength is taken."""
_QUIET, _MORE = 5.0, 2.5
"""Percentile of the quietest places, and how much more the brighter ones' grain may have in variance."""
_HARDLY = 0.01


@dataclass(frozen=True, slots=True)
class Calmed:
    """picture: (H, W, 3) float32. copied: (H, W) float32, the share of each pixel that is copied and not smooth."""

    picture: _Floats
    copied: _Floats


def calm(filled: _Floats, picture: _Floats, known: _Mask, meant: _Floats) -> Calmed:
    """Make a fill smooth where its surround is.

    filled: (H, W, 3) float32 tone, the copied fill with what is known. picture: (H, W, 3) float32, finite where known.
    meant: (H, W) float32 in 0..1, where what the fill shows is there for a reason, such as an edge that goes through.
    """
    smooth = _share(picture, known) * (1 - meant)
    if not (smooth > _HARDLY).any():
        return Calmed(filled, np.ones(known.shape, np.float32))
    mixed: _Floats = filled + smooth[..., None] * (spline(picture, known) - filled)
    return Calmed(np.where(known[..., None], filled, mixed), np.float32(1) - smooth)


def _share(picture: _Floats, known: _Mask) -> _Floats:
    """(H, W) float32, how much of each pixel is to be smooth: 0 where known."""
    luma = np.where(known, picture.mean(axis=-1), np.float32(0))
    middle = averaged(luma, known, _FINEST) - averaged(luma, known, _COARSEST)
    finest = luma - averaged(luma, known, _GRAINY)
    strength = averaged(middle * middle, known, _AROUND)
    grain = averaged(finest * finest, known, _AROUND)
    # Grain is all that the quietest places have of what is finest; what is much more than that is texture again.
    strength += np.maximum(grain - _MORE * np.percentile(grain[known], _QUIET), 0)
    textured = np.clip((np.sqrt(strength) - _PLAIN) / (_TEXTURED - _PLAIN), 0, 1).astype(np.float32)
    inside = membrane(np.dstack([textured, textured]), known)[..., 0]
    share = (1 - np.clip(inside, 0, 1)) * _held(known) ** 2
    return np.where(known, np.float32(0), share).astype(np.float32)


def _held(known: _Mask) -> _Floats:
    """(H, W) float32: 1 between rims, falling to 0 towards a side of the picture that nothing holds."""
    around = np.pad(known, 1)
    rim = np.pad(known.astype(np.float32), 1)
    inside = membrane(np.dstack([rim, rim]), around | _frame(around.shape))
    held: _Floats = np.clip(inside[1:-1, 1:-1, 0], 0, 1)
    return held


def _frame(shape: tuple[int, ...]) -> _Mask:
    """The outermost pixels of a picture."""
    frame = np.zeros(shape, np.bool_)
    frame[[0, -1]] = True
    frame[:, [0, -1]] = True
    return frame
