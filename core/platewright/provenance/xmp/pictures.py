"""Where JPEG and PNG files keep their XMP, and how a packet is put there with every other byte as it was.

Sources: XMP Specification part 3, 1.1.3 (JPEG, an APP1 segment) and 1.1.5 (PNG, an iTXt chunk).
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from .packet import MOST_PACKET_BYTES
from .places import Piece, copied, malformed

__all__ = ["find_in_jpeg", "find_in_png", "put_in_jpeg", "put_in_png"]

_JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_MOST_SEGMENT = 65533
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_NAME = b"XML:com.adobe.xmp\0"
_MOST_PIECES = 100_000
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def find_in_jpeg(file: BinaryIO) -> Piece | None:
    """The main packet. Raises ManifestError `file_malformed`."""
    return _jpeg(file)[0]


def put_in_jpeg(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """Copy with the packet in place of the old one, or behind the segments that have to come first.

    Raises ManifestError `xmp_too_large`, `file_malformed`.
    """
    body = _JPEG_NAME + packet
    if len(body) > _MOST_SEGMENT:
        raise malformed("its XMP has no room in a JPEG's segment", "xmp_too_large")
    old, place = _jpeg(file)
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    copied(file, out, 0, old.start if old else place)
    out.write(segment)
    copied(file, out, old.end if old else place, None)


def _jpeg(file: BinaryIO) -> tuple[Piece | None, int]:
    """The packet, and where a new one belongs: behind JFIF and Exif, which expect to come first."""
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        raise malformed("it is no JPEG")
    place = 2
    for _ in range(_MOST_PIECES):
        start = file.tell()
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            raise malformed("a segment of the JPEG does not begin where it should")
        if marker[1] in (0xDA, 0xD9):
            return None, place
        if marker[1] == 0xFF:
            file.seek(start + 1)
            continue
        if marker[1] in _STANDALONE:
            continue
        head = file.read(2)
        if len(head) < 2 or struct.unpack(">H", head)[0] < 2:
            raise malformed("a segment of the JPEG is cut off")
        size = struct.unpack(">H", head)[0] - 2
        data = file.read(size)
        if len(data) < size:
            raise malformed("a segment of the JPEG is cut off")
        if marker[1] == 0xE1 and data.startswith(_JPEG_NAME):
            return Piece(start, file.tell(), data[len(_JPEG_NAME) :]), place
        if marker[1] == 0xE0 or (marker[1] == 0xE1 and data.startswith(b"Exif\0")):
            place = file.tell()
    raise malformed("it has too many segments")


def find_in_png(file: BinaryIO) -> Piece | None:
    """The packet, plain or compressed. Raises ManifestError `file_malformed`."""
    return _png(file)[0]


def put_in_png(file: BinaryIO, out: BinaryIO, packet: bytes) -> None:
    """Copy with the packet in place of the old one, or behind the header. Raises ManifestError `file_malformed`."""
    old, place = _png(file)
    body = b"iTXt" + _PNG_NAME + b"\0\0\0\0" + packet
    copied(file, out, 0, old.start if old else place)
    out.write(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
    copied(file, out, old.end if old else place, None)


def _png(file: BinaryIO) -> tuple[Piece | None, int]:
    file.seek(0)
    if file.read(8) != _PNG_SIGNATURE:
        raise malformed("it is no PNG")
    place = 0
    for _ in range(_MOST_PIECES):
        start = file.tell()
        head = file.read(8)
        if len(head) < 8:
            raise malformed("the PNG is cut off")
        size, kind = struct.unpack(">I", head[:4])[0], head[4:]
        if kind == b"IEND":
            return None, place
        if kind == b"iTXt" and size <= 2 * MOST_PACKET_BYTES:
            data = file.read(size)
            if len(data) < size:
                raise malformed("the PNG is cut off")
            if data.startswith(_PNG_NAME):
                return Piece(start, start + size + 12, _png_text(data[len(_PNG_NAME) :])), place
        file.seek(start + size + 12)
        place = place or start + size + 12
    raise malformed("it has too many chunks")


def _png_text(data: bytes) -> bytes:
    """The text of an iTXt chunk behind its name: flags, a language, a translated name, then the text itself."""
    parts = data[2:].split(b"\0", 2)
    if len(parts) != 3:
        raise malformed("the PNG's XMP is cut off")
    if not data[0]:
        return parts[2]
    try:
        text = zlib.decompressobj().decompress(parts[2], MOST_PACKET_BYTES + 1)
    except zlib.error as error:
        raise malformed("the PNG's XMP can't be unpacked") from error
    if len(text) > MOST_PACKET_BYTES:
        raise malformed("its XMP is too large", "xmp_too_large")
    return text
