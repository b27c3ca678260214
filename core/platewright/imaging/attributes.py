"""Header attributes on their way from a plate to its patch: which are carried on, and as what type they are written.

Time code, frame rate and camera stay with the picture; how the plate's file was built, its colour tags and what it
says about its own origin do not, because they would be untrue of the patch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import OpenImageIO

__all__ = ["carried", "set_header"]

_oiio: Any = OpenImageIO
_NO_DATE = "2000:01:01 00:00:00"

_STRUCTURE = """
    compression DateTime PixelAspectRatio screenWindowCenter screenWindowWidth name type version chunkCount lineOrder
    dataWindow displayWindow tiles tiledesc preview Orientation planarconfig textureformat wrapmodes multiView view
    XResolution YResolution ResolutionUnit xDensity ICCProfile xmp Software Exif:ImageHistory
"""
_COLOUR = "chromaticities colorInteropID whiteLuminance adoptedNeutral acesImageContainerFlag Exif:ColorSpace"
_NOT_CARRIED = frozenset(_STRUCTURE.split()) | frozenset(_COLOUR.split())
_PREFIXES = ("oiio:", "openexr:", "tiff:", "jpeg:", "png:", "dpx:", "ICC", "platewright", "c2pa", "Iptc4xmpExt")
_TYPES = {
    "framesPerSecond": "rational",
    "captureRate": "rational",
    "smpte:TimeCode": "timecode",
    "smpte:KeyCode": "keycode",
}
_BY_LENGTH = {2: "float2", 3: "vector", 9: "matrix33", 16: "matrix"}


def carried(header: Mapping[str, object], colour_id: str) -> dict[str, object]:
    """What of a plate's header goes into its patch: camera, time code, frame rate, whatever the show put there.

    colour_id: the interop id of the patch's own colour space, or empty where it has none.
    """
    kept = {
        name: value for name, value in header.items() if name not in _NOT_CARRIED and not name.startswith(_PREFIXES)
    }
    if isinstance(header.get("DateTime"), str):
        kept["DateTime"] = header["DateTime"]
    if colour_id:
        kept["colorInteropID"] = colour_id
    return kept


def _type_of(name: str, value: object) -> str | None:
    """The library's name for an attribute's type, or None where it can't be written."""
    if isinstance(value, str):
        return "string" if value else None
    if isinstance(value, bool | int):
        return "int" if -(2**31) <= int(value) < 2**31 else None
    if isinstance(value, float):
        return "float"
    if not isinstance(value, tuple) or not value:
        return None
    if name in _TYPES and all(isinstance(item, int) for item in value):
        return _TYPES[name]
    if all(isinstance(item, str) for item in value):
        return f"string[{len(value)}]"
    if all(isinstance(item, int) for item in value):
        return f"int[{len(value)}]"
    if all(isinstance(item, int | float) for item in value):
        return _BY_LENGTH.get(len(value), f"float[{len(value)}]")
    return None


def set_header(spec: Any, header: Mapping[str, object]) -> None:
    """Put attributes into the library's header object, in the order of their names: equal headers, equal bytes.

    `DateTime` becomes a constant where the header has none, because the library would write the time of day. Beside
    a colorInteropID no chromaticities are written (OpenEXR's recommendation). What can't be written is left out.
    """
    attributes = dict(header)
    if not isinstance(attributes.get("DateTime"), str) or not attributes["DateTime"]:
        attributes["DateTime"] = _NO_DATE
    if attributes.get("colorInteropID"):
        attributes.pop("chromaticities", None)
    for name in sorted(attributes):
        value = attributes[name]
        kind = _type_of(name, value)
        if kind is None:
            continue
        if isinstance(value, tuple):
            spec.attribute(name, _oiio.TypeDesc(kind), value)
        else:
            spec.attribute(name, value)
