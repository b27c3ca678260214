"""Labels: a few facts in large print on white, as on a packet of food; and pages to print them on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .contact import Picture, Tile, drawable, fitted

__all__ = ["Label", "LabelRow", "draw_label", "draw_pages", "jpeg_of", "pdf_of"]

_WIDTH, _MARGIN = 640, 28
_TITLE, _HEADING, _ROW = 46, 22, 20
_PAGE, _CELL, _SHOWN, _COLUMNS, _MOST_LINES = (1754, 1240), (520, 540), 300, 3, 11
"""A page is A4 across at 150 dots an inch, with six cells; a cell's picture is as high as `_SHOWN` at most."""
_INK, _QUIET, _PAPER, _ALARM = (16, 16, 18), (96, 96, 100), (255, 255, 255), (178, 24, 24)


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A fact: what, and how much or which. alarm: it needs somebody's eye. heading: a bar with a name and no value."""

    name: str
    value: str = ""
    alarm: bool = False
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A label's title, what it is about, its rows, and a last small line."""

    title: str
    about: str
    rows: tuple[LabelRow, ...]
    footer: str = ""


def draw_label(label: Label) -> Picture:
    """The label as a picture, `(h, 640, 3)` uint8 sRGB; long values go on in further lines."""
    lines = [(row, _broken(row.value, _font(_ROW), _WIDTH // 2)) for row in label.rows]
    about = _broken(label.about, _font(_HEADING), _WIDTH - 2 * _MARGIN)
    footer = _broken(label.footer, _font(_ROW - 4), _WIDTH - 2 * _MARGIN)
    height = 2 * _MARGIN + _TITLE + 24 + len(about) * 30 + sum(max(1, len(value)) * 26 + 12 for _, value in lines)
    height += len(footer) * 22 + 12
    paper = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(paper)
    draw.rectangle((6, 6, _WIDTH - 7, height - 7), outline=_INK, width=3)
    y = _MARGIN
    draw.text((_MARGIN, y), drawable(label.title), font=_font(_TITLE), fill=_INK)
    y += _TITLE + 14
    for text in about:
        draw.text((_MARGIN, y), text, font=_font(_HEADING), fill=_QUIET)
        y += 30
    draw.rectangle((_MARGIN, y, _WIDTH - _MARGIN, y + 7), fill=_INK)
    y += 10
    for row, value in lines:
        y = _row(draw, row, value, y)
    draw.rectangle((_MARGIN, y, _WIDTH - _MARGIN, y + 4), fill=_INK)
    y += 12
    for text in footer:
        draw.text((_MARGIN, y), text, font=_font(_ROW - 4), fill=_QUIET)
        y += 22
    return np.asarray(paper, dtype=np.uint8)


def _row(draw: Any, row: LabelRow, value: list[str], y: int) -> int:
    ink = _ALARM if row.alarm else _INK
    size = _HEADING if row.heading else _ROW
    draw.text((_MARGIN, y + 4), drawable(row.name), font=_font(size), fill=ink)
    for number, text in enumerate(value):
        at = _WIDTH - _MARGIN - _font(_ROW).getlength(text)
        draw.text((at, y + 4 + number * 26), text, font=_font(_ROW), fill=ink)
    y += max(1, len(value)) * 26 + 10
    draw.line((_MARGIN, y, _WIDTH - _MARGIN, y), fill=_INK, width=4 if row.heading else 1)
    return y + 2


def draw_pages(title: str, tiles: Sequence[Tile], footer: str = "") -> list[Picture]:
    """Pictures with their lines on white pages, `(1240, 1754, 3)` uint8; at least one page.

    A page has three columns. What is higher than wide, a label, has a column to itself, so that its print can be read;
    of the others two share one.
    """
    pages: list[Picture] = []
    rest = list(tiles)
    while rest or not pages:
        fitting = _fitting(rest)
        pages.append(_page(title, rest[:fitting], footer))
        rest = rest[fitting:]
    return pages


def _is_high(tile: Tile) -> bool:
    height, width = tile.picture.shape[:2]
    return bool(height > width)


def _fitting(tiles: Sequence[Tile]) -> int:
    """How many of the first tiles one page holds."""
    high = 0
    for count, tile in enumerate(tiles):
        high += _is_high(tile)
        if count + 1 - high > 2 * (_COLUMNS - high):
            return count
    return len(tiles)


def _page(title: str, tiles: Sequence[Tile], footer: str) -> Picture:
    paper = Image.new("RGB", _PAGE, _PAPER)
    draw = ImageDraw.Draw(paper)
    draw.text((60, 30), drawable(title), font=_font(34), fill=_INK)
    high = [tile for tile in tiles if _is_high(tile)]
    for column, tile in enumerate(high):
        _cell(paper, draw, tile, 60 + column * (_CELL[0] + 40), 96, 2 * _CELL[1] - 60)
    free = _COLUMNS - len(high)
    for number, tile in enumerate(tile for tile in tiles if not _is_high(tile)):
        column, row = len(high) + number % free, number // free
        _cell(paper, draw, tile, 60 + column * (_CELL[0] + 40), 96 + row * _CELL[1], _SHOWN)
    draw.text((60, _PAGE[1] - 40), drawable(footer), font=_font(14), fill=_QUIET)
    return np.asarray(paper, dtype=np.uint8)


def _cell(paper: Any, draw: Any, tile: Tile, x: int, y: int, height: int) -> None:
    """A picture with its title and lines below; what has no room is said to be elsewhere, never left out silently."""
    shown = fitted(tile.picture, _CELL[0], height)
    paper.paste(Image.fromarray(shown), (x, y))
    y += shown.shape[0] + 8
    draw.text((x, y), drawable(tile.title), font=_font(18), fill=_INK)
    alarms = [(line, _ALARM) for text in tile.alarms for line in _broken(text, _font(14), _CELL[0])]
    words = [*alarms, *((line, _QUIET) for text in tile.caption for line in _broken(text, _font(14), _CELL[0]))]
    if len(words) > _MOST_LINES:
        words = [*words[: _MOST_LINES - 1], ("... the rest stands in the HTML and the JSON of this report", _QUIET)]
    for line, ink in words:
        y += 18
        draw.text((x, y + 6), line, font=_font(14), fill=ink)


def jpeg_of(picture: Picture, quality: int = 82) -> bytes:
    """A picture as JPEG."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=quality)
    return out.getvalue()


def pdf_of(pages: Sequence[Picture], title: str) -> bytes:
    """Pictures as the pages of a PDF, at 150 dots an inch. Raises ValueError for no page."""
    if not pages:
        raise ValueError("a PDF needs a page")
    first, *rest = [Image.fromarray(page) for page in pages]
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=150.0, title=title)
    return out.getvalue()


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _broken(text: str, font: Any, width: int) -> list[str]:
    """A text in lines of at most so many pixels, broken between words; a word that is too long stays whole."""
    lines: list[str] = []
    for word in drawable(text).split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
