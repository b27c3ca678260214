"""Signing a take: its record in, one detached C2PA manifest out.

The manifest binds the record byte for byte, and the record binds every frame by its hash. It is made as a list
of steps: define, check the words, sign, and read back what was signed before anybody relies on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from platewright.contract.errors import ManifestError, SigningError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical
from platewright.contract.takes import TakeRecord

from .actions import BASE_LABEL, PLATE_LABEL
from .c2pa_store import Ingredient, StoreReading, TimeStampMissing, read_store, sign_store
from .definition import TAKE_MEDIA_TYPE, definition_of, ingredients_of
from .identity import Identity
from .names import is_plain_name
from .parent import MOST_PARENT_BYTES, ParentManifest
from .reading import source_types_in
from .vocabulary import check_definition

__all__ = ["Signed", "carried_plate", "holds", "sign_take", "signed_and_read_back", "without_time_stamp"]


@dataclass(frozen=True, slots=True)
class Signed:
    """The manifest's bytes, whether they hold a time-stamp, and what is worth knowing about the signing."""

    manifest: bytes
    time_stamped: bool
    findings: tuple[Finding, ...] = ()


def sign_take(
    record: TakeRecord,
    record_bytes: bytes,
    identity: Identity,
    *,
    plate_manifest: ParentManifest | None = None,
    base_manifest: ParentManifest | None = None,
    ledger_head: str = "",
) -> Signed:
    """Sign a take. record_bytes: the canonical bytes of `record`, as they are or will be on disk.

    plate_manifest: the plate's own, as `find_plate_manifest` finds it; base_manifest: that of the take whose frames are
    taken over; one that does not fit is left out with a finding. ledger_head: the ledger's latest entry, hex. A
    time-stamp authority that gives no answer costs only the time-stamp: a finding says so. Raises SigningError;
    nothing is written by this function.
    """
    _check_record(record, record_bytes)
    parent, plate_types, findings = carried_plate(plate_manifest, identity)
    definition = definition_of(record, plate_types, ledger_head)
    described = ingredients_of(record)
    base = None
    if record.request.base is not None:
        base = _fitting(base_manifest, identity)
        if base is None:
            findings.append(_LEFT_OUT_BASE)
    carried = {PLATE_LABEL: parent, BASE_LABEL: base}
    for one in described:
        held = carried.get(str(one["label"]))
        if held is not None:
            one["format"] = held.media_type
    check_definition(definition, described)
    ingredients = [_ingredient(one, carried.get(str(one["label"]))) for one in described]
    return signed_and_read_back(definition, ingredients, record_bytes, TAKE_MEDIA_TYPE, identity, findings)


def signed_and_read_back(
    definition: Mapping[str, Any],
    ingredients: Sequence[Ingredient],
    record_bytes: bytes,
    media_type: str,
    identity: Identity,
    findings: Sequence[Finding],
    what: str = "take",
) -> Signed:
    """A record signed, without a time-stamp where none is to be had, and read again. Raises SigningError."""
    told = list(findings)
    try:
        manifest = sign_store(definition, ingredients, record_bytes, media_type, identity)
    except TimeStampMissing as missing:
        told.append(without_time_stamp(missing, identity, what))
        identity = replace(identity, tsa_url="")
        manifest = sign_store(definition, ingredients, record_bytes, media_type, identity)
    time_stamped = holds(read_store(record_bytes, manifest, media_type, identity.root_pem))
    return Signed(manifest, time_stamped, tuple(told))


def _ingredient(described: dict[str, Any], held: ParentManifest | None) -> Ingredient:
    return Ingredient(described) if held is None else Ingredient(described, held.manifest, held.asset)


def _fitting(given: ParentManifest | None, identity: Identity) -> ParentManifest | None:
    """A take's own manifest, if it holds and is not too large to be carried along."""
    if given is None or len(given.manifest) > MOST_PARENT_BYTES:
        return None
    try:
        reading = read_store(given.asset, given.manifest, given.media_type, identity.root_pem)
    except ManifestError:
        return None
    return None if reading.state == "Invalid" else given


_LEFT_OUT_BASE = Finding(
    "base_manifest_left_out",
    Severity.WARNING,
    "the manifest of the take that frames were taken over from is gone, broken or too large; it is named, not carried",
    remedy="`platewright verify` on that take says more.",
)


def _check_record(record: TakeRecord, record_bytes: bytes) -> None:
    if canonical(record) != record_bytes:
        raise SigningError(
            "the bytes to sign are not those of the take's record", code="record_inconsistent", hint="Report this."
        )
    if not record.frames:
        raise SigningError("a take without frames can't be signed", code="take_empty")
    names = [frame.file.name for frame in record.frames]
    if len(set(names)) != len(names) or not all(is_plain_name(name) for name in names):
        raise SigningError(
            "the record's frames need plain and different names", code="record_inconsistent", hint="Report this."
        )


def carried_plate(
    given: ParentManifest | None, identity: Identity
) -> tuple[ParentManifest | None, frozenset[str], list[Finding]]:
    """The plate's manifest if it fits the plate, the source types it states, and what to say about it."""
    if given is None:
        return None, frozenset(), []
    try:
        reading = read_store(given.asset, given.manifest, given.media_type, identity.root_pem)
        if reading.state != "Invalid" and len(given.manifest) <= MOST_PARENT_BYTES:
            return given, source_types_in(reading.manifests), []
    except ManifestError:
        pass  # said below, like one that can be read but does not fit
    left_out = Finding(
        "plate_manifest_invalid",
        Severity.WARNING,
        "the plate has a manifest that does not fit its files or is too large, so it was not carried along",
        remedy="Ask where the plate was changed after it was signed, and ingest it again.",
    )
    return None, frozenset(), [left_out]


def without_time_stamp(missing: TimeStampMissing, identity: Identity, what: str) -> Finding:
    """What to say where nobody answered who could have told the time."""
    return Finding(
        "time_stamp_missing",
        Severity.WARNING,
        f"{missing.message}; the {what} is signed without a time-stamp and can be checked until "
        f"{identity.valid_until:%Y-%m-%d}",
        remedy="Check PLATEWRIGHT_TSA_URL and the network.",
    )


def holds(reading: StoreReading) -> bool:
    """Raises SigningError when what was just signed does not hold; tells whether it holds a time-stamp."""
    gathered = reading.active.get("claim.v2", {}).get("gathered_assertions")
    if reading.state == "Invalid" or gathered:
        codes = ", ".join(str(item.get("code")) for item in reading.results["activeManifest"]["failure"])
        raise SigningError(
            f"the manifest that was just signed does not hold: {codes or 'statements not made by the signer'}",
            code="signing_failed",
            hint="Check the signing certificate and its chain.",
        )
    return "timeStampInfo" in reading.active.get("signature", {})
