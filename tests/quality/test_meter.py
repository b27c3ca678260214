"""A take is measured frame by frame, and what an artist should look at is said."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from platewright.contract.findings import Severity
from platewright.contract.takes import SourceShares
from platewright.contract.windows import Box
from platewright.quality.meter import TakeMeter, TakeSummary
from tests.quality.scenes import Fill, Picture, grain, perfect, shot

SEEN = SourceShares(frames=1.0)


def measured(fill: Fill = perfect, frames: int = 5, confidence: float = 0.9) -> TakeSummary:
    meter = TakeMeter()
    for one in shot(fill, frames):
        meter.measure(
            one.number, one.box, one.plate, one.comp, one.alpha, one.matrix, shares=SEEN, confidence=confidence
        )
    return meter.summary()


def codes(summary: TakeSummary) -> set[str]:
    return {finding.code for finding in summary.findings}


def test_a_perfect_fill_gives_no_finding() -> None:
    summary = measured()
    assert summary.findings == ()
    for name, value in {"seam": 1.0, "grain_r": 1.0, "grain_g": 1.0, "grain_b": 1.0, "sharpness": 1.0}.items():
        assert summary.measures[name] == pytest.approx(value, abs=0.3)
    assert summary.measures["flicker"] == pytest.approx(summary.measures["flicker_plate"], rel=0.15)
    assert (summary.measures["colour_drift"] or 0) < 0.04
    assert summary.measures["brighter"] == summary.measures["negative"] == summary.measures["broken"] == 0


def brighter_at(frame: int) -> Fill:
    return lambda clean, i: perfect(clean * np.float32(1.35 if i == frame else 1.0), i)


def drifting(clean: Picture, i: int) -> Picture:
    return perfect(clean * np.array([1, 1, 1.06**i], np.float32), i)


def boiling(clean: Picture, i: int) -> Picture:
    return perfect(np.roll(clean, (i % 3 * 7, -(i % 2) * 9), (0, 1)), i)


def glowing(clean: Picture, i: int) -> Picture:
    fill = perfect(clean, i)
    fill[100:110, 130:140] = 40.0
    return fill


@pytest.mark.parametrize(
    ("fill", "code"),
    [
        (brighter_at(3), "seam_visible"),
        (brighter_at(3), "flicker"),
        (boiling, "flicker"),
        (lambda clean, i: cv2.GaussianBlur(clean, (0, 0), 3), "grain_missing"),
        (lambda clean, i: grain(clean, 2, i, 0.2), "grain_missing"),
        (drifting, "colour_drift"),
        (glowing, "values_clipped"),
    ],
)
def test_each_fault_gives_its_finding_with_a_remedy(fill: Callable[[Picture, int], Picture], code: str) -> None:
    found = [finding for finding in measured(fill, 6).findings if finding.code == code]
    assert found
    assert found[0].frame is not None and str(found[0].frame) in found[0].message
    assert found[0].remedy.endswith(".")
    assert found[0].region is not None and not found[0].region.is_empty


def test_the_worst_frame_is_named_in_a_sentence_with_its_number() -> None:
    (seam,) = (finding for finding in measured(brighter_at(3)).findings if finding.code == "seam_visible")
    assert seam.frame == 1004
    assert seam.message.startswith("look at 1004: the seam is ")
    assert seam.message.endswith(" times the plate's own gradient")
    assert seam.region is not None
    assert Box.of_size(280, 220, 1000, -50).contains(seam.region)


def test_frames_with_the_same_fault_are_named_together() -> None:
    (grainless,) = (f for f in measured(lambda clean, i: clean).findings if f.code == "grain_missing")
    assert "; also at 100" in grainless.message


def test_an_unsure_fill_and_invented_pixels_are_told() -> None:
    meter = TakeMeter()
    for one in shot(frames=2):
        meter.measure(
            one.number, one.box, one.plate, one.comp, one.alpha, one.matrix,
            shares=SourceShares(frames=0.4, synthesis=0.6), confidence=0.2,
        )  # fmt: skip
    found = {finding.code: finding for finding in meter.summary().findings}
    assert "unsure" in found["fill_uncertain"].message and "20%" in found["fill_uncertain"].message
    assert "60%" in found["pixels_synthesised"].message
    assert found["pixels_synthesised"].severity is Severity.NOTE


@pytest.mark.parametrize("kind", ["empty", "pixel", "full", "faint"])
def test_odd_mattes_are_measured_or_left_out(kind: str) -> None:
    alpha = np.zeros((90, 120), np.float32)
    if kind == "pixel":
        alpha[40, 60] = 1
    elif kind == "full":
        alpha[:] = 1
    elif kind == "faint":
        alpha[30:60, 30:80] = 0.1
    meter = TakeMeter()
    for one in shot(frames=3, alpha=alpha):
        figures = meter.measure(one.number, one.box, one.plate, one.comp, one.alpha, one.matrix)
        assert (figures == {}) == (kind == "empty")
        assert all(value is None or np.isfinite(value) for value in figures.values())
    assert "seam_visible" not in codes(meter.summary())


def test_nan_around_the_region_changes_nothing_much() -> None:
    meter = TakeMeter()
    for one in shot(frames=3):
        plate, comp = one.plate.copy(), one.comp.copy()
        plate[:9], comp[:9] = np.nan, np.nan
        comp[:, -9:], plate[:, -9:] = np.inf, np.inf
        figures = meter.measure(one.number, one.box, plate, comp, one.alpha, one.matrix)
        assert all(value is None or np.isfinite(value) for value in figures.values())
        assert figures["seam"] == pytest.approx(1.0, abs=0.3)
    assert codes(meter.summary()) == set()


def test_a_range_with_an_empty_frame_goes_on_after_it() -> None:
    meter = TakeMeter()
    for i, one in enumerate(shot(frames=4)):
        alpha = np.zeros_like(one.alpha) if i == 1 else one.alpha
        figures = meter.measure(one.number, one.box, one.plate, one.comp, alpha, one.matrix)
        assert (figures.get("flicker") is not None) == (i == 3)
    assert meter.summary().measures["flicker"] is not None


def test_the_same_take_measures_the_same() -> None:
    assert measured(boiling) == measured(boiling)


def test_only_the_frame_before_is_held() -> None:
    meter = TakeMeter()
    held = []
    for one in shot(frames=4):
        meter.measure(one.number, one.box, one.plate, one.comp, one.alpha, one.matrix)
        held.append(weakref.ref(one.comp))
    del one
    gc.collect()
    assert [ref() is not None for ref in held] == [False, False, False, True]


def test_no_frames_give_an_empty_summary() -> None:
    assert TakeMeter().summary() == TakeSummary()
