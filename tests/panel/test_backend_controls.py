"""A generator's own inputs: as rows, kept for each of them, and in the request as the texts that it reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platewright.backends.mock import mock
from platewright.contract.capabilities import Control
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.engine.backend_table import described
from platewright.panel.backend_controls import fields_of_controls, text_of, texts_of, value_of
from platewright.panel.form import Form
from platewright.panel.kept_values import KeptValues

EVERY = (
    Control("checkpoint", "Checkpoint", "text", "sd15.safetensors"),
    Control("negative", "Negative", "text", "no people\nno cars"),
    Control("steps", "Steps", "whole", "30", least=1, most=200),
    Control("guidance", "Guidance", "number", "7.5", least=0, most=100),
    Control("fine", "Fine", "number", "1e-4", least=0, most=1),
    Control("tiled", "Tiled", "yes_no", "yes", hint="In tiles."),
    Control("sampler", "Sampler", "choice", "euler", ("euler", "ddim")),
    Control("noise", "", "whole", "0", least=0, most=2**64 - 1),
)


def form_with(file: Path, **controls: tuple[Control, ...]) -> Form:
    form = Form(KeptValues(file))
    form.controls_of = controls
    form.put("host.root", "/elements")
    return form


def test_every_kind_of_input_has_a_row_with_its_bounds_default_and_help() -> None:
    rows = {field.name: field for field in fields_of_controls(EVERY)}
    assert [field.kind for field in rows.values()] == [
        "text", "long_text", "whole", "number", "number", "switch", "choice", "text",
    ]  # fmt: skip
    assert [field.default for field in rows.values()] == [
        "sd15.safetensors", "no people\nno cars", 30, 7.5, 0.0001, True, "euler", "0",
    ]  # fmt: skip
    assert (rows["steps"].least, rows["steps"].most) == (1, 200) and rows["fine"].digits == 6
    assert [choice.value for choice in rows["sampler"].choices] == ["euler", "ddim"]
    assert rows["tiled"].help == "In tiles. It begins as yes." and rows["noise"].label == "noise"
    assert all(field.checked(field.default) == field.default for field in rows.values())


def test_what_the_rows_say_is_what_the_backend_takes() -> None:
    """Each text comes back as the same value, and the mock's own check lets all of them through."""
    for field in fields_of_controls(EVERY):
        assert value_of(field, text_of(field, field.default)) == field.default
    limits = mock().capabilities()
    kept = {"behaviour": "moderated", "work_s": "2.50", "restless": "7"}
    assert texts_of(limits.controls, kept) == {"behaviour": "moderated", "work_s": "2.5", "restless": "1"}
    assert texts_of(limits.controls, {"restless": "0.06", "gone": "1", "behaviour": "nonsense"}) == {}
    assert described(mock()).controls == limits.controls


def test_inputs_are_kept_for_each_backend_and_sent_for_the_chosen_one(tmp_path: Path) -> None:
    form = form_with(tmp_path / "panel.json", one=EVERY, two=EVERY[:3])
    assert form.inputs() == () and form.asked().controls == {}
    form.put("backend", "one")
    form.put_input("steps", 900)
    form.put_input("tiled", False)
    form.put("backend", "two")
    form.put_input("steps", 12)
    assert form.asked().controls == {"steps": "12"}
    form.choose("extend")
    form.put("backend", "one")
    assert form.asked().controls == {"steps": "200", "tiled": "no"}
    form.remember()
    again = form_with(tmp_path / "panel.json", one=EVERY, two=EVERY[:3])
    again.choose("extend")
    assert again.asked().controls == {"steps": "200", "tiled": "no"}
    again.put("backend", "two")
    request = again.asked().request(Plate("/p/plate.####.exr", FrameRange((1, 2))), None)
    assert request.controls == {"steps": "12"} and request.backend == "two"
    again.reset()
    again.put("backend", "two")
    assert again.asked().controls == {}
    again.put("backend", "one")
    assert again.asked().controls == {"steps": "200", "tiled": "no"}


def test_copying_a_take_brings_its_backends_inputs_along(tmp_path: Path) -> None:
    form = form_with(tmp_path / "panel.json", one=EVERY)
    plate, matte = Plate("/p/plate.####.exr", FrameRange((1, 2))), Matte("/p/matte.####.exr")
    request = Request(Regenerate(), "rig", plate, matte, backend="one", controls={"steps": "7", "sampler": "ddim"})
    form.copy(request, "/elements")
    assert form.asked().request(plate, Matte("/p/matte.####.exr")).controls == request.controls
    form.reset()
    form.put("backend", "one")
    assert form.asked().controls == {}


@pytest.mark.parametrize(
    "kept", [[], "x", {"one": []}, {"one": {"steps": 4}}, {"one": {"steps": "x" * 100_000, "sampler": "rm -rf"}}]
)
def test_a_file_with_nonsense_among_the_inputs_counts_as_empty(tmp_path: Path, kept: object) -> None:
    file = tmp_path / "panel.json"
    file.write_text(json.dumps({"schema": "org.platewright.panel/1", "inputs": kept}))
    form = form_with(file, one=EVERY)
    form.put("backend", "one")
    assert form.asked().controls == {}


def test_going_on_from_a_take_brings_the_generator_that_alone_can_make_parts_of_it(tmp_path: Path) -> None:
    form = form_with(tmp_path / "panel.json", builtin=(), one=EVERY)
    form.put("prompt", "mine")
    plate, matte = Plate("/p/plate.####.exr", FrameRange((1, 2))), Matte("/p/matte.####.exr")
    request = Request(Regenerate(), "rig", plate, matte, prompt="a wall", backend="one", controls={"steps": "7"})
    form.go_on_from("rig", 3, "/elements", request=request)
    form.put("base.frames", "2")
    asked = form.asked()
    assert (asked.backend, asked.prompt, asked.controls) == ("one", "a wall", {"steps": "7"})
    form.go_on_from("rig", 3)
    assert form.asked().backend == "one", "nothing is known of that take"
