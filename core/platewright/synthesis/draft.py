"""A frame on its way: what is wanted of it, what is there already, and where each pixel came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .choices import Choices
from .kept_grain import LookUp
from .views import View

__all__ = ["FROM_FRAMES", "FROM_PLATE", "GIVEN", "SYNTHESISED", "Draft", "Filled", "Float", "Mask", "Wanted"]

FROM_PLATE, FROM_FRAMES, SYNTHESISED, GIVEN = 0, 1, 2, 3
"""Codes of the source map: the frame's own pixel; another frame's; made by the generator; the artist's."""

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Wanted:
    """The pixels of a frame to be made: `mask (H, W) bool` over `box`, plate coordinates."""

    box: Box
    mask: Mask


@dataclass(frozen=True)
class Filled:
    """A filled region, over the wanted box.

    rgb: `(H, W, 3) float32` scene-linear, the plate's own pixels outside the mask. kind: `(H, W) uint8`, codes of the
    source map. source: `(H, W) int32` number of the frame with the largest share, 0 where there is none.
    lacking: `(H, W) float32`, share of the plate's grain variance that a pixel lacks. confidence: `(H, W) float32`.
    sources: frame numbers that lent pixels. aligned: False where no alignment held. moving: share of the region with
    texture that moves by itself. shade: how much darker the plate is beside the region than other frames show it
    there, in tone space, and more than those differ; below 0 where it is brighter. looked_up: how what other frames
    lent was looked up between their pixels; None where some of it lay on them.
    """

    box: Box
    mask: Mask
    rgb: Float
    kind: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]
    lacking: Float
    confidence: Float
    sources: tuple[int, ...]
    aligned: bool
    moving: float = 0.0
    shade: float = 0.0
    looked_up: LookUp | None = None


@dataclass
class Draft:
    """As Filled, still changing; `open (H, W) bool` is what has no pixel yet. off: how far what was brought in
    is from the plate around the region, see doubt.Beside. apart: how far the looks at it are apart in structure on the
    mean, in tone space, see agreement. played: how many frames off the one lies that lent most of what moves by itself:
    to the frame before, and once it is brought in, to this one; None where nothing moved.
    choices: what the artist turned. alike: by frame number, how much the camera blurred it as this one, see
    shutter.likeness. looked_up: as in Filled. waved: along waves, see waves."""

    rgb: Float
    kind: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]
    lacking: Float
    confidence: Float
    open: Mask
    sources: tuple[int, ...] = ()
    aligned: bool = True
    moving: float = 0.0
    shade: float = 0.0
    off: float = 0.0
    apart: float = 0.0
    played: int | None = None
    choices: Choices = field(default_factory=Choices)
    alike: Mapping[int, float] = field(default_factory=dict)
    looked_up: LookUp | None = None
    waved: bool = False

    @classmethod
    def of(cls, view: View, wanted: Wanted, choices: Choices | None = None) -> Draft:
        """Nothing but the plate, all that is wanted still open."""
        shape = wanted.mask.shape
        return cls(
            rgb=view.rgb(wanted.box),
            kind=np.zeros(shape, np.uint8),
            source=np.zeros(shape, np.int32),
            lacking=np.zeros(shape, np.float32),
            confidence=np.ones(shape, np.float32),
            open=wanted.mask.copy(),
            choices=choices or Choices(),
        )

    def filled(self, wanted: Wanted) -> Filled:
        """The finished region."""
        return Filled(
            wanted.box, wanted.mask, self.rgb, self.kind, self.source, self.lacking, self.confidence, self.sources,
            self.aligned, self.moving, self.shade, self.looked_up,
        )  # fmt: skip
