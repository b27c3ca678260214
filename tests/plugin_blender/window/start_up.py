"""Run by a Blender with a window: installs the extension, opens the sample shot in the compositor, and obeys files.

`drive.py` clicks and types, and writes Python into `steps/NNN.py` to arrange editors and to ask; each step runs in a
timer of Blender's. What is asked for goes to standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import traceback
from pathlib import Path
from typing import Any

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
    regions(area)
    with bpy.context.temp_override(window=window, area=area):
        comp()
    bpy.app.timers.register(ready, first_interval=1.5)


def ready() -> None:
    say("READY", version=bpy.app.version_string)
    bpy.app.timers.register(obey, first_interval=0.2, persistent=True)


def large() -> Any:
    """The area that the test works in."""
    window = bpy.context.window_manager.windows[0]
    return window, max(window.screen.areas, key=lambda one: one.width * one.height)


def region(kind: str) -> list[int]:
    """x and y from the window's lower left corner, width, height, and the window's height."""
    window, area = large()
    found = next(one for one in area.regions if one.type == kind)
    return [found.x, found.y, found.width, found.height, window.height]


def tab() -> str:
    _, area = large()
    return str(next(one for one in area.regions if one.type == "UI").active_panel_category)


def copied() -> str:
    """What the copy keys took since the last time."""
    manager = bpy.context.window_manager
    text, manager.clipboard = manager.clipboard, " "
    return str(text)[:300]


def point(u: float, v: float) -> list[int]:
    """Where a place of the picture is in the large area's window region."""
    _, area = large()
    found = next(one for one in area.regions if one.type == "WINDOW")
    return list(found.view2d.view_to_region(u, v, clip=False))


def frames() -> None:
    """Let the large area's Image Editor show the frames that the comp's node shows."""
    window, area = large()
    user = area.spaces.active.image_user
    user.frame_start, user.frame_duration, user.frame_offset = 1001, 4, 1000
    user.use_auto_refresh = True
    for frame in (1002, 1001):
        window.scene.frame_set(frame)
    area.tag_redraw()


def rectangle() -> Any:
    """The mask that was drawn, or one as large."""
    if "drone" in bpy.data.masks:
        return bpy.data.masks["drone"]
    mask = bpy.data.masks.new("drone")
    spline = mask.layers.new(name="drone").splines.new()
    spline.points.add(3)
    spline.use_cyclic = True
    for one, place in zip(spline.points, ((0.04, 0.3), (0.46, 0.3), (0.46, 0.55), (0.04, 0.55)), strict=True):
        one.co, one.handle_type = place, "VECTOR"
    return mask


def looked(element: str) -> tuple[str, str]:
    return next((one.root, element) for one in part("placing").placements() if one.element == element)


def chosen(name: str) -> None:
    """Select a node by its name."""
    tree = part("compat").compositor_tree(bpy.context.scene)
    tree.nodes.active = tree.nodes[name]
    for one in tree.nodes:
        one.select = one == tree.nodes.active


def window_scene() -> str:
    return str(bpy.context.window_manager.windows[0].scene.name)


def strip() -> None:
    """The plate in the edit, whose own space changes nothing."""
    scene = bpy.context.scene
    scene.sequencer_colorspace_settings.name = "Linear Rec.709"
    editor = scene.sequence_editor or scene.sequence_editor_create()
    made = part("compat").strips_of(editor).new_image("plate", str(PLACE / "plate" / "plate.1001.exr"), 1, 1001)
    for number in range(1002, 1005):
        made.elements.append(f"plate.{number}.exr")
    made.colorspace_settings.name = "Linear Rec.709"
    editor.active_strip = made


def part(name: str) -> Any:
    return importlib.import_module(f"bl_ext.user_default.platewright.{name}")


def troubles() -> list[str]:
    flow = part("pump").flow()
    jobs = [f"{one.element} {one.state.value} {one.text}" for one in flow.link.jobs.values()]
    return [flow.link.state.value, *(one.text for one in flow.troubles), *jobs]


def show(kind: str, **settings: object) -> None:
    """Another editor in the large area, with its sidebar."""
    window, area = large()
    area.type = "NODE_EDITOR" if kind == "CompositorNodeTree" else kind
    if kind == "CompositorNodeTree":
        area.ui_type = kind
    regions(area)
    for name, value in settings.items():
        setattr(area.spaces.active, name, value)


def regions(area: Any) -> None:
    """The sidebar, whole: from 5.0 on a shelf of assets lies over its lower end."""
    space = area.spaces.active
    space.show_region_ui = True
    if area.type == "NODE_EDITOR" and hasattr(space, "show_region_asset_shelf"):
        space.show_region_asset_shelf = False


def fit(operator: str, **how: object) -> None:
    """Call an operator of the large area's editor, as `node.view_all`."""
    window, area = large()
    found = next(one for one in area.regions if one.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=found):
        kind, name = operator.split(".")
        getattr(getattr(bpy.ops, kind), name)(**how)


def obey() -> float:
    for file in sorted((PLACE / "steps").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        file.unlink()
        try:
            exec(compile(text, file.name, "exec"), globals())
            say("did", step=file.stem)
        except Exception:
            say("failed", step=file.stem, why=traceback.format_exc())
    return 0.02


def guarded() -> None:
    try:
        set_up()
    except Exception:
        say("failed", step="set_up", why=traceback.format_exc())


bpy.app.timers.register(guarded, first_interval=1.0)
