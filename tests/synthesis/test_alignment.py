"""Tracking and dense alignment recover a known motion to a small part of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.alignment import MOST_POINTS, align, align_deep, gains, surround, surround_at
from platewright.synthesis.motion import Chain, Link, step_between
from platewright.synthesis.views import View
from tests.moving_shot import MovingShot, background, make


def views_of(shot: MovingShot) -> list[View]:
    views = []
    for number in shot.numbers:
        hole = (shot.mattes[number] > 0).astype(np.uint8)
        views.append(View(number, shot.plates[number], shot.box, hole, shot.box))
    return views


def at(matrix: np.ndarray, x: float, y: float) -> tuple[float, float]:
    u, v, w = matrix @ (x, y, 1.0)
    return float(u / w), float(v / w)


def test_a_pan_is_tracked_to_a_fifth_of_a_pixel_over_the_whole_shot() -> None:
    shot = make(grain=0.02)
    chain = Chain()
    assert all(chain.add(view) is Link.HELD for view in views_of(shot))
    matrix = chain.between(1001, 1008)
    assert matrix is not None
    x, y = at(matrix, 80, 48)
    assert x - 80 == pytest.approx(-7 * shot.step[0], abs=0.2)
    assert y - 48 == pytest.approx(-7 * shot.step[1], abs=0.2)


def test_dense_alignment_refines_a_rough_prediction_to_a_twentieth_of_a_pixel() -> None:
    shot = make(grain=0.02)
    views = views_of(shot)
    held = surround(views[3], Box(40, 16, 120, 80))
    assert held is not None
    rough = np.eye(3)
    rough[:2, 2] = (-shot.step[0] + 1.4, -shot.step[1] - 1.1)
    found = align(held, views[4], rough, Box(60, 34, 100, 62))
    assert found.found and not found.still
    x, y = at(found.matrix, 80, 48)
    assert x - 80 == pytest.approx(-shot.step[0], abs=0.05)
    assert y - 48 == pytest.approx(-shot.step[1], abs=0.05)


def test_a_camera_is_refined_on_what_lies_at_many_depths_its_way_ahead_too() -> None:
    """Waves of nearness 0 to 40, which no plane explains; the tracked camera errs by pixels."""
    ys, xs = np.mgrid[0:160, 0:240].astype(np.float32)
    picture, aside, ahead = background(160, 240), np.float32(0.15), np.float32(0.0008)

    def nearness(x: np.ndarray) -> np.ndarray:
        return 20 + 20 * np.sin(x / 25)

    x = xs
    for _ in range(30):
        x = xs * (1 + ahead * nearness(x)) - aside * nearness(x)
    y = ys * (1 + ahead * nearness(x))
    moved = cv2.remap(picture, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    box, open_ = Box.of_size(240, 160), np.zeros((1, 1), np.uint8)
    target, source = (
        View(number, plate.astype(np.float16), box, open_, Box.of_size(1, 1))
        for number, plate in enumerate((picture, moved))
    )
    rows, columns = (part.ravel() for part in np.mgrid[12:148:3, 12:228:3])
    held = surround_at(target, box, columns, rows, nearness(columns.astype(np.float64)))
    true = np.column_stack([np.eye(3), [aside, 0, ahead]])
    places = np.column_stack([columns, rows, np.ones(len(rows)), held.lift])

    def off(camera: np.ndarray) -> float:
        there, wanted = (places @ one.T for one in (camera, true))
        return float(np.abs(there[:, :2] / there[:, 2:] - wanted[:, :2] / wanted[:, 2:]).max())

    rough = true + np.column_stack([np.zeros((3, 3)), [0.03, -0.02, -0.0004]])
    camera, _, _, good = align_deep(held, source, rough)
    assert good and off(rough) > 2.0
    assert off(camera) < 0.1


@pytest.mark.parametrize("step", [(0.0, 0.0), (2.0, -1.0)])
def test_a_whole_pixel_motion_is_recognised_as_one(step: tuple[float, float]) -> None:
    shot = make(step=step, grain=0.01)
    views = views_of(shot)
    held = surround(views[3], Box(40, 16, 120, 80))
    assert held is not None
    start = np.eye(3)
    start[:2, 2] = (-step[0] + 0.3, -step[1])
    found = align(held, views[4], start, Box(60, 34, 100, 62))
    assert found.still
    assert np.array_equal(found.matrix, np.array([[1, 0, -step[0]], [0, 1, -step[1]], [0, 0, 1]]))


def test_gains_are_exactly_one_where_the_exposure_is_the_same_and_right_where_it_is_not() -> None:
    still = make(step=(0.0, 0.0))
    views = views_of(still)
    held = surround(views[0], still.box)
    assert held is not None
    assert np.array_equal(gains(held, views[1], np.eye(3)), np.ones(3, np.float32))
    brighter = View(2000, (still.plates[1002].astype(np.float32) * (2, 1, 0.5)).astype(np.float16), still.box,
                    (still.mattes[1002] > 0).astype(np.uint8), still.box)  # fmt: skip
    assert gains(held, brighter, np.eye(3)) == pytest.approx([0.5, 1.0, 2.0], rel=0.01)


def test_unrelated_pictures_are_not_tracked() -> None:
    shot = make()
    first = views_of(shot)[0]
    rng = np.random.default_rng(1)
    other = View(2, rng.random((96, 160, 3)).astype(np.float16), shot.box, np.zeros((0, 0), np.uint8), EMPTY)
    assert step_between(first, other) is None


def test_a_flat_picture_is_not_tracked() -> None:
    box = Box.of_size(64, 48)
    views = [View(n, np.full((48, 64, 3), 0.2, np.float16), box, np.zeros((0, 0), np.uint8), EMPTY) for n in (1, 2)]
    assert step_between(views[0], views[1]) is None


def test_a_source_that_is_blurred_otherwise_shows_in_the_mean_square_of_what_is_left() -> None:
    shot = make(step=(0.0, 0.0), grain=0.005)
    target, sharp, other = views_of(shot)[:3]
    smeared = cv2.blur(shot.plates[other.number].astype(np.float32), (5, 1)).astype(np.float16)
    blurred = View(other.number, smeared, shot.box, (shot.mattes[other.number] > 0).astype(np.uint8), shot.box)
    held = surround(target, shot.box)
    assert held is not None
    same, astray = (align(held, view, np.eye(3), Box(60, 34, 100, 62)) for view in (sharp, blurred))
    assert same.found and astray.found
    assert astray.square > 4 * same.square > 0
    assert same.square < (3 * same.error) ** 2


def test_another_exposure_is_no_error_of_the_fit() -> None:
    shot = make(step=(0.0, 0.0), grain=0.005)
    target, source = views_of(shot)[:2]
    darker = (shot.plates[source.number].astype(np.float32) * np.float32(0.75)).astype(np.float16)
    drifted = View(source.number, darker, shot.box, (shot.mattes[source.number] > 0).astype(np.uint8), shot.box)
    held = surround(target, shot.box)
    assert held is not None
    same, other = (align(held, view, np.eye(3), Box(60, 34, 100, 62)) for view in (source, drifted))
    assert other.found and other.square < 2 * same.square


def test_a_surround_has_no_more_points_than_are_asked_for() -> None:
    rng = np.random.default_rng(3)
    for width, height in ((90, 80), (160, 120), (301, 223), (640, 360)):
        box = Box.of_size(width, height)
        hole = Box.of_size(20, 20, width // 3, height // 3)
        view = View(1, rng.random((height, width, 3)).astype(np.float16), box, np.ones((20, 20), np.uint8), hole)
        held = surround(view, box)
        assert held is not None
        assert MOST_POINTS / 5 < len(held.xs) <= MOST_POINTS * 1.01
