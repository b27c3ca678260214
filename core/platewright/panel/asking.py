"""What the controls say, made into the contract's words: no Qt, no host, and nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from platewright.contract.capabilities import Control
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Submission
from platewright.contract.request import (
    CONDITIONING,
    Base,
    Extend,
    Matte,
    Operation,
    Pads,
    Plate,
    Reference,
    Regenerate,
    ReplaceSky,
)
from platewright.contract.windows import Box

from .asked import Asked, Placing, Rival
from .backend_controls import texts_of
from .field import Value
from .fields import FIELDS, REFERENCE_FIELDS, field_named
from .rights_fields import rights_of

__all__ = [
    "Asked",
    "Placing",
    "asked_of",
    "base_of",
    "box_of",
    "defaults_of",
    "operation_of",
    "placing_of",
    "reference_defaults",
    "references_of",
    "rivals_of",
    "sky_formula",
    "with_inputs",
]

Values = Mapping[str, Value]
_NUMBERS = re.compile(r"\s*(-?\d{1,6})[\s,]+(-?\d{1,6})[\s,]+(-?\d{1,6})[\s,]+(-?\d{1,6})\s*", re.ASCII)


def defaults_of(operation: str) -> dict[str, Value]:
    """Every field's value as it begins, for an operation."""
    return {one.name: one.default_for(operation) for one in FIELDS}


def reference_defaults() -> dict[str, Value]:
    """A new reference's values."""
    return {one.name: one.default for one in REFERENCE_FIELDS}


def asked_of(operation: str, values: Values, references: tuple[Values, ...] = ()) -> Asked:
    """What the controls say. Raises RequestError where a text can't be what it should be."""
    given = {**defaults_of(operation), **{one.name: one.checked(values.get(one.name)) for one in FIELDS}}
    for one in FIELDS:
        if one.name not in values:
            given[one.name] = one.default_for(operation)
    frames = _text(given, "host.frames")
    if frames:
        FrameRange.parse(frames)
    who = _text(given, "submission.who")
    final = given["submission.intent"] == "final"
    if not _text(given, "host.root"):
        raise RequestError(
            "there is no folder for elements yet",
            code="root_missing",
            hint="Choose the folder where takes are to be kept.",
        )
    asked = Asked(
        operation_of(operation, given), _text(given, "element"), _text(given, "host.root"), frames,
        _whole(given, "host.handles"), _whole(given, "host.takes"),
        Matte("", _text(given, "matte.channel"), given["matte.invert"] is True, _number(given, "matte.grow"),
              _number(given, "matte.feather")),
        _text(given, "plate.colour_space"), _text(given, "plate.layer"), references_of(operation, given, references),
        box_of(_text(given, "region")), _text(given, "prompt"), _whole(given, "seed"), _text(given, "backend"),
        rights=rights_of(given),
    )  # fmt: skip
    plain = asked.request(Plate("", FrameRange((1,))), None)  # its words are checked before anything is exported
    meant = Submission(
        plain, asked.root, "", "final" if final else "draft", _text(given, "submission.override") if final else "",
        given["submission.anew"] is True, who, _text(given, "submission.why"), None,
        _whole(given, "submission.priority"),
    )  # fmt: skip
    return replace(
        asked, meant=meant, base=base_of(operation, given), view=_text(given, "host.view"), rivals=rivals_of(given),
        range_of="root" if given["host.range"] == "script" else "input", clean=given["host.clean"] is True,
        placing=placing_of(given),
    )  # fmt: skip


def placing_of(values: Values) -> Placing:
    """How a take is to be placed."""
    return Placing(*(values[f"host.{name}"] is True for name in ("rewire", "reformat", "layers", "disclose")))


def rivals_of(values: Values) -> tuple[Rival, ...]:
    """The further generators of a bake-off, each once. What goes on from a take is made by that take's own alone."""
    if values["base.how"] != "all":
        return ()
    names = dict.fromkeys(name.strip() for name in _text(values, "host.also").split(","))
    return tuple(Rival(name) for name in names if name and name != _text(values, "backend"))


def with_inputs(
    asked: Asked, controls_of: Mapping[str, tuple[Control, ...]], kept: Mapping[str, Mapping[str, str]]
) -> Asked:
    """The same with what is kept of each generator's own inputs.

    Where nobody has told yet which inputs a generator has, all that is kept goes along, and the engine judges it.
    """

    def texts(backend: str) -> dict[str, str]:
        mine = kept.get(backend, {})
        return texts_of(controls_of[backend], mine) if backend in controls_of else dict(mine)

    rivals = tuple(replace(one, controls=texts(one.backend)) for one in asked.rivals)
    return replace(asked, controls=texts(asked.backend), rivals=rivals)


def base_of(operation: str, values: Values) -> Base | None:
    """The earlier take to go on from; None where everything is made. Raises RequestError `again_unnamed`."""
    how = values["base.how"] if operation in field_named("base.how").operations else "all"
    if how == "all" or (how == "region" and operation != "regenerate"):
        return None
    text, overlap = _text(values, "base.frames"), values["base.overlap"]
    if how == "frames" and not text:
        raise RequestError(
            "the frames to make again are not named",
            code="again_unnamed",
            hint="Type them under Make again, as in 1007-1009.",
        )
    frames = FrameRange.parse(text) if text else None
    beside = None if overlap is None or how == "region" else int(overlap)
    return Base(_whole(values, "base.version"), frames, beside, region=how == "region")


def operation_of(operation: str, values: Values) -> Operation:
    """The operation with its settings. Raises RequestError for an extension by nothing."""
    window, grain = _whole(values, "operation.window"), values["operation.grain"] is True
    if operation == "extend":
        pads = Pads(**{side: _whole(values, f"operation.pads.{side}") for side in ("left", "right", "top", "bottom")})
        context = _whole(values, "operation.context")
        grow = values["operation.grow_display"] is True
        return Extend(pads, "extend", grow, context, window, grain, **_choices(values, "extend"))
    if operation == "replace_sky":
        horizon, view = values["operation.horizon"], values["operation.field_of_view"]
        return ReplaceSky(
            sky_formula(values) if values["sky.from"] == "formula" else "",
            "replace_sky",
            None if horizon is None else float(horizon),
            _number(values, "operation.relight"),
            _number(values, "operation.haze"),
            None if view is None else float(view),
            window,
            grain,
            values["operation.form"],  # type: ignore[arg-type]
        )
    return Regenerate("regenerate", _whole(values, "operation.context"), window, grain, **_choices(values, operation))


def _choices(values: Values, operation: str) -> dict[str, Any]:
    """The generator's automatic choices that an operation has, as the artist has turned them."""
    mine = (one.name for one in FIELDS if one.group == "choices" and operation in one.operations)
    return {name.partition(".")[2]: values[name] for name in mine}


def sky_formula(values: Values) -> str:
    """The text of a computed sky, as in `procedural:sun=220/35,turbidity=3`."""
    sun = f"{_plain(values, 'sky.azimuth')}/{_plain(values, 'sky.elevation')}"
    text = f"procedural:sun={sun},turbidity={_plain(values, 'sky.turbidity')}"
    return text + (f",overcast={_plain(values, 'sky.overcast')}" if _number(values, "sky.overcast") else "")


def references_of(operation: str, values: Values, cards: tuple[Values, ...]) -> tuple[Reference, ...]:
    """The references of an operation: the sky's picture, or what a regeneration was given. Raises RequestError."""
    if operation == "replace_sky":
        if values["sky.from"] == "model" and values["backend"] == "builtin":
            raise RequestError(
                "the built-in generator paints no sky",
                code="sky_missing",
                hint="Choose a picture or a computed sky, or a generator that paints skies from a prompt.",
            )
        if values["sky.from"] != "picture":
            return ()
        picture = _text(values, "sky.picture")
        if not picture:
            raise RequestError(
                "there is no new sky yet", code="sky_missing", hint="Choose its picture, or a computed sky."
            )
        said = cards[0] if cards else {}
        return (_reference("sky", picture, None, said),)
    found = []
    if operation == "extend":  # its own rows are of other operations; what shows how something looks is for models
        cards = tuple(card for card in cards if card.get("references.of_set"))
    for card in cards:
        pattern, role = _text(card, "references.pattern"), str(card.get("references.role", "clean_plate"))
        if not pattern:
            raise RequestError(
                "a reference has no picture yet", code="reference_missing", hint="Choose it, or remove the reference."
            )
        frame = card.get("references.frame") if role == "anchor" else None
        if role == "anchor" and not isinstance(frame, (int, float)):
            raise RequestError(
                "a painted frame must say which frame it is",
                code="anchor_without_frame",
                hint="Give the plate's frame that it was painted for.",
            )
        found.append(_reference(role, pattern, None if frame is None else int(frame), card))
    return tuple(found)


def _reference(role: str, pattern: str, frame: int | None, said: Values) -> Reference:
    space, licence, kind = (_text(said, f"references.{name}") for name in ("colour_space", "licence", "source_type"))
    of_set = _text(said, "references.of_set") if role in CONDITIONING else ""
    return Reference(role, pattern, frame, space, licence, kind, of_set)  # type: ignore[arg-type]


def box_of(text: str) -> Box | None:
    """`x0 y0 x1 y1` as a box; None for an empty text. Raises RequestError."""
    if not text.strip():
        return None
    found = _NUMBERS.fullmatch(text)
    box = Box(*(int(number) for number in found.groups())) if found else None
    if box is None or box.is_empty:
        raise RequestError(
            f"'{text[:60]}' is not a rectangle",
            code="region_invalid",
            hint="Write it as x0 y0 x1 y1 in pixels, as in 200 100 900 700.",
        )
    return box


def _text(values: Values, name: str) -> str:
    value = values.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _number(values: Values, name: str) -> float:
    value = values.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _whole(values: Values, name: str) -> int:
    return int(_number(values, name))


def _plain(values: Values, name: str) -> str:
    return f"{_number(values, name):.4f}".rstrip("0").rstrip(".")
