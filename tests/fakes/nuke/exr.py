"""Read and Write with real EXR files, by the window rules of Foundry's exrReader.cpp and exrWriter.cpp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import OpenImageIO as oiio

from .expressions import value_of
from .facts import LAYERS, FakeNukeUnsupported
from .nodes import Node
from .pixels import Image, channels_named, evaluate
from .values import Box, Format

if TYPE_CHECKING:
    from .application import FakeNuke

__all__ = ["read_frame", "write_frame"]

_IN = {"R": "rgba.red", "G": "rgba.green", "B": "rgba.blue", "A": "rgba.alpha", "Y": "rgba.red"}
_SUFFIX = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}
_OUT = {"rgba.red": "R", "rgba.green": "G", "rgba.blue": "B", "rgba.alpha": "A"}
_COMPRESSION = {"none": "none", "Zip (1 scanline)": "zips", "Zip (16 scanline)": "zip"}


def read_frame(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    """The picture of a Read at a frame."""
    first, last = int(node["first"].value()), int(node["last"].value())
    if str(node["frame_mode"].value()) != "expression" or str(node["frame"].value()):
        frame = _moved(node, frame)
    where = "before" if frame < first else "after" if frame > last else ""
    if where:
        rule = str(node[where].value())
        if rule == "black":
            return _black(_open(app, node, first, view))
        if rule != "hold":
            raise FakeNukeUnsupported(f"Read {where} {rule}")
        frame = min(max(frame, first), last)
    if node["disable"].value():
        form = app.root_node.format()
        return _black(Image({name: np.zeros((1, 1), np.float32) for name in LAYERS["rgba"]}, Box(0, 0, 1, 1), form))
    return _open(app, node, frame, view)


def _moved(node: Node, frame: int) -> int:
    mode, text = str(node["frame_mode"].value()), str(node["frame"].value())
    if mode == "start at":
        return frame - int(text) + int(node["first"].value())
    if mode == "offset":
        return frame + int(text or 0)
    return int(value_of(text, node["frame"], frame)) if text else frame


def _open(app: FakeNuke, node: Node, frame: int, view: str) -> Image:
    path = app.file_at(node["file"], frame, view)
    if not path.is_file():
        rule = str(node["on_error"].value())
        if rule == "black":
            return _black(_open(app, node, int(node["first"].value()), view))
        raise RuntimeError(f"{node.name()}: Read error: No such file or directory: {path}")
    if not node["raw"].value() and str(node["colorspace"].value()) not in ("default", "linear", "scene_linear"):
        raise FakeNukeUnsupported("a Read that converts colour")
    if node["premultiplied"].value() and not node["raw"].value():
        raise FakeNukeUnsupported("a Read that unpremultiplies")
    source = oiio.ImageInput.open(str(path))
    if source is None:
        raise RuntimeError(f"{node.name()}: {oiio.geterror()}")
    spec = source.spec()
    pixels = source.read_image("float")
    source.close()
    return _placed(node, spec, np.asarray(pixels, np.float32).reshape(spec.height, spec.width, spec.nchannels))


def _placed(node: Node, spec: Any, pixels: Any) -> Image:
    """Windows to box and format; black border where the windows differ."""
    display_top, display_bottom = spec.full_y, spec.full_y + spec.full_height
    shift = -spec.full_x if spec.full_x < 0 and node["offset_negative_display_window"].value() else 0
    y = display_bottom - (spec.y + spec.height)
    box = Box(spec.x + shift, y, spec.x + spec.width + shift, y + spec.height)
    form = Format(spec.full_width, spec.full_height, float(spec.get_float_attribute("PixelAspectRatio", 1.0)))
    planes = {_name(str(name)): pixels[..., at] for at, name in enumerate(spec.channelnames)}
    if node["auto_alpha"].value() and "rgba.alpha" not in planes:
        planes["rgba.alpha"] = np.ones(pixels.shape[:2], np.float32)
    same = (spec.x, spec.y, spec.width, spec.height) == (
        spec.full_x, display_top, spec.full_width, spec.full_height,
    )  # fmt: skip
    rule = str(node["edge_pixels"].value())
    black = not same if rule == "plate detect" else rule == "black"
    if rule == "edge detect":
        raise FakeNukeUnsupported("edge detect")
    prefix = "" if node["noprefix"].value() else "exr/"
    known = {f"{prefix}{one.name}": one.value for one in spec.extra_attribs if isinstance(one.value, (str, int, float))}
    depth = "16-bit half float" if str(spec.format) == "half" else "32-bit float"
    known |= {"input/bitsperchannel": depth, "input/width": spec.full_width, "input/height": spec.full_height}
    if not black:
        return Image({name: np.ascontiguousarray(plane) for name, plane in planes.items()}, box, form, False, known)
    return Image({name: np.pad(plane, 1) for name, plane in planes.items()}, box.grown(1), form, True, known)


def _name(channel: str) -> str:
    layer, _, suffix = channel.rpartition(".")
    if not layer:
        return _IN.get(channel, f"other.{channel}")
    return f"{layer}.{_SUFFIX.get(suffix, suffix)}"


def _black(image: Image) -> Image:
    form = image.format
    shape = (form.height(), form.width())
    planes = {name: np.zeros(shape, np.float32) for name in image.channels}
    return Image(planes, Box(0, 0, form.width(), form.height()), form, False, image.metadata)


def write_frame(app: FakeNuke, node: Node, frame: int, view: str) -> Path:
    """Render one frame of a Write; returns the file."""
    path = app.file_at(node["file"], frame, view)
    if str(node["file_type"].value()) != "exr":
        raise FakeNukeUnsupported("a Write of anything but exr")
    if not node["raw"].value():
        raise FakeNukeUnsupported("a Write that converts colour")
    if node["write_ACES_compliant_EXR"].value() or node["autocrop"].value() or node["use_limit"].value():
        raise FakeNukeUnsupported("a Write with ACES, autocrop or a limit")
    if view not in app.module.views() or view not in str(node["views"].value()).split():
        raise RuntimeError(f"{node.name()}: no view {view}")
    found = node.input(0)
    if found is None:
        raise RuntimeError(f"{node.name()}: no input")
    before, app.now = app.now, frame
    try:
        image = evaluate(app, found, frame, view)
    finally:
        app.now = before
    if app.root_node["proxy"].value():
        raise FakeNukeUnsupported("rendering at proxy size")
    if not path.parent.is_dir():
        if not node["create_directories"].value():
            raise RuntimeError(f"{node.name()}: can't write to {path.parent}")
        path.parent.mkdir(parents=True)
    _write(node, image, path)
    return path


def _write(node: Node, image: Image, path: Path) -> None:
    names = channels_named(str(node["channels"].value()), image.channels)
    if not names:
        raise RuntimeError(f"{node.name()}: no channels to write")
    box = image.bbox.grown(-1) if image.black_outside else image.bbox
    kind = "half" if str(node["datatype"].value()) == "16 bit half" else "float"
    form = image.format
    spec = oiio.ImageSpec(box.w(), box.h(), len(names), kind)
    spec.channelnames = tuple(_OUT.get(name, name) for name in names)
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, form.width(), form.height()
    spec.x, spec.y = box.x(), form.height() - (box.y() + box.h())
    spec.attribute("compression", _COMPRESSION[str(node["compression"].value())])
    spec.attribute("PixelAspectRatio", float(form.pixelAspect()))
    if str(node["metadata"].value()) == "all metadata":
        for key, value in image.metadata.items():
            if key.startswith("exr/") and isinstance(value, str) and key != "exr/compression":
                spec.attribute(key.removeprefix("exr/"), value)
    target = oiio.ImageOutput.create("exr")
    hidden = path.with_name(path.name + ".tmp")
    if not target.open(str(hidden), spec):
        raise RuntimeError(f"{node.name()}: {target.geterror()}")
    target.write_image(np.ascontiguousarray(np.stack([image.plane(name, box) for name in names], -1)))
    target.close()
    hidden.replace(path)
