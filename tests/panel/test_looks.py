"""Pictures of how something is to look, in the panel: copied with their set, and what a backend won't see is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from platewright.client.messages import State
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte, Plate, Reference, Regenerate, Request
from platewright.contract.wire import Backend
from platewright.panel.form import Form
from platewright.panel.host import Selection
from platewright.panel.kept_values import KeptValues
from platewright.panel.main_button import MainButton, main_button
from platewright.panel.price import Price
from platewright.panel.standing import standing_of

PLATE, MATTE = Plate("/p/plate.####.exr", FrameRange((1, 2))), Matte("/p/matte.####.exr")
LOOKS = tuple(
    Reference("identity", f"/p/{name}.exr", licence="anna-scan", of_set="anna@2") for name in ("front", "side")
)
ASKED = Request(Regenerate(), "rig", PLATE, MATTE, (*LOOKS, Reference("clean_plate", "/p/clean.exr")), backend="model")
MODEL = Backend("model", "Model", ("regenerate",), prompt=True, references=("anchor", "identity"), pictures=2)


@pytest.fixture
def form(tmp_path: Path) -> Form:
    found = Form(KeptValues(tmp_path / "panel.json"))
    found.copy(ASKED, "/elements")
    return found


def button(form: Form, backend: Backend) -> MainButton:
    selection = Selection("plate", "roto", "1-2", source="plate")
    return main_button(form, selection, standing_of(State.CONNECTED), (backend,), Price())


def test_a_copied_takes_pictures_stay_those_of_their_set_until_another_file_is_chosen(form: Form) -> None:
    assert form.asked().request(PLATE, MATTE).references == ASKED.references
    form.put_reference(0, "references.pattern", "/p/other.exr")
    first, second, _ = form.asked().references
    assert (first.pattern, first.of_set, first.role) == ("/p/other.exr", "", "identity") and second == LOOKS[1]
    form.put_reference(1, "references.role", "clean_plate")
    assert form.asked().references[1].of_set == ""


def test_what_the_chosen_backend_will_not_see_stands_beside_the_button(form: Form) -> None:
    assert button(form, MODEL).verb == "make" and button(form, MODEL).hint == ""
    one = button(form, replace(MODEL, pictures=1))
    assert one.verb == "make" and "takes 1 of the 2 pictures" in one.hint and "side.exr (anna@2)" in one.hint
    none = button(form, replace(MODEL, pictures=0))
    assert none.verb == "nothing" and "takes no pictures" in none.sentence and "another generator" in none.hint
