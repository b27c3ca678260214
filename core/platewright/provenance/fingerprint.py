"""Fingerprints that find a picture again after it was stripped of its manifest, re-encoded, scaled or cropped.

They are ISCC image codes (ISO 24138, `io.iscc.v0`) of 256 bits, thirteen a picture, because a crop or a flip
defeats a single one. A near fingerprint is a candidate, never proof: a plate and its changed version are near,
and so are neighbouring frames. This module knows pictures as 8-bit arrays; it reads no files.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from platewright.contract.errors import ManifestError

__all__ = [
    "NEAR",
    "PROXY_WIDTH",
    "codes",
    "decode",
    "distance",
    "encode",
    "image_digests",
    "is_featureless",
    "normalised",
    "pack",
]

NEAR = 80
"""Largest distance, of 256 bits, at which two codes are worth showing as candidates."""

PROXY_WIDTH = 512
_SIDE = 32
_TOLERANCE = 16
_MOST_PASSES = 16
_HEADER = bytes((0x21, 0x07))  # content code, image, version 0, 256 bits
_PREFIX = "ISCC:"
_MARGINS = (0.025, 0.05, 0.075, 0.10, 0.125)
_SHAPES = (2.39, 1.85, 16 / 9, 1.0, 4 / 5, 9 / 16)

Grey = npt.NDArray[np.uint8]


def codes(proxy: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """The thirteen codes of a picture: whole, five centre crops, six crops to a shape, flipped left to right.

    proxy: `(h, w, 3) uint8` or `(h, w) uint8`, display-referred; for frames that is imaging's fixed proxy. Wider
    ones than 512 are first averaged down to that width, so that the codes do not depend on the resolution. The
    crops are made from the grey picture at half that size, which moves them by a few bits and saves most of the time.
    The crops take 2.5 to 12.5 % off each side, or cut to 2.39, 1.85, 16:9, 1:1, 4:5 and 9:16 about the centre.
    Returns texts as `ISCC:…`. Raises ManifestError for anything but such a picture.
    """
    picture = _checked(proxy)
    whole = normalised(picture)
    small = _halved(_grey(picture))
    height, width = small.shape
    crops = [normalised(small[rows, columns]) for rows, columns in _crops(width, height)]
    return tuple(encode(digest) for digest in image_digests(np.stack([whole, *crops, whole[:, ::-1]])))


def distance(a: str, b: str) -> int:
    """Number of differing bits of two codes, 0 to 256. Raises ManifestError for texts that are no such codes."""
    return (int.from_bytes(decode(a), "big") ^ int.from_bytes(decode(b), "big")).bit_count()


def encode(digest: bytes) -> str:
    """A 32-byte digest as the text of an ISCC image code."""
    if len(digest) != 32:
        raise ManifestError("an image code has 256 bits", code="fingerprint_malformed")
    return _PREFIX + base64.b32encode(_HEADER + digest).decode().rstrip("=")


def decode(code: str) -> bytes:
    """The 32 bytes of a code. Raises ManifestError `fingerprint_malformed`."""
    text = code.removeprefix(_PREFIX)
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8)) if len(text) == 55 else b""
    except (binascii.Error, ValueError):
        data = b""
    if data[:2] != _HEADER or len(data) != 34:
        raise ManifestError(f"'{code[:80]}' is not an ISCC image code of 256 bits", code="fingerprint_malformed")
    return data[2:]


def is_featureless(digest: bytes) -> bool:
    """True for codes of pictures without features, plain or a gradient, which match each other whatever they show.

    The sign is ties in the transform: a quarter of the code with fewer than 8 of its 64 bits set.
    """
    return any(int.from_bytes(digest[at : at + 8], "big").bit_count() < 8 for at in range(0, 32, 8))


def image_digests(grids: npt.NDArray[np.uint8]) -> list[bytes]:
    """The 256-bit digests of normalised pictures, `(n, 32, 32) uint8`: bit for bit those of ISCC's image code v0.

    A cosine transform of rows and columns; each 8 x 8 square of the lowest 16 x 16 frequencies is compared with
    its own median. The sums are made in the same order as in the standard's reference, so that ties agree.
    """
    frequencies = _cosines(_cosines(grids.astype(np.float64)).transpose(0, 2, 1)).transpose(0, 2, 1)
    low = np.ascontiguousarray(frequencies[:, :16, :16])
    squares = low.reshape(-1, 2, 8, 2, 8).transpose(0, 1, 3, 2, 4).reshape(-1, 4, 64)
    ordered = np.sort(squares, axis=2)
    median = (ordered[:, :, 31] + ordered[:, :, 32]) / 2
    packed = np.packbits(squares > median[:, :, None], axis=2).reshape(-1, 32)
    return [row.tobytes() for row in packed]


def normalised(picture: npt.NDArray[np.uint8]) -> Grey:
    """A picture as the `(32, 32) uint8` grid the code is made of: border trimmed, grey, bicubic.

    Trimming takes off plain or nearly plain borders (letterboxes, slates) as ISCC's own tools do: what lies
    within 16 of 255 of the top left pixel, again until nothing comes off. A band on one side only comes off when
    it is flat to within 8, so that skies stay.
    """
    image = Image.fromarray(_grey(_trimmed(picture)))
    return np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC), dtype=np.uint8)


def _grey(picture: npt.NDArray[np.uint8]) -> Grey:
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).convert("L"), dtype=np.uint8)


def _halved(grey: Grey) -> Grey:
    if min(grey.shape) < 4 * _SIDE:
        return grey
    return np.asarray(Image.fromarray(grey).reduce(2), dtype=np.uint8)


def _checked(proxy: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    flat = proxy.ndim == 2
    if proxy.dtype != np.uint8 or not (flat or (proxy.ndim == 3 and proxy.shape[2] == 3)) or proxy.size == 0:
        raise ManifestError("a fingerprint needs an 8-bit grey or RGB picture", code="picture_unusable")
    if proxy.shape[1] <= PROXY_WIDTH:
        return proxy
    height = max(1, round(proxy.shape[0] * PROXY_WIDTH / proxy.shape[1]))
    small = Image.fromarray(np.ascontiguousarray(proxy)).resize((PROXY_WIDTH, height), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def _crops(width: int, height: int) -> list[tuple[slice, slice]]:
    """Rows and columns of the eleven crops."""
    margins = [(round(width * share), round(height * share)) for share in _MARGINS]
    sizes = [(width - 2 * x, height - 2 * y) for x, y in margins]
    for shape in _SHAPES:
        wide = width > shape * height
        sizes.append((round(shape * height), height) if wide else (width, round(width / shape)))
    return [_centred(width, height, max(1, w), max(1, h)) for w, h in sizes]


def _centred(width: int, height: int, w: int, h: int) -> tuple[slice, slice]:
    x, y = (width - min(w, width)) // 2, (height - min(h, height)) // 2
    return slice(y, y + min(h, height)), slice(x, x + min(w, width))


def _trimmed(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    for _ in range(_MOST_PASSES):
        if _edges_differ(picture):
            break
        box = _content(picture, _TOLERANCE)
        height, width = picture.shape[:2]
        if box is None or box == (0, height, 0, width):
            break
        sides = (box[0] > 0) + (box[1] < height) + (box[2] > 0) + (box[3] < width)
        if sides == 1 and _content(picture, _TOLERANCE // 2) != box:
            break
        picture = picture[box[0] : box[1], box[2] : box[3]]
    return picture


def _edges_differ(picture: npt.NDArray[np.uint8]) -> bool:
    """The quick answer for most pictures: every one of the four edges differs from the corner somewhere."""
    edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return all(_differs(edge, picture[0, 0], _TOLERANCE).any() for edge in edges)


def _differs(pixels: npt.NDArray[np.uint8], reference: npt.NDArray[np.uint8], tolerance: int) -> npt.NDArray[np.bool_]:
    # Wraps round in 8 bits: one subtraction and one comparison instead of two.
    low = np.maximum(np.int16(tolerance), reference) - np.int16(tolerance)
    high = np.minimum(np.int16(255 - tolerance), reference) + np.int16(tolerance)
    return np.greater(pixels - low.astype(np.uint8), (high - low).astype(np.uint8))


def _content(picture: npt.NDArray[np.uint8], tolerance: int) -> tuple[int, int, int, int] | None:
    """Rows and columns (top, bottom, left, right; half open) of what is not border; None when all is."""
    differs = _differs(picture, picture[0, 0], tolerance)
    mask = differs.reshape(*picture.shape[:2], -1).max(axis=2)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@cache
def _divisors(count: int) -> npt.NDArray[np.float64]:
    return np.array([math.cos((i + 0.5) * math.pi / count) * 2.0 for i in range(count // 2)])


def _cosines(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The type II cosine transform along the last axis, by halving (B. G. Lee, 1984), without scaling.

    `values` is `(…, n)` with n a power of two. The sums and differences of mirrored values are transformed as one
    stack, and the odd results are then sums of neighbours.
    """
    count = values.shape[-1]
    if count == 1:
        return values
    half = count // 2
    first, mirrored = values[..., :half], values[..., : half - 1 : -1]
    stack = np.stack([first + mirrored, (first - mirrored) / _divisors(count)])
    even, odd = _cosines(stack)
    result = np.empty_like(values)
    result[..., 0::2] = even
    result[..., 1:-1:2] = odd[..., :-1] + odd[..., 1:]
    result[..., -1] = odd[..., -1]
    return result


def pack(digests: Sequence[bytes]) -> npt.NDArray[np.uint64]:
    """Digests as `(n, 4) uint64`, for counting differing bits of many at once."""
    return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 4)
