# SPDX-License-Identifier: GPL-3.0-or-later
"""The plate that an artist means, from whichever editor they are in: its files, its frames, how it is tagged.

The engine reads the files; Blender never re-saves a plate's pixels. Where a plate has overscan, what Blender shows are
copies cut to its format (`cutting`), and the block says which files they were made from.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import bpy

from platewright.contract.errors import PlateError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Plate

from .colour import interop_id
from .compat import compositor_tree, new_compositor, output_node
from .exr_header import Windows, windows_of
from .numbering import Numbering, file_of, pattern_of, present
from .overscan import any_wrong
from .state import kept

__all__ = ["HostPlate", "above_takes", "node_for", "plate_of_background", "plate_of_clip", "plate_of_files",
           "plate_of_image", "plate_of_node", "source_of", "tail_of", "under_takes"]  # fmt: skip

_MOST_STACKED = 100
_READABLE = (".exr", ".sxr", ".mxr", ".dpx", ".cin", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".tga", ".hdr")


@dataclass(frozen=True)
class HostPlate:
    """A plate as Blender has it.

    pattern, frames: the files, by their own numbers. numbering: from the scene's frames to these. tag: the colour
    space it has in Blender. declared: what the engine is told of it, empty where the file says it itself.
    size: width and height in pixels, of its format. block: the image or the clip. still: one picture for all frames.
    notes: sentences for the artist. misplaced: its pixels don't fill its format exactly, and Blender shows its own
    files, at a wrong place.
    """

    pattern: str
    frames: FrameRange
    numbering: Numbering
    tag: str
    declared: str
    size: tuple[int, int]
    block: Any
    still: bool = False
    notes: tuple[str, ...] = ()
    misplaced: bool = False

    @property
    def name(self) -> str:
        """What it is called in Blender."""
        return str(self.block.name)

    def plate(self, frames: FrameRange | None = None) -> Plate:
        """The contract's words for it, for all frames or for some."""
        return Plate(self.pattern, frames or self.frames, self.declared)


def plate_of_node(node: Any) -> HostPlate:
    """The plate of an Image or Movie Clip node, or the one that a placed take lies over.

    Raises RequestError `nothing_selected`, and as those below.
    """
    node = under_takes(node)
    if node.bl_idname == "CompositorNodeImage" and node.image is not None:
        return plate_of_image(node.image, node)
    if node.bl_idname == "CompositorNodeMovieClip" and node.clip is not None:
        return plate_of_clip(node.clip)
    raise RequestError(
        f"{node.name} has no files of its own",
        code="nothing_selected",
        hint="Select the Image or Movie Clip node of the plate; the engine reads its files.",
    )


def under_takes(node: Any) -> Any:
    """The node that stands under all takes that are placed on it; asks no disk."""
    for _ in range(_MOST_STACKED):
        if not kept(node).get("placement"):
            break
        group = node if "Plate" in node.inputs else _group_of(node)
        feeds = group.inputs["Plate"].links if group is not None else ()
        if not feeds:
            break
        node = feeds[0].from_node
    return node


def above_takes(node: Any) -> Any:
    """The last of the takes that lie over a plate's node at the plate's size; the node itself where there is none."""
    for _ in range(_MOST_STACKED):
        readers = [link.to_node for link in node.outputs[0].links if link.to_socket.name == "Plate"]
        over = next((one for one in readers if kept(one).get("role") == "group"), None)
        if over is None or kept(over).get("operation") == "extend":
            break
        node = over
    return node


def _group_of(image: Any) -> Any | None:
    """The group that a take's own image feeds."""
    fed = [link.to_node for socket in image.outputs for link in socket.links]
    return next((one for one in fed if kept(one).get("role") == "group"), None)


def plate_of_background(camera: Any) -> HostPlate:
    """The plate behind a camera: its first shown background. Raises RequestError `nothing_selected`, as those below."""
    for background in camera.background_images:
        if background.show_background_image and background.source == "IMAGE" and background.image is not None:
            return plate_of_image(background.image, background.image_user)
        clip = background.clip
        if background.show_background_image and background.source == "MOVIE_CLIP" and clip is not None:
            return plate_of_clip(clip)
    raise RequestError(
        "the camera has no background image",
        code="nothing_selected",
        hint="Add the plate as the camera's background image, or select its node in the compositor.",
    )


def plate_of_image(image: Any, user: Any) -> HostPlate:
    """The plate of an image and of who shows it (an Image node, an editor, a background): start, length, offset.

    Raises RequestError `plate_not_files`, `path_unusable`; PlateError `plate_offline`, `not_a_sequence`.
    """
    if image.source not in ("FILE", "SEQUENCE") or image.packed_file is not None or not image.filepath:
        raise RequestError(
            f"{image.name} is {_kind_in_words(image)}, and the engine reads image files",
            code="plate_not_files",
            hint="Load the plate as an image sequence, best of all EXR.",
        )
    path = os.path.normpath(bpy.path.abspath(image.filepath, library=image.library))
    tag = image.colorspace_settings.name
    if image.source == "FILE":
        return _made(path, FrameRange((1,)), Numbering(), tag, image, still=True)
    pattern, _ = pattern_of(path)
    numbering = Numbering.of_node(user.frame_start, user.frame_offset)
    frames = FrameRange(tuple(range(user.frame_offset + 1, user.frame_offset + 1 + max(1, user.frame_duration))))
    return _made(pattern, frames, numbering, tag, image)


def plate_of_clip(clip: Any) -> HostPlate:
    """The plate of a movie clip. Raises as `plate_of_image` does."""
    if clip.source != "SEQUENCE":
        raise RequestError(
            f"{clip.name} is a movie file, and the engine reads image sequences",
            code="plate_not_files",
            hint="Export it as EXR, or load the sequence it was made from.",
        )
    pattern, number = pattern_of(os.path.normpath(bpy.path.abspath(clip.filepath, library=clip.library)))
    first = number + clip.frame_offset
    frames = FrameRange(tuple(range(first, first + max(1, clip.frame_duration))))
    numbering = Numbering(first - clip.frame_start)
    return _made(pattern, frames, numbering, clip.colorspace_settings.name, clip)


def plate_of_files(pattern: str, first: int, count: int, numbering: Numbering, tag: str, block: Any) -> HostPlate:
    """A plate by its pattern, its first file and how many there are. Raises as `plate_of_image` does."""
    return _made(pattern, FrameRange(tuple(range(first, first + count))), numbering, tag, block)


def source_of(block: Any, shown: str) -> str:
    """The plate's own files, where a block shows copies of them cut to the format; else those that it shows."""
    said = kept(block)
    return str(said["source"]) if "source" in said and said.get("copies") == tail_of(shown) else shown


def tail_of(pattern: str) -> str:
    """What a pattern keeps when its .blend is moved together with the files: its folder's name and its own."""
    folder, name = os.path.split(pattern)
    return f"{os.path.basename(folder)}/{name}"


def _made(shown: str, wanted: FrameRange, numbering: Numbering, tag: str, block: Any, still: bool = False) -> HostPlate:
    """Look at the files, and put it together."""
    pattern = source_of(block, shown)
    if os.path.splitext(pattern)[1].lower() not in _READABLE:
        raise RequestError(
            f"{os.path.basename(pattern)} is no image that the engine reads",
            code="plate_not_files",
            hint="Load the plate as an image sequence, best of all EXR.",
        )
    if still:
        there: tuple[int, ...] = (1,) if os.path.isfile(pattern) else ()
        first_file = pattern
    else:
        there = tuple(number for number in present(pattern) if number in set(wanted.numbers))
        first_file = file_of(pattern, there[0]) if there else ""
    if not there:
        raise PlateError(
            f"no file of {os.path.basename(pattern)} is there for frames {wanted}",
            code="plate_offline",
            hint="Check that the disk is mounted and that the node's frames are those of the files.",
        )
    notes = []
    missing = len(wanted) - len(there)
    if missing:
        notes.append(f"{missing} of {len(wanted)} frames have no file; they are left out.")
    windows = windows_of(first_file)
    size = _size(windows, block)
    misplaced = _is_misplaced(pattern, shown, there, still)
    if misplaced:
        notes.append("It has overscan or is cropped, and Blender shows such a picture in a wrong place.")
    said = windows.colour_space if windows is not None else ""
    declared = "" if said else interop_id(tag)
    if said and interop_id(tag) and interop_id(tag) != said:
        notes.append(f"The file says it is {said}, but Blender shows it as {tag}; the file is believed.")
    return HostPlate(pattern, FrameRange(there), numbering, tag, declared, size, block, still, tuple(notes), misplaced)


def _is_misplaced(pattern: str, shown: str, there: tuple[int, ...], still: bool) -> bool:
    """Whether what is shown are files whose pixels don't fill the format, or copies that are older than their files.

    Looks into a few of them each time, as a panel asks for it.
    """
    if shown != pattern and (still or set(there) <= set(present(shown))):
        return any_wrong(shown, there, lambda number: not _is_as_old(file_of(shown, number), file_of(pattern, number)))
    return any_wrong(pattern, there, lambda number: _is_cut(file_of(pattern, number)))


def _is_cut(path: str) -> bool:
    try:
        found = windows_of(path)
    except PlateError:
        return False  # what can't be read, the engine tells with its frame
    return found is not None and not found.is_whole


def _is_as_old(copy: str, source: str) -> bool:
    try:
        return abs(os.stat(copy).st_mtime - os.stat(source).st_mtime) <= 2  # some file systems tell no finer times
    except OSError:
        return False


def _size(windows: Windows | None, block: Any) -> tuple[int, int]:
    if windows is None:
        return int(block.size[0]), int(block.size[1])
    return windows.display.width, windows.display.height


def _kind_in_words(image: Any) -> str:
    if image.packed_file is not None:
        return "packed into the .blend"
    return {
        "MOVIE": "a movie file",
        "GENERATED": "made in Blender",
        "VIEWER": "a render",
        "TILED": "a set of tiles",
    }.get(image.source, "without a file")


def node_for(scene: Any, plate: HostPlate, pattern: str = "") -> Any:
    """The node of the scene's compositor that shows the plate, made with an output where there is none.

    pattern: look for these files rather than for the block (a job that was sent from a file that is open again).
    """
    tree = compositor_tree(scene)
    for node in tree.nodes if tree is not None else ():
        if plate.block in (getattr(node, "image", None), getattr(node, "clip", None)):
            return node
    tree = new_compositor(scene)
    if plate.block.bl_rna.identifier == "MovieClip":
        node = tree.nodes.new("CompositorNodeMovieClip")
        node.clip = plate.block
    else:
        node = tree.nodes.new("CompositorNodeImage")
        node.image = plate.block
        if not plate.still:
            first = plate.frames.first
            node.frame_start, node.frame_duration = plate.numbering.scene(first), plate.frames.last - first + 1
            node.frame_offset, node.use_auto_refresh = first - 1, True
    out = output_node(tree)
    node.location = (out.location[0] - 900, out.location[1])
    if not out.inputs[0].links:
        tree.links.new(node.outputs["Image"], out.inputs[0])
    return node
