"""The camera's turn: found to a fraction of a pixel, from the sky first, and given up honestly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis.sky_camera import Lens
from platewright.synthesis.sky_motion import SkyMotion

WIDTH, HEIGHT = 480, 270
BOX = Box(0, 0, WIDTH, HEIGHT)
POINTS = np.array([[x, y, 1.0] for x in (40, 240, 440) for y in (10, 100, 200)]).T


def clouds(width: int, height: int, seed: int = 4) -> np.ndarray:
    draw = np.random.default_rng(seed)
    picture = np.zeros((height, width), np.float32)
    for octave in range(4, 9):
        cells = draw.standard_normal((2**octave * height // width + 2, 2**octave)).astype(np.float32)
        picture += cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC) * 0.6 ** (octave - 4)
    return np.clip(150 + 25 * picture, 0, 255).astype(np.uint8)


def turned(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


class World:
    """A wide cloudy picture far away, looked at by a lens of 40 degrees."""

    def __init__(self) -> None:
        self.lens = Lens.of(BOX, 40.0)
        self.wide = Lens.of(Box(0, 0, 4 * WIDTH, 4 * HEIGHT), 100.0)
        self.picture = clouds(4 * WIDTH, 4 * HEIGHT)

    def look(self, turn: np.ndarray) -> np.ndarray:
        matrix = self.lens.matrix @ turn @ self.wide.rays
        seen = cv2.warpPerspective(self.picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        noise = np.random.default_rng(int(abs(turn[0, 2]) * 1e6)).normal(0, 1.5, seen.shape)
        return np.clip(seen + noise, 0, 255).astype(np.uint8)

    def slide(self, found: np.ndarray, first: np.ndarray, now: np.ndarray) -> float:
        """Pixels by which the found matrix differs from the true one, at the worst of nine places."""
        true = self.lens.moved(now @ first.T) @ POINTS
        ours = found @ POINTS
        return float(np.abs(true[:2] / true[2] - ours[:2] / ours[2]).max())


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_a_hand_held_pan_is_followed_to_a_third_of_a_pixel(world: World) -> None:
    turns = [turned(-8 + 2 * i, 0.8 * np.sin(i), 0.6 * np.cos(2 * i)) for i in range(9)]
    motion = SkyMotion(world.lens, BOX, lens_is_known=True)
    for turn in turns:
        found = motion.add(world.look(turn), np.ones((27, 48), np.float32))
        assert found.found
        assert world.slide(found.matrix, turns[0], turn) < 0.3


def test_an_unknown_lens_is_learned_from_the_pan(world: World) -> None:
    turns = [turned(-8 + 2 * i) for i in range(9)]
    motion = SkyMotion(Lens.of(BOX, 55.0), BOX)
    for turn in turns:
        found = motion.add(world.look(turn), np.ones((27, 48), np.float32))
    assert found.found and world.slide(found.matrix, turns[0], turns[-1]) < 1.5  # of 190 pixels; 4 with the wrong lens


def test_the_sky_s_own_clouds_count_before_a_near_tree_that_moves_otherwise(world: World) -> None:
    draw = np.random.default_rng(7)
    leaves = [(draw.integers(0, WIDTH), draw.integers(140, HEIGHT), draw.integers(2, 5)) for _ in range(500)]
    sky = np.zeros((HEIGHT, WIDTH), np.float32)
    sky[:125] = 1
    motion = SkyMotion(world.lens, BOX, lens_is_known=True)
    turns = [turned(0.5 * i) for i in range(5)]
    for i, turn in enumerate(turns):
        frame = world.look(turn)
        for x, y, radius in leaves:
            cv2.circle(frame, (int(x) - 9 * i, int(y)), int(radius), 20, -1)
        found = motion.add(frame, sky)
        assert world.slide(found.matrix, turns[0], turn) < 0.5


def test_a_cut_holds_the_last_turn_and_says_so(world: World) -> None:
    motion = SkyMotion(world.lens, BOX, lens_is_known=True)
    motion.add(world.look(turned(0)), None)
    before = motion.add(world.look(turned(1)), None)
    lost = motion.add(clouds(WIDTH, HEIGHT, seed=77)[::-1], None)
    assert before.found and not lost.found
    assert (lost.matrix == before.matrix).all()


def test_a_featureless_sky_alone_is_no_motion_found() -> None:
    motion = SkyMotion(Lens.of(BOX, 40.0), BOX)
    motion.add(np.full((HEIGHT, WIDTH), 180, np.uint8), None)
    assert not motion.add(np.full((HEIGHT, WIDTH), 180, np.uint8), None).found


def test_the_same_frames_give_the_same_bits(world: World) -> None:
    def follow() -> np.ndarray:
        motion = SkyMotion(world.lens, BOX)
        for i in range(4):
            found = motion.add(world.look(turned(2.0 * i)), None)
        return found.matrix

    assert (follow() == follow()).all()
