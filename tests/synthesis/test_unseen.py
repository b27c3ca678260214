"""What no frame saw is invented, and nothing but that."""

from __future__ import annotations

import numpy as np

from platewright.contract.windows import Box
from platewright.synthesis.draft import Draft, Wanted
from platewright.synthesis.look_up import gather_nearest
from platewright.synthesis.unseen import synthesised
from platewright.synthesis.views import View
from tests.moving_shot import background


def test_the_guard_around_what_was_seen_is_no_moat_around_the_invention() -> None:
    plate = background(96, 128).astype(np.float16)
    hole = Box(40, 30, 80, 60)
    mask = np.ones((hole.height, hole.width), bool)
    view = View(7, plate, Box.of_size(128, 96), mask.astype(np.uint8), hole)
    wanted = Wanted(hole, mask)
    draft = Draft.of(view, wanted)
    draft.open[:, 20:] = False
    canvas = synthesised(view, wanted, draft, seed=1)
    expected = Box(40, 30, 60, 60)
    rows, columns = np.nonzero(canvas.invented)
    x, y = columns + canvas.view.box.x0, rows + canvas.view.box.y0
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (expected.x0, expected.y0, expected.x1, expected.y1)
    assert len(x) == expected.area


def test_a_pixel_right_beside_another_frames_matte_is_taken_whole() -> None:
    plate = background(96, 128).astype(np.float16)
    hidden, matte = Box(40, 30, 80, 60), np.ones((30, 40), np.uint8)
    source = View(7, plate, Box.of_size(128, 96), matte, hidden)
    xs, ys = np.array([39, 40, 60], np.int32), np.array([45, 45, 45], np.int32)
    half = np.array([[1.0, 0, 0.4], [0, 1, 0], [0, 0, 1]])
    found, valid = np.empty((3, 3), np.float32), np.empty(3, np.uint8)
    gather_nearest(
        source.codes, source.table, 0, 0, source.matte, source.hole_box.x0, source.hole_box.y0, half, xs, ys,
        np.ones(3, np.float32), found, valid,
    )  # fmt: skip
    assert valid.tolist() == [1, 0, 0]
    assert np.array_equal(found[0], plate[45, 39].astype(np.float32))


def test_a_copy_of_what_other_frames_lent_has_no_more_grain_than_that() -> None:
    plate = np.tile(background(12, 12), (8, 11, 1)).astype(np.float16)  # repeats: fitting patches lie on both sides
    hole = Box(20, 30, 110, 60)
    mask = np.ones((hole.height, hole.width), bool)
    view = View(7, plate, Box.of_size(132, 96), mask.astype(np.uint8), hole)
    wanted = Wanted(hole, mask)
    kept = []
    for lacking in (0.0, 0.9):
        draft = Draft.of(view, wanted)
        draft.open[:] = False
        draft.open[8:22, 35:55] = True
        draft.lacking[~draft.open] = lacking
        canvas = synthesised(view, wanted, draft, seed=1)
        kept.append(canvas.kept[canvas.invented])
    lent = kept[1] < 0.5 * kept[0]
    np.testing.assert_allclose(kept[1][lent], 0.1 * kept[0][lent], rtol=1e-4)
    np.testing.assert_array_equal(kept[1][~lent], kept[0][~lent])
    assert lent.any()
