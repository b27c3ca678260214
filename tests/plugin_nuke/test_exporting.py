"""The artist's selection becomes files, and the script is afterwards as it was before, whatever happens."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.errors import Cancelled, MatteError, PlateError, PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.imaging.reading import read_frame
from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import DISPLAY, FRAMES, Shot, bits, plate_read

Adapter = Callable[[str], Any]


def circle(frame: int) -> Any:
    ys, xs = np.mgrid[0 : DISPLAY.height, 0 : DISPLAY.width].astype(np.float32)
    return np.clip(9 - np.hypot(xs - 40 - 4 * (frame - 1002), ys - 30), 0, 1).astype(np.float32)


@pytest.fixture
def plate(app: FakeNuke, shot: Shot) -> Any:
    return plate_read(app.module, shot)


@pytest.fixture
def roto(app: FakeNuke, nuke: Any, plate: Any) -> Any:
    """An animated roto over the plate, selected."""
    node = nuke.nodes.Roto(inputs=[nuke.nodes.Dot(inputs=[plate])])
    app.matte_of[node.name()] = circle
    node.setSelected(True)
    return node


@pytest.fixture
def unchanged(app: FakeNuke) -> Callable[[], None]:
    """Call it twice: script, undo list, selection, frame and modified flag are what they were at the first call."""
    before: list[Any] = []

    def look() -> None:
        now = [app.script_text(), len(app.undo.steps), app.is_modified, app.now, app.undo.off, list(app.contexts)]
        before.append(now)
        assert before[0] == now

    return look


def test_a_plate_that_is_files_is_used_in_place(
    app: FakeNuke, adapter: Adapter, roto: Any, shot: Shot, tmp_path: Path, unchanged: Any
) -> None:
    app.root_node.setModified(False)
    unchanged()
    picked = adapter("selection").chosen()
    assert (picked.plate.Class(), picked.matte) == ("Dot", roto)
    found = adapter("exporting").export(picked, FRAMES, tmp_path / "out")
    unchanged()
    assert found.plate.pattern == str(shot.folder / "plate.%04d.exr")
    assert found.plate.colour_space == "", "the file says its own"
    assert {frame for _, frame, _ in app.rendered} == set(FRAMES)
    assert found.rendered == (found.matte.pattern,)
    for frame in FRAMES:
        assert found.matte.channel == "A"
        assert np.array_equal(_matte(tmp_path / "out" / f"matte.{frame}.exr"), circle(frame))


def _matte(path: Path) -> Any:
    """The matte over the display window; beyond it there is none."""
    frame = read_frame(path, 1)
    whole = frame.pixels[..., frame.channels.index("A")]
    inside = DISPLAY.slices_in(frame.data_window)
    assert np.count_nonzero(whole) == np.count_nonzero(whole[inside])
    return whole[inside]


def test_a_plate_with_something_done_to_it_is_rendered_whole(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, tmp_path: Path, unchanged: Any
) -> None:
    grade = nuke.nodes.Grade(inputs=[plate], multiply=1.25, black_clamp=False)
    grade.setSelected(True)
    nuke.frame(1001)
    unchanged()
    found = adapter("exporting").export(adapter("selection").chosen(), FRAMES, tmp_path)
    unchanged()
    assert found.plate.colour_space == "lin_rec709_scene" and len(found.rendered) == 2
    image = app.image(grade, 1002)
    written = read_frame(tmp_path / "plate.1002.exr", 1002)
    box = image.bbox.grown(-1)
    assert (written.data_window.width, written.data_window.height) == (box.w(), box.h()), "overscan is kept"
    assert set(written.channels) == {"R", "G", "B", "A", "depth.Z"} and not written.is_half
    for ours, theirs in (("R", "rgba.red"), ("depth.Z", "depth.Z")):
        values = written.pixels[..., written.channels.index(ours)]
        assert np.array_equal(bits(values), bits(image.plane(theirs, box)))


@pytest.mark.parametrize(
    "change",
    [
        lambda nuke, read: nuke.nodes.TimeOffset(inputs=[read]),
        lambda nuke, read: nuke.nodes.Grade(inputs=[read]),
        lambda nuke, read: (read["frame_mode"].setValue("offset"), read)[1],
        lambda nuke, read: (read["frame"].setValue("frame+1"), read)[1],
        lambda nuke, read: (read["raw"].setValue(False), read["colorspace"].setValue("sRGB"), read)[2],
        lambda nuke, read: (read["raw"].setValue(False), read["premultiplied"].setValue(True), read)[2],
        lambda nuke, read: (read["last"].setValue(1002), read)[1],
        lambda nuke, read: (read["disable"].setValue(True), read)[1],
        lambda nuke, read: (read["file"].setValue("/x/plate.%04d.dpx"), read)[1],
    ],
)
def test_what_changes_a_picture_or_a_frame_is_not_taken_for_files(
    nuke: Any, adapter: Adapter, plate: Any, change: Any
) -> None:
    upstream = adapter("upstream")
    assert upstream.files_in_place(plate, FRAMES, "main") is not None
    assert upstream.files_in_place(change(nuke, plate), FRAMES, "main") is None


@pytest.mark.parametrize("kind", ["Dot", "NoOp", "Grade", "Roto"])
def test_what_changes_nothing_is_passed_through(nuke: Any, adapter: Adapter, plate: Any, kind: str) -> None:
    node = getattr(nuke.nodes, kind)(inputs=[plate])
    if kind == "Grade":
        node["disable"].setValue(True)
    assert adapter("upstream").files_in_place(node, FRAMES, "main") is not None
    if kind == "Roto":
        node["output"].setValue("rgba")
        assert adapter("upstream").files_in_place(node, FRAMES, "main") is None


def test_relative_and_variable_paths_become_whole_ones(
    nuke: Any, adapter: Adapter, plate: Any, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = adapter("upstream")
    nuke.root()["project_directory"].setValue(str(shot.folder))
    plate["file"].setValue("plate.%04d.exr")
    assert upstream.files_in_place(plate, FRAMES, "main").pattern == shot.plate
    monkeypatch.setenv("SHOT", str(shot.folder))
    plate["file"].setValue("[getenv SHOT]/plate.####.exr")
    assert upstream.files_in_place(plate, FRAMES, "main").pattern == shot.plate
    monkeypatch.setenv("NAME", "plate")
    plate["file"].setValue("[getenv SHOT]/[getenv NAME].%04d.exr")
    assert upstream.files_in_place(plate, FRAMES, "main").pattern == shot.plate


def test_a_view_s_own_files_and_renders(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, roto: Any, shot: Shot, tmp_path: Path
) -> None:
    nuke.root()["views"].setValue("left right")
    for view in ("main", "left", "right"):
        (tmp_path / view).symlink_to(shot.folder)
    plate["file"].setValue(str(tmp_path / "%V" / "plate.%04d.exr"))
    export = adapter("exporting").export
    found = export(adapter("selection").chosen(), FrameRange.parse("1002"), tmp_path / "out", "right")
    assert found.plate.pattern == str(tmp_path / "right" / "plate.%04d.exr") and found.view == "right"
    with pytest.raises(RequestError) as caught:
        export(adapter("selection").chosen(), FRAMES, tmp_path, "middle")
    assert caught.value.code == "view_unknown"


@pytest.mark.parametrize(("text", "kind", "code"), [("Cancelled", Cancelled, "cancelled"),
                                                    ("disk on fire", PlateError, "render_failed")])  # fmt: skip
def test_a_render_that_fails_leaves_everything_as_it_was(
    app: FakeNuke, nuke: Any, adapter: Adapter, roto: Any, tmp_path: Path, unchanged: Any, text: str, kind: Any,
    code: str,
) -> None:  # fmt: skip
    nuke.root()["proxy"].setValue(True)
    app.root_node.setModified(False)
    nuke.frame(1003)
    unchanged()

    def trouble(frame: int) -> None:
        assert not app.root_node["proxy"].value(), "rendered at full size"
        if frame == 1003:
            raise RuntimeError(text)

    app.render_trouble = trouble
    with pytest.raises(kind) as caught:
        adapter("exporting").export(adapter("selection").chosen(), FRAMES, tmp_path)
    assert caught.value.code == code
    unchanged()
    assert nuke.root()["proxy"].value() is True


def test_the_artist_can_stop_it(app: FakeNuke, adapter: Adapter, roto: Any, tmp_path: Path, unchanged: Any) -> None:
    unchanged()
    seen: list[tuple[str, int, int]] = []

    def tell(what: str, done: int, total: int) -> bool:
        seen.append((what, done, total))
        return done < 1

    with pytest.raises(Cancelled):
        adapter("exporting").export(adapter("selection").chosen(), FRAMES, tmp_path, tell=tell)
    unchanged()
    assert seen == [("matte", 0, 2), ("matte", 1, 2)]


def test_only_some_frames_can_have_a_matte(
    app: FakeNuke, adapter: Adapter, roto: Any, tmp_path: Path, unchanged: Any
) -> None:
    unchanged()
    only = FrameRange.parse("1003")
    adapter("exporting").export(adapter("selection").chosen(), FRAMES, tmp_path, only=only)
    unchanged()
    assert not _matte(tmp_path / "matte.1002.exr").any()
    assert np.array_equal(_matte(tmp_path / "matte.1003.exr"), circle(1003))


@pytest.mark.parametrize("seed", range(4))
def test_no_default_of_a_studio_reaches_an_export(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, tmp_path: Path, seed: int
) -> None:
    roto = nuke.nodes.Roto(inputs=[nuke.nodes.Grade(inputs=[plate], multiply=1.25, black_clamp=False)])
    app.matte_of[roto.name()] = circle
    roto.setSelected(True)
    nuke.frame(1002)
    export, picked = adapter("exporting").export, adapter("selection").chosen()
    export(picked, FRAMES, tmp_path / "usual", only=FrameRange.parse("1003"))
    assert app.studio_defaults(["Write", "Grade"], random.Random(seed)) > 40
    export(picked, FRAMES, tmp_path / "odd", only=FrameRange.parse("1003"))
    for name in ("plate.1002.exr", "plate.1003.exr", "matte.1002.exr", "matte.1003.exr"):
        a, b = (read_frame(tmp_path / folder / name, 1) for folder in ("usual", "odd"))
        assert (a.data_window, a.display_window, a.channels) == (b.data_window, b.display_window, b.channels)
        assert np.array_equal(bits(a.pixels), bits(b.pixels))


def test_inside_a_group_it_works_in_the_group(
    app: FakeNuke, nuke: Any, adapter: Adapter, shot: Shot, tmp_path: Path, unchanged: Any
) -> None:
    group = nuke.nodes.Group(name="g")
    with group:
        inner = nuke.nodes.Grade(inputs=[plate_read(nuke, shot)], multiply=2)
        inner.setSelected(True)
        unchanged()
        found = adapter("exporting").export(adapter("selection").chosen(), FRAMES, tmp_path)
        unchanged()
    assert len(found.rendered) == 2 and (tmp_path / "plate.1003.exr").is_file()


def test_a_selection_that_is_not_clear_is_refused(app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any) -> None:
    chosen = adapter("selection").chosen
    codes = []
    for nodes in ([], [nuke.nodes.Roto()], [plate, nuke.nodes.Grade(inputs=[plate])], [plate] * 3):
        picked = [*nodes, nuke.nodes.NoOp(inputs=[plate]), nuke.nodes.NoOp()] if len(nodes) == 3 else nodes
        for node in app.every_node():
            node.setSelected(node in picked)
        with pytest.raises(PlatewrightError) as caught:
            chosen()
        codes.append(caught.value.code)
        assert caught.value.hint
    assert codes == ["nothing_selected", "selection_unclear", "selection_unclear", "selection_unclear"]


def test_plate_and_matte_are_told_apart(app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot) -> None:
    chosen = adapter("selection").chosen
    matte = nuke.nodes.Read(file=str(shot.folder / "matte.%04d.exr"), first=1001, last=1004, raw=True)
    nuke.frame(1001)
    plate.setSelected(True)
    matte.setSelected(True)
    assert (chosen().plate, chosen().matte) == (plate, matte)
    matte.setSelected(False)
    assert (chosen().plate, chosen().matte) == (plate, plate), "its own alpha"
    loose = nuke.nodes.Roto()
    app.matte_of[loose.name()] = circle
    loose.setSelected(True)
    assert (chosen().plate, chosen().matte) == (plate, loose)


def test_the_matte_may_be_in_another_channel(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, tmp_path: Path
) -> None:
    copy = nuke.nodes.Copy(inputs=[plate, plate], from0="depth.Z", to0="roto.mask", bbox="B")
    copy.setSelected(True)
    nuke.frame(1002)
    chosen = adapter("selection").chosen
    found = adapter("exporting").export(chosen(channel="roto.mask"), FRAMES, tmp_path)
    assert found.matte.channel == "roto.mask"
    assert read_frame(tmp_path / "matte.1003.exr", 1003).channels == ("roto.mask",)
    with pytest.raises(MatteError, match="no channel roto.other"):
        chosen(channel="roto.other")


def test_no_alpha_is_said(app: FakeNuke, nuke: Any, adapter: Adapter) -> None:
    constant = nuke.nodes.Constant(channels="rgb")
    constant.setSelected(True)
    with pytest.raises(MatteError) as caught:
        adapter("selection").chosen()
    assert caught.value.code == "matte_missing"
    assert adapter("selection").chosen(needs_matte=False).matte is None


def test_frames_come_from_the_input_the_script_or_the_artist(nuke: Any, adapter: Adapter, plate: Any) -> None:
    frames_of = adapter("selection").frames_of
    nuke.root()["first_frame"].setValue(1002)
    nuke.root()["last_frame"].setValue(1003)
    assert str(frames_of(plate)) == "1001-1004"
    assert str(frames_of(plate, of="root", handles=2)) == "1000-1005"
    assert str(frames_of(plate, "1002-1010x4")) == "1002-1010x4"
    with pytest.raises(RequestError):
        frames_of(plate, "10-1")


@pytest.mark.parametrize(
    ("management", "space", "said"),
    [("Nuke", "linear", "lin_rec709_scene"), ("OCIO", "scene_linear (ACES - ACEScg)", "ACES - ACEScg"),
     ("OCIO", "ACEScg", "ACEScg")],
)  # fmt: skip
def test_the_working_space_is_declared(nuke: Any, adapter: Adapter, management: str, space: str, said: str) -> None:
    nuke.root()["colorManagement"].setValue(management)
    nuke.root()["workingSpaceLUT"].setValue(space)
    assert adapter("colour").working_space() == said
