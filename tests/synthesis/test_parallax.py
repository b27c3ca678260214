"""Near things in front of far ones: each hidden pixel comes from where its own nearness puts it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis import repair as repair_module
from platewright.synthesis.draft import Wanted
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import background, psnr

SIZE = (320, 200)
FRAMES = 10


def two_depths() -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """`(plates, truths, mattes)`: bars slide three times as fast as the ground; a disc crosses both."""
    width, height = SIZE
    far, near = background(height + 160, width + 260, seed=3), background(height + 160, width + 260, seed=8)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    plates, truths, mattes = [], [], []
    for i in range(FRAMES):
        ground = cv2.remap(far, xs + np.float32(80 + 1.5 * i), ys + 80, cv2.INTER_LANCZOS4)
        x = xs + np.float32(80 + 4.5 * i)
        bars = cv2.remap(near * np.float32((1.6, 0.5, 0.3)), x, ys + 80, cv2.INTER_LANCZOS4)
        truth = np.maximum(np.where(((x % 110) < 45)[..., None], bars, ground), 0.001)
        distance = np.hypot(xs - (60 + 20 * i), ys - 100)
        plates.append(np.where((distance < 34)[..., None], np.float32((0.05, 0.3, 0.9)), truth).astype(np.float16))
        truths.append(truth)
        mattes.append(distance < 37)
    return plates, truths, mattes


def scores() -> list[float]:
    """PSNR in the hole of each frame."""
    plates, truths, mattes = two_depths()
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


def test_the_depths_give_the_same_bits_again() -> None:
    assert scores() == scores()
