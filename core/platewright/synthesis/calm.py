"""Where all around a hole is out of focus or plain, what it hides is smooth too, and nothing is copied there.

Patches have only other blurs to offer for a blur, and each brings its own slope along. So where the surround shows
no texture that an eye would see, and as far as it holds the hole between its rims, the smooth fill goes before the
copied one; where it is as even as a clear sky, to the picture's own side as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from .averages import averaged, in_cells, out_of_cells
from .kriging import Guess, kriged
from .membrane import membrane
from .slices import at_once

__all__ = ["Calmed", "Calming"]

_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]

_PLAIN, _TEXTURED = 1.5 / 255, 3.5 / 255
"""Strength of texture, in tone, under which nobody sees it, and from which on it must not be missing."""
_GRAINY, _FINEST, _COARSEST, _LARGE, _AROUND = 1.0, 1.5, 5.0, 20.0, 8.0
"""Pixels: what is finer is mostly grain, what is coarser is a slope, or in the large what is coarser still; and how far
around a pixel strength is taken."""
_QUIET, _MORE = 5.0, 2.5
"""Percentile of the quietest places, and how much more the brighter ones' grain may have in variance."""
_HARDLY = 0.01
_REDUCED, _MOSTLY = 4, 0.6  # pixels in one where slow shares are carried; how much of them must be known
_GRAINLESS = 2.5  # pixels: nothing of grain is left by a blur so wide
_MOSTLY_SMOOTH = 0.5  # share that is smooth, from which on no grain is copied
_FIRM = 0.5  # of what is meant: from there on the smooth fill goes by it as by what is known


@dataclass(frozen=True, slots=True)
class Calmed:
    """picture: (H, W, 3) float32. copied: (H, W) float32, the share of each pixel that is copied and not smooth."""

    picture: _Floats
    copied: _Floats


@dataclass(frozen=True, slots=True)
class Calming:
    """What the surround of a hole says of how smooth it is inside, before anything is copied there.

    known, meant: as asked with. smooth: (H, W) float32, the share of each pixel that is to be smooth; held: (H, W)
    float32, how far rims hold it. guess: the likeliest smooth picture; None where nothing is to be smooth.
    """

    known: _Mask
    meant: _Floats
    smooth: _Floats
    held: _Floats
    guess: Guess | None

    @classmethod
    def of(cls, picture: _Floats, known: _Mask, meant: _Floats) -> Calming:
        """Ask the surround.

        picture: (H, W, 3) float32 tone, finite where known. meant: (H, W) float32 in 0..1, where what the fill shows
        is there for a reason, such as an edge that goes through.
        """
        held = _held(known) ** 2
        smooth = _share(picture, known, held) * (1 - meant)
        if not (smooth > _HARDLY).any():
            return cls(known, meant, smooth, held, None)
        return cls(known, meant, smooth, held, kriged(picture, known))

    @property
    def calm(self) -> float:
        """The share of the hole that is to be smooth."""
        return float(self.smooth[~self.known].mean()) if self.guess is not None else 0.0

    def over(self, filled: _Floats) -> Calmed:
        """Make a fill smooth where its surround is. filled: (H, W, 3) float32 tone, copied, with what is known."""
        if self.guess is None:
            return Calmed(filled, np.ones(self.known.shape, np.float32))
        firm = self.known | (self.meant > _FIRM)  # colours part at it, but its slopes say nothing of what lies beside
        if np.array_equal(firm, self.known):
            parted = film = membrane(filled, self.known)
        else:
            film, parted = at_once(partial(membrane, filled, self.known), partial(membrane, filled, firm))
        run_on = parted + self.held[..., None] * (self.guess.picture - film)  # a guess runs away where nothing holds it
        # Of the copy's grain all or nothing: a tenth of it, laid together from many places, is finer than the plate's.
        plain = cv2.GaussianBlur(filled, (0, 0), _GRAINLESS)
        copied = np.maximum(1 - self.smooth / np.float32(_MOSTLY_SMOOTH), np.float32(0))
        mixed = plain + self.smooth[..., None] * (run_on - plain) + copied[..., None] * (filled - plain)
        return Calmed(np.where(self.known[..., None], filled, mixed), copied)


def _share(picture: _Floats, known: _Mask, held: _Floats) -> _Floats:
    """(H, W) float32, how much of each pixel is to be smooth: 0 where known.

    Towards a side that nothing holds the copy takes over, unless the surround is even in the large as well: there a
    copy of a clear sky would only show by its other light.
    """
    luma = np.where(known, picture.mean(axis=-1), np.float32(0))
    finest = luma - averaged(luma, known, _GRAINY)
    strength = _strength(luma, known, _FINEST, _COARSEST)
    grain = averaged(finest * finest, known, _AROUND)
    # Grain is all that the quietest places have of what is finest; what is much more than that is texture again.
    strength += np.maximum(grain - _MORE * np.percentile(grain[known], _QUIET), 0)
    share = (1 - _inside(_textured(strength), known)) * np.maximum(held, _even(luma, known))
    return np.where(known, np.float32(0), share).astype(np.float32)


def _even(luma: _Floats, known: _Mask) -> _Floats:
    """(H, W) float32: 1 where the surround shows nothing in the large either but a slope, 0 where it does.

    Taken at some distance from the hole, since right beside it a mean lies off its pixel and a slope looks like more.
    """
    reach = 2 * int(_LARGE) + 1
    away = cv2.erode(known.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    if not away.any():
        return np.zeros(known.shape, np.float32)
    even: _Floats = 1 - _inside(_textured(_strength(luma, known, _COARSEST, _LARGE)), away)
    return even


def _strength(luma: _Floats, known: _Mask, finer: float, coarser: float) -> _Floats:
    """(H, W) float32: the mean square around each pixel of what lies between two sizes."""
    band = averaged(luma, known, finer) - averaged(luma, known, coarser)
    return averaged(band * band, known, _AROUND)


def _textured(strength: _Floats) -> _Floats:
    """(H, W) float32: 0 where nobody sees it, 1 where it must not be missing."""
    return np.asarray(np.clip((np.sqrt(strength) - _PLAIN) / (_TEXTURED - _PLAIN), 0, 1), np.float32)


def _inside(values: _Floats, known: _Mask) -> _Floats:
    """(H, W) float32: values in 0..1 carried from where they are known to everywhere.

    At a part of the size: they are means over many pixels, and what they turn into changes slowly.
    """
    there = np.where(known, values, np.float32(0))
    share, total = (in_cells(one, _REDUCED, cv2.BORDER_REPLICATE) for one in (known.astype(np.float32), there))
    mostly = share > _MOSTLY if (share > _MOSTLY).any() else share > 0
    carried = membrane((total / np.maximum(share, np.float32(1e-6)))[..., None].astype(np.float32), mostly)[..., 0]
    return np.clip(out_of_cells(carried, _REDUCED, known.shape), 0, 1)


def _held(known: _Mask) -> _Floats:
    """(H, W) float32: 1 between rims, falling to 0 towards a side of the picture that nothing holds."""
    around = np.pad(known, _REDUCED)
    rim = np.pad(known.astype(np.float32), _REDUCED)
    inside = _inside(rim, around | _frame(around.shape))
    return inside[_REDUCED:-_REDUCED, _REDUCED:-_REDUCED]


def _frame(shape: tuple[int, ...]) -> _Mask:
    """The pixels around a picture."""
    frame = np.ones(shape, np.bool_)
    frame[_REDUCED:-_REDUCED, _REDUCED:-_REDUCED] = False
    return frame
