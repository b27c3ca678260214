"""What was done to the plate, as C2PA actions: one for each kind of change, each with its true source type.

The truth comes from the shares that every frame's record states:

    frames      brought in from other frames of the plate     c2pa.edited         compositeCapture
    synthesis   made by the generator, nothing learned        c2pa.edited         compositeSynthetic
                made by a trained model                       c2pa.edited         compositeWithTrainedAlgorithmicMedia
    given       from the artist's clean plate, anchor, sky    c2pa.placed         by what was declared of it
    plate       the frame's own pixels, re-balanced           c2pa.adjustedColor  algorithmicallyEnhanced

`compositeCapture` holds for a plate that was captured; where the plate's own manifest says that something in it
was made otherwise, pixels from its other frames were too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from platewright import __version__
from platewright.contract.request import CONDITIONING, Reference, ReplaceSky
from platewright.contract.takes import FrameRecord, TakeRecord
from platewright.contract.windows import Box

from .vocabulary import (
    AI_COMPOSITE,
    SYNTHETIC_COMPOSITE,
    composite_of,
    is_captured,
    source_type_uri,
    strongest,
)

__all__ = ["BASE_LABEL", "PLATE_LABEL", "actions_of", "only_guides", "reference_label", "taken_over"]

PLATE_LABEL = "plate"
BASE_LABEL = "base_take"
_MOST_RUNS = 16


def actions_of(record: TakeRecord, plate_types: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The actions of a take, `c2pa.opened` first, in the order of the table above.

    plate_types: the digital source types (last words) that the plate's own manifest states, where it has one.
    """
    changes = [
        _brought_in(record, frozenset(plate_types)),
        _made(record),
        *_placed(record),
        _adjusted(record),
        _taken_over(record),
    ]
    actions = [action for action in changes if action]
    _mention_inputs(record, actions)
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [PLATE_LABEL]}}
    return [{**action, "when": record.created} for action in (opened, *actions)]


def reference_label(index: int) -> str:
    """The name of the ingredient that stands for the request's reference at `index`."""
    return f"reference_{index + 1}"


def _is_placed(record: TakeRecord) -> bool:
    """True when pixels of a reference are in the take; otherwise references only guided it."""
    return any(frame.shares.given > 0 for frame in record.frames)


def only_guides(record: TakeRecord, reference: Reference) -> bool:
    """True where no pixel of a reference is in the take: a mark says where to look, and lends none of its own."""
    return reference.role in ("take_from", "never_from", *CONDITIONING) or not _is_placed(record)


def _brought_in(record: TakeRecord, plate_types: frozenset[str]) -> dict[str, Any]:
    if all(is_captured(word) for word in plate_types):
        source_type = "compositeCapture"
    else:
        source_type = strongest(composite_of(word) for word in plate_types)
    return _action(
        record,
        "c2pa.edited",
        source_type,
        [frame.shares.frames > 0 for frame in record.frames],
        "pixels brought in from other frames of the plate",
    )


def _made(record: TakeRecord) -> dict[str, Any]:
    card = record.model_card
    if card.trained:
        what = "pixels made by a trained model"
    elif isinstance(record.request.operation, ReplaceSky):
        what = "a sky and its blending made by an algorithm in which nothing was learned from data"
    else:
        what = "pixels made by an algorithm in which nothing was learned from data"
    action = _action(
        record,
        "c2pa.edited",
        AI_COMPOSITE if card.trained else SYNTHETIC_COMPOSITE,
        [frame.shares.synthesis > 0 for frame in record.frames],
        what,
    )
    return {**action, "softwareAgent": {"name": card.name, "version": card.version}} if action else {}


def _placed(record: TakeRecord) -> list[dict[str, Any]]:
    """One action for each role, since a role has one way of being used."""
    touched = [frame.shares.given > 0 for frame in record.frames]
    references = list(enumerate(record.request.references))
    actions = []
    for role, what in (
        ("clean_plate", "the artist's clean plate put in"),
        ("anchor", "a frame painted by hand, carried to the other frames"),
        ("sky", "another sky put behind the foreground"),
    ):
        mine = [(index, reference) for index, reference in references if reference.role == role]
        action = _action(record, "c2pa.placed", strongest(_implied(reference) for _, reference in mine), touched, what)
        if mine and action:
            action["parameters"] = {"ingredientIds": [reference_label(index) for index, _ in mine]}
            actions.append(action)
    return actions


def _adjusted(record: TakeRecord) -> dict[str, Any]:
    return _action(
        record,
        "c2pa.adjustedColor",
        AI_COMPOSITE if record.model_card.trained else "algorithmicallyEnhanced",
        [frame.shares.plate > 0 for frame in record.frames],
        "the frame's own pixels re-balanced to the light of what was put in",
    )


def taken_over(record: TakeRecord) -> list[bool]:
    """Of each frame, whether it is an earlier take's, or what a smaller matte leaves of it is."""
    base = record.request.base
    return [base is not None and (base.region or bool(frame.taken_from)) for frame in record.frames]


def _taken_over(record: TakeRecord) -> dict[str, Any]:
    """Frames that come from an earlier take as they are, or all of one but a smaller matte's pixels; its own manifest
    says how they came about.
    """
    base, touched = record.request.base, taken_over(record)
    if base is None or not any(touched):
        return {}
    what = "pixels" if base.region else "frames"
    return {
        "action": "c2pa.placed",
        "softwareAgent": {"name": "Platewright", "version": __version__},
        "description": f"{what} of {record.element}_v{base.version:03d} taken over as they are",
        "parameters": {"ingredientIds": [BASE_LABEL]},
        "changes": [_region(record.frames, first, last) for first, last in _runs(touched)],
    }


def _implied(reference: Reference) -> str:
    """What a reference makes of the plate; an anchor is by its definition painted by hand."""
    if reference.role == "anchor" and not reference.source_type:
        return "humanEdits"
    return composite_of(reference.source_type)


def _mention_inputs(record: TakeRecord, actions: list[dict[str, Any]]) -> None:
    """References that only guided the generator are named by the first change they guided."""
    labels = [
        reference_label(index)
        for index, reference in enumerate(record.request.references)
        if only_guides(record, reference)
    ]
    free = [action for action in actions if action["action"] != "c2pa.placed"]
    if labels and free:
        told = free[0].setdefault("parameters", {})
        told["ingredientIds"] = [*told.get("ingredientIds", []), *labels]


def _action(record: TakeRecord, name: str, source_type: str, touched: Sequence[bool], what: str) -> dict[str, Any]:
    """An action over the frames where `touched` is true; empty when there is none."""
    if not any(touched):
        return {}
    return {
        "action": name,
        "digitalSourceType": source_type_uri(source_type),
        "softwareAgent": {"name": "Platewright", "version": __version__},
        "description": what,
        "changes": [_region(record.frames, first, last) for first, last in _runs(touched)],
    }


def _runs(touched: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last index of each unbroken run; one run over all of them when there are too many to list."""
    starts = [i for i, value in enumerate(touched) if value and (i == 0 or not touched[i - 1])]
    ends = [i for i, value in enumerate(touched) if value and (i + 1 == len(touched) or not touched[i + 1])]
    runs = list(zip(starts, ends, strict=True))
    return runs if len(runs) <= _MOST_RUNS else [(starts[0], ends[-1])]


def _region(frames: Sequence[FrameRecord], first: int, last: int) -> dict[str, Any]:
    """Where and when: the box around what changed, in plate pixels, and frames counted from 0."""
    box = Box.around(frame.changed for frame in frames[first : last + 1])
    shape = {
        "type": "rectangle",
        "unit": "pixel",
        "origin": {"x": float(box.x0), "y": float(box.y0)},
        "width": float(box.width),
        "height": float(box.height),
    }
    return {
        "description": f"frames {frames[first].number} to {frames[last].number} of the plate",
        "region": [{"type": "spatial", "shape": shape}, {"type": "frame", "frame": {"start": first, "end": last}}],
    }
