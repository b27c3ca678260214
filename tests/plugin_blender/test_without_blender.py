"""The logic that needs no Blender: camera maths, numbers of files, headers, and what may import what."""

from __future__ import annotations

import ast
import math
import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.client.messages import Happened, Message, State
from platewright.client.replies import Reply
from platewright.contract.errors import PlateError, PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job, JobEvent, JobState, Submission
from platewright.contract.request import Pads, Plate, Regenerate, Request
from platewright.synthesis.sky_model import SkyModel
from plugin_blender import camera as maths
from plugin_blender import exr_header, numbering
from plugin_blender.colour import interop_id, tag_for
from plugin_blender.daylight import Daylight
from plugin_blender.link import Link
from plugin_blender.overscan import any_wrong
from plugin_blender.takes import copies_pattern, version_of_copy
from tests.moving_shot import write_exr

PLUGIN = Path(__file__).resolve().parents[2] / "plugin_blender"
WITHOUT_BLENDER = (
    "camera", "colour", "daylight", "engine_setup", "exr_header", "flat_sky", "link", "numbering", "overscan", "state",
    "takes",
)  # fmt: skip

cameras = st.builds(
    maths.Camera,
    fit=st.sampled_from(("AUTO", "HORIZONTAL", "VERTICAL")),
    sensor_width=st.floats(1, 100),
    sensor_height=st.floats(1, 100),
    shift_x=st.floats(-2, 2),
    shift_y=st.floats(-2, 2),
    kind=st.sampled_from(("PERSP", "ORTHO")),
    ortho_scale=st.floats(0.1, 100),
)
frames = st.builds(maths.Frame, st.integers(16, 8192), st.integers(16, 8192), st.floats(0.5, 2), st.floats(0.5, 2))
pads = st.builds(Pads, *(st.integers(0, 4096) for _ in range(4)))


def landing(camera: maths.Camera, frame: maths.Frame, lens: float, x: float, y: float, z: float) -> tuple[float, float]:
    """Where a camera-space point lands, in pixels from the lower left: Blender's documented projection, written anew.

    The sensor spans the fitted side; a shift is a share of that side.
    """
    wide = frame.width * frame.aspect_x >= frame.height * frame.aspect_y
    across = camera.fit == "HORIZONTAL" or (camera.fit == "AUTO" and wide)
    side = frame.width if across else frame.height * frame.aspect_y / frame.aspect_x  # in pixels of the width's kind
    sensor = camera.sensor_height if camera.fit == "VERTICAL" else camera.sensor_width
    scale = lens / sensor / z if camera.kind == "PERSP" else 1 / camera.ortho_scale
    return (
        frame.width / 2 + (x * scale - camera.shift_x) * side,
        frame.height / 2 + (y * scale - camera.shift_y) * side * frame.aspect_x / frame.aspect_y,
    )


@given(cameras, frames, pads, st.floats(8, 300), st.floats(-5, 5), st.floats(-5, 5), st.floats(1, 50))
def test_a_point_lands_on_the_same_pixel_of_the_plate(
    camera: maths.Camera, frame: maths.Frame, sides: Pads, lens: float, x: float, y: float, z: float
) -> None:
    was = landing(camera, frame, lens, x, y, z)
    now = landing(maths.extended(camera, frame, sides), maths.extended_frame(frame, sides), lens, x, y, z)
    scale = max(1.0, abs(was[0]), abs(was[1]), abs(now[0]), abs(now[1]))
    assert abs(now[0] - was[0] - sides.left) < 1e-9 * scale
    assert abs(now[1] - was[1] - sides.bottom) < 1e-9 * scale


@given(cameras, frames, pads, pads)
def test_extending_twice_is_extending_once(camera: maths.Camera, frame: maths.Frame, first: Pads, second: Pads) -> None:
    step = maths.extended(camera, frame, first)
    twice = maths.extended(step, maths.extended_frame(frame, first), second)
    sums = [getattr(first, side) + getattr(second, side) for side in ("left", "right", "top", "bottom")]
    once = maths.extended(camera, frame, Pads(*sums))
    for name in ("sensor_width", "shift_x", "shift_y", "ortho_scale"):
        assert getattr(twice, name) == pytest.approx(getattr(once, name), rel=1e-9, abs=1e-9)


@given(pads)
def test_even_pads_are_even_and_at_most_a_pixel_more(sides: Pads) -> None:
    made = maths.even(sides)
    assert (made.left + made.right) % 2 == 0 == (made.top + made.bottom) % 2
    assert (made.left, made.top) == (sides.left, sides.top)
    assert 0 <= made.right - sides.right <= 1 and 0 <= made.bottom - sides.bottom <= 1
    assert maths.even(made) == made


def test_pads_for_a_size_reach_it_or_say_why_not() -> None:
    assert maths.pads_for_size(1920, 1080, 2048, 1152) == Pads(64, 64, 36, 36)
    for size in ((1900, 1080), (1920, 1080), (1920, 1000)):
        with pytest.raises(RequestError) as refused:
            maths.pads_for_size(1920, 1080, *size)
        assert refused.value.code == "extend_invalid"
    with pytest.raises(RequestError) as refused:
        maths.extended(maths.Camera(kind="PANO"), maths.Frame(10, 10), Pads(1, 1))
    assert refused.value.code == "camera_panoramic"


@given(st.integers(-1000, 100_000), st.integers(-1000, 100_000), st.integers(-500, 5000))
def test_frames_of_the_scene_and_numbers_of_files_go_back_and_forth(start: int, offset: int, frame: int) -> None:
    found = numbering.Numbering.of_node(start, offset)
    assert found.scene(frame + found.shift) == frame
    assert found.scene(offset + 1) == start, "the first file of a node stands at its start"


@given(st.text("abcxyz_-. 0123456789", min_size=1, max_size=20), st.integers(0, 10_000_000), st.integers(1, 8))
def test_a_pattern_names_its_own_file(stem: str, number: int, digits: int) -> None:
    name = f"/shot/{stem}.{number:0{digits}d}.exr"
    pattern, found = numbering.pattern_of(name)
    assert numbering.file_of(pattern, found) == name


@pytest.mark.parametrize("path", ["plate.1001.exr", "/a#b/plate.1001.exr", "/a/pl%d.1001.exr", "/a/\n.1001.exr"])
def test_a_path_that_the_engine_would_misread_is_refused(path: str) -> None:
    with pytest.raises(RequestError) as refused:
        numbering.pattern_of(path)
    assert refused.value.code == "path_unusable" and refused.value.hint


def test_files_that_are_there_are_counted_as_the_engine_counts(tmp_path: Path) -> None:
    for name in (
        "p.0998.exr",
        "p.0999.exr",
        "p.1000.exr",
        "p.10000.exr",
        "p.999.exr",
        "p.x.exr",
        "q.1000.exr",
        "p.01000.exr",
    ):
        (tmp_path / name).write_bytes(b"")
    assert numbering.present(str(tmp_path / "p.####.exr")) == (998, 999, 1000, 10000)
    assert numbering.present(str(tmp_path / "gone" / "p.####.exr")) == ()


def test_windows_are_read_as_openimageio_writes_them(tmp_path: Path) -> None:
    from platewright.contract.windows import Box

    file = tmp_path / "plate.1001.exr"
    pixels = np.zeros((20, 30, 3), np.float16)
    write_exr(file, pixels, ("R", "G", "B"), space="lin_ap1_scene", data_window=Box(-3, 4, 27, 24),
              display_window=Box(0, 0, 64, 32))  # fmt: skip
    found = exr_header.windows_of(str(file))
    assert found is not None
    assert (found.data, found.display, found.is_whole) == (Box(-3, 4, 27, 24), Box(0, 0, 64, 32), False)
    assert found.colour_space == "lin_ap1_scene"
    (tmp_path / "x.png").write_bytes(b"\x89PNG....")
    assert exr_header.windows_of(str(tmp_path / "x.png")) is None
    with pytest.raises(PlateError) as refused:
        exr_header.windows_of(str(tmp_path / "gone.exr"))
    assert refused.value.code == "frame_missing"


def test_a_long_header_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "plate.1001.exr"
    write_exr(file, np.zeros((4, 4, 3), np.float16), ("R", "G", "B"))
    data = file.read_bytes()
    long = b"note\0string\0" + struct.pack("<i", 100_000) + b"x" * 100_000
    file.write_bytes(data[:8] + long + data[8:])
    found = exr_header.windows_of(str(file))
    assert found is not None and found.is_whole


def test_any_frame_that_is_wrong_is_found_some_at_each_look_and_again_where_it_was_rendered_since(
    tmp_path: Path,
) -> None:
    opened, bad, now = list[int](), {37}, [0.0]

    def is_wrong(number: int) -> bool:
        opened.append(number)
        now[0] += 0.001  # a slow disk: four at a time
        return number in bad

    def look() -> bool:
        opened.clear()
        return any_wrong(str(tmp_path), range(1, 101), is_wrong, clock=lambda: now[0])

    looks = next(count for count in range(1, 50) if look())
    assert 5 < looks < 15 and len(opened) <= 8, "it took a few looks, each of a few files"
    assert look() and opened == [37], "what was found is looked at first"
    bad.clear()
    assert not any(look() for _ in range(30))
    bad.add(64)
    assert any(look() for _ in range(60)), "rendered again since it was looked at"
    assert not any_wrong(str(tmp_path / "another"), (5,), lambda number: False)


@given(st.binary(max_size=400), st.integers(0, 390))
def test_a_hostile_header_is_an_error_of_ours_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, cut: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "hostile.exr"
    file.write_bytes((struct.pack("<ii", 20000630, 2) + noise)[:cut])
    try:
        found = exr_header.windows_of(str(file))
    except PlatewrightError as error:
        assert error.code == "frame_unreadable"
    else:
        assert found is None or found.data.area > 0


def test_a_file_that_was_cut_off_is_known_however_little_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "matte.1001.exr"
    noise = np.random.default_rng(1).random((50, 40, 1)).astype(np.float32)
    for compression in ("none", "rle", "zips", "zip", "piz", "pxr24", "dwaa"):
        spec = oiio.ImageSpec(40, 50, 1, oiio.FLOAT)
        spec.channelnames = ("A",)
        spec.attribute("compression", compression)
        output = oiio.ImageOutput.create(str(file))
        assert output.open(str(file), spec) and output.write_image(noise) and output.close()
        content = file.read_bytes()
        assert exr_header.is_complete(str(file)), compression
        for kept in (len(content) - 1, len(content) // 2, 100, 0):
            file.write_bytes(content[:kept])
            assert not exr_header.is_complete(str(file)), (compression, kept)


def test_colour_spaces_are_told_and_never_guessed() -> None:
    assert interop_id("Linear Rec.709") == "lin_rec709_scene" and interop_id("ACEScg") == "lin_ap1_scene"
    assert interop_id("Non-Color") == "" == interop_id("Somebody's own")
    assert tag_for("lin_ap1_scene", "ACEScg") == "ACEScg"
    assert tag_for("lin_rec709_scene", "Non-Color") == "Non-Color"
    assert tag_for("lin_rec709_scene", "sRGB") == "Linear Rec.709", "the take of an encoded plate is scene-linear"


@given(st.floats(0, 90), st.floats(1.8, 10))
def test_daylight_is_the_engines(elevation: float, turbidity: float) -> None:
    theirs = SkyModel(20.0, elevation, turbidity)
    zenith = math.radians(90 - max(elevation, 0.5))
    mine = Daylight(20.0, elevation, turbidity)
    assert mine.exposure == pytest.approx(math.pi / theirs._illuminance(zenith), rel=1e-4)
    assert 0 <= mine.sun * math.sin(math.radians(max(elevation, 0.5))) <= math.pi


def test_copies_are_known_by_their_names() -> None:
    assert version_of_copy(copies_pattern("/e", "rig", 12), "rig") == 12
    assert version_of_copy(copies_pattern("/e", "sky", 3, "sky"), "sky") == 3
    assert version_of_copy("//x/rig_v012.1001.exr", "wire") == 0 == version_of_copy("rig.exr", "rig")


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return found


def test_the_extension_knows_the_light_rooms_blender_and_python_alone() -> None:
    light = (
        "platewright.contract", "platewright.client", "platewright.publish", "platewright.panel.field",
        "platewright.panel.asking", "platewright.panel.backend_", "platewright.panel.kept_values",
        "platewright.panel.presets", "platewright.panel.price", "platewright.panel.set_words",
        "platewright.panel.take_words",
    )  # fmt: skip
    host = {"bpy", "mathutils", "bpy_extras", "compat"}  # compat: the matte's script, which runs by itself
    for file in PLUGIN.glob("*.py"):
        for name in imports(file):
            known = (
                name == "platewright"
                or name.startswith(light)
                or name.partition(".")[0] in host | set(sys.stdlib_module_names)
            )
            assert known, f"{file.name} imports {name}"


def test_blender_is_asked_for_its_version_in_one_place_alone() -> None:
    asking = [file.name for file in PLUGIN.glob("*.py") if "app.version" in file.read_text(encoding="utf-8").replace(
        "app.version_string", "")]  # fmt: skip
    assert asking == ["compat.py"]


def test_what_needs_no_blender_imports_none() -> None:
    for name in WITHOUT_BLENDER:
        assert not {one.partition(".")[0] for one in imports(PLUGIN / f"{name}.py")} & {"bpy", "mathutils"}, name


class _Told:
    """A session whose answers and events come in the order that a test says."""

    def __init__(self) -> None:
        self.connection = State.CONNECTED
        self.coming: list[Message] = []
        self.asked: list[tuple[str, Reply[Job]]] = []

    def submit(self, submission: Submission) -> Reply[Job]:
        return self._wait("submit")

    def job(self, job: str) -> Reply[Job]:
        return self._wait(job)

    def drain(self, most: int = 50) -> tuple[Message, ...]:
        found, self.coming = tuple(self.coming), []
        return found

    def answer(self, what: str, job: Job) -> None:
        (reply,) = [one for name, one in self.asked if name == what]
        reply.settle(job, None)
        for call in reply.waiting():
            call(reply)

    def _wait(self, what: str) -> Reply[Job]:
        self.asked.append((what, Reply(what, lambda reply: None)))
        return self.asked[-1][1]


def test_a_job_that_ended_before_its_answer_came_is_asked_for_once_more() -> None:
    session, ended = _Told(), list[str]()
    link = Link(session, lambda view: ended.append(view.id))  # type: ignore[arg-type]
    submission = Submission(Request(Regenerate(), "rig", Plate("/p.####.exr", FrameRange((1,)))), "/elements")
    job = Job("a1", JobState.QUEUED, submission, "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z")
    link.send(submission, lambda reply: None)
    session.coming = [Happened(JobEvent(1, name, "", "state", JobState.DONE)) for name in ("a1", "of another host")]
    link.drain()
    session.answer("submit", job)
    assert link.jobs["a1"].state is JobState.QUEUED and [name for name, _ in session.asked] == ["submit", "a1"]
    session.answer("a1", replace(job, state=JobState.DONE, take="/e/rig/rig_v001.take.json"))
    assert ended == ["a1"] and link.jobs["a1"].take and link.jobs["a1"].title == "rig"
    assert replace(link.jobs["a1"], backend="mock").title == "rig by mock"
