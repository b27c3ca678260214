"""Uncompressed EXR files, written and read by hand: Blender's Python has no OpenImageIO, and every bit counts here."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

KINDS = {1: np.dtype("<f2"), 2: np.dtype("<f4"), 0: np.dtype("<u4")}


def write(
    path: Path | str, channels: dict[str, np.ndarray], *, data: tuple[int, int, int, int] | None = None,
    display: tuple[int, int, int, int] | None = None, space: str = "",
) -> None:  # fmt: skip
    """Arrays `(h, w)` of one float type by channel name. data, display: x0, y0, x1, y1, half open."""
    names = sorted(channels)
    first = channels[names[0]]
    height, width = first.shape
    code = 1 if first.dtype == np.float16 else 2
    data = data or (0, 0, width, height)
    display = display or data
    listed = b"".join(name.encode() + b"\0" + struct.pack("<iiii", code, 0, 1, 1) for name in names) + b"\0"
    head = struct.pack("<ii", 20000630, 2)
    for name, kind, value in (
        ("channels", "chlist", listed),
        ("compression", "compression", b"\0"),
        ("dataWindow", "box2i", struct.pack("<4i", data[0], data[1], data[2] - 1, data[3] - 1)),
        ("displayWindow", "box2i", struct.pack("<4i", display[0], display[1], display[2] - 1, display[3] - 1)),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
        *((("colorInteropID", "string", space.encode()),) if space else ()),
    ):
        head += name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
    head += b"\0"
    row = width * len(names) * KINDS[code].itemsize
    start = len(head) + 8 * height
    table = b"".join(struct.pack("<Q", start + y * (row + 8)) for y in range(height))
    rows = np.stack([channels[name].astype(KINDS[code], copy=False) for name in names], axis=1)
    body = b"".join(struct.pack("<ii", data[1] + y, row) + rows[y].tobytes() for y in range(height))
    Path(path).write_bytes(head + table + body)


def read(path: Path | str) -> dict[str, np.ndarray]:
    """Every channel as float32 `(h, w)`; the file must be uncompressed and of scan lines."""
    content = Path(path).read_bytes()
    magic, version = struct.unpack_from("<ii", content)
    assert magic == 20000630 and version & 0x1E00 in (0, 0x400), "not a plain EXR"
    at, values = 8, {}
    while content[at]:
        name, at = _word(content, at)
        _, at = _word(content, at)
        (size,) = struct.unpack_from("<i", content, at)
        values[name] = content[at + 4 : at + 4 + size]
        at += 4 + size
    assert values["compression"] == b"\0", "compressed"
    x0, y0, x1, y1 = struct.unpack("<4i", values["dataWindow"])
    width, height = x1 - x0 + 1, y1 - y0 + 1
    kinds, place = {}, 0
    listed = values["channels"]
    while listed[place]:
        name, place = _word(listed, place)
        kinds[name] = KINDS[struct.unpack_from("<i", listed, place)[0]]
        place += 16
    out = {name: np.empty((height, width), np.float32) for name in kinds}
    for (offset,) in struct.iter_unpack("<Q", content[at + 1 : at + 1 + 8 * height]):
        (y,) = struct.unpack_from("<i", content, offset)
        start = offset + 8
        for name, kind in kinds.items():
            out[name][y - y0] = np.frombuffer(content, kind, width, start)
            start += width * kind.itemsize
    return out


def _word(content: bytes, at: int) -> tuple[str, int]:
    end = content.index(b"\0", at)
    return content[at:end].decode(), end + 1
