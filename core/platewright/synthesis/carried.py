"""Pixels of one frame that are carried along the motion to the others: a synthesis, an anchor, a clean plate.

A canvas keeps its surround with it, so that it can still be aligned to a target when its own frame has long left
the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import EMPTY, Box

from .alignment import Surround, align, gains
from .look_up import gather
from .selection import moved
from .views import View

__all__ = ["Canvas", "Carried", "carry"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Canvas:
    """A picture that lends pixels.

    number: the frame it belongs to. view: its pixels over `view.box`, surround included. blocked: `(H, W) uint8`, 1
    where it does not lend. invented: `(H, W) bool`, where its pixels were synthesised and not seen. kept: `(H, W)
    float32`, share of the grain's variance that they hold. given: it came from the artist, and goes before everything.
    only: it applies to this frame alone (one frame of a clean-plate sequence), or None. unplaced: nobody says which
    frame it belongs to, so it is aligned from where it lies. lasting: it is not dropped for newer ones.
    """

    number: int
    view: View
    blocked: npt.NDArray[np.uint8]
    invented: Mask
    kept: npt.NDArray[np.float32]
    confidence: float = 1.0
    given: bool = False
    only: int | None = None
    unplaced: bool = False
    lasting: bool = False

    @classmethod
    def synthesised(
        cls, number: int, rgb: npt.NDArray[np.float32], box: Box, invented: Mask, kept: npt.NDArray[np.float32],
        confidence: float,
    ) -> Canvas:  # fmt: skip
        """A finished surround `(H, W, 3) float32`, part of it `invented (H, W)`; it lends all of it."""
        view = View(number, rgb, box, np.zeros((0, 0), np.uint8), EMPTY)
        return cls(number, view, np.zeros(invented.shape, np.uint8), invented, kept, confidence)

    @classmethod
    def from_artist(
        cls, number: int, rgb: npt.NDArray[np.float32], box: Box, lends: Mask, *, only: int | None = None,
        unplaced: bool = False,
    ) -> Canvas:  # fmt: skip
        """The artist's picture `(H, W, 3) float32`, which speaks for the pixels where it `lends (H, W)`."""
        view = View(number, rgb, box, np.zeros((0, 0), np.uint8), EMPTY)
        invented, kept = np.zeros(lends.shape, bool), np.ones(lends.shape, np.float32)
        return cls(number, view, (~lends).astype(np.uint8), invented, kept, 1.0, True, only, unplaced)


@dataclass(frozen=True)
class Carried:
    """What a canvas lends to a target's box.

    rgb: `(H, W, 3) float32`. found: `(H, W) bool`, where it lends. invented: `(H, W) bool`, which of that was
    synthesised. kept: `(H, W) float32`, share of the grain's variance that it held on its canvas. exact: its pixels
    were copied and not resampled.
    """

    rgb: npt.NDArray[np.float32]
    found: Mask
    invented: Mask
    kept: npt.NDArray[np.float32]
    exact: bool


def carry(
    canvas: Canvas, target: View, box: Box, places: Mask, held: Surround | None, predicted: npt.NDArray[np.float64],
    exposure_match: float = 1.0,
) -> Carried | None:  # fmt: skip
    """What a canvas lends to `places (H, W)` of a target's box; None where it lends nothing.

    On its own frame, and where the camera stands still, its pixels are copied bit for bit.
    """
    placed = _placed(canvas, target, box, held, predicted, exposure_match)
    if placed is None:
        return None
    matrix, factor, still = placed
    rows, columns = np.nonzero(places)
    xs, ys = (columns + box.x0).astype(np.int32), (rows + box.y0).astype(np.int32)
    values, valid = np.zeros((len(xs), 3), np.float32), np.zeros(len(xs), np.uint8)
    source = canvas.view
    gather(
        source.codes, source.table, source.box.x0, source.box.y0, canvas.blocked, source.box.x0, source.box.y0,
        np.ascontiguousarray(matrix), xs, ys, factor, values, valid,
    )  # fmt: skip
    hit = valid > 0
    if not hit.any():
        return None
    rows, columns = rows[hit], columns[hit]
    carried = Carried(
        np.zeros((*places.shape, 3), np.float32), np.zeros(places.shape, bool), np.zeros(places.shape, bool),
        np.ones(places.shape, np.float32), still and bool((factor == 1).all()),
    )  # fmt: skip
    carried.rgb[rows, columns] = values[hit]
    carried.found[rows, columns] = True
    if canvas.invented.any():
        there = _at(canvas, matrix, xs[hit], ys[hit])
        carried.invented[rows, columns], carried.kept[rows, columns] = canvas.invented[there], canvas.kept[there]
    return carried


def _placed(
    canvas: Canvas, target: View, box: Box, held: Surround | None, predicted: npt.NDArray[np.float64], strength: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32], bool] | None:
    """`(matrix, gains, copied bit for bit)` of a canvas under a target, or None where it can't be placed."""
    same = np.ones(3, np.float32)
    if canvas.only is not None or (canvas.number == target.number and not canvas.unplaced):
        return np.eye(3), same, True
    if held is None:
        return None
    found = align(held, canvas.view, predicted, box)
    if not found.found and canvas.unplaced:
        return None
    if canvas.given and found.still:
        return found.matrix, same, True
    return found.matrix, gains(held, canvas.view, found.matrix, strength), found.still


def _at(
    canvas: Canvas, matrix: npt.NDArray[np.float64], xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows and columns of the canvas that target pixels land on, nearest."""
    there = moved(np.stack([xs, ys], axis=1).astype(np.float64), matrix)
    height, width = canvas.invented.shape
    columns = np.clip(np.floor(there[:, 0] + 0.5).astype(np.int64) - canvas.view.box.x0, 0, width - 1)
    rows = np.clip(np.floor(there[:, 1] + 0.5).astype(np.int64) - canvas.view.box.y0, 0, height - 1)
    return rows, columns
