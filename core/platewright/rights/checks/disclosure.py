"""PW305, and PW501 to PW504 as far as files show them: what is told to others, what must be, and what must not."""

from __future__ import annotations

from collections.abc import Iterator

from platewright.contract.checks import SubjectKind
from platewright.contract.takes import TakeRecord

from ..case import Case
from ..personal_data import personal_data_in
from ..records import Consent
from .check import Check, Said
from .facts import CannotTell, Evidence, Facts, Unknown, known

__all__ = ["DISCLOSURE", "may_pass_for_real"]


def _private(facts: Facts) -> Iterator[Said]:
    """PW305: what a manifest or a header tells to everybody who has the file."""
    texts: dict[str, str] = {}
    if isinstance(facts.evidence, Evidence) and facts.evidence.told:
        texts["the manifest"] = facts.evidence.told
    if not isinstance(facts.pictures, Unknown):
        told = {one.told: one.name for one in facts.pictures.frames if one.told}
        texts |= {f"the header of {name}": text for text, name in list(told.items())[:50]}
    if isinstance(facts.evidence, Unknown) and isinstance(facts.pictures, Unknown):
        raise CannotTell(facts.evidence.reason)
    consents = facts.case.records.of(Consent) if isinstance(facts.case, Case) else ()
    for what, text in texts.items():
        for message, about in personal_data_in(text, what, consents):
            yield Said(message, "personal_data", remedy="Take it out and sign again.", about=about)


def _reported(facts: Facts) -> Iterator[Said]:
    """PW501: a disclosure report that knows exactly the takes in it."""
    if facts.disclosure is None:
        yield Said(
            "there is no disclosure report for this final",
            "disclosure_missing",
            remedy="Write it: `platewright report`.",
        )
        return
    report = known(facts.disclosure)
    record = facts.record
    if isinstance(record, Unknown):
        raise CannotTell(record.reason)
    if not facts.elements:
        raise CannotTell("nothing says which takes are in it")
    strange = [one for one in facts.elements if one not in report.records]
    if strange:
        whose = "this take" if facts.kind == "take" else f"{len(strange)} of the takes in it"
        what = f"the disclosure report does not know {whose} as it is now"
        yield Said(what, "disclosure_outdated", remedy="Write the report again.")
    elif isinstance(record, TakeRecord) and report.made < record.created:
        yield Said(
            f"the disclosure report is of {report.made}, the take of {record.created}",
            "disclosure_outdated",
            remedy="Write the report again.",
        )


def _deep_fake_line(facts: Facts) -> Iterator[Said]:
    """PW502."""
    lines = known(facts.disclosure).lines if facts.disclosure is not None else {}
    if not lines.get("eu", "").strip():
        yield Said(
            "it may pass for real, and no line discloses that it was generated",
            "disclosure_line_missing",
            remedy="Write the report again; it proposes the line.",
        )


def _platform(facts: Facts) -> Iterator[Said]:
    """PW504."""
    if isinstance(facts.case, Unknown):
        raise CannotTell(facts.case.reason)
    yield Said("where it is uploaded, platforms ask whether it was made or changed", "platform_asks")


def may_pass_for_real(facts: Facts) -> bool:
    """Whether a trained model made people, or what is presented as real: the class that has to be disclosed."""
    if isinstance(facts.case, Unknown):
        return True
    if facts.case is None:
        return False
    rights = facts.case.request.rights
    shows = rights.people or rights.content == "talent" or {"real_event", "synthetic_performer"} & set(rights.declares)
    return facts.trained and bool(shows)


def _is_asked_about(facts: Facts) -> bool:
    """What is uploaded is asked about for any trained model in it, even where nobody knows what it shows."""
    return facts.trained if facts.kind == "delivery" else may_pass_for_real(facts)


def _is_final(facts: Facts) -> bool:
    return facts.final and facts.generated


_TAKES: frozenset[SubjectKind] = frozenset({"take"})
_ALL: frozenset[SubjectKind] = frozenset({"take", "render", "delivery"})

DISCLOSURE: tuple[Check, ...] = (
    Check("PW305", _private, _ALL),
    Check("PW501", _reported, _ALL, _is_final),
    Check("PW502", _deep_fake_line, _ALL, may_pass_for_real),
    Check("PW504", _platform, _TAKES | {"delivery"}, _is_asked_about),
)
