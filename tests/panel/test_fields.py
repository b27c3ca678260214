"""The table of controls against the request: nothing left out, every default the request's own."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest

from platewright.contract.errors import PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Submission
from platewright.contract.request import (
    Base,
    Extend,
    Matte,
    Pads,
    Plate,
    Reference,
    Regenerate,
    ReplaceSky,
    Request,
    Rights,
)  # fmt: skip
from platewright.panel.asking import asked_of, box_of, defaults_of, reference_defaults, references_of, sky_formula
from platewright.panel.field import Field
from platewright.panel.fields import (
    COVERS,
    FIELDS,
    GROUPS,
    NOT_SHOWN,
    OPERATIONS,
    REFERENCE_FIELDS,
    SOURCE_TYPES,
    field_named,
    fields_of,
)  # fmt: skip
from platewright.panel.form import values_of
from platewright.provenance.vocabulary import SOURCE_TYPES as IPTC
from platewright.synthesis.sky_model import parse_procedural

KINDS = tuple(choice.value for choice in OPERATIONS)
PLATE = Plate("plate.####.exr", FrameRange.parse("1-3"))


def words_of(cls: type, prefix: str = "") -> set[str]:
    return {f"{prefix}{one.name}" for one in dataclasses.fields(cls)}


def words_of_a_request() -> set[str]:
    nested = {"operation", "plate", "matte", "references", "rights", "base"}
    found = words_of(Request) - nested
    for kind in (Regenerate, Extend, ReplaceSky):
        found |= words_of(kind, "operation.")
    found = (found - {"operation.pads"}) | words_of(Pads, "operation.pads.")
    nested_words = ((Plate, "plate."), (Matte, "matte."), (Rights, "rights."), (Reference, "references."))
    for cls, prefix in (*nested_words, (Base, "base.")):
        found |= words_of(cls, prefix)
    return found | words_of(Submission, "submission.")


def test_every_word_of_a_request_has_a_control_or_a_reason() -> None:
    shown = {field.name for field in (*FIELDS, *REFERENCE_FIELDS)}
    covered = shown | set(COVERS) | set(NOT_SHOWN)
    assert words_of_a_request() - covered == set()
    assert not set(NOT_SHOWN) & shown
    assert {name for names in COVERS.values() for name in names} <= shown


def test_no_control_stands_for_a_word_that_is_not_there() -> None:
    own = {"host.", "sky.", "base.how"}
    strange = {field.name for field in (*FIELDS, *REFERENCE_FIELDS)} - words_of_a_request()
    assert {name for name in strange if not name.startswith(tuple(own))} == set()


@pytest.mark.parametrize(("kind", "plain"), [("regenerate", Regenerate()), ("replace_sky", ReplaceSky())])
def test_untouched_controls_ask_for_the_requests_own_defaults(kind: str, plain: Regenerate | ReplaceSky) -> None:
    values = {**defaults_of(kind), "host.root": "/elements", "sky.picture": "sky.exr"}
    asked = asked_of(kind, values)
    (made,) = asked.submissions(PLATE, Matte("matte.####.exr"))
    references = (Reference("sky", "sky.exr"),) if kind == "replace_sky" else ()
    wanted = Request(plain, made.request.element, PLATE, Matte("matte.####.exr"), references)
    assert made == Submission(wanted, "/elements", made.key)


@pytest.mark.parametrize("kind", KINDS)
def test_every_control_that_is_turned_reaches_the_request_or_the_host(kind: str) -> None:
    """A control without effect would lie."""
    plain = {**defaults_of(kind), "host.root": "/elements", "sky.from": "formula"}
    for field in FIELDS:
        # What counts only beside another one is looked at where that one is as it has to be.
        if kind not in field.operations or field.name in ("sky.picture", "sky.from"):
            continue
        values = dict(plain)
        if field.when is not None:
            wanted = field.when[1] if isinstance(field.when[1], tuple) else (field.when[1],)
            values[field.when[0]] = wanted[0]
        if values["sky.from"] == "picture":
            values["sky.picture"] = "sky.exr"
        if field.name in ("base.version", "base.overlap", "base.how"):
            values["base.frames"] = "2"
        before = asked_of(kind, {**values, "base.frames": "1"} if field.name == "base.frames" else values)
        after = asked_of(kind, {**values, field.name: _other(field)})
        assert before != after, field.name


def test_a_sky_that_a_model_paints_has_none_given_and_needs_a_model() -> None:
    values = {**defaults_of("replace_sky"), "host.root": "/elements", "sky.from": "model", "sky.picture": "sky.exr"}
    with pytest.raises(RequestError) as refused:
        asked_of("replace_sky", values)
    assert refused.value.code == "sky_missing"
    asked = asked_of("replace_sky", {**values, "backend": "painter"})
    assert asked.operation == ReplaceSky() and not asked.references
    assert values_of(asked.request(PLATE, None))[0]["sky.from"] == "model"


def _other(field: Field) -> Any:
    """A value that the field can hold and does not begin with."""
    if field.kind == "switch":
        return not field.default
    if field.choices:
        return next(one.value for one in field.choices if one.value != field.default)
    if field.kind in ("whole", "number"):
        found = (field.least or 0) + 1 if field.kind == "whole" else (field.least or 0) + 0.25
        return found if found != field.default else found + 1
    ruled = {"rights.uses": "double", "rights.modalities": "voice", "rights.declares": "real_event"}
    return {"frames": "2", "box": "0 0 4 4"}.get(field.kind, ruled.get(field.name, "other"))


def test_an_untouched_extension_differs_from_the_requests_own_by_nothing() -> None:
    asked = asked_of("extend", {**defaults_of("extend"), "host.root": "/elements"})
    assert asked.operation == Extend()
    assert asked.request(PLATE, None) == Request(Extend(), "extension", PLATE)


def test_every_control_has_a_label_help_and_a_group() -> None:
    groups = {group.name for group in GROUPS} | {"references"}
    for field in (*FIELDS, *REFERENCE_FIELDS):
        assert field.label and field.help.endswith("."), field.name
        assert field.group in groups, field.name
        assert all(choice.label for choice in field.choices), field.name
    assert all(group.help and group.label for group in GROUPS)


def test_every_default_is_one_that_its_own_control_can_hold() -> None:
    for field in (*FIELDS, *REFERENCE_FIELDS):
        for kind in KINDS:
            assert field.checked(field.default_for(kind)) == field.default_for(kind), field.name


@pytest.mark.parametrize(
    "value", [object(), [], float("nan"), float("inf"), 1e300, -(10**30), "x" * 30_000, True, "zz"]
)
def test_a_value_from_a_file_is_held_within_bounds_or_becomes_the_default(value: object) -> None:
    for field in (*FIELDS, *REFERENCE_FIELDS):
        kept = field.checked(value)
        assert field.checked(kept) == kept
        if isinstance(kept, (int, float)) and not isinstance(kept, bool):
            assert field.least is None or kept >= field.least
            assert field.most is None or kept <= field.most


def test_the_kinds_of_picture_that_are_offered_are_ones_that_a_manifest_may_name() -> None:
    assert {choice.value for choice in SOURCE_TYPES} - {""} <= set(IPTC)


def test_roles_that_are_offered_are_ones_that_a_reference_may_play() -> None:
    roles = set(typing.get_args(typing.get_type_hints(Reference)["role"]))
    offered = {choice.value for choice in field_named("references.role").choices}
    assert offered == roles - {"sky"}


def test_a_computed_sky_is_one_that_the_generator_reads() -> None:
    for azimuth, elevation, turbidity, overcast in ((220, 35, 3, 0), (-360, 0, 1.8, 1), (12.5, 90, 10, 0.05)):
        values = {
            "sky.azimuth": azimuth,
            "sky.elevation": elevation,
            "sky.turbidity": turbidity,
            "sky.overcast": overcast,
        }
        sky = parse_procedural(sky_formula(values))
        assert (sky.azimuth, sky.elevation, sky.turbidity, sky.overcast) == (azimuth, elevation, turbidity, overcast)


def test_a_painted_frame_without_its_frame_is_refused_in_words() -> None:
    card = {**reference_defaults(), "references.pattern": "a.exr", "references.role": "anchor"}
    with pytest.raises(PlatewrightError) as caught:
        references_of("regenerate", defaults_of("regenerate"), (card,))
    assert caught.value.code == "anchor_without_frame" and caught.value.hint


def test_a_references_licence_and_kind_reach_the_request() -> None:
    card = {
        **reference_defaults(), "references.pattern": "a.exr", "references.licence": "own",
        "references.source_type": "humanEdits",
    }  # fmt: skip
    (made,) = references_of("regenerate", defaults_of("regenerate"), (card,))
    assert made == Reference("clean_plate", "a.exr", None, "", "own", "humanEdits")


@pytest.mark.parametrize("text", ["1 2 3", "1 2 1 5", "a b c d", "1 2 3 4 5", "9" * 50])
def test_a_text_that_is_no_rectangle_is_refused_in_words(text: str) -> None:
    with pytest.raises(PlatewrightError) as caught:
        box_of(text)
    assert caught.value.code == "region_invalid"


def test_a_control_is_seen_when_its_operation_its_generator_and_the_other_control_say_so() -> None:
    prompt, override = field_named("prompt"), field_named("submission.override")
    assert not prompt.shown("regenerate", {}, frozenset())
    assert prompt.shown("regenerate", {}, frozenset({"prompt"}))
    assert override.shown("extend", {"submission.intent": "final"}, frozenset())
    assert not override.shown("extend", {"submission.intent": "draft"}, frozenset())
    assert not any(field.name.startswith("matte.") for field in fields_of("extend"))


def test_the_names_are_each_used_once() -> None:
    names = [field.name for field in (*FIELDS, *REFERENCE_FIELDS)]
    assert len(names) == len(set(names))
    assert all(isinstance(field, Field) for field in FIELDS)
