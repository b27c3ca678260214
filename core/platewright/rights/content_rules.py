"""The rules about what is asked for and what it is to the story: PW305, PW306, PW401 to PW406, PW503."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from platewright.contract.errors import ManifestError
from platewright.contract.rules import Weight

from .case import Case, Hit
from .personal_data import personal_data_in
from .record_words import require_id, require_person
from .records import Consent

__all__ = ["content_hits"]

_STYLE_OF = re.compile(
    r"\b(?:in the (?:style|manner) of|as (?:painted|drawn|shot|directed|played) by|looks? (?:just |exactly )?like"
    r" (?:the (?:actor|actress|singer)|[A-Z]\w+ [A-Z]\w+))",
)


def content_hits(case: Case) -> Iterator[Hit]:
    """What the rules about content, disclosure and personal data find."""
    yield from _personal(case)
    yield from _names(case)
    rights = case.request.rights
    if case.is_final and rights.content in ("key_visual", "character", "setting"):
        yield Hit("PW401", f"the element is a {rights.content.replace('_', ' ')}, in a final")
    if case.is_final and rights.content == "background":
        yield Hit("PW402", "the element is a background element, in a final")
    if case.is_final and rights.content == "prominent":
        yield Hit("PW402", "the element is a prominent background element, in a final", weight=Weight.ESCALATE)
    if "real_event" in rights.declares:
        yield Hit("PW403", "the content is presented as a real event or news")
    if case.generator.trained:
        yield from _stated(case)
    if "synthetic_performer" in rights.declares and "advertisement" in rights.declares:
        yield Hit("PW503", "an advertisement with a synthetic performer needs a label that says so")


def _stated(case: Case) -> Iterator[Hit]:
    """What somebody has to have written down before generative work is done, or is final."""
    if not case.has_statement("reported_to_studio"):
        yield Hit("PW404", "nobody wrote down that this use was reported to the studio")
    if case.is_final and not case.has_statement("human_contribution"):
        yield Hit("PW405", "nobody wrote down who worked on this final")
    if case.is_final and not case.has_statement("director_consulted"):
        yield Hit("PW406", "nobody wrote down that the director was consulted")


def _personal(case: Case) -> Iterator[Hit]:
    """Personal data in what reaches vendors, records and headers. What is found is not repeated."""
    prompt, rights = case.request.prompt, case.request.rights
    for message, about in personal_data_in(prompt, "the prompt", case.records.of(Consent)):
        yield Hit("PW305", message, about)
    for one in rights.people:
        if not _holds(require_person, one):
            yield Hit("PW305", "a person is declared by something that is no opaque id")
    for one in rights.consents:
        if not _holds(require_id, one):
            yield Hit("PW305", "a consent is named by something that is no record's id")


def _names(case: Case) -> Iterator[Hit]:
    prompt = case.request.prompt
    if found := _STYLE_OF.search(prompt):
        yield Hit("PW306", f"the prompt says '{found[0][:60]}'")
    lower = prompt.lower()
    for name in sorted(case.policy.names):
        if re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", lower):
            yield Hit("PW306", f"the prompt names '{name[:60]}', which is on the show's list")


def _holds(require: Callable[[str, str], None], text: str) -> bool:
    try:
        require(text, "")
    except ManifestError:
        return False
    return True
