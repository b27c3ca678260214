"""The sample shot through the real engine: filled, under a new sky, extended, placed, and the plate exact."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

Part = Callable[[str], Any]
SAMPLE = Path(__file__).resolve().parents[3] / "sample"
ENGINE = os.environ.get("PLATEWRIGHT_REAL_ENGINE", "")
pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not ENGINE, reason="no engine was given (PLATEWRIGHT_REAL_ENGINE)"),
]
W, H = 960, 540


@pytest.fixture
def real(part: Part, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The installed program as it is, with a state folder of the test's own."""
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(folder / "home"))
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(folder / "home" / "state"))
    monkeypatch.setenv("PLATEWRIGHT_ENGINE", ENGINE)
    part("pump").stop()
    part("pump").start()
    yield
    part("pump").stop()
    from platewright.client.stopping import stop_engine

    stop_engine(folder / "home" / "state", now=True)
    part("pump").start()


def pixels(path: Path) -> np.ndarray:
    """A file's own values, as Blender reads them, rows from the bottom."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.colorspace_settings.name = "Non-Color"
    found = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(found)
    shape = (image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    return found.reshape(shape)


def test_the_drone_goes_the_sky_is_new_and_the_plate_stays_and_grows(part: Part, folder: Path, real: None) -> None:
    import platewright.blender as pw

    for number in (1003, 1004):
        shutil.copy(SAMPLE / "plate" / f"plate.{number}.exr", folder)
        shutil.copy(SAMPLE / "matte" / f"matte.{number}.exr", folder)
    compat, scene = part("compat"), bpy.context.scene
    tree = compat.new_compositor(scene)
    node = tree.nodes.new("CompositorNodeImage")
    node.image = bpy.data.images.load(str(folder / "plate.1003.exr"))
    node.image.source = "SEQUENCE"
    node.frame_start, node.frame_duration, node.frame_offset, node.use_auto_refresh = 1003, 2, 1002, True
    tree.links.new(node.outputs["Image"], compat.output_node(tree).inputs[0])
    compat.exact_render(scene, W, H)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    take = pw.regenerate(matte=str(folder / "matte.####.exr"), element="drone", root="//elements")
    pw.place(take)
    (found,) = part("placing").placements()
    assert (found.element, found.version, found.offline) == ("drone", 1, False)
    scene.frame_set(1004)
    scene.render.filepath, scene.render.use_file_extension = str(folder / "comp.exr"), False
    bpy.ops.render.render(write_still=True)
    plate, comp = pixels(folder / "plate.1004.exr")[..., :3], pixels(folder / "comp.exr")[..., :3]
    alpha = pixels(folder / "elements/.full_frames/drone/drone_v001.1004.exr")[..., 3]
    assert np.array_equal(plate[alpha == 0], comp[alpha == 0]), "exact outside the blend"
    assert (alpha > 0).any() and np.abs(plate[alpha == 1] - comp[alpha == 1]).mean() > 0.02, "something else inside"
    sky = pw.replace_sky(sun=(220, 35), element="sky", root="//elements", frames="1004", operation__relight=0.0)
    placed = pw.place(sky, layer="sky")
    fed = {socket.name: socket.links[0].from_node.name for socket in placed.group.inputs if socket.links}
    assert fed == {"Plate": node.name, "Result": placed.image.name, "Result Alpha": placed.image.name}
    assert placed.image.image.name == "sky_v001 sky", "plate, sky and matte come apart into the group"
    bpy.ops.render.render(write_still=True)
    comp, matte = pixels(folder / "comp.exr")[..., :3], pixels(Path(bpy.path.abspath(placed.image.image.filepath)))
    free = (alpha == 0) & (matte[..., 3] == 0)
    assert np.array_equal(plate[free], comp[free]), "exact outside both"
    whole = (alpha == 0) & (matte[..., 3] == 1)
    assert whole.sum() > 20_000 and np.array_equal(comp[whole], matte[whole][:, :3]), "the new sky itself"
    wide = pw.extend(left=32, right=32, element="wide", root="//elements", frames="1003")
    assert wide.size == (W + 64, H)
    pw.place(wide, into="comp")
    assert {one.element for one in part("placing").placements()} == {"drone", "sky", "wide"}
