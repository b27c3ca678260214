"""Every automatic choice can be turned, does what it says, and does nothing at its default."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.cli.options import choices_of
from platewright.cli.program import build_parser
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import from_json, to_json
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Matte, Pads, Plate, Regenerate, Request
from platewright.imaging.tone import to_tone
from platewright.operations.fill_settings import STRENGTHS, check_settings, settings_of
from platewright.operations.regenerate import run
from platewright.synthesis.choices import Choices
from platewright.synthesis.draft import Filled
from platewright.synthesis.fusion import NEAR_MEDIAN, fuse
from platewright.synthesis.repair import Settings
from tests.moving_shot import MovingShot, make
from tests.operations.folder import Folder
from tests.synthesis.test_moving import shot_with, strength, water
from tests.synthesis.test_repair import fill_all, score


def request_with(operation: Regenerate | Extend) -> Request:
    return Request(operation, "rig", Plate("p.####.exr", FrameRange.parse("1-3")), Matte("m.exr"))


def filled_with(shot: MovingShot, **choices: object) -> dict[int, Filled]:
    return fill_all(shot, Settings(seed=4, choices=Choices(**choices)))  # type: ignore[arg-type]


def mean_score(shot: MovingShot, filled: dict[int, Filled]) -> float:
    return float(np.mean([score(shot, result, number) for number, result in filled.items()]))


def test_a_request_that_turns_nothing_asks_for_today_s_behaviour() -> None:
    for operation in (Regenerate(), Extend(Pads(1, 1, 1, 1))):
        assert settings_of(request_with(operation), operation).choices == Choices()
    assert Choices().near == NEAR_MEDIAN


def test_records_of_before_are_read_with_the_defaults() -> None:
    old = {"kind": "regenerate", "context": 5, "window": 9, "grain": False}
    assert from_json(Regenerate, old) == Regenerate(context=5, window=9, grain=False)


@given(st.sampled_from(STRENGTHS), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_strength_goes_from_0_to_1_and_nothing_else(name: str, value: float) -> None:
    operation = replace(Regenerate(), **{name: value})
    assert from_json(Regenerate, to_json(operation)) == operation
    if 0 <= value <= 1:
        check_settings(operation)
        near = settings_of(request_with(operation), operation).choices.near
        assert NEAR_MEDIAN / 4.001 <= near <= NEAR_MEDIAN * 4.001
    else:
        with pytest.raises(RequestError) as caught:
            check_settings(operation)
        assert caught.value.code == "setting_out_of_range"


def test_every_choice_has_an_option_and_reaches_the_operation() -> None:
    words = ["regenerate", "--plate", "p.####.exr", "--matte", "m.exr", "--depth", "off", "--moving-texture", "off"]
    for name in STRENGTHS:
        words += [f"--{name.replace('_', '-')}", "0.25"]
    chosen = choices_of(build_parser().parse_args(words))
    operation = Regenerate(**chosen)  # type: ignore[arg-type]
    assert operation.depth == operation.moving_texture == "off"
    assert {getattr(operation, name) for name in STRENGTHS} == {0.25}
    plain = choices_of(build_parser().parse_args(["extend", "--plate", "p.####.exr", "--left", "8"]))
    assert Extend(Pads(left=8), **plain) == Extend(Pads(left=8))  # type: ignore[arg-type]


def test_exposure_match_takes_the_drift_out_as_far_as_asked() -> None:
    shot = make(frames=6, drift=1.5)
    full, half, none = (
        mean_score(shot, filled_with(shot, exposure_match=amount, seam_healing=0.0)) for amount in (1.0, 0.5, 0.0)
    )
    assert full > half + 3 > none + 5


def test_seam_healing_meets_the_plate_s_shade_as_far_as_asked() -> None:
    shot = make(frames=6, drift=0.4)
    apart = [mean_score(shot, filled_with(shot, exposure_match=0.0, seam_healing=amount)) for amount in (0.0, 0.5, 1.0)]
    assert apart[0] + 2 < apart[1] < apart[2] - 2


def test_moving_texture_off_takes_the_mean_which_is_blurred() -> None:
    shot = shot_with(water(9, pace=0.5))
    left = {}
    for moving in (True, False):
        filled = filled_with(shot, moving_texture=moving)
        left[moving] = np.median([strength(result.rgb, result.mask) for result in filled.values()])
    assert left[False] < 0.8 * left[True]


def test_outlier_tolerance_decides_whether_a_faint_ghost_counts() -> None:
    rng = np.random.default_rng(1)
    tones = 0.4 + 0.004 * rng.standard_normal((6, 300, 3))
    tones[5] += 0.09
    candidates = ((257.0**tones - 1) / 64).astype(np.float32)
    valid, trust = np.ones((6, 300), np.uint8), np.ones(6, np.float32)
    error = {}
    for tolerance in (0.0, 0.5, 1.0):
        fused = fuse(candidates, valid, trust, trust, Choices(outlier_tolerance=tolerance).near)
        error[tolerance] = float(np.abs(to_tone(fused.rgb) - 0.4).mean())
    assert error[0.0] < 0.005 and error[1.0] > 0.012
    plain = fuse(candidates, valid, trust, trust)
    usual = fuse(candidates, valid, trust, trust, Choices().near)
    assert np.array_equal(plain.rgb, usual.rgb)


def test_depth_off_never_asks_and_on_always_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from platewright.synthesis import repair

    asked: list[str] = []
    monkeypatch.setattr(repair, "one_plane", lambda *_: asked.append("plane") or True)
    monkeypatch.setattr(repair, "measure", lambda *_: asked.append("measure"))
    shot = make(frames=3)
    for depth, expected in (("auto", {"plane"}), ("off", set()), ("on", {"measure"})):
        asked.clear()
        filled_with(shot, depth=depth)
        assert set(asked) == expected


def test_grain_strength_gives_back_as_much_of_the_grain_as_asked(tmp_path: Path) -> None:
    plate, matte = make(size=(300, 200), frames=6, radius=36, travel=14, grain=0.06, finest=9.0).write(
        tmp_path / "shot"
    )
    found = []
    for amount in (0.0, 0.6, 1.0):
        request = Request(
            Regenerate(grain_strength=amount), "rig", Plate(plate, FrameRange.parse("1001-1006")), Matte(matte)
        )
        outcome = run(request, Folder(tmp_path / f"out{amount}"), Silent())
        found.append(
            outcome.measures["grain_match"] if "grain_match" in outcome.measures else outcome.measures["grain_g"]
        )
    assert found[0] is not None and found[1] is not None and found[2] is not None
    assert found[0] + 0.1 < found[1] < found[2] - 0.1
