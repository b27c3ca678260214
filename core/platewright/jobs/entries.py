"""What a ledger's line can say: a take was finished, a job moved, a person decided, money was spent, a comp signed.

Old ledgers must stay readable for ever: a body is only ever added, and a field only with a default.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from platewright.contract.decisions import DecisionKind
from platewright.contract.takes import TakeRecord

__all__ = [
    "CompEntry",
    "CostEntry",
    "DecisionEntry",
    "JobEntry",
    "JobWord",
    "LedgerBody",
    "LedgerFrame",
    "RepairEntry",
    "RightsEntry",
    "TakeEntry",
]

JobWord = Literal[
    "asked",
    "reserved",
    "settled",
    "released",
    "answered",
    "approved",
    "refused",
    "overridden",
    "retried",
    "done",
    "cancelled",
    "failed",
    "unknown",
    "pruned",
]


@dataclass(frozen=True, slots=True)
class LedgerFrame:
    """One frame of a take: its number, the patch's SHA-256, and the composite's ISCC codes."""

    number: int
    sha256: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeEntry:
    """A take was finished. record, manifest: SHA-256 of those files; request: the request's hash."""

    element: str
    version: int
    created: str
    record: str
    manifest: str
    request: str
    frames: tuple[LedgerFrame, ...]
    kind: Literal["take"] = "take"

    @classmethod
    def of(cls, record: TakeRecord, record_bytes: bytes, manifest_bytes: bytes) -> TakeEntry:
        """The entry of a finished take."""
        return cls(
            element=record.element,
            version=record.version,
            created=record.created,
            record=hashlib.sha256(record_bytes).hexdigest(),
            manifest=hashlib.sha256(manifest_bytes).hexdigest(),
            request=record.request_hash,
            frames=tuple(LedgerFrame(frame.number, frame.file.sha256, frame.fingerprint) for frame in record.frames),
        )


@dataclass(frozen=True, slots=True)
class CostEntry:
    """Money was spent on a take: an amount (decimal text) in a currency (ISO 4217)."""

    element: str
    version: int
    created: str
    amount: str
    currency: str
    kind: Literal["cost"] = "cost"


@dataclass(frozen=True, slots=True)
class JobEntry:
    """Something happened to a job that somebody may ask about in a year: who, what, when, why, for how much.

    id: of this line and no other. job: empty for what happens without one (a take was pruned). what: see JobWord.
    at: UTC. amount: exact decimal text; what was asked for, set aside, spent or given back. uncertain: the part of it
    that a backend may or may not have charged.
    version: of the take, 0 where there is none.
    """

    id: str
    job: str
    what: JobWord
    at: str
    element: str
    show: str = ""
    shot: str = ""
    who: str = ""
    why: str = ""
    backend: str = ""
    intent: Literal["draft", "final"] = "draft"
    amount: str = "0"
    currency: str = "USD"
    uncertain: str = "0"
    version: int = 0
    kind: Literal["job"] = "job"


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """A person decided something about one take, and no other: bound to the SHA-256 of its record.

    signature: base64, over the canonical entry with an empty signature; chain: the signer's certificates as PEM.
    Both are empty for what is not signed (a star, a note).
    """

    id: str
    element: str
    version: int
    record: str
    decision: DecisionKind
    at: str
    who: str = ""
    note: str = ""
    signature: str = ""
    chain: str = ""
    kind: Literal["decision"] = "decision"


@dataclass(frozen=True, slots=True)
class RightsEntry:
    """A record of rights was filed, changed or revoked; in the ledger of a show's rights folder.

    record: its id, which tells nobody who it is about. sort: the kind of record, as its folder is called. sha256: of
    its file, which makes every later change show. who: opaque id of the person who did it.
    """

    id: str
    record: str
    sort: str
    what: Literal["added", "changed", "revoked"]
    sha256: str
    at: str
    who: str = ""
    kind: Literal["rights"] = "rights"


@dataclass(frozen=True, slots=True)
class RepairEntry:
    """Something of a take was put right, without touching a frame.

    what: `fetched` (a file as it was entered, from a copy), `signed` (a new manifest for the same record), `disclosed`
    (a report was written). file: its name; sha256: of the file that is there now. signature, chain: as a decision's.
    """

    id: str
    element: str
    version: int
    what: Literal["fetched", "signed", "disclosed"]
    file: str
    sha256: str
    at: str
    who: str = ""
    signature: str = ""
    chain: str = ""
    kind: Literal["repair"] = "repair"


@dataclass(frozen=True, slots=True)
class CompEntry:
    """A comp was signed with takes of this ledger in it.

    name: of the render, as its files begin. record, manifest: SHA-256 of those files. takes: of the takes' records.
    replaces: of the record that this one was signed in place of; empty where there was none.
    """

    id: str
    name: str
    record: str
    manifest: str
    takes: tuple[str, ...]
    at: str
    show: str = ""
    shot: str = ""
    replaces: str = ""
    kind: Literal["comp"] = "comp"


LedgerBody = TakeEntry | CostEntry | JobEntry | DecisionEntry | RightsEntry | RepairEntry | CompEntry
