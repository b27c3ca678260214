"""One frame of the shot as the generator sees it: native pixels, what must not be used of it, and its luma.

A view is made once, when the frame is read, and dropped when the window has passed it. Its full-size luma is made
tile by tile where somebody looks, so that the work follows the matte's surround and not the frame.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import EMPTY, Box
from platewright.imaging.loans import cleared, lent, sparse

from .sampling import codes_of, decode, luma_tiles, reduced_luma

__all__ = ["GUARD", "TILE", "View", "grown"]

_cv2: Any = cv2

GUARD = 1
"""Pixels around a matte that are not trusted as background. The artist's own margin is the real guard; this one is
for what a look-up between pixels would mix in."""

TILE = 32, 256
"""Rows and columns of luma that are made together. Wide: each row of a frame lies on memory pages of its own, and to
find them again takes longer than dozens of pixels."""
_NO_HOLE = np.zeros((1, 1), np.uint8)
REDUCED_WIDTH = 1100
"""Widest picture that is tracked: wider ones gain nothing in a homography fitted to hundreds of points."""


class View:
    """A frame in the window.

    number: frame number. box: the data window. pixels: `(h, w, 3)` half or float32, scene-linear or as linear as the
    generator needs. hidden: `(H, W) uint8` over `hidden_box`, 1 where there is no background (the matte, grown by
    GUARD); empty when the matte is. hole: likewise over `hole_box`, 1 where no pixel may be taken from: what is hidden,
    and what the artist bars, which may still be tracked and aligned. matte: the same without the guard. reduced: the
    small picture for tracking; `factor` plate pixels each.
    """

    def __init__(
        self, number: int, pixels: npt.NDArray[Any], box: Box, hole: npt.NDArray[np.uint8], hole_box: Box,
        barred: npt.NDArray[np.bool_] | None = None,
    ):  # fmt: skip
        """barred: `(h, w)` over the data window, where no pixel may be taken from besides the hole."""
        self.number = number
        self.box = box
        self.codes, self.table = codes_of(pixels)
        self.hidden_box, self.hidden = grown(hole, hole_box, GUARD)
        self.hole_box, self.hole = self.hidden_box, self.hidden
        self.matte: npt.NDArray[np.uint8] = np.pad(hole, GUARD) if self.hole.size else _NO_HOLE
        self.bars = barred is not None
        if barred is not None:
            self.hole_box, self.hole, self.matte = self._with_barred(barred)
        self.factor = max(1, -(-box.width // REDUCED_WIDTH))
        self.reduced: npt.NDArray[np.uint8] = reduced_luma(self.codes, self.table, self.factor)
        self._luma: npt.NDArray[np.float32] = sparse((box.height, box.width), np.float32)
        self._ready = np.zeros((-(-box.height // TILE[0]), -(-box.width // TILE[1])), bool)

    def _with_barred(self, barred: npt.NDArray[np.bool_]) -> tuple[Box, npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """`(box, hole, matte)` with what is barred, over the whole window."""
        box = self.box.union(self.hidden_box)
        hole, matte = np.zeros((2, box.height, box.width), np.uint8)
        matte[self.box.slices_in(box)] = barred
        hole[self.box.slices_in(box)] = _cv2.dilate(
            barred.astype(np.uint8), np.ones((2 * GUARD + 1, 2 * GUARD + 1), np.uint8)
        )
        if not self.hidden_box.is_empty:
            hole[self.hidden_box.slices_in(box)] |= self.hidden
            matte[self.hidden_box.slices_in(box)] |= self.matte
        return box, hole, matte

    @property
    def background(self) -> npt.NDArray[np.uint8]:
        """What is hidden, as the kernels want it: never empty."""
        return self.hidden if self.hidden.size else _NO_HOLE

    @property
    def blocked(self) -> npt.NDArray[np.uint8]:
        """The hole as the kernels want it: never empty."""
        return self.hole if self.hole.size else _NO_HOLE

    def luma(self, box: Box) -> npt.NDArray[np.float32]:
        """The frame's softened tone-space luma, `(h, w) float32` over the data window, ready at least inside `box`."""
        wanted = box & self.box
        if not wanted.is_empty:
            rows, columns = wanted.slices_in(self.box)
            tall, wide = TILE
            tiles = rows.start // tall, -(-rows.stop // tall), columns.start // wide, -(-columns.stop // wide)
            luma_tiles(self.codes, self.table, self._luma, self._ready, TILE, *tiles)
        return self._luma

    def rgb(self, box: Box) -> npt.NDArray[np.float32]:
        """The pixels of a box, `(H, W, 3) float32`; 0 outside the data window."""
        make = lent if self.box.contains(box) else cleared
        out = make((box.height, box.width, 3), np.float32)
        decode(self.codes, self.table, out, box.y0 - self.box.y0, box.x0 - self.box.x0)
        return out

    def within(self, box: Box) -> npt.NDArray[np.bool_]:
        """Which pixels of a box lie in the data window."""
        out = np.zeros((box.height, box.width), bool)
        inside = box & self.box
        if not inside.is_empty:
            out[inside.slices_in(box)] = True
        return out

    def usable(self, box: Box) -> npt.NDArray[np.bool_]:
        """Which pixels of a box are background, to be compared and aligned: in the data window and not hidden."""
        return self._outside(box, self.hidden, self.hidden_box)

    def lends(self, box: Box) -> npt.NDArray[np.bool_]:
        """Which pixels of a box may be taken from: background that nobody bars."""
        return self._outside(box, self.hole, self.hole_box)

    @property
    def lending_box(self) -> Box:
        """The smallest box around all pixels that may be taken from; EMPTY where there is none."""
        lent = self.lends(self.box)
        rows, columns = np.flatnonzero(lent.any(axis=1)), np.flatnonzero(lent.any(axis=0))
        if not len(rows):
            return EMPTY
        box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        return box.moved(self.box.x0, self.box.y0)

    def _outside(self, box: Box, hole: npt.NDArray[np.uint8], hole_box: Box) -> npt.NDArray[np.bool_]:
        out = self.within(box)
        hidden = box & hole_box
        if not hidden.is_empty:
            out[hidden.slices_in(box)] &= hole[hidden.slices_in(hole_box)] == 0
        return out

    def reduced_mask(self) -> npt.NDArray[np.uint8]:
        """Where the small picture may be tracked, 255, and where the hole is, 0."""
        mask: npt.NDArray[np.uint8] = np.full(self.reduced.shape, 255, np.uint8)
        inside = self.hidden_box & self.box
        if inside.is_empty:
            return mask
        rows, columns = inside.slices_in(self.box)
        f = self.factor
        part = self.hidden[inside.slices_in(self.hidden_box)]
        top, left = rows.start // f, columns.start // f
        bottom, right = min(-(-rows.stop // f), mask.shape[0]), min(-(-columns.stop // f), mask.shape[1])
        small = _cv2.resize(part, (max(1, right - left), max(1, bottom - top)), interpolation=_cv2.INTER_AREA)
        part_of_mask = mask[top:bottom, left:right]
        part_of_mask[np.asarray(_cv2.dilate(small, np.ones((5, 5), np.uint8)))[: bottom - top, : right - left] > 0] = 0
        return mask


def grown(hole: npt.NDArray[np.uint8], box: Box, by: int) -> tuple[Box, npt.NDArray[np.uint8]]:
    """The hole grown by a square of pixels, over a box grown likewise."""
    if box.is_empty or not hole.any():
        return EMPTY, np.zeros((0, 0), np.uint8)
    wide = np.pad(hole, by)
    return box.grown(by), np.asarray(_cv2.dilate(wide, np.ones((2 * by + 1, 2 * by + 1), np.uint8)))
