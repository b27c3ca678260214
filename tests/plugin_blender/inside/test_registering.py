"""The extension in Blender: enabled, disabled, enabled again, and nothing of it left behind in between."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import addon_utils
import bpy
import pytest
from conftest import MODULE

Part = Callable[[str], Any]
NAMES = ("run", "cancel", "retry", "place", "forget", "dismiss", "start_engine", "set_up_engine", "step_take",
         "show_take", "toggle", "remove", "decide", "place_file", "back", "match_world", "compare", "pads_for_size",
         "add_reference", "remove_reference", "tag_alike", "cut_plate", "mark_frame", "choose_take",
         "choose_generator", "toggle_rival", "forget_inputs", "use_preset", "save_preset", "delete_preset",
         "send_offer", "drop_offer", "add_set", "remove_set", "look_for_sets")  # fmt: skip


def ours() -> list[str]:
    return [name for name in dir(bpy.types) if name.startswith("PLATEWRIGHT_")]


def shortcuts() -> dict[tuple[str, str], Any]:
    """The extension's keys: an editor and a key, and what stands there."""
    keymaps = bpy.context.window_manager.keyconfigs.addon.keymaps
    return {
        (keymap.space_type, item.type): item
        for keymap in keymaps for item in keymap.keymap_items if item.idname.startswith("platewright.")
    }  # fmt: skip


def strike(item: Any) -> set[str]:
    """What Blender does when the key is struck: the operator it names, with the values it has."""
    kind, name = item.idname.split(".")
    return set(getattr(getattr(bpy.ops, kind), name)(**dict(item.properties.items())))


def test_everything_is_there_and_goes_without_a_trace(part: Part) -> None:
    assert sorted(dir(bpy.ops.platewright)) == sorted(NAMES)
    assert len(ours()) == len(NAMES) + 5 + 5  # panels and menus
    assert hasattr(bpy.types.Scene, "platewright_settings")
    import platewright.blender

    assert platewright.blender.extend
    assert bpy.app.timers.is_registered(part("pump").tick)
    before = threading.active_count()
    keys = set(shortcuts())
    addon_utils.disable(MODULE, default_set=True)
    assert not shortcuts()
    assert not ours() and not hasattr(bpy.types.Scene, "platewright_settings")
    assert "platewright.blender" not in sys.modules
    assert not [one for one in bpy.app.handlers.load_post if "platewright" in one.__module__]
    assert threading.active_count() <= before
    addon_utils.enable(MODULE, default_set=True)
    assert sorted(dir(bpy.ops.platewright)) == sorted(NAMES)
    assert bpy.app.timers.is_registered(part("pump").tick)
    assert set(shortcuts()) == keys


def test_shortcuts_stand_in_every_editor_that_has_the_panel(part: Part) -> None:
    found = shortcuts()
    editors = {panel.bl_space_type for panel in part("panels").CLASSES}
    assert {editor for editor, _ in found} == editors == {editor for editor, key in found if key == "UP_ARROW"}
    for (editor, key), item in found.items():
        name = item.idname.split(".")[1]
        assert (name, item.properties.get("by")) == {
            "UP_ARROW": ("step_take", 1), "DOWN_ARROW": ("step_take", -1), "RIGHT_ARROW": ("toggle", None),
        }[key], editor  # fmt: skip
        assert name in dir(bpy.ops.platewright)
        assert item.alt and item.shift and not item.ctrl and not item.oskey and item.value == "PRESS"
    with pytest.raises(RuntimeError, match="no take in this comp"):
        strike(found["NODE_EDITOR", "RIGHT_ARROW"])


def test_shortcuts_take_no_key_of_blenders_own() -> None:
    """Blender's keymap as its own file has it: without a window it is not loaded."""
    file = Path(bpy.utils.resource_path("LOCAL"), "scripts/presets/keyconfig/keymap_data/blender_default.py")
    spec = importlib.util.spec_from_file_location("blender_default", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    keymaps = module.generate_keymaps(module.Params())
    taken = {
        (head["space_type"], event["type"])
        for _, head, content in keymaps for _, event, *_ in content["items"]
        if event.get("any") or (event.get("alt") and event.get("shift") and not event.get("ctrl"))
    }  # fmt: skip
    assert ("CLIP_EDITOR", "RIGHT_ARROW") in taken, "the one that is left to Blender"
    assert not taken & set(shortcuts())


def test_blenders_own_validator_takes_the_zip_and_its_tags() -> None:
    """The stand-alone tool inside this Blender, as `blender --command extension validate` runs it."""
    scripts = Path(bpy.utils.resource_path("LOCAL")) / "scripts"
    tool = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    tags = scripts / "modules" / "_bpy_internal" / "extensions" / "tags.py"
    command = [sys.executable, str(tool), "validate", "--valid-tags", str(tags), os.environ["PLATEWRIGHT_ZIP"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0 and "Success" in done.stdout, done.stdout + done.stderr


def test_every_control_of_the_table_is_a_property_with_the_same_default_and_bounds(part: Part) -> None:
    from platewright.panel.fields import FIELDS

    properties = part("properties")
    settings = bpy.context.scene.platewright_settings
    seen = 0
    for field in FIELDS:
        if field.name in properties.HIDDEN:
            continue
        rna = settings.bl_rna.properties[properties.key_of(field.name)]
        assert rna.name == field.label
        if field.kind in ("whole", "number"):
            if field.least is not None:
                assert rna.hard_min == pytest.approx(field.least)
            if field.most is not None:
                assert rna.hard_max == pytest.approx(field.most)
        seen += 1
    assert seen > 30
    values = properties.values_of(settings)
    for field in FIELDS:
        if field.name in values:
            assert values[field.name] == field.default, field.name
    properties.put(settings, "operation.horizon", 120.0)
    assert properties.values_of(settings)["operation.horizon"] == 120.0
    properties.put(settings, "operation.horizon", None)
    assert properties.values_of(settings)["operation.horizon"] is None


def test_the_controls_make_the_same_request_as_in_every_host(part: Part) -> None:
    from platewright.panel.asking import asked_of

    settings = bpy.context.scene.platewright_settings
    settings.host__root = "/tmp/elements"
    settings.operation__pads__left = 20
    asked = asked_of("extend", part("properties").values_of(settings))
    assert (asked.element, asked.operation.pads.left, asked.operation.window) == ("extension", 20, 24)
