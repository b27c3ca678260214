"""Which nodes a take needs: decided by its record alone, so that two versions of an element can be told to fit."""

from __future__ import annotations

from enum import Enum

from platewright.contract.request import Extend, ReplaceSky
from platewright.contract.takes import TakeRecord

__all__ = ["SKY_LAYERS", "Shape", "crop_box", "shape_of"]

SKY_LAYERS = (
    ("newsky.red", "rgba.red"),
    ("newsky.green", "rgba.green"),
    ("newsky.blue", "rgba.blue"),
    ("sky.alpha", "rgba.alpha"),
)
"""The layers of a sky's patch, and where a Keymix looks for them. Nuke calls an EXR's `sky.A` `sky.alpha`."""


class Shape(Enum):
    """The graph of a placement."""

    PLAIN = "plain"
    EXTENDED = "extended"  # overscan: the plate's format, a larger data window
    REFORMATTED = "reformatted"  # the same, and then the format grown by a Crop behind the Keymix
    GROWN = "grown"  # made with a larger display window: the plate is moved into it before the Keymix
    SKY_LAYERS = "sky_layers"


def shape_of(record: TakeRecord, reformat: bool, layers: bool) -> Shape:
    """The graph for a take and the artist's wishes."""
    operation = record.request.operation
    if isinstance(operation, Extend):
        if operation.grow_display:
            return Shape.GROWN
        return Shape.REFORMATTED if reformat else Shape.EXTENDED
    if isinstance(operation, ReplaceSky) and layers:
        return Shape.SKY_LAYERS
    return Shape.PLAIN


def crop_box(record: TakeRecord) -> tuple[int, int, int, int]:
    """The grown format in the plate's own coordinates, as a Crop takes it: x, y, right, top from the lower left."""
    operation = record.request.operation
    assert isinstance(operation, Extend)
    pads, display = operation.pads, record.display_window
    width, height = display.width, display.height
    if operation.grow_display:
        width, height = width - pads.left - pads.right, height - pads.top - pads.bottom
    return -pads.left, -pads.bottom, width + pads.right, height + pads.top
