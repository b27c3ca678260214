"""What of a plate a model is shown: a crop around the matte, at a size the model takes, and back to the plate.

A crop has as much of the plate around the matte as helps, keeps the plate's proportions (its pixel aspect too), and is
scaled to a legal size of the model. A region that would have to be shrunk far is covered by several crops that overlap.
Only what lies in the matte is ever taken from what comes back, so what a resampling loses is lost nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.capabilities import Sizes
from platewright.contract.errors import BackendError
from platewright.contract.windows import Box

__all__ = ["MOST_SHRUNK", "MOST_TILES", "OVERLAP", "Crop", "crops_around", "crops_for"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

MOST_SHRUNK = 1.6
"""Plate pixels for a pixel of the model, from which on several crops are made: beyond, detail is missed by the eye."""
MOST_TILES = 9
"""Crops of a region at most; a larger region is shrunk further."""
MOST_ENLARGED = 2.0
"""Pixels of the model for a plate pixel at most: a small region is shown with more around it instead."""
LARGEST = 4096 * 2304
"""Pixels of a crop for a model that says no limit."""
OVERLAP = 0.25
"""Share of a crop that the next one shows again, so that both agree."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of the plate at a model's size. box: plate pixels. width, height: the model's pixels."""

    box: Box
    width: int
    height: int

    def shown(self, codes: Floats) -> Floats:
        """A picture over the box, `(h, w, 3)` of a model's numbers, at the model's size."""
        return np.ascontiguousarray(np.clip(_scaled(codes, self.width, self.height), 0.0, 1.0), np.float32)

    def masked(self, mask: Mask) -> Floats:
        """A mask over the box `(h, w)` at the model's size, 1 for each pixel that touches it, `(H, W) float32`."""
        covered = _scaled(mask.astype(np.float32), self.width, self.height, spread=True)
        return np.ascontiguousarray(covered > 1e-4, np.float32)

    def back(self, codes: Floats) -> Floats:
        """What a model made, `(H, W, 3)` of its numbers, over the box."""
        return np.clip(_scaled(codes, self.box.width, self.box.height), 0.0, 1.0)


def crops_for(
    region: Box, sizes: Sizes, frame: Box, *, pixel_aspect: float = 1.0, context: int = 0, most: int = MOST_TILES
) -> tuple[Crop, ...]:
    """The crops that cover a region, in the order in which they are made.

    region: the pixels to make; frame: the plate's own; the crops stay in the two as far as they can. context: pixels
    around the region, 0 for a good part of its size. most: crops.
    Raises BackendError `size_impossible` where the model takes no size that would do.
    """
    frame = frame.union(region)
    around = _within(_around(region, context), frame)
    whole = _fitted(around, sizes, frame, pixel_aspect)
    if most < 2 or _shrunk(whole, pixel_aspect) <= MOST_SHRUNK:
        return (whole,)
    scale = MOST_SHRUNK
    while True:
        across, down = _tile(whole, pixel_aspect, scale)
        columns, rows = _starts(region.x0, region.x1, across), _starts(region.y0, region.y1, down)
        if len(columns) * len(rows) <= most:
            break
        scale *= 1.1
    if len(columns) * len(rows) == 1:
        return (whole,)
    found = []
    for y in rows:
        for x in columns:
            box = _within(Box.of_size(across, down, x, y), frame)
            found.append(_fitted(box, sizes, frame, pixel_aspect))
    return tuple(found)


def crops_around(
    inner: Box, outer: Box, sizes: Sizes, *, pixel_aspect: float = 1.0, context: int = 0, most: int = MOST_TILES
) -> tuple[Crop, ...]:
    """The crops that cover what `outer` has beyond `inner`: all of it in one where the model sees it large enough, else
    those of each side, left and right with the corners.

    Arguments and errors as for crops_for. One crop of all of it where the sides would take more than `most`.
    """
    (whole,) = crops_for(outer, sizes, outer, pixel_aspect=pixel_aspect, context=1, most=1)
    if most < 2 or _shrunk(whole, pixel_aspect) <= MOST_SHRUNK:
        return (whole,)
    inner = inner & outer
    if inner.is_empty:
        return crops_for(outer, sizes, outer, pixel_aspect=pixel_aspect, context=context, most=most)
    sides = (
        Box(outer.x0, outer.y0, inner.x0, outer.y1), Box(inner.x1, outer.y0, outer.x1, outer.y1),
        Box(inner.x0, outer.y0, inner.x1, inner.y0), Box(inner.x0, inner.y1, inner.x1, outer.y1),
    )  # fmt: skip
    there = [side for side in sides if not side.is_empty]
    each = max(1, most // max(1, len(there)))
    found = [
        crop for side in there
        for crop in crops_for(side, sizes, outer, pixel_aspect=pixel_aspect, context=context, most=each)
    ]  # fmt: skip
    needed = _needed(found, inner, outer)
    return needed if 0 < len(needed) <= most else (whole,)


def _needed(crops: Sequence[Crop], inner: Box, outer: Box) -> tuple[Crop, ...]:
    """The crops that show something of what `outer` has beyond `inner` that none before them does."""
    left = np.ones((outer.height, outer.width), bool)
    left[inner.slices_in(outer)] = False
    found = []
    for crop in crops:
        here = (crop.box & outer).slices_in(outer)
        if left[here].any():
            found.append(crop)
            left[here] = False
    return tuple(found)


def _around(region: Box, context: int) -> Box:
    """The region with plate around it, about as much on each side as half of it."""
    by = context or max(32, max(region.width, region.height) // 3)
    return region.grown(by)


def _within(box: Box, frame: Box) -> Box:
    """A box moved into a frame; where it is larger than that, only as large."""
    width, height = min(box.width, frame.width), min(box.height, frame.height)
    x = min(max(box.x0, frame.x0), frame.x1 - width)
    y = min(max(box.y0, frame.y0), frame.y1 - height)
    return Box.of_size(width, height, x, y)


def _fitted(box: Box, sizes: Sizes, frame: Box, aspect: float) -> Crop:
    """A crop that holds the box, in the proportions of a legal size near its own; it may reach beyond the frame."""
    width, height = _size(box.width * aspect, float(box.height), sizes)
    scale = max(box.width * aspect / width, box.height / height, 1 / MOST_ENLARGED)
    across, down = max(box.width, round(width * scale / aspect)), max(box.height, round(height * scale))
    x, y = box.x0 - (across - box.width) // 2, box.y0 - (down - box.height) // 2
    return Crop(_moved_in(Box.of_size(across, down, x, y), frame), width, height)


def _moved_in(box: Box, frame: Box) -> Box:
    """A box of the same size that shows as little as can be from beyond the frame."""
    x = min(max(box.x0, frame.x0), frame.x1 - box.width) if box.width <= frame.width else box.x0
    y = min(max(box.y0, frame.y0), frame.y1 - box.height) if box.height <= frame.height else box.y0
    return Box.of_size(box.width, box.height, x, y)


def _size(width: float, height: float, sizes: Sizes) -> tuple[int, int]:
    """The legal size that is nearest to the proportions of `width` x `height`, as large as does the model good."""
    if sizes.fixed:
        wanted = math.log(width / height)
        return min(sizes.fixed, key=lambda size: (abs(math.log(size[0] / size[1]) - wanted), -size[0] * size[1]))
    aspect = min(max(width / height, sizes.least_aspect or 1e-9), sizes.most_aspect)
    area = float(sizes.best**2) if sizes.best else min(width * height, LARGEST)
    if sizes.most_pixels:
        area = min(area, float(sizes.most_pixels))
    tall = math.sqrt(area / aspect)
    for shrink in np.linspace(1.0, 0.25, 76):
        found = (_legal(tall * aspect * shrink, sizes), _legal(tall * shrink, sizes))
        if sizes.takes(*found):
            return found
    raise BackendError(
        f"the model takes no size near {width:.0f} x {height:.0f}",
        code="size_impossible",
        hint="Use another backend, or a smaller matte.",
    )


def _legal(side: float, sizes: Sizes) -> int:
    step = max(1, sizes.multiple)
    least, most = -(-max(1, sizes.least) // step) * step, (sizes.most or 1 << 16) // step * step
    return int(min(max(round(side / step) * step, least), most))


def _shrunk(crop: Crop, aspect: float) -> float:
    return max(crop.box.width * aspect / crop.width, crop.box.height / crop.height)


def _tile(whole: Crop, aspect: float, scale: float) -> tuple[int, int]:
    """Plate pixels of one of several crops."""
    return round(whole.width * scale / aspect), round(whole.height * scale)


def _starts(first: int, last: int, length: int) -> list[int]:
    """Where crops of a length begin that cover `first` to `last` with overlap and a margin, evenly."""
    margin = int(length * OVERLAP / 2)
    first, last = first - margin, last + margin
    room = last - first - length
    if room <= 0:
        return [first + room // 2]
    count = 1 + math.ceil(room / (length * (1 - OVERLAP)))
    return [first + round(room * place / (count - 1)) for place in range(count)]


def _scaled(values: Floats, width: int, height: int, *, spread: bool = False) -> Floats:
    """Values at another size: means over areas where it shrinks, cubic where it grows (linear for masks)."""
    if values.shape[1::-1] == (width, height):
        return values
    shrinks = width < values.shape[1] or height < values.shape[0]
    way = _cv2.INTER_AREA if shrinks else _cv2.INTER_LINEAR if spread else _cv2.INTER_CUBIC
    scaled: Floats = _cv2.resize(np.ascontiguousarray(values, np.float32), (width, height), interpolation=way)
    return scaled
