"""A cut splits the shot and nothing crosses it; flashes, whip pans and what wipes the frame are no cuts."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.cuts import continuity
from platewright.synthesis.draft import FROM_FRAMES, SYNTHESISED, Filled
from platewright.synthesis.motion import Chain, Link
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import MovingShot, background, make
from tests.synthesis.test_repair import wanted_of

Picture = npt.NDArray[np.float32]
SIZE = (200, 120)


def world(seed: int) -> Picture:
    return background(400, 900, seed=seed, finest=3.0)


def through(picture: Picture, x: float, y: float = 60.0) -> Picture:
    """What a camera sees at a place of the world, `(120, 200, 3)`."""
    ys, xs = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    return cv2.remap(picture, xs + np.float32(x), ys + np.float32(y), cv2.INTER_CUBIC)


def view_of(number: int, picture: Picture) -> View:
    height, width = picture.shape[:2]
    return View(number, picture.astype(np.float16), Box.of_size(width, height), np.zeros((0, 0), np.uint8), EMPTY)


def links(pictures: list[Picture]) -> tuple[Chain, list[Link]]:
    chain = Chain()
    return chain, [chain.add(view_of(number, picture)) for number, picture in enumerate(pictures)]


def joined(first: MovingShot, *others: MovingShot) -> MovingShot:
    """One shot after the other, numbered through."""
    plates, clean, mattes = dict(first.plates), dict(first.clean), dict(first.mattes)
    for shot in others:
        for number in shot.numbers:
            new = max(plates) + 1
            plates[new], clean[new], mattes[new] = shot.plates[number], shot.clean[number], shot.mattes[number]
    return MovingShot(plates, clean, mattes, first.step)


def other_set_up(frames: int) -> MovingShot:
    """Another picture altogether: the same shot upside down, mirrored and in other colours."""
    shot = make(frames=frames)
    plates = {k: np.ascontiguousarray(p[::-1, ::-1, ::-1]) for k, p in shot.plates.items()}
    clean = {k: np.ascontiguousarray(p[::-1, ::-1, ::-1]) for k, p in shot.clean.items()}
    mattes = {k: np.ascontiguousarray(p[::-1, ::-1]) for k, p in shot.mattes.items()}
    return MovingShot(plates, clean, mattes, shot.step)


def fill_all(shot: MovingShot) -> tuple[Repair, dict[int, Filled]]:
    with Repair(Settings(seed=4)) as repair:
        for number in shot.numbers:
            wanted = wanted_of(shot, number)
            repair.add(View(number, shot.plates[number], shot.box, wanted.mask.astype(np.uint8), wanted.box), wanted)
        return repair, {number: repair.fill(number) for number in shot.numbers}


@pytest.mark.parametrize("seed", range(8))
def test_a_hard_cut_is_found_at_its_frame_and_nowhere_else(seed: int) -> None:
    first, second = world(seed), world(100 + seed)
    pictures = [through(first, 20 + 4 * i) for i in range(4)] + [through(second, 90 - 3 * i) for i in range(4)]
    chain, found = links(pictures)
    assert found == [Link.HELD] * 4 + [Link.CUT] + [Link.HELD] * 3
    assert chain.between(3, 4) is None and chain.between(0, 3) is not None and chain.between(4, 7) is not None


def test_after_a_cut_back_to_the_first_set_up_the_pieces_stay_apart() -> None:
    first, second = world(1), world(2)
    pictures = [through(first, 20 + i) for i in range(3)] + [through(second, 50)]
    pictures += [through(first, 23 + i) for i in range(2)]
    chain, found = links(pictures)
    assert [k for k, link in enumerate(found) if link is Link.CUT] == [3, 4]
    assert chain.between(2, 4) is None and len({chain.scene(k) for k in range(6)}) == 3


@pytest.mark.parametrize("stops", [2.5, 5.0, 20.0])
def test_a_flash_is_no_cut_and_what_comes_after_it_hangs_on_what_was_before(stops: float) -> None:
    pictures = [through(world(5), 20 + 3 * i) for i in range(6)]
    pictures[3] = np.minimum(pictures[3] * np.float32(2.0**stops), np.float32(12.0))
    chain, found = links(pictures)
    assert Link.CUT not in found
    motion = chain.between(2, 5)
    assert motion is not None
    corners = np.array([[x, y, 1.0] for x in (0, 199) for y in (0, 119)]).T
    there = motion @ corners
    assert np.allclose(there[:2] / there[2] - corners[:2], [[-9], [0]], atol=0.3)


def test_black_frames_before_another_set_up_don_t_hide_the_cut() -> None:
    pictures = [through(world(5), 20 + 3 * i) for i in range(3)] + [np.zeros((120, 200, 3), np.float32)] * 2
    pictures += [through(world(6), 20 + 3 * i) for i in range(3)]
    chain, found = links(pictures)
    assert [k for k, link in enumerate(found) if link is Link.CUT] == [5]
    assert chain.between(2, 5) is None


@pytest.mark.parametrize("pace", [40.0, 70.0, 100.0])
def test_a_whip_pan_smeared_by_its_own_speed_is_no_cut(pace: float) -> None:
    scene, at, pictures = world(7), 20.0, []
    for step in (3.0, pace, pace, pace, 3.0, 3.0):
        looks = [through(scene, at + step * t * 0.5) for t in np.linspace(0, 1, 16)]
        pictures.append(np.mean(looks, axis=0).astype(np.float32))
        at += step
    assert Link.CUT not in links(pictures)[1]


def test_what_wipes_the_whole_frame_is_no_cut() -> None:
    truck, scene, pictures = world(9), world(8), []
    for i in range(12):
        picture = through(scene, 30 + 2 * i)
        edge = int(round(-260 + 45 * i))
        passing = through(truck, 500 - 45 * i)
        columns = np.arange(SIZE[0])
        hides = (columns >= edge) & (columns < edge + 260)
        pictures.append(np.where(hides[None, :, None], passing, picture))
    assert Link.CUT not in links(pictures)[1]


def test_featureless_frames_are_neither_cut_nor_found_again() -> None:
    plain = view_of(1, np.full((120, 200, 3), 0.2, np.float32))
    seen = continuity(plain, view_of(2, through(world(3), 40)))
    assert seen.blank and not seen.holds


def test_no_frame_across_a_cut_lends_pixels_or_inventions() -> None:
    first, second = make(frames=6), other_set_up(6)
    together = joined(first, second)
    repair, filled = fill_all(together)
    _, alone = fill_all(first)
    assert repair.cuts == [1007] and not repair.lost
    for number, result in filled.items():
        mine = range(1001, 1007) if number < 1007 else range(1007, 1013)
        assert set(result.sources) <= set(mine)
        assert set(np.unique(result.source)) <= {0, *mine}
        if number in alone:
            assert np.array_equal(result.rgb, alone[number].rgb)


def test_a_piece_of_a_single_frame_is_filled_by_itself() -> None:
    first, second = make(frames=5), other_set_up(1)
    repair, filled = fill_all(joined(first, second, first))
    assert repair.cuts == [1006, 1007]
    lonely = filled[1006]
    assert not lonely.sources and (lonely.kind[lonely.mask] == SYNTHESISED).all()
    assert np.isfinite(lonely.rgb).all()
    assert (filled[1008].kind[filled[1008].mask] == FROM_FRAMES).mean() > 0.9
    assert min(filled[1008].sources) >= 1007
