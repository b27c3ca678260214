"""Bad frames of a take, or a smaller mask in it, made again: the kept frames are the same files, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from comps import FIRST, HEIGHT, WIDTH, check_same, error, rendered
from test_mattes import rectangle
from test_registering import shortcuts, strike
from test_with_engine import ENGINE, engine, run_here, shot_with_mask, until

Part = Callable[[str], Any]
pytestmark = [
    pytest.mark.timeout(280),
    pytest.mark.skipif(not ENGINE, reason="no engine was given (PLATEWRIGHT_ENGINE_PROGRAM)"),
]
__all__ = ["engine"]  # a fixture


def files(folder: Path, version: int, element: str = "rig") -> dict[int, bytes]:
    """The patches of a take by frame."""
    found = (folder / "elements" / element).glob(f"{element}_v{version:03d}.*.exr")
    return {int(file.name.split(".")[1]): file.read_bytes() for file in found}


def placed_take(part: Part, folder: Path) -> tuple[Any, Any, Any]:
    """`rig_v001` of 1003-1006, made by the engine and placed; the shot, the plate's node, the controls."""
    shot, node, settings = shot_with_mask(part, folder)
    run_here(part, node, "regenerate", at_once=True)
    until(part("pump"), lambda: list(part("placing").placements()))
    return shot, node, settings


def press(part: Part, node: Any) -> None:
    """What the button does, for a node: there is no editor without a window."""
    scene = bpy.context.scene
    settings = scene.platewright_settings
    plate = part("plates").plate_of_node(node)
    prepared = part("preparing").prepare(
        settings.operation, part("properties").values_of(settings), plate, scene, at_once=True
    )
    (placed,) = part("placing").placements()
    prepared = part("again").gone_on(prepared, placed)
    source = prepared.matte if prepared.matte is not None else part("mattes").Source(mask=settings.mask)
    part("pump").flow().begin(scene, prepared, source)


def test_bad_frames_alone_are_made_again_and_shown_by_the_same_nodes(part: Part, folder: Path, engine: Path) -> None:
    shot, node, settings = placed_take(part, folder)
    scene, pump, placing = bpy.context.scene, part("pump"), part("placing")
    tree = part("compat").compositor_tree(scene)
    count = len(tree.nodes)
    before = {frame: rendered(scene, folder, frame) for frame in (1003, 1005, 1007)}
    for frame in (1004, 1005, 1006):
        scene.frame_set(frame)
        assert bpy.ops.platewright.mark_frame() == {"FINISHED"}
    scene.frame_set(1006)
    bpy.ops.platewright.mark_frame()
    assert (settings.base__how, settings.base__frames, settings.base__version) == ("frames", "1004-1005", 1)
    settings.seed = 5
    press(part, node)
    assert not pump.flow().drawings, "its own matte is read again"
    until(pump, lambda: [one.version for one in placing.placements()] == [2])
    old, new = files(folder, 1), files(folder, 2)
    assert sorted(new) == [1003, 1004, 1005, 1006]
    assert {frame for frame in new if new[frame] == old[frame]} == {1003, 1006}, "these are the very files"
    record = part("takes").load(str(folder / "elements" / "rig" / "rig_v002.take.json")).record
    assert record.request.base.version == 1 and str(record.request.base.frames) == "1004-1005"
    assert [one.taken_from for one in record.frames] == ["rig_v001", "", "", "rig_v001"]
    assert len(tree.nodes) == count, "no node was added"
    for frame in (1003, 1007):
        check_same(rendered(scene, folder, frame), before[frame], f"frame {frame}")
    shown = lambda: [one.version for one in placing.placements()]  # noqa: E731
    bpy.ops.platewright.compare()
    until(pump, lambda: shown() == [1])
    looked = (str(folder / "elements"), "rig")
    link = pump.flow().link
    link.look_at(*looked)
    until(pump, lambda: len(link.takes.get(looked, ())) == 2)
    keys = shortcuts()
    for editor, key, version in (("NODE_EDITOR", "UP", 2), ("VIEW_3D", "DOWN", 1), ("CLIP_EDITOR", "UP", 2)):
        assert strike(keys[editor, f"{key}_ARROW"]) == {"FINISHED"}
        until(pump, lambda wanted=version: shown() == [wanted])
    strike(keys["NODE_EDITOR", "RIGHT_ARROW"])
    assert next(placing.placements()).group.mute, "the plate alone"
    strike(keys["NODE_EDITOR", "RIGHT_ARROW"])
    assert not next(placing.placements()).group.mute
    assert bpy.ops.platewright.decide(kind="approve") == {"FINISHED"}
    until(pump, lambda: any(one.approved_by == "ada" for one in link.takes[looked]))
    assert [one.version for one in link.takes[looked] if one.approved_by] == [2], "exactly the take that is shown"


def test_a_smaller_mask_makes_only_its_part_again(part: Part, folder: Path, engine: Path) -> None:
    """With the real engine's own regeneration, since the quick one knows no parts."""
    import os

    pump = part("pump")
    real = os.environ.get("PLATEWRIGHT_REAL_ENGINE")
    assert real
    os.environ["PLATEWRIGHT_ENGINE"] = real
    pump.renew()
    import platewright.blender as pw

    shot, node, _ = shot_with_mask(part, folder)
    take = pw.regenerate(
        mask=bpy.data.masks["region"], element="rig", root="//elements", frames="1003-1005", operation__grain=False
    )
    assert pw.place(take) is not None
    scene = bpy.context.scene
    before = {frame: rendered(scene, folder, frame) for frame in (1003, 1004, 1005, 1007)}
    part_of = pw.again(take, mask=rectangle(35, 14, 45, 22), frames="1004", seed=9)
    assert part_of.record.request.base.region and part_of.label == "rig_v002"
    assert pw.place(part_of) is None, "shown by the nodes that are there"
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[HEIGHT - 23 : HEIGHT - 13, 34:46] = True
    for frame, was in before.items():
        got = rendered(scene, folder, frame)
        free = ~inside if frame == 1004 else np.ones_like(inside)
        check_same(got[free], was[free], f"frame {frame}")
    assert files(folder, 1)[1003] == files(folder, 2)[1003]


def test_what_can_not_be_gone_on_from_is_said(part: Part, folder: Path, engine: Path) -> None:
    shot, node, settings = placed_take(part, folder)
    settings.base__how, settings.base__frames, settings.element = "frames", "1004", "nothing"

    def refused(code: str) -> None:
        with pytest.raises(error("PlatewrightError")) as wrong:
            press(part, node)
        assert wrong.value.code == code and wrong.value.hint

    refused("base_missing")
    settings.element, settings.base__version = "rig", 7
    refused("base_missing")
    settings.base__version, settings.operation = 0, "extend"
    settings.operation__pads__left = 8
    refused("operation_not_for_takes")
    settings.operation, settings.base__frames = "regenerate", ""
    refused("again_unnamed")
    settings.base__frames = "1004"
    for number in range(FIRST, FIRST + 8):
        (folder / f"plate.{number}.exr").rename(folder / f"other.{number}.exr")
    node.image.filepath = str(folder / f"other.{FIRST}.exr")
    refused("base_other_plate")


def test_the_command_line_makes_frames_again(
    part: Part, folder: Path, engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    placed_take(part, folder)
    record = str(folder / "elements" / "rig" / "rig_v001.take.json")
    assert part("commands").run(["again", "--take", record, "--frames", "1005", "--seed", "3", "--place"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["take"] == "rig_v002" and said["frames"] == "1003-1006"
    old, new = files(folder, 1), files(folder, 2)
    assert {frame for frame in new if new[frame] == old[frame]} == {1003, 1004, 1006}
