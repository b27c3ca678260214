"""How much a frame's look counts where nearness is told a little wrong."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.deep_look import _slip
from platewright.synthesis.views import View
from tests.moving_shot import background


def slip(along: float, busy: bool = True) -> float:
    """That of a camera that sees a point `along` pixels farther for each unit of nearness; 0.5 too near."""
    picture = background(120, 160, seed=3) if busy else np.full((120, 160, 3), 0.2, np.float32)
    view = View(1, picture.astype(np.float16), Box.of_size(160, 120), np.zeros((0, 0), np.uint8), EMPTY)
    rows, columns = (part.ravel().astype(np.int32) for part in np.mgrid[40:80, 40:80])
    camera = np.array([[1, 0, 0, along], [0, 1, 0, 0], [0, 0, 1, 0.0]])
    shown, valid = picture[rows, columns].astype(np.float32), np.ones(len(rows), np.uint8)
    return _slip(view, camera, columns, rows, np.full(len(rows), 0.5), shown, valid)


def test_a_camera_that_stood_farther_off_slips_more() -> None:
    near, far = slip(0.4), slip(8.0)
    assert far > 10 * near > 0


def test_where_nothing_changes_nothing_slips() -> None:
    assert slip(8.0, busy=False) == pytest.approx(0.0, abs=1e-6)
