"""The rules about the model and about what becomes of what it is sent: PW111, PW201 to PW210, PW301 to PW304, PW407."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from platewright.contract.request import Reference

from .case import Case, Hit
from .expiry import REVIEW_DAYS, TERMS_DAYS
from .model_cards import ModelCardRecord
from .record_words import day_of
from .records import Consent, Licence, ReferenceRight, ReferenceSet
from .reference_sets import id_of_set

__all__ = ["model_hits", "reference_hits"]

_OWN = frozenset({"own", "owned"})
_LONGEST_CHAIN = 64


def model_hits(case: Case) -> Iterator[Hit]:
    """What the rules about the model find; nothing for one of ours that learned nothing and sends nothing.

    What learned nothing has no weights that a card could be about; what it is sent is judged all the same.
    """
    generator, cards = case.generator, case.cards
    if generator.local and not generator.trained:
        return
    if len(cards) != 1 and generator.trained:
        why = f"{len(cards)} cards of it are filed" if cards else "there is no card of it"
        damaged = [one for one in case.records.damage if one.path.parent.name == "models"]
        more = f"; {damaged[0].id} counts for nothing: {damaged[0].why}" if damaged and not cards else ""
        yield Hit("PW201", f"what {generator.name} is was never written down: {why}{more}", generator.name)
    for card in cards[:1]:
        yield from _of_card(case, card)
        chain, missing = _chain(case, card)
        yield from (Hit("PW203", f"{of} is made with {id_}, which has no card", id_) for of, id_ in missing)
        for one in chain:
            yield from _of_licence(case, one)
            yield from _of_training(case, one)
    if not generator.local:
        yield from _of_data(case, cards[0] if len(cards) == 1 else None)


def reference_hits(case: Case) -> Iterator[Hit]:
    """What the rules about the right to use a reference find."""
    for number, reference in enumerate(case.request.references, start=1):
        said, name = reference.licence, f"reference {number} ({reference.role})"
        for why in _wrong_with_set(case, reference):
            yield Hit("PW210", f"{name}, of the set {reference.of_set}: {why}", reference.of_set)
        if said in _OWN or reference.role in ("take_from", "never_from"):
            continue
        if not said:
            if case.is_final:
                yield Hit("PW210", f"nobody said by what right {name} is used", name)
            continue
        right = case.records.find(said, ReferenceRight)
        licence = case.records.find(right.licence if right is not None else said, Licence)
        for why in _wrong_with(case, said, right, licence):
            yield Hit("PW210", f"{name}, by {said}: {why}", said)


def _wrong_with_set(case: Case, reference: Reference) -> Iterator[str]:
    """What is wrong with saying that a picture is of a show's set: as the set stands now."""
    if not reference.of_set:
        return
    id_ = id_of_set(reference.of_set)
    found = case.records.find(id_, ReferenceSet)
    if found is None:
        yield case.records.damaged(id_) or "there is no such set"
        return
    if found.standing(case.on) != "active":
        yield f"it is {found.standing(case.on).replace('_', ' ')}"
    if (found.role, found.right) != (reference.role, reference.licence):
        yield "the set is for another use, or by another right"
    if not case.covers_shot(found.shots):
        yield "it is not for this shot"


def _wrong_with(case: Case, said: str, right: ReferenceRight | None, licence: Licence | None) -> Iterator[str]:
    if right is None and licence is None and case.records.find(said, Consent) is None:
        yield case.records.damaged(said) or "there is no such record"
    for one in (right, licence):
        if one is not None and one.standing(case.on) != "active":
            yield f"it is {one.standing(case.on).replace('_', ' ')}"
    if right is not None:
        if right.rights_class in ("unowned", "unknown"):
            yield f"it is {right.rights_class}"
        if right.rights_class == "licensed" and licence is None:
            yield "its licence is not on record"
        if not case.covers_shot(right.shots):
            yield "it is not for this shot"
    if licence is not None and case.is_final and licence.commercial_final_use != "yes":
        yield "its licence does not allow finals"


def _of_card(case: Case, card: ModelCardRecord) -> Iterator[Hit]:
    standing, weights = card.standing(case.on), case.generator.weights_sha256
    if standing == "revoked":
        yield Hit("PW201", f"the card {card.id} was revoked", card.id)
    if card.weights_sha256 and weights != card.weights_sha256:
        told = "its weights are not those of its card" if weights else "nobody can tell which weights it runs"
        yield Hit("PW201", f"{card.id}: {told}", card.id, unchecked=not weights)
    allowed = case.policy.models is None or card.id in case.policy.models
    if card.approved_for in ("", "no") or standing == "expired" or not allowed:
        yield Hit("PW206", f"{card.id} is not among the models that are allowed here", card.id)
    if card.approved_for == "temp" and case.is_final:
        yield Hit("PW407", f"{card.id} is allowed for temp only", card.id)
    if card.litigation_note:
        yield Hit("PW208", f"a note of litigation is on the card {card.id}", card.id)


def _chain(case: Case, card: ModelCardRecord) -> tuple[list[ModelCardRecord], list[tuple[str, str]]]:
    """The card and those of all it is made from, and `(card, id)` of what has none."""
    chain, missing, waiting = [card], list[tuple[str, str]](), [card]
    while waiting and len(chain) < _LONGEST_CHAIN:
        of = waiting.pop()
        for id_ in (*of.base_models, *of.adapters):
            found = case.records.find(id_, ModelCardRecord)
            if found is None:
                missing.append((of.id, id_))
            elif found not in chain:
                chain.append(found)
                waiting.append(found)
    return chain, missing


def _of_licence(case: Case, card: ModelCardRecord) -> Iterator[Hit]:
    licence = case.records.find(card.licence, Licence)
    if licence is None:
        if case.is_final:
            yield Hit("PW202", f"the licence of {card.id} is not on record, and this is a final", card.id)
        return
    standing = licence.standing(case.on)
    if standing != "active":
        yield Hit("PW202", f"the licence {licence.id} is {standing.replace('_', ' ')}", licence.id)
    elif case.is_final and licence.commercial_final_use != "yes":
        yield Hit("PW202", f"the licence {licence.id} does not allow finals", licence.id)
    now = case.generator.licence_sha256
    if now and licence.text_sha256 and now != licence.text_sha256:
        yield Hit("PW205", f"the text of licence {licence.id} changed", licence.id)
    elif _is_older(licence.review.at, case.on, REVIEW_DAYS):
        yield Hit("PW205", f"licence {licence.id} was not reviewed within {REVIEW_DAYS} days", licence.id)
    if not licence.indemnity.given:
        yield Hit("PW209", f"nobody indemnifies for {card.id}", licence.id)


def _of_training(case: Case, card: ModelCardRecord) -> Iterator[Hit]:
    data = card.training_data
    doubtful = [one.category for one in data.sources if one.category in ("scraped", "unknown")]
    if card.trained and case.is_final and (doubtful or not data.sources):
        yield Hit("PW204", f"{card.id} was trained on {doubtful[0] if doubtful else 'unknown'} data", card.id)
    if doubtful and _is_adapter(case, card):
        yield Hit("PW207", f"{card.id} was tuned on data that nobody owns here", card.id)
    show = case.request.rights.show
    if data.productions and show not in data.productions:
        yield Hit("PW111", f"{card.id} was trained on the talent of another production", card.id)
    for id_ in data.consents:
        consent = case.records.find(id_, Consent)
        if consent is None or consent.standing(case.on) != "active" or not consent.model_scope.train_allowed:
            yield Hit("PW111", f"{card.id} was trained on a person whose consent {id_} does not stand", card.id)


def _is_adapter(case: Case, card: ModelCardRecord) -> bool:
    return any(card.id in one.adapters for one in case.records.of(ModelCardRecord))


def _of_data(case: Case, card: ModelCardRecord | None) -> Iterator[Hit]:
    """What becomes of what is sent: the worse of what the card and the vendor say."""
    generator, name = case.generator, card.id if card is not None else case.generator.name
    trains = [generator.trains_on_inputs, card.data_terms.trains_on_inputs if card is not None else None]
    keeps = [generator.retains_inputs, card.data_terms.retains_inputs if card is not None else None]
    if True in trains:
        yield Hit("PW301", f"{name} trains on what it is sent", name)
    if True in keeps:
        yield Hit("PW301", f"{name} keeps what it is sent", name)
    tier = card.data_terms.tier if card is not None else "consumer"
    if tier not in ("enterprise", "local"):
        yield Hit("PW302", f"{name} is no enterprise endpoint", name)
    elif card is not None and not card.review.at:
        yield Hit("PW302", f"nobody has reviewed {name}", name)
    elif False not in trains or False not in keeps:
        yield Hit("PW302", f"nobody has written down whether {name} keeps what it is sent or trains on it", name)
    yield from _of_place(case, card, name)
    read = card.data_terms.checked_at if card is not None else generator.terms_read
    if _is_older(read, case.on, TERMS_DAYS):
        yield Hit("PW304", f"the data terms of {name} were not read within {TERMS_DAYS} days", name)


def _of_place(case: Case, card: ModelCardRecord | None, name: str) -> Iterator[Hit]:
    sent_to = case.generator
    lists = (
        ("host", sent_to.hosts, case.policy.hosts, card.hosts if card is not None else ()),
        ("region", sent_to.regions, case.policy.regions, card.regions if card is not None else ()),
    )
    for what, told, of_show, of_card in lists:
        known = told or of_card
        if of_show is not None and not known:
            yield Hit("PW303", f"nobody can tell the {what} that {name} works at", name, unchecked=True)
        allowed = [frozenset(one) for one in (of_show, of_card or None) if one is not None]
        for one in known:
            if any(one not in listed for listed in allowed):
                yield Hit("PW303", f"{name} works at the {what} '{one[:80]}', which is not allowed here", name)


def _is_older(text: str, on: date, days: int) -> bool:
    """Whether a day lies too far back, was never written down, or lies ahead, which only a wrong clock explains."""
    return not text or not 0 <= (on - day_of(text)).days <= days
