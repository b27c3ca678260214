"""What is known of node classes and knobs, a profile for each major version, and what is only assumed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

__all__ = [
    "ASSUMED",
    "ClassFacts",
    "FakeNukeUnsupported",
    "KnobFacts",
    "LAYERS",
    "MASK_INPUT",
    "VERSIONS",
    "class_facts",
]

VERSIONS = {15: ("15.0v5", 3), 16: ("16.0v6", 6), 17: ("17.0v3", 3)}
"""Major version to its text and release; Python and Qt of each stand in the facts."""

ASSUMED = {
    "enumeration_error": "Enumeration_Knob.setValue of an unknown entry raises TypeError",
    "number_error": "a number knob's setValue of text raises TypeError",
    "text_error": "a text knob's setValue of a number raises TypeError",
    "unknown_knob": "node['nope'] raises NameError",
    "unknown_class": "nuke.nodes.Nope() raises RuntimeError with 'Unknown command'",
    "undo_disabled": "what is made and deleted between Undo.disable and enable leaves no undo step",
    "undo_group": "everything between Undo.begin and end is one step, knobs added by Python included",
    "user_tab": "a user knob without a tab of its own gets a tab called User",
    "crop_reformat": "Crop with reformat moves the box's lower left corner to 0,0 and makes the box the format",
    "crop_intersect": "Crop with intersect keeps the input's box where it is smaller than the crop's",
    "keymix_copy": "Keymix copies B where the mask is 0, NaN and infinity included",
    "read_black": "a Read outside its range with 'black' gives its format filled with 0",
    "exr_windows": "EXR windows become boxes as exrReader.cpp and exrWriter.cpp of the NDK say",
    "merge_minus": "Merge2 minus is A - B and plus A + B, in the channels of `output` alone; the others are B's",
    "split_view": "a number knob's splitView(view) and setValue(value, view=view) hold in that view alone",
    "expressions": "a knob's expression sees other knobs as node.knob and parent.node.knob, root and this, and frame",
    "expression_moves": "a knob with an expression says isAnimated and hasExpression, a switch too",
    "commands": "[value node.knob], [frame] and [expr] in a file knob are carried out by evaluate(frame) at that frame",
    "frame_expression": "a Read's `frame` is an expression for the file's frame, which first and last are about",
    "alpha_names": "an EXR channel sky.A is sky.alpha in Nuke",
}

LAYERS = {
    "rgba": ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"),
    "rgb": ("rgba.red", "rgba.green", "rgba.blue"),
    "alpha": ("rgba.alpha",),
    "depth": ("depth.Z",),
}

# Where the optional mask is; a script writes such a node's inputs as `2+1`.
MASK_INPUT = {"Merge2": 2, "Copy": 2, "Grade": 1}


class FakeNukeUnsupported(Exception):
    """The fake does not know what Nuke would do here; never a guess, never a pass-through."""


@dataclass(frozen=True)
class KnobFacts:
    """A knob of a class: its Nuke class, its default as script text, its menu, whether a script may only read it."""

    name: str
    kind: str
    default: str = ""
    values: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True)
class ClassFacts:
    """A node class. inputs: fewest and most. exr_knobs: there once its file type is exr."""

    name: str
    inputs: tuple[int, int]
    knobs: dict[str, KnobFacts]
    exr_knobs: dict[str, KnobFacts]


# BackdropNode, Root and Shuffle are in no scan; types and defaults as scripts and the reference pages have them.
_UNSCANNED = {
    "BackdropNode": {
        "name": ("String_Knob", ""), "xpos": ("Array_Knob", "0"), "ypos": ("Array_Knob", "0"),
        "bdwidth": ("Array_Knob", "80"), "bdheight": ("Array_Knob", "60"), "z_order": ("Array_Knob", "0"),
        "label": ("Multiline_Eval_String_Knob", ""), "tile_color": ("ColorChip_Knob", "0"),
        "gl_color": ("ColorChip_Knob", "0"), "note_font": ("Font_Knob", "Verdana"),
        "note_font_size": ("Array_Knob", "11"), "note_font_color": ("ColorChip_Knob", "0"),
        "selected": ("Boolean_Knob", "false"), "bookmark": ("Boolean_Knob", "false"),
    },
    "Root": {
        "name": ("File_Knob", ""), "project_directory": ("File_Knob", ""), "label": ("Multiline_Eval_String_Knob", ""),
        "first_frame": ("Array_Knob", "1"), "last_frame": ("Array_Knob", "100"),
        "lock_range": ("Boolean_Knob", "false"),
        "frame": ("Array_Knob", "1"), "fps": ("Array_Knob", "24"), "format": ("Format_Knob", "0"),
        "proxy": ("Boolean_Knob", "false"), "proxy_type": ("Enumeration_Knob", "format"),
        "proxy_format": ("Format_Knob", "0"), "views": ("MultiView_Knob", "main"),
        "colorManagement": ("Enumeration_Knob", "Nuke"), "OCIO_config": ("Enumeration_Knob", ""),
        "customOCIOConfigPath": ("File_Knob", ""), "workingSpaceLUT": ("Enumeration_Knob", "linear"),
        "monitorLut": ("Enumeration_Knob", ""), "int8Lut": ("Enumeration_Knob", "sRGB"),
        "int16Lut": ("Enumeration_Knob", "sRGB"), "logLut": ("Enumeration_Knob", "Cineon"),
        "floatLut": ("Enumeration_Knob", "linear"), "mapsize": ("WH_Knob", "0.15"),
    },
    "Shuffle": {
        "name": ("String_Knob", ""), "xpos": ("Array_Knob", "0"), "ypos": ("Array_Knob", "0"),
        "selected": ("Boolean_Knob", "false"), "label": ("Multiline_Eval_String_Knob", ""),
        "in": ("Channel_Knob", "rgba"), "in2": ("Channel_Knob", "none"), "out": ("Channel_Knob", "rgba"),
        "out2": ("Channel_Knob", "none"), "tile_color": ("ColorChip_Knob", "0"), "disable": ("Disable_Knob", "false"),
        **{name: ("Enumeration_Knob", name) for name in ("red", "green", "blue", "alpha", "black", "white")},
        **{name: ("Enumeration_Knob", name) for name in ("red2", "green2")},
    },
}  # fmt: skip
_ENUMS = {
    ("Root", "colorManagement"): ("Nuke", "OCIO"),
    ("Root", "proxy_type"): ("format", "scale"),
    **{("Shuffle", name): ("red", "green", "blue", "alpha", "red2", "green2", "blue2", "alpha2", "black", "white")
       for name in ("red", "green", "blue", "alpha", "black", "white", "red2", "green2")},
}  # fmt: skip
_EXR_KINDS = {
    "edge_pixels": "Enumeration_Knob", "datatype": "Enumeration_Knob", "compression": "Enumeration_Knob",
    "metadata": "Enumeration_Knob", "interleave": "Enumeration_Knob", "dw_compression_level": "Array_Knob",
    "heroview": "String_Knob", "left_view": "String_Knob", "right_view": "String_Knob", "first_part": "String_Knob",
}  # fmt: skip
# The state that the scanned node happened to have is no default.
_CAPTURED = {"name": "", "selected": "false", "xpos": "0", "ypos": "0"}


@cache
def class_facts(major: int) -> dict[str, ClassFacts]:
    """Class name to its facts in a major version."""
    table = json.loads((Path(__file__).parent / "knobs.json").read_text(encoding="utf-8"))["classes"]
    found = {}
    for name, entry in table.items():
        if name in _UNSCANNED:
            knobs = {
                knob: KnobFacts(knob, kind, default, _ENUMS.get((name, knob), ()))
                for knob, (kind, default) in _UNSCANNED[name].items()
            }
        else:
            knobs = {knob: _knob(knob, facts) for knob, facts in entry["knobs"].items()}
        exr = {knob: _exr_knob(knob, facts) for knob, facts in entry.get("exr_knobs", {}).items()}
        low, high = entry["inputs"]
        found[name] = ClassFacts(name, (low, high), knobs, exr)
    return _as_version(found, major)


def _as_version(found: dict[str, ClassFacts], major: int) -> dict[str, ClassFacts]:
    """The scan is of 17: what was otherwise before. That 15 has the older names is assumed."""
    if major >= 17:
        return found
    if major == 15:
        knobs = dict(found["FrameHold"].knobs)
        knobs["first_frame"] = KnobFacts("first_frame", "Array_Knob", "1")
        del knobs["firstFrame"]
        found["FrameHold"] = replace(found["FrameHold"], knobs=knobs)
        later = [name for name in found["Write"].knobs if name.startswith("ocio") or name.endswith("_Display")]
        kept = {name: facts for name, facts in found["Write"].knobs.items() if name not in later}
        found["Write"] = replace(found["Write"], knobs=kept)
    return found


def _knob(name: str, facts: dict[str, object]) -> KnobFacts:
    default = _CAPTURED.get(name, str(facts.get("default", "")))
    values = facts.get("enum", ())
    assert isinstance(values, (list, tuple))
    return KnobFacts(name, str(facts["type"]), default, tuple(values), bool(facts.get("hidden")))


def _exr_knob(name: str, facts: dict[str, object]) -> KnobFacts:
    kind = _EXR_KINDS.get(name, "Boolean_Knob")
    return _knob(name, {"type": kind, **facts})
