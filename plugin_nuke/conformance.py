"""Asks a real Nuke what our tests assume of it: `nuke -t conformance.py answers.json`, by anybody with a licence.

Nothing of Platewright is needed beside this file, and nothing of yours is read: it works in an empty script and a
temporary folder. The answers hold versions, knob defaults, error types and a few pixel values. A test holds them
against the stand-in that our other tests run on: PLATEWRIGHT_NUKE_CONFORMANCE names the file for tests/plugin_nuke.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import nuke

__all__ = ["CHECKS", "KNOBS", "observe"]

SCHEMA = "org.platewright.nuke-conformance/1"

# What the adapter sets or asks, by class: the answers give each knob's class, default and menu.
KNOBS = {
    "Read": (
        "file", "file_type", "first", "last", "origfirst", "origlast", "origset", "before", "after", "on_error", "raw",
        "premultiplied", "auto_alpha", "frame_mode", "frame", "proxy", "colorspace", "useLifetime",
    ),
    "Keymix": ("channels", "maskChannel", "invertMask", "mix", "bbox", "disable", "useLifetime"),
    "Write": (
        "file", "file_type", "channels", "raw", "premultiplied", "create_directories", "views", "use_limit",
        "frame_mode", "frame", "on_error", "reading", "proxy",
    ),
    "Crop": ("box", "reformat", "intersect", "crop", "softness", "preset"),
    "Copy": ("from0", "to0", "from3", "to3", "channels", "bbox", "mix", "maskChannelInput", "unpremult"),
    "Grade": (
        "channels", "blackpoint", "whitepoint", "black", "white", "multiply", "add", "gamma", "reverse", "black_clamp",
        "white_clamp", "maskChannelInput", "unpremult", "mix", "mix_luminance",
    ),
    "Merge2": (
        "operation", "Achannels", "Bchannels", "output", "also_merge", "bbox", "mix", "maskChannelInput", "sRGB",
        "process_mask", "screen_alpha", "metainput", "rangeinput",
    ),
    "Premult": ("channels", "alpha", "invert"),
    "ModifyMetaData": ("metadata",),
    "Dot": ("label",),
    "BackdropNode": ("label", "bdwidth", "bdheight", "note_font_size", "tile_color", "note_font_color", "z_order"),
    "Roto": ("output", "premultiply"),
}  # fmt: skip
_OF_THE_SETUP = {("Crop", "box"), ("Write", "views"), ("Write", "colorspace"), ("Read", "colorspace")}
_EXR_KNOBS = (
    "datatype", "compression", "metadata", "autocrop", "write_ACES_compliant_EXR", "interleave",
)  # fmt: skip
# Display window 6 x 4, data window 3 x 2 at 1, 1: R, G, B, A, sky.A and newsky.red, a NaN in R at its upper right.
_PICTURE = (
    "eNp9UUFOwzAQ3ASQkLgg8QH4AKQ5cmgoIMENVA49u/amsTB2ZFtNy4W8DPUL/Ag7aZpQi1oeeT0zOyvLy5tRFAPAm8ptRTSCsZrL"
    "BZw57lUQi5Xmi8JSUj66S6deODVNkuQ2Gbl96Qu/aUGkRGGAFoIbC5/ONgEf71e0xX3APAXMNGAkVuZ9fa2RBZLnwzFA1Uep0Riu"
    "5J+6ERmxZMYlUxXM1SrlcD5oPXLwcYybUpB14OvWydYruMQXzVAPqmZKyVcoJqZEaqfEcgW5UMTCcdNdZ4ZqRNnGP6C0rm2Z5nA6"
    "GDG0zDizxV4E/ESt8Srun/+8a6/H7XmX9YABGt2dm6/mq3qMO8S7vDprcShv4z3f3vBf3i+sfWtV"
)


def observe() -> dict[str, Any]:
    """Every check's answer; one that could not be had is its error, as text."""
    found: dict[str, Any] = {}
    for name, check in CHECKS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                found[name] = check(folder)
            except Exception as error:
                found[name] = {"failed": f"{type(error).__name__}: {error}"[:300]}
            finally:
                for node in nuke.allNodes():
                    nuke.delete(node)
    return {
        "schema": SCHEMA,
        "nuke": nuke.NUKE_VERSION_STRING,
        "major": nuke.NUKE_VERSION_MAJOR,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "observed": found,
    }


def _knobs(folder: str) -> Any:
    """Class, default and menu of every knob the adapter touches."""
    answers: dict[str, Any] = {}
    for kind, names in KNOBS.items():
        node = getattr(nuke.nodes, kind)()
        for name in names:
            knob = node.knob(name)
            if knob is None:
                answers[f"{kind}.{name}"] = None
                continue
            menu = list(knob.values()) if knob.Class() == "Enumeration_Knob" else []
            default = "" if (kind, name) in _OF_THE_SETUP else str(knob.toScript())
            answers[f"{kind}.{name}"] = [knob.Class(), default, [] if (kind, name) in _OF_THE_SETUP else menu]
    return answers


def _exr_knobs(folder: str) -> Any:
    """Knobs that are there only with the file type exr."""
    write = nuke.nodes.Write()
    before = [name for name in _EXR_KNOBS if write.knob(name) is not None]
    write["file_type"].setValue("exr")
    after = {name: str(write[name].toScript()) for name in _EXR_KNOBS if write.knob(name) is not None}
    return {"before": before, "after": after}


def _views(folder: str) -> Any:
    """A number that is another one in one view, as a script with several views is written."""
    views = nuke.root()["views"]
    before = views.toScript()
    try:
        views.fromScript("left\nright")
        mix = nuke.nodes.Keymix()["mix"]
        mix.setValue(0)
        mix.splitView("right")
        mix.setValue(1, view="right")
        return {"views": list(nuke.views()), "whole": float(mix.value()), "text": str(mix.toScript())}
    finally:
        views.fromScript(before)


def _error_of(call: Callable[[], object]) -> str:
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "none"


def _errors(folder: str) -> Any:
    """What is raised for what is wrong."""
    read = nuke.nodes.Read()
    return {
        "unknown_knob": _error_of(lambda: read["no_such_knob"]),
        "unknown_knob_asked": read.knob("no_such_knob") is None,
        "unknown_class": _error_of(lambda: nuke.nodes.NoSuchClassAtAll()),
        "bad_enumeration": _error_of(lambda: read["before"].setValue("no such word")),
        "text_for_number": _error_of(lambda: read["first"].setValue("one")),
        "number_for_text": _error_of(lambda: read["file"].setValue(3)),
        "nothing_selected": _error_of(nuke.selectedNode),
    }


def _undo(folder: str) -> Any:
    """Steps of the undo list, and what undoing brings back."""
    undo = nuke.Undo()
    nuke.nodes.Dot()
    before = undo.undoSize()
    undo.begin()
    undo.name("conformance")
    node = nuke.nodes.NoOp()
    knob = nuke.String_Knob("state", "State")
    node.addKnob(knob)
    knob.setValue("x")
    node["label"].setValue("y")
    undo.end()
    after = undo.undoSize()
    undo.undo()
    left = len(nuke.allNodes())
    size = undo.undoSize()
    undo.disable()
    nuke.delete(nuke.nodes.NoOp())
    undo.enable()
    return {"group": after - before, "nodes_after_undo": left, "while_disabled": undo.undoSize() - size}


def _user_knobs(folder: str) -> Any:
    """Where a knob added by Python goes, and whether a hidden one is hidden."""
    bare, tabbed = nuke.nodes.NoOp(), nuke.nodes.NoOp()
    bare.addKnob(nuke.String_Knob("state", "State"))
    tab, knob = nuke.Tab_Knob("own", "Own"), nuke.String_Knob("state", "State")
    for one in (tab, knob):
        one.setFlag(nuke.INVISIBLE)
        tabbed.addKnob(one)
    return {"tab": "User" in bare.knobs(), "own_tab": "User" in tabbed.knobs(), "visible": bool(knob.visible())}


def _graph(folder: str) -> Any:
    """Groups, names and parents."""
    outer = nuke.nodes.Dot()
    group = nuke.nodes.Group(name="inside")
    with group:
        inner = nuke.nodes.Dot(name="deep")
    with nuke.root():
        top = nuke.nodes.Dot()
    return {
        "full_name": inner.fullName(),
        "found": nuke.toNode("inside.deep") is not None,
        "parent_of_inner": inner.parent().name(),
        "parent_is_root": outer.parent() is not None and outer.parent().Class() == "Root",
        "root_context": top.fullName() == top.name(),
        "across_groups": bool(outer.setInput(0, inner)),
        "dependent": [node.name() for node in nuke.nodes.NoOp(inputs=[outer]).dependencies()] == [outer.name()],
    }


def _modified(folder: str) -> Any:
    """The script's modified flag can be set back."""
    root = nuke.root()
    root.setModified(False)
    clean = bool(root.modified())
    nuke.nodes.Dot()
    changed = bool(root.modified())
    root.setModified(False)
    return [clean, changed, bool(root.modified())]


def _paths(folder: str) -> Any:
    """What evaluating a file knob gives."""
    read = nuke.nodes.Read()
    read["file"].setValue("rel/a.%04d.exr")
    relative = str(read["file"].evaluate(5))
    os.environ["PLATEWRIGHT_CONFORMANCE"] = "/shows"
    read["file"].setValue("[getenv PLATEWRIGHT_CONFORMANCE]/a.%d.exr")
    variable = str(read["file"].evaluate(5))
    read["file"].setValue("/x/\\[a\\]/b.%d.exr")
    return {"relative": relative, "variable": variable, "escaped": str(read["file"].evaluate(5))}


def _expressions(folder: str) -> Any:
    """Knobs driven by expressions, of numbers and of switches, and commands in a file knob, at a frame."""
    driver, driven = nuke.nodes.Grade(name="driver", multiply=3), nuke.nodes.Grade()
    texts = {
        "sibling": "driver.multiply * 2", "parent": "parent.driver.multiply", "root": "root.first_frame + frame",
        "this": "this.white + 1", "choice": "frame > 5 ? clamp(driver.multiply) : 9", "other_frame": "driver.add(12)",
    }  # fmt: skip
    driver["add"].setExpression("frame / 4")
    nuke.frame(10)
    answers: dict[str, Any] = {}
    for name, text in texts.items():
        driven["multiply"].setExpression(text)
        answers[name] = round(float(driven["multiply"].value()), 6)
    driven["disable"].setExpression("frame < 11")
    answers["switch"] = bool(driven["disable"].value())
    answers["moves"] = [bool(driven[name].isAnimated()) for name in ("multiply", "disable", "add")]
    answers["has"] = [bool(driven[name].hasExpression()) for name in ("multiply", "disable", "add")]
    read = nuke.nodes.Read()
    driver["label"].setValue("/shows/a")
    read["file"].setValue("[value driver.label]/b.[format %04d [expr {frame + 1}]].%04d.exr")
    answers["file"] = [str(read["file"].evaluate(frame)) for frame in (5, 6)]
    answers["text"] = str(read["file"].value())
    return answers


@contextmanager
def _picture(folder: str) -> Iterator[Any]:
    path = os.path.join(folder, "picture.0007.exr").replace("\\", "/")
    with open(path, "wb") as file:
        file.write(zlib.decompress(base64.b64decode(_PICTURE)))
    read = nuke.nodes.Read()
    read["file_type"].setValue("exr")
    read["file"].setValue(path.replace("0007", "%04d"))
    for name, value in {"first": 7, "last": 7, "raw": True, "before": "black", "after": "black"}.items():
        read[name].setValue(value)
    nuke.frame(7)
    yield read


def _box(node: Any) -> list[int]:
    box = node.bbox()
    return [int(box.x()), int(box.y()), int(box.x() + box.w()), int(box.y() + box.h())]


def _row(node: Any, channel: str, y: int) -> list[str]:
    """A channel along a row of the picture, x from -1 to 6."""
    return [repr(round(float(node.sample(channel, x + 0.5, y + 0.5)), 6)) for x in range(-1, 7)]


def _windows(folder: str) -> Any:
    """EXR windows, the black border, and layer names."""
    with _picture(folder) as read:
        form = read.format()
        return {
            "box": _box(read),
            "format": [int(form.width()), int(form.height())],
            "row": _row(read, "rgba.green", 2),
            "below": _row(read, "rgba.green", 0),
            "channels": sorted(name for name in read.channels() if "sky" in name),
        }


def _outside_range(folder: str) -> Any:
    """A Read outside its frames with 'black'."""
    with _picture(folder) as read:
        nuke.frame(8)
        return {"box": _box(read), "row": _row(read, "rgba.green", 2)}


def _keymix(folder: str) -> Any:
    """Copied, mixed and replaced pixels, and a NaN under a mask of 0 on both sides."""
    with _picture(folder) as read:
        answers = {}
        plain = nuke.nodes.Grade(inputs=[read], channels="rgb", multiply=2, black_clamp=False)
        for box in ("B", "union"):
            node = nuke.nodes.Keymix(inputs=[read, plain, read], channels="rgb", bbox=box)
            answers[box] = [
                _box(node),
                _row(node, "rgba.red", 2),
                _row(node, "rgba.red", 1),
                _row(node, "sky.alpha", 1),
            ]
        return answers


def _crop(folder: str) -> Any:
    """A Crop that moves the origin and keeps the smaller box."""
    with _picture(folder) as read:
        node = nuke.nodes.Crop(inputs=[read], reformat=True, intersect=True, crop=True)
        node["box"].setValue([-2, -1, 9, 7])
        form = node.format()
        return {
            "box": _box(node), "format": [int(form.width()), int(form.height())],
            "row": _row(node, "rgba.green", 3),
        }  # fmt: skip


def _copy(folder: str) -> Any:
    """Layers put where a Keymix looks."""
    with _picture(folder) as read:
        node = nuke.nodes.Copy(inputs=[read, read], from0="newsky.red", to0="rgba.red", bbox="union")
        node["from1"].setValue("sky.alpha")
        node["to1"].setValue("rgba.alpha")
        return [_row(node, "rgba.red", 2), _row(node, "rgba.alpha", 1)]


def _grade(folder: str) -> Any:
    """A neutral Grade without clamps changes nothing."""
    with _picture(folder) as read:
        node = nuke.nodes.Grade(inputs=[read], channels="rgb", black_clamp=False, white_clamp=False)
        return [_row(node, "rgba.red", 1) == _row(read, "rgba.red", 1), _row(node, "rgba.red", 1)]


def _written(folder: str) -> Any:
    """Write, then Read: box, format, channels and values."""
    with _picture(folder) as read:
        write = nuke.nodes.Write(inputs=[read])
        path = os.path.join(folder, "new", "again.%04d.exr").replace("\\", "/")
        knobs = {
            "file_type": "exr", "file": path, "channels": "all", "raw": True, "datatype": "32 bit float",
            "create_directories": True, "views": nuke.views()[0],
        }  # fmt: skip
        for name, value in knobs.items():
            write[name].setValue(value)
        nuke.execute(write, 7, 7, 1, [nuke.views()[0]])
        again = nuke.nodes.Read()
        again["file_type"].setValue("exr")
        again["file"].setValue(path)
        for name, number in {"first": 7, "last": 7}.items():
            again[name].setValue(number)
        again["raw"].setValue(True)
        return {
            "box": _box(again), "row": _row(again, "rgba.red", 2),
            "channels": sorted(again.channels()) == sorted(read.channels()),
        }  # fmt: skip


def _metadata(folder: str) -> Any:
    """A key set by ModifyMetaData, with a space in its value."""
    with _picture(folder) as read:
        node = nuke.nodes.ModifyMetaData(inputs=[read])
        node["metadata"].fromScript('{set platewright/take "rig v001"}\n{set platewright/other x}')
        return [node.metadata("platewright/take"), node.metadata("platewright/other"), node.metadata("platewright/no")]


CHECKS: dict[str, Callable[[str], Any]] = {
    "knobs": _knobs,
    "exr_knobs": _exr_knobs,
    "errors": _errors,
    "views": _views,
    "undo": _undo,
    "user_knobs": _user_knobs,
    "graph": _graph,
    "modified": _modified,
    "paths": _paths,
    "expressions": _expressions,
    "windows": _windows,
    "outside_range": _outside_range,
    "keymix": _keymix,
    "crop": _crop,
    "copy": _copy,
    "grade": _grade,
    "written": _written,
    "metadata": _metadata,
}

if __name__ == "__main__":
    answers = json.dumps(observe(), indent=1, sort_keys=True)
    if len(sys.argv) > 1 and not sys.argv[-1].endswith(".py"):
        with open(sys.argv[-1], "w", encoding="utf-8") as out:
            out.write(answers + "\n")
    else:
        print(answers)
