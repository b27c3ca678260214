"""How little frames agree: the lanes say what a plain loop over pixels, levels and frames says."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from platewright.synthesis.disagreement import FAR_OFF, UNKNOWN, disagreement

_cv2: Any = cv2
Array = npt.NDArray[Any]

SAME = 0.06
CORNER = (900.0, 400.0)
"""Of the frames' parts, in plate pixels: far from the first one, where small numbers would hide a lack of digits."""


class Scene:
    """Some frames' parts of a picture that moves by nearness, and pixels of it to ask about."""

    def __init__(self, frames: int, pixels: int, levels: int, own_levels: bool = False) -> None:
        rng = np.random.default_rng(frames * 1000 + levels)
        picture = 3 * _cv2.GaussianBlur(rng.random((60, 80)).astype(np.float32), (0, 0), 2)
        self.luma = np.stack([picture + rng.normal(0, 0.01, picture.shape).astype(np.float32) for _ in range(frames)])
        self.luma[: frames // 2, 20:30, 30:40] = np.nan
        self.luma[0, 40:, :] = 0.0  # something passes in front
        self.corners = np.full((frames, 2), CORNER) + rng.integers(-3, 4, (frames, 2))
        self.cameras = np.zeros((frames, 3, 4))
        self.cameras[:, :, :3] = np.eye(3) + rng.normal(0, 1e-7, (frames, 3, 3))
        self.cameras[:, 0, 3], self.cameras[:, 1, 3] = rng.normal(0, 1, frames), rng.normal(0, 0.1, frames)
        self.xs = rng.integers(int(CORNER[0]) - 4, int(CORNER[0]) + 84, pixels)
        self.ys = rng.integers(int(CORNER[1]) - 4, int(CORNER[1]) + 64, pixels)
        self.tones = rng.random(pixels).astype(np.float32)
        self.known = np.zeros(pixels, np.uint8)
        self.levels = rng.normal(0, 6, (pixels if own_levels else 1, levels))

    def found(self, start: int = 0, stop: int | None = None, cost: Array | None = None) -> Array:
        """What the kernel writes, NaN where it writes nothing."""
        if cost is None:
            cost = np.full((len(self.xs), self.levels.shape[1]), np.nan, np.float32)
        disagreement(
            self.xs, self.ys, self.known, self.tones, self.luma, self.corners, self.cameras, self.levels, cost, start,
            len(self.xs) if stop is None else stop,
        )  # fmt: skip
        return cost

    def look(self, s: int, x: float, y: float, k: float) -> float:
        """What a frame shows of a point, in double precision; NaN where it does not."""
        u, v, w = self.cameras[s] @ (x, y, 1, k)
        a, b = u / w - self.corners[s, 0], v / w - self.corners[s, 1]
        height, width = self.luma[s].shape
        if not (0 <= a < width - 1 and 0 <= b < height - 1):
            return np.nan
        i, j = int(b), int(a)
        four = self.luma[s, i : i + 2, j : j + 2].astype(np.float64)
        return float((1 - (b - i), b - i) @ four @ (1 - (a - j), a - j))

    def expected(self) -> Array:
        """The same by plain loops."""
        cost = np.zeros((len(self.xs), self.levels.shape[1]))
        for i, (x, y) in enumerate(zip(self.xs, self.ys, strict=True)):
            for d, k in enumerate(self.levels[i % len(self.levels)]):
                looks = np.sort([self.look(s, x, y, k) for s in range(len(self.luma))])
                looks = looks[np.isfinite(looks)]
                middle = self.tones[i] if self.known[i] else most(looks)
                total = np.minimum(np.abs(looks - middle), FAR_OFF).sum() / FAR_OFF if len(looks) else 0.0
                free = len(looks) if self.known[i] else max(len(looks) - 1, 0)
                cost[i, d] = (total + UNKNOWN) / (free + 1)
        return cost


def most(looks: Array) -> float:
    """What most of some sorted looks are near: the middle of the longest row that spans no more than SAME."""
    if not len(looks):
        return 0.0
    rows = [(end - start, -end, start, end) for end in range(len(looks)) for start in range(end + 1)
            if looks[end] - looks[start] <= SAME]  # fmt: skip
    longest, _, start, end = max(rows)
    if longest < len(looks) // 4:
        start, end = 0, len(looks) - 1
    return 0.5 * float(looks[(start + end) // 2] + looks[(start + end + 1) // 2])


def close(scene: Scene) -> None:
    """Equal but for what float32 leaves; where two rows are as long, that may choose the other one."""
    off = np.abs(scene.found() - scene.expected())
    assert np.quantile(off, 0.99) < 1e-3
    assert (off > 5e-3).mean() < 0.004


@pytest.mark.parametrize("levels", [1, 3, 37, 64, 200])
@pytest.mark.parametrize("known", [0, 1])
def test_any_number_of_levels_is_told_as_by_plain_loops(levels: int, known: int) -> None:
    scene = Scene(7, 60, levels)
    scene.known[:] = known
    close(scene)


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 8, 13, 16, 21])
def test_any_number_of_frames_is_sorted(frames: int) -> None:
    close(Scene(frames, 50, 9))


def test_pixels_may_have_levels_of_their_own_and_be_known_or_not() -> None:
    scene = Scene(6, 150, 4, own_levels=True)
    scene.known[::3] = 1
    close(scene)


def test_what_nobody_shows_is_unknown() -> None:
    scene = Scene(4, 20, 5)
    scene.luma[:] = np.nan
    assert (scene.found() == UNKNOWN).all()
    scene.known[:] = 1
    assert (scene.found() == UNKNOWN).all()


def test_a_camera_that_sees_a_point_at_infinity_shows_nothing() -> None:
    scene = Scene(3, 20, 5)
    scene.cameras[:, 2] = 0
    assert (scene.found() == UNKNOWN).all()


@pytest.mark.parametrize("cut", [1, 7, 33, 64, 65])
def test_slices_write_their_own_pixels_and_the_same_bits(cut: int) -> None:
    scene = Scene(6, 150, 3)
    scene.known[::4] = 1
    whole = scene.found()
    cost = scene.found(0, cut)
    assert np.isnan(cost[cut:]).all()
    assert np.array_equal(scene.found(cut, 150, cost), whole)
