"""Files in, exactly: one open, native numbers, channels addressed by name because the library reorders them.

It knows no colour space beyond keeping what an EXR says about itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import MatteError
from platewright.contract.windows import Box

from .frame import Frame, Pixels, to_float
from .mattes import support
from .opening import OpenPicture
from .parts import Part, pick_rgb

__all__ = ["Header", "probe", "read_frame", "read_matte"]

_LUMA = np.array((0.2126, 0.7152, 0.0722), dtype=np.float32)


@dataclass(frozen=True)
class Header:
    """What a file says without its pixels, of the part that holds the picture.

    attributes: as in Frame.header. channels: all of the part. half: the picture is stored as 16-bit floats.
    """

    channels: tuple[str, ...]
    data_window: Box
    display_window: Box
    pixel_aspect: float
    half: bool
    format: str
    attributes: Mapping[str, object]


def probe(path: Path, what: str = "plate", layer: str = "") -> Header:
    """The header of a file, without its pixels. Raises as `read_frame` does, with no frame number."""
    with OpenPicture(Path(path), what, None) as picture:
        part, names = picture.choose(lambda parts: pick_rgb(parts, layer))
        return Header(
            channels=part.channels,
            data_window=part.data_window,
            display_window=part.display_window,
            pixel_aspect=part.pixel_aspect,
            half=part.kinds[part.channels.index(names[0])] == "half",
            format=picture.format,
            attributes=part.attributes,
        )


def read_frame(path: Path, number: int, *, what: str = "plate", rgb_only: bool = False, layer: str = "") -> Frame:
    """One frame of a file, exactly as it stands there.

    Half stays half and float stays float, bit for bit; whole numbers (DPX, TIFF, PNG, JPEG) become float32 from 0 to
    1, in the file's own colour encoding. Channels of another type than R, G and B come in `Frame.others`.
    rgb_only: read only R, G and B. layer: the EXR layer or part that holds them; empty for the plain ones.

    Raises PlateError (MatteError where `what` is "matte") with the frame's number: `frames_missing`,
    `frame_unreadable`, `frame_truncated`, `deep_unsupported`, `subsampled_unsupported`, `size_unreasonable`,
    `not_a_picture`, `no_rgb`, `no_layer`.
    """
    with OpenPicture(Path(path), what, number) as picture:
        part, names = picture.choose(lambda parts: pick_rgb(parts, layer))
        places = {part.channels.index(name) for name in names}
        pixels, channels, others = _read_channels(picture, part, places, rgb_only)
    return Frame(
        number=number,
        pixels=pixels,
        channels=channels,
        data_window=part.data_window,
        display_window=part.display_window,
        pixel_aspect=part.pixel_aspect,
        header=part.attributes,
        others=others,
        rgb_names=names,
    )


def _read_channels(
    picture: OpenPicture, part: Part, places: set[int], rgb_only: bool
) -> tuple[Pixels, tuple[str, ...], dict[str, npt.NDArray[Any]]]:
    """All channels of the picture's own type as one array with their names, and the others one by one.

    places: where R, G and B are; when they differ in type, they and what lies between become float.
    """
    kinds = {part.kinds[place] for place in places}
    main = kinds.pop() if len(kinds) == 1 else "float"
    wanted = range(min(places), max(places) + 1) if rgb_only else range(len(part.channels))
    groups: list[npt.NDArray[Any]] = []
    channels: list[str] = []
    others: dict[str, npt.NDArray[Any]] = {}
    for first, last, kind in _runs(part, wanted):
        seen = kind == main or any(first <= place < last for place in places)
        if rgb_only and not seen:
            continue
        pixels = picture.read(part, first, last, kind)
        if seen:
            groups.append(pixels)
            channels.extend(part.channels[first:last])
        else:
            others.update((part.channels[place], pixels[..., place - first]) for place in range(first, last))
    if len(groups) == 1:
        return groups[0], tuple(channels), others
    with np.errstate(invalid="ignore"):  # a signalling NaN among halves that become floats
        together: Any = np.concatenate(groups, axis=-1, dtype=np.float16 if main == "half" else np.float32)
    return together, tuple(channels), others


def _runs(part: Part, wanted: Iterable[int]) -> list[tuple[int, int, str]]:
    """Neighbouring channels of one type among the wanted ones, as `(first, last, type)`: one decode each."""
    runs: list[tuple[int, int, str]] = []
    for place in wanted:
        kind = part.kinds[place]
        if runs and runs[-1][1] == place and runs[-1][2] == kind:
            runs[-1] = (runs[-1][0], place + 1, kind)
        else:
            runs.append((place, place + 1, kind))
    return runs


def read_matte(
    path: Path, number: int, channel: str = "", invert: bool = False
) -> tuple[npt.NDArray[np.float32], Box, Box]:
    """A matte as `((h, w) float32, window, display window)`, values as in the file; outside the window all are 0.

    The window is the part of the data window that holds anything, with a pixel of 0 around it where the data window
    has one: a matte is mostly empty, and what follows should cost what it covers.
    channel: the one to use; empty takes A, else the only one, else the luminance of R, G and B. invert: 1 - value.
    Whole numbers become 0 to 1. Nothing is clamped here: `mattes.clean` does that and refuses NaN.

    Raises MatteError as `read_frame` does, and `no_channel`, `matte_channel_unclear`.
    """
    with OpenPicture(Path(path), "matte", number) as picture:
        part, names = picture.choose(lambda parts: _matte_channels(parts, channel))
        places = [part.channels.index(name) for name in names]
        half = all(part.kinds[place] == "half" for place in places)
        first = min(places)
        pixels = picture.read(part, first, max(places) + 1, "half" if half else "float")
    window = part.data_window
    if len(places) == 1:
        pixels = pixels[..., places[0] - first]
        if not invert:
            pixels, window = _occupied(pixels, window)
        values = to_float(pixels)
    else:
        values = np.dot(np.stack([to_float(pixels[..., place - first]) for place in places], axis=-1), _LUMA)
    return np.subtract(np.float32(1), values) if invert else values, window, part.display_window


def _occupied(pixels: npt.NDArray[Any], window: Box) -> tuple[npt.NDArray[Any], Box]:
    """The part of an `(h, w)` channel that holds any bits but those of 0, with a pixel around it, and its window."""
    bits = pixels.view(np.uint16 if pixels.dtype == np.float16 else np.uint32)
    found = support(bits, (window.x0, window.y0))
    box = window & (Box.of_size(1, 1, window.x0, window.y0) if found.is_empty else found.grown(1))
    rows, columns = slice(box.y0 - window.y0, box.y1 - window.y0), slice(box.x0 - window.x0, box.x1 - window.x0)
    return pixels[rows, columns], box


def _matte_channels(parts: list[Part], channel: str) -> tuple[Part, tuple[str, ...]]:
    """Which channel is the matte: the named one, else A, else the only one, else the luminance of a grey picture."""
    for name in (channel,) if channel else ("A",):
        for part in parts:
            if name in part.channels:
                return part, (name,)
    if not channel:
        if len(parts[0].channels) == 1:
            return parts[0], parts[0].channels
        for part in parts:
            if all(name in part.channels for name in "RGB"):
                return part, ("R", "G", "B")
    there = ", ".join(name for part in parts for name in part.channels)
    if channel:
        raise MatteError(
            f"there is no channel '{channel}'; there are {there}",
            code="no_channel",
            hint="Name one of the channels in the list.",
        )
    raise MatteError(
        f"it is not clear which channel is the matte: there are {there}",
        code="matte_channel_unclear",
        hint="Name the channel, as in --matte-channel roto.A.",
    )
