"""The backends that requests may name, as hosts are told of them: the built-in one, then the registry's."""

from __future__ import annotations

from platewright.backends.home import Home
from platewright.backends.protocol import Generator
from platewright.backends.registry import all_generators
from platewright.contract.capabilities import Capabilities, Terms
from platewright.contract.prices import Price
from platewright.contract.request import CONDITIONING
from platewright.contract.wire import Backend, Backends
from platewright.jobs.generators import can_do

__all__ = ["BUILTIN", "backends", "described", "in_words"]

BUILTIN = Backend(
    name="builtin",
    title="Built-in generator",
    operations=("regenerate", "extend", "replace_sky"),
    determinism="bitwise",
    local=True,
    trained=False,
    prompt=False,
    soft_matte=True,
    references=("clean_plate", "anchor", "sky", "take_from", "never_from"),
    untouched=True,
    price="free",
)


def backends(home: Home) -> Backends:
    """Every backend, the default first. One that is set up wrongly stands there with the reason."""
    found = all_generators(home)
    broken = (
        Backend(word, word, (), available=False, why_not=f"{error.message}. {error.hint}".strip())
        for word, error in found.problems
    )
    return Backends((BUILTIN, *map(described, found.generators), *broken))


def described(generator: Generator) -> Backend:
    """A generator in the words that hosts know."""
    limits, missing = generator.capabilities(), generator.missing()
    return Backend(
        name=limits.name,
        title=limits.title,
        operations=tuple(kind for kind in limits.operations if can_do(kind)),
        determinism=limits.determinism,
        local=limits.local,
        trained=limits.card.trained,
        prompt=limits.prompt,
        soft_matte=True,  # whatever the model makes of it, the take's edge is the artist's
        references=("anchor", *(CONDITIONING if limits.references else ())),
        largest=limits.sizes.most,
        untouched=True,
        price=_price(limits),
        available=not missing,
        why_not=missing,
        experimental=limits.experimental,
        terms="" if limits.local else in_words(limits.terms),
        controls=limits.controls,
        pictures=limits.references,
    )


def in_words(terms: Terms) -> str:
    """What becomes of the pixels, as a sentence."""
    where = ", ".join(terms.residency) or "unknown"
    read = f" (as read on {terms.read})" if terms.read else ""
    return f"worked on in: {where}; kept: {terms.retention}; trained on: {terms.trains_on_inputs}{read}"


def _price(limits: Capabilities) -> str:
    """What it asks; empty where nobody has written it down: what is elsewhere is hardly free."""
    if not limits.prices:
        return "free" if limits.local else ""
    return " and ".join(map(_each, limits.prices)) + (", play money" if limits.pretend else "")


def _each(price: Price) -> str:
    unit = {"image": "an image", "second": "a second", "megapixel": "a megapixel", "credit": "a credit"}
    return f"{price.each.amount} {price.each.currency} {unit.get(price.unit, 'a second of the GPU')}"
