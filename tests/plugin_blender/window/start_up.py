"""Run by a Blender with a window: installs the extension, opens the sample shot in the compositor, and obeys a file.

`drive.py` writes a line of Python at a time into `steps/NNN.py` and clicks; each step runs in a timer of Blender's.
What a test needs to know goes to standard output: where regions are, and the word READY.
"""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import bpy

PLACE = Path(os.environ["PLATEWRIGHT_WINDOW_TEST"])
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.ui_scale = 1.0


def say(word: str, **values: object) -> None:
    print(f"SAYS {json.dumps({'word': word, **values})}", flush=True)


def comp(name: str = "plate.1001.exr") -> None:
    """The sample shot's plate in the comp, with its camera."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 960, 540
    scene.frame_start, scene.frame_end = 1001, 1004
    scene.frame_set(1001)
    if hasattr(scene, "compositing_node_group"):
        tree = bpy.data.node_groups.new("Comp", "CompositorNodeTree")
        tree.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
        out = tree.nodes.new("NodeGroupOutput")
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        out = tree.nodes.new("CompositorNodeComposite")
    image = bpy.data.images.load(str(PLACE / "plate" / name))
    image.source = "SEQUENCE"
    node = tree.nodes.new("CompositorNodeImage")
    node.name = "Plate"
    node.image, node.frame_start, node.frame_duration, node.frame_offset = image, 1001, 4, 1000
    node.use_auto_refresh = True
    viewer = tree.nodes.new("CompositorNodeViewer")
    node.location, out.location, viewer.location = (-700, 200), (300, 200), (300, -50)
    tree.links.new(node.outputs["Image"], out.inputs[0])
    tree.links.new(node.outputs["Image"], viewer.inputs[0])
    tree.nodes.active = node
    for one in tree.nodes:
        one.select = one == node
    if scene.camera is not None:
        scene.camera.data.lens = 35
    bpy.ops.wm.save_as_mainfile(filepath=str(PLACE / "shot.blend"))


def set_up() -> None:
    bpy.ops.extensions.package_install_files(
        filepath=str(PLACE / "platewright.zip"), repo="user_default", enable_on_install=True, overwrite=True
    )
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda one: one.width * one.height)
    area.type = "NODE_EDITOR"
    area.ui_type = "CompositorNodeTree"
    area.spaces.active.show_region_ui = True
    with bpy.context.temp_override(window=window, area=area):
        comp()
    bpy.app.timers.register(ready, first_interval=1.5)


def ready() -> None:
    tell_regions()
    say("READY", version=bpy.app.version_string)
    bpy.app.timers.register(obey, first_interval=0.2, persistent=True)


def tell_regions() -> None:
    window = bpy.context.window_manager.windows[0]
    for area in window.screen.areas:
        for region in area.regions:
            if region.width > 1 and region.type in ("WINDOW", "UI"):
                say("region", area=area.ui_type, region=region.type, x=region.x, y=region.y, width=region.width,
                    height=region.height, window=[window.x, window.y, window.width, window.height])  # fmt: skip


def obey() -> float:
    for file in sorted((PLACE / "steps").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        file.unlink()
        try:
            known = {"bpy": bpy, "say": say, "tell_regions": tell_regions, "PLACE": PLACE}
            exec(compile(text, file.name, "exec"), known)
            say("did", step=file.stem)
        except Exception:
            say("failed", step=file.stem, why=traceback.format_exc())
    return 0.2


def guarded() -> None:
    try:
        set_up()
    except Exception:
        say("failed", step="set_up", why=traceback.format_exc())


bpy.app.timers.register(guarded, first_interval=1.0)
