"""Looking up in runs gives what looking up pixel by pixel gives, to the bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from platewright.synthesis.look_up import gather, gather_at
from platewright.synthesis.sampling import codes_of, sample_cubic

WIDE, HIGH = 700, 90
GAIN = np.array([1.0, 0.97, 1.21], np.float32)


def plate(kind: type, broken: int = 0) -> npt.NDArray[Any]:
    dice = np.random.default_rng(4)
    pixels = dice.uniform(-0.2, 6.0, (HIGH, WIDE, 3)).astype(kind)
    for value in (np.nan, np.inf, -np.inf)[: 3 if broken else 0]:
        for _ in range(broken):
            pixels[dice.integers(HIGH), dice.integers(WIDE), dice.integers(3)] = value
    return pixels


def turned(degrees: float, zoom: float = 1.0) -> npt.NDArray[np.float64]:
    c, s = zoom * math.cos(math.radians(degrees)), zoom * math.sin(math.radians(degrees))
    return np.array([[c, -s, 340 - 340 * c + 45 * s], [s, c, 45 - 340 * s - 45 * c], [0, 0, 1.0]])


MOTIONS = {
    "still": np.eye(3),
    "whole pixels": np.array([[1, 0, 31], [0, 1, -7], [0, 0, 1.0]]),
    "between pixels": np.array([[1, 0, 10.3], [0, 1, -4.45], [0, 0, 1.0]]),
    "turned a little": turned(0.8),
    "turned far": turned(37.0),
    "zoomed": turned(0.0, 1.07),
    "in perspective": np.array([[1.01, 0.002, 3.3], [0.0, 0.99, 1.4], [1e-5, 2e-5, 1.0]]),
}


def one_by_one(
    pixels: npt.NDArray[Any], matrix: npt.NDArray[np.float64], xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32],
    blocked: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:  # fmt: skip
    codes, table = codes_of(pixels)
    out, valid, one = np.zeros((len(xs), 3), np.float32), np.zeros(len(xs), np.uint8), np.zeros(3, np.float32)
    for t, (x, y) in enumerate(zip(xs.tolist(), ys.tolist(), strict=True)):
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w
        v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w
        column, row = math.floor(u + 16) - 16, math.floor(v + 16) - 16  # rounded as by the kernel
        fx, fy = np.float32(u - column), np.float32(v - row)
        if fx == 0 and fy == 0:
            inside = 0 <= column < WIDE and 0 <= row < HIGH
        else:
            inside = 1 <= column < WIDE - 2 and 1 <= row < HIGH - 2
        bx, by = column + (fx >= 0.5), row + (fy >= 0.5)
        hidden = 0 <= by < blocked.shape[0] and 0 <= bx < blocked.shape[1] and blocked[by, bx]
        if inside and not hidden and sample_cubic(codes, table, column, row, fx, fy, one):
            out[t], valid[t] = one * GAIN, 1
    return out, valid


@pytest.mark.parametrize("kind", (np.float16, np.float32))
@pytest.mark.parametrize("motion", MOTIONS)
def test_runs_give_what_pixels_give(motion: str, kind: type) -> None:
    pixels, matrix = plate(kind, broken=12), MOTIONS[motion]
    blocked = np.zeros((HIGH, WIDE), np.uint8)
    blocked[20:40, 100:130] = 1
    mask = np.zeros((HIGH, WIDE), bool)
    mask[3:80, 20:640] = True  # rows longer than a block, and as long as they come
    mask[30:33, 200:420] = False
    rows, columns = np.nonzero(mask)
    xs, ys = columns.astype(np.int32), rows.astype(np.int32)
    codes, table = codes_of(pixels)
    out, valid = np.full((len(xs), 3), 7, np.float32), np.full(len(xs), 9, np.uint8)
    gather(codes, table, 0, 0, blocked, 0, 0, matrix, xs, ys, GAIN, out, valid)
    wanted, shown = one_by_one(pixels, matrix, xs, ys, blocked)
    assert 0.2 * len(xs) < np.count_nonzero(shown) < len(xs)
    assert np.array_equal(valid, shown)
    assert np.array_equal(out[shown > 0].view(np.uint32), wanted[shown > 0].view(np.uint32))


@pytest.mark.parametrize("kind", (np.float16, np.float32))
@pytest.mark.parametrize("motion", ("between pixels", "turned far"))
def test_places_that_are_told_one_by_one_give_what_a_motion_gives(motion: str, kind: type) -> None:
    pixels, matrix = plate(kind, broken=12), MOTIONS[motion]
    blocked = np.zeros((HIGH, WIDE), np.uint8)
    blocked[20:40, 100:130] = 1
    rows, columns = np.divmod(np.arange(HIGH * WIDE), WIDE)
    xs, ys = columns.astype(np.int32), rows.astype(np.int32)
    codes, table = codes_of(pixels)
    out, valid = np.zeros((len(xs), 3), np.float32), np.zeros(len(xs), np.uint8)
    gather(codes, table, 0, 0, blocked, 0, 0, matrix, xs, ys, GAIN, out, valid)
    u, v, w = (a * xs + b * ys + c for a, b, c in matrix)
    us, vs = u / w, v / w
    us[::11], vs[::11] = np.nan, np.nan  # nothing is known of these
    led, shown = np.full((len(xs), 3), 7, np.float32), np.full(len(xs), 9, np.uint8)
    gather_at(codes, table, 0, 0, blocked, 0, 0, us, vs, GAIN, led, shown)
    assert not shown[::11].any()
    told = np.arange(len(xs)) % 11 > 0
    assert np.array_equal(shown[told], valid[told]) and 0.1 * len(xs) < np.count_nonzero(shown) < len(xs)
    both = told & (valid > 0)
    np.testing.assert_allclose(led[both], out[both], rtol=1e-4, atol=1e-5)
