"""Where a TIFF keeps its XMP, and how a packet is put there: the first directory is written anew at the file's end.

Nothing that other offsets point to moves. What is no longer pointed to stays as waste, as with any TIFF writer that
appends. Sources: TIFF 6.0 section 2, BigTIFF design (Adobe, AWare), XMP Specification part 3, 1.1.2 (tag 700).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from .packet import MOST_PACKET_BYTES
from .places import Piece, copied, malformed

__all__ = ["find_in_tiff", "put_in_tiff"]

_XMP = 700
_BYTE = 1
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file writes its numbers: the byte order, and the 32-bit or 64-bit form."""

    order: str
    big: bool

    @property
    def entry(self) -> struct.Struct:
        """A directory's entry: tag, type, count, value or offset."""
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))

    @property
    def offset(self) -> struct.Struct:
        """A place in the file."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))

    @property
    def count(self) -> struct.Struct:
        """How many entries a directory has."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))


def find_in_tiff(file: BinaryIO) -> Piece | None:
    """The packet of the first picture. Raises ManifestError `file_malformed`."""
    form, at = _head(file)
    entries, _ = _directory(file, form, _offset(file, form, at))
    held = entries.get(_XMP)
    if held is None:
        return None
    kind, count, value = held
    if kind not in (_BYTE, 7) or count > MOST_PACKET_BYTES:
        raise malformed("the TIFF's XMP is not what it should be")
    if count <= form.offset.size:
        return Piece(0, 0, value[:count])
    start = form.offset.unpack(value)[0]
    file.seek(start)
    data = file.read(count)
    if len(data) < count:
        raise malformed("the TIFF's XMP is cut off")
    return Piece(start, start + count, data)


def put_in_tiff(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """Copy, with the packet and the first directory anew at the end. Raises ManifestError `file_malformed`."""
    form, at = _head(file)
    entries, following = _directory(file, form, _offset(file, form, at))
    copied(file, out, 0, None)
    _pad(out)
    packet += b" " * max(0, form.offset.size + 1 - len(packet))
    where = out.tell()
    out.write(packet)
    _pad(out)
    directory = out.tell()
    if not form.big and directory + (len(entries) + 1) * form.entry.size > 0xFFFFFFFF:
        raise malformed("the TIFF has no room for XMP: it is 4 GB large")
    entries[_XMP] = (_BYTE, len(packet), form.offset.pack(where))
    out.write(form.count.pack(len(entries)))
    for tag in sorted(entries):
        out.write(form.entry.pack(tag, *entries[tag]))
    out.write(form.offset.pack(following))
    out.seek(at)
    out.write(form.offset.pack(directory))
    out.seek(0, 2)


def _pad(out: BinaryIO) -> None:
    out.write(b"\0" * (-out.tell() % 8))


def _head(file: BinaryIO) -> tuple[_Form, int]:
    """The form, and where the first directory's offset stands."""
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise malformed("it is no TIFF")
    magic = struct.unpack(order + "H", head[2:4])[0]
    if magic == 42:
        return _Form(order, False), 4
    if magic == 43 and struct.unpack(order + "HH", head[4:8]) == (8, 0):
        return _Form(order, True), 8
    raise malformed("it is no TIFF")


def _offset(file: BinaryIO, form: _Form, at: int) -> int:
    file.seek(at)
    data = file.read(form.offset.size)
    if len(data) < form.offset.size:
        raise malformed("the TIFF is cut off")
    place: int = form.offset.unpack(data)[0]
    return place


def _directory(file: BinaryIO, form: _Form, at: int) -> tuple[dict[int, tuple[int, int, bytes]], int]:
    """The entries by their tags, and the offset of the next directory."""
    file.seek(at)
    head = file.read(form.count.size)
    if not at or len(head) < form.count.size:
        raise malformed("the TIFF has no directory")
    count = form.count.unpack(head)[0]
    if not 0 < count <= _MOST_ENTRIES:
        raise malformed("the TIFF's directory is not what it should be")
    data = file.read(count * form.entry.size + form.offset.size)
    if len(data) < count * form.entry.size + form.offset.size:
        raise malformed("the TIFF's directory is cut off")
    entries: dict[int, tuple[int, int, bytes]] = {}
    for tag, *rest in form.entry.iter_unpack(data[: count * form.entry.size]):
        if tag in entries:
            raise malformed("a tag stands twice in the TIFF's directory")
        entries[tag] = (rest[0], rest[1], rest[2])
    following: int = form.offset.unpack(data[count * form.entry.size :])[0]
    return entries, following
