"""The suite that every host passes, in a real Blender."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import plain_exr
import pytest
from comps import FIRST, GONE, HEIGHT, LAST, TAKE, WIDTH, artists_comp, error, make_shot, rendered, write_plate
from test_lasting import STRANGER

sys.path.append(str(Path(__file__).resolve().parents[2] / "hosts"))
from promises import PROMISES, HostComp


class BlenderComp:
    """A plate's Image node, and what is placed behind it."""

    element = "rig"
    frames = tuple(number for number in TAKE if number != GONE)
    outside = tuple(number for number in range(FIRST, LAST + 1) if number not in TAKE or number == GONE)

    def __init__(self, part: Callable[[str], Any], folder: Path) -> None:
        self.part, self.folder = part, folder
        self.shot = make_shot(folder)
        make_shot(folder, version=2)
        artists_comp(part, self.shot)
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "comp.blend"))
        bpy.ops.ed.undo_push(message="the artist's comp")

    def place(self) -> None:
        self._land(1)
        bpy.ops.ed.undo_push(message="placed")

    def step(self) -> None:
        self._land(2)
        bpy.ops.ed.undo_push(message="stepped")

    def plate(self, frame: int) -> np.ndarray:
        return self.shot.plates[frame]

    def shown(self, frame: int) -> np.ndarray:
        return rendered(bpy.context.scene, self.folder, frame)

    def matte(self, frame: int) -> np.ndarray:
        return self.shot.mattes[frame]

    def text(self) -> str:
        tree = self.part("compat").compositor_tree(bpy.context.scene)
        links = sorted(f"{one.from_node.name}>{one.to_node.name}.{one.to_socket.identifier}" for one in tree.links)
        nodes = sorted(
            f"{node.name} {node.bl_idname} {dict(node.items())} {node.mute} "
            f"{getattr(getattr(node, 'image', None), 'filepath', '')}"
            for node in tree.nodes
        )
        images = sorted(one.filepath for one in bpy.data.images if one.users and one.filepath)
        drivers = [one.data_path for one in tree.animation_data.drivers] if tree.animation_data else []
        return "\n".join((*nodes, *links, *images, *drivers))

    def undo(self) -> None:
        bpy.ops.ed.undo()

    def placed(self) -> tuple[str, int]:
        (found,) = self.part("placing").placements()
        return found.element, found.version

    def open_again(self) -> None:
        bpy.ops.wm.save_mainfile()
        bpy.ops.wm.open_mainfile(filepath=str(self.folder / "comp.blend"))

    def shown_without_us(self, frame: int) -> np.ndarray:
        bpy.ops.wm.save_mainfile()
        script, out, nobody = self.folder / "stranger.py", self.folder / "farm.exr", self.folder / "nobody"
        script.write_text(STRANGER)
        nobody.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, str(script), str(self.folder / "comp.blend"), str(out), str(frame)], capture_output=True,
            env={**os.environ, "BLENDER_USER_RESOURCES": str(nobody)}, timeout=120, check=False, text=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = plain_exr.read(out)
        return np.stack([found[name] for name in "RGBA"], axis=2)

    def scripts(self) -> list[str]:
        trees = [self.part("compat").compositor_tree(bpy.context.scene), *bpy.data.node_groups]
        curves = [one.driver for tree in trees if tree.animation_data for one in tree.animation_data.drivers]
        found = [one.expression for one in curves if not one.is_simple_expression]
        custom = [node.name for tree in trees for node in tree.nodes if "Custom" in node.bl_idname]
        return [*found, *custom, *(one.name for one in bpy.data.texts)]

    def place_where_it_does_not_fit(self) -> Exception | None:
        for number in range(FIRST, LAST + 1):
            small = np.zeros((HEIGHT // 2, WIDTH // 2, 4), np.float32)
            write_plate(self.folder / f"plate.{number}.exr", small, half=False)
        try:
            self._land(1)
        except error("RequestError") as wrong:
            return wrong  # type: ignore[no-any-return]
        return None

    def _land(self, version: int) -> None:
        scene = bpy.context.scene
        take = self.part("takes").load(f"{self.shot.root}/rig/rig_v{version:03d}.take.json")
        pattern = str(self.folder / "plate.####.exr")
        wanted = self.part("waiting").Waiting("", "rig", self.shot.root, pattern, "regenerate")
        self.part("landing").land(take, scene, wanted)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: one.__name__)
def test_blender_keeps_what_every_host_promises(
    promise: Callable[[HostComp], None], part: Callable[[str], Any], folder: Path
) -> None:
    comp = BlenderComp(part, folder)
    promise(comp)
    assert comp.text()
