"""The registration of a take, to be looked at: where pixels came from, how sure that is, and what it rests on.

Source map and confidence are in the patches; the registration is made anew from plates and patches.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from platewright.contract.progress import Reporter
from platewright.contract.takes import FrameRecord
from platewright.contract.windows import Box
from platewright.imaging.contact import SOURCE_COLOURS, Picture, Tile, contact_sheet
from platewright.imaging.frame import Frame
from platewright.imaging.overlay import AGREES, HEAT, HOLE, OUTLINE, STRAYS, heat_picture, marked_picture
from platewright.imaging.reading import read_frame
from platewright.imaging.writing import write_picture
from platewright.synthesis.registration import Registration, register
from platewright.synthesis.views import View

from .pictures import TakePictures
from .places import TakePlace
from .sheets import CELL_WIDTH, as_large_as, drawn, look_of, source_tile, window_of

__all__ = ["write_overlay_sheet"]

_LONGER = 20.0
_ASTRAY = 1.0
_AROUND = 96


def write_overlay_sheet(place: TakePlace, target: Path, report: Reporter, plate: str = "") -> None:
    """Write source map, confidence and registration of up to six frames as PNG.

    plate: where the plate is now, if not where it was. Raises InputError, StorageError, ManifestError.
    """
    take = TakePictures.of(place, plate)
    tiles = drawn(take, report, _row)
    legend = (*SOURCE_COLOURS.values(), *HEAT, AGREES, STRAYS, OUTLINE, HOLE)
    sheet = contact_sheet(
        f"{place.stem}: registration", tiles, columns=3, cell_width=CELL_WIDTH, legend=legend,
        subtitle=f"errors of points are drawn {_LONGER:.0f} times as long",
    )  # fmt: skip
    write_picture(target, sheet)


def _row(take: TakePictures, entry: FrameRecord) -> list[Tile]:
    window, number = window_of(take), entry.number
    patch = read_frame(take.place.frame(number), number, what="patch")
    behind = look_of(take, take.plate(number), window)
    return [
        source_tile(entry, patch, behind, window),
        Tile(_heat(patch, behind, window), f"{number}", ("confidence", f"{entry.confidence:.2f} on the whole")),
        _registration(take, entry, behind, window),
    ]


def _heat(patch: Frame, behind: Picture, window: Box) -> Picture:
    values, shown = np.zeros((2, window.height, window.width), np.float32)
    inside = window & patch.data_window
    if not inside.is_empty and "source.confidence" in (*patch.channels, *patch.others):
        here, there = inside.slices_in(patch.data_window), inside.slices_in(window)
        values[there] = np.nan_to_num(np.asarray(patch.channel("source.confidence")[here], np.float32))
        shown[there] = np.asarray(patch.channel("A")[here], np.float32) > 0
    return heat_picture(as_large_as(behind, values), as_large_as(behind, shown) > 0, behind)


def _registration(take: TakePictures, entry: FrameRecord, behind: Picture, window: Box) -> Tile:
    """The frame with the source that lent to it nearest in time."""
    known = set(take.frames)
    lent = sorted((source for source in entry.sources if source in known and source != entry.number),
                  key=lambda source: abs(source - entry.number))  # fmt: skip
    if not lent:
        return Tile(behind, f"{entry.number}", ("registration", "no other frame lent to this one"))
    found = register(_view(take, entry.number), _view(take, lent[0]), entry.changed.grown(_AROUND))
    if found is None:
        return Tile(behind, f"{entry.number}", (f"registration of {lent[0]}", "not found again"))
    scale = np.array([behind.shape[1] / window.width, behind.shape[0] / window.height])
    origin = np.array([window.x0, window.y0])
    outlines = [((found.outline - origin) * scale, OUTLINE), ((found.hole - origin) * scale, HOLE)]
    picture = marked_picture(
        behind, (found.points - origin) * scale, found.residuals * scale, outlines, longer=_LONGER,
        astray=_ASTRAY * float(scale.mean()),
    )  # fmt: skip
    return Tile(picture, f"{entry.number}", (f"registration of {lent[0]}", _said(found)))


def _said(found: Registration) -> str:
    length = np.linalg.norm(found.residuals, axis=1)
    median = f"median {np.median(length):.2f} px, " if len(length) else ""
    return f"{len(length)} points, {median}{found.share:.0%} of the surround agrees"


def _view(take: TakePictures, number: int) -> View:
    """A frame with its patch's matte as the hole, scene-linear."""
    plate = take.plate(number)
    patch = read_frame(take.place.frame(number), number, what="patch")
    linear = take.colour.converter(take.record.encoding, take.record.colour_space)
    hole = (np.asarray(patch.channel("A"), np.float32) > 0).astype(np.uint8)
    rgb = linear(np.ascontiguousarray(plate.pixels[..., plate.rgb_index], np.float32))
    return View(number, np.nan_to_num(rgb), plate.data_window, hole, patch.data_window)
