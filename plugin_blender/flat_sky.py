# SPDX-License-Identifier: GPL-3.0-or-later
"""The light of a flat picture of a sky, measured: its colours by height, and a sun where it shows one.

A plain picture covers a part of the sky, so it can't be wrapped around a scene as a panorama can. The engine hangs it
on a far cylinder with its horizon near the lower edge (`synthesis/sky_dome`); the same place is meant here. Knows no
Blender.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["FlatLight", "View", "flat_light", "is_panorama"]

Colour = tuple[float, float, float]
Rows = Sequence[Sequence[Colour]]
_LUMA = (0.2126, 0.7152, 0.0722)
_HORIZON_AT, _OVERSCAN = 0.97, 1.15
"""As the engine hangs a picture: where its horizon is, as a share of its height; of the view, what it covers."""
_STOPS = 12
_SUN_TIMES, _SUN_MOST = 8.0, 0.03
"""A sun is that many times as bright as the usual sky, and no larger than that share of it; else it is a cloud."""
_GROUND = 0.18
"""The albedo of what lies below the horizon."""


@dataclass(frozen=True)
class View:
    """The camera in the first frame. across: its field of view in radians. up: its pitch, likewise. ratio: the frame's
    width over its height."""

    across: float
    up: float
    ratio: float

    def scale(self, width: int, height: int) -> float:
        """Pixels of a picture for a radian across, and for a unit of the tangent of the height."""
        half = self.across / 2
        focal = 0.5 / math.tan(half)  # in widths of the frame
        above = max(0.2 / self.ratio, 0.5 / self.ratio + focal * math.tan(self.up))
        return min(width / (2 * half * _OVERSCAN), height * _HORIZON_AT / (above / focal * _OVERSCAN))


@dataclass(frozen=True)
class FlatLight:
    """stops: `(height in radians, colour)` from the horizon up, held above the last. ground: the colour below it.

    sun: `(azimuth to the right, height, irradiance)` in radians, and where pi lights a white card to 1; None: it shows
    none.
    """

    stops: tuple[tuple[float, Colour], ...]
    ground: Colour
    sun: tuple[float, float, Colour] | None


@dataclass(frozen=True)
class _Cell:
    colour: Colour
    light: float
    azimuth: float
    height: float
    angle: float


def is_panorama(width: int, height: int, form: str = "auto") -> bool:
    """Whether the engine takes a picture for a whole sphere: by the request's word, else twice as wide as high."""
    if form != "auto":
        return form == "panorama"
    return abs(width - 2 * height) * 50 <= width


def flat_light(rows: Rows, size: tuple[int, int], view: View) -> FlatLight:
    """Measure a picture. rows: from the top, scene-linear means of equal cells of it. size: its width and height."""
    cells = list(_cells(rows, size, view))
    usual = sorted(cell.light for cell in cells)[len(cells) // 2]
    hot = [cell for cell in cells if usual > 0 and cell.light > _SUN_TIMES * usual]
    is_sun = 0 < len(hot) <= max(1, _SUN_MOST * len(cells))
    stops = tuple(_stops(cells, _SUN_TIMES * usual if is_sun else math.inf))
    return FlatLight(stops, _ground(stops), _sun(hot, usual) if is_sun else None)


def _cells(rows: Rows, size: tuple[int, int], view: View) -> Iterator[_Cell]:
    """Those above the horizon, with where they stand and the solid angle that each has."""
    width, height = size
    scale, wide, high = view.scale(width, height), width / len(rows[0]), height / len(rows)
    for down, row in enumerate(rows):
        tangent = (_HORIZON_AT * height - (down + 0.5) * high) / scale
        if tangent <= 0 and down:
            return
        above = math.atan(max(tangent, 0.0))
        angle = wide * high / scale**2 * math.cos(above) ** 3
        for across, colour in enumerate(row):
            finite: Colour = tuple(value if 0 <= value < math.inf else 0.0 for value in colour)  # type: ignore[assignment]
            light = sum(value * share for value, share in zip(finite, _LUMA, strict=True))
            yield _Cell(finite, light, ((across + 0.5) * wide - width / 2) / scale, above, angle)


def _stops(cells: Sequence[_Cell], most: float) -> Iterator[tuple[float, Colour]]:
    """Mean colours by height, the sun held to a bright sky."""
    heights = sorted({cell.height for cell in cells})
    step = max(1, math.ceil(len(heights) / _STOPS))
    for first in range(0, len(heights), step):
        band = heights[first : first + step]
        inside = [cell for cell in cells if band[0] <= cell.height <= band[-1]]
        held = [min(1.0, most / cell.light) if cell.light > 0 else 1.0 for cell in inside]
        yield sum(band) / len(band), _mean([cell.colour for cell in inside], held)


def _mean(colours: Sequence[Colour], weights: Sequence[float]) -> Colour:
    red, green, blue = (
        sum(colour[place] * weight for colour, weight in zip(colours, weights, strict=True)) / len(colours)
        for place in range(3)
    )
    return red, green, blue


def _ground(stops: Sequence[tuple[float, Colour]]) -> Colour:
    """A grey floor under these colours: what falls on it, summed over the hemisphere."""
    edges = [0.0, *((one[0] + two[0]) / 2 for one, two in zip(stops, stops[1:], strict=False)), math.pi / 2]
    shares = [math.sin(high) ** 2 - math.sin(low) ** 2 for low, high in zip(edges, edges[1:], strict=False)]
    red, green, blue = (
        _GROUND * sum(colour[place] * share for (_, colour), share in zip(stops, shares, strict=True))
        for place in range(3)
    )
    return red, green, blue


def _sun(hot: Sequence[_Cell], usual: float) -> tuple[float, float, Colour]:
    """Where the light above the usual sky comes from, and how much of it."""
    extra = [(cell.light - usual) * cell.angle for cell in hot]
    azimuth = sum(cell.azimuth * weight for cell, weight in zip(hot, extra, strict=True)) / sum(extra)
    height = sum(cell.height * weight for cell, weight in zip(hot, extra, strict=True)) / sum(extra)
    red, green, blue = (
        sum(cell.colour[place] * cell.angle * (1 - usual / cell.light) for cell in hot) for place in range(3)
    )
    return azimuth, height, (red, green, blue)
