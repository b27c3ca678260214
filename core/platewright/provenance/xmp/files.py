"""The XMP of a deliverable, whatever its format: by the file's first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from platewright.contract.errors import ManifestError

from .movies import find_in_movie, is_quicktime, put_in_movie
from .packet import source_type_in, with_source_type
from .pictures import find_in_jpeg, find_in_png, put_in_jpeg, put_in_png
from .places import Piece
from .tiff import find_in_tiff, put_in_tiff

__all__ = ["DELIVERED_SUFFIXES", "media_type_in", "stated_in", "state_in"]

DELIVERED_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".mp4", ".m4v", ".mov"})


@dataclass(frozen=True, slots=True)
class _Format:
    find: Callable[[BinaryIO], Piece | None]
    put: Callable[[BinaryIO, BinaryIO, bytes], None]


_FORMATS = {
    "image/jpeg": _Format(find_in_jpeg, put_in_jpeg),
    "image/png": _Format(find_in_png, put_in_png),
    "image/tiff": _Format(find_in_tiff, put_in_tiff),
    "video/mp4": _Format(find_in_movie, put_in_movie),
    "video/quicktime": _Format(find_in_movie, put_in_movie),
}
_MOVIE_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def media_type_in(file: BinaryIO) -> str:
    """Which of the formats that carry a manifest a file is. Raises ManifestError `format_unsupported`."""
    file.seek(0)
    head = file.read(12)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "image/tiff"
    if head[4:8] in _MOVIE_BOXES:
        return "video/quicktime" if is_quicktime(file) else "video/mp4"
    raise ManifestError(
        "the file is no JPEG, PNG, TIFF, MP4 or MOV, and no other takes a manifest inside",
        code="format_unsupported",
        hint="EXR and DPX have their manifest beside them: `platewright sign`.",
    )


def stated_in(file: BinaryIO) -> str:
    """The digital source type's address that a file's XMP states; empty where it has none.

    Raises ManifestError `format_unsupported`, `file_malformed`, `xmp_malformed`, `xmp_too_large`.
    """
    found = _FORMATS[media_type_in(file)].find(file)
    return source_type_in(found.packet) if found else ""


def state_in(file: BinaryIO, out: BinaryIO, address: str) -> None:
    """Copy a file to `out` (open for reading and writing, empty) with that digital source type in its XMP.

    All other XMP is kept. Raises as `stated_in`.
    """
    form = _FORMATS[media_type_in(file)]
    found = form.find(file)
    form.put(file, out, with_source_type(found.packet if found else b"", address))
