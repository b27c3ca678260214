"""Contact sheets: a take's frames before and after, and where each pixel came from, in colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from platewright.contract.progress import Reporter, Step
from platewright.contract.windows import Box
from platewright.imaging.colour import display_proxy
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.imaging.writing import write_picture

from .pictures import TakePictures
from .places import TakePlace

__all__ = ["Cell", "look_of", "source_colours", "write_grid", "write_sheet"]

Picture = npt.NDArray[np.uint8]

CELL_WIDTH = 420
_GAP = 10
_LABEL = 22
_PAPER = (24, 24, 26)
_INK = (225, 225, 225)
_MOST_FRAMES = 6

# The source map's colours, as in the legend: what came from earlier frames, from later ones, was made, was given.
EARLIER, LATER, MADE, GIVEN = (60, 130, 255), (60, 210, 120), (255, 70, 90), (250, 200, 60)
LEGEND = (
    (EARLIER, "seen in an earlier frame"),
    (LATER, "seen in a later frame"),
    (MADE, "synthesised"),
    (GIVEN, "given by the artist"),
)
_FROM_FRAMES, _SYNTHESISED, _GIVEN = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture of a sheet with the words under it; `(h, w, 3)` uint8."""

    label: str
    picture: Picture


def write_sheet(place: TakePlace, target: Path, report: Reporter, plate: str = "") -> None:
    """Write a take's contact sheet as PNG: plate, composite and source map of up to six frames.

    plate: where the plate is now, if not where it was. Raises InputError, StorageError, ManifestError.
    """
    pictures = TakePictures.of(place, plate)
    window = pictures.record.display_window
    numbers = _spread(list(pictures.frames), _MOST_FRAMES)
    rows = []
    for done, number in enumerate(numbers):
        report.step(Step("drawing", done, len(numbers), number))
        patch = read_frame(place.frame(number), number, what="patch")
        after = look_of(pictures.read(number), window, pictures)
        row = [
            Cell(f"{number} plate", look_of(pictures.plate(number), window, pictures)),
            Cell(f"{number} {place.stem}", after),
            Cell(f"{number} sources", source_colours(patch, after, window)),
        ]
        rows.append(row)
    write_grid(target, rows, LEGEND)
    report.step(Step("drawing", len(numbers), len(numbers)))


def look_of(frame: Frame, window: Box, pictures: TakePictures) -> Picture:
    """A frame of a take over a window as eyes see it, `(h, w, 3)` uint8, at most CELL_WIDTH wide."""
    rgb = _smaller(frame.rgb(window))
    convert = pictures.colour.converter(pictures.record.encoding, pictures.record.colour_space)
    return display_proxy(convert(rgb))


def source_colours(patch: Frame, under: Picture, window: Box) -> Picture:
    """The source map in colour over a dimmed picture of the composite, `(h, w, 3)` uint8 of the same size."""
    grey = under.mean(axis=2, keepdims=True) * 0.45
    out = np.repeat(grey, 3, axis=2)
    if "source.kind" not in patch.channels or "source.offset" not in patch.channels:
        return out.astype(np.uint8)
    kind = _over(patch, "source.kind", window)
    offset = _over(patch, "source.offset", window)
    share = _over(patch, "A", window)[..., None] * 0.75
    colours = np.zeros((*kind.shape, 3), np.float32)
    colours[(kind == _FROM_FRAMES) & (offset <= 0)] = EARLIER
    colours[(kind == _FROM_FRAMES) & (offset > 0)] = LATER
    colours[kind == _SYNTHESISED] = MADE
    colours[kind == _GIVEN] = GIVEN
    share[kind == 0] = 0
    size = (under.shape[1], under.shape[0])
    weight = cv2.resize(share, size, interpolation=cv2.INTER_AREA)[..., None]
    premultiplied = cv2.resize(colours * share, size, interpolation=cv2.INTER_AREA)
    return np.asarray(out * (1 - weight) + premultiplied, dtype=np.float32).round().astype(np.uint8)


def _over(patch: Frame, channel: str, window: Box) -> npt.NDArray[np.float32]:
    """A data channel over a window, 0 outside the patch."""
    out = np.zeros((window.height, window.width), np.float32)
    inside = window & patch.data_window
    if not inside.is_empty:
        out[inside.slices_in(window)] = patch.channel(channel)[inside.slices_in(patch.data_window)]
    return out


def _smaller(rgb: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    height, width = rgb.shape[:2]
    clean = np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0)
    if width <= CELL_WIDTH:
        return clean
    size = (CELL_WIDTH, max(1, round(height * CELL_WIDTH / width)))
    return np.asarray(cv2.resize(clean, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _spread(numbers: list[int], most: int) -> list[int]:
    """At most so many of the numbers, evenly spread, the first and the last among them."""
    if len(numbers) <= most:
        return numbers
    return [numbers[round(i * (len(numbers) - 1) / (most - 1))] for i in range(most)]


def write_grid(
    target: Path, rows: Sequence[Sequence[Cell]], legend: Sequence[tuple[tuple[int, int, int], str]] = ()
) -> None:
    """Write rows of cells as one PNG, each cell with its label under it, and a legend at the foot.

    Raises StorageError.
    """
    columns = max(len(row) for row in rows)
    widths = [max(row[c].picture.shape[1] for row in rows if c < len(row)) for c in range(columns)]
    heights = [max(cell.picture.shape[0] for cell in row) for row in rows]
    width = sum(widths) + _GAP * (columns + 1)
    height = sum(heights) + (_GAP + _LABEL) * len(rows) + _GAP + (_LABEL if legend else 0)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    y = _GAP
    for row, tall in zip(rows, heights, strict=True):
        x = _GAP
        for cell, wide in zip(row, widths, strict=False):
            sheet.paste(Image.fromarray(cell.picture), (x, y))
            draw.text((x, y + tall + 3), cell.label, _INK, font)
            x += wide + _GAP
        y += tall + _LABEL + _GAP
    x = _GAP
    for colour, words in legend:
        draw.rectangle((x, y + 3, x + 14, y + 17), fill=colour)
        draw.text((x + 20, y + 2), words, _INK, font)
        x += 20 + round(draw.textlength(words, font)) + 2 * _GAP
    write_picture(target, np.asarray(sheet, dtype=np.uint8))
