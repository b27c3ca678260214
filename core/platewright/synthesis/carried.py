"""Pixels of one frame that are carried along the motion to the others: a synthesis, an anchor, a clean plate.

A canvas keeps its surround with it, so that it can still be aligned to a target when its own frame has long left
the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import EMPTY, Box

from .alignment import Surround, align, gains
from .sampling import gather
from .views import View

__all__ = ["Canvas", "carry"]

_cv2: Any = cv2

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Canvas:
    """A picture that lends pixels.

    number: the frame it belongs to. view: its pixels over `view.box`, surround included. lends: `(H, W) uint8`, 0
    where it lends (the kernels ask what is blocked). given: it came from the artist, and goes before everything.
    only: it applies to this frame alone (one frame of a clean-plate sequence), or None. unplaced: nobody says which
    frame it belongs to, so it is aligned from where it lies. still: it is known to lie as the target does.
    """

    number: int
    view: View
    lends: npt.NDArray[np.uint8]
    confidence: float = 1.0
    given: bool = False
    only: int | None = None
    unplaced: bool = False

    @classmethod
    def of(
        cls, number: int, rgb: npt.NDArray[np.float32], box: Box, lends: Mask, *, confidence: float = 1.0,
        given: bool = False, only: int | None = None, unplaced: bool = False,
    ) -> Canvas:  # fmt: skip
        """A canvas of `rgb (H, W, 3) float32` over `box` that lends where `lends (H, W)`."""
        view = View(number, rgb, box, np.zeros((0, 0), np.uint8), EMPTY)
        wide = lends.astype(np.uint8)
        if not given:
            # One pixel more, so that a carried copy leaves no gap where rounding meets the seen pixels.
            wide = np.asarray(_cv2.dilate(wide, np.ones((3, 3), np.uint8)))
        return cls(number, view, (wide == 0).astype(np.uint8), confidence, given, only, unplaced)


def carry(
    canvas: Canvas, target: View, box: Box, places: Mask, held: Surround | None,
    predicted: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float32], Mask, bool] | None:  # fmt: skip
    """What a canvas lends to `places (H, W)` of a target's box.

    Returns `(rgb (H, W, 3), found (H, W), exact)`, exact where its pixels were copied and not resampled; or None
    where it lends nothing. On its own frame the pixels are copied bit for bit.
    """
    matrix, own = predicted, canvas.number == target.number and not canvas.unplaced
    factor = np.ones(3, np.float32)
    still = own or canvas.only is not None
    if not still:
        if held is None:
            return None
        found = align(held, canvas.view, predicted, box)
        if not found.found and canvas.unplaced:
            return None
        matrix, still = found.matrix, found.still
        factor = gains(target, canvas.view, matrix, held)
        if canvas.given and still:
            factor = np.ones(3, np.float32)
    elif canvas.only is not None:
        matrix = np.eye(3)
    rows, columns = np.nonzero(places)
    xs, ys = (columns + box.x0).astype(np.int32), (rows + box.y0).astype(np.int32)
    values = np.zeros((len(xs), 3), np.float32)
    valid = np.zeros(len(xs), np.uint8)
    source = canvas.view
    gather(
        source.codes, source.table, source.box.x0, source.box.y0, canvas.lends, source.box.x0, source.box.y0,
        np.ascontiguousarray(matrix), xs, ys, factor, values, valid,
    )  # fmt: skip
    hit = valid > 0
    if not hit.any():
        return None
    rgb = np.zeros((*places.shape, 3), np.float32)
    reached = np.zeros(places.shape, bool)
    rgb[rows[hit], columns[hit]] = values[hit]
    reached[rows[hit], columns[hit]] = True
    return rgb, reached, still and bool((factor == 1).all())
