"""The disclosure report: which generated elements are in what is handed over, made by what, and the lines that say so.

It is made from takes' records alone, so that a host can write it without an engine. It names records of consent by
their ids and nobody by name. The lines are proposals; whoever publishes decides what is shown where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from .mapper import canonical
from .takes import TakeRecord

__all__ = ["DISCLOSURE_SCHEMA", "DisclosedElement", "Disclosure", "disclose"]

DISCLOSURE_SCHEMA = "org.platewright.disclosure/1"


@dataclass(frozen=True, slots=True)
class DisclosedElement:
    """One take. record: SHA-256 of its record. pixels: the share of the display window that it changes, mean and most.

    synthesis: the share of those pixels that a generator made; the rest came from the plate or was given.
    """

    element: str
    version: int
    record: str
    show: str
    shot: str
    operation: str
    backend: str
    model: str
    model_version: str
    provider: str
    trained: bool
    frames: str
    pixels_mean: float
    pixels_most: float
    synthesis: float
    consents: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    anchors_by_hand: int = 0
    cost: str = "0"
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The report. made: UTC. lines: what it is proposed for (`credits`, `eu`, `platform`), to the text."""

    made: str
    elements: tuple[DisclosedElement, ...]
    lines: dict[str, str]
    schema: str = DISCLOSURE_SCHEMA


def disclose(records: Iterable[TakeRecord], made: str = "") -> Disclosure:
    """The report of some takes, in their order. made: when, for tests; empty for now."""
    elements = tuple(_element(record) for record in records)
    return Disclosure(made or f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}", elements, _lines(elements))


def _element(record: TakeRecord) -> DisclosedElement:
    request, card = record.request, record.model_card
    whole = max(1, record.display_window.area)
    changed = [frame.changed_pixels for frame in record.frames]
    made = sum(frame.shares.synthesis * frame.changed_pixels for frame in record.frames)
    return DisclosedElement(
        element=record.element,
        version=record.version,
        record=hashlib.sha256(canonical(record)).hexdigest(),
        show=request.rights.show,
        shot=request.rights.shot,
        operation=request.operation.kind,
        backend=request.backend,
        model=card.name,
        model_version=card.version,
        provider=card.provider,
        trained=card.trained,
        frames=str(request.plate.frames),
        pixels_mean=round(sum(changed) / max(1, len(changed)) / whole, 6),
        pixels_most=round(max(changed, default=0) / whole, 6),
        synthesis=round(made / max(1, sum(changed)), 6),
        consents=request.rights.consents,
        references=tuple(f"{one.role}: {one.licence or 'nobody said'}" for one in request.references),
        anchors_by_hand=sum(one.role == "anchor" for one in request.references),
        cost=record.cost.amount,
        currency=record.cost.currency,
    )


def _lines(elements: tuple[DisclosedElement, ...]) -> dict[str, str]:
    """Proposed texts; a plate without a learned model in it needs none for the law, and gets a plain credit."""
    learned = sorted({f"{one.model} {one.model_version}".strip() for one in elements if one.trained})
    if not learned:
        return {"credits": "Digital paint and clean-up with Platewright.", "eu": "", "platform": "no"}
    return {
        "credits": f"Parts of some images were made with generative tools ({', '.join(learned)}).",
        "eu": "Contains images that were generated or changed by artificial intelligence.",
        "platform": "yes",
    }
