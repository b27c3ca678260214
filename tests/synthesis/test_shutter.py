"""A hand-held camera: what is hidden comes from frames that the motion blurred alike."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis import evidence as evidence_module
from platewright.synthesis import repair as repair_module
from platewright.synthesis.draft import Wanted
from platewright.synthesis.motion import Chain
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.shutter import likeness
from platewright.synthesis.views import View
from tests.moving_shot import background, psnr

SIZE = (240, 160)
STEPS = [1.0, 1.5, 14.0, 15.0, 1.0, -1.0, -14.0, -15.0, -14.0, -1.0, 1.0, 2.0]
"""Pixels that the camera jerks before each frame."""


def handheld() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """`(frames, mattes)`: blurred by half of the way to the next frame; a matte crosses them."""
    width, height = SIZE
    world = background(height + 60, width + 160, seed=5)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    at = 60 + np.cumsum(STEPS)
    frames, mattes = [], []
    for i in range(len(at) - 1):
        parts = [
            cv2.remap(world, xs + np.float32(at[i] + share * (at[i + 1] - at[i])), ys + 30, cv2.INTER_LANCZOS4)
            for share in np.linspace(-0.25, 0.25, 9)
        ]
        frames.append(np.maximum(np.mean(parts, axis=0), 0.001).astype(np.float16))
        mattes.append(np.hypot(xs - (30 + 18 * i), ys - 80) < 22)
    return frames, mattes


def score() -> float:
    """Mean PSNR in the hole."""
    frames, mattes = handheld()
    window = Box.of_size(*SIZE)
    found, boxes = [], []
    with Repair(Settings(seed=2)) as repair:
        for number, (frame, matte) in enumerate(zip(frames, mattes, strict=True), start=1):
            rows, columns = np.nonzero(matte)
            box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
            mask = matte[box.slices_in(window)]
            boxes.append(box)
            repair.add(View(number, frame, window, mask.astype(np.uint8), box), Wanted(box, mask))
        for number, (frame, box) in enumerate(zip(frames, boxes, strict=True), start=1):
            filled = repair.fill(number)
            truth = frame[box.slices_in(window)].astype(np.float32)
            found.append(psnr(filled.rgb[filled.mask], truth[filled.mask]))
    return float(np.mean(found))


def test_frames_blurred_alike_fill_better(monkeypatch: pytest.MonkeyPatch) -> None:
    alike = score()
    monkeypatch.setattr(repair_module, "likeness", lambda chain, target, sources, place: dict.fromkeys(sources, 1.0))
    assert alike > score() + 0.5


def test_of_the_frames_that_were_chosen_those_blurred_alike_count_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_out, trust = score(), evidence_module._trust
    monkeypatch.setattr(evidence_module, "_trust", lambda kept, alike: trust(kept, {}))
    assert sorted_out > score() + 0.2


def test_a_camera_at_rest_is_unlike_one_that_jerks_and_like_one_at_rest() -> None:
    frames, _ = handheld()
    chain, window, nothing = Chain(), Box.of_size(*SIZE), np.zeros((0, 0), np.uint8)
    for number, frame in enumerate(frames):
        chain.add(View(number, frame, window, nothing, Box(0, 0, 0, 0)))
    middle = (120.0, 80.0)
    at_rest = likeness(chain, 0, (4, 2), middle)
    assert at_rest[4] > 0.8 and at_rest[2] < 0.3
    assert likeness(chain, 2, (6,), middle)[6] > 0.5
