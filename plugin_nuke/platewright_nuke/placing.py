"""A take in the comp: one Read into one Keymix over the plate, native nodes only, one undo step.

    plate ── Dot ──────────────► B
    Read (rgb, blend matte) ───► A and mask       Keymix ── ModifyMetaData ──►

The Keymix copies the plate where the blend matte is 0, so what is outside the matte is the plate itself. Version keys
on the Read switch picture and matte together. A grown format adds a Crop on the plate's side; a sky in layers stands
between the Read and the Keymix, with a Grade to balance it (see `shapes` and `sky_layers`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import nuke

from platewright.contract.errors import RequestError

from .graph import ALWAYS_ON, Made
from .layout import HEIGHT, WIDTH, Spot, free_spot
from .paths import file_text
from .reading import read_knobs
from .shapes import Shape, crop_box, shape_of
from .sky_layers import sky_in_layers
from .state import keep, ours
from .takes import Take
from .telling import backdrop_label, disclosure
from .undoing import one_step
from .views import in_one_view, only_view

__all__ = ["AS_USUAL", "Options", "Placed", "options_from", "place"]


@dataclass(frozen=True)
class Options:
    """How a take is placed.

    rewire: what hung on the plate hangs on the result. reformat: an extension's overscan becomes the format;
    what the plate holds beyond that is cut.
    layers: a sky as sky and matte to balance, instead of the picture that was made. disclose: a ModifyMetaData node
    says in every frame's metadata which take it is. view: where a script has several, the only one that the take is
    for; others keep the plate. job: the id of the job it came from.
    """

    rewire: bool = False
    reformat: bool = False
    layers: bool = True
    disclose: bool = True
    view: str = ""
    job: str = ""


AS_USUAL = Options()


def options_from(values: object) -> Options:
    """Options as a script keeps them; what is not one is as usual. A script comes from outside: checked."""
    if not isinstance(values, dict):
        return AS_USUAL
    kinds = {one.name: type(getattr(AS_USUAL, one.name)) for one in fields(Options)}
    return Options(**{name: values[name] for name, kind in kinds.items() if type(values.get(name)) is kind})


@dataclass(frozen=True)
class Placed:
    """What was placed. notes: sentences for the artist."""

    placement: str
    read: Any
    output: Any
    nodes: tuple[Any, ...]
    notes: tuple[str, ...] = ()


def place(take: Take, source: Any, options: Options = AS_USUAL) -> Placed:
    """Put a take over a node, in the node's own group, as one undo step.

    Raises RequestError `format_differs`, `path_unusable`, `source_is_ours`, `view_unknown`; the script is then as it
    was.
    """
    shape = shape_of(take.record, options.reformat, options.layers)
    notes = list(_checked(take, source))
    view = only_view(options.view)
    group = source.parent() or nuke.root()
    placement = os.urandom(6).hex()
    made = Made()
    with one_step(f"Platewright: {take.label}"), group:
        try:
            spot = free_spot(source, group)
            options = replace(options, view=view)
            output, read = _build(made, take, source, shape, options, spot)
            for node in made.nodes:
                if node is not read:
                    keep(node, {"placement": placement, "role": _role(node)})
            keep(read, _state_of(take, placement, shape, source, options))
            if options.rewire:
                notes += _rewire(source, output, made)
        except BaseException:
            made.take_away()
            raise
    return Placed(placement, read, output, tuple(made.nodes), tuple(notes))


def _checked(take: Take, source: Any) -> tuple[str, ...]:
    """Refuse what would be placed wrongly; returns what is worth saying."""
    if ours(source) and source.Class() != "Keymix" and source.Class() != "ModifyMetaData":
        raise RequestError(
            f"{source.name()} belongs to a take itself", code="source_is_ours", hint="Select the plate, or the result."
        )
    form, display = source.format(), take.record.display_window
    grown = shape_of(take.record, False, False) is Shape.GROWN
    size = (int(form.width()), int(form.height()))
    scaled = bool(nuke.root()["proxy"].value())  # sizes are of the proxy then, and tell nothing
    if not grown and not scaled and size != (display.width, display.height):
        raise RequestError(
            f"{source.name()} is {size[0]} x {size[1]}, but {take.label} is for {display.width} x {display.height}",
            code="format_differs",
            hint="Place it on the node that it was made from, before any Reformat or Crop.",
        )
    notes = []
    if take.has_gaps:
        notes.append(f"{take.label} has only every so many frames; between them the plate shows.")
    return tuple(notes)


def _build(made: Made, take: Take, source: Any, shape: Shape, options: Options, spot: Spot) -> tuple[Any, Any]:
    """Make the nodes; returns the last of the chain and the Read."""
    path = file_text(take.folder, take.pattern)
    read = made.add("Read", read_knobs(take, path), at=spot.at(1, 0))
    read.setName(f"PW_{take.record.element}".replace("-", "_"))  # a node's name takes no hyphen
    under = made.add("Dot", {}, (source,), spot.dot(0, 0))
    if shape is Shape.GROWN:
        under = made.add("Crop", _crop_knobs(crop_box(take.record)), (under,), spot.at(0, 1))
    patch = sky_in_layers(made, read, spot) if shape is Shape.SKY_LAYERS else read
    keymix = made.add(
        "Keymix",
        {
            "channels": "rgb", "maskChannel": "rgba.alpha", "invertMask": False, "mix": 1,
            "bbox": "union" if shape in (Shape.EXTENDED, Shape.GROWN, Shape.REFORMATTED) else "B", **ALWAYS_ON,
        },
        (under, patch, patch),
        spot.at(0, 3),
    )  # fmt: skip
    if options.view:
        in_one_view(keymix["mix"], options.view)
    output = keymix
    if shape is Shape.REFORMATTED:
        output = made.add("Crop", _crop_knobs(crop_box(take.record)), (output,), spot.at(0, 4))
    if options.disclose:
        output = _disclose(made, take, read, output, spot)
    made.add("BackdropNode", _backdrop(take, spot), at=(spot.x, spot.y))
    return output, read


def _crop_knobs(box: tuple[int, int, int, int]) -> Mapping[str, object]:
    """A Crop that only moves the origin and sets the format: intersected, so that nothing is invented around it."""
    return {
        "preset": "format",
        "box": list(box),
        "reformat": True,
        "intersect": True,
        "crop": True,
        "softness": 0,
        **ALWAYS_ON,
    }


def _disclose(made: Made, take: Take, read: Any, output: Any, spot: Spot) -> Any:
    node = made.add("ModifyMetaData", dict(ALWAYS_ON), (output,), spot.at(0, 4 if output.Class() == "Keymix" else 5))
    node["metadata"].fromScript(disclosure(take, read))
    return node


def _backdrop(take: Take, spot: Spot) -> Mapping[str, object]:
    return {
        "label": backdrop_label(take), "bdwidth": WIDTH, "bdheight": HEIGHT, "note_font_size": 18,
        "tile_color": 0x33475EFF, "note_font_color": 0xE6EDF5FF, "z_order": 0,
    }  # fmt: skip


def _role(node: Any) -> str:
    """What a node is in its placement; the Crop of a plate and that of a result are told apart by their input."""
    kind = str(node.Class()).lower()
    above = node.input(0)
    return "crop_result" if kind == "crop" and above is not None and above.Class() == "Keymix" else kind


def _state_of(take: Take, placement: str, shape: Shape, source: Any, options: Options) -> dict[str, str | int | bool]:
    record = take.record
    return {
        "placement": placement,
        "role": "read",
        "element": record.element,
        "version": record.version,
        "operation": record.request.operation.kind,
        "shape": shape.value,
        "source": str(source.name()),
        "request": record.request_hash,
        "view": options.view,
        "job": options.job,
    }


def _rewire(source: Any, output: Any, made: Made) -> list[str]:
    """Hang what hung on the plate on the result; the artist's own viewer stays where it is."""
    moved = []
    for node in source.dependent(nuke.INPUTS | nuke.HIDDEN_INPUTS):
        if node in made.nodes or node.Class() == "Viewer":
            continue
        for number in range(node.inputs()):
            if node.input(number) is source:
                node.setInput(number, output)
                moved.append(str(node.name()))
    return [f"Now fed by the result: {', '.join(moved)}."] if moved else []
