"""Files out: patches and pictures, written beside their place, hashed and renamed, the same bytes every time.

OpenImageIO reports failures by return values and stamps the time of day into every EXR; here every return becomes
an error and the time is the plate's own or a constant. What a patch means is not known here.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO

from platewright.contract.errors import InternalError, StorageError
from platewright.contract.takes import FileHash
from platewright.contract.windows import Box

from .stream import hash_file

__all__ = ["carried", "write_patch", "write_picture"]

_oiio: Any = OpenImageIO
_NO_DATE = "2000:01:01 00:00:00"

_STRUCTURE = frozenset(
    {
        "compression", "DateTime", "PixelAspectRatio", "screenWindowCenter", "screenWindowWidth", "name", "type",
        "version", "chunkCount", "lineOrder", "dataWindow", "displayWindow", "tiles", "tiledesc", "preview",
        "Orientation", "planarconfig", "textureformat", "wrapmodes", "multiView", "view", "XResolution",
        "YResolution", "ResolutionUnit", "xDensity", "ICCProfile", "xmp", "Software", "Exif:ImageHistory",
    }
)  # fmt: skip
_COLOUR = frozenset(
    {"chromaticities", "colorInteropID", "oiio:ColorSpace", "whiteLuminance", "adoptedNeutral", "oiio:Gamma",
     "acesImageContainerFlag", "Exif:ColorSpace"}
)  # fmt: skip
_STRUCTURE_PREFIXES = ("oiio:", "openexr:", "tiff:", "jpeg:", "png:", "dpx:", "platewright", "c2pa", "Iptc4xmpExt")
_TYPES = {"framesPerSecond": "rational", "captureRate": "rational", "smpte:TimeCode": "timecode",
          "timeCode": "timecode", "smpte:KeyCode": "keycode"}  # fmt: skip


def carried(header: Mapping[str, object], colour_id: str) -> dict[str, object]:
    """What of a plate's header goes into its patch: camera, time code, frame rate, whatever the show put there.

    Left out: how the file was built, its colour tags (the patch has its own: `colour_id`, an interop id, empty
    where there is none), and statements about the plate's own origin, which would be untrue of the patch.
    """
    kept = {
        name: value
        for name, value in header.items()
        if name not in _STRUCTURE and name not in _COLOUR and not name.startswith(_STRUCTURE_PREFIXES)
    }
    if isinstance(header.get("DateTime"), str):
        kept["DateTime"] = header["DateTime"]
    if colour_id:
        kept["colorInteropID"] = colour_id
    return kept


def _type_of(name: str, value: object) -> str | None:
    """The library's name for an attribute's type, or None where it can't be written."""
    if name in _TYPES:
        return _TYPES[name]
    if isinstance(value, str):
        return "string" if value else None
    if isinstance(value, bool | int):
        return "int" if -(2**31) <= int(value) < 2**31 else None
    if isinstance(value, float):
        return "float"
    if not isinstance(value, tuple) or not value:
        return None
    if all(isinstance(item, str) for item in value):
        return f"string[{len(value)}]"
    if all(isinstance(item, int) for item in value):
        return f"int[{len(value)}]"
    known = {2: "float2", 3: "vector", 9: "matrix33", 16: "matrix"}
    return known.get(len(value), f"float[{len(value)}]")


def _set_header(spec: Any, header: Mapping[str, object]) -> None:
    """Put attributes into the library's header object, in the order of their names: equal headers, equal bytes."""
    for name in sorted(header):
        value = header[name]
        kind = _type_of(name, value)
        if kind is None:
            continue
        if kind == "string" or not isinstance(value, tuple):
            spec.attribute(name, value)
        else:
            spec.attribute(name, _oiio.TypeDesc(kind), value)


def _storage_error(path: Path, needed: int, text: str) -> StorageError:
    """Why a file could not be written: a full disk is told from everything else by what is left on it."""
    try:
        left = shutil.disk_usage(path.parent).free
    except OSError:
        left = needed
    low = text.lower()
    if left < max(needed, 1 << 16) or "no space" in low or "quota" in low:
        return StorageError(
            f"the disk is full: {path.name} could not be written to {path.parent}",
            code="disk_full",
            hint="Free some space and run it again; nothing half done was left behind.",
            retry=True,
        )
    return StorageError(
        f"{path} could not be written: {' '.join(text.split())[:200] or 'no reason given'}",
        code="write_failed",
        hint="Check that the folder is there and that you may write to it.",
        retry=True,
    )


def _os_error(path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _storage_error(path, 0, "no space left")
    return _storage_error(path, 0, error.strerror or str(error))


def _interleave(
    rgb: npt.NDArray[Any], alpha: npt.NDArray[np.float32], data: Mapping[str, npt.NDArray[Any]], half: bool
) -> npt.NDArray[Any]:
    """R, G, B, A and data channels as one `(H, W, C)` array of the file's type; finite overflow is clamped."""
    kind = np.float16 if half else np.float32
    pixels = np.empty((*rgb.shape[:2], 4 + len(data)), dtype=kind)
    if half and rgb.dtype != np.float16:
        np.clip(rgb, -65504.0, 65504.0, out=pixels[..., :3], casting="same_kind")
    else:
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
    spec.attribute("compression", compression)
    spec.attribute("PixelAspectRatio", float(pixel_aspect))
    attributes = dict(header or {})
    if not isinstance(attributes.get("DateTime"), str):
        attributes["DateTime"] = _NO_DATE
    if attributes.get("colorInteropID"):
        attributes.pop("chromaticities", None)
    _set_header(spec, attributes)
    return _write_exr(path, spec, pixels)


def _spec(pixels: npt.NDArray[Any], channels: tuple[str, ...], data_window: Box, display_window: Box) -> Any:
    """The library's header object for an array over a data window."""
    kind = "half" if pixels.dtype == np.float16 else "float"
    spec = _oiio.ImageSpec(data_window.width, data_window.height, len(channels), kind)
    spec.channelnames = channels
    spec.x, spec.y = data_window.x0, data_window.y0
    spec.full_x, spec.full_y = display_window.x0, display_window.y0
    spec.full_width, spec.full_height = display_window.width, display_window.height
    return spec


def _write_exr(path: Path, spec: Any, pixels: npt.NDArray[Any]) -> FileHash:
    """Write beside, check, hash, rename."""
    beside = path.with_name(f".{path.name}.part")
    try:
        _encode(beside, path, spec, pixels)
        written = hash_file(beside)
        os.replace(beside, path)
    except OSError as error:
        raise _os_error(path, error) from error
    finally:
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
        raise _storage_error(path, pixels.nbytes, text or str(target.geterror()))
    source = _oiio.ImageInput.open(str(beside))
    if source is None:
        raise _storage_error(path, pixels.nbytes, str(_oiio.geterror()))
    end = spec.y + spec.height
    last = source.read_scanlines(0, 0, end - 1, end, 0, 0, 1, "half")
    source.close()
    if last is None:
        raise _storage_error(path, pixels.nbytes, "its last rows can't be read back")


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
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(encoded.tobytes())
        written = hash_file(beside)
        os.replace(beside, path)
    except OSError as error:
        raise _os_error(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return replace(written, name=path.name)
