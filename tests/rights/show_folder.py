"""A show's rights folder for tests: records that are in order, each to be changed by a word."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from platewright.contract.mapper import to_json
from platewright.rights.approvals import Approval, Statement, Waiver
from platewright.rights.model_cards import DataTerms, ModelCardRecord, TrainingData, TrainingSource
from platewright.rights.plain_yaml import write_yaml
from platewright.rights.record_parts import Conspicuous, Evidence, Indemnity, Person, Production, Review, Scope, Term
from platewright.rights.records import KINDS, Consent, Licence, Record, ReferenceRight
from platewright.rights.reference_sets import ReferenceSet, SetPicture

TODAY = date(2026, 11, 21)
SIGNED = b"%PDF-1.7 a signed sheet of paper"
EVIDENCE = Evidence(hashlib.sha256(SIGNED).hexdigest(), "vault://0412", "application/pdf", "2026-10-01", "p-0412")
WRITTEN = "Removes the tattoo on the left forearm in shots sh010 to sh040, as scripted."


def consent(**changes: Any) -> Consent:
    """An active consent of p-0412 for the show APOLLO."""
    one = Consent(
        id="consent-0412",
        kind="alteration",
        status="active",
        person=Person("p-0412", guilds=("sag-aftra",)),
        production=Production("APOLLO"),
        scope=Scope(WRITTEN, uses=("alteration", "removal"), modalities=("body",), shots=("sh0*",)),
        represented_by="union",
        territory=("WORLD",),
        term=Term("2026-10-01", "2028-10-01"),
        conspicuous=Conspicuous(separately_signed=True),
        evidence=(EVIDENCE,),
        review=Review("legal-1", "2026-10-02"),
    )
    return replace(one, **changes)


def licence(**changes: Any) -> Licence:
    """The licence of the model, read lately, good for finals."""
    one = Licence(
        id="licence-paint-1",
        spdx="LicenseRef-Paint",
        commercial_final_use="yes",
        indemnity=Indemnity(True),
        review=Review("legal-1", "2026-10-02"),
    )
    return replace(one, **changes)


def card(**changes: Any) -> ModelCardRecord:
    """The card of a model that the show allows for finals."""
    one = ModelCardRecord(
        id="paint-1",
        name="Paint",
        version="1.0",
        backends=("fake-replay",),
        provider="Paint Works",
        provider_kind="enterprise",
        hosts=("api.paint.example",),
        regions=("eu",),
        licence="licence-paint-1",
        training_data=TrainingData("All of it licensed.", (TrainingSource("licensed"),)),
        data_terms=DataTerms("enterprise", False, False, 0, False, "dpa-7", "2026-11-01"),
        approved_for="final",
        review=Review("tech-1", "2026-10-02"),
    )
    return replace(one, **changes)


def reference_right(**changes: Any) -> ReferenceRight:
    """The right to a reference of the show's own."""
    return replace(ReferenceRight(id="ref-0007", rights_class="owned"), **changes)


def reference_set(**changes: Any) -> ReferenceSet:
    """The first version of how the show's Anna looks, by the right above."""
    pictures = (SetPicture("looks/anna.exr", "a" * 64, "front"),)
    return replace(ReferenceSet("anna-v001", "anna", 1, "identity", "ref-0007", pictures), **changes)


def approval(*rules: str, **changes: Any) -> Approval:
    """Somebody with authority has approved what those rules escalate."""
    return replace(Approval("approval-0001", rules, "legal", "p-0900", EVIDENCE), **changes)


def waiver(*rules: str, **changes: Any) -> Waiver:
    """Somebody with authority has set those rules aside until the end of the year."""
    term = Term("2026-11-01", "2026-12-31")
    return replace(
        Waiver("waiver-0001", rules, "rights manager", "p-0900", "An agreement by word.", EVIDENCE, term), **changes
    )


def statement(kind: Any = "reported_to_studio", **changes: Any) -> Statement:
    """Something that a rule asks for was done."""
    return replace(Statement(f"statement-{kind.replace('_', '-')}", kind, "p-0900", "2026-11-02"), **changes)


def file_record(folder: Path, record: Record) -> Path:
    """Put a record where it belongs in a rights folder."""
    kind = next(name for name, cls in KINDS.items() if isinstance(record, cls))
    path = folder / kind / f"{record.id}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_yaml(to_json(record)))
    return path


def rights_folder(folder: Path, *records: Record) -> Path:
    """A rights folder with these records and the signed sheet as evidence."""
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    (folder / "evidence" / EVIDENCE.sha256).write_bytes(SIGNED)
    for record in records:
        file_record(folder, record)
    return folder
