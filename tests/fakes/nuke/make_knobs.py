"""Write knobs.json, the strict fake's table of node classes, from the scan of a real Nuke 17.0v3.

    python tests/fakes/nuke/make_knobs.py path/to/nuke_knobs.json

Only classes that the adapter places, renders through or reads are taken, and of Roto only what is not its drawing.
The scan holds facts (names, types, defaults, menu entries); no text of the host's makers is in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["CLASSES", "HERE", "table"]

HERE = Path(__file__).resolve().parent / "knobs.json"
CLASSES = (
    "Read", "Write", "Keymix", "BackdropNode", "ModifyMetaData", "Dot", "NoOp", "StickyNote", "Copy", "Crop",
    "Reformat", "Grade", "Merge2", "Shuffle", "Group", "Input", "Output", "Roto", "TimeOffset", "FrameHold", "Switch",
    "Constant", "CheckerBoard2", "BlackOutside", "AdjBBox", "PostageStamp", "Viewer", "Root", "Premult",
)  # fmt: skip
# Roto's two hundred further knobs are its drawing tools.
ROTO = (
    "cliptype", "curves", "feather", "format", "inject", "invert_mask", "maskChannelInput", "maskChannelMask",
    "opacity",
    "output", "outputMask", "premultiply", "replace", "name", "xpos", "ypos", "selected", "label", "tile_color",
    "disable", "hide_input", "useLifetime", "lifetimeStart", "lifetimeEnd", "postage_stamp", "note_font_size",
)  # fmt: skip


def table(scan: dict[str, Any]) -> dict[str, Any]:
    """The fake's table: class to `inputs` (fewest, most) and knob to `(type, default, values, hidden)`."""
    classes = {}
    for name in CLASSES:
        found = scan["classes"][name]
        entry: dict[str, Any] = {"inputs": [found.get("inputs_min", 0), found.get("inputs_max", 0)]}
        for kind in ("knobs", "exr_knobs"):
            knobs = found.get(kind, {})
            if kind == "knobs" and name == "Roto":
                knobs = {knob: knobs[knob] for knob in ROTO}
            if knobs:
                entry[kind] = {knob: _plain(facts) for knob, facts in knobs.items()}
        classes[name] = entry
    return {"nuke": scan["about"]["nuke"], "classes": classes}


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    kept = {key: facts[key] for key in ("type", "default", "enum", "hidden") if facts.get(key) not in (None, False)}
    return kept


def _text(found: dict[str, Any]) -> str:
    """One knob a line, so that a change can be read."""
    lines = ["{", f' "nuke": {json.dumps(found["nuke"])},', ' "classes": {']
    for last, (name, entry) in _with_last(found["classes"]):
        lines.append(f"  {json.dumps(name)}: {{")
        for kind_last, (kind, value) in _with_last(entry):
            if kind == "inputs":
                lines.append(f'   "inputs": {json.dumps(value)}{"" if kind_last else ","}')
                continue
            lines.append(f"   {json.dumps(kind)}: {{")
            for knob_last, (knob, facts) in _with_last(value):
                lines.append(f"    {json.dumps(knob)}: {json.dumps(facts)}{'' if knob_last else ','}")
            lines.append("   }" + ("" if kind_last else ","))
        lines.append("  }" + ("" if last else ","))
    return "\n".join([*lines, " }", "}", ""])


def _with_last(items: dict[str, Any]) -> list[tuple[bool, tuple[str, Any]]]:
    pairs = list(items.items())
    return [(index == len(pairs) - 1, pair) for index, pair in enumerate(pairs)]


if __name__ == "__main__":
    HERE.write_text(_text(table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))), encoding="utf-8")
