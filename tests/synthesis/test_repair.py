"""The generator brings back what other frames saw, says where from, and gives the same bits every time."""

from __future__ import annotations

import cv2
import numba
import numpy as np
import pytest

from platewright.contract.errors import SynthesisError
from platewright.contract.windows import Box
from platewright.synthesis.carried import Canvas
from platewright.synthesis.draft import FROM_FRAMES, GIVEN, SYNTHESISED, Filled, Wanted
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import MovingShot, make, psnr


def wanted_of(shot: MovingShot, number: int) -> Wanted:
    rows, columns = np.nonzero(shot.mattes[number] > 0)
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    return Wanted(box, shot.mattes[number][box.slices_in(shot.box)] > 0)


def fill_all(
    shot: MovingShot, settings: Settings | None = None, given: list[Canvas] | None = None
) -> dict[int, Filled]:
    with Repair(settings or Settings(seed=4), given=given or []) as repair:
        for number in shot.numbers:
            wanted = wanted_of(shot, number)
            repair.add(View(number, shot.plates[number], shot.box, wanted.mask.astype(np.uint8), wanted.box), wanted)
        return {number: repair.fill(number) for number in shot.numbers}


def score(shot: MovingShot, filled: Filled, number: int) -> float:
    truth = shot.clean[number][filled.box.slices_in(shot.box)]
    return psnr(filled.rgb[filled.mask], truth[filled.mask])


def test_a_pan_brings_back_the_hidden_background_to_a_fraction_of_an_8_bit_step() -> None:
    shot = make()
    filled = fill_all(shot)
    assert min(score(shot, result, number) for number, result in filled.items()) > 38
    for number, result in filled.items():
        assert (result.kind[result.mask] == FROM_FRAMES).mean() > 0.99
        assert number not in result.sources and set(result.sources) <= set(shot.numbers)


def test_a_locked_off_shot_gives_back_the_very_bits_of_another_frame() -> None:
    shot = make(step=(0.0, 0.0))
    for number, result in fill_all(shot).items():
        truth = shot.plates[number].astype(np.float32)
        clean = shot.clean[number].astype(np.float16).astype(np.float32)[result.box.slices_in(shot.box)]
        seen = result.mask & (result.kind == FROM_FRAMES)
        assert seen.sum() > 0.95 * result.mask.sum()
        assert np.array_equal(result.rgb[seen], clean[seen])
        assert not np.array_equal(truth[result.box.slices_in(shot.box)][seen], clean[seen])


def test_drifting_exposure_is_taken_out_of_what_is_brought_in() -> None:
    shot = make(drift=1.0)
    assert min(score(shot, result, number) for number, result in fill_all(shot).items()) > 36


def test_grain_is_averaged_and_the_lack_of_it_is_told() -> None:
    shot = make(grain=0.05, step=(0.0, 0.0), frames=10)
    result = fill_all(shot)[1005]
    lacking = result.lacking[result.mask & (result.kind == FROM_FRAMES)]
    assert 0.5 < float(np.median(lacking)) < 0.95


def test_pixels_outside_the_mask_stay_the_plate_s() -> None:
    shot = make(grain=0.03)
    for number, result in fill_all(shot).items():
        plate = shot.plates[number].astype(np.float32)[result.box.slices_in(shot.box)]
        assert np.array_equal(result.rgb[~result.mask], plate[~result.mask])


def test_what_nobody_saw_is_synthesised_once_and_carried_along() -> None:
    shot = make(travel=3.3 * -1, step=(3.3, 0.0), frames=6)  # the disc sticks to the background
    filled = fill_all(shot)
    made = [result for result in filled.values() if (result.kind == SYNTHESISED).any()]
    assert len(made) == len(filled)
    references = {int(number) for result in made for number in np.unique(result.source[result.kind == SYNTHESISED])}
    assert len(references) <= 2
    assert all(result.confidence[result.kind == SYNTHESISED].max() <= 0.5 for result in made)
    assert all(np.isfinite(result.rgb).all() for result in made)


def test_a_single_frame_is_synthesised_from_its_own_surround() -> None:
    shot = make(frames=1)
    result = fill_all(shot)[1001]
    assert (result.kind[result.mask] == SYNTHESISED).all()
    assert np.isfinite(result.rgb).all()


def test_a_matte_that_leaves_nothing_is_refused() -> None:
    plate = np.full((24, 32, 3), 0.2, np.float16)
    box = Box.of_size(32, 24)
    mask = np.ones((24, 32), bool)
    with Repair(Settings()) as repair, pytest.raises(SynthesisError) as caught:
        repair.add(View(7, plate, box, mask.astype(np.uint8), box), Wanted(box, mask))
        repair.fill(7)
    assert caught.value.code == "nothing_to_copy" and caught.value.frame == 7


def test_an_anchor_is_obeyed_to_the_bit_on_its_frame_and_followed_on_the_others() -> None:
    shot = make(frames=6)
    painted = np.full((*shot.mattes[1003].shape, 3), (0.9, 0.1, 0.4), np.float32)
    picture = np.where((shot.mattes[1003] > 0)[..., None], painted, shot.clean[1003])
    anchor = Canvas.from_artist(1003, picture, shot.box, shot.mattes[1003] > 0)
    filled = fill_all(shot, given=[anchor])
    own = filled[1003]
    assert (own.kind[own.mask] == GIVEN).all()
    assert np.array_equal(own.rgb[own.mask], painted[own.box.slices_in(shot.box)][own.mask])
    follower = filled[1004]
    followed = follower.kind == GIVEN
    assert followed.mean() > 0.3
    assert abs(np.median(follower.rgb[followed], axis=0) - painted[0, 0]).max() < 0.01


def test_a_clean_plate_of_a_locked_off_shot_is_obeyed_to_the_bit() -> None:
    shot = make(step=(0.0, 0.0), frames=4)
    plate = shot.clean[1001].copy()
    plate[40:56, 60:100] = (0.25, 0.5, 0.75)
    given = Canvas.from_artist(1001, plate, shot.box, np.ones(plate.shape[:2], bool), unplaced=True)
    for number, result in fill_all(shot, given=[given]).items():
        assert (result.kind[result.mask] == GIVEN).all(), number
        assert np.array_equal(result.rgb[result.mask], plate[result.box.slices_in(shot.box)][result.mask])


def test_nothing_is_carried_across_a_cut() -> None:
    shot = make(frames=4)
    other = make(frames=4, first=1005)
    mirrored = {number: plate[::-1, ::-1].copy() for number, plate in other.plates.items()}
    cut = MovingShot(
        {**shot.plates, **mirrored},
        {**shot.clean, **{number: plate[::-1, ::-1] for number, plate in other.clean.items()}},
        {**shot.mattes, **other.mattes},
        shot.step,
    )
    with Repair(Settings()) as repair:
        for number in cut.numbers:
            wanted = wanted_of(cut, number)
            repair.add(View(number, cut.plates[number], cut.box, wanted.mask.astype(np.uint8), wanted.box), wanted)
        assert repair.cuts == [1005] and not repair.lost
        assert max(repair.fill(1004).sources) <= 1004
        assert min(repair.fill(1005).sources, default=1005) >= 1005


def test_the_same_bits_whatever_the_number_of_threads() -> None:
    shot = make(grain=0.03, frames=5)
    results = []
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
        results.append(fill_all(shot, Settings(seed=9, threads=threads)))
    for number in shot.numbers:
        assert results[0][number].rgb.tobytes() == results[1][number].rgb.tobytes()
        assert results[0][number].source.tobytes() == results[1][number].source.tobytes()


def test_only_the_window_is_held() -> None:
    shot = make(frames=6)
    with Repair(Settings(window=3)) as repair:
        for number in shot.numbers:
            wanted = wanted_of(shot, number)
            repair.add(View(number, shot.plates[number], shot.box, wanted.mask.astype(np.uint8), wanted.box), wanted)
        for number in shot.numbers[:3]:
            repair.forget(number)
        assert min(repair.fill(1005).sources) >= 1004
