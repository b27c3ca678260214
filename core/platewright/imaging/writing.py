"""Files out: patches and pictures, written beside their place, hashed and renamed, the same bytes every time.

OpenImageIO reports failures by return values and stamps the time of day into every EXR; here every return becomes
an error and the time is the plate's own or a constant. What a patch means is not known here.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO

from platewright.contract.errors import InternalError, StorageError
from platewright.contract.takes import FileHash
from platewright.contract.windows import Box

from .attributes import carried, set_header
from .frame import Frame
from .halves import lay_in
from .stream import hash_file

__all__ = ["carried", "write_frame", "write_patch", "write_picture"]

_oiio: Any = OpenImageIO


def _disk_full(path: Path) -> StorageError:
    return StorageError(
        f"the disk is full: {path.name} could not be written to {path.parent}",
        code="disk_full",
        hint="Free some space and run it again; nothing half done was left behind.",
        retry=True,
    )


def _not_written(path: Path, text: str) -> StorageError:
    return StorageError(
        f"{path} could not be written: {' '.join(text.split())[:200] or 'no reason given'}",
        code="write_failed",
        hint="Check that the folder is there and that you may write to it.",
        retry=True,
    )


def _library_error(path: Path, needed: int, text: str) -> StorageError:
    """The library tells no error number: a full disk is told from everything else by what is left on it."""
    try:
        left = shutil.disk_usage(path.parent).free
    except OSError:
        left = needed
    full = left < max(needed, 1 << 16) or "no space" in text.lower() or "quota" in text.lower()
    return _disk_full(path) if full else _not_written(path, text)


def _system_error(path: Path, error: OSError) -> StorageError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _disk_full(path) if full else _not_written(path, error.strerror or str(error))


def _interleave(
    rgb: npt.NDArray[Any], alpha: npt.NDArray[np.float32], data: Mapping[str, npt.NDArray[Any]], half: bool
) -> npt.NDArray[Any]:
    """R, G, B, A and data channels as one `(H, W, C)` array of the file's type; finite overflow is clamped."""
    kind = np.float16 if half else np.float32
    pixels = np.empty((*rgb.shape[:2], 4 + len(data)), dtype=kind)
    if half:
        planes = (alpha, *data.values())
        for place in range(3):
            lay_in(rgb[..., place], pixels, place, 65504.0)
        for place, plane in enumerate(planes, start=3):
            lay_in(plane, pixels, place)
        return pixels
    pixels[..., :3] = rgb
    pixels[..., 3] = alpha
    for place, values in enumerate(data.values(), start=4):
        pixels[..., place] = values
    return pixels


def _check_patch(
    rgb: npt.NDArray[Any], alpha: npt.NDArray[np.float32], window: Box, data: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Hold the patch contract: shapes, finite values, A exactly 0 on the border. Raises InternalError."""
    shape = (window.height, window.width)
    if rgb.shape != (*shape, 3) or alpha.shape != shape or any(item.shape != shape for item in data.values()):
        raise InternalError(f"a patch's arrays do not fill its data window {window}", code="patch_shape")
    if min(shape) < 1:
        raise InternalError("a patch needs at least one pixel", code="patch_shape")
    if not (np.isfinite(rgb).all() and np.isfinite(alpha).all()):
        raise InternalError("a patch holds NaN or infinity", code="patch_not_finite")
    if alpha[0].any() or alpha[-1].any() or alpha[:, 0].any() or alpha[:, -1].any():
        raise InternalError("the blend matte is not 0 on the border of the patch", code="patch_border")
    if alpha.min() < 0 or alpha.max() > 1:
        raise InternalError("the blend matte leaves 0 to 1", code="patch_alpha")


def write_patch(
    path: Path,
    rgb: npt.NDArray[Any],
    alpha: npt.NDArray[np.float32],
    data_window: Box,
    display_window: Box,
    *,
    data: Mapping[str, npt.NDArray[Any]] | None = None,
    half: bool = True,
    pixel_aspect: float = 1.0,
    header: Mapping[str, object] | None = None,
    compression: str = "zip",
) -> FileHash:
    """Write a patch and return its name, size and SHA-256.

    rgb: `(H, W, 3)` float32 or float16 over `data_window`, scene-linear, unpremultiplied, finite. alpha: `(H, W)`
    float32, the blend matte, 0 on the border. data: further channels by name, `(H, W)`. half: store as 16-bit
    floats (the plate's own kind). header: attributes; `DateTime` is taken from it, else a constant.
    compression: a lossless EXR method.

    The file appears whole or not at all, and equal input gives equal bytes.
    Raises StorageError `disk_full`, `write_failed`; InternalError when the patch breaks its contract.
    """
    path = Path(path)
    extra = dict(data or {})
    _check_patch(rgb, alpha, data_window, extra)
    pixels = _interleave(rgb, alpha, extra, half)
    spec = _spec(pixels, ("R", "G", "B", "A", *extra), data_window, display_window)
    return _write_exr(path, spec, pixels, header or {}, pixel_aspect, compression)


def write_frame(
    path: Path, frame: Frame, *, header: Mapping[str, object] | None = None, compression: str = "zip"
) -> FileHash:
    """Write a whole frame bit for bit, and return its name, size and SHA-256 (full-frame copies, test plates).

    header: attributes; None carries those of the frame on, colour tag included.
    Raises StorageError as `write_patch` does; InternalError `mixed_channels` for channels of several types.
    """
    path = Path(path)
    if frame.others:
        names = ", ".join(frame.others)
        raise InternalError(f"channels of several types can't be written together: {names}", code="mixed_channels")
    if header is None:
        header = carried(frame.header, str(frame.header.get("colorInteropID", "")))
    spec = _spec(frame.pixels, frame.channels, frame.data_window, frame.display_window)
    return _write_exr(path, spec, np.ascontiguousarray(frame.pixels), header, frame.pixel_aspect, compression)


def _spec(pixels: npt.NDArray[Any], channels: tuple[str, ...], data_window: Box, display_window: Box) -> Any:
    """The library's header object for an array over a data window."""
    kind = "half" if pixels.dtype == np.float16 else "float"
    spec = _oiio.ImageSpec(data_window.width, data_window.height, len(channels), kind)
    spec.channelnames = channels
    spec.x, spec.y = data_window.x0, data_window.y0
    spec.full_x, spec.full_y = display_window.x0, display_window.y0
    spec.full_width, spec.full_height = display_window.width, display_window.height
    return spec


def _write_exr(
    path: Path, spec: Any, pixels: npt.NDArray[Any], header: Mapping[str, object], pixel_aspect: float, compression: str
) -> FileHash:
    """Set the header, write beside, check, hash, rename."""
    set_header(spec, header)
    spec.attribute("compression", compression)
    spec.attribute("PixelAspectRatio", float(pixel_aspect))
    return _appear(path, lambda beside: _encode(beside, path, spec, pixels))


def _appear(path: Path, fill: Callable[[Path], object]) -> FileHash:
    """Let `fill` write a file beside its place, hash it and rename it: whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        fill(beside)
        written = hash_file(beside)
        os.replace(beside, path)
    except OSError as error:
        raise _system_error(path, error) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return replace(written, name=path.name)


def _encode(beside: Path, path: Path, spec: Any, pixels: npt.NDArray[Any]) -> None:
    """The library's part: every return is checked, and the last rows are read back.

    The library swallows what goes wrong while it closes a file, so a file counts as written when its last
    block can be decoded.
    """
    with beside.open("wb"):  # the system's own words for a folder that is not there or not ours
        pass
    target = _oiio.ImageOutput.create("exr")
    if target is None:
        raise InternalError(f"no EXR writer: {_oiio.geterror()}")
    good = target.open(str(beside), spec) and target.write_image(pixels)
    text = "" if good else str(target.geterror())
    closed = target.close()
    if not (good and closed):
        raise _library_error(path, pixels.nbytes, text or str(target.geterror()))
    source = _oiio.ImageInput.open(str(beside))
    if source is None:
        raise _library_error(path, pixels.nbytes, str(_oiio.geterror()))
    end = spec.y + spec.height
    last = source.read_scanlines(0, 0, end - 1, end, 0, 0, 1, "half")
    source.close()
    if last is None:
        raise _library_error(path, pixels.nbytes, "its last rows can't be read back")


def write_picture(path: Path, rgb8: npt.NDArray[np.uint8]) -> FileHash:
    """Write an 8-bit picture `(h, w, 3)` uint8 RGB as PNG (contact sheets, wipes); whole or not at all.

    Raises StorageError `disk_full`, `write_failed`.
    """
    import cv2

    path = Path(path)
    encoder: Any = cv2
    done, encoded = encoder.imencode(".png", np.ascontiguousarray(rgb8[..., ::-1]))
    if not done:
        raise InternalError("the picture could not be encoded as PNG")
    return _appear(path, lambda beside: beside.write_bytes(encoded.tobytes()))
