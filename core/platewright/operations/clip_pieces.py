"""A frame of a clip that was made in several crops: which crop stands where, and how one goes over into the next.

Crops are made one after another. A later one is shown what the earlier ones made, makes what they left, and goes over
into them in a band. The outer part of a crop that another one runs across is left to that one, which sees more there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from platewright.contract.windows import Box
from platewright.imaging.crops import OVERLAP, Crop
from platewright.synthesis.draft import Float, Mask
from platewright.synthesis.ring_fit import FARTHEST

__all__ = ["MadeFrame", "Piece", "levelled", "weights_of"]

_cv2: Any = cv2

BAND = 8
"""Parts of a crop's shorter side over which it goes over into those before it."""
FEWEST = 64


@dataclass(frozen=True, eq=False)
class Piece:
    """A crop of a frame as the model made it: its numbers `(H, W, 3)`, and how much they count, `(h, w)` over the
    crop's box."""

    crop: Crop
    codes: Float
    weight: Float


@dataclass(frozen=True, eq=False)
class MadeFrame:
    """A frame as the model made it, crop by crop, and how sure of it, 0 to 1."""

    pieces: tuple[Piece, ...] = ()
    confidence: float = 1.0

    @property
    def box(self) -> Box:
        """Around all crops."""
        return Box.around([piece.crop.box for piece in self.pieces])

    def and_then(self, piece: Piece, confidence: float) -> MadeFrame:
        """The frame with a further crop over it; what that hides is dropped."""
        hides = bool((piece.weight >= 1).all())
        seen = [one for one in self.pieces if not hides or one.crop.box & piece.crop.box != one.crop.box]
        return MadeFrame((*seen, piece), min(self.confidence, confidence) if seen else confidence)

    def shown(self, crop: Crop, codes: Float) -> Float:
        """As `over`, at the size at which a crop is sent; the model's own numbers where it made that very crop."""
        out = crop.shown(self.over(crop.box, codes))
        for place, piece in enumerate(self.pieces):
            if piece.crop != crop:
                continue
            hidden = piece.weight < 1
            for later in self.pieces[place + 1 :]:
                inside = later.crop.box & crop.box
                if not inside.is_empty:
                    hidden[inside.slices_in(crop.box)] |= later.weight[inside.slices_in(later.crop.box)] > 0
            out = np.where((crop.masked(hidden) == 0)[..., None], piece.codes, out)
        return out

    def over(self, box: Box, codes: Float) -> Float:
        """What was made over a box; where no crop reached, the numbers `(h, w, 3)` that stand there."""
        out = codes.copy()
        for piece in self.pieces:
            inside = piece.crop.box & box
            if inside.is_empty:
                continue
            here, there = inside.slices_in(box), inside.slices_in(piece.crop.box)
            share, made = piece.weight[there][..., None], piece.crop.back(piece.codes)[there]
            out[here] = np.where(share >= 1, made, out[here] + (made - out[here]) * share)
        return out


def weights_of(crop: Crop, before: Sequence[Crop]) -> Float:
    """How much a crop counts over those made before it, `(h, w) float32` over its box: 1 where they did not reach."""
    box = crop.box
    covered = np.zeros((box.height, box.width), bool)
    for other in before:
        inside = _left_by(other.box, box) & box
        if not inside.is_empty:
            covered[inside.slices_in(box)] = True
    weight = np.ones(covered.shape, np.float32)
    if covered.all():
        return np.zeros_like(weight)
    if covered.any():
        band = max(4, min(box.width, box.height) // BAND)
        away = _cv2.distanceTransform(covered.astype(np.uint8), _cv2.DIST_L2, 5)
        weight = np.asarray(np.clip(1 - away / band, 0, 1), np.float32)
    return weight


def levelled(made: Float, before: Float, on: Mask) -> float:
    """Bring a clip `(N, H, W, 3)` to the level of what earlier crops made, in place; how far off it was after that.

    before: `(N, H, W, 3)`; on: `(N, H, W)`, where both made the same pixels. One level for all frames: one for each
    would flicker. The answer is a root mean square in 8-bit steps.
    """
    if on.sum() < FEWEST:
        return 0.0
    off = np.clip(np.median(before[on] - made[on], axis=0), -FARTHEST, FARTHEST)
    np.clip(made + off.astype(np.float32), 0, 1, out=made)
    return float(np.sqrt(((before[on] - made[on]) ** 2).mean()) * 255)


def _left_by(box: Box, later: Box) -> Box:
    """What an earlier crop keeps where a later one runs across one of its sides."""
    by_x, by_y = int(box.width * OVERLAP / 2), int(box.height * OVERLAP / 2)
    return Box(
        box.x0 + by_x * (later.x0 < box.x0 < later.x1),
        box.y0 + by_y * (later.y0 < box.y0 < later.y1),
        box.x1 - by_x * (later.x0 < box.x1 < later.x1),
        box.y1 - by_y * (later.y0 < box.y1 < later.y1),
    )
