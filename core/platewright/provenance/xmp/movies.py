"""Where MP4 and MOV files keep their XMP, and how a packet is put there without moving the media.

An MP4 has it in a `uuid` box of its own at the top, a QuickTime movie in `moov/udta/XMP_`. Offsets in a movie count
from the file's beginning, so the old place becomes `free` space and the new one comes at the end: nothing moves.
Sources: ISO/IEC 14496-12 (boxes), QuickTime File Format, XMP Specification part 3, 2.4 (MPEG-4) and 2.5 (QuickTime).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .packet import MOST_PACKET_BYTES
from .places import Piece, copied, malformed

__all__ = ["find_in_movie", "is_quicktime", "put_in_movie"]

_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_BOXES = 100_000
_MOST_MOOV = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Box:
    """A box: from `start` to before `end`, its content from `body` on. open: its size was left out, to the end."""

    kind: bytes
    start: int
    body: int
    end: int
    open: bool = False


def is_quicktime(file: BinaryIO) -> bool:
    """Whether a movie is QuickTime's: by its brand, or because it has none. Raises ManifestError `file_malformed`."""
    first = next(_boxes(file), None)
    if first is None or first.kind != b"ftyp":
        return True
    file.seek(first.body)
    return file.read(4) == b"qt  "


def find_in_movie(file: BinaryIO) -> Piece | None:
    """The packet. Raises ManifestError `file_malformed`."""
    found, moov = None, None
    for box in _boxes(file):
        if box.kind == b"uuid" and found is None:
            file.seek(box.body)
            if file.read(16) == _UUID:
                found = Piece(box.start, box.end, _within(file, box.body + 16, box.end))
        elif box.kind == b"moov":
            moov = box
    if moov is None:
        raise malformed("the movie has no `moov`, so it is cut off or in fragments without a head")
    return found or _in_user_data(file, moov)


def put_in_movie(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """Copy with the packet at the end and the old one as free space. Raises ManifestError `file_malformed`."""
    boxes = list(_boxes(file))
    old = find_in_movie(file)
    copied(file, out, 0, None)
    last = boxes[-1]
    if last.open:
        _close(out, last)
    if is_quicktime(file):
        moov = next(box for box in boxes if box.kind == b"moov")
        out.seek(0, 2)
        out.write(_moov_with(file, moov, packet))
        _free(out, moov.start)
    else:
        out.seek(0, 2)
        out.write(struct.pack(">I4s", len(packet) + 24, b"uuid") + _UUID + packet)
    top = {box.start for box in boxes}
    if old is not None and old.start in top:
        _free(out, old.start)
    out.seek(0, 2)


def _boxes(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[_Box]:
    """The boxes of a file, or of a part of it, in their order. Raises ManifestError where one does not fit in."""
    size = file.seek(0, 2) if end is None else end
    at = start
    for _ in range(_MOST_BOXES):
        if at == size:
            return
        if end is not None and size - at == 4:
            return  # QuickTime ends user data with four zeros
        file.seek(at)
        head = file.read(16)
        if len(head) < 8 or size - at < 8:
            raise malformed("a box of the movie is cut off")
        length, kind = struct.unpack(">I4s", head[:8])
        body = at + 8
        if length == 1:
            if len(head) < 16:
                raise malformed("a box of the movie is cut off")
            length, body = struct.unpack(">Q", head[8:])[0], at + 16
        is_open = length == 0 and end is None
        stop = size if is_open else at + length
        if stop < body or stop > size:
            raise malformed("a box of the movie reaches over its end")
        yield _Box(kind, at, body, stop, is_open)
        at = stop
    raise malformed("the movie has too many boxes")


def _in_user_data(file: BinaryIO, moov: _Box) -> Piece | None:
    for box in _boxes(file, moov.body, moov.end):
        if box.kind == b"udta":
            for one in _boxes(file, box.body, box.end):
                if one.kind == b"XMP_":
                    return Piece(one.start, one.end, _within(file, one.body, one.end))
    return None


def _within(file: BinaryIO, start: int, end: int) -> bytes:
    if end - start > MOST_PACKET_BYTES:
        raise malformed("its XMP is too large", "xmp_too_large")
    file.seek(start)
    return file.read(end - start)


def _moov_with(file: BinaryIO, moov: _Box, packet: bytes) -> bytes:
    """The movie's head with the packet in its user data, everything else in it as it was."""
    if moov.end - moov.start > _MOST_MOOV:
        raise malformed("the movie's head is too large")
    kept, users = b"", b""
    for box in _boxes(file, moov.body, moov.end):
        file.seek(box.start)
        if box.kind != b"udta":
            kept += file.read(box.end - box.start)
            continue
        for one in _boxes(file, box.body, box.end):
            file.seek(one.start)
            users += b"" if one.kind == b"XMP_" else file.read(one.end - one.start)
    users += struct.pack(">I4s", len(packet) + 8, b"XMP_") + packet
    kept += struct.pack(">I4s", len(users) + 8, b"udta") + users
    return struct.pack(">I4s", len(kept) + 8, b"moov") + kept


def _free(out: BinaryIO, start: int) -> None:
    out.seek(start + 4)
    out.write(b"free")


def _close(out: BinaryIO, box: _Box) -> None:
    """Say the size of a last box that had left it out, because something comes behind it now."""
    size = box.end - box.start
    if size > 0xFFFFFFFF:
        raise malformed("the movie's last box does not say its size, and is too large to say it now")
    out.seek(box.start)
    out.write(struct.pack(">I", size))
