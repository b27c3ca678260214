# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequencer: an image strip can be the plate, and a take comes back as a strip above it.

The strip above has the take's full frames and is laid over by their own alpha: no modifier, because strip modifiers
crash Blender 5.0.1. The sequencer's own space must be the plate's for exact pixels; that is said, not changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from platewright.contract.errors import RequestError

from .compat import strips_of
from .numbering import Numbering, file_of, pattern_of, present
from .placing import check_full_frame
from .plates import HostPlate, plate_of_files, source_of
from .state import Value, keep, kept
from .takes import FOLDER, Take, copies_pattern

__all__ = ["Laid", "laid", "place_strips", "plate_of_strip", "remove_strips", "show_strips", "strip_of"]


@dataclass(frozen=True)
class Laid:
    """A take in an edit: its strips, one for each run of frames, and what they say of themselves."""

    strips: tuple[Any, ...]
    values: dict[str, Value]

    @property
    def element(self) -> str:
        """The element's name."""
        return str(self.values.get("element", ""))

    @property
    def root(self) -> str:
        """The folder of the elements: as the files lie now, which may have been moved."""
        folder = os.path.normpath(bpy.path.abspath(self.strips[0].directory))
        moved = os.path.basename(os.path.dirname(folder)) == FOLDER and os.path.basename(folder) == self.element
        return os.path.dirname(os.path.dirname(folder)) if moved else str(self.values.get("root", ""))

    @property
    def version(self) -> int:
        """The version that is shown."""
        return int(self.values.get("version", 0))

    @property
    def muted(self) -> bool:
        """Whether the plate shows instead."""
        return all(one.mute for one in self.strips)


def plate_of_strip(strip: Any) -> HostPlate:
    """The plate of an image strip. Raises RequestError `nothing_selected`, and as `plates.plate_of_image`."""
    if strip is None or strip.type != "IMAGE" or not strip.elements:
        raise RequestError(
            "the active strip is no image strip",
            code="nothing_selected",
            hint="Select the plate's image strip; the engine reads its files.",
        )
    folder = os.path.normpath(bpy.path.abspath(strip.directory))
    pattern, first = pattern_of(os.path.join(folder, strip.elements[0].filename))
    numbering = Numbering(first - int(strip.frame_start))
    return plate_of_files(pattern, first, len(strip.elements), numbering, strip.colorspace_settings.name, strip)


def strip_of(scene: Any, pattern: str) -> Any | None:
    """The image strip of a scene that shows these files; None where there is none."""
    editor = scene.sequence_editor
    for strip in strips_of(editor) if editor is not None else ():
        if strip.type == "IMAGE" and strip.elements and kept(strip).get("role") != "strip":
            folder = os.path.normpath(bpy.path.abspath(strip.directory))
            if source_of(strip, pattern_of(os.path.join(folder, strip.elements[0].filename))[0]) == pattern:
                return strip
    return None


def place_strips(take: Take, scene: Any, plate: HostPlate) -> tuple[Any, ...]:
    """Put a take's full frames above its plate's strip, on the first free channel; returns the new strips.

    One for each run of frames that are there: a strip shows a missing file as something of its own, and between strips
    the plate shows. Raises as `check_full_frame` does.
    """
    numbers = _numbers(take)
    strips, own = strips_of(scene.sequence_editor), plate.block
    first, last = plate.numbering.scene(numbers[0]), plate.numbering.scene(numbers[-1])
    taken = {one.channel for one in strips if one.frame_final_start <= last and one.frame_final_end > first}
    channel = next(one for one in range(own.channel + 1, own.channel + 128) if one not in taken)
    values: dict[str, Value] = {
        "placement": os.urandom(6).hex(), "role": "strip", "shift": plate.numbering.shift, "plate": plate.pattern,
    }  # fmt: skip
    return _lay(take, numbers, strips, channel, own.colorspace_settings.name, values)


def laid(scene: Any) -> Iterator[Laid]:
    """Every take in a scene's edit."""
    editor, found = scene.sequence_editor, dict[str, list[Any]]()
    for strip in strips_of(editor) if editor is not None else ():
        values = kept(strip) if strip.type == "IMAGE" else {}
        if values.get("role") == "strip" and values.get("placement"):
            found.setdefault(str(values["placement"]), []).append(strip)
    for strips in found.values():
        strips.sort(key=lambda one: one.frame_final_start)
        yield Laid(tuple(strips), kept(strips[0]))


def show_strips(found: Laid, take: Take, scene: Any) -> tuple[Any, ...]:
    """Another version of a take in the edit, in the place of the strips that are there. Raises as `place_strips`."""
    numbers = _numbers(take)
    channel, tag = found.strips[0].channel, found.strips[0].colorspace_settings.name
    values = {**found.values, "before": found.version}
    remove_strips(found, scene)
    return _lay(take, numbers, strips_of(scene.sequence_editor), channel, tag, values)


def remove_strips(found: Laid, scene: Any) -> None:
    """Take a take out of the edit; its files stay."""
    for strip in found.strips:
        strips_of(scene.sequence_editor).remove(strip)


def _numbers(take: Take) -> tuple[int, ...]:
    pattern = copies_pattern(take.root, take.record.element, take.record.version)
    numbers = present(pattern)
    check_full_frame(take, pattern, numbers)
    return numbers


def _lay(
    take: Take, numbers: tuple[int, ...], strips: Any, channel: int, tag: str, values: dict[str, Value]
) -> tuple[Any, ...]:
    pattern = copies_pattern(take.root, take.record.element, take.record.version)
    numbering, made = Numbering(int(values["shift"])), []
    for run in _runs(numbers):
        strip = strips.new_image(take.label, file_of(pattern, run[0]), channel, numbering.scene(run[0]))
        for number in run[1:]:
            strip.elements.append(os.path.basename(file_of(pattern, number)))
        strip.colorspace_settings.name = tag
        strip.alpha_mode, strip.blend_type = "STRAIGHT", "ALPHA_OVER"
        keep(strip, {**values, "element": take.record.element, "root": take.root, "version": take.record.version})
        made.append(strip)
    return tuple(made)


def _runs(numbers: tuple[int, ...]) -> list[list[int]]:
    """Neighbouring numbers together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
