"""Texture that moves by itself is told from one that stands, taken from one frame that plays on, and named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from platewright.imaging.tone import from_tone
from platewright.synthesis.agreement import Places
from platewright.synthesis.draft import Filled
from platewright.synthesis.evidence import judged
from platewright.synthesis.fusion import fuse
from platewright.synthesis.moving import moves, order_of
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import MovingShot, make
from tests.synthesis.test_repair import wanted_of

SIZE = (220, 140)


def water(frames: int, pace: float) -> list[np.ndarray]:
    """Waves that turn into others within about ten frames, in tone space, 0.3 to 0.6."""
    height, width = SIZE[1], SIZE[0]
    rng = np.random.default_rng(8)
    crests = [rng.standard_normal((height, width)).astype(np.float32) for _ in range(6)]
    crests = [cv2.GaussianBlur(one, (0, 0), 2.5) for one in crests]
    crests = [one / one.std() for one in crests]
    looks = []
    for i in range(frames):
        phases = [np.cos(pace * i + k * 2.1) for k in range(len(crests))]
        height_map = sum(phase * one for phase, one in zip(phases, crests, strict=True)) / np.sqrt(len(crests) / 2)
        looks.append(from_tone(np.repeat((0.45 + 0.05 * height_map)[..., None], 3, axis=-1)))
    return looks


def shot_with(lower: list[np.ndarray]) -> MovingShot:
    """A locked-off shot whose lower half is something else; a disc crosses it there."""
    shot = make(size=SIZE, frames=len(lower), step=(0.0, 0.0), radius=12, travel=16, grain=0.01)
    half = SIZE[1] // 3
    for number, picture in zip(shot.numbers, lower, strict=True):
        disc = shot.mattes[number] > 0
        shot.clean[number][half:] = picture[half:]
        plate = shot.plates[number]
        plate[half:][~disc[half:]] = picture[half:][~disc[half:]].astype(np.float16)
    return shot


def filled_of(shot: MovingShot) -> tuple[Repair, dict[int, Filled]]:
    with Repair(Settings(seed=1)) as repair:
        for number in shot.numbers:
            wanted = wanted_of(shot, number)
            repair.add(View(number, shot.plates[number], shot.box, wanted.mask.astype(np.uint8), wanted.box), wanted)
        return repair, {number: repair.fill(number) for number in shot.numbers}


def strength(picture: np.ndarray, mask: np.ndarray) -> float:
    """How much detail a picture has inside a mask."""
    luma = np.log2(np.maximum(picture.mean(-1), 1e-3))
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 6)
    return float(fine[cv2.erode(mask.astype(np.uint8), np.ones((7, 7))) > 0].std())


def test_water_that_turns_into_other_waves_keeps_its_contrast_and_comes_from_near_frames() -> None:
    shot = shot_with(water(12, pace=0.35))
    repair, filled = filled_of(shot)
    assert len(repair.restless) >= 10
    ratios = []
    for number, result in filled.items():
        assert result.moving > 0.5
        truth = shot.clean[number][result.box.slices_in(shot.box)]
        ratios.append(strength(result.rgb, result.mask) / strength(truth, result.mask))
        sources = result.source[result.mask & (result.source > 0)]
        assert np.median(np.abs(sources - number)) <= 3
    assert 0.85 < float(np.median(ratios)) < 1.15


def test_waves_that_come_again_are_taken_from_where_they_lie_alike() -> None:
    period = 5
    shot = shot_with(water(16, pace=2 * np.pi / period))
    _, filled = filled_of(shot)
    offsets = []
    for number, result in filled.items():
        shown = result.source[result.mask & (result.source > 0)] - number
        offsets.append(int(np.bincount(shown + 16).argmax()) - 16)
    assert all(offset % period == 0 for offset in offsets)


def test_a_source_as_far_off_as_the_one_before_goes_first_unless_it_fits_clearly_worse() -> None:
    assert order_of([0.02, 0.021, 0.03], [-2, 3, 5], None).tolist() == [0, 1, 2]
    assert order_of([0.02, 0.021, 0.03], [-2, 3, 5], 3).tolist() == [1, 0, 2]
    assert order_of([0.02, 0.021, 0.03], [-2, 3, 5], 5).tolist() == [0, 1, 2]


def test_a_still_background_is_fused_as_before_and_nobody_is_named() -> None:
    shot = make(size=SIZE, frames=8, radius=12, travel=12, grain=0.03)
    repair, filled = filled_of(shot)
    assert not repair.restless
    assert all(result.moving == 0 for result in filled.values())


def test_a_shadow_that_passes_is_no_moving_texture() -> None:
    shot = make(size=SIZE, frames=10, step=(0.0, 0.0), radius=12, travel=14, grain=0.01)
    ys, xs = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    for i, number in enumerate(shot.numbers):
        dark = 1 - 0.45 * np.exp(-(((xs - 20 - 18 * i) / 30) ** 2 + ((ys - 70) / 40) ** 2))
        disc = shot.mattes[number] > 0
        plate = shot.plates[number]
        plate[~disc] = (plate.astype(np.float32) * dark[..., None])[~disc].astype(np.float16)
    repair, filled = filled_of(shot)
    assert not repair.restless and max(result.moving for result in filled.values()) < 0.1


def test_looks_that_are_blurred_otherwise_are_not_taken_for_motion() -> None:
    height, width = 60, 70
    fine = cv2.GaussianBlur(np.random.default_rng(6).standard_normal((height, width)).astype(np.float32), (0, 0), 1.5)
    sharp = 0.45 + 0.1 * fine / fine.std()
    tones = [sharp] * 5 + [cv2.blur(sharp, (size, 1)) for size in (7, 9, 11, 13, 9, 7)]
    looks = np.stack([from_tone(np.repeat(one.reshape(-1, 1), 3, axis=1)) for one in tones]).astype(np.float32)
    valid = np.ones(looks.shape[:2], np.uint8)
    rows, columns = np.divmod(np.arange(height * width), width)
    places = Places.of(rows, columns)
    trust = np.float32([1.0] * 5 + [0.1] * 6)
    with ThreadPoolExecutor(2) as pool:
        fused = judged(fuse(looks, valid, trust, np.ones(11, np.float32)), looks, valid, places, pool)
        assert moves(fused, looks, valid, np.ones(11, np.float32), places, pool).mean() > 0.9
        assert not moves(fused, looks, valid, trust, places, pool).any()
