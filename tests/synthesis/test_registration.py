"""The registration that is shown is the one the shot was made with."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.registration import register
from tests.moving_shot import make
from tests.synthesis.test_alignment import views_of


def test_a_pan_is_laid_over_the_target_and_its_points_lie_on_their_places() -> None:
    shot = make(frames=6, step=(5.0, -1.0), grain=0.01)
    views = views_of(shot)
    found = register(views[0], views[4], views[0].box)
    assert found is not None and found.held and found.share > 0.5
    assert len(found.points) > 50
    assert np.median(np.linalg.norm(found.residuals, axis=1)) < 0.2
    # The source looks 20 pixels further to the right, so its left edge lies at 20 in the target.
    assert np.allclose(found.outline[0], (20.0, -4.0), atol=0.3)
    assert len(found.hole) == 4


def test_two_pictures_with_nothing_in_common_are_not_registered() -> None:
    one, other = views_of(make(frames=1))[0], views_of(make(frames=1, finest=3.0, step=(40.0, 9.0)))[0]
    other.reduced[:] = other.reduced[::-1, ::-1].copy()
    found = register(one, other, one.box)
    assert found is None or not found.held
