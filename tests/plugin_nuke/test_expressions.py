"""Scripts whose knobs are driven by expressions: Nuke reads them, at every frame, and never we."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.errors import PlateError
from platewright.imaging.reading import read_frame
from tests.fakes.nuke.application import FakeNuke
from tests.fakes.nuke.facts import FakeNukeUnsupported
from tests.plugin_nuke.comps import DISPLAY, FRAMES, Shot, bits, plate_read

Adapter = Callable[[str], Any]


@pytest.fixture
def plate(app: FakeNuke, shot: Shot) -> Any:
    app.now = 1002
    return plate_read(app.module, shot)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("frame * 2 - 1", 19), ("2 + 3 * 4 ** 2 / 8", 8), ("-2 ** 2", -4), ("(1 + 2) * 3 % 5", 4),
        ("frame >= 10 && frame < 11 ? 7 : 8", 7), ("!0 + 1", 2), ("min(4, frame, 6) + max(1, 2)", 6),
        ("clamp(frame) + clamp(frame, 2, 5) + clamp(-1)", 6), ("lerp(10, 20, 0.25)", 12.5), ("step(0.5, 0.4)", 0),
        ("smoothstep(0, 1, 0.5) + floor(1.7) + int(-1.7)", 0.5), ("round", 5),
        ("other.mix * 4", 1), ("parent.other.mix * 4", 1), ("root.first_frame + this.round", 1006),
        ("parent.first_frame", 1001), ("other.moving(frame + 2)", 3), ("other.moving", 2.5), ("pos.x + pos.y", 30),
        ("reader.before + reader.raw", 4), ("[value other.mix] * 8", 2), ("linked + 1", 6),
    ],
)  # fmt: skip
def test_the_fake_reads_arithmetic_functions_and_other_knobs(nuke: Any, text: str, value: float) -> None:
    nuke.root()["first_frame"].setValue(1001)
    nuke.nodes.Keymix(name="other", mix=0.25)
    other = nuke.toNode("other")
    other.addKnob(nuke.Double_Knob("moving"))
    other["moving"].setValueAt(0, 0)
    other["moving"].setValueAt(5, 20)
    nuke.nodes.Read(name="reader", before="black", raw=True)
    node = nuke.nodes.NoOp()
    for name, given in (("round", 5), ("pos", [10, 20]), ("linked", 0), ("wanted", 0)):
        node.addKnob(nuke.Double_Knob(name))
        node[name].setValue(given)
    node["linked"].setExpression("round")
    node["wanted"].setExpression(text)
    nuke.frame(10)
    assert node["wanted"].value() == pytest.approx(value)
    assert node["wanted"].isAnimated() and node["wanted"].hasExpression()
    assert node["wanted"].toScript() == "{{" + text + "}}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("nobody.mix", RuntimeError), ("nothing", RuntimeError), ("wanted", RuntimeError),
     *((text, FakeNukeUnsupported)
       for text in ("curve(1)", "1 +", "noise(frame)", "1 ~ 2", "(1", "1 ? 2", "1 2", "other(1, 2)", "*"))],
)  # fmt: skip
def test_what_the_fake_can_t_read_raises(nuke: Any, text: str, kind: type[Exception]) -> None:
    node = nuke.nodes.NoOp()
    node.addKnob(nuke.Double_Knob("wanted"))
    node["wanted"].setExpression(text)
    with pytest.raises(kind):
        node["wanted"].value()


def circle(frame: int) -> Any:
    ys, xs = np.mgrid[0 : DISPLAY.height, 0 : DISPLAY.width].astype(np.float32)
    return np.clip(9 - np.hypot(xs - 40, ys - 30), 0, 1).astype(np.float32)


def test_a_matte_driven_by_an_expression_is_rendered_as_it_is_at_each_frame(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, tmp_path: Path
) -> None:
    master = nuke.nodes.NoOp(name="master")
    master.addKnob(nuke.Double_Knob("strength"))
    master["strength"].setExpression("(frame - 1001) / 4")
    roto = nuke.nodes.Roto(inputs=[plate])
    roto["opacity"].setExpression("parent.master.strength * 2")
    app.matte_of[roto.name()] = circle
    roto.setSelected(True)
    text, nuke_frame = app.script_text(), nuke.frame()
    adapter("exporting").export(adapter("selection").chosen(), FRAMES, tmp_path)
    assert (app.script_text(), nuke.frame()) == (text, nuke_frame)
    inside = DISPLAY.slices_in(read_frame(tmp_path / "matte.1002.exr", 1002).data_window)
    for frame, strength in ((1002, 0.5), (1003, 1.0)):
        whole = read_frame(tmp_path / f"matte.{frame}.exr", frame).pixels[..., 0]
        assert np.array_equal(whole[inside], circle(frame) * np.float32(strength)), frame


@pytest.mark.parametrize("in_group", [False, True])
def test_a_plate_chosen_by_an_expression_is_rendered_and_not_taken_for_files(
    nuke: Any, adapter: Adapter, app: FakeNuke, plate: Any, shot: Shot, tmp_path: Path, in_group: bool
) -> None:
    group = nuke.nodes.Group(name="inside") if in_group else nuke.root()
    with group:
        read = plate_read(nuke, shot, "again") if in_group else plate
        bright = nuke.nodes.Grade(inputs=[read], multiply=2, black_clamp=False, name="bright")
        either = nuke.nodes.Switch(inputs=[read, bright])
        either["which"].setExpression("frame >= root.first_frame + 1 && parent.bright.multiply > 1")
        either.setSelected(True)
        nuke.root()["first_frame"].setValue(1002)
        found = adapter("exporting").export(adapter("selection").chosen(needs_matte=False), FRAMES, tmp_path)
    assert found.rendered and found.plate.pattern in found.rendered
    for frame, node in ((1002, read), (1003, bright)):
        written, image = read_frame(tmp_path / f"plate.{frame}.exr", frame), app.image(node, frame)
        red = written.pixels[..., written.channels.index("R")]
        assert np.array_equal(bits(red), bits(image.plane("rgba.red", image.bbox.grown(-1)))), frame


def test_a_node_that_an_expression_switches_off_at_times_is_not_passed_through(
    nuke: Any, adapter: Adapter, plate: Any
) -> None:
    grade = nuke.nodes.Grade(inputs=[plate], multiply=2)
    files = adapter("upstream").files_in_place
    grade["disable"].setValue(True)
    assert files(grade, FRAMES, "main") is not None
    grade["disable"].setExpression("frame < 1003")
    assert grade["disable"].value() is True and files(grade, FRAMES, "main") is None
    plate["disable"].setExpression("frame > 5000")
    assert plate["disable"].value() is False and files(plate, FRAMES, "main") is None


def test_a_retimed_read_is_rendered_by_its_own_frame_expression(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, tmp_path: Path
) -> None:
    straight = app.image(plate, 1003)
    plate["frame"].setValue("frame + 1")
    assert adapter("upstream").files_in_place(plate, FRAMES, "main") is None
    plate.setSelected(True)
    adapter("exporting").export(adapter("selection").chosen(needs_matte=False), FRAMES, tmp_path)
    red = read_frame(tmp_path / "plate.1002.exr", 1002)
    values = red.pixels[..., red.channels.index("R")]
    assert np.array_equal(bits(values), bits(straight.plane("rgba.red", straight.bbox.grown(-1))))


FILES = {
    "project": "[value root.project_directory]/plate.%04d.exr",
    "beside the script": "[file dirname [value root.name]]/plate.%04d.exr",
    "by python": "[python {nuke.script_directory()}]/plate.####.exr",
    "a knob of its own": "[value root.project_directory]/[value this.label].%04d.exr",
    "another node's": "[value shared.label]",
    "another node's, above": "[value parent.shared.label]",
    "the frame in a command": "[value root.project_directory]/plate.[format %04d [frame]].exr",
    "the frame in an expression": "[value root.project_directory]/plate.[expr {root.first_frame - 1001 + frame}].exr",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_knob_with_commands_is_read_by_nuke_at_every_frame(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot, text: str
) -> None:
    nuke.root()["project_directory"].setValue(str(shot.folder))
    nuke.root()["name"].setValue(str(shot.folder / "comp_v012.nk"))
    nuke.root()["first_frame"].setValue(1001)
    nuke.nodes.NoOp(name="shared", label=shot.plate)
    plate["label"].setValue("plate")
    plate["file"].setValue(text)
    app.now = 900
    assert adapter("upstream").files_in_place(plate, FRAMES, "main").pattern == shot.plate


@pytest.mark.parametrize(
    "text",
    [
        "[value root.project_directory]/plate.[format %04d [expr {frame + 1}]].exr",
        "[value root.project_directory]/[frame]/plate.%04d.exr",
        "[value root.project_directory]/plate.[expr {frame < 1003 ? 1002 : 1002}].exr",
        "[getenv NOBODY_SET_THIS]/plate.%04d.exr",
        "[value root.project_directory]/%V/plate.%04d.exr",
        "[value root.project_directory]/plate.%04d.dpx",
    ],
)
def test_what_nuke_reads_as_other_frames_or_folders_is_rendered(
    nuke: Any, adapter: Adapter, plate: Any, shot: Shot, text: str
) -> None:
    nuke.root()["project_directory"].setValue(str(shot.folder))
    plate["raw"].setValue(True)
    plate["file"].setValue(text)
    assert adapter("upstream").files_in_place(plate, FRAMES, "main") is None


def test_a_command_that_fails_is_told_by_the_render(nuke: Any, adapter: Adapter, plate: Any, tmp_path: Path) -> None:
    plate.setSelected(True)
    picked = adapter("selection").chosen(needs_matte=False)
    plate["file"].setValue("[getenv NOBODY_SET_THIS]/plate.%04d.exr")
    with pytest.raises(PlateError, match="NOBODY_SET_THIS"):
        adapter("exporting").export(picked, FRAMES, tmp_path)


@pytest.mark.parametrize("app", [15, 16, 17], indirect=True)
def test_a_take_is_placed_in_a_comp_that_expressions_drive(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot, placed_once: Any
) -> None:
    nuke.nodes.NoOp(name="master", label=str(shot.folder))
    plate["file"].setValue("[value master.label]/plate.%04d.exr")
    plate["last"].setExpression("root.last_frame")
    nuke.root()["last_frame"].setValue(1004)
    bright = nuke.nodes.Grade(inputs=[plate], black_clamp=False, name="bright")
    bright["multiply"].setExpression("1 + (frame - 1001) / 8")
    either = nuke.nodes.Switch(inputs=[plate, bright])
    either["which"].setExpression("parent.bright.multiply > 1.2")
    load, options = adapter("takes").load, adapter("placing").Options(rewire=True)
    after = nuke.nodes.Grade(inputs=[either], black_clamp=False)
    after["mix"].setExpression("bright.mix")
    placed = placed_once(lambda: adapter("placing").place(load(shot.record("rig")), either, options), either)
    assert after.input(0) is placed.output and after["mix"].hasExpression()


def test_takes_are_found_behind_studio_variables_and_linked_reads(
    nuke: Any, adapter: Adapter, plate: Any, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOW", str(shot.root))
    monkeypatch.setenv("PLATEWRIGHT_PATH_VARIABLES", "SHOW")
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)
    assert placed.read["file"].value().startswith("[getenv SHOW]/rig/")
    linked = nuke.nodes.Read(file=f"[value {placed.read.name()}.file]", first=1002, last=1003)
    both = nuke.nodes.Merge2(inputs=[placed.output, linked])
    uses = {use.node: use.record for use in adapter("feeding").feeding_takes(both)}
    assert uses == dict.fromkeys((placed.read.name(), linked.name()), str(shot.record("rig")))
    (one,) = adapter("attaching").attached()
    assert (one.status, Path(one.root)) == ("there", shot.root)
    monkeypatch.delenv("SHOW")
    (one,) = adapter("attaching").attached()
    assert one.status == "missing", "and nothing is raised where the variable is not set"
