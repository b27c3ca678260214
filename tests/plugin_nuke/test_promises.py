"""The suite that every host passes, in Nuke's stand-in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.errors import PlatewrightError
from tests.fakes.nuke.application import FakeNuke
from tests.hosts.promises import PROMISES, HostComp
from tests.plugin_nuke.comps import FRAMES, OUTSIDE, Shot, plate_read
from tests.plugin_nuke.placement_checks import without_the_plug_in

CHANNELS = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")


class NukeComp:
    """A Read of the plate, and what is placed on it."""

    element = "rig"
    frames = tuple(FRAMES)
    outside = OUTSIDE

    def __init__(self, app: FakeNuke, adapter: Callable[[str], Any], shot: Shot, folder: Path, patch: Any) -> None:
        self.app, self.adapter, self.shot, self.folder, self.patch = app, adapter, shot, folder, patch
        self.read = plate_read(app.module, shot)
        self.result: Any = None

    def place(self) -> None:
        take = self.adapter("takes").load(self.shot.record(self.element))
        self.result = self.adapter("placing").place(take, self.read)

    def plate(self, frame: int) -> np.ndarray:
        return self._picture(self.app.image(self.read, frame))

    def shown(self, frame: int) -> np.ndarray:
        return self._picture(self.app.image(self.result.output, frame))

    def matte(self, frame: int) -> np.ndarray:
        picture = self.app.image(self.result.read, frame)
        return picture.plane("rgba.alpha", self._box(frame))

    def text(self) -> str:
        return str(self.app.script_text())

    def undo(self) -> None:
        self.app.undo.undo()

    def step(self) -> None:
        self.adapter("stepping").step(self.result.read, 1)

    def placed(self) -> tuple[str, int]:
        (found,) = self.adapter("attaching").attached()
        return found.element, found.version

    def open_again(self) -> None:
        self.app.save(self.folder / "comp.nk")
        self.app.open(self.folder / "comp.nk")

    def shown_without_us(self, frame: int) -> np.ndarray:
        node, bare = without_the_plug_in(self.app, self.result.output.name(), self.folder, self.patch)
        return self._picture(bare.image(node, frame))

    def scripts(self) -> list[str]:
        kinds = ("PythonKnob", "PyScript_Knob", "Python_Knob")
        knobs = [knob for node in self.app.every_node() for knob in node._knobs.values() if knob.Class() in kinds]
        return [str(knob._state.text) for knob in knobs if knob._state.text]

    def place_where_it_does_not_fit(self) -> Exception | None:
        take = self.adapter("takes").load(self.shot.record(self.element))
        before = self.read["file"].value()
        small = self.app.module.nodes.Crop(inputs=[self.read], box=[0, 0, 50, 40], reformat=True)
        try:
            self.adapter("placing").place(take, small)
        except PlatewrightError as error:
            return error
        finally:
            self.app.module.delete(small)
            assert self.read["file"].value() == before
        return None

    def _box(self, frame: int) -> Any:
        picture = self.app.image(self.read, frame)
        return picture.bbox.grown(-1 if picture.black_outside else 0)

    def _picture(self, image: Any) -> np.ndarray:
        box = self._box(FRAMES.first)
        return np.stack([image.plane(name, box) for name in CHANNELS], axis=2).astype(np.float32)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: one.__name__)
def test_nuke_keeps_what_every_host_promises(
    promise: Callable[[HostComp], None], app: FakeNuke, adapter: Callable[[str], Any], shot: Shot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    comp = NukeComp(app, adapter, shot, tmp_path, monkeypatch)
    promise(comp)
    assert comp.read is not None
