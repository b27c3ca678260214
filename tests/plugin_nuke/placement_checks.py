"""What every placement promises of its script and its pixels, held against the comp that it stands in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import FRAMES, OUTSIDE, WATCHED, bits

__all__ = ["ALL_FRAMES", "check_farm", "check_native", "check_outside", "without_the_plug_in"]

ALL_FRAMES = (*FRAMES, *OUTSIDE)


def check_outside(app: FakeNuke, source: Any, placed: Any, shift: Any, read_shift: Any, view: str = "main") -> None:
    """The source's own pixels where the take's matte is 0 or the take has no frame; something else inside."""
    changed = 0
    for frame in ALL_FRAMES:
        before, after = app.image(source, frame, view), app.image(placed.output, frame, view)
        box = before.bbox.grown(-1 if before.black_outside else 0)
        alpha = app.image(placed.read, frame, view).plane("rgba.alpha", box.moved(*read_shift))
        if frame in OUTSIDE:
            assert not alpha.any()
        for name in WATCHED:
            was, now = bits(before.plane(name, box)), bits(after.plane(name, box.moved(*shift)))
            assert np.array_equal(was[alpha <= 0], now[alpha <= 0]), f"{name} of frame {frame}"
            changed += int((was != now).sum())
        for name in ("rgba.alpha", "depth.Z"):
            was, now = bits(before.plane(name, box)), bits(after.plane(name, box.moved(*shift)))
            assert np.array_equal(was, now), f"{name} of frame {frame} inside the matte too"
        assert not np.isfinite(before.plane("rgba.red", box)).all(), "the plate has NaN and infinity to keep"
    assert changed > 0 or placed.read["file"].value().rpartition("/")[2].startswith(("wide", "grown"))


def check_farm(app: FakeNuke, output: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The saved script, opened where nobody has heard of Platewright, gives every channel of every frame."""
    with monkeypatch.context() as here:
        node, bare = without_the_plug_in(app, output.fullName(), folder, here)
        for frame, view in ((frame, view) for frame in ALL_FRAMES for view in app.module.views()):
            mine, there = app.image(output, frame, view), bare.image(node, frame, view)
            assert (mine.bbox, mine.format, mine.black_outside) == (there.bbox, there.format, there.black_outside)
            assert mine.channels.keys() == there.channels.keys()
            for name, plane in mine.channels.items():
                assert np.array_equal(bits(plane), bits(there.channels[name])), (name, frame)


def check_native(app: FakeNuke) -> None:
    """Only classes on the list, no Python in any knob, no word of a module to import."""
    from platewright_nuke.graph import ALLOWED
    from platewright_nuke.state import ours

    for node in app.every_node():
        assert not ours(node) or node.Class() in ALLOWED
        assert not [name for name, knob in node._knobs.items() if knob.Class() in ("PythonKnob", "PyScript_Knob")
                    and knob._state.text]  # fmt: skip
    text = app.script_text()
    assert "import" not in text.replace("import sequence", "") and "python" not in text.lower()


def without_the_plug_in(app: FakeNuke, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The node of a name in another, bare Nuke that opened the saved script, and that Nuke."""
    text = app.script_text()
    (tmp_path / "farm.nk").write_text(text, encoding="utf-8")
    bare = FakeNuke(app.major, gui=False)
    bare.matte_of.update(app.matte_of)
    for module in [one for one in sys.modules if one.startswith("platewright_nuke")]:
        monkeypatch.setitem(sys.modules, module, None)
    bare.open(tmp_path / "farm.nk")
    node = bare.module.toNode(name)
    assert node is not None
    return node, bare
