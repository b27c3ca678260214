"""Signing a shot's final comp: its record in, one detached C2PA manifest out, with the takes in it as ingredients.

The plate is the parent, and each take brings its own manifest along, so that whoever has the comp can follow each
generated pixel back to what made it. What else was done in the comp nobody wrote down; the list of actions says that it
is not complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platewright import __version__
from platewright.contract.comps import COMP_ENDING, CompElement, CompRecord
from platewright.contract.errors import ManifestError, SigningError
from platewright.contract.findings import Finding
from platewright.contract.mapper import canonical
from platewright.contract.takes import FileHash, TakeRecord

from .actions import PLATE_LABEL
from .c2pa_store import MOST_MANIFEST_BYTES, Ingredient
from .definition import (
    COMP,
    COMP_MEDIA_TYPE,
    PLATE,
    SEQUENCE,
    TAKE_MEDIA_TYPE,
    ai_disclosure,
    bound,
    ingredient,
    not_for_training,
    profile,
)
from .identity import Identity
from .manifest import Signed, carried_plate, signed_and_read_back
from .merkle import merkle_root
from .names import is_plain_name, told
from .parent import ParentManifest
from .reading import ManifestReport, read_manifest
from .relying import signer_findings
from .vocabulary import AI_COMPOSITE, check_definition, source_type_uri, strongest

__all__ = ["ElementTake", "sign_comp", "source_type_of", "source_types_of"]

_MOST_ELEMENTS = 200


@dataclass(frozen=True, slots=True)
class ElementTake:
    """A take that is in the comp, as it lies on the disk: its record, and the bytes of its record and manifest.

    trust: whose signatures count, and whose don't any more, as `trust_anchors` gives it.
    """

    record: TakeRecord
    record_bytes: bytes
    manifest: bytes
    trust: str

    @property
    def name(self) -> str:
        """`rig_v003`."""
        return f"{self.record.element}_v{self.record.version:03d}"


def source_types_of(take: ElementTake) -> tuple[str, ...]:
    """The source types that a take's manifest states, sorted.

    Raises ManifestError: `element_invalid` where the manifest doesn't hold, or is not the record's; `signer_revoked`.
    """
    report, _ = _relied_upon(take)
    return tuple(sorted({act.source_type for act in report.actions if act.source_type}))


def _relied_upon(take: ElementTake) -> tuple[ManifestReport, tuple[Finding, ...]]:
    """A take's manifest, and what to say of its signer. Raises as `source_types_of`."""
    report = read_manifest(take.record_bytes, take.manifest, take.trust)
    told = signer_findings(report, take.name)
    if not report.holds:
        raise ManifestError(
            f"the manifest of {take.name} does not hold, so nothing can rest on it",
            code="element_invalid",
            hint="`platewright verify` on that take says more; take it from the backup.",
        )
    return report, told


def source_type_of(elements: Iterable[CompElement]) -> str:
    """What a comp with these elements is: the strongest of what its elements state, a last word."""
    return strongest(_type_of(one) for one in elements)


def sign_comp(
    record: CompRecord,
    record_bytes: bytes,
    elements: Sequence[ElementTake],
    identity: Identity,
    *,
    plate_manifest: ParentManifest | None = None,
) -> Signed:
    """Sign a comp. record_bytes: the canonical bytes of `record`. elements: the takes, in the record's order.

    plate_manifest: the plate's own; one that does not fit is left out with a finding. A time-stamp authority that gives
    no answer costs only the time-stamp. Raises SigningError, ManifestError `element_invalid`, `signer_revoked`; nothing
    is written.
    """
    _check(record, record_bytes, elements)
    signers = [one for take in elements for one in _relied_upon(take)[1]]
    parent, _, findings = carried_plate(plate_manifest, identity)
    definition, described = _definition(record, elements), _ingredients(record, elements)
    if parent is not None:
        described[0]["format"] = parent.media_type
    check_definition(definition, described)
    carried = {_label(at): Ingredient(one, take.manifest, take.record_bytes)
               for at, (one, take) in enumerate(zip(described[1:], elements, strict=True))}  # fmt: skip
    plate = Ingredient(described[0]) if parent is None else Ingredient(described[0], parent.manifest, parent.asset)
    return signed_and_read_back(
        definition, [plate, *carried.values()], record_bytes, COMP_MEDIA_TYPE, identity, [*signers, *findings], "comp"
    )


def _check(record: CompRecord, record_bytes: bytes, elements: Sequence[ElementTake]) -> None:
    names = [frame.file.name for frame in record.frames]
    sizes = sum(len(take.manifest) for take in elements)
    problem = ""
    if canonical(record) != record_bytes:
        problem = "the bytes to sign are not those of the comp's record"
    elif [one.name for one in record.elements] != [take.name for take in elements]:
        problem = "the record's elements are not the takes that were given"
    elif not names or len(set(names)) != len(names) or not all(is_plain_name(name) for name in names):
        problem = "the record's frames need plain and different names"
    elif merkle_root([frame.file.sha256 for frame in record.frames]) != record.merkle_root:
        problem = "the record's tree hash is not that of its frames"
    if problem:
        raise SigningError(problem, code="record_inconsistent", hint="Report this.")
    if len(elements) > _MOST_ELEMENTS or sizes > MOST_MANIFEST_BYTES // 2:
        raise SigningError(
            f"{len(elements)} elements with {sizes} bytes of manifests are more than one manifest can carry",
            code="comp_too_large",
            hint="Sign parts of the comp, rendered apart, and the comp of those.",
        )


def _definition(record: CompRecord, elements: Sequence[ElementTake]) -> dict[str, Any]:
    assertions: dict[str, Mapping[str, Any]] = {
        "c2pa.actions.v2": {"allActionsIncluded": False, "actions": _actions(record)},
        "cawg.training-mining": not_for_training(),
        SEQUENCE: {
            "alg": "sha256",
            "count": len(record.frames),
            "first": record.frames[0].number,
            "last": record.frames[-1].number,
            "pattern": record.pattern,
            "merkle_root": record.merkle_root,
            "index": record.name + COMP_ENDING,
        },
        COMP: {
            "generated": {"mean": f"{record.mean:.6f}", "most": f"{record.most:.6f}"},
            "elements": [_element(at, one) for at, one in enumerate(record.elements)],
        },
    }
    plates = [frame.plate for frame in record.frames if isinstance(frame.plate, FileHash)]
    if plates and len(plates) == len(record.frames):
        assertions[PLATE] = bound(record.plate, plates)
    trained = [take.record.model_card for take, one in zip(elements, record.elements, strict=True) if one.trained]
    if trained:
        # One statement; each element's own manifest, which is carried along, has that of its model.
        assertions["c2pa.ai-disclosure"] = ai_disclosure(trained[0].name, trained[0].version, trained[0].provider)
    return profile(record.name, COMP_MEDIA_TYPE, assertions)


def _element(at: int, one: CompElement) -> dict[str, Any]:
    return {
        "ingredient": _label(at),
        "name": one.name,
        "record": one.record,
        "share": {"mean": f"{one.mean:.6f}", "most": f"{one.most:.6f}"},
    }


def _actions(record: CompRecord) -> list[dict[str, Any]]:
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [PLATE_LABEL]}}
    placed = [_placed(record, at, one) for at, one in enumerate(record.elements)]
    return [{**action, "when": record.created} for action in (opened, *placed)]


def _placed(record: CompRecord, at: int, one: CompElement) -> dict[str, Any]:
    """An element put over the plate: in which frames, counted from 0, first to last."""
    inside = [place for place, frame in enumerate(record.frames) if frame.shares[at] > 0]
    action: dict[str, Any] = {
        "action": "c2pa.placed",
        "digitalSourceType": source_type_uri(_type_of(one)),
        "softwareAgent": {"name": "Platewright", "version": __version__},
        "description": f"{one.name} put into the comp; its matte covers {one.mean:.2%} of the picture",
        "parameters": {"ingredientIds": [_label(at)]},
    }
    if inside:
        first, last = record.frames[inside[0]].number, record.frames[inside[-1]].number
        region = {"type": "frame", "frame": {"start": inside[0], "end": inside[-1]}}
        action["changes"] = [{"description": f"frames {first} to {last} of the comp", "region": [region]}]
    return action


def _type_of(one: CompElement) -> str:
    return AI_COMPOSITE if one.trained else strongest(one.source_types)


def _ingredients(record: CompRecord, elements: Sequence[ElementTake]) -> list[dict[str, Any]]:
    plate = ingredient(PLATE_LABEL, record.plate or "plate", "parentOf")
    return [plate] + [
        {"title": told(take.name), "relationship": "componentOf", "label": _label(at), "format": TAKE_MEDIA_TYPE}
        for at, take in enumerate(elements)
    ]


def _label(at: int) -> str:
    return f"element_{at + 1}"
