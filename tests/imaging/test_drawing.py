"""Drawn mattes as pixels: exact coverage, exact zeros, keys over time, strokes, erasing, softness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.drawing import Drawing, Key, Shape, checked_drawing, points_at
from platewright.contract.errors import PlatewrightError
from platewright.contract.windows import Box
from platewright.imaging.drawing import rasterised, write_matte
from platewright.imaging.reading import read_matte

WINDOW = Box(-4, 2, 60, 42)
SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))


def polygon(*keys: Key, **more: object) -> Drawing:
    return Drawing((replace(Shape("polygon", keys), **more),))  # type: ignore[arg-type]


def test_a_square_on_whole_pixels_covers_exactly_its_pixels() -> None:
    matte = rasterised(polygon(Key(1, SQUARE)), 1, WINDOW)
    wanted = np.zeros((40, 64), np.float32)
    wanted[8:28, 14:34] = 1
    assert np.abs(matte - wanted).max() <= 0.08
    assert (matte[wanted == 0] <= 0.08).all() and (matte[9:27, 15:33] == 1).all()
    assert (matte[:6] == 0).all() and (matte[:, :12] == 0).all(), "what is away from a shape is exactly 0"


def test_an_edge_between_pixels_covers_a_share_of_them() -> None:
    half = tuple((x + 0.5, y) for x, y in SQUARE)
    matte = rasterised(polygon(Key(1, half)), 1, WINDOW)
    assert abs(matte[15, 14] - 0.5) < 0.09 and abs(matte[15, 34] - 0.5) < 0.09
    assert abs(float(matte.sum()) - 400) < 8


def test_a_polygon_moves_evenly_between_its_keys_and_holds_outside_them() -> None:
    moved = tuple((x + 20, y + 4) for x, y in SQUARE)
    shape = Shape("polygon", (Key(1005, moved), Key(1001, SQUARE)))
    assert points_at(shape, 1003) == tuple((x + 10, y + 2) for x, y in SQUARE)
    assert points_at(shape, 900) == SQUARE and points_at(shape, 2000) == moved
    other = Shape("polygon", (Key(1001, SQUARE), Key(1005, moved[:3])))
    assert points_at(other, 1004) == SQUARE, "shapes with other numbers of points hold"


def test_a_stroke_is_there_on_its_frame_alone_and_as_wide_as_its_brush() -> None:
    drawing = Drawing((Shape("stroke", (Key(7, ((10.0, 20.0), (40.0, 20.0))),), 6.0),))
    matte = rasterised(drawing, 7, WINDOW)
    assert abs(float(matte[:, 30].sum()) - 6) < 0.4
    assert not rasterised(drawing, 8, WINDOW).any()
    dot = Drawing((Shape("stroke", (Key(7, ((20.0, 20.0),)),), 10.0),))
    assert abs(float(rasterised(dot, 7, WINDOW).sum()) - np.pi * 25) < 4


def test_erasing_takes_away_from_what_was_before_it_alone() -> None:
    hole = Shape("polygon", (Key(1, tuple((x / 2 + 10, y / 2 + 10) for x, y in SQUARE)),), erase=True)
    full = polygon(Key(1, SQUARE)).shapes[0]
    assert rasterised(Drawing((full, hole)), 1, WINDOW)[18, 24] == 0
    assert rasterised(Drawing((hole, full)), 1, WINDOW)[18, 24] == 1


def test_softness_widens_the_edge_and_ends_in_exact_zeros() -> None:
    matte = rasterised(replace(polygon(Key(1, SQUARE)), feather=6.0), 1, WINDOW)
    assert 0.3 < matte[18, 14] < 0.7 and matte[18, 24] > 0.99
    assert (matte[:, 50:] == 0).all() and matte.min() == 0 and matte.max() <= 1


def test_shapes_that_reach_out_of_the_picture_or_are_no_shapes_break_nothing() -> None:
    huge = ((-9e4, -9e4), (9e4, -9e4), (9e4, 9e4), (-9e4, 9e4))
    assert (rasterised(polygon(Key(1, huge)), 1, WINDOW) == 1).all()
    for points in ((), ((1.0, 1.0),), ((1.0, 1.0), (5.0, 5.0)), ((500.0, 500.0), (600.0, 500.0), (550.0, 600.0))):
        assert not rasterised(polygon(Key(1, points)), 1, WINDOW).any()


def test_a_written_matte_is_read_as_every_matte_is(tmp_path: Path) -> None:
    drawing = polygon(Key(1, SQUARE))
    write_matte(tmp_path / "matte.0001.exr", drawing, 1, WINDOW)
    values, window, display = read_matte(tmp_path / "matte.0001.exr", 1)[:3]
    assert display == WINDOW
    found = np.zeros((40, 64), np.float32)
    rows, columns = window.slices_in(WINDOW)
    found[rows, columns] = values
    assert np.array_equal(found, rasterised(drawing, 1, WINDOW).astype(np.float16).astype(np.float32))


@pytest.mark.parametrize(
    ("drawing", "code"),
    [
        (Drawing(), "drawing_empty"),
        (polygon(Key(1, ((1e9, 0.0), (0.0, 0.0), (1.0, 1.0)))), "drawing_invalid"),
        (polygon(Key(1, SQUARE), width=-1.0), "drawing_invalid"),
        (replace(polygon(Key(1, SQUARE)), feather=1e6), "drawing_invalid"),
        (Drawing(polygon(Key(1, SQUARE)).shapes * 300), "drawing_too_large"),
    ],
)
def test_a_drawing_that_cant_be_is_refused_in_words(drawing: Drawing, code: str) -> None:
    with pytest.raises(PlatewrightError) as caught:
        checked_drawing(drawing)
    assert caught.value.code == code and caught.value.hint
