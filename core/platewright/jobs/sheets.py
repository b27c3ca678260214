"""Contact sheets of takes: plate, take, and where each pixel came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.progress import Reporter, Step
from platewright.contract.takes import FrameRecord
from platewright.contract.windows import Box
from platewright.imaging.colour import display_proxy
from platewright.imaging.contact import SOURCE_COLOURS, Picture, Tile, contact_sheet, fitted, source_picture
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.imaging.writing import write_picture

from .pictures import TakePictures
from .places import TakePlace

__all__ = [
    "as_large_as",
    "drawn",
    "look_of",
    "shown_frames",
    "source_codes",
    "source_tile",
    "window_of",
    "write_comparison_sheet",
    "write_take_sheet",
]

CELL_WIDTH = 480
_MOST_FRAMES = 6


def write_take_sheet(place: TakePlace, target: Path, report: Reporter, plate: str = "") -> None:
    """Write a take's contact sheet as PNG: plate, composite and source map of up to six frames.

    plate: where the plate is now, if not where it was. Raises InputError, StorageError, ManifestError.
    """
    take = TakePictures.of(place, plate)
    tiles = drawn(take, report, _row)
    request = take.record.request
    sheet = contact_sheet(
        place.stem,
        tiles,
        subtitle=f"{request.operation.kind.replace('_', ' ')} of {Path(request.plate.pattern).name}",
        columns=3,
        cell_width=CELL_WIDTH,
        legend=tuple(SOURCE_COLOURS.values()),
        footer=f"made {take.record.created} by {take.record.generator}",
    )
    write_picture(target, sheet)


def drawn(take: TakePictures, report: Reporter, row: Callable[[TakePictures, FrameRecord], list[Tile]]) -> list[Tile]:
    """The rows of up to six frames of a take, one after the other."""
    entries = {entry.number: entry for entry in take.record.frames}
    numbers = shown_frames(list(take.frames), _MOST_FRAMES)
    tiles: list[Tile] = []
    for done, number in enumerate(numbers):
        report.step(Step("drawing", done, len(numbers), number))
        tiles += row(take, entries[number])
    report.step(Step("drawing", len(numbers), len(numbers)))
    return tiles


def _row(take: TakePictures, entry: FrameRecord) -> list[Tile]:
    """Plate, composite and source map of one frame."""
    number, window = entry.number, window_of(take)
    patch = read_frame(take.place.frame(number), number, what="patch")
    after = look_of(take, take.read(number), window)
    return [
        Tile(look_of(take, take.plate(number), window), f"{number}", ("plate",)),
        Tile(after, f"{number}", (take.place.stem, f"{entry.changed_pixels} pixels changed")),
        source_tile(entry, patch, after, window),
    ]


def source_tile(entry: FrameRecord, patch: Frame, behind: Picture, window: Box) -> Tile:
    """Where the pixels of one frame came from, in colour and in words."""
    shares = {
        "other frames": entry.shares.frames,
        "synthesis": entry.shares.synthesis,
        "given": entry.shares.given,
        "the plate": entry.shares.plate,
    }
    words = ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share >= 0.005)
    return Tile(_map(patch, behind, window), f"{entry.number}", ("where they came from", words or "not recorded"))


def write_comparison_sheet(title: str, takes: list[tuple[str, TakePictures]], target: Path, report: Reporter) -> None:
    """Write several takes of one plate side by side, plate first, at the shot's beginning, middle and end, as PNG."""
    first = takes[0][1]
    numbers = shown_frames(list(first.frames), 3)
    tiles: list[Tile] = []
    for done, number in enumerate(numbers):
        report.step(Step("drawing", done, len(numbers), number))
        before = look_of(first, first.plate(number), first.record.display_window)
        tiles.append(Tile(before, f"{number}", ("before: the plate",)))
        for label, take in takes:
            after = look_of(take, take.read(number), window_of(take))
            tiles.append(Tile(after, f"{number}", (label, take.place.stem)))
    report.step(Step("drawing", len(numbers), len(numbers)))
    write_picture(target, contact_sheet(title, tiles, columns=len(takes) + 1, cell_width=CELL_WIDTH))


def window_of(take: TakePictures) -> Box:
    """What is worth showing of a take: its display window, and the overscan that it made."""
    return Box.around((take.record.display_window, *(entry.changed for entry in take.record.frames)))


def look_of(take: TakePictures, frame: Frame, window: Box) -> Picture:
    """A frame in the plate's encoding over a window as eyes see it, `(h, w, 3)` uint8, at most a cell wide."""
    convert = take.colour.converter(take.record.encoding, take.record.colour_space)
    shown = display_proxy(convert(np.ascontiguousarray(frame.rgb(window))))
    return fitted(shown, min(CELL_WIDTH, window.width), pixel_aspect=frame.pixel_aspect)


def source_codes(patch: Frame, window: Box) -> npt.NDArray[np.uint8]:
    """The source map over a window, `(H, W)` uint8: 0 for the plate and where nothing is recorded."""
    codes = np.zeros((window.height, window.width), np.uint8)
    inside = window & patch.data_window
    names = (*patch.channels, *patch.others)
    if inside.is_empty or "source.kind" not in names:
        return codes
    here = inside.slices_in(patch.data_window)
    kind = np.nan_to_num(np.asarray(patch.channel("source.kind")[here], np.float32)).clip(0, 255)
    changed = np.asarray(patch.channel("A")[here], np.float32) > 0
    codes[inside.slices_in(window)] = np.where(changed, kind, 0).astype(np.uint8)
    return codes


def _map(patch: Frame, behind: Picture, window: Box) -> Picture:
    """The source map in colour, as large as the picture behind it."""
    return source_picture(np.ascontiguousarray(as_large_as(behind, source_codes(patch, window))), behind)


def as_large_as(picture: Picture, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values `(H, W)`, each pixel of a picture taking the one that lies under it."""
    rows, columns = (
        (np.arange(size) * whole // size).clip(0, whole - 1)
        for size, whole in zip(picture.shape, values.shape, strict=False)
    )
    return values[np.ix_(rows, columns)]


def shown_frames(numbers: list[int], most: int) -> list[int]:
    """At most so many of the numbers, evenly spread, the first and the last among them."""
    if len(numbers) <= most:
        return numbers
    return [numbers[round(i * (len(numbers) - 1) / (most - 1))] for i in range(most)]
