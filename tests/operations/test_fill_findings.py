"""A shadow or a reflection that the matte leaves behind is noticed; a clean plate around the matte is not accused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from platewright.operations.fill_findings import fill_findings
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.views import View
from tests.moving_shot import MovingShot, make
from tests.rippled_shot import rippled
from tests.synthesis.test_repair import wanted_of


def beside(shot: MovingShot, factor: float) -> MovingShot:
    """The shot with something soft beside the disc that goes with it, and is no part of the matte."""
    height, width = shot.box.height, shot.box.width
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    plates = {}
    for number in shot.numbers:
        rows, columns = np.nonzero(shot.mattes[number] > 0)
        away = np.hypot((xs - columns.mean()) / 1.6, ys - rows.max() - 2)
        light = 1 + (factor - 1) * np.exp(-((away / 9) ** 2))
        plates[number] = (shot.plates[number].astype(np.float32) * light[..., None]).astype(np.float16)
    return replace(shot, plates=plates)


def codes(shot: MovingShot) -> list[str]:
    with Repair(Settings(seed=1)) as repair:
        for number in shot.numbers:
            wanted = wanted_of(shot, number)
            repair.add(View(number, shot.plates[number], shot.box, wanted.mask.astype(np.uint8), wanted.box), wanted)
        for number in shot.numbers:
            repair.fill(number)
        found = fill_findings(repair)
    return [f"{finding.code}: {finding.message}" for finding in found]


def a_shot(drift: float = 0.0, step: tuple[float, float] = (1.6, 0.4)) -> MovingShot:
    return make(size=(220, 130), frames=9, step=step, travel=18, grain=0.02, drift=drift)


@pytest.mark.parametrize(("factor", "word"), [(0.6, "darker"), (0.75, "darker"), (1.5, "brighter")])
def test_a_soft_shadow_or_glow_outside_the_matte_is_named(factor: float, word: str) -> None:
    said = codes(beside(a_shot(), factor))
    assert len(said) == 1 and said[0].startswith("shadow_outside") and word in said[0]


@pytest.mark.parametrize("drift", [0.0, 1.0])
@pytest.mark.parametrize("step", [(1.6, 0.4), (0.0, 0.0)])
def test_a_clean_surround_is_not_accused_even_when_the_exposure_drifts(drift: float, step: tuple[float, float]) -> None:
    assert codes(a_shot(drift, step)) == []


def test_waves_that_go_on_behind_the_matte_are_named() -> None:
    said = codes(rippled(frames=9))
    assert [line.split(":")[0] for line in said] == ["texture_waves"] and "1001-1009" in said[0]
