# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequencer: an image strip can be the plate, and a take comes back as a strip above it.

The strip above has the take's full frames and is laid over by their own alpha: no modifier, because strip modifiers
crash Blender 5.0.1. The sequencer's own space must be the plate's for exact pixels; that is said, not changed.
"""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.contract.errors import RequestError

from .compat import strips_of
from .numbering import Numbering, file_of, pattern_of, present
from .placing import check_full_frame
from .plates import HostPlate, plate_of_files
from .state import keep, kept
from .takes import Take, copies_pattern

__all__ = ["place_strips", "plate_of_strip", "strip_of"]


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
        if strip.type == "IMAGE" and strip.elements and not kept(strip):
            folder = os.path.normpath(bpy.path.abspath(strip.directory))
            if pattern_of(os.path.join(folder, strip.elements[0].filename))[0] == pattern:
                return strip
    return None


def place_strips(take: Take, scene: Any, plate: HostPlate) -> tuple[Any, ...]:
    """Put a take's full frames above its plate's strip, on the first free channel; returns the new strips.

    One for each run of frames that are there: a strip shows a missing file as something of its own, and between strips
    the plate shows. Raises as `check_full_frame` does.
    """
    pattern = copies_pattern(take.root, take.record.element, take.record.version)
    numbers = present(pattern)
    check_full_frame(take, pattern, numbers)
    strips, own = strips_of(scene.sequence_editor), plate.block
    first, last = plate.numbering.scene(numbers[0]), plate.numbering.scene(numbers[-1])
    taken = {one.channel for one in strips if one.frame_final_start <= last and one.frame_final_end > first}
    channel = next(one for one in range(own.channel + 1, own.channel + 128) if one not in taken)
    placement, made = os.urandom(6).hex(), []
    for run in _runs(numbers):
        strip = strips.new_image(take.label, file_of(pattern, run[0]), channel, plate.numbering.scene(run[0]))
        for number in run[1:]:
            strip.elements.append(os.path.basename(file_of(pattern, number)))
        strip.colorspace_settings.name = own.colorspace_settings.name
        strip.alpha_mode, strip.blend_type = "STRAIGHT", "ALPHA_OVER"
        values = {"placement": placement, "role": "strip", "element": take.record.element, "root": take.root}
        keep(strip, {**values, "version": take.record.version})
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
