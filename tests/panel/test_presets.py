"""Presets hold a generator's own inputs; what can't be held now is refused or told, and never dropped in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.capabilities import Control
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.panel.form import Form
from platewright.panel.kept_values import KeptValues

STEPS = Control("steps", "Steps", "whole", "30", least=1, most=200)
SAMPLER = Control("sampler", "Sampler", "choice", "euler", ("euler", "ddim"))
FINE = Control("fine", "Fine", "number", "0.5", least=0, most=1)


def form_with(folder: Path, **controls: tuple[Control, ...]) -> Form:
    made = Form(KeptValues(folder / "panel.json"))
    made.controls_of = controls
    made.put("host.root", "/elements")
    return made


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder with a preset of a generator `one`."""
    form = form_with(tmp_path, builtin=(), one=(STEPS, SAMPLER, FINE))
    form.put("backend", "one")
    form.put_input("steps", 120)
    form.put_input("sampler", "ddim")
    form.put_input("fine", 0.25)
    assert form.save_preset(" my   look ") == "my look"
    return tmp_path


def test_a_preset_brings_its_generator_and_its_inputs_back(saved: Path) -> None:
    form = form_with(saved, builtin=(), one=(STEPS, SAMPLER, FINE))
    form.put("backend", "one")
    form.put_input("steps", 7)
    form.put("backend", "builtin")
    form.put("host.root", "/another/shot")
    said = form.use_preset("my look")
    assert said == "The preset my look is in the controls; the generator is now one."
    assert form.values["host.root"] == "/another/shot", "a preset leads no take into the shot that it was saved in"
    assert form.asked().backend == "one" and form.asked().controls == {
        "steps": "120",
        "sampler": "ddim",
        "fine": "0.25",
    }
    assert form.use_preset("my look") == "The preset my look is in the controls." and form.odd_inputs() == ""


def test_a_preset_of_a_generator_that_is_gone_is_refused_and_changes_nothing(saved: Path) -> None:
    form = form_with(saved, builtin=(), other=())
    before = dict(form.values)
    with pytest.raises(RequestError) as refused:
        form.use_preset("my look")
    assert refused.value.code == "preset_backend_gone" and "generator one" in refused.value.message
    assert dict(form.values) == before


def test_inputs_that_the_generator_does_not_know_now_are_told_and_never_sent(saved: Path) -> None:
    form = form_with(saved, builtin=(), one=(STEPS, Control("sampler", "Sampler", "choice", "heun", ("heun", "lms"))))
    said = form.use_preset("my look")
    assert "no such input now, so it is not sent: fine = 0.25" in said and "sampler = ddim → heun" in said
    assert form.asked().controls == {"steps": "120"}
    assert form.odd_inputs() in said
    form.forget_odd_inputs()
    assert form.odd_inputs() == "" and form.asked().controls == {"steps": "120"}


def test_without_an_engine_a_preset_is_held_and_looked_at_when_the_engine_answers(saved: Path) -> None:
    form = form_with(saved)
    assert "looked at when the engine answers" in form.use_preset("my look") and form.odd_inputs() == ""
    assert form.asked().controls == {"steps": "120", "sampler": "ddim", "fine": "0.25"}, "the engine judges them"
    form.controls_of = {"builtin": (), "one": (Control("steps", "Steps", "whole", "30", least=1, most=50),)}
    assert "steps = 120 → 50" in form.odd_inputs() and "fine = 0.25" in form.odd_inputs()


def test_a_preset_from_before_inputs_leaves_them_as_they_are(saved: Path) -> None:
    file = saved / "panel.json"
    data = json.loads(file.read_text())
    del data["presets"]["regenerate"]["my look"]["inputs"]
    file.write_text(json.dumps(data))
    form = form_with(saved, one=(STEPS,))
    form.put("backend", "one")
    form.put_input("steps", 7)
    assert "stay as they were" in form.use_preset("my look")
    assert form.asked().controls == {"steps": "7"}


@pytest.mark.parametrize("inputs", [[], 3, {"steps": 4}, {"steps": "x" * 100_000}, {"": "", "fine": "nan"}])
def test_nonsense_among_a_presets_inputs_is_data(saved: Path, inputs: object) -> None:
    file = saved / "panel.json"
    data = json.loads(file.read_text())
    data["presets"]["regenerate"]["my look"]["inputs"] = inputs
    file.write_text(json.dumps(data))
    form = form_with(saved, one=(STEPS, FINE))
    assert len(form.use_preset("my look")) < 400
    assert form.asked().controls == {}


def test_a_copied_takes_inputs_that_are_unknown_now_are_told_too(tmp_path: Path) -> None:
    form = form_with(tmp_path, one=(STEPS,))
    plate, matte = Plate("/p/plate.####.exr", FrameRange((1, 2))), Matte("/p/matte.####.exr")
    form.copy(Request(Regenerate(), "rig", plate, matte, backend="one", controls={"steps": "7", "old": "1"}))
    assert "old = 1" in form.odd_inputs() and form.asked().controls == {"steps": "7"}


def test_the_panel_shows_what_is_not_sent_and_refuses_a_preset_of_no_generator(panel: Any, saved: Path) -> None:
    widget = panel(may_start=False)
    make, form = widget.make, widget.model.form
    form.controls_of = {"builtin": (), "one": (STEPS,)}
    make.presets.refresh()
    make.presets.box.setCurrentIndex(1)
    make.presets.box.activated.emit(1)
    widget.model.board.tell()
    assert "fine = 0.25" in make.inputs.odd_words.text() and make.inputs.odd.isVisible()
    assert "fine = 0.25" in make.said.text()
    make.inputs._forget()
    widget.model.board.tell()
    assert not make.inputs.odd.isVisible()
    form.controls_of = {"builtin": ()}
    make.presets.box.activated.emit(1)
    widget.model.board.tell()
    assert make.trouble.isVisible() and make.presets.box.currentIndex() == 0
