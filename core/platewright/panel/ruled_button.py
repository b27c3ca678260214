"""The main button under the show's rules: what would stop is said before anything is pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from platewright.contract.jobs import Quote
from platewright.contract.rules import NO_LEGAL_ADVICE, RuleFinding, Weight

from .main_button import MainButton
from .price import Price
from .words import tr

__all__ = ["ruled", "ruled_by_each"]

_MOST = 3


def ruled(button: MainButton, quote: Quote | None) -> MainButton:
    """The button as the rules of the quote leave it; the engine holds to them in any case.

    A rule that blocks takes the button away; one that escalates says who will have to approve; others are told.
    """
    if button.verb != "make" or quote is None or not quote.rules:
        return button
    stopping = [one for one in quote.rules if one.stops]
    blocking = [one for one in stopping if one.weight is Weight.BLOCK]
    if blocking:
        first = blocking[0]
        lifted = tr("{role} can lift this.", role=first.lifted_by.capitalize()) if first.lifted_by else ""
        more = tr("{n} more rules stop it.", n=len(stopping) - 1) if len(stopping) > 1 else ""
        words = (first.remedy, lifted, _sources(first), more, NO_LEGAL_ADVICE)
        sentence = tr("Rule {rule} stops this: {message}.", rule=first.rule, message=first.message)
        return replace(button, verb="nothing", sentence=sentence, hint=" ".join(word for word in words if word))
    told = stopping or [one for one in quote.rules if one.weight is not Weight.NOTE]
    if not told:
        return button
    said = "; ".join(f"{one.rule}: {one.message}" for one in told[:_MOST])
    rest = tr("; and {n} more", n=len(told) - _MOST) if len(told) > _MOST else ""
    if stopping:
        roles = ", ".join(dict.fromkeys(one.lifted_by for one in stopping))
        hint = tr("It will wait for a written approval by {roles}. {said}", roles=roles, said=said + rest)
    else:
        hint = tr("The rules say: {said}", said=said + rest)
    return replace(button, hint=f"{hint}. {NO_LEGAL_ADVICE} {button.hint}".strip())


def ruled_by_each(button: MainButton, price: Price, titles: Mapping[str, str]) -> MainButton:
    """The same where several generators are asked: a rule that blocks one is told with its name, the others' once."""
    if len(price.by) < 2:
        return ruled(button, price.first)
    for name, quote in price.by:
        found = ruled(button, quote)
        if found.verb != button.verb:
            sentence = f"{titles.get(name, name)}: {found.sentence}"
            return replace(found, sentence=sentence, hint=f"{found.hint} {tr('Or leave it out of the bake-off.')}")
    told = dict.fromkeys(rule for _, quote in price.by if quote is not None for rule in quote.rules)
    return ruled(button, Quote(rules=tuple(told)))


def _sources(found: RuleFinding) -> str:
    return tr("It rests on {source}.", source=found.sources[0]) if found.sources else ""
