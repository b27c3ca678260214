"""Pictures as files for a model: numbers from 0 to 1 as PNG, and values written as the texts that vendors take."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.errors import InternalError

from .protocol import ModelInputs, Pixels

__all__ = ["data_uri", "gray_png", "hard", "inputs_as_png", "png", "resized", "text64"]

_PLAIN = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def png(pixels: Pixels, bits: int = 8) -> bytes:
    """`(H, W, 3)` from 0 to 1, R G B, as a PNG of 8 or 16 bits a channel; what lies outside is clipped."""
    return _encoded(_whole(pixels, bits)[..., ::-1])


def gray_png(mask: Pixels) -> bytes:
    """`(H, W)` from 0 to 1 as a grey PNG of 8 bits: 16-bit ones are misread by servers in use."""
    return _encoded(_whole(mask, 8))


def hard(mask: Pixels) -> Pixels:
    """The mask cut at a half: only 0 and 1."""
    return np.where(mask >= 0.5, np.float32(1), np.float32(0))


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """The picture at another size, by area or cubic; for references, never for frames."""
    if pixels.shape[:2] == (height, width):
        return pixels
    how = cv2.INTER_AREA if pixels.shape[0] > height else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(pixels, (width, height), interpolation=how), dtype=np.float32)


def inputs_as_png(inputs: ModelInputs, bits: int, *, soft: bool) -> dict[str, bytes]:
    """All pictures of a send by name: `frame_0000.png`, `mask_0000.png`, `picture_00.png`."""
    files = {f"frame_{n:04d}.png": png(frame, bits) for n, frame in enumerate(inputs.frames)}
    masks = inputs.masks if soft else hard(inputs.masks)
    files |= {f"mask_{n:04d}.png": gray_png(mask) for n, mask in enumerate(masks)}
    return files | {f"picture_{n:02d}.png": png(one.pixels, bits) for n, one in enumerate(inputs.pictures)}


def text64(data: bytes) -> str:
    """Base 64 in one line."""
    return base64.b64encode(data).decode("ascii")


def data_uri(data: bytes, kind: str = "image/png") -> str:
    """The bytes as a `data:` address."""
    return f"data:{kind};base64,{text64(data)}"


def _whole(values: Pixels, bits: int) -> npt.NDArray[Any]:
    most = 2**bits - 1
    kind = np.uint8 if bits == 8 else np.uint16
    whole: npt.NDArray[Any] = np.rint(np.clip(values, 0.0, 1.0).astype(np.float64) * most).astype(kind)
    return whole


def _encoded(values: npt.NDArray[Any]) -> bytes:
    done, data = cv2.imencode(".png", values, _PLAIN)
    if not done:
        raise InternalError("a picture could not be encoded as PNG")
    return bytes(data.tobytes())
