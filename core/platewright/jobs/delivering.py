"""Handing over: a movie or picture with the manifest of the comp or take that it was made from inside."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from platewright.contract.comps import CompRecord
from platewright.contract.deliveries import DeliverAsk, Delivered
from platewright.contract.errors import ManifestError, RequestError, StorageError
from platewright.contract.findings import Finding
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.takes import TakeRecord
from platewright.imaging.reading import read_frame
from platewright.provenance.bound_files import read_plain
from platewright.provenance.c2pa_store import MOST_MANIFEST_BYTES
from platewright.provenance.comp_manifest import source_type_of
from platewright.provenance.definition import COMP_MEDIA_TYPE, TAKE_MEDIA_TYPE
from platewright.provenance.delivery import DeliverySource, embed
from platewright.provenance.identity import Identity
from platewright.provenance.reading import ManifestReport, read_manifest
from platewright.provenance.relying import signer_findings
from platewright.provenance.vocabulary import strongest
from platewright.provenance.xmp.files import DELIVERED_SUFFIXES

from .comps import CompPlace, comp_at
from .places import TakePlace, takes_at
from .storage import exists, storage_errors, sync_folder
from .takes import load, load_bytes

__all__ = ["deliver", "source_of"]

_DISCLOSURE = "c2pa.ai-disclosure"
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})


def deliver(ask: DeliverAsk, identity: Identity, *, trust: str) -> Delivered:
    """Write a file with its manifest inside; whole, or not at all.

    trust: the roots and the lists of revoked certificates that the source's signer is judged by, as PEM text.

    Raises RequestError `delivery_form_unknown`; StorageError, `in_the_way` for a file that is there and was not said to
    be replaced; InputError for a picture that can't be read; ManifestError, `signer_revoked` for a source by one
    who is; SigningError.
    """
    path = Path(ask.file)
    target = Path(ask.to) if ask.to else path
    if path.suffix.lower() not in DELIVERED_SUFFIXES or target.suffix.lower() != path.suffix.lower():
        raise RequestError(
            f"{target.name} is no form that a manifest goes into",
            code="delivery_form_unknown",
            hint="MOV, MP4, TIFF, PNG and JPEG take one, each under its own ending; sign EXR and DPX beside the files.",
        )
    if exists(target) and not ask.replace:
        hint = "Name another file, or say that it may be replaced."
        raise StorageError(f"{target} is there already", code="in_the_way", hint=hint)
    source = source_of(Path(ask.source), trust)
    with storage_errors(path, "read"), path.open("rb"):
        pass  # a file that isn't there is told by its own name, before anything is made beside the target
    if path.suffix.lower() in _PICTURES:
        read_frame(path, 1, what="picture", rgb_only=True)  # what is cut off is found here, before it is signed
    beside = target.parent / f".{target.name}.{secrets.token_hex(6)}"
    stated = beside.with_name(beside.name + ".xmp")
    with storage_errors(target, "write"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with stated.open("x+b") as between, beside.open("x+b") as out:
                findings = embed(path, between, out, source, identity, trust)
                out.flush()
                os.fsync(out.fileno())
                size = out.seek(0, os.SEEK_END)
            os.replace(beside, target)
            sync_folder(target.parent)
        finally:
            stated.unlink(missing_ok=True)
            beside.unlink(missing_ok=True)
    return Delivered(str(target), size, source.source_type, (*source.findings, *findings))


def source_of(path: Path, trust: str) -> DeliverySource:
    """The signed comp or take behind a path. trust: as of `deliver`.

    Raises StorageError, RequestError, ManifestError `source_invalid`, `signer_revoked`.
    """
    comp = comp_at(path)
    if comp is not None:
        return _from_comp(comp, trust)
    places = takes_at(path)
    if len(places) != 1:
        raise RequestError(
            f"{path} holds {len(places)} takes, and a delivery is made from one",
            code="take_ambiguous",
            hint=f"Name one, for instance {places[-1].record}.",
        )
    return _from_take(places[0], trust)


def _from_comp(place: CompPlace, trust: str) -> DeliverySource:
    data = read_plain(place.record, MOST_BYTES, "record_missing", "comp")
    manifest = read_plain(place.manifest, MOST_MANIFEST_BYTES, "manifest_missing", "comp")
    report, told = _held(data, manifest, COMP_MEDIA_TYPE, place.name, trust)
    record = from_bytes(CompRecord, data, place.record.name)
    return DeliverySource(
        record.name,
        data,
        manifest,
        COMP_MEDIA_TYPE,
        source_type_of(record.elements),
        record.mean,
        record.most,
        report.assertion(_DISCLOSURE),
        told,
    )


def _from_take(place: TakePlace, trust: str) -> DeliverySource:
    record: TakeRecord = load(place)
    data = load_bytes(place)
    manifest = read_plain(place.manifest, MOST_MANIFEST_BYTES, "manifest_missing")
    report, told = _held(data, manifest, TAKE_MEDIA_TYPE, place.stem, trust)
    area = max(1, record.display_window.area)
    shares = [min(1.0, frame.changed_pixels / area) for frame in record.frames]
    return DeliverySource(
        place.stem,
        data,
        manifest,
        TAKE_MEDIA_TYPE,
        strongest(act.source_type for act in report.actions if act.source_type),
        sum(shares) / max(1, len(shares)),
        max(shares, default=0.0),
        report.assertion(_DISCLOSURE),
        told,
    )


def _held(
    record: bytes, manifest: bytes, media_type: str, name: str, trust: str
) -> tuple[ManifestReport, tuple[Finding, ...]]:
    """What a manifest says, and what to say of its signer. Raises ManifestError where nothing can rest on it."""
    report = read_manifest(record, manifest, trust, media_type)
    told = signer_findings(report, name, "comp" if media_type == COMP_MEDIA_TYPE else "take")
    if not report.holds:
        raise ManifestError(
            f"the manifest of {name} does not hold, so nothing can rest on it",
            code="source_invalid",
            hint="`platewright verify` says more; take it from the backup, or sign the render again.",
        )
    return report, told
