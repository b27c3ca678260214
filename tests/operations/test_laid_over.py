"""Other frames are laid over one along the motion, each part from the one that falls on its pixels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.operations.laid_over import GRID, Neighbour, lay_over
from platewright.operations.plate_grain import measure_around
from platewright.operations.shot import ShotFrame

from ..moving_shot import background
from .test_plate_grain import FLOOR, HEIGHT, LEVELS, MARGIN, SLOPE, WIDTH, filmed, frame

Picture = npt.NDArray[np.float32]
WHOLE = Box.of_size(WIDTH, HEIGHT)


def world(finest: float = 3.0) -> Picture:
    return background(HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, finest=finest)


def pushed(ground: Picture, right: Picture | float, down: Picture | float = 0.0) -> Picture:
    """The ground as it is seen so many pixels farther right and down."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    there = columns + MARGIN + np.float32(right), rows + MARGIN + np.float32(down)
    return np.asarray(cv2.remap(ground, *there, cv2.INTER_LANCZOS4), np.float32)


def moved(number: int, picture: Picture, right: float, down: float = 0.0) -> Neighbour:
    """A frame, and the motion to it, of the same ground seen so many pixels farther right and down."""
    return frame(number, picture), np.array([[1, 0, -right], [0, 1, -down], [0, 0, 1.0]])


def test_each_part_comes_from_the_frame_that_falls_on_its_pixels() -> None:
    ground, half = world(), WIDTH // 2 // GRID * GRID
    step = np.where(np.arange(WIDTH) < half, 3.0, 3.5).astype(np.float32)[None].repeat(HEIGHT, 0)
    here, left, right = pushed(ground, 0), pushed(ground, step), pushed(ground, 6.5 - step)
    laid = lay_over(here, WHOLE, [moved(1002, left, 3.25), moved(1003, right, 3.25)])
    assert laid.apart is not None
    for part in (slice(8, half - GRID), slice(half + GRID, WIDTH - 8)):
        inner = (slice(8, -8), part)
        assert laid.seen[inner].all() and float(laid.apart[inner].mean()) < 0.05
        np.testing.assert_allclose(laid.picture[inner], here[inner], atol=0.02 * float(here.max()))


def test_a_frame_that_shows_nothing_of_it_takes_no_part() -> None:
    ground = world()
    here = pushed(ground, 0)
    away, near = moved(1002, pushed(ground, 2.0), 9000.0), moved(1003, pushed(ground, 3.0), 3.0)
    both, one = (lay_over(here, WHOLE, others) for others in ([away, near], [near]))
    assert both.apart is not None and one.apart is not None
    assert np.array_equal(both.picture, one.picture) and np.array_equal(both.seen, one.seen)
    assert not lay_over(here, WHOLE, [away]).seen.any()


def test_pixels_under_another_frames_matte_are_not_seen() -> None:
    ground = world()
    picture, motion = moved(1002, pushed(ground, 4.0), 4.0)
    matte = Box(100, 80, 180, 140)
    covered = replace(picture, matte=np.ones((matte.height, matte.width), np.float32), matte_box=matte)
    laid = lay_over(pushed(ground, 0), WHOLE, [(covered, motion)])
    assert not laid.seen[80:140, 104:184].any() and laid.seen[150:280, 10:380].all()


def test_a_locked_off_frame_is_laid_on_bit_for_bit() -> None:
    picture = filmed(pushed(world(), 0), 5)
    laid = lay_over(picture, Box(40, 30, 300, 200), [(frame(1002, picture), np.eye(3))])
    assert laid.apart is None and laid.seen.all()
    assert np.array_equal(laid.picture, picture[30:200, 40:300])


def finely_textured() -> Picture:
    """A ground with texture as fine as the pixels."""
    ground = world()
    fine = cv2.GaussianBlur(np.random.default_rng(7).standard_normal(ground.shape[:2], np.float32), (0, 0), 0.7)
    return np.asarray(ground * np.exp(fine / fine.std() * np.float32(0.3))[..., None])


def rippling(ground: Picture, seed: int) -> list[Neighbour]:
    """Six frames of a ground that ripples, each between the pixels of a still one but for its ripples."""
    dice, found = np.random.default_rng(seed), []
    for k in range(6):
        across, along = (cv2.GaussianBlur(dice.standard_normal((HEIGHT, WIDTH), np.float32), (0, 0), 30) for _ in "xy")
        right, down = 3.5 + k, -1.5 - k
        there = pushed(ground, right + across / across.std() * 0.7, down + along / along.std() * 0.7)
        found.append(moved(1002 + k, filmed(there, seed + k), right, down))
    return found


def test_where_one_frame_beside_leaves_few_quiet_places_several_are_asked() -> None:
    ground, part = finely_textured(), Box(100, 60, 280, 220)

    def cut(whole: ShotFrame) -> ShotFrame:
        return replace(whole, linear=whole.linear[part.slices_in(WHOLE)], box=part)

    here = cut(frame(1001, filmed(pushed(ground, 0), 21)))
    beside = [(cut(other), motion) for other, motion in rippling(ground, 21)]
    law = SLOPE * LEVELS + FLOOR
    one, several = (measure_around(here, part.grown(-40), others) for others in (beside[:1], beside))
    assert several.reliable and (several.variance(LEVELS) / law).mean() < 0.9 * (one.variance(LEVELS) / law).mean()
