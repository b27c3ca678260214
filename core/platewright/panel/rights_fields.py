"""The controls about rights, and what they ask for: for whom, under which rules, who is seen, and by whose word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from platewright.contract.errors import RequestError
from platewright.contract.rights import Content, Declared, Modality, Rights, Use

from .field import Choice, Field, Value

__all__ = ["RIGHTS_FIELDS", "listed", "rights_of", "rights_values"]

_WORDS = {"uses": Use, "modalities": Modality, "declares": Declared}
_UNSAID = "unsaid"  # a host's menus can't hold an empty word
_NO_NAMES = "Ids, never names of people."


def listed(kind: object) -> str:
    """The words that a field may hold, with commas."""
    return ", ".join(str(word) for word in get_args(kind))


RIGHTS_FIELDS: tuple[Field, ...] = (
    Field("rights.show", "rights", "text", "Show", "The show this is for, as your budgets and policies name it."),
    Field(
        "rights.shot", "rights", "text", "Shot", "The shot this is for, as your budgets name it.", remembered=False,
    ),
    Field(
        "rights.policy", "rights", "text", "Policy",
        "Policy profiles that hold besides the show's own, with commas, as in netflix, eu. They are no legal advice.",
    ),
    Field(
        "rights.people", "rights", "text", "Who is seen",
        f"Opaque ids of everybody seen in what is changed, with commas. {_NO_NAMES}", remembered=False,
    ),
    Field(
        "rights.consents", "rights", "text", "Consents",
        f"Ids of consent records that allow likenesses in this work, with commas. {_NO_NAMES}", remembered=False,
    ),
    Field(
        "rights.uses", "rights", "text", "What is done with them",
        f"With commas; empty: alteration. One or more of {listed(Use)}.", remembered=False,
    ),
    Field(
        "rights.modalities", "rights", "text", "What of them",
        f"With commas; empty: face and body. One or more of {listed(Modality)}.", remembered=False,
    ),
    Field(
        "rights.content", "rights", "choice", "What it is", "What the element is to the story.", _UNSAID,
        choices=(
            Choice(_UNSAID, "Not said"), Choice("incidental", "Incidental"), Choice("background", "Background"),
            Choice("prominent", "Prominent background"), Choice("key_visual", "Key visual"),
            Choice("character", "Character"), Choice("setting", "Setting of the story"),
            Choice("talent", "A performer"),
        ), remembered=False,
    ),
    Field(
        "rights.declares", "rights", "text", "Also",
        f"What else a rule asks about, with commas: {listed(Declared)}.", remembered=False,
    ),
)  # fmt: skip


def rights_of(values: Mapping[str, Value]) -> Rights:
    """What the controls say. Raises RequestError for a word that is none of those a rule knows."""
    words = {name: _words(values, name) for name in ("consents", "people", *_WORDS)}
    for name, kind in _WORDS.items():
        for word in words[name]:
            if word not in get_args(kind):
                raise RequestError(
                    f"'{word[:40]}' is not a word of the rules",
                    code="rights_word_unknown",
                    hint=f"Use {listed(kind)}.",
                )
    content = _text(values, "content")
    return Rights(
        show=_text(values, "show"),
        shot=_text(values, "shot"),
        policy=_text(values, "policy"),
        content=content if content in get_args(Content) else "",  # type: ignore[arg-type]
        **words,  # type: ignore[arg-type]
    )


def rights_values(rights: Rights) -> dict[str, Value]:
    """A request's rights as the controls hold them: the other way of `rights_of`."""
    found: dict[str, Value] = {}
    for field in RIGHTS_FIELDS:
        value = getattr(rights, field.name.partition(".")[2])
        found[field.name] = ", ".join(value) if isinstance(value, tuple) else value
    found["rights.content"] = rights.content or _UNSAID
    return found


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(f"rights.{name}", "")
    return value.strip() if isinstance(value, str) else ""


def _words(values: Mapping[str, Value], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in _text(values, name).split(",") if word.strip())
