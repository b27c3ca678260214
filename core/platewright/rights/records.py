"""The records of a show: who consented, what a model is, what a reference may be used for, who approved or waived.

Each is one YAML file, checked field by field; a file says with `schema` which of these it is. Ids are opaque: neither a
record's id nor a person's may tell who somebody is, because ids do reach manifests, headers and logs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .approvals import Approval, Statement, Waiver
from .model_cards import ModelCardRecord
from .record_parts import (
    Access,
    Compensation,
    Conspicuous,
    Evidence,
    Grantor,
    Indemnity,
    ModelScope,
    Notice,
    Person,
    Production,
    Review,
    Revocation,
    Scope,
    Suspension,
    Term,
    Transfer,
)
from .record_words import Standing, covers, require_head, require_person, require_sha256, require_word, standing_in
from .reference_sets import ReferenceSet

__all__ = [
    "KINDS",
    "Approval",
    "Consent",
    "Licence",
    "ModelCardRecord",
    "Record",
    "ReferenceRight",
    "ReferenceSet",
    "Standing",
    "Statement",
    "Waiver",
]

Status = Literal["draft", "active", "suspended", "revoked", "expired"]


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's consent to one kind of use in one production. prev_hash: SHA-256 of the file it supersedes."""

    id: str
    person: Person
    production: Production
    scope: Scope
    kind: Literal["ebdr", "icdr", "background", "alteration", "voice", "training", "deceased", "location_owner"]
    status: Status = "draft"
    schema: Literal["org.platewright.consent/1"] = "org.platewright.consent/1"
    grantor: Grantor = field(default_factory=Grantor)
    represented_by: Literal["counsel", "union", "none"] = "none"
    territory: tuple[str, ...] = ()
    term: Term = field(default_factory=Term)
    notice: Notice = field(default_factory=Notice)
    conspicuous: Conspicuous = field(default_factory=Conspicuous)
    compensation: Compensation = field(default_factory=Compensation)
    model_scope: ModelScope = field(default_factory=ModelScope)
    transfer: Transfer = field(default_factory=Transfer)
    access: Access = field(default_factory=Access)
    revocation: Revocation = field(default_factory=Revocation)
    suspensions: tuple[Suspension, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    review: Review = field(default_factory=Review)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)

    def standing(self, on: date) -> Standing:
        """How it stands on a day: what it says of itself, then its revocation, suspensions and term."""
        if self.status == "revoked" or self.revocation.at:
            return "revoked"  # Even one dated ahead: whoever revokes has said no.
        if self.status != "active":
            return self.status
        if any(covers(pause.begins, pause.ends, on) for pause in self.suspensions):
            return "suspended"
        return standing_in(self.term.begins, self.term.ends, on)


@dataclass(frozen=True, slots=True)
class Licence:
    """What may be done with a thing: a model, a stock picture, a scan. spdx: an SPDX id or `LicenseRef-…`."""

    id: str
    spdx: str
    schema: Literal["org.platewright.licence/1"] = "org.platewright.licence/1"
    url: str = ""
    text_sha256: str = ""
    commercial_final_use: Literal["yes", "no", "unknown"] = "unknown"
    output_rights: str = ""
    attribution: str = ""
    restrictions: tuple[str, ...] = ()
    indemnity: Indemnity = field(default_factory=Indemnity)
    territory: tuple[str, ...] = ()
    term: Term = field(default_factory=Term)
    revocation: Revocation = field(default_factory=Revocation)
    evidence: tuple[Evidence, ...] = ()
    review: Review = field(default_factory=Review)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        require_word(self.spdx, "spdx", "the licence, as in CC-BY-4.0 or LicenseRef-…")
        if self.text_sha256:
            require_sha256(self.text_sha256, "text_sha256")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in(self.term.begins, self.term.ends, on)


@dataclass(frozen=True, slots=True)
class ReferenceRight:
    """By what right a reference is used. files: SHA-256 of its pictures. people: opaque ids of who is seen in it."""

    id: str
    rights_class: Literal["owned", "licensed", "open", "public_domain", "unowned", "unknown"]
    schema: Literal["org.platewright.reference/1"] = "org.platewright.reference/1"
    files: tuple[str, ...] = ()
    licence: str = ""
    people: tuple[str, ...] = ()
    source_type: str = ""
    shots: tuple[str, ...] = ()
    term: Term = field(default_factory=Term)
    revocation: Revocation = field(default_factory=Revocation)
    evidence: tuple[Evidence, ...] = ()
    review: Review = field(default_factory=Review)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        for one in self.files:
            require_sha256(one, "files")
        for one in self.people:
            require_person(one, "people")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in(self.term.begins, self.term.ends, on)


Record = Consent | Licence | ModelCardRecord | ReferenceRight | ReferenceSet | Approval | Waiver | Statement

KINDS: dict[str, type[Record]] = {
    "consents": Consent,
    "licences": Licence,
    "models": ModelCardRecord,
    "references": ReferenceRight,
    "sets": ReferenceSet,
    "approvals": Approval,
    "waivers": Waiver,
    "statements": Statement,
}
"""The folder of each kind of record within a show's rights folder."""
