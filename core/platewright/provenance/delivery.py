"""Deliveries: a movie or picture with its manifest inside, made from a signed comp or take, and read again.

The signed comp is the parent of what is handed over, so the chain leads from the movie to the comp, its takes and the
plate. The XMP digital source type is written first, because platforms read one or the other, and nothing may be written
after signing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from platewright.contract.errors import ManifestError
from platewright.contract.findings import Finding, Severity

from .bound_files import could_not_run, error, failed, signature_findings
from .c2pa_store import Ingredient, TimeStampMissing, embed_store, read_embedded
from .definition import DELIVERY, not_for_training, profile
from .identity import Identity
from .manifest import holds, without_time_stamp
from .names import told
from .reading import ManifestReport, report_of
from .relying import signer_findings
from .vocabulary import check_definition, is_generated, source_type_uri, source_type_word, strongest
from .xmp.files import media_type_in, state_in, stated_in

__all__ = ["DeliverySource", "DeliveryVerification", "embed", "read_delivery", "verify_delivery"]

_SOURCE = "source"
_BEFORE = "before"


@dataclass(frozen=True, slots=True)
class DeliverySource:
    """What a delivery was made from: a signed comp or take.

    name: `sh010_comp_v012`. source_type: what it is, a last word. mean, most: shares of generated pixels. disclosure:
    what its manifest says of a trained model, or empty. media_type: of the record that its manifest is about. findings:
    what is worth knowing of its signer.
    """

    name: str
    record: bytes
    manifest: bytes
    media_type: str
    source_type: str
    mean: float
    most: float
    disclosure: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryVerification:
    """All that was found about a delivered file. source_type: what its XMP states, a last word, or empty."""

    report: ManifestReport | None
    source_type: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """True when every check ran and none said no."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def embed(
    path: Path, stated: BinaryIO, out: BinaryIO, source: DeliverySource, identity: Identity, trust: str
) -> list[Finding]:
    """Copy a file to `out` with its source type in the XMP, then a manifest, and read it back.

    path: the file. stated, out: open for reading and writing, empty; the first is between. A manifest that the file has
    already is kept as that of what was opened. trust: roots and lists of revoked certificates, PEM, for its signer. A
    time-stamp authority that gives no answer costs only the time-stamp.
    Raises ManifestError `format_unsupported`, `file_malformed`, `xmp_malformed`, `source_invalid`, `signer_revoked`;
    SigningError.
    """
    with path.open("rb") as file:
        media_type = media_type_in(file)
        state_in(file, stated, source_type_uri(source.source_type))
        before = _manifest_before(file, media_type, trust)
    findings = [] if before is None else list(signer_findings(before, path.name, "delivery"))
    if before is not None and not before.holds:
        raise ManifestError(
            f"{path.name} has a manifest that does not hold: it was changed after it was signed",
            code="source_invalid",
            hint="Export it again from the signed comp; a mark that does not hold is not carried on.",
        )
    definition, ingredients = _definition(path, media_type, source, before is not None)
    check_definition(definition, [one.description for one in ingredients])
    try:
        embed_store(definition, ingredients, stated, out, media_type, identity)
    except TimeStampMissing as missing:
        findings.append(without_time_stamp(missing, identity, "delivery"))
        out.seek(0)
        out.truncate()
        embed_store(definition, ingredients, stated, out, media_type, replace(identity, tsa_url=""))
    holds(read_embedded(out, media_type, identity.root_pem))
    return findings


def read_delivery(path: Path, trust: str) -> ManifestReport:
    """The manifest inside a file, and whether it holds. Raises ManifestError, OSError."""
    with path.open("rb") as file:
        return report_of(read_embedded(file, media_type_in(file), trust))


def verify_delivery(path: Path, trust: str) -> DeliveryVerification:
    """Check a delivered file: its manifest, and that its XMP says what that does. Never raises for what is wrong."""
    findings: list[Finding] = []
    report, stated = None, ""
    try:
        report = read_delivery(path, trust)
        findings += signature_findings(report, "delivery")
    except ManifestError as problem:
        findings.append(failed(problem))
    except OSError as problem:
        return DeliveryVerification(None, "", (could_not_run(f"{path.name} can't be read: {problem.strerror}"),))
    try:
        with path.open("rb") as file:
            address = stated_in(file)
        stated = source_type_word(address)
        if address and not stated:
            findings.append(error("xmp_source_type_unknown", f"its XMP states '{address[:80]}', which does not exist"))
    except ManifestError as problem:
        findings += [failed(problem)] if problem.code not in {one.code for one in findings} else []
    if report is not None and report.holds:
        findings += _against_xmp(report, stated)
    return DeliveryVerification(report, stated, tuple(findings))


def _against_xmp(report: ManifestReport, stated: str) -> Iterator[Finding]:
    """Only what was generated has to say so in both: a camera's own manifest needs no XMP."""
    said = {act.source_type for act in report.actions if act.source_type}
    generated = {word for word in said if is_generated(word)}
    again = "Hand it over again: `platewright deliver`."
    if generated and not stated:
        what = "its XMP does not say that it holds generated pixels, so who reads only that is told nothing"
        yield error("xmp_source_type_missing", what, remedy=again)
    elif stated and said and (generated or is_generated(stated)) and stated != strongest(said):
        what = f"its XMP says {stated}, its manifest {strongest(said)}"
        yield error("xmp_source_type_differs", what, remedy=again)


def _manifest_before(file: BinaryIO, media_type: str, trust: str) -> ManifestReport | None:
    """The manifest that a file has already; None where it has none. Raises ManifestError."""
    try:
        return report_of(read_embedded(file, media_type, trust))
    except ManifestError as problem:
        if problem.code == "manifest_missing":
            return None
        raise


def _definition(
    path: Path, media_type: str, source: DeliverySource, was_signed: bool
) -> tuple[dict[str, Any], list[Ingredient]]:
    """The comp is what was opened; where the file was signed already, that file is, and the comp was put into it."""
    comp = {
        "title": told(source.name),
        "relationship": "componentOf" if was_signed else "parentOf",
        "label": _SOURCE,
        "format": source.media_type,
    }
    ingredients = [Ingredient(comp, source.manifest, source.record)]
    address = source_type_uri(source.source_type)
    if was_signed:
        own = {"title": path.name, "relationship": "parentOf", "label": _BEFORE, "format": media_type}
        ingredients.insert(0, Ingredient(own, file=path))
        actions: list[dict[str, Any]] = [
            {"action": "c2pa.opened", "parameters": {"ingredientIds": [_BEFORE]}},
            {"action": "c2pa.placed", "digitalSourceType": address, "parameters": {"ingredientIds": [_SOURCE]}},
        ]
    else:
        actions = [
            {"action": "c2pa.opened", "parameters": {"ingredientIds": [_SOURCE]}},
            {
                "action": "c2pa.transcoded",
                "digitalSourceType": address,
                "parameters": {"ingredientIds": [_SOURCE]},
            },
        ]
    assertions: dict[str, Mapping[str, Any]] = {
        "c2pa.actions.v2": {"allActionsIncluded": False, "actions": actions},
        "cawg.training-mining": not_for_training(),
        DELIVERY: {
            "source": told(source.name),
            "record": hashlib.sha256(source.record).hexdigest(),
            "generated": {"mean": f"{source.mean:.6f}", "most": f"{source.most:.6f}"},
        },
    }
    if source.disclosure:
        assertions["c2pa.ai-disclosure"] = source.disclosure
    return profile(path.name, media_type, assertions), ingredients
