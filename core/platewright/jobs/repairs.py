"""Putting right what can be put right safely before publish; frames are never written, and every repair is recorded.

The ledger decides what is right: a file is brought back only with the very hash that was entered, and a record is
signed again only if it is the one that was entered and every frame still is what it says. The line in the ledger and a
copy of what is replaced are on the disk before the file is, so that a repair that is cut off can be done again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from platewright.contract.disclosure import Disclosure, disclose
from platewright.contract.errors import (
    CheckCouldNotRun,
    ManifestError,
    PlatewrightError,
    RequestError,
    StorageError,
    VerificationFailed,
)
from platewright.contract.findings import Severity
from platewright.contract.mapper import MOST_BYTES, canonical, from_bytes
from platewright.contract.repairs import RepairAsk, Repaired
from platewright.contract.takes import TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.parent import ParentManifest, find_plate_manifest
from platewright.provenance.reading import read_manifest
from platewright.provenance.statement import sign_statement

from .base_take import open_base
from .checking.ledger_facts import read_ledger
from .entries import RepairEntry
from .kept_evidence import copy_of, keep
from .ledger import Ledger
from .places import TakePlace, parse_name
from .rows import utc_now
from .storage import exists, replace_file
from .takes import load

__all__ = ["repair"]

_What = Literal["fetched", "signed", "disclosed"]


def repair(asked: RepairAsk, identity: IdentitySettings) -> Repaired:
    """Do it. Raises RequestError `repair_unknown`, `repair_needless`, `repair_target`, VerificationFailed
    `repair_unsafe`, CheckCouldNotRun `ledger_damaged`, StorageError (`copy_missing` among them), SigningError;
    InputError where the plate, whose marks a new manifest carries along, is not at hand.
    """
    if not asked.records:
        raise RequestError("no take was named", code="repair_unknown", hint="Name the take's .take.json.")
    places = [_place(Path(record)) for record in asked.records]
    for root in {place.folder.parent for place in places}:
        _require_ledger(root)
    if asked.kind == "disclose":
        return _disclose(asked, places, identity)
    work: Callable[[TakePlace, RepairAsk, IdentitySettings], list[Path]] = _fetch if asked.kind == "fetch" else _stamp
    files = [path for place in places for path in work(place, asked, identity)]
    if not files:
        raise RequestError(
            "nothing has to be brought back: record and manifest are those that the ledger has",
            code="repair_needless",
            hint="Check again; what is wrong is something else.",
        )
    said = "brought back as the ledger has it" if asked.kind == "fetch" else "signed again"
    return Repaired(asked.kind, tuple(map(str, files)), f"{', '.join(path.name for path in files)}: {said}")


def _fetch(place: TakePlace, asked: RepairAsk, settings: IdentitySettings) -> list[Path]:
    """Bring record and manifest back where they are not those that were entered."""
    root, entered = place.folder.parent, _entered(place, settings)
    wanted: list[tuple[Path, bytes, str]] = []
    for path, sha256 in zip((place.record, place.manifest), entered, strict=True):
        if _hash_of(path) == sha256:
            continue
        data = copy_of(root, sha256, path.name, map(Path, asked.sources))
        if data is None:
            raise StorageError(
                f"there is no copy of {path.name} as the ledger has it",
                code="copy_missing",
                hint="Name a backup's folder; a lost manifest can also be signed again from the record.",
            )
        wanted.append((path, data, sha256))
    for path, data, sha256 in wanted:
        _put(place, path, data, _entry(place, "fetched", path.name, sha256, asked.who), settings)
    return [path for path, _, _ in wanted]


def _stamp(place: TakePlace, asked: RepairAsk, settings: IdentitySettings) -> list[Path]:
    """Sign the record again, where its manifest is lost, broken or has expired."""
    entered = _entered(place, settings)
    if _hash_of(place.record) != entered[0]:
        raise _unsafe(place, "its record is not the one that the ledger has", "Fetch the record first.")
    data, record = place.record.read_bytes(), load(place)
    for frame in record.frames:
        try:
            same = hash_file(place.frame(frame.number)).sha256 == frame.file.sha256
        except StorageError as error:
            raise _unsafe(place, f"frame {frame.number} can't be read: {error.message}") from error
        if not same:
            raise _unsafe(place, f"frame {frame.number} is not the file that was signed")
    trust = trust_anchors(settings)
    if _hash_of(place.manifest) == entered[1] and read_manifest(data, place.manifest.read_bytes(), trust).holds:
        return []
    plates = find_sequence(record.request.plate.pattern, record.request.plate.frames, "plate")
    first = record.frames[0]
    base = _base(record, place.folder.parent)
    made = sign_take(
        record,
        data,
        load_identity(settings),
        plate_manifest=find_plate_manifest(plates.path(first.number), first.plate.sha256),
        base_manifest=base,
        ledger_head=Ledger(place.folder.parent).head(),
    )
    sha256 = hashlib.sha256(made.manifest).hexdigest()
    keep(place.folder.parent, made.manifest)
    _put(
        place, place.manifest, made.manifest,
        _entry(place, "signed", place.manifest.name, sha256, asked.who), settings,
    )  # fmt: skip
    return [place.manifest]


def _base(record: TakeRecord, root: Path) -> ParentManifest | None:
    """The manifest of the take that frames were taken over from; None where there is none any more."""
    try:
        base = open_base(record.request, root)
    except PlatewrightError:
        return None
    return base.manifest() if base is not None else None


def _disclose(asked: RepairAsk, places: list[TakePlace], settings: IdentitySettings) -> Repaired:
    """Write the disclosure report of the takes. A file of another kind is not written over."""
    target = Path(asked.to)
    if not asked.to or not target.is_absolute():
        raise RequestError("it was not said where the report goes", code="repair_target", hint="Name a full path.")
    if exists(target) and not _is_disclosure(target):
        raise RequestError(
            f"{target.name} is there and is no disclosure report", code="repair_target", hint="Name another file."
        )
    data = canonical(disclose([load(place) for place in places]))
    sha256 = hashlib.sha256(data).hexdigest()
    for place in places:
        entry = _signed(_entry(place, "disclosed", target.name, sha256, asked.who), settings)
        ledger = Ledger(place.folder.parent)
        ledger.append_once(entry, ledger.end())
    replace_file(target, data)
    return Repaired("disclose", (str(target),), f"{target.name} tells of {len(places)} takes")


def _put(place: TakePlace, path: Path, data: bytes, entry: RepairEntry, settings: IdentitySettings) -> None:
    """What is replaced is kept, the ledger says what comes, and then the file is there, whole."""
    root = place.folder.parent
    signed = _signed(entry, settings)  # before anything is written: without an identity nothing is
    if path.is_file() and path.stat().st_size <= MOST_BYTES:
        keep(root, path.read_bytes())
    ledger = Ledger(root)
    ledger.append_once(signed, ledger.end())
    replace_file(path, data)


def _entry(place: TakePlace, what: _What, file: str, sha256: str, who: str) -> RepairEntry:
    return RepairEntry(
        secrets.token_hex(16), place.element, place.version, what, file, sha256, utc_now(), who.strip()[:200]
    )


def _signed(entry: RepairEntry, settings: IdentitySettings) -> RepairEntry:
    signature, chain = sign_statement(canonical(entry), load_identity(settings))
    return replace(entry, signature=signature, chain=chain)


def _place(record: Path) -> TakePlace:
    """Where a take lies, by its record's name: the record itself may be what is lost."""
    named = parse_name(record.name)
    if named is None or named[2] != ".take.json" or record.parent.name != named[0]:
        raise RequestError(
            f"'{record.name[:80]}' is no take's record", code="repair_unknown", hint="Name the take's .take.json."
        )
    return TakePlace(record.parent, named[0], named[1])


def _entered(place: TakePlace, settings: IdentitySettings) -> tuple[str, str]:
    """The hashes of record and manifest that the ledger has. Raises VerificationFailed where it knows no such take."""
    known = read_ledger(place.folder.parent, trust_anchors(settings)).entered.get((place.element, place.version))
    if known is None:
        raise _unsafe(place, "the ledger does not know it")
    return known


def _require_ledger(root: Path) -> None:
    broken = [one for one in Ledger(root).check() if one.severity is Severity.ERROR]
    if broken:
        raise CheckCouldNotRun(
            f"the ledger can't be relied on: {broken[0].message}",
            code="ledger_damaged",
            hint="Compare it with a backup; until then nothing is put right by it.",
        )


def _unsafe(
    place: TakePlace, why: str, hint: str = "Take its files from the backup, or make it again."
) -> PlatewrightError:
    return VerificationFailed(f"{place.stem} can't be put right safely: {why}", code="repair_unsafe", hint=hint)


def _hash_of(path: Path) -> str:
    """A file's SHA-256; empty where there is none. Raises StorageError."""
    return hash_file(path).sha256 if exists(path) else ""


def _is_disclosure(path: Path) -> bool:
    try:
        from_bytes(Disclosure, path.read_bytes() if path.stat().st_size <= MOST_BYTES else b"", path.name)
    except (OSError, ManifestError):
        return False
    return True
