"""Full-frame copies of a take's patches, for hosts that misplace a cropped data window (Blender does: measured).

A copy lies over the whole picture, an extension's over the grown one, with its corner at the origin. What stands
outside the matte there is a zero with the plate's sign: `plate 1 + 0 0` then keeps every bit of the plate in a host
that multiplies, NaN, infinity and -0.0 included, and it compresses to almost nothing. Around an extended plate that has
overscan, the copy shows that overscan: a host which gets the plate cut to its display window has it from nowhere else.
The copies are derived: they may
be deleted, and are made again when somebody asks. They lie beside the elements, never among a take's own files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import RequestError
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Extend
from platewright.contract.takes import TakeRecord
from platewright.contract.windows import Box
from platewright.contract.wire import FullFrames
from platewright.imaging.frame import Frame, Pixels
from platewright.imaging.reading import read_frame
from platewright.imaging.writing import carried, write_frame
from platewright.operations.extend import extended_window

from .pictures import TakePictures
from .places import TakePlace
from .storage import storage_errors

__all__ = ["FOLDER", "LAYERS", "Layer", "copy_full_frames", "whole_picture"]

Layer = Literal["picture", "sky", "whole"]
FOLDER = ".full_frames"
LAYERS: dict[str, tuple[str, str, str, str]] = {
    "picture": ("R", "G", "B", "A"),
    "sky": ("newsky.red", "newsky.green", "newsky.blue", "sky.A"),
}
"""What is copied into R, G, B and A: the picture that was made, or the new sky alone with its own matte. The third
layer, `whole`, is the take over its plate."""


def copy_full_frames(take: TakePlace, report: Reporter, layer: Layer = "picture", plate: str = "") -> FullFrames:
    """Copy every frame of a take that has no copy yet, and say where the copies are.

    plate: where the plate is now, if not as recorded. A frame appears whole or not at all.
    Raises ManifestError, PlateError, StorageError, Cancelled; RequestError `layer_missing` where a take has no sky.
    """
    pictures = TakePictures.of(take, plate)
    record = pictures.record
    window = whole_picture(record)
    folder = take.folder.parent / FOLDER / take.element
    stem = take.stem if layer == "picture" else f"{take.element}_{layer}_v{take.version:03d}"
    with storage_errors(folder, "write to"):
        folder.mkdir(parents=True, exist_ok=True)
    notes = []
    for done, frame in enumerate(record.frames):
        report.step(Step("copying", done, len(record.frames), frame.number))
        copy = folder / f"{stem}.{frame.number:04d}.exr"
        if not copy.is_file():
            notes += _copied(pictures, frame.number, window, layer, copy)
    report.step(Step("copying", len(record.frames), len(record.frames)))
    return FullFrames(
        element=take.element, version=take.version, pattern=str(folder / f"{stem}.####.exr"),
        frames=str(pictures.frames), width=window.width, height=window.height, notes=tuple(notes),
    )  # fmt: skip


def whole_picture(record: TakeRecord) -> Box:
    """The pixels a copy covers: the display window, or the grown one of an extension."""
    operation = record.request.operation
    if isinstance(operation, Extend) and not operation.grow_display:
        return extended_window(record.display_window, operation)
    return record.display_window


def _copied(pictures: TakePictures, number: int, window: Box, layer: Layer, copy: Path) -> list[str]:
    """Write one copy; returns what is worth saying about it."""
    if layer == "whole":
        _copy_whole(pictures, number, window, copy)
        return []
    patch = read_frame(pictures.place.frame(number), number, what="patch")
    names = LAYERS[layer]
    missing = [name for name in names if name not in patch.channels and name not in patch.others]
    if missing:
        raise RequestError(
            f"{pictures.place.stem} has no layer '{layer}' (no channel {missing[0]})",
            code="layer_missing",
            hint="Only a take that replaced a sky has one; ask for its picture.",
            frame=number,
        )
    plate = pictures.plate(number)
    convert = pictures.colour.converter(pictures.record.encoding, pictures.record.colour_space)
    signs = convert(plate.rgb(window))
    pixels: npt.NDArray[np.float32] = np.zeros((window.height, window.width, 4), dtype=np.float32)
    np.copysign(np.float32(0), signs, out=pixels[..., :3])
    shared = window & patch.data_window
    inside = shared.slices_in(patch.data_window)
    alpha = np.asarray(patch.channel(names[3]), dtype=np.float32)[inside]
    target = pixels[shared.slices_in(window)]
    target[..., 3] = alpha
    for place, name in enumerate(names[:3]):
        np.copyto(target[..., place], np.asarray(patch.channel(name), dtype=np.float32)[inside], where=alpha > 0)
    if layer == "picture":
        _show_overscan(pixels, signs, window, plate, pictures.record)
    box = Box.of_size(window.width, window.height)
    header = carried(patch.header, str(patch.header.get("colorInteropID", "")))
    stored: Pixels = pixels.astype(np.float16) if patch.is_half else pixels
    write_frame(copy, Frame(number, stored, ("R", "G", "B", "A"), box, box, patch.pixel_aspect), header=header)
    return _not_finite(signs[shared.slices_in(window)], alpha, number)


def _show_overscan(
    pixels: npt.NDArray[np.float32], light: npt.NDArray[np.float32], window: Box, plate: Frame, record: TakeRecord
) -> None:
    """Lay the plate's own overscan into an extension's copy, opaque. light: the plate over `window`, (H, W, 3).

    What is not finite in it would poison the frames that a host shuts out by multiplying: it becomes black or as bright
    as a half can be.
    """
    overscan = window & plate.data_window
    if not isinstance(record.request.operation, Extend) or overscan.is_empty:
        return
    ring = np.zeros(light.shape[:2], bool)
    ring[overscan.slices_in(window)] = True
    inside = overscan & plate.display_window
    if not inside.is_empty:
        ring[inside.slices_in(window)] = False
    pixels[ring, :3] = np.nan_to_num(light[ring], nan=0.0, posinf=65504.0, neginf=-65504.0)
    pixels[ring, 3] = 1


def _copy_whole(pictures: TakePictures, number: int, window: Box, copy: Path) -> None:
    """Write the take over its plate, opaque, in the take's colour space."""
    shown = pictures.read(number)
    convert = pictures.colour.converter(pictures.record.encoding, pictures.record.colour_space)
    pixels: npt.NDArray[np.float32] = np.ones((window.height, window.width, 4), dtype=np.float32)
    pixels[..., :3] = convert(shown.rgb(window))
    patch = read_frame(pictures.place.frame(number), number, what="patch", rgb_only=True)
    header = carried(patch.header, str(patch.header.get("colorInteropID", "")))
    stored: Pixels = pixels.astype(np.float16) if shown.is_half else pixels
    box = Box.of_size(window.width, window.height)
    write_frame(copy, Frame(number, stored, ("R", "G", "B", "A"), box, box, shown.pixel_aspect), header=header)


def _not_finite(plate: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32], number: int) -> list[str]:
    """A host that multiplies can't cover what is NaN or infinite: `NaN 0` is NaN."""
    count = int(np.count_nonzero(~np.isfinite(plate).all(axis=2) & (alpha > 0)))
    if not count:
        return []
    return [
        f"frame {number}: {count} pixel(s) of the plate under the matte are NaN or infinite, and stay so in Blender"
    ]
