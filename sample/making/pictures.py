"""Pictures in and out for the sample shot's making: OpenEXR half floats with the tags the shot promises.

The sample is made in Blender's own Python environment, apart from the product, so it has a small hand of its own on
OpenImageIO rather than the product's imaging room.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

Floats = npt.NDArray[np.float32]
LIN_REC709 = "lin_rec709_scene"
Window = tuple[int, int, int, int]
"""left, top, right, bottom in pixels, y down, half open."""

__all__ = ["Floats", "Window", "read_matte", "read_rgb", "view", "write_matte", "write_rgb"]


def _read(path: Path) -> Floats:
    source = oiio.ImageInput.open(str(path))
    if source is None:
        raise OSError(f"{path}: {oiio.geterror()}")
    pixels = source.read_image(0, 0, 0, source.spec().nchannels, oiio.FLOAT)
    source.close()
    if pixels is None:
        raise OSError(f"{path}: {oiio.geterror()}")
    return np.asarray(pixels, dtype=np.float32)


def read_rgb(path: Path) -> Floats:
    """(H, W, 3) float32 of a file's first three channels."""
    return np.ascontiguousarray(_read(path)[..., :3])


def read_matte(path: Path) -> Floats:
    """(H, W) float32 of a file's last channel: alpha where it has one."""
    return np.ascontiguousarray(_read(path)[..., -1])


def _write(path: Path, pixels: Floats, names: tuple[str, ...], compression: str, tags: dict[str, Any],
           window: Window | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, columns = pixels.shape[:2]
    left, top, right, bottom = window if window is not None else (0, 0, columns, rows)
    pixels = np.ascontiguousarray(pixels[top:bottom, left:right])
    spec = oiio.ImageSpec(right - left, bottom - top, len(names), oiio.HALF)
    spec.x, spec.y = left, top
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, columns, rows
    spec.channelnames = names
    spec.attribute("compression", compression)
    spec.attribute("framesPerSecond", oiio.TypeDesc("rational"), [24, 1])
    spec.attribute("copyright", "CC0-1.0")
    spec.attribute("Software", "Platewright sample shot")
    spec.attribute("DateTime", "2026:11:21 12:00:00")
    for name, value in tags.items():
        spec.attribute(name, value)
    out = oiio.ImageOutput.create(str(path))
    if out is None or not out.open(str(path), spec):
        raise OSError(f"{path}: {oiio.geterror()}")
    written = out.write_image(pixels) and out.close()
    if not written:
        raise OSError(f"{path}: {out.geterror()}")


def write_rgb(path: Path, rgb: Floats, compression: str, window: Window | None = None) -> None:
    """Write (H, W, 3) scene-linear Rec.709 as half floats, tagged; of `window` alone, as its data window, if given."""
    tags = {"oiio:ColorSpace": LIN_REC709, "colorInteropID": LIN_REC709}
    _write(path, rgb, ("R", "G", "B"), compression, tags, window)


def write_matte(path: Path, matte: Floats) -> None:
    """Write (H, W) coverage as the one half channel A."""
    _write(path, matte[..., None], ("A",), "zip", {"colorInteropID": "data"})


def view(path: Path, rgb: Floats, exposure: float = 0.0) -> None:
    """A PNG to look at: filmic shoulder above mid-grey, sRGB encoding."""
    x = np.maximum(rgb, 0.0) * 2.0 ** exposure
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)  # Narkowicz 2015, ACES filmic fit
    x = np.clip(x, 0.0, 1.0)
    shown = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    spec = oiio.ImageSpec(rgb.shape[1], rgb.shape[0], 3, oiio.UINT8)
    out = oiio.ImageOutput.create(str(path))
    out.open(str(path), spec)
    out.write_image(np.ascontiguousarray((shown * 255 + 0.5).astype(np.uint8)))
    out.close()
