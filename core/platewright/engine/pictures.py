"""Frames as panels and pages show them: a thumbnail or proxy through the show's own view, encoded.

Runs in the looking process (see looks). Colour is declared, never guessed: where nobody said a picture's space, it is
shown by a fixed curve, and the answer says so.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from platewright.contract.errors import ColourError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.takes import TakeRecord
from platewright.contract.windows import Box
from platewright.contract.wire import View, Views
from platewright.imaging.colour import Colour, Rgb, display_proxy
from platewright.imaging.contact import Picture, fitted, source_picture
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import Sequence, find_sequence
from platewright.jobs.pictures import TakePictures, colour_of
from platewright.jobs.places import TakePlace, checked_element
from platewright.jobs.takes import TakeStore, load

from .held import Held

__all__ = ["Look", "Shown", "config_id", "file_picture", "plate_files", "take_files", "take_picture", "views"]

What = Literal["composite", "plate", "patch", "matte", "sources"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is wanted. width: most pixels. exposure: stops. channel: one to show as grey; empty for colour."""

    width: int = 256
    display: str = ""
    view: str = ""
    colour_space: str = ""
    layer: str = ""
    channel: str = ""
    exposure: float = 0.0
    format: Literal["jpeg", "png"] = "jpeg"


@dataclass(frozen=True, slots=True)
class Shown:
    """An encoded picture. view: the display and view it went through, or `fixed curve`."""

    data: bytes
    view: str


@dataclass(frozen=True, slots=True)
class _HeldPlace(TakePlace):
    """A take's place, of which one frame's patch is held."""

    patch: Path

    def frame(self, number: int) -> Path:
        """The patch that is held, whatever its number."""
        return self.patch


def views() -> Views:
    """The views of the configuration, the default first. Raises ColourError."""
    return Views(tuple(View(display, view) for display, view in Colour().views()))


def config_id() -> str:
    """The configuration that views come from. Raises ColourError."""
    return Colour().config_id()


def file_picture(root: str, relative: str, look: Look) -> Shown:
    """A picture of one file below a real root. Raises PlateError, ColourError, RequestError `path_refused`."""
    with Held() as held:
        path = held.file(Path(root), relative)
        frame = read_frame(path, 0, what="picture", layer=look.layer)
        return _encoded(frame, look, look.colour_space, path, frame.display_window)


def take_files(root: str, element: str, version: int, number: int, what: What, plate: str = "") -> tuple[str, ...]:
    """The files that a picture of a take's frame depends on. Raises ManifestError, StorageError, InputError."""
    place = TakeStore(Path(root)).place(element, version)
    record = load(place)
    if number not in {frame.number for frame in record.frames}:
        raise RequestError(f"the take has no frame {number}", code="frame_not_in_take", hint="Ask for one of its own.")
    files = [] if what == "plate" else [str(place.frame(number))]
    if what in ("composite", "plate"):
        files.append(str(_plates(record, number, plate).path(number)))
    return tuple(files)


def plate_files(root: str, element: str, version: int, plate: str = "") -> tuple[str, ...]:
    """The plate's files that a take lies over. Raises ManifestError, StorageError, InputError."""
    record = load(TakeStore(Path(root)).place(element, version))
    frames = FrameRange.of(frame.number for frame in record.frames)
    found = find_sequence(plate or record.request.plate.pattern, frames, "plate")
    return tuple(sorted({str(found.path(number)) for number in frames}))


def take_picture(
    root: str,
    element: str,
    version: int,
    number: int,
    what: What,
    look: Look,
    plate: str = "",
    roots: tuple[str, ...] = (),
) -> Shown:
    """A picture of one frame of a take: over its plate, the plate alone, the patch, its matte, or its source map.

    roots: the real roots that the plate may lie below, beside the take's own. Raises ManifestError, StorageError,
    InputError.
    """
    with Held() as held:
        base = Path(root)
        own = TakePlace(held.folder(base, checked_element(element)), element, version)
        record = load(own)
        colour = colour_of(record)
        if what in ("composite", "plate"):
            plates = _plates(record, number, plate)
            file = held.among([base, *map(Path, roots)], str(plates.path(number)), "plate")
            plates = replace(plates, files={number: file})
            patch = held.file(base, f"{element}/{own.frame(number).name}") if what == "composite" else Path()
            pictures = TakePictures(_HeldPlace(own.folder, element, version, patch), record, plates, colour)
            frame = pictures.read(number) if what == "composite" else pictures.plate(number)
            return _encoded(frame, look, record.encoding, file, frame.display_window, colour)
        path = held.file(base, f"{element}/{own.frame(number).name}")
        frame = read_frame(path, number, what="patch")
        if what == "matte":
            return _grey(frame, "A", look)
        if what == "sources":
            kinds = np.nan_to_num(np.asarray(frame.channel("source.kind"), np.float32)).clip(0, 255).astype(np.uint8)
            return Shown(_bytes(_sized(source_picture(kinds), frame, look), look.format), "sources")
        return _encoded(frame, look, record.colour_space, path, colour=colour)


def _plates(record: TakeRecord, number: int, plate: str) -> Sequence:
    return find_sequence(plate or record.request.plate.pattern, FrameRange.of([number]), "plate")


def _encoded(
    frame: Frame, look: Look, space: str, path: Path, window: Box | None = None, colour: Colour | None = None
) -> Shown:
    if look.channel:
        return _grey(frame, look.channel, look)
    small = _small(frame.rgb(window), frame, look)
    picture, name = _shown(small, frame, look, space, path, colour)
    return Shown(_bytes(picture, look.format), name)


def _shown(
    light: Rgb, frame: Frame, look: Look, space: str, path: Path, own: Colour | None = None
) -> tuple[Picture, str]:
    """8 bits of the picture through the view, and the view's name. own: the configuration that `space` is a word of."""
    colour = own or Colour()
    is_exr = path.suffix.lower() in {".exr", ".sxr", ".mxr"}
    if not is_exr and not space and not look.exposure:
        return _eight(light), "as encoded"
    try:
        source = colour.resolve(space, frame.header, path)
    except ColourError:
        if space:
            raise
        return display_proxy(light * np.float32(2.0**look.exposure)), "fixed curve"
    linear = colour.linear_of(source)
    light = colour.converter(source, linear)(light) * np.float32(2.0**look.exposure)
    display, view = _view(colour, look)
    return _eight(colour.viewer(linear, display, view)(light)), f"{display}/{view}"


def _view(colour: Colour, look: Look) -> tuple[str, str]:
    """The view that was asked for; the default where it is one of the engine's own configuration, and this lacks it."""
    try:
        return colour.view(look.display, look.view)
    except ColourError:
        Colour().view(look.display, look.view)
        return colour.view()


def _grey(frame: Frame, channel: str, look: Look) -> Shown:
    values = np.asarray(frame.channel(channel), np.float32)
    grey = np.repeat(np.clip(np.nan_to_num(values), 0, 1)[..., None], 3, axis=2)
    return Shown(_bytes(_sized(_eight(grey), frame, look), look.format), f"channel {channel}")


def _small(light: Rgb, frame: Frame, look: Look) -> Rgb:
    """The light at the wanted size: averaged as light, so that small highlights keep their weight; NaN counts as 0."""
    clean = np.nan_to_num(light, nan=0.0, posinf=65504.0, neginf=0.0)
    height, width = clean.shape[:2]
    if width * frame.pixel_aspect <= look.width:
        return clean
    return np.asarray(fitted(clean, look.width, None, frame.pixel_aspect), np.float32)  # type: ignore[arg-type]


def _sized(picture: Picture, frame: Frame, look: Look) -> Picture:
    if picture.shape[1] * frame.pixel_aspect <= look.width:
        return picture
    return fitted(picture, look.width, None, frame.pixel_aspect)


def _eight(values: Rgb) -> Picture:
    clean = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)
    return (np.clip(clean, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _bytes(picture: Picture, kind: str) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(picture))
    if kind == "png":
        image.save(out, "PNG", compress_level=3)
    else:
        image.save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()
