"""What records are put together from: people by opaque id, terms, scopes, evidence.

No name and no text of a contract has a field here. Evidence is bound by its hash and stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from platewright.contract.rights import Modality, Use

from .record_words import day_of, require_date, require_person, require_sha256, require_word, wrong

__all__ = [
    "Access",
    "Certificate",
    "Compensation",
    "Conspicuous",
    "Evidence",
    "Grantor",
    "Indemnity",
    "ModelScope",
    "Notice",
    "Person",
    "Production",
    "Revocation",
    "Review",
    "Scope",
    "Suspension",
    "Term",
    "Transfer",
]

Relation = Literal["self", "representative", "guardian", "estate", "union"]

_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that proves something, by the hash of its bytes.

    uri: where people find it; it is shown and never opened. A copy may lie in the folder's `evidence`, named by hash.
    """

    sha256: str
    uri: str = ""
    media_type: str = ""
    signed_at: str = ""
    signer: str = ""

    def __post_init__(self) -> None:
        require_sha256(self.sha256, "evidence.sha256")
        require_date(self.signed_at, "evidence.signed_at")
        if self.signer:
            require_person(self.signer, "evidence.signer")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it is about. ref: an opaque id with a digit in it (a HAND id, `p-0412`), never a name."""

    ref: str
    minor: bool = False
    living: bool = True
    public_figure: bool = False
    guilds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_person(self.ref, "person.ref")


@dataclass(frozen=True, slots=True)
class Grantor:
    """Who agreed. authority: hash of what gives a representative, a guardian, a court or an estate the right to."""

    relation: Relation = "self"
    ref: str = ""
    authority: str = ""

    def __post_init__(self) -> None:
        if self.ref:
            require_person(self.ref, "grantor.ref")
        if self.authority:
            require_sha256(self.authority, "grantor.authority")


@dataclass(frozen=True, slots=True)
class Production:
    """For which production. show: as requests name it."""

    show: str
    title: str = ""
    ids: tuple[str, ...] = ()
    company: str = ""
    signatory: str = ""

    def __post_init__(self) -> None:
        require_word(self.show, "production.show", "the show, as requests name it")


@dataclass(frozen=True, slots=True)
class Scope:
    """What was agreed to. description: reasonably specific, in at least 40 characters.

    shots: patterns such as `sq010_*`; empty: all of the production. prohibited wins over uses.
    """

    description: str
    uses: tuple[Use, ...] = ()
    prohibited: tuple[Use, ...] = ()
    modalities: tuple[Modality, ...] = ()
    as_scripted: bool = True
    shots: tuple[str, ...] = ()
    medium: str = ""
    languages: tuple[str, ...] = ()
    distribution: str = ""

    def __post_init__(self) -> None:
        if len(self.description) > _LONGEST:
            raise wrong("scope.description", f"can have {_LONGEST} characters")


@dataclass(frozen=True, slots=True)
class Term:
    """From which day to which, both included (`2026-01-31`); empty: open at that end."""

    begins: str = ""
    ends: str = ""

    def __post_init__(self) -> None:
        require_date(self.begins, "term.begins")
        require_date(self.ends, "term.ends")
        if self.begins and self.ends and day_of(self.begins) > day_of(self.ends):
            raise wrong("term", "ends before it begins")

    def years(self) -> float | None:
        """How long it lasts, in years; None where an end is open."""
        if not (self.begins and self.ends):
            return None
        return (day_of(self.ends) - day_of(self.begins)).days / 365.25


@dataclass(frozen=True, slots=True)
class Notice:
    """When it was announced, and when the services begin (`2026-01-31T09:00:00Z`)."""

    given_at: str = ""
    services_at: str = ""

    def __post_init__(self) -> None:
        require_date(self.given_at, "notice.given_at")
        require_date(self.services_at, "notice.services_at")


@dataclass(frozen=True, slots=True)
class Conspicuous:
    """How the consent stands out from the rest of a contract."""

    separately_signed: bool = False
    initialled: bool = False


@dataclass(frozen=True, slots=True)
class Compensation:
    """A reference to what was agreed, never a sum."""

    ref: str = ""
    basis: str = ""
    residuals: bool = False


@dataclass(frozen=True, slots=True)
class ModelScope:
    """What may be trained on the person. models: ids of model cards."""

    train_allowed: bool = False
    models: tuple[str, ...] = ()
    this_production_only: bool = True
    delete_by: str = ""

    def __post_init__(self) -> None:
        require_date(self.delete_by, "model_scope.delete_by")


@dataclass(frozen=True, slots=True)
class Transfer:
    """Whether it may go on to somebody else, and who was told."""

    allowed: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see the material."""

    group: str = ""
    security_class: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """How it can be revoked, and when and why it was. contact: a role or an office, never a person."""

    how: str = ""
    contact: str = ""
    at: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        require_date(self.at, "revocation.at")


@dataclass(frozen=True, slots=True)
class Suspension:
    """It rests for a while: a strike, a dispute. An open end rests until somebody writes one."""

    reason: str
    begins: str
    ends: str = ""

    def __post_init__(self) -> None:
        require_date(self.begins or "?", "suspension.begins")
        require_date(self.ends, "suspension.ends")


@dataclass(frozen=True, slots=True)
class Review:
    """Who looked at the record last, when, and until when that is good."""

    by: str = ""
    at: str = ""
    expires: str = ""

    def __post_init__(self) -> None:
        require_date(self.at, "review.at")
        require_date(self.expires, "review.expires")


@dataclass(frozen=True, slots=True)
class Indemnity:
    """Whether whoever licenses it stands in for claims of others."""

    given: bool = False
    cap: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Somebody else's word about a model's training data (`fairly_trained_l`)."""

    scheme: str
    begins: str = ""
    ends: str = ""

    def __post_init__(self) -> None:
        require_date(self.begins, "certificate.begins")
        require_date(self.ends, "certificate.ends")
