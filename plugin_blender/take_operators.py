# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons for takes that are in the comp: other versions, A/B, approval, taking out, the way back."""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.contract.decisions import TakeDecision
from platewright.contract.errors import RequestError
from platewright.panel.take_words import choice_note

from . import pump
from .choosing import chosen_placement, plate_of_context
from .compat import compositor_tree
from .extending import back_from
from .landing import land, layers_of, show_take
from .lighting import match_world
from .operators import said
from .placing import Placement, placements, remove, tag_alike
from .plates import plate_of_node
from .preferences import own
from .sequencer import Laid, laid, remove_strips, show_strips
from .takes import Take, load
from .waiting import Waiting

__all__ = ["CLASSES", "needed_take", "show_version", "versions_of"]


def versions_of(found: Placement | Laid) -> tuple[int, ...]:
    """The versions of a placed element that the engine has told of, in order."""
    known = pump.flow().link.takes.get((found.root, found.element), ())
    return tuple(sorted(one.version for one in known))


def show_version(found: Placement | Laid, version: int) -> None:
    """Have a version's full frames made, and show it by the placement's own nodes or strips."""
    take = load(os.path.join(found.root, found.element, f"{found.element}_v{version:03d}.take.json"))
    placement = found.values.get("placement")
    layer = str(found.values.get("layer", "picture"))

    def in_edit() -> bool:
        for scene in bpy.data.scenes:
            for one in laid(scene):
                if one.values.get("placement") == placement:
                    show_strips(one, take, scene)
                    return True
        return False

    def in_comp() -> bool:
        again = next((one for one in placements() if one.values.get("placement") == placement), None)
        if again is None or again.image is None:
            return False
        show_take(again, take, _tag_of(again))
        return True

    def shown() -> None:
        if in_edit() if isinstance(found, Laid) else in_comp():
            bpy.ops.ed.undo_push(message=f"Platewright: {take.label}")

    layers = [layer]
    if isinstance(found, Placement):
        owner = next((one for one in bpy.data.scenes if compositor_tree(one) == found.tree), bpy.context.scene)
        layers = layers_of(take, owner, layer=layer)
    pump.flow().fetch(take, layers, shown)


def _tag_of(found: Placement) -> str:
    """The plate's tag, as the shown result has it: both are tagged alike."""
    return str(found.image.image.colorspace_settings.name)


def needed_take(context: Any) -> Placement | Laid:
    """The placed take that the artist means. Raises RequestError `not_a_placement`, `scene_linked`."""
    found = chosen_placement(context)
    if found is None:
        raise RequestError("there is no take in this comp", code="not_a_placement", hint="Select one of its nodes.")
    if isinstance(found, Placement) and found.tree.library is not None:
        raise RequestError(
            "this take is linked from another file", code="scene_linked", hint="Open the file that it comes from."
        )
    return found


def _in_comp(context: Any) -> Placement:
    found = needed_take(context)
    if isinstance(found, Laid):
        raise RequestError("this take lies in an edit", code="not_a_placement", hint="Select one in the compositor.")
    return found


class PLATEWRIGHT_OT_step_take(bpy.types.Operator):  # type: ignore[misc]
    """Show the next take of this element, or the one before"""

    bl_idname = "platewright.step_take"
    bl_label = "Platewright: Next Take"
    __annotations__ = {"by": bpy.props.IntProperty(default=1)}

    def execute(self, context: Any) -> set[str]:
        """Step among the versions that are known; they are asked for anew."""
        return said(self, lambda: self._step(needed_take(context)))

    def _step(self, found: Placement | Laid) -> None:
        versions = versions_of(found)
        pump.flow().link.look_at(found.root, found.element)
        later = [one for one in versions if (one > found.version if self.by > 0 else one < found.version)]
        if later:
            show_version(found, later[0] if self.by > 0 else later[-1])
        else:
            self.report({"INFO"}, "There is no other take that way." if versions else "Asking the engine for takes…")


class PLATEWRIGHT_OT_show_take(bpy.types.Operator):  # type: ignore[misc]
    """Show this version in the comp"""

    bl_idname = "platewright.show_take"
    bl_label = "Platewright: Show Take"
    __annotations__ = {"version": bpy.props.IntProperty(options={"SKIP_SAVE"})}

    def execute(self, context: Any) -> set[str]:
        """Show it as soon as its full frames are there."""
        return said(self, lambda: show_version(needed_take(context), self.version))


class PLATEWRIGHT_OT_compare(bpy.types.Operator):  # type: ignore[misc]
    """Show the take that was shown before this one, and with the next press this one again"""

    bl_idname = "platewright.compare"
    bl_label = "Platewright: Compare with the Take Before"

    def execute(self, context: Any) -> set[str]:
        """Go back and forth between the last two."""
        return said(self, lambda: self._compare(needed_take(context)))

    def _compare(self, found: Placement | Laid) -> None:
        before = int(found.values.get("before", 0))
        if before in (0, found.version):
            self.report({"INFO"}, "No other take of this element was shown yet.")
        else:
            show_version(found, before)


class PLATEWRIGHT_OT_toggle(bpy.types.Operator):  # type: ignore[misc]
    """Show the plate alone, or the take again: A/B"""

    bl_idname = "platewright.toggle"
    bl_label = "Platewright: Plate or Take"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Mute the group, or not; a muted one gives the plate's own bits."""

        def turn() -> None:
            found = needed_take(context)
            if isinstance(found, Laid):
                muted = found.muted
                for strip in found.strips:
                    strip.mute = not muted
            else:
                found.group.mute = not found.group.mute

        return said(self, turn)


class PLATEWRIGHT_OT_remove(bpy.types.Operator):  # type: ignore[misc]
    """Take this take out of the comp; what read it reads the plate again"""

    bl_idname = "platewright.remove"
    bl_label = "Platewright: Take out of the Comp"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Remove its nodes or strips; the files stay."""

        def take_out() -> None:
            found = needed_take(context)
            if isinstance(found, Laid):
                remove_strips(found, context.scene)
            else:
                remove(found)

        return said(self, take_out)


class PLATEWRIGHT_OT_tag_alike(bpy.types.Operator):  # type: ignore[misc]
    """Give this take the plate's colour space, so that both go through the same conversion"""

    bl_idname = "platewright.tag_alike"
    bl_label = "Set as the Plate's"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Set the image's colour space."""
        return said(self, lambda: tag_alike(_in_comp(context)))


class PLATEWRIGHT_OT_decide(bpy.types.Operator):  # type: ignore[misc]
    """Say something of the take that is shown; it lands in the ledger for good"""

    bl_idname = "platewright.decide"
    bl_label = "Platewright: Decide on Take"
    __annotations__ = {
        "kind": bpy.props.EnumProperty(
            items=[
                ("approve", "Approve", ""),
                ("reject", "Reject", ""),
                ("star", "Star", ""),
                ("unstar", "Unstar", ""),
            ],
            options={"SKIP_SAVE"},
        ),
        "note": bpy.props.StringProperty(name="Note"),
    }

    def execute(self, context: Any) -> set[str]:
        """Tell the engine."""
        return said(self, lambda: self._decide(needed_take(context), context.scene.platewright_settings))

    def _decide(self, found: Placement | Laid, settings: Any) -> None:
        preferences = own()
        who = settings.submission__who or (preferences.who if preferences is not None else "")
        if not who and self.kind in ("approve", "reject"):
            raise RequestError(
                "a take is approved or rejected by a named person",
                code="name_missing",
                hint="Give your name in the add-on's preferences.",
            )
        link = pump.flow().link
        decision = TakeDecision(self.kind, who, self.note)
        link.session.decide(found.root, found.element, found.version, decision).then(
            lambda _: link.look_at(found.root, found.element)
        )


class PLATEWRIGHT_OT_choose_take(bpy.types.Operator):  # type: ignore[misc]
    """Choose the take that is shown among those of its element; the ledger keeps over which ones, and their scores"""

    bl_idname = "platewright.choose_take"
    bl_label = "Platewright: Choose This Take"

    def execute(self, context: Any) -> set[str]:
        """Tell the engine."""
        return said(self, lambda: self._choose(needed_take(context), context.scene.platewright_settings))

    def _choose(self, found: Placement | Laid, settings: Any) -> None:
        link, preferences = pump.flow().link, own()
        known = link.takes.get((found.root, found.element), ())
        mine = next((one for one in known if one.version == found.version), None)
        note = choice_note(mine, [one for one in known if one is not mine]) if mine is not None else ""
        who = settings.submission__who or (preferences.who if preferences is not None else "")
        decision = TakeDecision("choose", who, note)
        link.session.decide(found.root, found.element, found.version, decision).then(
            lambda _: link.look_at(found.root, found.element)
        )


class PLATEWRIGHT_OT_place_file(bpy.types.Operator):  # type: ignore[misc]
    """Place a take by its record, behind the plate in this editor"""

    bl_idname = "platewright.place_file"
    bl_label = "Platewright: Place a Take…"
    __annotations__ = {
        "filepath": bpy.props.StringProperty(subtype="FILE_PATH"),
        "filter_glob": bpy.props.StringProperty(default="*.take.json", options={"HIDDEN"}),
    }

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Have full frames made, and place it."""
        return said(self, lambda: self._place(context, load(bpy.path.abspath(self.filepath))))

    def _place(self, context: Any, take: Take) -> None:
        plate, scene = plate_of_context(context), context.scene.name
        into = context.scene.platewright_settings.into
        wanted = Waiting("", take.record.element, take.root, plate.pattern, take.record.request.operation.kind, into)

        def there() -> None:
            land(take, bpy.data.scenes[scene], wanted)
            bpy.ops.ed.undo_push(message=f"Platewright: {take.label}")

        pump.flow().fetch(take, layers_of(take, context.scene, into), there)


class PLATEWRIGHT_OT_back(bpy.types.Operator):  # type: ignore[misc]
    """Go back to the scene that this one was extended from"""

    bl_idname = "platewright.back"
    bl_label = "Platewright: Back to the Original Scene"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {
        "delete": bpy.props.BoolProperty(
            name="Delete the extended scene", description="Remove the linked copy and its camera", default=False
        )
    }

    def execute(self, context: Any) -> set[str]:
        """Show the artist's own scene in this window."""

        def back() -> None:
            origin, copy = back_from(context.scene)
            context.window.scene = origin
            if self.delete:
                camera = copy.camera
                bpy.data.scenes.remove(copy)
                if camera is not None and camera.users <= 1:
                    bpy.data.cameras.remove(camera.data)

        return said(self, back)


class PLATEWRIGHT_OT_match_world(bpy.types.Operator):  # type: ignore[misc]
    """Light the scene by the new sky of this take, so that renders sit in it"""

    bl_idname = "platewright.match_world"
    bl_label = "Platewright: Light the Scene by the New Sky"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Set up a world or a sun of its own; the artist's world is kept."""

        def match() -> None:
            found = _in_comp(context)
            record = os.path.join(found.root, found.element, f"{found.element}_v{found.version:03d}.take.json")
            frame = plate_of_node(found.group.inputs["Plate"].links[0].from_node).frames.first
            shift = int(found.values.get("shift", 0))
            lit = match_world(context.scene, load(record).record.request, frame - shift)
            if lit.note:
                self.report({"INFO"}, lit.note)

        return said(self, match)


CLASSES = (
    PLATEWRIGHT_OT_step_take, PLATEWRIGHT_OT_show_take, PLATEWRIGHT_OT_compare, PLATEWRIGHT_OT_toggle,
    PLATEWRIGHT_OT_remove, PLATEWRIGHT_OT_decide, PLATEWRIGHT_OT_place_file, PLATEWRIGHT_OT_back,
    PLATEWRIGHT_OT_match_world, PLATEWRIGHT_OT_tag_alike, PLATEWRIGHT_OT_choose_take,
)  # fmt: skip
