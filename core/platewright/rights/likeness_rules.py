"""The rules about people: PW101 to PW113. A person is whoever the request, its content or a reference's right names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from platewright.contract.errors import ManifestError
from platewright.contract.rights import Use

from .case import Case, Hit
from .record_words import require_person
from .records import Consent, ReferenceRight

__all__ = ["likeness_hits", "people_of"]

_SHORTEST = 40
_NOTICE = timedelta(hours=48)
_BOILER_PLATE = re.compile(
    r"all (?:media|uses)|any and all|now known or (?:hereafter|later)|in perpetuity|throughout the universe"
    r"|any purpose|without limitation|lorem ipsum",
    re.IGNORECASE,
)
_STANDS = {
    "draft": "is a draft that nobody has signed",
    "suspended": "is suspended",
    "revoked": "was revoked",
    "expired": "has expired",
    "not_yet": "is not yet in force",
}


def likeness_hits(case: Case) -> Iterator[Hit]:
    """What the rules about people find."""
    rights = case.request.rights
    consents = []
    for id_ in _named(case):
        consent = case.records.find(id_, Consent)
        if consent is None:
            why = case.records.damaged(id_) or "there is no such record"
            yield Hit("PW101", f"the consent {id_} counts for nothing: {why}", id_)
        else:
            consents.append(consent)
    for consent in consents:
        yield from _of_consent(case, consent)
    people = people_of(case)
    active = {one.person.ref for one in consents if one.standing(case.on) == "active"}
    for person in people:
        if person not in active:
            yield Hit("PW101", f"{_shown(person)} is seen, and no active consent of theirs is named", _shown(person))
    if rights.content == "talent" and not people:
        yield Hit("PW101", "the element is a performer, and the request does not say whose consent there is")
    yield from _declared(case)


def _named(case: Case) -> tuple[str, ...]:
    """The consents that the request names, for itself or as the right to a reference, each once."""
    given = (reference.licence for reference in case.request.references)
    as_right = (id_ for id_ in given if case.records.find(id_, Consent) is not None)
    return tuple(dict.fromkeys((*case.request.rights.consents, *as_right)))


def people_of(case: Case) -> tuple[str, ...]:
    """Opaque ids of everybody who is declared, or seen in a reference, each once."""
    found = dict.fromkeys(case.request.rights.people)
    for reference in case.request.references:
        right = case.records.find(reference.licence, ReferenceRight)
        found |= dict.fromkeys(right.people if right is not None else ())
    return tuple(found)


def _declared(case: Case) -> Iterator[Hit]:
    declares = case.request.rights.declares
    if "synthetic_performer" in declares:
        noticed = "" if case.has_statement("union_notice") else ", and no notice to the union is on record"
        yield Hit("PW108", f"a synthetic performer plays a human role{noticed}")
    if "beyond_script" in declares:
        yield Hit("PW109", "the performance is changed beyond what was scripted")


def _of_consent(case: Case, consent: Consent) -> Iterator[Hit]:
    id_, person = consent.id, consent.person
    standing = consent.standing(case.on)
    if standing != "active":
        yield Hit("PW102", f"the consent {id_} {_STANDS[standing]}", id_)
    yield from (Hit("PW103", f"the consent {id_} {why}", id_) for why in _outside(case, consent))
    yield from (Hit("PW104", f"the evidence of consent {id_}: {why}", id_) for why in _evidence(case, consent))
    if why := _unspecific(consent.scope.description):
        yield Hit("PW105", f"what consent {id_} describes {why}", id_)
    if not person.living or person.public_figure or consent.kind == "deceased":
        yield Hit("PW106", f"consent {id_} is about a deceased person or a public figure", id_)
    if person.minor:
        yield from _minor(case, consent)
    if consent.kind == "ebdr" and (why := _short_notice(consent)):
        yield Hit("PW110", f"for consent {id_} {why}", id_)
    years = consent.term.years()
    longest = 5 if person.minor else 10
    if years is None or years > longest + 0.01:
        yield Hit("PW112", f"consent {id_} has no end within {longest} years", id_)
    if consent.represented_by == "none":
        yield Hit("PW113", f"nobody represented the person of consent {id_}", id_)


def _outside(case: Case, consent: Consent) -> Iterator[str]:
    """In what the request goes beyond a consent, as the ends of sentences."""
    rights, scope = case.request.rights, consent.scope
    if consent.production.show != rights.show:
        yield "is for another production"
    if not case.covers_shot(scope.shots):
        yield f"does not cover shot '{rights.shot[:80]}'" if rights.shot else "is for certain shots, and none is named"
    uses: tuple[Use, ...] = rights.uses or ("alteration",)
    for use in uses:
        if use not in scope.uses or use in scope.prohibited:
            yield f"does not allow '{use}'"
    for modality in rights.modalities or ("face", "body"):
        if modality not in scope.modalities:
            yield f"does not cover the {modality}"
    if consent.territory and "WORLD" not in consent.territory:
        wanted = rights.territories or case.territories or ("WORLD",)
        yield from (f"does not cover '{place[:40]}'" for place in wanted if place not in consent.territory)


def _evidence(case: Case, consent: Consent) -> Iterator[str]:
    if not consent.evidence:
        yield "none is recorded"
    for one in consent.evidence:
        if why := case.records.evidence_missing(one.sha256):
            yield f"{one.sha256[:12]}…: {why}"


def _unspecific(description: str) -> str:
    text = " ".join(description.split())
    if len(text) < _SHORTEST:
        return f"has {len(text)} characters, and needs {_SHORTEST}"
    found = _BOILER_PLATE.search(text)
    return f"is boiler-plate: '{found[0]}'" if found else ""


def _minor(case: Case, consent: Consent) -> Iterator[Hit]:
    if consent.grantor.relation != "guardian" or not consent.grantor.authority:
        yield Hit("PW107", f"consent {consent.id} is a minor's, without a guardian's or a court's word", consent.id)
    elif why := case.records.evidence_missing(consent.grantor.authority):
        yield Hit("PW107", f"the guardian's or the court's word for consent {consent.id}: {why}", consent.id)
    if "sexual" in case.request.rights.declares:
        yield Hit("PW107", "a minor in a nude or sexual use: this is never allowed", consent.id)


def _short_notice(consent: Consent) -> str:
    given, services = consent.notice.given_at, consent.notice.services_at
    if not (given and services):
        return "nobody wrote down when notice was given"
    return "notice was shorter than 48 hours" if _moment(services) - _moment(given) < _NOTICE else ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:-1] if text.endswith("Z") else text).replace(tzinfo=None)


def _shown(person: str) -> str:
    """An opaque id as it may be shown; what is none may be a name, which is repeated nowhere."""
    try:
        require_person(person, "people")
    except ManifestError:
        return "somebody who was declared without an opaque id"
    return person
