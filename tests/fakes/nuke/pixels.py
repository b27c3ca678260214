"""What nodes compute, in numpy, by Foundry's published rules; a class without a rule here raises.

Pictures are float32, rows from the top. Asking outside a picture's box gives its nearest edge pixel; a picture that is
black outside has a border of zeros in its box, which is how Nuke itself does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .facts import LAYERS, FakeNukeUnsupported
from .nodes import Group, Node
from .values import Box, Format

if TYPE_CHECKING:
    from .application import FakeNuke

__all__ = ["Image", "channels_named", "evaluate"]

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Image:
    """A picture: channels over a box. black_outside: one pixel of its border was added for that."""

    channels: dict[str, Plane]
    bbox: Box
    format: Format
    black_outside: bool = False
    metadata: Mapping[str, object] = field(default_factory=dict)

    def plane(self, name: str, box: Box) -> Plane:
        """A channel over any box `(h, w)`; 0 where there is no such channel."""
        shape = (box.h(), box.w())
        if name not in self.channels:
            return np.zeros(shape, np.float32)
        x, y, r, t = self.bbox.edges
        columns = np.clip(np.arange(box.x(), box.x() + box.w()), x, r - 1) - x
        rows = np.clip(np.arange(box.y() + box.h() - 1, box.y() - 1, -1), y, t - 1)
        return self.channels[name][np.ix_(t - 1 - rows, columns)]

    def over(self, box: Box) -> dict[str, Plane]:
        """Every channel over a box."""
        return {name: self.plane(name, box) for name in self.channels}


def channels_named(words: str, there: Mapping[str, object]) -> list[str]:
    """The channels that a channel knob means, of those that are there."""
    if words == "all":
        return list(there)
    wanted: list[str] = []
    for word in words.strip("{}").split():
        sign, name = ("-", word[1:]) if word.startswith("-") else ("", word)
        found = LAYERS.get(name) or ([name] if "." in name else [one for one in there if one.startswith(f"{name}.")])
        if name in ("none", "0"):
            found = []
        wanted = [one for one in wanted if one not in found] if sign else [*wanted, *found]
    return [name for name in dict.fromkeys(wanted) if name in there]


def evaluate(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    """The picture of a node."""
    before, app.now = app.now, frame  # knobs are read at the frame that is wanted here, also above a TimeOffset
    try:
        return _evaluated(app, node, frame, view)
    finally:
        app.now = before


def _evaluated(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    kind = node.Class()
    disable = node.knob("disable")
    if kind != "Read" and disable is not None and disable.value():
        return _input(app, node, 0, frame, view)
    rule = _RULES.get(kind)
    if rule is None:
        raise FakeNukeUnsupported(f"the pixels of a {kind}")
    return rule(app, node, frame, view)


def _input(app: FakeNuke, node: Node, number: int, frame: int, view: str) -> Image:
    found = node.input(number)
    if found is None:
        form = app.root_node.format()
        return Image({}, Box(0, 0, form.width(), form.height()), form)
    return evaluate(app, found, frame, view)


def _same(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    return _input(app, node, 0, frame, view)


def _read(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    from .exr import read_frame

    return read_frame(app, node, frame, view)


def _value(node: Node, name: str, frame: int) -> Any:
    knob = node[name]
    return knob.getValueAt(frame) if hasattr(knob, "getValueAt") else knob.value()


def _in_view(node: Node, name: str, frame: int, view: str) -> Any:
    """A number in a view: its own where the knob is split, else that of all others."""
    knob = node[name]
    return knob._in_view(view) if knob._state.views else _value(node, name, frame)


def _keymix(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    """Keymix.cpp: B's row where the mask is 0 or less, A's where it is 1 or more, `A v + B (1 - v)` between."""
    b, a, mask = (_input(app, node, number, frame, view) for number in range(3))
    box = {"union": a.bbox.union(b.bbox), "A": a.bbox, "B": b.bbox}[str(node["bbox"].value())]
    v = mask.plane(str(node["maskChannel"].value()), box) if node.input(2) is not None else np.ones(
        (box.h(), box.w()), np.float32
    )  # fmt: skip
    if node["invertMask"].value():
        v = np.float32(1) - v
    v = v * np.float32(_in_view(node, "mix", frame, view))
    out = b.over(box)
    for name in channels_named(str(node["channels"].value()), {**b.channels, **a.channels}):
        if name not in a.channels:
            continue
        under, above = b.plane(name, box), a.plane(name, box)
        with np.errstate(invalid="ignore", over="ignore"):
            mixed = above * v + under * (np.float32(1) - v)
        out[name] = np.where(v <= 0, under, np.where(v >= 1, above, mixed))
    return replace(b, channels=out, bbox=box, black_outside=b.black_outside)


def _copy(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    b, a = _input(app, node, 0, frame, view), _input(app, node, 1, frame, view)
    if node.input(2) is not None or str(node["maskChannelInput"].value()) != "none" or node["mix"].value() != 1:
        raise FakeNukeUnsupported("Copy with a mask or a mix")
    if node["invert_unpremult"].value() and node["unpremult"].value() != "none":
        raise FakeNukeUnsupported("Copy with unpremult")
    box = {"union": a.bbox.union(b.bbox), "A": a.bbox, "B": b.bbox}[str(node["bbox"].value())]
    out = b.over(box)
    for number in range(4):
        source, target = str(node[f"from{number}"].value()), str(node[f"to{number}"].value())
        if "none" not in (source, target):
            out[target] = a.plane(source, box)
    for name in channels_named(str(node["channels"].value()), a.channels):
        out[name] = a.plane(name, box)
    return replace(b, channels=out, bbox=box)


def _crop(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    image = _input(app, node, 0, frame, view)
    if node["softness"].value() not in (0, 0.0, [0.0, 0.0]):
        raise FakeNukeUnsupported("Crop with softness")
    numbers = node["box"].value()
    if any(not float(one).is_integer() for one in numbers):
        raise FakeNukeUnsupported("Crop between pixels")
    crop = Box(*(int(one) for one in numbers))
    box = crop & image.bbox if node["intersect"].value() else crop
    if box.w() < 1 or box.h() < 1:
        box = Box(crop.x(), crop.y(), crop.x() + 1, crop.y() + 1)
    black = bool(node["crop"].value())
    if black:
        wide = box.grown(1)
        planes = {name: np.pad(image.plane(name, box), 1) for name in image.channels}
        image = replace(image, channels=planes, bbox=wide, black_outside=True)
    else:
        image = replace(image, channels=image.over(box), bbox=box, black_outside=image.black_outside)
    if not node["reformat"].value():
        return image
    form = Format(crop.w(), crop.h(), image.format.pixelAspect())
    return replace(image, bbox=image.bbox.moved(-crop.x(), -crop.y()), format=form)


def _grade(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    image = _input(app, node, 0, frame, view)
    names = ("blackpoint", "whitepoint", "black", "white", "multiply", "add", "gamma")
    knobs = {name: node[name].value() for name in names}
    if any(isinstance(one, list) for one in knobs.values()) or knobs["gamma"] != 1 or node["reverse"].value():
        raise FakeNukeUnsupported("Grade with a colour, a gamma or reversed")
    if node["mix"].value() != 1 or node.input(1) is not None or str(node["maskChannelInput"].value()) != "none":
        raise FakeNukeUnsupported("Grade with a mask or a mix")
    if (
        str(node["unpremult"].value()) != "none"
        or node["enable_mix_luminance"].value()
        and node["mix_luminance"].value()
    ):
        raise FakeNukeUnsupported("Grade with unpremult or luminance mix")
    gain = knobs["multiply"] * (knobs["white"] - knobs["black"]) / (knobs["whitepoint"] - knobs["blackpoint"])
    offset = knobs["add"] + knobs["black"] - gain * knobs["blackpoint"]
    planes = dict(image.channels)
    for name in channels_named(str(node["channels"].value()), planes):
        with np.errstate(invalid="ignore", over="ignore"):
            plane = planes[name] * np.float32(gain) + np.float32(offset)
        if node["black_clamp"].value():
            plane = np.maximum(plane, 0)
        planes[name] = np.minimum(plane, 1) if node["white_clamp"].value() else plane
    return replace(image, channels=planes)


def _merge(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    b, a = _input(app, node, 0, frame, view), _input(app, node, 1, frame, view)
    if node.input(2) is not None or node["mix"].value() != 1:
        raise FakeNukeUnsupported("Merge2 with a mask or a mix: its source is not public")
    odd = [name for name, usual in _USUAL_MERGE.items() if node[name].value() != usual]
    if odd or str(node["output"].value()) not in ("rgba", "rgb"):
        raise FakeNukeUnsupported(f"Merge2 with {', '.join(odd) or 'other output channels'}")
    box = {"union": a.bbox.union(b.bbox), "B": b.bbox, "A": a.bbox}.get(str(node["bbox"].value()))
    if box is None:
        raise FakeNukeUnsupported("Merge2 with an intersection of boxes")
    out = b.over(box)
    alpha = a.plane("rgba.alpha", box)
    for name in LAYERS[str(node["output"].value())]:
        above, under = a.plane(name, box), b.plane(name, box)
        operation = str(node["operation"].value())
        if operation == "over":
            out[name] = above + under * (np.float32(1) - alpha)
        elif operation == "plus":
            out[name] = above + under
        elif operation == "minus":
            out[name] = above - under
        elif operation == "copy":
            out[name] = above
        else:
            raise FakeNukeUnsupported(f"Merge2 {operation}")
    return replace(b, channels=out, bbox=box)


_USUAL_MERGE = {
    "Achannels": "rgba", "Bchannels": "rgba", "also_merge": "none", "maskChannelInput": "none", "sRGB": False,
    "metainput": "B",
}  # fmt: skip


def _premult(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    image = _input(app, node, 0, frame, view)
    if str(node["channels"].value()) != "rgb" or node["invert"].value():
        raise FakeNukeUnsupported("Premult of other channels, or inverted")
    alpha = image.channels[str(node["alpha"].value())]
    return replace(image, channels={
        name: plane * alpha if name in LAYERS["rgb"] else plane for name, plane in image.channels.items()
    })  # fmt: skip


def _metadata(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    image = _input(app, node, 0, frame, view)
    found = dict(image.metadata)
    from .tcl import unquoted, words_of

    for line in str(node["metadata"].value()).splitlines():
        action, key, value = (unquoted(word) for word in words_of(line.strip()[1:-1]))
        if action == "set":
            found[key] = value
        elif action == "remove":
            found.pop(key, None)
        else:
            raise RuntimeError(f"ModifyMetaData: {action}")
    return replace(image, metadata=found)


def _constant(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    form: Format = node["format"].value()
    colour = node["color"].value()
    values = colour if isinstance(colour, list) else [colour] * 4
    names = LAYERS["rgba"] if str(node["channels"].value()) == "rgba" else LAYERS["rgb"]
    planes = {name: np.full((form.height(), form.width()), values[at], np.float32) for at, name in enumerate(names)}
    return Image(planes, Box(0, 0, form.width(), form.height()), form)


def _roto(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    """A matte that the test brings, over the input's picture; its box is what it draws, black outside."""
    draw: Callable[[int], Plane] | None = app.matte_of.get(node.name())
    if draw is None:
        raise FakeNukeUnsupported(f"nobody says what {node.name()} draws")
    image = _input(app, node, 0, frame, view)
    form = image.format
    own = Box(0, 0, form.width(), form.height())
    matte = Image({"rgba.alpha": np.pad(draw(frame), 1)}, own.grown(1), form, True)
    box = image.bbox.union(own) if node.input(0) is not None else own.grown(1)
    planes = image.over(box)
    planes["rgba.alpha"] = matte.plane("rgba.alpha", box) * np.float32(_value(node, "opacity", frame))
    return replace(image, channels=planes, bbox=box, black_outside=image.black_outside or node.input(0) is None)


def _group(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    assert isinstance(node, Group)
    found = node.output()
    if found is None:
        raise RuntimeError(f"{node.name()} has no Output")
    return _input(app, found, 0, frame, view)


def _group_input(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    group = node.parent()
    assert group is not None
    return _input(app, group, int(node["number"].value()), frame, view)


def _time_offset(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    return _input(app, node, 0, frame - int(node["time_offset"].value()), view)


def _switch(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    return _input(app, node, int(_value(node, "which", frame)), frame, view)


def _adjust(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    image = _input(app, node, 0, frame, view)
    by = node["numpixels"].value()
    if isinstance(by, list):
        raise FakeNukeUnsupported("AdjBBox with two numbers")
    box = image.bbox.grown(int(by))
    return replace(image, channels=image.over(box), bbox=box)


def _reformat(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    image = _input(app, node, 0, frame, view)
    if node["type"].value() != "to box" or node["resize"].value() != "none" or node["center"].value():
        raise FakeNukeUnsupported("Reformat that resamples or centres")
    if not node["pbb"].value() or not node["box_fixed"].value() or node["black_outside"].value():
        raise FakeNukeUnsupported("Reformat that cuts")
    form = Format(int(node["box_width"].value()), int(node["box_height"].value()), node["box_pixel_aspect"].value())
    return replace(image, format=form)


_RULES: dict[str, Callable[[Any, Node, int, str], Image]] = {
    "Read": _read,
    **dict.fromkeys(("Write", "Dot", "NoOp", "PostageStamp", "Output"), _same),
    "Keymix": _keymix,
    "Copy": _copy,
    "Crop": _crop,
    "Grade": _grade,
    "Merge2": _merge,
    "Premult": _premult,
    "ModifyMetaData": _metadata,
    "Constant": _constant,
    "Roto": _roto,
    "Group": _group,
    "Input": _group_input,
    "TimeOffset": _time_offset,
    "Switch": _switch,
    "AdjBBox": _adjust,
    "Reformat": _reformat,
}
