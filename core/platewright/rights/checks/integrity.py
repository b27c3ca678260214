"""PW001 to PW004, PW006, PW007: is there evidence of where a picture came from, does it hold, and does it say so.

What verification found comes with its own codes; here each is put under the rule that it breaks. A code that no rule
claims breaks PW002, because a finding that nobody knows must not vanish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from platewright.contract.checks import SubjectKind
from platewright.contract.findings import Finding, Severity

from .check import Check, Said
from .facts import CannotTell, Evidence, Facts, Unknown, known

__all__ = ["INTEGRITY"]

_UNRUN = "check_could_not_run"
_PARSE = frozenset({
    "record_missing", "manifest_missing", "manifest_malformed", "manifest_too_large", "record_malformed",
    "record_too_large", "schema_unknown", "number_not_finite", "type_unsupported", "manifest_invalid",
    "file_malformed", "format_unsupported", "xmp_malformed", "xmp_too_large",
})  # fmt: skip
_SIGNED = frozenset({"manifest_mismatch", "certificate_expired", "signer_untrusted", "signer_revoked"})
_COVERED = frozenset({
    "frame_missing", "frame_unlisted", "frames_unsigned", "frame_name_not_plain", "record_renamed", "record_misnamed",
    "record_name_hostile", "frames_incomplete", "stamp_differs", "element_not_signed", "element_not_carried",
})  # fmt: skip
_STATED = frozenset({"xmp_source_type_missing", "xmp_source_type_differs", "xmp_source_type_unknown"})
_CAPTURED = frozenset({"digitalCapture", "computationalCapture", "compositeCapture", "humanEdits", "digitalCreation"})
_TRAINED = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})


def _manifest(facts: Facts) -> Iterator[Said]:
    """PW001."""
    evidence = known(facts.evidence)
    broken = [finding for finding in evidence.findings if finding.code in _PARSE]
    yield from map(_said, broken)
    if not evidence.state and not broken and not _unread(evidence):
        yield Said(f"{facts.subject.name} has no manifest", "manifest_missing", remedy="Sign it, or take it out.")


def _hashes(facts: Facts) -> Iterator[Said]:
    """PW002."""
    evidence = known(facts.evidence)
    told = _PARSE | _SIGNED | _COVERED | _STATED | {_UNRUN}
    found = [finding for finding in evidence.findings if finding.code not in told]
    yield from (_said(finding) for finding in found if finding.severity is Severity.ERROR)
    _stop_where_unread(evidence, found)


def _signature(facts: Facts) -> Iterator[Said]:
    """PW003. A signer whom nobody here vouches for breaks it only where trust is asked for."""
    evidence = known(facts.evidence)
    found = [finding for finding in evidence.findings if finding.code in _SIGNED]
    for finding in found:
        if finding.code != "signer_untrusted" or facts.trusted_only:
            yield _said(finding)
    if not evidence.state:
        raise CannotTell("there is no readable manifest whose signature could be checked")
    if evidence.state not in ("Trusted", "Valid") and not found:
        yield Said("the manifest does not hold", "manifest_mismatch", remedy="Take it from the backup.")


def _coverage(facts: Facts) -> Iterator[Said]:
    """PW004: every frame is listed and signed, none is foreign, and no frame is another version's."""
    evidence = known(facts.evidence)
    found = [finding for finding in evidence.findings if finding.code in _COVERED]
    yield from map(_said, found)
    yield from _mixed(facts)
    if not _has_manifest(facts):
        return
    if not evidence.state and not found:
        raise CannotTell("there is no readable manifest that says which frames there are")
    _stop_where_unread(evidence, found)


def _mixed(facts: Facts) -> Iterator[Said]:
    """A render whose headers name several versions of one element."""
    if facts.kind == "take" or isinstance(facts.pictures, Unknown):
        return
    takes = sorted({one.take for one in facts.pictures.frames if one.take})
    if len(takes) > 1:
        listed = ", ".join(takes[:6])
        yield Said(f"its frames were made with different takes: {listed}", "versions_mixed", remedy="Render it again.")


def _marks_kept(facts: Facts) -> Iterator[Said]:
    """PW006: an input that bears marks of its own keeps them inside the manifest."""
    evidence = known(facts.evidence)
    if len(evidence.inputs_marked) > evidence.inputs_carried:
        listed = ", ".join(evidence.inputs_marked[:6])
        yield Said(
            f"marks of the inputs are not carried along: {listed}",
            "marks_stripped",
            remedy="Ingest the plate again where its manifest fits its files, and make the take again.",
        )
    left_out = {"plate_manifest_invalid", "base_manifest_left_out"}
    yield from (_said(finding) for finding in evidence.findings if finding.code in left_out)


def _source_type(facts: Facts) -> Iterator[Said]:
    """PW007: what was generated says so, in the manifest or, where there is none, in the header; a delivery in both."""
    evidence = known(facts.evidence)
    yield from (_said(finding) for finding in evidence.findings if finding.code in _STATED)
    said = evidence.source_types or ((evidence.stamp,) if evidence.stamp else ())
    if not said:
        if _unread(evidence) or (facts.kind == "take" and not evidence.state):
            raise CannotTell("its manifest could not be read")
        yield Said(
            "it holds generated pixels and states no digital source type",
            "source_type_missing",
            remedy="Stamp it again from the ledger.",
        )
        return
    if facts.trained and not _TRAINED & set(said):
        yield Said(
            f"a trained model made pixels of it, and it says {', '.join(said)}",
            "source_type_untrue",
            remedy="Sign it again with compositeWithTrainedAlgorithmicMedia.",
        )
    elif set(said) <= _CAPTURED:
        yield Said(
            f"it holds generated pixels, and says it is {', '.join(said)}",
            "source_type_untrue",
            remedy="Stamp it again from the ledger.",
        )


def _said(finding: Finding) -> Said:
    return Said(finding.message, finding.code, finding.frame, finding.region, finding.remedy)


def _unread(evidence: Evidence) -> str:
    """Why some file could not be looked at; empty where all could."""
    return next((finding.message for finding in evidence.findings if finding.code == _UNRUN), "")


def _stop_where_unread(evidence: Evidence, found: Iterable[Finding]) -> None:
    """What could not be looked at is no pass; but where something was found, that is what counts."""
    reason = _unread(evidence)
    if reason and not any(finding.severity is Severity.ERROR for finding in found):
        raise CannotTell(reason)


def _is_generated(facts: Facts) -> bool:
    return facts.generated


def _has_manifest(facts: Facts) -> bool:
    """Whether there is, or has to be, a manifest: a comp's render gets its own for the final, not on the way there."""
    evidence = facts.evidence
    bare = isinstance(evidence, Evidence) and not evidence.state and not evidence.findings
    return facts.generated and not (facts.kind == "render" and bare and not facts.final)


_ALL: frozenset[SubjectKind] = frozenset({"take", "render", "delivery"})
_EVERY: frozenset[SubjectKind] = _ALL | {"show"}

INTEGRITY: tuple[Check, ...] = (
    Check("PW001", _manifest, _ALL, _has_manifest),
    Check("PW002", _hashes, _EVERY),
    Check("PW003", _signature, _ALL, _has_manifest),
    Check("PW004", _coverage, _ALL, _is_generated),
    Check("PW006", _marks_kept, _ALL),
    Check("PW007", _source_type, _ALL, _is_generated),
)
