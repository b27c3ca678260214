"""Going on from a take, from the panel: some of its frames again, a part of its matte, or all with other settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Base, Extend, Matte, Pads, Plate, Regenerate, Request
from platewright.contract.windows import Box
from platewright.panel.asked import Asked
from platewright.panel.asking import asked_of, defaults_of
from platewright.panel.going_on import earlier_of
from platewright.panel.host import Selection
from tests.panel.stand_in import StandIn

FRAMES = FrameRange.parse("1002")
PLATE = Plate("/p/plate.####.exr", FrameRange.parse("1001-1003"), "acescg", "left")


def asked(**more: Any) -> Asked:
    return Asked(**{"operation": Regenerate(), "element": "rig", "root": "/elements", **more})


def summary(version: int, element: str = "rig", root: str = "/elements") -> TakeSummary:
    return TakeSummary(
        element,
        version,
        f"{root}/{element}/{element}_v{version:03d}.take.json",
        "",
        "2026-01-31T12:00:00Z",
        "1001-1003",
    )


TAKES = (summary(1), summary(4), summary(9, "sky"), summary(7, root="/other"))


def test_without_a_take_everything_is_made_from_the_plate() -> None:
    assert earlier_of(asked(), Selection("plate", "roto"), TAKES) is None


def test_the_latest_take_of_the_element_is_meant_where_no_version_is_named() -> None:
    found = earlier_of(asked(base=Base(frames=FRAMES)), Selection("plate", "roto"), TAKES)
    assert found is not None and (found.root, found.element, found.version) == ("/elements", "rig", 4)
    assert not found.matte_anew
    found = earlier_of(asked(base=Base(version=1, region=True)), Selection("plate", "roto"), TAKES)
    assert found is not None and (found.version, found.matte_anew) == (1, True)


@pytest.mark.parametrize("base", [Base(version=3, frames=FRAMES), Base(version=7, frames=FRAMES)])
def test_a_take_that_is_not_there_is_refused_in_words(base: Base) -> None:
    with pytest.raises(RequestError) as caught:
        earlier_of(asked(base=base), Selection("plate", "roto"), TAKES)
    assert caught.value.code == "base_missing" and caught.value.hint


def test_a_selected_take_is_meant_whatever_lies_in_the_folder() -> None:
    selected = Selection("PW_rig", "PW_rig", element="rig", version=2, operation="regenerate", root="/other")
    found = earlier_of(asked(), selected, ())
    assert found is not None and (found.root, found.version, found.matte_anew) == ("/other", 2, False)
    beside = Selection("PW_rig", "Roto1", element="rig", version=2, operation="regenerate", root="/other")
    found = earlier_of(asked(), beside, ())
    assert found is not None and found.matte_anew
    with pytest.raises(RequestError) as caught:
        earlier_of(asked(operation=Extend(Pads(left=8))), selected, ())
    assert caught.value.code == "operation_not_for_takes"


def test_what_is_taken_over_is_asked_for_as_it_was_and_the_rest_as_the_controls_say() -> None:
    then = Request(
        Regenerate(), "rig", PLATE, Matte("/p/m.####.exr", "R", True, 2.0, 1.5), region=Box(0, 0, 9, 9), seed=1
    )
    earlier = earlier_of(asked(base=Base(frames=FRAMES)), Selection(), TAKES)
    assert earlier is not None
    again = earlier.asked(asked(base=Base(frames=FRAMES), seed=5, matte=Matte("", grow=9.0)), then)
    made = again.request(then.plate, then.matte)
    assert (made.plate, made.matte, made.region) == (then.plate, then.matte, then.region)
    assert made.base == Base(4, FRAMES) and made.seed == 5
    part = earlier_of(asked(base=Base(region=True)), Selection(), TAKES)
    assert part is not None
    smaller = part.asked(asked(base=Base(region=True), matte=Matte("", grow=9.0)), then)
    read = smaller.request(then.plate, Matte("/new.####.exr", "A")).matte
    assert read == Matte("/new.####.exr", "A", grow=9.0), "the smaller matte is read as the controls say"


@pytest.mark.parametrize(
    ("values", "base"),
    [
        ({}, None),
        ({"base.how": "frames", "base.frames": "1002"}, Base(0, FRAMES)),
        ({"base.how": "frames", "base.frames": "1002", "base.overlap": 2, "base.version": 3}, Base(3, FRAMES, 2)),
        ({"base.how": "region"}, Base(region=True)),
        ({"base.how": "region", "base.frames": "1002"}, Base(0, FRAMES, region=True)),
    ],
)
def test_the_controls_say_what_is_made_again(values: dict[str, Any], base: Base | None) -> None:
    found = asked_of("regenerate", {**defaults_of("regenerate"), "host.root": "/elements", **values})
    assert found.base == base


def test_frames_that_nobody_named_are_asked_for() -> None:
    with pytest.raises(RequestError) as caught:
        asked_of("regenerate", {**defaults_of("regenerate"), "host.root": "/e", "base.how": "frames"})
    assert caught.value.code == "again_unnamed"


def test_a_clean_twin_is_an_element_of_its_own_without_grain() -> None:
    both = asked(clean=True, takes=2, seed=3).submissions(PLATE, None)
    said = [(one.request.element, one.request.operation.grain, one.request.take) for one in both]
    assert said == [("rig", True, 1), ("rig", True, 2), ("rig_clean", False, 1), ("rig_clean", False, 2)]
    assert len({one.key for one in both}) == 4
    without = asked(clean=True, operation=Regenerate(grain=False)).submissions(PLATE, None)
    assert [one.request.element for one in without] == ["rig"]


def test_bad_frames_of_a_take_are_made_again_and_the_others_are_its_own_files(
    panel: Any, host: StandIn, until: Callable[..., None], tmp_path: Path
) -> None:
    qt_test = pytest.importorskip("PySide6.QtTest").QTest
    from platewright.panel.qt import Qt

    widget = panel("grey_engine")
    model = widget.model
    host.select()
    model.put("element", "rig")
    until(widget.make.main.isEnabled)
    qt_test.mouseClick(widget.make.main, Qt.MouseButton.LeftButton)
    until(lambda: [one.version for one in model.takes.history.takes] == [1], 120)

    host.selection = Selection(trouble="select the plate", hint="Select it.")  # nothing has to be selected
    until(lambda: not widget.make.main.isEnabled())
    assert widget.work.takes.choose("rig_v001")
    until(widget.work.takes.again.isEnabled)
    qt_test.mouseClick(widget.work.takes.again, Qt.MouseButton.LeftButton)
    until(lambda: "frames to make again" in widget.make.why.text())
    frames = widget.make.fields.rows["base.frames"].control.focus
    frames.setFocus()
    qt_test.keyClicks(frames, "1002")
    model.put("seed", 5)
    until(lambda: widget.make.main.text() == "Regenerate again" and widget.make.main.isEnabled())
    qt_test.mouseClick(widget.make.main, Qt.MouseButton.LeftButton)
    until(lambda: sorted(one.version for one in model.takes.history.takes) == [1, 2], 120)
    assert host.brings == 1, "its own plate and matte were read again; nothing was exported"
    assert model.board.troubles.at("button") == ()
    folder = tmp_path / "elements" / "rig"
    for frame, same in ((1001, True), (1002, False), (1003, True)):
        one, two = (folder / f"rig_v{version:03d}.{frame}.exr" for version in (1, 2))
        assert (one.read_bytes() == two.read_bytes()) == same, frame
    until(lambda: any("1002 again, from v001" in group.detail for group in model.takes.history.groups()))


def test_settings_of_a_take_that_is_copied_make_a_whole_one(panel: Any, host: StandIn) -> None:
    widget = panel()
    form = widget.model.form
    form.go_on_from("rig", 3)
    assert (form.values["base.how"], form.values["base.version"]) == ("frames", 3)
    form.copy(Request(Regenerate(), "rig", PLATE, Matte("/p/m.####.exr")))
    assert form.values["base.how"] == "all"
