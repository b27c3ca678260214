# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of an extended frame, as numbers: every point of the old frame lands on the same pixel of the plate.

The lens stays as it is, so a zoom goes on working; the sensor grows with the frame and the shift takes up pads that are
not alike. Knows no Blender.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from platewright.contract.errors import RequestError
from platewright.contract.request import Pads

__all__ = ["Camera", "Frame", "Linear", "extended", "even", "extended_frame", "pads_for_size", "shift_changes"]

Fit = Literal["AUTO", "HORIZONTAL", "VERTICAL"]


@dataclass(frozen=True)
class Camera:
    """What of a camera decides where a point lands. kind: `PERSP`, `ORTHO` or `PANO`. Sensor in millimetres."""

    fit: Fit = "AUTO"
    sensor_width: float = 36.0
    sensor_height: float = 24.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    kind: str = "PERSP"
    ortho_scale: float = 6.0


@dataclass(frozen=True)
class Frame:
    """A render's size in pixels and the aspect of a pixel, as Blender has it: two numbers."""

    width: int
    height: int
    aspect_x: float = 1.0
    aspect_y: float = 1.0


@dataclass(frozen=True)
class Linear:
    """What an animated number becomes: `value * factor + offset`."""

    factor: float
    offset: float

    def __call__(self, value: float) -> float:
        """The number of the extended camera."""
        return value * self.factor + self.offset


def extended_frame(frame: Frame, pads: Pads) -> Frame:
    """The frame with the pads around it."""
    return replace(frame, width=frame.width + pads.left + pads.right, height=frame.height + pads.top + pads.bottom)


def extended(camera: Camera, frame: Frame, pads: Pads) -> Camera:
    """The camera that sees the extended frame. Raises RequestError `camera_panoramic`.

    A point at (x, y) of the old frame lands on (x + left, y + bottom) of the new one, y counted from the bottom.
    """
    if camera.kind not in ("PERSP", "ORTHO"):
        raise RequestError(
            "a panoramic camera can't be extended: its picture has no edge in the usual sense",
            code="camera_panoramic",
            hint="Use a perspective or an orthographic camera for the plate.",
        )
    new, fitted = extended_frame(frame, pads), _fitted(camera, frame)
    across, up = shift_changes(camera, frame, pads)
    sensor = camera.sensor_height if camera.fit == "VERTICAL" else camera.sensor_width
    return replace(
        camera,
        fit="HORIZONTAL",  # one rule afterwards: AUTO could turn over with the new shape
        sensor_width=sensor / fitted * new.width,
        shift_x=across(camera.shift_x),
        shift_y=up(camera.shift_y),
        ortho_scale=camera.ortho_scale / fitted * new.width,
    )


def shift_changes(camera: Camera, frame: Frame, pads: Pads) -> tuple[Linear, Linear]:
    """What the two shifts become, key by key where they are animated: `(x, y)`."""
    new, fitted = extended_frame(frame, pads), _fitted(camera, frame)
    factor = fitted / new.width
    return (
        Linear(factor, (pads.right - pads.left) / 2 / new.width),
        Linear(factor, (pads.top - pads.bottom) / 2 * frame.aspect_y / frame.aspect_x / new.width),
    )


def _fitted(camera: Camera, frame: Frame) -> float:
    """The length that the sensor is fitted to, in pixels of the width's kind."""
    fit = camera.fit
    if fit == "AUTO":
        wide = frame.width * frame.aspect_x >= frame.height * frame.aspect_y
        fit = "HORIZONTAL" if wide else "VERTICAL"
    return frame.width if fit == "HORIZONTAL" else frame.height * frame.aspect_y / frame.aspect_x


def even(pads: Pads) -> Pads:
    """The pads with even sums across and down: Blender 4.2 puts an odd one half a pixel off. The right and the bottom
    take the pixel more."""
    return replace(
        pads,
        right=pads.right + (pads.left + pads.right) % 2,
        bottom=pads.bottom + (pads.top + pads.bottom) % 2,
    )


def pads_for_size(width: int, height: int, to_width: int, to_height: int) -> Pads:
    """The pads that bring a plate to a size, equal on both sides. Raises RequestError `extend_invalid`."""
    across, down = to_width - width, to_height - height
    if across < 0 or down < 0 or across == down == 0:
        raise RequestError(
            f"{to_width} x {to_height} is not larger than the plate, which is {width} x {height}",
            code="extend_invalid",
            hint="Extending only adds; give a size that is larger in one direction and not smaller in the other.",
        )
    return even(Pads(left=across // 2, right=across - across // 2, top=down // 2, bottom=down - down // 2))
