"""Near things in front of far ones: each hidden pixel comes from where its own nearness puts it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis import depth as depth_module
from platewright.synthesis import planes as planes_module
from platewright.synthesis import repair as repair_module
from platewright.synthesis.depth import bring_in_deep
from platewright.synthesis.draft import Wanted
from platewright.synthesis.motion import Chain, Link
from platewright.synthesis.relief import raster_of
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import background, make, psnr

SIZE = (320, 200)
FRAMES = 10


def two_depths(
    every: int = 110, wide: int = 45, pixels: float = 4.5
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """`(plates, truths, mattes)`: bars slide by so many pixels a frame, the ground by 1.5; a disc crosses both."""
    width, height = SIZE
    far, near = background(height + 160, width + 260, seed=3), background(height + 160, width + 260, seed=8)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    plates, truths, mattes = [], [], []
    for i in range(FRAMES):
        ground = cv2.remap(far, xs + np.float32(80 + 1.5 * i), ys + 80, cv2.INTER_LANCZOS4)
        x = xs + np.float32(80 + pixels * i)
        bars = cv2.remap(near * np.float32((1.6, 0.5, 0.3)), x, ys + 80, cv2.INTER_LANCZOS4)
        truth = np.maximum(np.where(((x % every) < wide)[..., None], bars, ground), 0.001)
        distance = np.hypot(xs - (60 + 20 * i), ys - 100)
        plates.append(np.where((distance < 34)[..., None], np.float32((0.05, 0.3, 0.9)), truth).astype(np.float16))
        truths.append(truth)
        mattes.append(distance < 37)
    return plates, truths, mattes


def one_drifting_plane() -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """`(plates, truths, mattes)`: a grainy plane under a moving camera, whose exposure drifts by a stop."""
    shot = make(size=SIZE, frames=FRAMES, step=(4.3, -1.7), grain=0.04, radius=34, travel=20, drift=1.0)
    mattes = [shot.mattes[number] > 0 for number in shot.numbers]
    return list(shot.plates.values()), list(shot.clean.values()), mattes


def scores(shot: Callable[[], tuple[list[np.ndarray], ...]] = two_depths) -> list[float]:
    """PSNR in the hole of each frame."""
    plates, truths, mattes = shot()
    window = Box.of_size(*SIZE)
    found = []
    with Repair(Settings(seed=2)) as repair:
        boxes = []
        for number, (plate, matte) in enumerate(zip(plates, mattes, strict=True), start=1):
            rows, columns = np.nonzero(matte)
            box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
            mask = matte[box.slices_in(window)]
            boxes.append(box)
            repair.add(View(number, plate, window, mask.astype(np.uint8), box), Wanted(box, mask))
        for number, (truth, box) in enumerate(zip(truths, boxes, strict=True), start=1):
            filled = repair.fill(number)
            found.append(psnr(filled.rgb[filled.mask], truth[box.slices_in(window)][filled.mask]))
    return found


def test_two_depths_are_filled_better_than_one_plane_can(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = scores()
    monkeypatch.setattr(repair_module, "one_plane", lambda *asked: True)
    plane = scores()
    assert np.mean(deep) > np.mean(plane) + 1


def test_what_is_a_plane_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shot = partial(two_depths, pixels=9.0)
    flat = np.mean(scores(shot))
    monkeypatch.setattr(planes_module, "MOST", 1.0)  # no pixel may be off
    assert flat > np.mean(scores(shot)) + 1.5


def depths_found(shot: Callable[[], tuple[list[np.ndarray], ...]], monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each frame that was asked, whether it was filled at several depths."""
    found: list[bool] = []

    def told(*asked: object) -> bool:
        found.append(bring_in_deep(*asked))
        return found[-1]

    monkeypatch.setattr(repair_module, "bring_in_deep", told)
    scores(shot)
    return found


def test_two_motions_of_equal_weight_are_not_taken_for_a_cut() -> None:
    window, nothing = Box.of_size(*SIZE), np.zeros((0, 0), np.uint8)
    chain = Chain()
    held = [chain.add(View(i, plate, window, nothing, EMPTY)) for i, plate in enumerate(two_depths()[0])]
    assert all(link is Link.HELD for link in held)


def test_things_at_two_depths_are_noticed_in_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    assert depths_found(two_depths, monkeypatch) == [True] * FRAMES


def test_pixels_of_one_plane_keep_stray_points_from_asking_for_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "one_plane", lambda *asked: False)
    assert depths_found(one_drifting_plane, monkeypatch) == []


def test_depth_is_refused_where_it_explains_a_plane_no_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "one_plane", lambda *asked: False)
    monkeypatch.setattr(repair_module, "plane_shows_all", lambda *asked: False)
    assert not any(depths_found(one_drifting_plane, monkeypatch))


def test_thin_things_are_told_by_the_frames_that_saw_them(monkeypatch: pytest.MonkeyPatch) -> None:
    twigs = scores(lambda: two_depths(29, 6))
    monkeypatch.setattr(depth_module, "WITNESSES", 0)
    unheard = scores(lambda: two_depths(29, 6))
    assert np.mean(twigs) > np.mean(unheard) + 1


def test_what_frames_make_of_leaves_is_doubted_more_than_what_they_make_of_walls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[float] = []

    def kept(*asked: object) -> object:
        raster = raster_of(*asked)
        told.append(raster.astray)
        return raster

    monkeypatch.setattr(depth_module, "raster_of", kept)
    scores()
    walls = np.median(told)
    told.clear()
    scores(lambda: two_depths(17, 5))
    assert np.median(told) > 1.5 * walls


def beyond() -> float:
    """Mean PSNR of what is put to the left and right of a shot with two depths, cut out of a wider one."""
    side, (width, height) = 40, SIZE
    inner = Box(side, 0, width - side, height)
    mask = np.ones((height, width), bool)
    mask[:, side:-side] = False
    truths, found = two_depths()[1], []
    with Repair(Settings(seed=2)) as repair:
        for number, truth in enumerate(truths, start=1):
            plate = np.ascontiguousarray(truth[:, side:-side], np.float16)
            view = View(number, plate, inner, np.zeros((0, 0), np.uint8), EMPTY)
            repair.add(view, Wanted(Box.of_size(*SIZE), mask))
        for number, truth in enumerate(truths, start=1):
            found.append(psnr(repair.fill(number).rgb[mask], truth[mask]))
    return float(np.mean(found))


def test_beyond_the_frame_depth_is_believed_where_frames_testify_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = beyond()
    monkeypatch.setattr(repair_module, "one_plane", lambda *asked: True)
    plane = beyond()
    assert deep > plane + 0.5


def test_the_depths_give_the_same_bits_again() -> None:
    assert scores() == scores()
