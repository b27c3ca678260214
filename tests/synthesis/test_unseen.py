"""What no frame saw is invented, and nothing but that."""

from __future__ import annotations

import numpy as np

from platewright.contract.windows import Box
from platewright.synthesis.draft import Draft, Wanted
from platewright.synthesis.look_up import gather_nearest
from platewright.synthesis.unseen import choose_reference, synthesised
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


def test_where_nothing_seen_counts_the_frame_is_taken_that_reaches_farthest() -> None:
    """A matte that travels by a quarter of its width a frame over ground that stands still."""
    views, wanted = {}, {}
    for number in range(1, 9):
        box = Box.of_size(40, 30, 4 + 10 * number, 30)
        mask = np.ones((30, 40), bool)
        views[number] = View(
            number, np.zeros((96, 160, 3), np.float16), Box.of_size(160, 96), mask.astype(np.uint8), box
        )
        wanted[number] = Wanted(box, mask)
    open_ = np.zeros((30, 40), bool)
    open_[:, 30:] = True  # the first frame's others are there already; these, the fourth still hides
    stays = np.eye(3)

    def chosen(taken: set[int]) -> int:
        return choose_reference(1, open_, views, wanted, lambda one, other: stays, taken, seen=False)

    assert chosen(set()) == 4
    assert chosen({4}) == 3
    assert choose_reference(8, np.ones((30, 40), bool), views, wanted, lambda one, other: stays, set(), seen=False) == 8


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
