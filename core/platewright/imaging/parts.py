"""What a picture file says about itself: its parts, their channels and windows, checked before a pixel is read.

The library's header object stops here; the rest of the room sees a Part. A header is written by a stranger, so
sizes are bounded and attributes are copied as plain values of bounded length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from platewright.contract.errors import PlateError
from platewright.contract.windows import Box

__all__ = ["MOST_PIXELS", "MOST_SIDE", "Part", "check_part", "part_of", "pick_rgb"]

MOST_SIDE = 65_536
MOST_PIXELS = 1 << 28
MOST_BYTES = 8 << 30
_LONGEST = 1 << 16
_COLOUR_TAGS = frozenset({"colorInteropID", "oiio:ColorSpace", "chromaticities", "Exif:ColorSpace", "ICCProfile"})
_SPELLINGS = (("R", "G", "B"), ("r", "g", "b"), ("red", "green", "blue"))
_SIZES = {"half": 2, "float": 4, "uint": 4}


@dataclass(frozen=True)
class Part:
    """One part of a file: channels in the order they are read, and the type each is read as.

    kinds: "half", "float" or "uint", one for each channel.
    attributes: the header by name; colour tags only where they can be believed, which is in an EXR.
    """

    index: int
    name: str
    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    data_window: Box
    display_window: Box
    pixel_aspect: float
    deep: bool
    attributes: Mapping[str, object]


def _kind(text: str, exr: bool) -> str:
    """How a stored type is read: the EXR's three as they are, all whole numbers as floats from 0 to 1."""
    if text == "half":
        return "half"
    return "uint" if exr and text in ("uint", "uint32") else "float"


def _text(value: str) -> str:
    """Proper text: bytes that are not UTF-8, which come as lone surrogates, are read as Latin-1 (old studio tools)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


def _plain(value: object) -> object | None:
    """An attribute's value if it is plain and not too long, else None."""
    if isinstance(value, str):
        return _text(value) if len(value) <= _LONGEST else None
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple | list) and len(value) <= 4096:
        items = tuple(_text(item) if isinstance(item, str) else item for item in value)
        return items if all(isinstance(item, str | int | float) for item in items) else None
    return None


def part_of(spec: Any, index: int, exr: bool) -> Part:
    """The library's header object as a Part. Raises UnicodeDecodeError when a channel's name is not text."""
    attributes: dict[str, object] = {}
    for attribute in spec.extra_attribs:
        with suppress(UnicodeDecodeError):  # left out: an attribute that is not text in any encoding we know
            name, value = str(attribute.name), _plain(attribute.value)
            if value is not None and (exr or name not in _COLOUR_TAGS):
                attributes[_text(name)] = value
    aspect = attributes.get("PixelAspectRatio", 1.0)
    channels = tuple(str(name) for name in spec.channelnames)
    return Part(
        index=index,
        name=str(attributes.get("oiio:subimagename", "")),
        channels=channels,
        kinds=tuple(_kind(str(spec.channelformat(place)), exr) for place in range(len(channels))),
        data_window=Box(spec.x, spec.y, spec.x + spec.width, spec.y + spec.height),
        display_window=Box(spec.full_x, spec.full_y, spec.full_x + spec.full_width, spec.full_y + spec.full_height),
        pixel_aspect=float(aspect) if isinstance(aspect, int | float) and 0.01 < float(aspect) < 100 else 1.0,
        deep=bool(spec.deep),
        attributes=attributes,
    )


def check_part(part: Part, names: Sequence[str]) -> None:
    """Refuse what can't be read exactly or has no reasonable size, before memory is asked for.

    names: the channels that are to be seen as a picture or a matte. Raises PlateError `deep_unsupported`,
    `subsampled_unsupported`, `not_a_picture`, `size_unreasonable`.
    """
    _check_kind(part, names)
    _check_size(part)


def _check_kind(part: Part, names: Sequence[str]) -> None:
    if part.deep:
        raise PlateError(
            "it is a deep EXR",
            code="deep_unsupported",
            hint="Flatten it (DeepToImage in Nuke) and use the flat render.",
        )
    leaves = {name.rpartition(".")[2] for name in part.channels}
    if {"RY", "BY"} & leaves:
        raise PlateError(
            "it stores luminance and subsampled chroma (Y, RY, BY) instead of R, G and B",
            code="subsampled_unsupported",
            hint="Write it again with RGB channels.",
        )
    ids = [name for name in names if part.kinds[part.channels.index(name)] == "uint"]
    if ids:
        raise PlateError(
            f"its channel {ids[0]} holds whole-number ids, not light or coverage",
            code="not_a_picture",
            hint="Name a layer or channel that is stored as half or float.",
        )


def _check_size(part: Part) -> None:
    for word, box in (("data window", part.data_window), ("display window", part.display_window)):
        sides = max(box.width, box.height)
        reach = max(abs(box.x0), abs(box.y0), abs(box.x1), abs(box.y1))
        if box.is_empty or sides > MOST_SIDE or box.area > MOST_PIXELS or reach > 4 * MOST_SIDE:
            raise PlateError(
                f"its {word} of {box.width} x {box.height} pixels at {box.x0}, {box.y0} is beyond reason",
                code="size_unreasonable",
                hint=f"Up to {MOST_SIDE} pixels a side and {MOST_PIXELS >> 20} million pixels are taken.",
            )
    if part.data_window.area * sum(_SIZES[kind] for kind in part.kinds) > MOST_BYTES:
        raise PlateError(
            f"its {len(part.channels)} channels would take more than {MOST_BYTES >> 30} GiB of memory",
            code="size_unreasonable",
            hint="Write the picture without the other channels, or in parts.",
        )


def _named(part: Part, layer: str) -> tuple[str, str, str] | None:
    """R, G and B of a layer in a part: `layer.R`, or plain R in the part of that name."""
    prefixes = [f"{layer}."] if layer else [""]
    if layer and part.name == layer:
        prefixes.append("")
    for prefix in prefixes:
        for red, green, blue in _SPELLINGS:
            names = (prefix + red, prefix + green, prefix + blue)
            if all(name in part.channels for name in names):
                return names
    return None


def pick_rgb(parts: list[Part], layer: str) -> tuple[Part, tuple[str, str, str]]:
    """The first part with R, G and B of the layer, and their names; a grey picture's one channel three times.

    Raises PlateError `no_layer` or `no_rgb`, which name the layers there are.
    """
    for part in parts:
        names = _named(part, layer)
        if names:
            return part, names
    if not layer:
        for part in parts:
            grey = [name for name in part.channels if name in ("Y", "I", "L")] or (
                list(part.channels) if len(part.channels) == 1 else []
            )
            chroma = {name.rpartition(".")[2] for name in part.channels} & {"RY", "BY"}
            if part.deep or chroma or (grey and len(part.channels) <= 2):
                name = grey[0] if grey else part.channels[0]
                return part, (name, name, name)
    reds = tuple(f".{spelling[0]}" for spelling in _SPELLINGS)
    layers = sorted({name.rpartition(".")[0] for part in parts for name in part.channels if name.endswith(reds)})
    layers += [part.name for part in parts if part.name and "R" in part.channels and part.name not in layers]
    there = f"its layers are {', '.join(layers[:20])}" if layers else "it has no colour layer"
    if layer:
        raise PlateError(f"there is no layer '{layer}'; {there}", code="no_layer", hint="Name one that is there.")
    raise PlateError(
        f"it has no plain R, G and B; {there}", code="no_rgb", hint="Name the layer that holds the picture."
    )
