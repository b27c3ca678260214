"""The one main button: what it does now, in words, or why it can't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from platewright.contract.conditioning import left_out
from platewright.contract.errors import PlatewrightError
from platewright.contract.wire import Backend

from .fields import OPERATIONS
from .form import Form
from .host import Selection
from .price import Price
from .standing import Standing
from .words import tr

__all__ = ["MainButton", "held_button", "main_button"]


@dataclass(frozen=True)
class MainButton:
    """verb: what pressing does. sentence: what it works on, or why it can't; hint: what to do then."""

    verb: Literal["make", "send", "stop", "nothing"]
    label: str
    sentence: str = ""
    hint: str = ""
    price: str = ""

    @property
    def enabled(self) -> bool:
        """Whether it can be pressed."""
        return self.verb != "nothing"


def main_button(
    form: Form,
    selection: Selection,
    standing: Standing,
    backends: tuple[Backend, ...],
    price: Price,
    exporting: bool = False,
    assumed: str = "",
) -> MainButton:
    """What the button means in this context.

    backends: that are to make it, as far as they are known. assumed: what the price takes for granted.
    """
    label = next(tr(choice.label) for choice in OPERATIONS if choice.value == form.operation)
    if exporting:
        return MainButton("stop", tr("Stop the export"), tr("Bringing plate and matte to the disk…"))
    if not standing.ready:
        return MainButton("nothing", label, standing.sentence, standing.hint)
    for backend in backends:
        if form.operation not in backend.operations:
            sentence = tr("{name} can't do that.", name=backend.title)
            return MainButton("nothing", label, sentence, tr("Choose another generator below."))
        if not backend.available:
            return MainButton(
                "nothing", label, tr("{name} can't be used now.", name=backend.title), _sentence(backend.why_not)
            )
    try:
        asked = form.asked()
    except PlatewrightError as error:
        missing = None if form.values["base.how"] == "frames" else _missing(form.operation, selection, False)
        return missing or MainButton("nothing", label, _sentence(tr(error.message)), tr(error.hint))
    unseen = [(one, left_out(one.title, one.pictures, asked.references)) for one in backends]
    none = next((told for one, told in unseen if told and not one.pictures), "")
    if none:
        return MainButton("nothing", label, f"{none}.", tr("Choose another generator, or remove those references."))
    told = [told for _, told in unseen if told]
    base = asked.base
    # Frames that are made again are those of a take, with its own plate and matte: nothing has to be selected.
    missing = None if base is not None and not base.region else _missing(form.operation, selection, base is not None)
    if missing is not None:
        return missing
    if asked.rivals:
        label = tr("{verb} by {n} generators", verb=label, n=1 + len(asked.rivals))
    if asked.takes > 1:
        label = tr("{verb}, {n} takes", verb=label, n=asked.takes)
    titles = {one.name: one.title for one in backends}
    told = [*told, *(form.odd_inputs(name) for name in titles), price.each(titles)]
    if base is not None:
        label = tr("{verb} again", verb=label)
        of = f"{asked.element}_v{base.version:03d}" if base.version else tr("the latest {what}", what=asked.element)
        words = [of, tr("frames {range}", range=base.frames) if base.frames is not None else tr("all frames")]
        if base.region:
            words.append(tr("inside {matte}", matte=selection.matte))
        return MainButton("make", label, "  ·  ".join(words), *_price(price, asked.takes, assumed, *told))
    words = [selection.plate]
    if selection.matte and selection.matte != selection.plate and form.operation != "extend":
        words.append(tr("inside {matte}", matte=selection.matte))
    words.append(tr("frames {range}", range=asked.frames or selection.frames or tr("all")))
    return MainButton("make", label, "  ·  ".join(words), *_price(price, asked.takes, assumed, *told))


def held_button(price: Price, shown: Price, takes: int, titles: Mapping[str, str]) -> MainButton:
    """The button while something waits that would cost more than what was shown."""
    _, words = _price(price, takes, "")
    words = words or price.words
    if not shown.known:
        sentence = tr("It costs {price}. Nothing has been sent yet.", price=words)
    else:
        sentence = tr("It costs {price}, not {before}. Nothing has been sent yet.", price=words, before=shown.words)
    return MainButton("send", tr("Send for {price}", price=words), sentence, price.each(titles))


def _missing(operation: str, selection: Selection, in_take: bool) -> MainButton | None:
    """What has to be selected first. in_take: a matte is wanted inside of a take that is there."""
    label = next(tr(choice.label) for choice in OPERATIONS if choice.value == operation)
    if selection.trouble:
        return MainButton("nothing", label, _sentence(tr(selection.trouble)), tr(selection.hint))
    matte = selection.matte if not (in_take and selection.matte == selection.plate) else ""
    if operation == "regenerate" and not matte:
        trouble, hint = ("", tr("Select the smaller matte too.")) if in_take else selection.no_matte
        return MainButton("nothing", label, _sentence(trouble or tr("There is no matte")), hint)
    return None


def _price(price: Price, takes: int, assumed: str, *told: str) -> tuple[str, str]:
    """A hint for the artist, and the price beside the button. told: what else they are to know."""
    hint = "\n".join(f"{text}." for text in told if text)
    if not price.known:
        return hint, ""
    if len(price.by) == 1 and price.first is not None and price.first.answered_by:
        return hint, tr("{take} is this very request: free", take=price.first.answered_by)
    words = price.words
    if not price.sums():
        return hint, words
    if takes > 1:
        words = tr("{price} a take", price=words)
    if not assumed:
        return hint, words
    return "\n".join(text for text in (hint, assumed) if text), tr("at most {price}", price=words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")
