"""What an outpainting vendor is given: the picture that is there, and how far it is to grow on each side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import BackendError
from platewright.contract.windows import Box

from .coding import png
from .protocol import ModelInputs

__all__ = ["outward_files"]

_STEP = 8
"""Pixels that the picture's sides are looked for in; what takes this declares sizes that are multiples of it."""


def outward_files(words: dict[str, Any], inputs: ModelInputs, title: str, most: int) -> dict[str, bytes]:
    """A send's one frame, cut to the largest rectangle without anything to make; `words["grow"]`: pixels on each side.

    All outside the rectangle is made anew, mask or not; only what is in the mask is ever taken from a result, so
    nothing is lost by it. most: pixels that it may grow on a side.
    Raises BackendError `inputs_illegal` for more, and where hardly anything is there to grow from.
    """
    height, width = inputs.masks.shape[1:]
    box = _largest(np.asarray(inputs.masks[0] < 0.5))
    grow = {"left": box.x0, "top": box.y0, "right": width - box.x1, "bottom": height - box.y1}
    if min(box.width, box.height) < 4 * _STEP or max(grow.values()) > most:
        raise BackendError(
            f"{title} grows a picture outward by up to {most} pixels, and here is too little to grow from",
            code="inputs_illegal",
            hint="Extend it in several takes, one on top of the other, or use a backend that takes a mask.",
        )
    words["grow"] = grow
    return {"frame_0000.png": png(np.ascontiguousarray(inputs.frames[0][box.y0 : box.y1, box.x0 : box.x1]))}


def _largest(free: npt.NDArray[Any]) -> Box:
    """The largest rectangle of free pixels, in steps: row by row the largest one under a histogram, by a stack."""
    rows, columns = free.shape[0] // _STEP, free.shape[1] // _STEP
    cut = free[: rows * _STEP, : columns * _STEP]
    blocks = np.asarray(cut.reshape(rows, _STEP, columns, _STEP).all(axis=(1, 3)))
    heights, best = np.zeros(columns, int), Box(0, 0, 0, 0)
    for row in range(rows):
        heights = np.where(blocks[row], heights + 1, 0)
        open_: list[tuple[int, int]] = []  # where a rectangle of that height begins
        for column, height in enumerate([*heights.tolist(), 0]):
            begun = column
            while open_ and open_[-1][1] >= height:
                begun, tall = open_.pop()
                if tall * (column - begun) > best.width * best.height:
                    best = Box(begun, row + 1 - tall, column, row + 1)
            open_.append((begun, height))
    return Box(*(_STEP * side for side in (best.x0, best.y0, best.x1, best.y1)))
