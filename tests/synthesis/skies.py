"""Small sky pictures with a known matte: a smooth sky, a ground, and thin things before it. Linear composites."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

WIDTH, HEIGHT = 640, 360
GROUND = np.float32([0.06, 0.05, 0.04])


@dataclass(frozen=True)
class Picture:
    """plate: (H, W, 3) linear with grain; alpha: (H, W), 1 = sky; sky: (H, W, 3) without ground and grain."""

    plate: Floats
    alpha: Floats
    sky: Floats


def clear_sky(width: int = WIDTH, height: int = HEIGHT) -> Floats:
    """Blue above, pale below."""
    down = np.linspace(0.05, 1, height, dtype=np.float32)[:, None, None] ** 0.7
    sky = np.float32([0.1, 0.22, 0.52]) * (1 - down) + np.float32([0.62, 0.72, 0.8]) * down
    return np.broadcast_to(sky, (height, width, 3)).copy()


def cloudy_sky(width: int = WIDTH, height: int = HEIGHT) -> Floats:
    """White clouds of several sizes before the clear sky."""
    draw = np.random.default_rng(4)
    clouds = np.zeros((height, width), np.float32)
    for fine in (1, 2, 4):
        noise = draw.standard_normal((9 * fine, 16 * fine)).astype(np.float32)
        clouds += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) / np.float32(fine**0.8)
    share = np.clip(0.5 * clouds + 0.3, 0, 1)[..., None]
    return (clear_sky(width, height) * (1 - share) + np.float32([0.75, 0.78, 0.8]) * share).astype(np.float32)


def composite(sky: Floats, front: Floats, coverage: Floats, grain: float = 0.01, seed: int = 1) -> Picture:
    """Front over sky; coverage: (H, W), 1 = foreground; grain: of a value of 1."""
    draw = np.random.default_rng(seed)
    plate = front * coverage[..., None] + sky * (1 - coverage[..., None])
    noise = draw.standard_normal(plate.shape).astype(np.float32)
    plate = plate + noise * np.float32(grain) * np.sqrt(np.maximum(plate, 1e-4))
    return Picture(plate.astype(np.float32), (1 - coverage).astype(np.float32), sky)


def hills(width: int = WIDTH, height: int = HEIGHT) -> Floats:
    """Coverage of a rolling ridge over the lower third, drawn four times too large."""
    x = np.linspace(0, 1, 4 * width)
    rows = (0.68 + 0.05 * np.sin(9 * x) + 0.02 * np.sin(31 * x + 1)) * 4 * height
    large = (np.arange(4 * height)[:, None] > rows[None]).astype(np.float32)
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def wires(width: int = WIDTH, height: int = HEIGHT, thickness: float = 1.0) -> Floats:
    """Coverage of three sagging wires, `thickness` pixels each."""
    large = np.zeros((8 * height, 8 * width), np.uint8)
    x = np.linspace(0, 8 * width, 200)
    for row in (0.2, 0.3, 0.42):
        y = (row + 0.05 * (1 - (2 * x / (8 * width) - 1) ** 2)) * 8 * height
        points = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(large, [points], False, 255, max(1, round(8 * thickness)))
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255


def railing(pitch: float, bar: float, width: int = WIDTH, height: int = HEIGHT) -> Floats:
    """Coverage of a railing over the middle, from two fifths of the height down: bars `bar` pixels wide, two rails."""
    large = np.zeros((8 * height, 8 * width), np.uint8)
    left, right, top, bottom = 200 * 8, 440 * 8, round(0.38 * 8 * height), round(0.72 * 8 * height)
    for x in np.arange(left, right, 8 * pitch):
        cv2.line(large, (round(x), top), (round(x), bottom), 255, max(1, round(8 * bar)))
    for y in (top, round(0.62 * 8 * height)):
        cv2.line(large, (left, y), (right, y), 255, 20)
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.float32) / 255


def through_lens(coverage: Floats) -> Floats:
    """Coverage a little softer, as a lens makes it: (1 4 1) / 6 both ways."""
    weights = np.float32([1, 4, 1]) / 6
    return np.asarray(cv2.sepFilter2D(coverage, -1, weights, weights), np.float32)


def crown(width: int = WIDTH, height: int = HEIGHT) -> Floats:
    """Coverage of leaves and twigs over the middle, drawn four times too large."""
    draw = np.random.default_rng(3)
    large = np.zeros((4 * height, 4 * width), np.uint8)
    for _ in range(900):
        centre = (int(4 * (320 + 110 * draw.standard_normal())), int(4 * (150 + 45 * draw.standard_normal())))
        axes = (int(draw.integers(6, 20)), int(draw.integers(3, 10)))
        cv2.ellipse(large, centre, axes, float(draw.integers(180)), 0, 360, 255, -1)
    for _ in range(120):
        x, y = 4 * (320 + 100 * draw.standard_normal()), 4 * (150 + 40 * draw.standard_normal())
        angle, length = draw.uniform(0, 2 * np.pi), 4 * draw.uniform(15, 60)
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(large, (int(x), int(y)), end, 255, int(draw.integers(1, 5)))
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.float32) / 255


def textured(colour: Floats = GROUND, width: int = WIDTH, height: int = HEIGHT, seed: int = 2) -> Floats:
    """A ground with patches a third brighter and darker than its colour."""
    draw = np.random.default_rng(seed)
    patches = cv2.resize(draw.standard_normal((height // 6, width // 6)).astype(np.float32), (width, height))
    return (colour * np.exp2(0.5 * patches)[..., None]).astype(np.float32)


def ridge(grain: float = 0.01) -> Picture:
    """A ridge before a clear sky."""
    return composite(clear_sky(), textured(), hills(), grain)


def wired(thickness: float = 1.0, grain: float = 0.01) -> Picture:
    """A ridge and thin wires before a clear sky."""
    return composite(clear_sky(), textured(), np.maximum(hills(), wires(thickness=thickness)), grain)
