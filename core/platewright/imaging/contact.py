"""Contact sheets, wipes and coloured source maps: 8-bit pictures for people, laid out with care.

Takes finished thumbnails and words; what they show, and which codes a source map holds, is said by the caller.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

__all__ = [
    "SOURCE_COLOURS",
    "Picture",
    "Swatch",
    "Tile",
    "contact_sheet",
    "drawable",
    "fitted",
    "source_picture",
    "wipe",
]

_cv2: Any = cv2
Picture = npt.NDArray[np.uint8]
_Rgb = tuple[int, int, int]

_GROUND: _Rgb = (24, 24, 26)
_CELL: _Rgb = (34, 34, 37)
_LINE: _Rgb = (62, 62, 66)
_TEXT: _Rgb = (234, 234, 236)
_QUIET: _Rgb = (156, 156, 162)
_MARGIN, _GAP, _PAD = 40, 20, 12
_TITLE, _HEADING, _WORDS = 30, 17, 14
_STAND_INS = {
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "…": ".",
    "·": "-",
    "→": ">",
    "“": '"',
    "”": '"',
    "’": "'",
    "‘": "'",
}


@dataclass(frozen=True)
class Swatch:
    """A colour and what it stands for."""

    label: str
    colour: tuple[int, int, int]


# Okabe and Ito's palette, which people with any kind of colour vision can tell apart.
SOURCE_COLOURS: Mapping[int, Swatch] = {
    1: Swatch("from other frames", (0, 158, 115)),
    2: Swatch("synthesis", (230, 159, 0)),
    3: Swatch("given by the artist", (86, 180, 233)),
    4: Swatch("the plate, re-balanced", (204, 121, 167)),
}


@dataclass(frozen=True, eq=False)
class Tile:
    """One cell of a sheet: a picture `(h, w, 3)` uint8 sRGB-like, a heading, and quiet lines below it.

    alarms: lines that need somebody's eye; only printed pages have them.
    """

    picture: Picture
    title: str = ""
    caption: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def _drawable(sign: str) -> str:
    """A sign that the built-in font has: itself, a plain stand-in, or a question mark; never an empty box."""
    font = _font(_WORDS)
    for candidate in (sign, _STAND_INS.get(sign, ""), unicodedata.normalize("NFKD", sign)[:1]):
        if candidate and (candidate == " " or bytes(font.getmask(candidate)) != bytes(font.getmask("\U0010fffe"))):
            return candidate
    return "?"


def drawable(text: str) -> str:
    """A text in signs that the built-in font has."""
    return "".join(_drawable(sign) for sign in text)


def _short(text: str, size: int, width: int) -> str:
    """The text in signs the font has, cut with dots where it is wider than `width` pixels."""
    font = _font(size)
    text = drawable(text)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text.rstrip() + "..."


def fitted(picture: Picture, width: int, height: int | None = None, pixel_aspect: float = 1.0) -> Picture:
    """The picture scaled to fit `width` (and `height`), its pixel aspect undone, `(h, w, 3)` uint8."""
    own_height, own_width = picture.shape[:2]
    scale = width / (own_width * pixel_aspect)
    if height is not None:
        scale = min(scale, height / own_height)
    size = (max(1, round(own_width * pixel_aspect * scale)), max(1, round(own_height * scale)))
    method = _cv2.INTER_AREA if scale < 1 else _cv2.INTER_LINEAR
    resized: Picture = _cv2.resize(np.ascontiguousarray(picture), size, interpolation=method)
    return resized


def contact_sheet(
    title: str,
    tiles: Sequence[Tile],
    *,
    subtitle: str = "",
    columns: int = 3,
    cell_width: int = 480,
    legend: Sequence[Swatch] = (),
    footer: str = "",
) -> Picture:
    """A sheet of labelled pictures on a dark neutral ground, `(H, W, 3)` uint8.

    cell_width: of a picture, in pixels. The tiles run in rows of `columns`; every row is as high as its highest.
    legend: colours explained in one line below the tiles. Text that is too long is cut with dots.
    """
    columns = max(1, min(columns, len(tiles) or 1))
    outer = cell_width + 2 * _PAD
    rows = [[*tiles[start : start + columns]] for start in range(0, len(tiles), columns)]
    pictures = [[fitted(tile.picture, cell_width, cell_width * 2) for tile in row] for row in rows]
    heights = [
        max(picture.shape[0] + _words_height(tile) for picture, tile in zip(shown, row, strict=True)) + 2 * _PAD
        for shown, row in zip(pictures, rows, strict=True)
    ]
    width = 2 * _MARGIN + columns * outer + (columns - 1) * _GAP
    head = _MARGIN + _TITLE + 8 + (_HEADING + 10 if subtitle else 0) + 22
    tail = (_GAP + 28 if legend else 0) + (_GAP + _WORDS + 4 if footer else 0) + _MARGIN
    sheet = Image.new("RGB", (width, head + sum(heights) + _GAP * max(0, len(rows) - 1) + tail), _GROUND)
    pen = ImageDraw.Draw(sheet)
    _draw_head(pen, title, subtitle, width, head)
    y = head
    for row, shown, height in zip(rows, pictures, heights, strict=True):
        for column, (tile, picture) in enumerate(zip(row, shown, strict=True)):
            x = _MARGIN + column * (outer + _GAP)
            pen.rounded_rectangle((x, y, x + outer - 1, y + height - 1), radius=6, fill=_CELL)
            sheet.paste(Image.fromarray(picture), (x + _PAD + (cell_width - picture.shape[1]) // 2, y + _PAD))
            _draw_words(pen, tile, x + _PAD, y + _PAD + picture.shape[0], cell_width)
        y += height + _GAP
    if legend:
        _draw_legend(pen, legend, y, width)
        y += 28 + _GAP
    if footer:
        pen.text((_MARGIN, y), _short(footer, _WORDS, width - 2 * _MARGIN), font=_font(_WORDS), fill=_QUIET)
    return np.array(sheet, dtype=np.uint8)


def _words_height(tile: Tile) -> int:
    return (_HEADING + 14 if tile.title else 0) + len(tile.caption) * (_WORDS + 6)


def _draw_head(pen: Any, title: str, subtitle: str, width: int, head: int) -> None:
    room = width - 2 * _MARGIN
    pen.text((_MARGIN, _MARGIN - 8), _short(title, _TITLE, room), font=_font(_TITLE), fill=_TEXT)
    if subtitle:
        line = _short(subtitle, _HEADING, room)
        pen.text((_MARGIN, _MARGIN + _TITLE + 6), line, font=_font(_HEADING), fill=_QUIET)
    pen.line((_MARGIN, head - 16, width - _MARGIN, head - 16), fill=_LINE)


def _draw_words(pen: Any, tile: Tile, x: int, y: int, room: int) -> None:
    if tile.title:
        pen.text((x, y + 8), _short(tile.title, _HEADING, room), font=_font(_HEADING), fill=_TEXT)
        y += _HEADING + 14
    for line in tile.caption:
        pen.text((x, y + 2), _short(line, _WORDS, room), font=_font(_WORDS), fill=_QUIET)
        y += _WORDS + 6


def _draw_legend(pen: Any, legend: Sequence[Swatch], y: int, width: int) -> None:
    x = _MARGIN
    for swatch in legend:
        pen.rounded_rectangle((x, y + 6, x + 15, y + 21), radius=3, fill=swatch.colour)
        label = _short(swatch.label, _WORDS, max(0, width - _MARGIN - x - 24))
        pen.text((x + 24, y + 5), label, font=_font(_WORDS), fill=_TEXT)
        x += 24 + round(_font(_WORDS).getlength(label)) + 28


def wipe(before: Picture, after: Picture, at: float = 0.5, labels: tuple[str, str] = ("before", "after")) -> Picture:
    """Left of `at` (share of the width) the one picture, right of it the other, a thin line between, `(h, w, 3)`.

    Pictures of two sizes are brought to the first one's.
    """
    height, width = before.shape[:2]
    if after.shape != before.shape:
        after = _cv2.resize(np.ascontiguousarray(after), (width, height), interpolation=_cv2.INTER_AREA)
    edge = min(max(round(width * at), 0), width)
    out = after.copy()
    out[:, :edge] = before[:, :edge]
    sheet = Image.fromarray(out)
    pen = ImageDraw.Draw(sheet, "RGBA")
    pen.line((edge, 0, edge, height), fill=(*_TEXT, 220), width=max(1, width // 960))
    size = max(12, min(26, width // 48))
    for text, right in ((labels[0], False), (labels[1], True)):
        _draw_badge(pen, text, size, width, right)
    return np.array(sheet, dtype=np.uint8)


def _draw_badge(pen: Any, text: str, size: int, width: int, right: bool) -> None:
    if not text:
        return
    pad = size // 2
    text = _short(text, size, width // 2)
    long = round(_font(size).getlength(text)) + 2 * pad
    x = width - long - pad if right else pad
    pen.rounded_rectangle((x, pad, x + long, pad + size + pad), radius=size // 4, fill=(*_GROUND, 190))
    pen.text((x + pad, pad + size * 0.12), text, font=_font(size), fill=(*_TEXT, 255))


def source_picture(
    codes: npt.NDArray[np.uint8],
    behind: Picture | None = None,
    palette: Mapping[int, Swatch] = SOURCE_COLOURS,
    strength: float = 0.8,
) -> Picture:
    """A source map in colour, `(H, W, 3)` uint8.

    codes: `(H, W)` uint8, one of the palette's keys for each pixel; others stay as the picture `behind`, in grey and
    darkened so that the colours stand out, or as the dark ground.
    """
    ground = np.empty((*codes.shape, 3), np.float32)
    if behind is None:
        ground[:] = _GROUND
    else:
        grey = behind.astype(np.float32) @ np.array((0.2126, 0.7152, 0.0722), np.float32)
        ground[:] = (grey * np.float32(0.55) + np.float32(12))[..., None]
    table = np.zeros((256, 4), np.float32)
    for code, swatch in palette.items():
        table[code] = (*swatch.colour, strength)
    share = table[codes, 3:]
    mixed = ground * (1 - share) + table[codes, :3] * share
    return np.asarray(np.rint(mixed).clip(0, 255), dtype=np.uint8)
