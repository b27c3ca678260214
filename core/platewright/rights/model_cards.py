"""Model cards: what a model is, what it was trained on, and what becomes of what it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .record_parts import Certificate, Evidence, Review, Revocation
from .record_words import Standing, require_date, require_head, require_sha256, standing_in

__all__ = ["DataTerms", "ModelCardRecord", "TrainingData", "TrainingSource"]


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """A part of what a model was trained on, and by what right."""

    category: Literal["licensed", "open", "public_domain", "owned", "scraped", "unknown"]
    description: str = ""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a model was trained on. No source: nobody has said. consents: of people it was trained on."""

    statement: str = ""
    sources: tuple[TrainingSource, ...] = ()
    contains_production_assets: bool = False
    opt_out: str = ""
    doc_url: str = ""
    certificates: tuple[Certificate, ...] = ()
    consents: tuple[str, ...] = ()
    productions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataTerms:
    """What a provider does with what it is sent, as read on a day."""

    tier: Literal["local", "consumer", "api", "enterprise"] = "consumer"
    retains_inputs: bool | None = None
    trains_on_inputs: bool | None = None
    retention_days: int | None = None
    human_review: bool | None = None
    dpa_ref: str = ""
    checked_at: str = ""
    terms_sha256: str = ""

    def __post_init__(self) -> None:
        require_date(self.checked_at, "data_terms.checked_at")
        if self.terms_sha256:
            require_sha256(self.terms_sha256, "data_terms.terms_sha256")


@dataclass(frozen=True, slots=True)
class ModelCardRecord:
    """What a model is: the studio's own page about it, its "nutrition label".

    backends: the names that requests use for it. weights_sha256: of what runs here, empty for a hosted one. licence:
    id of a licence record. base_models, adapters: ids of further cards. hosts, regions: where it is sent to.
    approved_for: what the studio allows it for; `no`: it looked and said no; empty: nobody looked.
    """

    id: str
    name: str
    version: str
    schema: Literal["org.platewright.model-card/1"] = "org.platewright.model-card/1"
    backends: tuple[str, ...] = ()
    modality: Literal["image", "video", "other"] = "image"
    provider: str = ""
    provider_kind: Literal["local", "api", "enterprise"] = "local"
    weights_sha256: str = ""
    hosts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    licence: str = ""
    trained: bool = True
    training_data: TrainingData = field(default_factory=TrainingData)
    base_models: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    data_terms: DataTerms = field(default_factory=DataTerms)
    marking: tuple[Literal["c2pa", "watermark", "strippable"], ...] = ()
    limits: dict[str, str] = field(default_factory=dict)
    seeded: bool = False
    litigation_note: str = ""
    approved_for: Literal["", "no", "temp", "final"] = ""
    approval_expires: str = ""
    cost: dict[str, str] = field(default_factory=dict)
    revocation: Revocation = field(default_factory=Revocation)
    evidence: tuple[Evidence, ...] = ()
    review: Review = field(default_factory=Review)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        require_date(self.approval_expires, "approval_expires")
        if self.weights_sha256:
            require_sha256(self.weights_sha256, "weights_sha256")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in("", self.approval_expires, on)
