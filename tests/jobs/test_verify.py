"""Takes that are signed and whole, and still do not do what their request says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from platewright.contract.errors import Cancelled
from platewright.contract.progress import Progress, Reporter, Silent
from platewright.contract.request import Extend, Pads, Request
from platewright.contract.windows import Box
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.jobs.verify import State, Verification, verify
from platewright.operations.outcome import Outcome, PatchWriter
from platewright.provenance.settings import IdentitySettings
from tests.jobs.small_shot import SmallShot, fill_with_grey, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def made(request: Request, tmp_path: Path) -> Verification:
    settings = IdentitySettings(home=tmp_path / "home")
    record = run(request, tmp_path / "elements", settings, Silent(), operate=fill_with_grey)
    return verify(TakeStore(tmp_path / "elements").place("rig", record.version), Silent())


def codes(found: Verification) -> set[str]:
    return {finding.code for finding in found.findings}


def test_an_honest_take_passes_and_says_how_many_pixels_were_compared(shot: SmallShot, tmp_path: Path) -> None:
    found = made(shot.request(), tmp_path)
    assert (found.state, found.exit_code) == (State.PASSED, 0)
    untouched = sum(frame.untouched_pixels for frame in found.record.frames) if found.record else 0
    assert any(f"{untouched} pixels" in check.message for check in found.checks)


def test_an_extension_that_changes_the_plates_own_pixels_fails(shot: SmallShot, tmp_path: Path) -> None:
    found = made(shot.request(operation=Extend(Pads(left=8))), tmp_path)
    assert found.exit_code == 6
    assert codes(found) >= {"extension_changes_plate"}


def test_a_take_that_leaves_its_region_fails(shot: SmallShot, tmp_path: Path) -> None:
    found = made(shot.request(region=Box(0, 0, 40, 30)), tmp_path)
    assert found.exit_code == 6
    assert codes(found) >= {"changed_outside_region"}


def test_a_patch_that_leaves_its_matte_fails_although_it_is_signed(shot: SmallShot, tmp_path: Path) -> None:
    def generous(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
        assert request.matte is not None
        return fill_with_grey(replace(request, matte=replace(request.matte, grow=3.0)), out, report)

    settings = IdentitySettings(home=tmp_path / "home")
    run(shot.request(), tmp_path / "elements", settings, Silent(), operate=generous)
    found = verify(TakeStore(tmp_path / "elements").place("rig", 1), Silent())
    assert found.exit_code == 6
    assert codes(found) >= {"changed_outside_matte"}
    grown = replace(shot.request(), matte=replace(shot.request().matte, grow=3.0))  # type: ignore[type-var]
    assert made(grown, tmp_path).exit_code == 0


def test_cancelling_a_verification_comes_through(shot: SmallShot, tmp_path: Path) -> None:
    made(shot.request(), tmp_path)
    place = TakeStore(tmp_path / "elements").place("rig", 1)
    with pytest.raises(Cancelled):
        verify(place, Progress(lambda step: None, lambda: True))
