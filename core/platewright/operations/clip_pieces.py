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

__all__ = ["MadeFrame", "Piece", "left_to", "levelled", "own_of", "weights_of"]

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


def left_to(crop: Crop, before: Sequence[Crop]) -> Mask:
    """What is left to a crop by those made before it, `(h, w) bool` over its box."""
    box = crop.box
    left = np.ones((box.height, box.width), bool)
    for other in before:
        inside = _left_by(other.box, box) & box
        if not inside.is_empty:
            left[inside.slices_in(box)] = False
    return left


def weights_of(crop: Crop, before: Sequence[Crop]) -> Float:
    """How much a crop counts over those made before it, `(h, w) float32` over its box: 1 where they did not reach."""
    left, box = left_to(crop, before), crop.box
    weight = left.astype(np.float32)
    if left.any() and not left.all():
        band = max(4, min(box.width, box.height) // BAND)
        away = _cv2.distanceTransform((~left).astype(np.uint8), _cv2.DIST_L2, 5)
        weight = np.asarray(np.clip(1 - away / band, 0, 1), np.float32)
    return weight


def own_of(crop: Crop, weight: Float, after: Sequence[Crop]) -> Mask:
    """Where a crop of that weight alone is seen in the end, `(h, w) bool` over its box. after: those made later."""
    own = weight >= 1
    for later in after:
        inside = later.box & crop.box
        if not inside.is_empty:
            own[inside.slices_in(crop.box)] &= weights_of(later, (crop,))[inside.slices_in(later.box)] == 0
    return own


def levelled(made: Float, before: Float, on: Mask, first: int = 0) -> float:
    """Bring a clip `(N, H, W, 3)` to the level of what earlier crops made, in place; how far off it was after that.

    before: `(N, H, W, 3)`; on: `(N, H, W)`, where both made the same pixels. first: the frames from which on; those
    before it stand. The level goes straight from the first frame to the last: one for each would flicker, one for all
    leaves what either clip drifts by. The answer is a root mean square in 8-bit steps.
    """
    counts = on.sum(axis=(1, 2))
    places = np.flatnonzero(counts >= min(FEWEST, counts.max(initial=1)))
    if on.sum() < FEWEST:
        return 0.0
    off = np.stack([np.median(before[place][on[place]] - made[place][on[place]], axis=0) for place in places])
    line = np.polyfit(places, off, min(1, len(places) - 1), w=np.sqrt(counts[places]))
    times = np.clip(np.arange(first, len(made)), places[0], places[-1])
    level = np.clip(sum(term * times[:, None] ** power for power, term in enumerate(line[::-1])), -FARTHEST, FARTHEST)
    made[first:] += level.astype(np.float32)[:, None, None]
    np.clip(made, 0, 1, out=made)
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
