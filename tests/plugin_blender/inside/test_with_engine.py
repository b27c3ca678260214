"""The whole way with a real engine process: select, draw, send, make, place; and what happens when there is none."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from comps import FIRST, HEIGHT, LAST, WIDTH, artists_comp, check_equal, check_same, error, exact, make_shot, rendered
from test_mattes import rectangle

Part = Callable[[str], Any]
ENGINE = os.environ.get("PLATEWRIGHT_ENGINE_PROGRAM", "")
pytestmark = [
    pytest.mark.timeout(280),
    pytest.mark.skipif(not ENGINE, reason="no engine was given (PLATEWRIGHT_ENGINE_PROGRAM)"),
]


@pytest.fixture
def engine(part: Part, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The pump with an engine of the test's own, started by the first call; its state folder."""
    home = folder / "home"
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(home))
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(home / "state"))
    monkeypatch.setenv("PLATEWRIGHT_ENGINE", ENGINE)
    pump = part("pump")
    pump.stop()
    pump.start()
    yield home / "state"
    pump.stop()
    from platewright.client.stopping import stop_engine

    kill(home / "state", signal.SIGCONT)
    stop_engine(home / "state", now=True)
    pump.start()


def kill(state: Path, how: int) -> None:
    from platewright.client.finding import find_endpoint

    found = find_endpoint(state)
    if found is not None:
        os.kill(found.pid, how)


def until(pump: Any, done: Callable[[], object], seconds: float = 90) -> None:
    """Turn the pump by hand, as the timer would."""
    end = time.monotonic() + seconds
    while not done():
        pump.tick()
        wrong = [one.text for one in pump.flow().troubles if one.code]
        assert done() or (time.monotonic() < end and not wrong), (wrong, pump.flow().link.jobs, pump.flow().link.state)
        time.sleep(0.02)


def shot_with_mask(part: Part, folder: Path) -> tuple[Any, Any, Any]:
    shot = make_shot(folder, special=False, element="older", space="lin_rec709_scene")
    _, node = artists_comp(part, shot)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    settings = bpy.context.scene.platewright_settings
    settings.mask = rectangle(30, 10, 60, 30)
    settings.element, settings.host__root, settings.submission__who = "rig", "//elements", "ada"
    settings.host__frames = "1003-1006"
    return shot, node, settings


def run_here(part: Part, node: Any, operation: str, at_once: bool = False, into: str = "comp") -> None:
    """What the button does, for a node: there is no editor without a window."""
    settings = bpy.context.scene.platewright_settings
    plate = part("plates").plate_of_node(node)
    prepared = part("preparing").prepare(
        operation, part("properties").values_of(settings), plate, bpy.context.scene, into=into, at_once=at_once
    )
    source = None if operation == "extend" else part("mattes").Source(mask=settings.mask)
    part("pump").flow().begin(bpy.context.scene, prepared, source)


def test_from_a_mask_to_the_comp_and_back(part: Part, folder: Path, engine: Path) -> None:
    shot, node, _ = shot_with_mask(part, folder)
    pump, placing = part("pump"), part("placing")
    run_here(part, node, "regenerate", at_once=True)
    assert not pump.flow().sent and pump.flow().drawings, "nobody waited for the matte or the engine"
    until(pump, lambda: part("waiting").waiting(bpy.context.scene))
    bpy.ops.wm.save_mainfile()
    until(pump, lambda: list(placing.placements()))
    (found,) = placing.placements()
    assert (found.element, found.version, found.offline) == ("rig", 1, False)
    assert not part("waiting").waiting(bpy.context.scene), "the scene waits no longer"
    scene = bpy.context.scene
    for frame in range(FIRST, LAST + 1):
        got = rendered(scene, folder, frame)
        region = np.zeros((HEIGHT, WIDTH), bool)
        region[HEIGHT - 31 : HEIGHT - 9, 29:61] = 1003 <= frame <= 1006
        check_same(got[~region], shot.plates[frame][~region], f"frame {frame}")
        if 1003 <= frame <= 1006:
            grey = np.float16(0.18 + 0.01 * (frame - 1001))
            assert np.allclose(got[HEIGHT - 20, 45, :3], grey, atol=2e-3)
    flow = pump.flow()
    flow.link.look_at(found.root, "rig")
    until(pump, lambda: flow.link.takes.get((found.root, "rig")))
    assert part("take_operators").versions_of(found) == (1,)
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    assert part("waiting").waiting(bpy.context.scene), "as it was saved: the job had not ended then"
    until(pump, lambda: list(placing.placements()))
    assert not part("waiting").waiting(bpy.context.scene), "the engine told the opened file what had happened since"


def test_a_plate_is_extended_into_a_scene_of_its_own(part: Part, folder: Path, engine: Path) -> None:
    import platewright.blender as pw

    shot = make_shot(folder, special=False, element="older", space="lin_rec709_scene")
    artists_comp(part, shot)
    scene = bpy.context.scene
    camera = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    clip = scene.active_clip = bpy.data.movieclips.load(shot.first)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    take = pw.extend(left=9, right=4, top=2, element="wide", root="//elements", frames="1003-1004")
    assert take.size == (WIDTH + 9 + 5, HEIGHT + 2 + 0), "the sums were made even"
    assert pw.place(take, into="scene") is not None
    wide = next(one for one in bpy.data.scenes if one != scene)
    assert (wide.render.resolution_x, wide.render.resolution_y) == take.size
    behind = wide.camera.data.background_images[0].image
    assert behind.name == "wide_v001 whole" and os.path.isfile(bpy.path.abspath(behind.filepath))
    assert wide.active_clip != clip and wide.active_clip.filepath == bpy.path.abspath(behind.filepath)
    assert scene.active_clip == clip, "the artist's scene keeps its own"
    assert part("compat").compositor_tree(wide) != part("compat").compositor_tree(scene)
    bpy.context.window.scene = wide
    bpy.context.view_layer.update()
    exact(part, wide, *take.size)
    for frame in (1003, 1004, 1007):
        got = rendered(wide, folder, frame)
        check_equal(got[2:, 9 : 9 + WIDTH, :3], shot.plates[frame][..., :3], f"frame {frame}")
        assert (np.abs(got[:, :9, :3]).max() > 0) == (frame != 1007)
    assert part("compat").compositor_tree(scene) not in [one.tree for one in part("placing").placements()]
    anew = pw.again(take, wide, frames="1004", seed=3)
    kept, old = (os.path.join(folder, "elements", "wide", f"wide_v{one:03d}.1003.exr") for one in (1, 2))
    assert anew.label == "wide_v002" and Path(kept).read_bytes() == Path(old).read_bytes()
    assert pw.place(anew, wide) is None, "shown by the nodes that are there"
    behind = wide.camera.data.background_images[0].image
    assert behind.name == "wide_v002 whole" and wide.active_clip.filepath == bpy.path.abspath(behind.filepath)
    assert [one.version for one in part("placing").placements()] == [2] and len(bpy.data.scenes) == 2
    exact(part, wide, *take.size)
    check_equal(rendered(wide, folder, 1004)[2:, 9 : 9 + WIDTH, :3], shot.plates[1004][..., :3], "the plate")


def test_an_engine_that_is_killed_is_found_again_and_the_job_is_made(part: Part, folder: Path, engine: Path) -> None:
    _, node, settings = shot_with_mask(part, folder)
    settings.seed = 99  # takes its time
    pump = part("pump")
    run_here(part, node, "regenerate", at_once=True)
    flow = pump.flow()
    until(pump, lambda: any(one.step is not None for one in flow.link.jobs.values()))
    kill(engine, signal.SIGKILL)
    until(pump, lambda: list(part("placing").placements()))
    assert len(list(part("placing").placements())) == 1


def test_a_hung_engine_blocks_nothing_and_is_said(part: Part, folder: Path, engine: Path) -> None:
    shot, node, settings = shot_with_mask(part, folder)
    settings.mask = None
    pump = part("pump")
    flow = pump.flow()
    flow.link.session.health()
    until(pump, lambda: flow.link.state.value == "connected")
    kill(engine, signal.SIGSTOP)
    plate = part("plates").plate_of_node(node)
    values = {**part("properties").values_of(settings), "operation.pads.left": 8}
    for _ in range(200):
        # Nobody can answer: two hundred waits would be far beyond this test's time. bench/blender.py has the figures.
        prepared = part("preparing").prepare("extend", values, plate, bpy.context.scene, into="comp")
        flow.begin(bpy.context.scene, prepared, None)
        pump.tick()
    until(pump, lambda: flow.link.state.value == "hung", 60)
    kill(engine, signal.SIGCONT)
    until(pump, lambda: flow.link.state.value == "connected", 60)
    assert check_file_is_as_it_was(folder)


def check_file_is_as_it_was(folder: Path) -> bool:
    before = (folder / "shot.blend").stat().st_mtime_ns
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    return (folder / "shot.blend").stat().st_mtime_ns == before


def test_an_engine_that_is_missing_is_said_with_what_to_do(
    part: Part, folder: Path, engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, node, _ = shot_with_mask(part, folder)
    monkeypatch.setenv("PLATEWRIGHT_ENGINE", str(folder / "nothing"))
    pump = part("pump")
    pump.stop()
    pump.start()
    run_here(part, node, "regenerate")
    flow = pump.flow()
    until(pump, lambda: flow.troubles and flow.link.state.value == "absent", 60)
    assert flow.link.failure is not None and flow.link.failure.hint
    assert not list(part("placing").placements()) and not part("waiting").waiting(bpy.context.scene)


def test_a_take_whose_record_is_garbage_is_an_error_and_the_file_stays(part: Part, folder: Path, engine: Path) -> None:
    shot, node, _ = shot_with_mask(part, folder)
    record = Path(shot.root, "older", "older_v001.take.json")
    record.write_bytes(b"{" * 1000)
    tree = part("compat").compositor_tree(bpy.context.scene)
    before = len(tree.nodes)
    import platewright.blender as pw

    with pytest.raises(error("ManifestError")):
        pw.place(str(record))
    assert len(tree.nodes) == before


def test_what_the_engine_refuses_comes_as_a_sentence(part: Part, folder: Path, engine: Path) -> None:
    import platewright.blender as pw

    shot, node, settings = shot_with_mask(part, folder)
    for number in range(FIRST, LAST + 1):
        Path(folder, f"plate.{number}.exr").write_bytes(Path(folder, f"plate.{number}.exr").read_bytes()[:3000])
    with pytest.raises(error("PlatewrightError")) as refused:
        pw.extend(left=8, right=8, root="//elements", element="wide")
    assert "plate.1001.exr is cut off" in refused.value.message
    assert not list(part("placing").placements())


def test_the_command_line_does_it_all_without_a_window(
    part: Part, folder: Path, engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shot, _, _ = shot_with_mask(part, folder)
    words = ["regenerate", "--mask", "region", "--element", "wire", "--root", "//elements", "--frames", "1003-1004",
             "--place", "--save"]  # fmt: skip
    assert part("commands").run(words) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["take"] == "wire_v001" and said["frames"] == "1003-1004"
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    (found,) = part("placing").placements()
    assert (found.element, found.version) == ("wire", 1)
    assert part("commands").run(["extend", "--element", "wide"]) != 0
    error = json.loads(capsys.readouterr().err.splitlines()[-1])["error"]
    assert error["code"] and error["hint"]
