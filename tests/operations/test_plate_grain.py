"""The plate's grain is measured through texture and motion: what the neighbour shows too is no grain."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from platewright.contract.takes import FileHash
from platewright.contract.windows import EMPTY, Box
from platewright.operations.finishing import Made
from platewright.operations.plate_grain import EVERY, PlateGrain, alike_sampled, measure_around
from platewright.operations.shot import ShotFrame
from platewright.synthesis.draft import Filled
from platewright.synthesis.motion import Chain

from ..moving_shot import background

Picture = npt.NDArray[np.float32]

HEIGHT, WIDTH, MARGIN = 300, 400, 40
SLOPE, FLOOR, SIGMA = np.float32(0.001), np.float32(4e-6), (0.5, 0.55, 0.75)
LEVELS = np.array([[0.1], [0.25], [0.6]], np.float32).repeat(3, 1)


def filmed(clean: Picture, seed: int) -> Picture:
    """With film-like grain: variance SLOPE * L + FLOOR, blurred by SIGMA pixels."""
    random = np.random.default_rng(seed)
    grain = [cv2.GaussianBlur(random.standard_normal(clean.shape[:2], np.float32), (0, 0), sigma) for sigma in SIGMA]
    return clean + np.dstack([part / part.std() for part in grain]) * np.sqrt(SLOPE * clean + FLOOR)


def frame(number: int, picture: Picture) -> ShotFrame:
    """A frame of a shot with nothing to be done in it."""
    nothing = FileHash(f"plate.{number}.exr", 0, "0" * 64)
    box = Box.of_size(WIDTH, HEIGHT)
    return ShotFrame(number, picture, box, nothing, {}, np.zeros((0, 0), np.float32), EMPTY, None)


def seen_from(world: Picture, x: float, y: float, swell: float = 0.0) -> Picture:
    """The world as a camera at an offset sees it, through a lens that swells towards the corners."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    across, down = columns / WIDTH - np.float32(0.5), rows / HEIGHT - np.float32(0.5)
    more = np.float32(swell) * (across**2 + down**2)
    places = (
        columns + MARGIN + np.float32(x) + WIDTH * across * more,
        rows + MARGIN + np.float32(y) + HEIGHT * down * more,
    )
    return np.asarray(cv2.remap(world, *places, cv2.INTER_LANCZOS4), np.float32)


def blurs() -> Picture:
    """The kernels that make the grain of `filmed` from white noise, `(3, 9, 9)`, of energy 1."""
    rows = [cv2.getGaussianKernel(9, sigma) for sigma in SIGMA]
    return np.stack([row @ row.T / (row**2).sum() for row in rows]).astype(np.float32)


def finest_part(kernels: Picture) -> Picture:
    """Share of the grain's variance that a blur of 0.7 pixels takes away altogether, `(3,)`."""
    wide = np.pad(kernels, ((0, 0), (12, 12), (12, 12)))
    fine = np.stack([kernel - cv2.GaussianBlur(kernel, (0, 0), 0.7) for kernel in wide])
    return np.asarray((fine**2).sum((1, 2)))


@pytest.mark.parametrize("finest", [3.0, 9.0])
@pytest.mark.parametrize(("step", "swell"), [((0.0, 0.0), 0.0), ((3.4, -1.3), 0.0), ((5.0, 2.5), 0.02)])
def test_the_grain_of_a_textured_plate_is_told_from_its_texture(
    step: tuple[float, float], swell: float, finest: float
) -> None:
    world = background(HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, finest=finest)
    here = frame(1001, filmed(seen_from(world, 0, 0), 1))
    there = frame(1002, filmed(seen_from(world, *step, swell), 2))
    motion = np.array([[1, 0, -step[0]], [0, 1, -step[1]], [0, 0, 1.0]])
    model = measure_around(here, Box(150, 100, 250, 200), [(there, motion)])
    assert model.reliable
    np.testing.assert_allclose(model.variance(LEVELS), SLOPE * LEVELS + FLOOR, rtol=0.1)
    np.testing.assert_allclose(finest_part(model.kernel), finest_part(blurs()), rtol=0.05)


def test_texture_as_fine_as_the_pixels_is_no_grain_where_frames_sample_it_alike() -> None:
    """No look-up brings back what a frame sampled elsewhere; through a lens some places are sampled alike."""
    world = background(HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, finest=3.0)
    fine = cv2.GaussianBlur(np.random.default_rng(7).standard_normal(world.shape[:2], np.float32), (0, 0), 0.7)
    world = world * np.exp(fine / fine.std() * np.float32(0.3))[..., None]
    here = frame(1001, filmed(seen_from(world, 0, 0), 1))
    there = frame(1002, filmed(seen_from(world, 5.0, 2.5, 0.04), 2))
    motion = np.array([[1, 0, -5.0], [0, 1, -2.5], [0, 0, 1.0]])
    model = measure_around(here, Box(150, 100, 250, 200), [(there, motion)])
    assert model.reliable
    ratios = model.variance(LEVELS) / (SLOPE * LEVELS + FLOOR)
    assert float(ratios.mean()) == pytest.approx(1, abs=0.07)
    np.testing.assert_allclose(ratios, 1, atol=0.15)
    np.testing.assert_allclose(finest_part(model.kernel), finest_part(blurs()), rtol=0.05)


def test_where_water_moves_all_around_the_grain_is_measured_farther_away() -> None:
    height, width, shore = 320, 760, 420
    ground = background(height, width, finest=6.0)
    dice = np.random.default_rng(5)
    rough, *waves = (
        cv2.GaussianBlur(dice.standard_normal((height, width), np.float32), (0, 0), by) for by in (9, 2, 2)
    )
    frames = []
    for k, wave in enumerate(waves):
        swell = np.minimum(np.float32(0.3) * np.exp(rough / rough.std()) * wave / wave.std(), 1.5)
        swell[:, shore:] = 0
        picture = filmed(ground * np.exp(swell)[..., None], 31 + k)
        frames.append(replace(frame(1001 + k, picture), box=Box.of_size(width, height)))
    law, region, beside = SLOPE * LEVELS + FLOOR, Box(120, 110, 200, 210), [(frames[1], np.eye(3))]
    water = replace(frames[0], linear=frames[0].linear[:, :shore], box=Box.of_size(shore, height))
    near, far = (measure_around(one, region, beside) for one in (water, frames[0]))
    assert (near.variance(LEVELS) > 1.3 * law).all()  # there is nothing quieter
    assert far.reliable and far.patches > near.patches
    np.testing.assert_allclose(far.variance(LEVELS), law, rtol=0.1)


def test_what_was_measured_in_other_light_counts_too_until_the_stock_may_be_another() -> None:
    known, place = PlateGrain(), Box(150, 100, 250, 200)
    wall = np.linspace(0.5, 1.5, WIDTH, dtype=np.float32)[:, None] * np.ones((HEIGHT, WIDTH, 3), np.float32)
    dark, bright = frame(1001, filmed(wall * np.float32(0.02), 3)), frame(1013, filmed(wall * np.float32(0.5), 4))
    alone = known.of(dark, place, [], True)
    assert known.of(bright, place, [], False) is alone  # not yet measured again
    for _ in range(EVERY - 2):
        known.of(bright, place, [], False)
    both = known.of(bright, place, [], False)
    assert both.patches > alone.patches
    for level in (0.02, 0.5):
        at = np.full((1, 3), level, np.float32)
        np.testing.assert_allclose(both.variance(at), SLOPE * at + FLOOR, rtol=0.1)
    assert known.of(dark, place, [], True).patches == alone.patches


def test_without_a_neighbour_the_quiet_places_say_it() -> None:
    clean = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    model = measure_around(frame(1001, filmed(clean, 3)), Box(150, 100, 250, 200), [])
    np.testing.assert_allclose(model.variance(LEVELS[:1] * 2), SLOPE * 2 * LEVELS[:1] + FLOOR, rtol=0.1)


def test_a_rendered_plate_without_grain_is_measured_as_having_none() -> None:
    world = np.full((HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, 3), 0.3, np.float32)
    world[:, : WIDTH // 3] = background(HEIGHT + 2 * MARGIN, WIDTH // 3)
    here, there = frame(1001, seen_from(world, 0, 0)), frame(1002, seen_from(world, 0.5, 0.5))
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    model = measure_around(here, Box(150, 100, 250, 200), [(there, half)])
    assert (np.sqrt(model.variance(LEVELS)) < 1e-4 * LEVELS).all()


def test_a_neighbour_that_shows_nothing_of_it_measures_nothing() -> None:
    clean = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    away = np.array([[1, 0, 5000.0], [0, 1, 0], [0, 0, 1.0]])
    model = measure_around(frame(1001, filmed(clean, 3)), Box(150, 100, 250, 200), [(frame(1002, clean), away)])
    assert not model.reliable


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (40, 5)])
def test_a_plate_of_a_few_pixels_with_nan_is_measured_as_unknown(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(3).random((size[1], size[0], 3), np.float32)
    picture[0, 0] = np.nan
    nothing, box = FileHash("plate.1.exr", 0, "0" * 64), Box.of_size(*size)
    here = ShotFrame(1, picture, box, nothing, {}, np.zeros((0, 0), np.float32), EMPTY, None)
    half = np.array([[1, 0, 0.4], [0, 1, 0.3], [0, 0, 1.0]])
    assert not measure_around(here, box, [(here, half)]).reliable


def pixel_steps(*steps: tuple[float, float]) -> list[tuple[ShotFrame, npt.NDArray[np.float64]]]:
    """Frames that lie so many pixels off, the nearest first."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    motions = [np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]]) for x, y in steps]
    return [(frame(1002 + k, picture), motion) for k, motion in enumerate(motions)]


@pytest.mark.parametrize(
    ("steps", "chosen"),
    [
        ([(3.5, 0.5), (7.1, 0.0), (10.5, 1.0)], 1003),  # on the pixels, and not between them
        ([(3.5, 0.5), (7.4, 0.5), (10.6, 0.5)], 1002),  # none is clearly better: the nearest
        ([(0.0, 0.0), (0.01, 0.0), (0.0, 0.0)], 1002),  # a locked-off shot
        ([(0.5, 0.5), (900.0, 0.0)], 1002),  # it shows nothing of the place
    ],
)
def test_grain_is_measured_against_a_frame_that_sampled_the_texture_alike(
    steps: list[tuple[float, float]], chosen: int
) -> None:
    here = frame(1001, np.zeros((HEIGHT, WIDTH, 3), np.float32))
    found = alike_sampled(here, Box(150, 100, 250, 200), pixel_steps(*steps))
    assert found is not None and found[0].number == chosen


def test_a_made_frame_goes_with_those_beside_it_to_measure_its_grain_against() -> None:
    near = pixel_steps((3.5, 0.5), (7.1, 0.0), (900.0, 0.0))
    motions = {other.number: motion for other, motion in near[:2]}  # nothing leads to the third

    class Motions(Chain):
        def between(self, target: int, source: int) -> npt.NDArray[np.float64] | None:
            return motions.get(source)

    here, box = frame(1001, np.zeros((HEIGHT, WIDTH, 3), np.float32)), Box(150, 100, 250, 200)
    flat, whole = np.zeros((100, 100), np.float32), np.ones((100, 100), bool)
    nothing = np.zeros(flat.shape, np.uint8)
    rgb, source = np.zeros((100, 100, 3), np.float32), nothing.astype(np.int32)
    filled = Filled(box, whole, rgb, nothing, source, flat, flat, (), True)
    made = Made.of(here, filled, flat, Motions(), None, [other for other, _ in near])
    assert [other.number for other, _ in made.beside] == [1002, 1003]
    assert all(np.array_equal(motion, motions[other.number]) for other, motion in made.beside)


def test_a_frame_alone_is_measured_against_none() -> None:
    here = frame(1001, np.zeros((HEIGHT, WIDTH, 3), np.float32))
    assert alike_sampled(here, Box(150, 100, 250, 200), []) is None


def test_what_moves_in_half_of_a_picture_does_not_hide_what_a_look_up_does_to_the_other() -> None:
    """Fine texture adds to a difference between pixels, and what moves by itself adds far more."""
    world = background(HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, finest=3.0)
    fine = cv2.GaussianBlur(np.random.default_rng(1).standard_normal(world.shape[:2], np.float32), (0, 0), 0.7)
    world = world * np.exp(fine / fine.std() * np.float32(0.3))[..., None]
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)

    def rippled(x: float, y: float, seed: int) -> Picture:
        dice = np.random.default_rng(seed)
        across, down = (cv2.GaussianBlur(dice.standard_normal(rows.shape, np.float32), (0, 0), 12) for _ in "xy")
        sea = np.float32(2.0) * (rows > 0.4 * HEIGHT)
        x_there = columns + MARGIN + np.float32(x) + sea * across / across.std()
        y_there = rows + MARGIN + np.float32(y) + sea * down / down.std()
        return filmed(cv2.remap(world, x_there, y_there, cv2.INTER_LANCZOS4), seed)

    here, there = frame(1001, rippled(0, 0, 11)), frame(1002, rippled(3.4, -1.3, 12))
    motion = np.array([[1, 0, -3.4], [0, 1, 1.3], [0, 0, 1.0]])
    model = measure_around(here, Box(150, 100, 250, 200), [(there, motion)])
    assert model.reliable
    assert float((model.variance(LEVELS) / (SLOPE * LEVELS + FLOOR)).mean()) == pytest.approx(1, abs=0.12)
