"""A strip as the plate, and the take as a strip above it, as Blender's sequencer renders them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from comps import FIRST, GONE, HEIGHT, LAST, TAKE, WIDTH, error, exact, make_shot, rendered

Part = Callable[[str], Any]


def edit(part: Part, folder: Path, start: int = 11) -> tuple[Any, Any]:
    """A shot in the sequencer, whose own space is set so that it changes nothing."""
    shot = make_shot(folder, special=False)
    scene = bpy.context.scene
    exact(part, scene, WIDTH, HEIGHT)
    scene.render.use_sequencer, scene.render.use_compositing = True, False
    scene.sequencer_colorspace_settings.name = "Linear Rec.709"
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strip = part("compat").strips_of(editor).new_image("plate", shot.first, 1, start)
    for number in range(FIRST + 1, LAST + 1):
        strip.elements.append(f"plate.{number}.exr")
    strip.colorspace_settings.name = "Linear Rec.709"
    return shot, strip


def test_a_take_lies_above_its_plate_and_the_plate_shows_elsewhere(part: Part, folder: Path) -> None:
    shot, strip = edit(part, folder)
    sequencer, scene = part("sequencer"), bpy.context.scene
    plate = sequencer.plate_of_strip(strip)
    assert (plate.pattern, str(plate.frames), plate.size) == (
        str(folder / "plate.####.exr"), f"{FIRST}-{LAST}", (WIDTH, HEIGHT)
    )  # fmt: skip
    assert plate.numbering.scene(FIRST) == 11
    alone = {number: rendered(scene, folder, plate.numbering.scene(number)) for number in range(FIRST, LAST + 1)}
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    placed = sequencer.place_strips(take, scene, plate)
    assert {one.channel for one in placed} == {2} and len(placed) == 2, "one on each side of the missing file"
    assert placed[0].frame_final_start == plate.numbering.scene(TAKE[0])
    for number in range(FIRST, LAST + 1):
        got = rendered(scene, folder, plate.numbering.scene(number))
        if number not in TAKE or number == GONE:
            assert np.array_equal(got, alone[number]), f"frame {number} is the plate"
            continue
        matte = shot.mattes[number]
        assert np.array_equal(got[matte == 0], alone[number][matte == 0]), f"frame {number} outside the matte"
        inside = got[matte == 1][:, :3]
        assert np.allclose(inside, shot.results[number][matte == 1][:, :3], rtol=1e-5), f"frame {number} inside"
    assert sequencer.strip_of(scene, plate.pattern) == strip
    assert part("landing").find_plate(scene, plate.pattern, "strip").numbering == plate.numbering
    again = sequencer.place_strips(take, scene, plate)
    assert {one.channel for one in again} == {3}, "a second one finds a free channel"


def test_a_job_that_was_sent_from_the_edit_lands_there(part: Part, folder: Path) -> None:
    shot, strip = edit(part, folder)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    wanted = part("waiting").Waiting("", "rig", shot.root, str(folder / "plate.####.exr"), "regenerate", "strip")
    assert part("landing").land(take, bpy.context.scene, wanted) is None
    assert len(part("compat").strips_of(bpy.context.scene.sequence_editor)) == 3
    values = {"operation.pads.left": 8, "host.root": "/elements"}
    plate = part("sequencer").plate_of_strip(strip)
    with pytest.raises(error("RequestError")) as refused:
        part("preparing").prepare("extend", values, plate, bpy.context.scene, into="strip")
    assert refused.value.code == "extend_in_edit"


def test_what_is_no_image_strip_is_refused(part: Part) -> None:
    with pytest.raises(error("RequestError")) as refused:
        part("sequencer").plate_of_strip(None)
    assert refused.value.code == "nothing_selected" and refused.value.hint
