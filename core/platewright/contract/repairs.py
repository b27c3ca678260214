"""Repairs: what can be put right before publish without changing a picture, and which finding asks for which.

Each adds what is missing or brings back what was; nothing of a take's frames or its record is ever written anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RepairAsk", "RepairKind", "Repaired", "repairs_for"]

RepairKind = Literal["fetch", "stamp", "disclose"]
"""fetch: bring record and manifest back as the ledger has them, from a copy. stamp: sign a record again that the ledger
knows, whose manifest is lost or has expired. disclose: write the disclosure report of some takes."""

_FETCH: tuple[RepairKind, ...] = ("fetch",)
_EITHER: tuple[RepairKind, ...] = ("fetch", "stamp")
_BY_CODE: dict[str, tuple[RepairKind, ...]] = {
    "record_missing": _FETCH,
    "record_malformed": _FETCH,
    "ledger_differs": _FETCH,
    "manifest_missing": _EITHER,
    "manifest_malformed": _EITHER,
    "manifest_too_large": _EITHER,
    "manifest_mismatch": _EITHER,
    "certificate_expired": ("stamp",),
    "signer_revoked": ("stamp",),
    "disclosure_missing": ("disclose",),
    "disclosure_outdated": ("disclose",),
    "disclosure_line_missing": ("disclose",),
}


@dataclass(frozen=True, slots=True)
class RepairAsk:
    """What is to be put right.

    records: the takes' records, by full paths. roots: folders that everything named here lies in. sources: further
    folders in which copies are looked for (a backup, a server's share). to: where the disclosure report goes.
    who: opaque id or name of the person who asks.
    """

    kind: RepairKind
    records: tuple[str, ...]
    roots: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    to: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was put right: the files that were written, by full paths, and a sentence."""

    kind: RepairKind
    files: tuple[str, ...]
    message: str


def repairs_for(code: str) -> tuple[RepairKind, ...]:
    """The repairs that may help with a finding of that code, the gentlest first; empty where only a person can."""
    return _BY_CODE.get(code, ())
