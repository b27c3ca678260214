"""The decoder's own process: `python -m platewright.backends.decoding_process MEMORY SECONDS`, an order on its input.

It first gives up what it doesn't need (memory, time, new processes, large files), then opens the stranger's file. Its
one line of output is JSON: `{}`, or `{"error", "detail"}`.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["main"]

_MOST_MEMBER = 1024**3
_PICTURES = {
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"\x76\x2f\x31\x01": ".exr",
}


class _Wrong(Exception):
    """What a result is not, as `_WORDS` of decoding names it."""

    def __init__(self, word: str, detail: str) -> None:
        super().__init__(detail)
        self.word = word


def main(arguments: list[str]) -> int:
    """Decode one order. Returns 0; what went wrong stands in the answer."""
    order = json.load(sys.stdin)
    try:
        _limit(int(arguments[0]), int(arguments[1]))
        _decode(order)
        answer: dict[str, str] = {}
    except _Wrong as error:
        answer = {"error": error.word, "detail": str(error)}
    except Exception as error:  # whatever a decoder raises on a hostile file
        answer = {"error": "unreadable", "detail": type(error).__name__}
    sys.stdout.write(json.dumps(answer))
    return 0


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # a system without such limits: there is still the time, and the process
        return
    for which, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds * 4),
        (resource.RLIMIT_FSIZE, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (most if hard < 0 else min(most, hard), hard))


def _decode(order: dict[str, Any]) -> None:
    import numpy as np

    count, height, width = order["count"], order["height"], order["width"]
    out: Any = np.lib.format.open_memmap(order["out"], mode="w+", dtype=np.float32, shape=(count, height, width, 3))
    found = 0
    for picture in _pictures(Path(order["path"])):
        if picture.shape[:2] != (height, width):
            raise _Wrong("size", f"{picture.shape[1]}x{picture.shape[0]} and not {width}x{height}")
        if found == count:
            raise _Wrong("count", f"more than {count}")
        if not np.isfinite(picture).all():
            raise _Wrong("unreadable", "numbers without an end")
        out[found] = picture
        found += 1
    if found != count:
        raise _Wrong("count", f"{found} and not {count}")
    out.flush()


def _pictures(path: Path) -> Iterator[Any]:
    with open(path, "rb") as file:
        head = file.read(16)
    if head[:4] == b"PK\x03\x04":
        yield from _members(path)
    elif head[4:8] == b"ftyp" or head[:4] == b"\x1aE\xdf\xa3":
        yield from _clip(path)
    else:
        yield _picture(path.read_bytes(), path)


def _members(path: Path) -> Iterator[Any]:
    """The pictures of a zip, in the order of their names; what is no picture is passed over."""
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.infolist(), key=lambda one: one.filename):
            if member.is_dir() or member.file_size > _MOST_MEMBER:
                if member.is_dir():
                    continue
                raise _Wrong("unreadable", "a file without an end in the zip")
            data = _bounded(archive, member)
            if _kind(data):
                yield _picture(data, None)


def _bounded(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as opened:
        data = opened.read(_MOST_MEMBER + 1)
    if len(data) > _MOST_MEMBER:
        raise _Wrong("unreadable", "a file without an end in the zip")
    return data


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return next((kind for magic, kind in _PICTURES.items() if data.startswith(magic)), "")


def _picture(data: bytes, path: Path | None) -> Any:
    """One picture as `(h, w, 3)` float32, R G B."""
    kind = _kind(data)
    if not kind:
        raise _Wrong("unreadable", "it is no picture")
    if kind == ".exr":
        return _exr(data)
    import cv2
    import numpy as np

    found: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise _Wrong("unreadable", "it is broken, or larger than asked for")
    if found.ndim == 2:
        found = np.repeat(found[..., None], 3, axis=2)
    elif found.shape[2] == 2:
        found = np.repeat(found[..., :1], 3, axis=2)
    return _as_float(found[..., 2::-1])


def _as_float(values: Any) -> Any:
    import numpy as np

    if values.dtype.kind == "u":
        return (values.astype(np.float64) / np.iinfo(values.dtype).max).astype(np.float32)
    return values.astype(np.float32)


def _exr(data: bytes) -> Any:
    """An EXR by the room that reads plates; its library wants a file."""
    import tempfile

    from platewright.imaging.frame import to_float
    from platewright.imaging.reading import read_frame

    with tempfile.NamedTemporaryFile(suffix=".exr", dir=".") as beside:
        beside.write(data)
        beside.flush()
        frame = read_frame(Path(beside.name), 0, rgb_only=True)
        places = [frame.channels.index(name) for name in frame.rgb_names]
        return to_float(frame.pixels)[..., places]


def _clip(path: Path) -> Iterator[Any]:
    """The frames of a clip, of 8 bits a channel."""
    import cv2

    opened = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not opened.isOpened():
            raise _Wrong("unreadable", "it is no clip")
        while True:
            there, frame = opened.read()
            if not there:
                return
            yield _as_float(frame[..., ::-1])
    finally:
        opened.release()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
