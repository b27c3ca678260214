"""What is typed, kept, saved as a preset, copied from a take, and followed from the selection."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.client.session import Session
from platewright.contract.errors import PlatewrightError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Quote
from platewright.contract.request import (
    Extend,
    Matte,
    Pads,
    Plate,
    Reference,
    Regenerate,
    ReplaceSky,
    Request,
    Rights,
)
from platewright.contract.rules import RuleFinding, Weight
from platewright.contract.windows import Box
from platewright.contract.wire import Backend
from platewright.panel.fields import FIELDS
from platewright.panel.form import Form, values_of
from platewright.panel.kept_values import KeptValues
from platewright.panel.panel_model import PanelModel
from platewright.panel.standing import rules_of, verdict_of
from tests.panel.stand_in import StandIn

PLATE = Plate("/p/plate.####.exr", FrameRange.parse("1001-1003"), "acescg", "beauty")
REQUESTS = [
    Request(
        Regenerate(context=64, window=9, grain=False), "rig", PLATE, Matte("/p/m.####.exr", "R", True, 2.0, 1.5),
        (
            Reference("clean_plate", "/p/clean.exr", None, "acescg", "own", "humanEdits"),
            Reference("anchor", "/p/a.exr", 1002),
        ),
        Box(1, 2, 30, 40), "a wall", 7, rights=Rights("SHOW", "sh010", ("consent-1", "consent-2"), "strict"),
    ),
    Request(Extend(Pads(1, 2, 3, 4), "extend", True, 32, 12, False), "wide", PLATE, seed=3),
    Request(ReplaceSky("procedural:sun=12.5/40,turbidity=4,overcast=0.3", horizon=200.5), "sky", PLATE),
    Request(
        ReplaceSky("", relight=0.2, haze=1.0, field_of_view=54.0), "sky", PLATE, None,
        (Reference("sky", "/p/sky.exr", None, "", "licence-9", "digitalCapture"),),
    ),
]  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path) -> KeptValues:
    return KeptValues(tmp_path / "panel.json")


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.element)
def test_copying_a_takes_settings_asks_for_the_same_again(kept: KeptValues, request_: Request) -> None:
    form = Form(kept)
    form.copy(request_, "/elements")
    asked = form.asked()
    matte = Matte(request_.matte.pattern) if request_.matte is not None else None
    again = asked.request(Plate(PLATE.pattern, FrameRange.parse(asked.frames)), matte)
    assert again == request_


def test_what_is_remembered_comes_back_and_what_belongs_to_a_shot_does_not(tmp_path: Path) -> None:
    form = Form(KeptValues(tmp_path / "panel.json"))
    form.choose("extend")
    form.put("operation.grow_display", True)
    form.put("operation.pads.left", 64)
    form.put("host.root", "/elements")
    form.remember()
    again = Form(KeptValues(tmp_path / "panel.json"))
    assert again.operation == "extend"
    assert again.values["operation.grow_display"] is True and again.values["host.root"] == "/elements"
    assert again.values["operation.pads.left"] == 0


def test_presets_are_saved_loaded_and_deleted_for_their_operation(kept: KeptValues) -> None:
    form = Form(kept)
    form.choose("regenerate")
    form.put("matte.grow", 3.5)
    kept.save("regenerate", "  wire   removal ", form.values)
    form.put("matte.grow", 0.0)
    form.put_all(KeptValues(kept.file).preset("regenerate", "wire removal").values)
    assert form.values["matte.grow"] == 3.5
    assert KeptValues(kept.file).presets("extend") == ()
    kept.delete("regenerate", "wire removal")
    assert KeptValues(kept.file).presets("regenerate") == ()


def test_two_panels_keep_each_others_presets(tmp_path: Path) -> None:
    one, two = KeptValues(tmp_path / "p.json"), KeptValues(tmp_path / "p.json")
    one.save("extend", "a", {})
    two.save("extend", "b", {})
    one.remember("extend", {})
    assert KeptValues(tmp_path / "p.json").presets("extend") == ("a", "b")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": "other"}', "\x00", '{"schema":"org.platewright.panel/1","values":3}']
)
def test_a_broken_file_means_defaults_and_no_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)
    form = Form(KeptValues(tmp_path / "p.json"))
    assert form.operation == "regenerate" and form.values["operation.window"] == 24


@given(st.dictionaries(st.sampled_from([one.name for one in FIELDS]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda kids: st.lists(kids, max_size=2),
)))  # fmt: skip
def test_whatever_stands_in_the_file_the_controls_hold_what_they_can(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    file = tmp_path_factory.mktemp("kept") / "p.json"
    file.write_text(
        json.dumps({"schema": "org.platewright.panel/1", "values": {"extend": values, "regenerate": values}})
    )
    form = Form(KeptValues(file))
    for kind in ("regenerate", "extend"):
        form.choose(kind)
        for one in FIELDS:
            assert one.checked(form.values[one.name]) == form.values[one.name]


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptValues(tmp_path / "p.json")
    kept.save("extend", "good", {})
    before = kept.file.read_bytes()

    def full(*ignored: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError) as caught:
        kept.save("extend", "more", {})
    assert caught.value.code == "panel_file_unwritable"
    assert kept.file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]
    kept.remember("extend", {})  # and nobody is disturbed by what is only remembered


def test_a_preset_needs_a_name(kept: KeptValues) -> None:
    with pytest.raises(PlatewrightError) as caught:
        kept.save("extend", "   ", {})
    assert caught.value.code == "preset_unnamed"


def test_the_operation_follows_the_selection_until_the_artist_chooses(kept: KeptValues) -> None:
    form = Form(kept)
    form.follow(has_matte=False, placed="")
    assert form.operation == "extend"
    form.follow(has_matte=True, placed="")
    assert form.operation == "regenerate"
    form.follow(has_matte=True, placed="replace_sky")
    assert form.operation == "replace_sky", "a take of ours says what it is"
    form.choose("extend")
    form.follow(has_matte=True, placed="")
    assert form.operation == "extend"


def test_resetting_keeps_where_and_for_whom(kept: KeptValues) -> None:
    form = Form(kept)
    form.put("host.root", "/elements")
    form.put("rights.show", "SHOW")
    form.put("matte.grow", 9)
    form.add_reference()
    form.reset()
    assert (form.values["host.root"], form.values["rights.show"]) == ("/elements", "SHOW")
    assert form.values["matte.grow"] == 0 and form.references == []


def test_values_of_a_request_are_ones_that_their_controls_can_hold() -> None:
    names = {one.name: one for one in FIELDS}
    for request in REQUESTS:
        values, _ = values_of(request)
        assert all(names[name].checked(value) == value for name, value in values.items())


def test_an_operation_chosen_right_after_selecting_stays_chosen(
    session: Callable[..., Session], host: StandIn, tmp_path: Path
) -> None:
    now = [0.0]
    model = PanelModel(session(may_start=False), host, KeptValues(tmp_path / "panel.json"), clock=lambda: now[0])
    model.tick()
    host.select(matte=False)  # before the panel has looked again
    model.choose("regenerate")
    now[0] = 10.0
    model.tick()
    assert model.form.operation == "regenerate"
    host.selection = replace(host.selection, plate="another")
    now[0] = 20.0
    model.tick()
    assert model.form.operation != "regenerate", "another plate without a matte wants something else"


def test_what_rules_say_of_a_generator_is_told_with_the_rule_and_who_may_lift_it() -> None:
    away = Backend("away", "Away", ("regenerate",), local=False, trained=True)
    assert "before a pixel leaves" in rules_of(away, verdict_of(None))
    stops = RuleFinding("PW201", Weight.BLOCK, "its training data is unknown", "Choose another.", lifted_by="legal")
    told = RuleFinding("PW900", Weight.NOTE, "worth knowing")
    said = rules_of(away, verdict_of(Quote(rules=(stops, told))))
    assert said == "refused by PW201, its training data is unknown. Choose another. legal can lift it."
    assert rules_of(away, verdict_of(Quote(rules=(told,)))) == "allowed"
    assert rules_of(Backend("b", "B", ("regenerate",)), None).startswith("nothing to allow")
