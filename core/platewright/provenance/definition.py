"""A take's manifest definition: the profile of assertions that every take of Platewright carries.

It binds the take's frames, the plate's frames and the references each by one tree hash, never by a list, and
tells what made the pixels. It holds names, hashes and ids only: no path, no prompt, no person.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from platewright import __version__
from platewright.contract.errors import SigningError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Reference
from platewright.contract.takes import FileHash, FrameRecord, TakeRecord, file_names

from .actions import BASE_LABEL, PLATE_LABEL, actions_of, only_guides, reference_label, taken_over
from .merkle import merkle_root
from .names import base_name, told

__all__ = [
    "COMP",
    "COMP_MEDIA_TYPE",
    "DELIVERY",
    "GENERATION",
    "MATTE",
    "PLATE",
    "REFERENCES",
    "SEQUENCE",
    "TAKE_MEDIA_TYPE",
    "ai_disclosure",
    "bound",
    "definition_of",
    "ingredient",
    "ingredients_of",
    "media_type_of",
    "not_for_training",
    "profile",
]

TAKE_MEDIA_TYPE = "application/vnd.platewright.take"
COMP_MEDIA_TYPE = "application/vnd.platewright.comp"
SEQUENCE = "org.platewright.sequence"
PLATE = "org.platewright.plate"
MATTE = "org.platewright.matte"
REFERENCES = "org.platewright.references"
GENERATION = "org.platewright.generation"
COMP = "org.platewright.comp"
DELIVERY = "org.platewright.delivery"

_MEDIA_TYPES = {".exr": "image/x-exr", ".dpx": "image/x-dpx", ".tif": "image/tiff", ".hdr": "image/vnd.radiance"}
_MINING = ("cawg.ai_generative_training", "cawg.ai_training", "cawg.ai_inference", "cawg.data_mining")


def definition_of(record: TakeRecord, plate_types: Iterable[str] = (), ledger_head: str = "") -> dict[str, Any]:
    """The definition of a take's manifest, without its ingredients.

    plate_types: digital source types (last words) out of the plate's own manifest. ledger_head: the ledger's
    latest entry, hex, or empty. Raises SigningError when the record contradicts itself.
    """
    assertions: dict[str, Mapping[str, Any]] = {
        "c2pa.actions.v2": {"allActionsIncluded": True, "actions": actions_of(record, plate_types)},
        "cawg.training-mining": not_for_training(),
        SEQUENCE: _sequence(record, ledger_head),
        PLATE: bound(base_name(record.request.plate.pattern), [frame.plate for frame in record.frames]),
        GENERATION: _generation(record),
    }
    mattes = [frame.matte for frame in record.frames if frame.matte is not None]
    if record.request.matte is not None and len(mattes) == len(record.frames):
        assertions[MATTE] = bound(base_name(record.request.matte.pattern), mattes)
    if record.request.references:
        assertions[REFERENCES] = {"references": _references(record)}
    if record.model_card.trained and any(frame.shares.synthesis > 0 for frame in record.frames):
        card = record.model_card
        assertions["c2pa.ai-disclosure"] = ai_disclosure(card.name, card.version, card.provider)
    return profile(f"{record.element}_v{record.version:03d}", TAKE_MEDIA_TYPE, assertions)


def profile(title: str, media_type: str, assertions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A definition as all of ours are: who made it, by which version of the rules, every statement the signer's own."""
    return {
        "claim_generator_info": [{"name": "Platewright", "version": __version__, "specVersion": "2.4.0"}],
        "title": title,
        "format": media_type,
        "assertions": [{"label": label, "created": True, "data": data} for label, data in assertions.items()],
    }


def not_for_training() -> dict[str, Any]:
    """CAWG's statement that nobody may train on it."""
    return {"entries": {entry: {"use": "notAllowed"} for entry in _MINING}}


def ingredients_of(record: TakeRecord) -> list[dict[str, Any]]:
    """The descriptions of the plate, which is the parent, and of the references."""
    plate = ingredient(PLATE_LABEL, record.request.plate.pattern, "parentOf")
    references = [
        ingredient(
            reference_label(index), reference.pattern, "inputTo" if only_guides(record, reference) else "componentOf"
        )
        for index, reference in enumerate(record.request.references)
    ]
    return [plate, *references, *_base(record)]


def _base(record: TakeRecord) -> list[dict[str, Any]]:
    """The take that frames were taken over from; none where all were made again."""
    base = record.request.base
    if base is None or not any(taken_over(record)):
        return []
    title = file_names(record.element, base.version)[1]
    return [{"title": title, "relationship": "componentOf", "label": BASE_LABEL, "format": TAKE_MEDIA_TYPE}]


def media_type_of(name: str) -> str:
    """The media type that goes with a file name's ending."""
    ending = "." + name.rsplit(".", 1)[-1].lower()
    return _MEDIA_TYPES.get(ending) or mimetypes.guess_type("picture" + ending)[0] or "application/octet-stream"


def ingredient(label: str, pattern: str, relationship: str) -> dict[str, Any]:
    """A picture or sequence as an ingredient, by its plain name."""
    name = base_name(pattern)
    return {"title": name, "relationship": relationship, "label": label, "format": media_type_of(name)}


def _sequence(record: TakeRecord, ledger_head: str) -> dict[str, Any]:
    pattern, index, _ = file_names(record.element, record.version)
    root = merkle_root([frame.file.sha256 for frame in record.frames])
    if root != record.merkle_root:
        raise SigningError(
            "the record's tree hash is not that of its frames", code="record_inconsistent", hint="Report this."
        )
    data = {
        "alg": "sha256",
        "count": len(record.frames),
        "first": record.frames[0].number,
        "last": record.frames[-1].number,
        "pattern": pattern,
        "merkle_root": root,
        "index": index,
    }
    return {**data, "ledger_head": ledger_head} if ledger_head else data


def bound(name: str, files: Sequence[FileHash]) -> dict[str, Any]:
    """Files in the order of the frames, bound by one hash."""
    return {
        "name": name,
        "alg": "sha256",
        "count": len(files),
        "merkle_root": merkle_root([file.sha256 for file in files]),
    }


def _references(record: TakeRecord) -> list[dict[str, Any]]:
    references, files = record.request.references, record.references
    if len(references) != len(files):
        raise SigningError(
            "the record does not say which files stand behind its references",
            code="record_inconsistent",
            hint="Report this.",
        )
    return [_reference(index, *pair) for index, pair in enumerate(zip(references, files, strict=True))]


def _reference(index: int, reference: Reference, files: Sequence[FileHash]) -> dict[str, Any]:
    stated = {"licence": told(reference.licence), "source_type": reference.source_type}
    return {
        "ingredient": reference_label(index),
        "role": reference.role,
        **{name: text for name, text in stated.items() if text},
        **bound(base_name(reference.pattern), files),
    }


def _generation(record: TakeRecord) -> dict[str, Any]:
    request, card = record.request, record.model_card
    data: dict[str, Any] = {
        "operation": request.operation.kind,
        "backend": told(request.backend),
        "seed": str(request.seed),  # as text: a large whole number would lose digits in other readers
        "request_hash": record.request_hash,
        "model": {
            "name": told(card.name),
            "version": told(card.version),
            "provider": told(card.provider),
            "trained": card.trained,
            "training_data": told(card.training_data),
            "licence": told(card.licence),
        },
        "shares": _shares(record.frames),
    }
    if request.base is not None:
        kept = [frame.number for frame in record.frames if frame.taken_from]
        frames = str(FrameRange.of(kept)) if kept else ""  # none, where a smaller matte covers something of each
        data["base"] = {"version": str(request.base.version), "record": request.base.record, "frames": frames}
    if request.rights.consents:
        data["consents"] = [told(consent) for consent in request.rights.consents]
    if request.rights.policy:
        data["policy"] = told(request.rights.policy)
    return data


def _shares(frames: Sequence[FrameRecord]) -> dict[str, str]:
    """Where all changed pixels of the take came from, as shares of 1, weighted by each frame's number of them."""
    pixels = sum(frame.changed_pixels for frame in frames)
    return {
        name: f"{sum(getattr(frame.shares, name) * frame.changed_pixels for frame in frames) / max(1, pixels):.6f}"
        for name in ("frames", "synthesis", "given", "plate")
    }


def ai_disclosure(name: str, version: str, provider: str) -> dict[str, Any]:
    """By C2PA 2.4, `prompt_guided`: a person set it up, and when it is signed nobody has approved it yet."""
    return {
        "modelType": "c2pa.types.model",
        "modelName": told(name),
        "modelIdentifier": f"{told(provider) or 'unknown'}:{told(name)}:{told(version)}",
        "contentProfile": {"humanOversightLevel": "prompt_guided"},
    }
