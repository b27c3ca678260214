"""Contact sheets: every picture is on them, whole, and every word fits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from platewright.imaging.contact import SOURCE_COLOURS, Tile, contact_sheet, fitted, source_picture, wipe


def flat(colour: tuple[int, int, int], width: int = 320, height: int = 180) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), colour, np.uint8)


def holds(sheet: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((sheet == np.array(colour, np.uint8)).all(axis=2).sum())


def test_every_picture_is_on_the_sheet_whole() -> None:
    colours = [(200, 10, 10), (10, 200, 10), (10, 10, 200), (200, 200, 10)]
    tiles = [Tile(flat(colour), f"frame {1001 + i}", ("seam 0.8", "grain 97 %")) for i, colour in enumerate(colours)]
    sheet = contact_sheet("rig_removal v003", tiles, subtitle="before and after", columns=3, cell_width=320)
    assert sheet.dtype == np.uint8 and sheet.shape[2] == 3
    assert [holds(sheet, colour) for colour in colours] == [320 * 180] * 4


def test_the_legend_shows_its_colours() -> None:
    legend = tuple(SOURCE_COLOURS.values())
    sheet = contact_sheet("map", [Tile(flat((1, 2, 3)))], legend=legend, cell_width=900)
    assert all(holds(sheet, swatch.colour) > 150 for swatch in legend)


def test_long_words_and_odd_characters_fit() -> None:
    tile = Tile(flat((9, 9, 9)), "ü" * 400, ("日本語 × – …",) * 3)
    narrow = contact_sheet("t" * 500, [tile], subtitle="s" * 500, footer="f" * 500, columns=9, cell_width=200)
    assert narrow.shape[1] == 200 + 2 * 40 + 2 * 12
    assert (narrow[:, -38:] == narrow[0, 0]).all()


def test_a_sheet_without_pictures_is_still_a_sheet() -> None:
    assert contact_sheet("nothing changed", []).size > 0


def test_the_same_sheet_twice_is_the_same_picture() -> None:
    make = lambda: contact_sheet("t", [Tile(flat((5, 6, 7)), "a", ("b",))])  # noqa: E731
    assert np.array_equal(make(), make())


@pytest.mark.parametrize(("aspect", "shape"), [(1.0, (90, 160)), (2.0, (45, 160))])
def test_thumbnails_undo_the_pixel_aspect(aspect: float, shape: tuple[int, int]) -> None:
    assert fitted(flat((1, 1, 1)), 160, pixel_aspect=aspect).shape[:2] == shape
    assert fitted(flat((1, 1, 1)), 160, 30).shape[0] == 30


def test_a_wipe_shows_the_one_on_the_left_and_the_other_on_the_right() -> None:
    picture = wipe(flat((200, 0, 0)), flat((0, 0, 200), 640, 360), 0.25)
    assert picture.shape == (180, 320, 3)
    assert picture[170, :78].max(axis=0).tolist() == [200, 0, 0]
    assert picture[170, 83:].max(axis=0).tolist() == [0, 0, 200]


def test_a_source_map_is_coloured_by_its_codes_over_the_darkened_picture() -> None:
    codes = np.array([[0, 1, 2, 3, 4, 250]], np.uint8)
    solid = source_picture(codes, strength=1.0)
    assert [tuple(solid[0, i].tolist()) for i in range(1, 5)] == [swatch.colour for swatch in SOURCE_COLOURS.values()]
    over = source_picture(codes, flat((200, 200, 200), 6, 1))
    assert over[0, 0].tolist() == over[0, 5].tolist() and 60 < over[0, 0, 0] < 150
