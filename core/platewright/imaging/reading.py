"""Files in, exactly: one open, native numbers, every return of the library checked.

OpenImageIO returns errors instead of raising them, gives full-size arrays for truncated files and garbage for deep
ones, and reorders channels. Whatever leaves this module has been checked for all of that; channels are addressed
by name. It knows no colour space beyond keeping what an EXR says about itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO

from platewright.contract.errors import InputError, MatteError, PlateError
from platewright.contract.windows import Box

from .frame import Frame, Pixels, to_float
from .parts import Part, check_part, part_of, pick_rgb

__all__ = ["Header", "probe", "read_frame", "read_matte"]

_oiio: Any = OpenImageIO
_FORMATS = frozenset({"openexr", "dpx", "tiff", "png", "jpeg"})
_LUMA = np.array((0.2126, 0.7152, 0.0722), dtype=np.float32)
_CUT_OFF = ("end of file", "missing", "corrupt", "truncat", "premature", "short", "read error", "not enough", "eof")


@dataclass(frozen=True)
class Header:
    """What a file says without its pixels: of the part that holds the picture, else of the first.

    attributes: as in Frame.header. channels: all of the part. half: the picture is stored as 16-bit floats.
    """

    channels: tuple[str, ...]
    data_window: Box
    display_window: Box
    pixel_aspect: float
    half: bool
    format: str
    attributes: Mapping[str, object]


def _error(what: str, message: str, code: str, hint: str, number: int | None) -> InputError:
    kind = MatteError if what == "matte" else PlateError
    return kind(message, code=code, hint=hint, frame=number)


def _unreadable(what: str, path: Path, number: int | None, text: str) -> InputError:
    """The library's text as one of our two errors: cut off, or not a picture we read."""
    said = " ".join(text.split())[:200] or "no reason given"
    low = said.lower()
    if any(word in low for word in _CUT_OFF):
        return _error(
            what,
            f"{what} {path.name} is cut off or damaged: {said}",
            "frame_truncated",
            "Copy or render this frame again.",
            number,
        )
    return _error(
        what,
        f"{what} {path.name} can't be read: {said}",
        "frame_unreadable",
        "Use EXR, DPX, TIFF, PNG or JPEG, and check that the file opens elsewhere.",
        number,
    )


def _open(path: Path, what: str, number: int | None) -> Any:
    """The library's input of a file, of one of the formats we take. Raises PlateError or MatteError."""
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise _error(
            what, f"{what} {path} is not there", "frames_missing", "Bring the file, or check the path.", number
        ) from error
    except OSError as error:
        raise _error(
            what,
            f"{what} {path} can't be opened: {error.strerror or error}",
            "frame_unreadable",
            "Check that it is a file and that you may read it.",
            number,
        ) from error
    if size == 0:
        raise _unreadable(what, path, number, "end of file: it holds no bytes")
    _oiio.geterror()
    try:
        wish = _oiio.ImageSpec()
        wish.attribute("oiio:UnassociatedAlpha", 1)  # values as they stand in a PNG, not multiplied by its alpha
        source = _oiio.ImageInput.open(str(path), wish)
    except (UnicodeError, ValueError, TypeError) as error:
        raise _unreadable(what, path, number, f"its name is not proper text ({error})") from error
    if source is None:
        raise _unreadable(what, path, number, str(_oiio.geterror()))
    if source.format_name() not in _FORMATS:
        kind = source.format_name()
        source.close()
        raise _unreadable(what, path, number, f"the format {kind} is not taken")
    return source


def _parts(source: Any, path: Path, what: str, number: int | None) -> list[Part]:
    """The parts of an open file. The first is checked for its size before anything is allocated."""
    exr = source.format_name() == "openexr"
    parts: list[Part] = []
    while len(parts) < 256 and source.seek_subimage(len(parts), 0):
        parts.append(part_of(source.spec(), len(parts), exr))
        if not exr:
            break
    if not parts:
        raise _unreadable(what, path, number, str(source.geterror()))
    return parts


def _choose(source: Any, path: Path, what: str, number: int | None, layer: str) -> tuple[Part, tuple[str, str, str]]:
    """The part with the picture, selected in `source`, checked, and its three channels' names."""
    parts = _parts(source, path, what, number)
    try:
        part, names = pick_rgb(parts, layer)
        check_part(part, names)
    except PlateError as error:
        raise _error(what, f"{what} {path.name}: {error.message}", error.code, error.hint, number) from error
    source.seek_subimage(part.index, 0)
    return part, names


def _read(source: Any, part: Part, first: int, last: int, kind: str) -> npt.NDArray[Any] | None:
    """Channels `first <= c < last` as `(h, w, c)` in `kind`, or None where the library failed or lied."""
    source.geterror()  # looking for a further part has left one
    pixels = source.read_image(part.index, 0, first, last, kind)
    expected = (part.data_window.height, part.data_window.width, last - first)
    if pixels is None or source.has_error or getattr(pixels, "size", 0) != expected[0] * expected[1] * expected[2]:
        return None
    return np.ascontiguousarray(pixels).reshape(expected)


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


def read_frame(path: Path, number: int, *, what: str = "plate", rgb_only: bool = False, layer: str = "") -> Frame:
    """One frame of a file, exactly as it stands there.

    Half stays half and float stays float, bit for bit; whole numbers (DPX, TIFF, PNG, JPEG) become float32 from 0 to
    1, in the file's own colour encoding. Channels of another type than R, G and B come in `Frame.others`.
    rgb_only: read only R, G and B. layer: the EXR layer or part that holds them; empty for the plain ones.

    Raises PlateError (MatteError where `what` is "matte") with the frame's number: `frames_missing`,
    `frame_unreadable`, `frame_truncated`, `deep_unsupported`, `subsampled_unsupported`, `size_unreasonable`,
    `no_rgb`, `no_layer`.
    """
    path = Path(path)
    source = _open(path, what, number)
    try:
        part, names = _choose(source, path, what, number, layer)
        read = _read_channels(source, part, {part.channels.index(name) for name in names}, rgb_only)
        if read is None:
            raise _unreadable(what, path, number, str(source.geterror()) or "missing pixels")
    finally:
        source.close()
    pixels, channels, others = read
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
    source: Any, part: Part, places: set[int], rgb_only: bool
) -> tuple[Pixels, tuple[str, ...], dict[str, npt.NDArray[Any]]] | None:
    """All channels of the picture's own type as one array with their names, the others one by one; None on failure.

    places: where R, G and B are; when they differ in type, they and what lies between become float.
    """
    kinds = {part.kinds[place] for place in places}
    main = kinds.pop() if len(kinds) == 1 else "float"
    wanted = range(min(places), max(places) + 1) if rgb_only else range(len(part.channels))
    groups: list[npt.NDArray[Any]] = []
    channels: list[str] = []
    others: dict[str, npt.NDArray[Any]] = {}
    for first, last, kind in _runs(part, wanted):
        picture = kind == main or any(first <= place < last for place in places)
        if rgb_only and not picture:
            continue
        pixels = _read(source, part, first, last, kind)
        if pixels is None:
            return None
        if picture:
            groups.append(pixels)
            channels.extend(part.channels[first:last])
        else:
            others.update((part.channels[place], pixels[..., place - first]) for place in range(first, last))
    if len(groups) == 1:
        return groups[0], tuple(channels), others
    with np.errstate(invalid="ignore"):  # a signalling NaN among halves that become floats
        together: Any = np.concatenate(groups, axis=-1, dtype=np.float16 if main == "half" else np.float32)
    return together, tuple(channels), others


def probe(path: Path, what: str = "plate", layer: str = "") -> Header:
    """The header of a file, without its pixels. Raises as `read_frame` does, with no frame number."""
    path = Path(path)
    source = _open(path, what, None)
    try:
        kind = str(source.format_name())
        part, names = _choose(source, path, what, None, layer)
    finally:
        source.close()
    return Header(
        channels=part.channels,
        data_window=part.data_window,
        display_window=part.display_window,
        pixel_aspect=part.pixel_aspect,
        half=part.kinds[part.channels.index(names[0])] == "half",
        format=kind,
        attributes=part.attributes,
    )


def _matte_channels(parts: list[Part], channel: str) -> tuple[Part, tuple[str, ...]]:
    """Which channel is the matte: the named one, else A, else the only one, else the luminance of a grey picture."""
    for part in parts:
        if channel and channel in part.channels:
            return part, (channel,)
    if channel:
        there = ", ".join(name for part in parts for name in part.channels)
        raise MatteError(
            f"there is no channel '{channel}'; there are {there}",
            code="no_channel",
            hint="Name one of the channels in the list.",
        )
    for part in parts:
        if "A" in part.channels:
            return part, ("A",)
    if len(parts[0].channels) == 1:
        return parts[0], parts[0].channels
    for part in parts:
        if all(name in part.channels for name in "RGB"):
            return part, ("R", "G", "B")
    there = ", ".join(name for part in parts for name in part.channels)
    raise MatteError(
        f"it is not clear which channel is the matte: there are {there}",
        code="matte_channel_unclear",
        hint="Name the channel, as in --matte-channel roto.A.",
    )


def read_matte(
    path: Path, number: int, channel: str = "", invert: bool = False
) -> tuple[npt.NDArray[np.float32], Box, Box]:
    """A matte as `((h, w) float32, data window, display window)`, values as in the file.

    channel: the one to use; empty takes A, else the only one, else the luminance of R, G and B. invert: 1 - value.
    Whole numbers become 0 to 1. Nothing is clamped here: `mattes.clean` does that and refuses NaN.

    Raises MatteError as `read_frame` does, and `no_channel`, `matte_channel_unclear`.
    """
    path = Path(path)
    source = _open(path, "matte", number)
    try:
        parts = _parts(source, path, "matte", number)
        try:
            part, names = _matte_channels(parts, channel)
            check_part(part, names)
        except (PlateError, MatteError) as error:
            message = f"matte {path.name}: {error.message}"
            raise MatteError(message, code=error.code, hint=error.hint, frame=number) from error
        source.seek_subimage(part.index, 0)
        places = [part.channels.index(name) for name in names]
        kinds = {part.kinds[place] for place in places}
        pixels = _read(source, part, min(places), max(places) + 1, "half" if kinds == {"half"} else "float")
        if pixels is None:
            raise _unreadable("matte", path, number, str(source.geterror()) or "missing pixels")
    finally:
        source.close()
    picked = [pixels[..., place - min(places)] for place in places]
    floats = [to_float(values) for values in picked]
    values = floats[0] if len(floats) == 1 else np.dot(np.stack(floats, axis=-1), _LUMA)
    if invert:
        values = np.subtract(np.float32(1), values)
    return values, part.data_window, part.display_window
