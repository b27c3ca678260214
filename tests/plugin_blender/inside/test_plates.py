"""The plate that an artist means: from a node, an image, a clip or behind a camera; and why there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import plain_exr
import pytest
from comps import FIRST, HEIGHT, LAST, WIDTH, artists_comp, error, make_shot

Part = Callable[[str], Any]
ALL = f"{FIRST}-{LAST}"


def test_a_node_says_files_frames_and_where_they_stand_in_the_scene(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot, start=1)
    plate = part("plates").plate_of_node(node)
    assert (plate.pattern, str(plate.frames), plate.size) == (str(folder / "plate.####.exr"), ALL, (WIDTH, HEIGHT))
    assert (plate.numbering.scene(FIRST), plate.tag, plate.declared) == (1, "Linear Rec.709", "lin_rec709_scene")
    assert plate.plate().colour_space == "lin_rec709_scene"


def test_a_file_that_names_its_space_is_believed_and_a_wrong_tag_is_said(part: Part, folder: Path) -> None:
    shot = make_shot(folder, space="lin_ap1_scene")
    _, node = artists_comp(part, shot, tag="Linear Rec.709")
    plate = part("plates").plate_of_node(node)
    assert plate.declared == "" and any("lin_ap1_scene" in note for note in plate.notes)
    node.image.colorspace_settings.name = "ACEScg"
    assert not part("plates").plate_of_node(node).notes


def test_a_clip_a_background_and_a_node_of_the_same_files_say_the_same(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    plates = part("plates")
    wanted = plates.plate_of_node(node)
    clip = bpy.data.movieclips.load(shot.first)
    clip.frame_start = FIRST
    got = plates.plate_of_clip(clip)
    assert (got.pattern, got.frames, got.numbering, got.size) == (
        wanted.pattern, wanted.frames, wanted.numbering, wanted.size
    )  # fmt: skip
    camera = bpy.data.cameras.new("cam")
    background = camera.background_images.new()
    background.image = node.image
    user = background.image_user
    user.frame_start, user.frame_duration, user.frame_offset = FIRST, LAST - FIRST + 1, FIRST - 1
    got = plates.plate_of_background(camera)
    assert (got.pattern, got.frames, got.numbering) == (wanted.pattern, wanted.frames, wanted.numbering)
    background.source, background.clip = "MOVIE_CLIP", clip
    assert plates.plate_of_background(camera).pattern == wanted.pattern


def test_a_clip_shows_the_frame_that_its_numbering_says(part: Part, folder: Path) -> None:
    """Rendered by Blender: the file of a frame of the scene, for a clip that starts elsewhere."""
    from comps import check_same, exact, rendered

    shot = make_shot(folder, special=False)
    clip = bpy.data.movieclips.load(shot.first)
    clip.frame_start = 11
    clip.colorspace_settings.name = "Linear Rec.709"
    scene = bpy.context.scene
    tree = part("compat").new_compositor(scene)
    node = tree.nodes.new("CompositorNodeMovieClip")
    node.clip = clip
    tree.links.new(node.outputs["Image"], part("compat").output_node(tree).inputs[0])
    exact(part, scene)
    plate = part("plates").plate_of_node(node)
    for number in (FIRST, FIRST + 3):
        got = rendered(scene, folder, plate.numbering.scene(number))
        check_same(got[..., :3], shot.plates[number][..., :3], f"file {number}")


def test_frames_without_a_file_are_left_out_and_said(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    (folder / f"plate.{FIRST + 2}.exr").unlink()
    plate = part("plates").plate_of_node(node)
    assert FIRST + 2 not in plate.frames and len(plate.frames) == LAST - FIRST
    assert "1 of 8" in plate.notes[0]


def test_why_there_is_no_plate_is_said_with_what_to_do(part: Part, folder: Path) -> None:
    plates = part("plates")
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)

    def refused(action: Callable[[], Any]) -> str:
        with pytest.raises(error("PlatewrightError")) as wrong:
            action()
        assert wrong.value.message and wrong.value.hint
        return str(wrong.value.code)

    generated = bpy.data.images.new("made", 8, 8)
    assert refused(lambda: plates.plate_of_image(generated, node)) == "plate_not_files"
    node.image.filepath = str(folder / "gone.1001.exr")
    assert refused(lambda: plates.plate_of_node(node)) == "plate_offline"
    node.image.filepath = str(folder / "plate.exr")
    assert refused(lambda: plates.plate_of_node(node)) == "not_a_sequence"
    node.image.filepath = str(folder / "a#b" / "plate.1001.exr")
    assert refused(lambda: plates.plate_of_node(node)) == "path_unusable"
    node.image.filepath = str(folder / "movie.1001.mp4")
    assert refused(lambda: plates.plate_of_node(node)) == "plate_not_files"
    channels = {name: np.zeros((20, 30), np.float32) for name in "RGB"}
    for number in range(FIRST, LAST + 1):
        plain_exr.write(folder / f"over.{number}.exr", channels, data=(-5, -5, 25, 15), display=(0, 0, 20, 10))
    node.image.filepath = str(folder / f"over.{FIRST}.exr")
    assert plates.plate_of_node(node).misplaced
    assert refused(lambda: part("cutting").check_in_place(plates.plate_of_node(node))) == "data_window_cropped"
    (folder / f"over.{FIRST}.exr").write_bytes((folder / f"over.{FIRST}.exr").read_bytes()[:60])
    assert refused(lambda: plates.plate_of_node(node)) == "frame_unreadable"
    camera = bpy.data.cameras.new("cam")
    assert refused(lambda: plates.plate_of_background(camera)) == "nothing_selected"


def test_the_plate_under_placed_takes_is_found(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    placed = part("placing").place(take, node, part("numbering").Numbering(0), "Linear Rec.709")
    for one in (placed.group, placed.image, node):
        assert part("plates").plate_of_node(one).pattern == str(folder / "plate.####.exr")


def test_no_node_of_a_comp_can_trip_the_search(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    tree, node = artists_comp(part, shot)
    for kind in ("CompositorNodeViewer", "NodeFrame", "NodeReroute", "CompositorNodeBlur", "CompositorNodeGroup"):
        tree.nodes.new(kind)
    tree.nodes.new("CompositorNodeImage")
    for one in tree.nodes:
        assert part("plates").under_takes(one) == one
    found = part("landing").find_plate(bpy.context.scene, str(folder / "plate.####.exr"))
    assert found.block == node.image
    with pytest.raises(error("RequestError")) as refused:
        part("landing").find_plate(bpy.context.scene, "/elsewhere/plate.####.exr")
    assert refused.value.code == "source_gone"


def test_a_plate_without_a_comp_gets_one(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    clip = bpy.data.movieclips.load(shot.first)
    plate = part("plates").plate_of_clip(clip)
    scene = bpy.context.scene
    node = part("plates").node_for(scene, plate)
    tree = part("compat").compositor_tree(scene)
    assert node.id_data == tree and [link.to_node for link in node.outputs["Image"].links] == [
        part("compat").output_node(tree)
    ]
    assert part("plates").node_for(scene, plate) == node, "the second time it is there"
