"""Waves that run over a picture are told around the hole, go on behind it, and are used only where they prove it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.imaging.tone import to_tone
from platewright.operations.window import slide
from platewright.synthesis.choices import Choices
from platewright.synthesis.draft import Filled
from platewright.synthesis.few_waves import Told, WaveField
from platewright.synthesis.motion import Chain
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.still_picture import CELL
from platewright.synthesis.views import View
from platewright.synthesis.waves import Waves, waves_of
from platewright.synthesis.waving import Waving
from tests.moving_shot import MovingShot
from tests.rippled_shot import displaced, rippled
from tests.synthesis.test_moving import shot_with, water
from tests.synthesis.test_repair import wanted_of

HEIGHT = 1.3


@pytest.fixture(scope="module")
def shot() -> MovingShot:
    return rippled(height=HEIGHT)


def views_of(shot: MovingShot) -> tuple[dict[int, View], Chain]:
    chain, views = Chain(), {}
    for number in shot.numbers:
        views[number] = view_of(shot, number)
        chain.add(views[number])
    return views, chain


def view_of(shot: MovingShot, number: int) -> View:
    wanted = wanted_of(shot, number)
    return View(number, shot.plates[number], shot.box, wanted.mask.astype(np.uint8), wanted.box)


def filled_of(shot: MovingShot, settings: Settings) -> tuple[Repair, dict[int, Filled]]:
    """As regenerate does it: frames come and go with the window."""
    views = (view_of(shot, number) for number in shot.numbers)
    with Repair(settings) as repair:

        def enter(view: View) -> Callable[[], None]:
            return repair.adding(lambda: (view, wanted_of(shot, view.number)))

        passing = slide(views, len(shot.numbers), settings.window, enter, repair.forget)
        return repair, {view.number: repair.fill(view.number) for view, _ in passing}


def off(shot: MovingShot, filled: dict[int, Filled]) -> float:
    """Root of the mean square error inside the mattes, in tone space."""
    squares = []
    for number, result in filled.items():
        truth = shot.clean[number][result.box.slices_in(shot.box)]
        squares.append(np.square(to_tone(result.rgb) - to_tone(truth))[result.mask].ravel())
    return float(np.sqrt(np.concatenate(squares).mean()))


def test_a_field_goes_on_behind_a_hole_as_the_waves_around_it_do() -> None:
    frames, high, wide = 12, 24, 30
    t, y, x = np.mgrid[0:frames, 0:high, 0:wide].astype(np.float32)
    truth = np.stack([np.sin(0.8 * y + 0.3 * x + 0.9 * t), 0.7 * np.cos(0.5 * x - 0.4 * y - 0.6 * t)], -1)
    dice = np.random.default_rng(2)
    how = np.zeros((frames, high, wide, 3), np.float32)
    how[..., 0], how[..., 2] = dice.uniform(0.5, 2, (2, frames, high, wide))
    how[..., 1] = 0.3 * np.sqrt(how[..., 0] * how[..., 2])
    told = Told(how, np.zeros_like(truth), 0.02)
    told = Told(how, told.after(truth) + dice.normal(0, 0.1, truth.shape).astype(np.float32), 0.02)
    hole = np.hypot(x - 10 - t, y - 12) < 5
    field = WaveField(told.cells).follow(told.of(~hole), 6)
    assert np.sqrt(np.square(field - truth)[hole].mean()) < 0.15
    assert told.explained(field, hole) > 0.9
    assert WaveField(told.cells).follow(told.of(~hole), 6).tobytes() == field.tobytes()


def test_what_goes_by_no_wave_is_not_told_behind_a_hole() -> None:
    dice = np.random.default_rng(3)
    how = np.zeros((10, 20, 24, 3), np.float32)
    how[..., 0] = how[..., 2] = 1
    told = Told(how, dice.standard_normal((10, 20, 24, 2)).astype(np.float32), 0.1)
    hole = np.zeros((10, 20, 24), bool)
    hole[:, 6:14, 8:16] = True
    assert told.explained(WaveField(told.cells).follow(told.of(~hole), 6), hole) < 0.1
    nothing = told.of(np.zeros_like(hole))
    assert not WaveField(told.cells).follow(nothing, 2).any()


def test_waves_lead_to_where_other_frames_show_a_hidden_pixel(shot: MovingShot) -> None:
    views, chain = views_of(shot)
    box = Box(20, 20, 240, 150)
    waves = waves_of(views, chain, 1001, box)
    assert waves is not None
    target = 1006
    mask = shot.mattes[target] > 0
    rows, columns = np.nonzero(mask)
    lead = waves.leading(target, columns.astype(np.int32), rows.astype(np.int32))
    for source in (1003, 1009):
        xs, ys = lead(source)
        right, down = displaced(columns, rows, target - 1001, HEIGHT)
        steps = np.array(shot.step) * (target - source)
        u, v = columns + right + steps[0], rows + down + steps[1]
        x, y = u, v
        for _ in range(20):
            more, lower = displaced(x, y, source - 1001, HEIGHT)
            x, y = u - more, v - lower
        apart = np.hypot(xs - x, ys - y)
        assert np.median(apart) < 0.15 and np.percentile(apart, 95) < 0.4
        still = np.hypot(u - x, v - y)
        assert np.median(still) > 1.0  # what it would have been without
    outside = waves.leading(target, np.array([5, 250], np.int32), np.array([80, 80], np.int32))(1007)
    assert np.isnan(outside).all()


def test_hidden_ripples_come_back_as_they_were(shot: MovingShot) -> None:
    repair, filled = filled_of(shot, Settings(seed=1))
    plain, without = filled_of(shot, Settings(seed=1, choices=Choices(moving_texture=False)))
    _, taken = filled_by_taking(shot)
    assert repair.waved == shot.numbers and not repair.restless
    assert not plain.waved
    assert off(shot, filled) < 0.4 * min(off(shot, without), off(shot, taken))
    for number, result in filled.items():
        outside = ~result.mask
        plate = shot.plates[number].astype(np.float32)[result.box.slices_in(shot.box)]
        np.testing.assert_array_equal(result.rgb[outside], plate[outside])


def filled_by_taking(shot: MovingShot) -> tuple[Repair, dict[int, Filled]]:
    """As before there were waves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Waving, "at", lambda *_: None)
        repair, filled = filled_of(shot, Settings(seed=1))
    assert repair.restless and not repair.waved
    return repair, filled


def test_ripples_that_move_points_as_depth_would_are_no_depth() -> None:
    shot = rippled(size=(420, 260), radius=24, height=2.4, longer=2.0)
    repair, filled = filled_of(shot, Settings(seed=1))
    deep, without = filled_of(shot, Settings(seed=1, choices=Choices(depth="on")))
    assert repair.waved == shot.numbers and not deep.waved
    assert off(shot, filled) < 0.3 * off(shot, without)


@pytest.mark.parametrize(("height", "longer", "most"), [(2.6, 2.0, 0.005), (1.3, 1.0, 0.006)])
def test_on_a_wide_plate_waves_are_told_coarsely_and_then_finely(height: float, longer: float, most: float) -> None:
    shot = rippled(size=(1600, 300), frames=9, radius=40, travel=14.0, step=(4.0, 0.0), height=height, longer=longer)
    repair, filled = filled_of(shot, Settings(seed=1))
    assert repair.waved == shot.numbers
    assert off(shot, filled) < most
    views, chain = views_of(shot)
    waves = waves_of(views, chain, 1005, Box(600, 60, 1001, 241))
    assert waves is not None and waves.cell == CELL


def test_the_window_slides_over_waves_and_any_number_of_threads_gives_the_same_bits() -> None:
    shot = rippled(frames=20, travel=5.0)
    one, two = (filled_of(shot, Settings(seed=1, window=12, threads=threads)) for threads in (1, 2))
    assert len(one[0].waved) >= 18
    for number in shot.numbers:
        np.testing.assert_array_equal(one[1][number].rgb, two[1][number].rgb)
    assert off(shot, one[1]) < 0.4 * off(shot, filled_by_taking(shot)[1])


@pytest.mark.parametrize("pace", [0.35, 2 * np.pi / 5])
def test_water_that_turns_into_other_waves_proves_none(pace: float) -> None:
    shot = shot_with(water(12, pace))
    views, chain = views_of(shot)
    assert waves_of(views, chain, 1001, Box(30, 30, 190, 120)) is None


def test_few_frames_frames_of_other_sizes_and_too_few_or_many_cells_prove_none(
    shot: MovingShot, monkeypatch: pytest.MonkeyPatch
) -> None:
    views, chain = views_of(shot)
    box = Box(20, 20, 240, 150)
    few = {number: views[number] for number in shot.numbers[:6]}
    assert waves_of(few, chain, 1001, box) is None
    assert waves_of(views, chain, 1001, shot.box.grown(8)) is None
    assert waves_of(views, chain, 1001, Box(20, 20, 240, 21)) is None
    monkeypatch.setattr("platewright.synthesis.waves.FINE", 30)  # eight pixels of the plate a side
    assert waves_of(views, chain, 1001, Box(20, 20, 240, 24)) is None
    monkeypatch.undo()
    monkeypatch.setattr("platewright.synthesis.waves.MOST_CELLS", 10_000)
    assert waves_of(views, chain, 1001, box) is None


def test_waves_are_told_anew_when_less_than_half_of_their_frames_are_left(
    shot: MovingShot, monkeypatch: pytest.MonkeyPatch
) -> None:
    views, chain = views_of(shot)
    wanted = {number: wanted_of(shot, number) for number in shot.numbers}
    asked: list[list[int]] = []

    def told(some: dict[int, View], _: Chain, target: int, box: Box) -> Waves:
        asked.append(sorted(some))
        eye = np.eye(3)
        cells = np.zeros((-(-box.height // CELL), -(-box.width // CELL), 2), np.float32)
        return Waves(box, CELL, dict.fromkeys(some, cells), dict.fromkeys(some, eye))

    monkeypatch.setattr("platewright.synthesis.waving.waves_of", told)
    waving = Waving()
    for first in range(6):
        window = shot.numbers[first : first + 6]
        some = {number: views[number] for number in window}
        found = waving.at(window[2], some, {number: wanted[number] for number in window}, chain)
        assert found is not None and window[2] in found.fields
    assert [numbers[0] for numbers in asked] == [1001, 1005]
