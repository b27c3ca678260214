"""What no frame saw is invented, and nothing but that."""

from __future__ import annotations

import numpy as np

from platewright.contract.windows import Box
from platewright.synthesis.draft import Draft, Wanted
from platewright.synthesis.unseen import synthesised
from platewright.synthesis.views import GUARD, View
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
    expected = Box(40 - GUARD, 30 - GUARD, 60 + GUARD, 60 + GUARD)
    rows, columns = np.nonzero(canvas.invented)
    x, y = columns + canvas.view.box.x0, rows + canvas.view.box.y0
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (expected.x0, expected.y0, expected.x1, expected.y1)
    assert len(x) == expected.area
