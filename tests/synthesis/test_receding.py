"""What runs to one point goes on into a hole enlarged; what does not look like itself enlarged brings nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.synthesis import guidance
from platewright.synthesis.exemplar import synthesise
from platewright.synthesis.receding import carry_receding
from platewright.synthesis.slant import Slant
from platewright.synthesis.structure_lines import straight_edges
from platewright.synthesis.vanishing import VanishingPoint, vanishing_points
from tests.synthesis import slanted
from tests.synthesis.slanted import Camera, decibels, without

_Array = np.ndarray
ALL = slice(None)
ROAD = slanted.road(Camera(yaw=-0.1, pitch=-0.25))
HOLES = {
    "towards us": (slice(135, 180), ALL),
    "to a side": (ALL, slice(270, 320)),
    "in the middle": (slice(90, 150), slice(100, 220)),
}


def _receding(dirty: _Array, known: _Array) -> Slant | None:
    edges = straight_edges(dirty, known).clear
    return carry_receding(dirty, known, edges, vanishing_points(edges, known.shape))


@pytest.mark.parametrize("where", HOLES)
def test_a_road_goes_on_with_its_kerbs_and_rails(where: str) -> None:
    dirty, known = without(ROAD, *HOLES[where])
    receding = _receding(dirty, known)
    assert receding is not None
    copied = receding.copied(dirty, known)
    there = np.isfinite(copied).all(-1) & ~known
    assert there.sum() > 0.5 * (~known).sum()
    # Held against the best that says nothing of where kerbs run: their mean along the rim, some 17 dB.
    assert decibels(copied[there], ROAD[there]) > 23
    assert (receding.which[known] < 0).all()


@pytest.mark.parametrize("where", ["towards us", "to a side"])
def test_a_road_is_extended_far_better_for_it(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dirty, known = without(ROAD, *HOLES[where])
    dirty[~known] = 0
    seen = []
    for carry in (carry_receding, lambda *_: None):
        monkeypatch.setattr(guidance, "carry_receding", carry)
        made = cv2.GaussianBlur(synthesise(dirty, known, seed=1).picture, (0, 0), 1.5)
        seen.append(decibels(made[~known], cv2.GaussianBlur(ROAD, (0, 0), 1.5)[~known]))
    assert seen[0] > seen[1] + 4


def _leaves() -> tuple[_Array, _Array]:
    """The road's edges over a picture that has nothing to do with them."""
    picture = np.random.default_rng(7).uniform(0, 1, (180, 320, 3)).astype(np.float32)
    return without(picture, slice(135, 180), ALL)


def test_what_does_not_look_like_itself_enlarged_brings_nothing() -> None:
    edges = straight_edges(*without(ROAD, *HOLES["towards us"])).clear
    points = vanishing_points(edges, (180, 320))
    assert len(points) == 1
    assert carry_receding(*_leaves(), edges, points) is None


def test_a_far_point_no_point_and_nothing_known_bring_nothing() -> None:
    dirty, known = without(ROAD, *HOLES["towards us"])
    edges = straight_edges(dirty, known).clear
    points = vanishing_points(edges, known.shape)
    far = VanishingPoint(np.array([5000.0, 90, 1]), points[0].edges)
    assert carry_receding(dirty, known, edges, []) is None
    assert carry_receding(dirty, known, edges, [far]) is None
    assert carry_receding(dirty, np.zeros_like(known), edges, points) is None


def test_a_hole_away_from_all_that_runs_to_the_point_is_left_alone() -> None:
    dirty, known = without(ROAD, slice(0, 12), slice(0, 40))
    assert _receding(dirty, known) is None
