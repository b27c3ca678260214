"""References as cards of a scene: what stands on them reaches the request, licence and all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import artists_comp, error, make_shot

Part = Callable[[str], Any]


def asked(part: Part, node: Any, operation: str, **values: Any) -> Any:
    scene = bpy.context.scene
    given = {**part("properties").values_of(scene.platewright_settings), "host.root": "/elements", **values}
    cards = part("reference_cards").cards_of(scene, operation)
    plate = part("plates").plate_of_node(node)
    return part("preparing").prepare(operation, given, plate, scene, cards=cards).asked


def test_a_card_is_a_reference_of_the_request_with_its_licence(part: Part, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    scene = bpy.context.scene
    scene.frame_set(1004)
    assert asked(part, node, "regenerate").references == ()
    assert bpy.ops.platewright.add_reference() == {"FINISHED"}
    assert bpy.ops.platewright.add_reference() == {"FINISHED"}
    clean, painted = scene.platewright_references
    clean.pattern, clean.licence, clean.source_type = "//clean.####.exr", "own", "humanEdits"
    painted.pattern, painted.role = "//painted.exr", "anchor"
    made = asked(part, node, "regenerate").references
    assert [(one.role, one.pattern, one.frame) for one in made] == [
        ("clean_plate", str(folder / "clean.####.exr"), None), ("anchor", str(folder / "painted.exr"), 1004)
    ]  # fmt: skip
    assert (made[0].licence, made[0].source_type) == ("own", "humanEdits")
    assert asked(part, node, "extend", **{"operation.pads.left": 8}).references == (), "an extension takes none"
    assert bpy.ops.platewright.remove_reference(place=0) == {"FINISHED"}
    assert [one.role for one in asked(part, node, "regenerate").references] == ["anchor"]
    painted = scene.platewright_references[0]
    painted.pattern = ""
    with pytest.raises(error("RequestError")) as refused:
        asked(part, node, "regenerate")
    assert refused.value.code == "reference_missing" and refused.value.hint


def test_the_licence_of_a_sky_goes_with_its_picture(part: Part, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    bpy.context.scene.platewright_sky.licence = "stock 4711"
    (sky,) = asked(part, node, "replace_sky", **{"sky.picture": str(folder / "sky.exr")}).references
    assert (sky.role, sky.pattern, sky.licence) == ("sky", str(folder / "sky.exr"), "stock 4711")
    assert asked(part, node, "replace_sky", **{"sky.from": "formula"}).references == ()


def test_cards_are_saved_with_the_file_and_every_word_of_the_table_is_on_them(part: Part, folder: Path) -> None:
    from platewright.panel.fields import REFERENCE_FIELDS

    bpy.ops.platewright.add_reference()
    card = bpy.context.scene.platewright_references[0]
    card.licence = "consent 12"
    names = {field.name.partition(".")[2] for field in REFERENCE_FIELDS}
    assert names <= {one.identifier for one in card.bl_rna.properties}
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    assert bpy.context.scene.platewright_references[0].licence == "consent 12"
    for _ in range(30):
        bpy.ops.platewright.add_reference()
    assert len(bpy.context.scene.platewright_references) == part("reference_cards").MOST


def test_an_images_alpha_is_a_matte_where_its_files_are_the_plates(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    mattes, plate = part("mattes"), part("plates").plate_of_node(node)
    drawn = bpy.data.images.load(shot.first, check_existing=False)
    assert mattes.matte_of_image(drawn, plate, plate.frames).pattern == shot.first, "a still for every frame"
    drawn.source = "SEQUENCE"
    matte = mattes.matte_of_image(drawn, plate, plate.frames)
    assert (matte.pattern, matte.channel) == (str(folder / "plate.####.exr"), "A")
    (folder / "plate.1002.exr").unlink()
    other = bpy.data.images.new("painted", 8, 8, alpha=True)
    small = bpy.data.images.new("small", 8, 8, alpha=True)
    small.filepath_raw, small.file_format = str(folder / "small.png"), "PNG"
    small.save()
    small.source = "FILE"
    for image, code in ((drawn, "matte_missing"), (other, "matte_missing"), (small, "matte_size")):
        with pytest.raises(error("MatteError")) as refused:
            mattes.matte_of_image(image, plate, plate.frames)
        assert refused.value.code == code and refused.value.hint
