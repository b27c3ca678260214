"""Pictures for the tests: an EXR writer of our own, as an oracle that shares nothing with the library under test."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from platewright.contract.windows import Box
from platewright.imaging.frame import Frame

__all__ = ["library_picture", "make_frame", "raw_exr"]

_KINDS = {np.dtype(np.uint32): 0, np.dtype(np.float16): 1, np.dtype(np.float32): 2}


def _attribute(name: str, kind: str, value: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value


def _window(box: Box) -> bytes:
    return struct.pack("<4i", box.x0, box.y0, box.x1 - 1, box.y1 - 1)


def raw_exr(
    path: Path,
    channels: Mapping[str, npt.NDArray[Any]],
    data_window: Box,
    display_window: Box | None = None,
    *,
    sampling: Mapping[str, int] | None = None,
    attributes: bytes = b"",
    version: int = 2,
    aspect: float = 1.0,
) -> Path:
    """An uncompressed scanline EXR with the very bits of the arrays (uint32, float16, float32), one block a line."""
    step = dict(sampling or {})
    names = sorted(channels)
    listed = b"".join(
        name.encode()
        + b"\0"
        + struct.pack("<iB3xii", _KINDS[channels[name].dtype], 0, step.get(name, 1), step.get(name, 1))
        for name in names
    )
    head = struct.pack("<ii", 20000630, version)
    head += _attribute("channels", "chlist", listed + b"\0")
    head += _attribute("compression", "compression", b"\0")
    head += _attribute("dataWindow", "box2i", _window(data_window))
    head += _attribute("displayWindow", "box2i", _window(display_window or data_window))
    head += _attribute("lineOrder", "lineOrder", b"\0")
    head += _attribute("pixelAspectRatio", "float", struct.pack("<f", aspect))
    head += _attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0))
    head += _attribute("screenWindowWidth", "float", struct.pack("<f", 1))
    head += attributes + b"\0"
    lines: list[bytes] = []
    for row in range(data_window.height):
        y = data_window.y0 + row
        body = b"".join(
            channels[name][row // step.get(name, 1)].tobytes() for name in names if y % step.get(name, 1) == 0
        )
        lines.append(struct.pack("<ii", y, len(body)) + body)
    place = len(head) + 8 * len(lines)
    offsets = b""
    for line in lines:
        offsets += struct.pack("<Q", place)
        place += len(line)
    path.write_bytes(head + offsets + b"".join(lines))
    return path


def library_picture(
    path: Path,
    pixels: npt.NDArray[Any],
    channels: tuple[str, ...] = ("R", "G", "B"),
    *,
    kind: str = "",
    window: Box | None = None,
    display: Box | None = None,
    attributes: Mapping[str, object] | None = None,
    tile: int = 0,
) -> Path:
    """A picture as other programs write it, through the library: any format, tiled, tagged."""
    height, width = pixels.shape[:2]
    kind = kind or {2: "half", 4: "float"}[pixels.dtype.itemsize]
    spec = oiio.ImageSpec(width, height, len(channels), kind)
    spec.channelnames = channels
    if window is not None:
        spec.x, spec.y = window.x0, window.y0
    if display is not None:
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = (
            display.x0,
            display.y0,
            display.width,
            display.height,
        )
    spec.tile_width = spec.tile_height = tile
    for name, value in (attributes or {}).items():
        if isinstance(value, tuple) and isinstance(value[0], oiio.TypeDesc):
            spec.attribute(name, *value)
        else:
            spec.attribute(name, value)
    target = oiio.ImageOutput.create(str(path))
    assert target.open(str(path), spec), target.geterror()
    assert target.write_image(pixels), target.geterror()
    assert target.close()
    return path


def make_frame(
    pixels: npt.NDArray[Any],
    channels: tuple[str, ...] = ("R", "G", "B"),
    origin: tuple[int, int] = (0, 0),
    display: Box | None = None,
    number: int = 1001,
) -> Frame:
    """A frame in memory whose data window begins at `origin`."""
    window = Box.of_size(pixels.shape[1], pixels.shape[0], *origin)
    return Frame(number, pixels, channels, window, display or window)
