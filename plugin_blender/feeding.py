# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scene's output upward: the takes that feed what is published, in the compositor, the edit, and what they show.

Counted is all that the output hangs on, muted or not, inside groups and meta strips, in scenes that a render layer or a
strip shows, and in the pictures of their materials: a gate that looks at too much is a nuisance, one that looks at too
little is none. A take counts by the name of the files that are shown, because blocks are copied and state is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import bpy

from platewright.contract.checks import ElementUse

from .compat import compositor_tree, strips_of
from .state import kept
from .takes import record_of

__all__ = ["feeding_takes", "register", "walk"]

_OUTPUTS = frozenset({"CompositorNodeComposite", "CompositorNodeOutputFile", "NodeGroupOutput"})
_MOST = 200_000


def register() -> None:
    """Let publishes in this Blender walk its graphs, where they have the publish plug-ins."""
    from platewright.publish import feeding

    feeding.register("blender", walk)


def walk(instance: Any) -> tuple[ElementUse, ...]:
    """The takes that feed an instance's scene, the open one where it names none. Raises ValueError."""
    data = instance.data
    scene = data.get("platewrightScene") or data.get("scene") or bpy.context.scene
    if isinstance(scene, str):
        scene = bpy.data.scenes.get(scene)
    if scene is None:
        raise ValueError(f"'{instance}' names no scene of the file")
    return tuple(feeding_takes(scene))


def feeding_takes(scene: Any) -> Iterator[ElementUse]:
    """The takes that a scene's output hangs on, each with the node or strip that brings it in."""
    told: set[tuple[str, str]] = set()
    for path, name, values in _Walk().scene(scene):
        record = record_of(path, str(values.get("element", "")), int(values.get("version", 0) or 0))
        if record and (record, name) not in told:
            told.add((record, name))
            yield ElementUse(record, name)


_Shown = tuple[str, str, dict[str, Any]]


class _Walk:
    """One walk: no scene, tree or node is looked at twice."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def scene(self, scene: Any) -> Iterator[_Shown]:
        """Everything that a scene can show; the render's own switches may be set otherwise on a farm."""
        if self._new(scene):
            editor = scene.sequence_editor
            for strip in strips_of(editor) if editor is not None else ():
                yield from self._strip(strip)
            tree = compositor_tree(scene)
            if tree is not None:
                yield from self._tree(tree)
            yield from self._objects(scene)

    def _tree(self, tree: Any) -> Iterator[_Shown]:
        """Upward from the outputs of a tree; one without any is taken whole."""
        waiting = [node for node in tree.nodes if node.bl_idname in _OUTPUTS] or list(tree.nodes)
        while waiting:
            node = waiting.pop()
            if not self._new(node):
                continue
            yield from self._node(node)
            waiting += [link.from_node for socket in node.inputs for link in socket.links]

    def _node(self, node: Any) -> Iterator[_Shown]:
        inner = getattr(node, "node_tree", None)
        if inner is not None:
            yield from self._tree(inner)
        for block in (getattr(node, "image", None), getattr(node, "clip", None)):
            if block is not None:
                yield _path_of(block), f"{node.id_data.name}/{node.name}", {}
        other = getattr(node, "scene", None)
        if other is not None:
            yield from self.scene(other)

    def _strip(self, strip: Any) -> Iterator[_Shown]:
        if not self._new(strip):
            return
        for inner in getattr(strip, "strips", None) or getattr(strip, "sequences", None) or ():
            yield from self._strip(inner)
        if strip.type == "IMAGE":
            folder = _absolute(strip.directory, None)
            for element in strip.elements:
                yield os.path.join(folder, element.filename), strip.name, kept(strip)
        elif strip.type == "MOVIECLIP" and strip.clip is not None:
            yield _path_of(strip.clip), strip.name, {}
        elif strip.type == "SCENE" and strip.scene is not None:
            yield from self.scene(strip.scene)

    def _objects(self, scene: Any) -> Iterator[_Shown]:
        """Pictures on what the scene's camera sees: materials, the world, pictures held up as objects or behind all."""
        trees = [scene.world.node_tree] if scene.world is not None else []
        for one in scene.objects:
            trees += [slot.material.node_tree for slot in one.material_slots if slot.material is not None]
            if one.type == "EMPTY" and one.data is not None:
                yield _path_of(one.data), one.name, {}
            for held in one.data.background_images if one.type == "CAMERA" else ():
                for block in (held.image, held.clip):
                    if block is not None:
                        yield _path_of(block), one.name, {}
        for tree in trees:
            for node in tree.nodes if tree is not None else ():
                if self._new(node):
                    yield from self._node(node)

    def _new(self, thing: Any) -> bool:
        owner = thing.id_data
        key = (owner.as_pointer() if owner is not None else 0, thing.as_pointer())
        if key in self._seen:
            return False
        if len(self._seen) >= _MOST:
            raise ValueError("the file is too large to be walked")
        self._seen.add(key)
        return True


def _path_of(block: Any) -> str:
    return _absolute(str(getattr(block, "filepath", "") or ""), block.library)


def _absolute(path: str, library: Any) -> str:
    return os.path.normpath(str(bpy.path.abspath(path, library=library))) if path else ""
