"""What every adapter answers from its declaration alone: prices, the words of a send, its pictures.

An adapter of ours begins here and adds its vendor's language; one of somebody else's only has to keep the protocol.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platewright.contract.capabilities import Capabilities, Control
from platewright.contract.errors import RequestError
from platewright.contract.jobs import PriceLine
from platewright.contract.money import total
from platewright.contract.prices import Work, price_lines, seconds_of
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Intent, Reconcile
from platewright.contract.wire import WireCheck

from .decoding import decode
from .protocol import ModelInputs, Pixels

__all__ = ["Declared", "words_of"]

_RATE = 24


class Declared:
    """The part of a generator that follows from its capabilities."""

    def __init__(self, limits: Capabilities) -> None:
        self._limits = limits

    @property
    def name(self) -> str:
        """The backend's name, as requests write it."""
        return self._limits.name

    @property
    def reconcile(self) -> Reconcile:
        """How the outcome of a send can be found out."""
        return self._limits.reconcile

    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._limits

    def price(self, request: Request, inputs: ModelInputs) -> Cost:
        """The most that this one send costs. Raises RequestError `price_uncounted`."""
        width, height = inputs.size
        seconds = seconds_of(inputs.count, *inputs.fps)
        lines, currency = price_lines(self._limits.prices, Work(inputs.count, width * height, seconds))
        return total([Cost(line.amount, currency) for line in lines], currency)

    def quote(self, request: Request) -> tuple[tuple[PriceLine, ...], str]:
        """As if every frame were sent once, whole, in the largest size it takes, at 24 frames a second."""
        limits, frames = self._limits, len(request.plate.frames)
        sent = -(-frames // limits.lengths.most) * limits.lengths.at_least(limits.lengths.most)
        whole = limits.lengths.at_least(frames) if frames <= limits.lengths.most else sent
        work = Work(whole, limits.sizes.most_pixels or None, seconds_of(whole, _RATE))
        return price_lines(limits.prices, work)

    def pictures(self, result: Path, inputs: ModelInputs) -> Pixels:
        """The pictures in a fetched result. Raises BackendError; see protocol and decoding."""
        return decode(result, inputs.count, inputs.size, self._limits.title)

    def find(self, intent: Intent) -> str:
        """Nothing can be looked up; only an adapter that declares it can."""
        raise NotImplementedError

    def missing(self) -> str:
        """Nothing is."""
        return ""

    def check(self) -> tuple[WireCheck, ...]:
        """What can be said without asking anybody."""
        missing = self.missing()
        return (WireCheck("set up", "failed" if missing else "passed", missing or "all that it needs is here"),)


def words_of(limits: Capabilities, request: Request, inputs: ModelInputs) -> dict[str, Any]:
    """What a send says beside its pictures, as plain JSON values; checked against what the backend takes.

    Raises BackendError `inputs_illegal`, RequestError `operation_unsupported`, `prompt_missing`, `prompt_too_long`,
    `control_unknown`, `control_invalid`.
    """
    inputs.check(limits)
    kind = request.operation.kind
    if kind not in limits.operations:
        raise RequestError(
            f"{limits.title} can't do {kind.replace('_', ' ')}",
            code="operation_unsupported",
            hint="Choose another backend: `platewright backends` says what each can do.",
        )
    if limits.prompt_needed and not inputs.prompt.strip():
        raise RequestError(
            f"{limits.title} needs a prompt", code="prompt_missing", hint="Say in a few words what is to be seen there."
        )
    if limits.prompt_most and len(inputs.prompt) > limits.prompt_most:
        raise RequestError(
            f"{limits.title} takes {limits.prompt_most} characters of prompt, and this has {len(inputs.prompt)}",
            code="prompt_too_long",
            hint="Make it shorter.",
        )
    return {
        "backend": limits.name,
        "operation": kind,
        "prompt": inputs.prompt if limits.prompt else "",
        "seed": limits.seed(inputs.seed),
        "frames": inputs.count,
        "width": inputs.size[0],
        "height": inputs.size[1],
        "fps": list(inputs.fps),
        "controls": _controls(limits, inputs.controls),
        "pictures": [{"at": one.at, "role": one.role} for one in inputs.pictures],
    }


def _controls(limits: Capabilities, given: Mapping[str, str]) -> dict[str, str]:
    """Every control with its value: as given, else its default."""
    known = {control.name: control for control in limits.controls}
    strange = sorted(set(given) - set(known))
    if strange:
        raise RequestError(
            f"{limits.title} has no input '{strange[0][:80]}'",
            code="control_unknown",
            hint="It has " + (", ".join(sorted(known)) or "none of its own") + ".",
        )
    return {name: _checked(limits, control, given.get(name, control.default)) for name, control in known.items()}


def _checked(limits: Capabilities, control: Control, text: str) -> str:
    if control.kind == "choice":
        fits, wants = text in control.choices, "one of " + ", ".join(control.choices)
    elif control.kind == "yes_no":
        fits, wants = text in ("yes", "no"), "yes or no"
    elif control.kind in ("whole", "number"):
        fits, wants = _in_bounds(control, text), _bounds(control)
    else:
        fits, wants = len(text) <= 10_000, "a text of at most 10000 characters"
    if not fits:
        raise RequestError(
            f"'{text[:80]}' can't be the {control.title or control.name} of {limits.title}",
            code="control_invalid",
            hint=f"It is {wants}.",
        )
    return text


def _in_bounds(control: Control, text: str) -> bool:
    try:
        value = int(text) if control.kind == "whole" else float(text)
    except ValueError:
        return False
    least = -math.inf if control.least is None else control.least
    most = math.inf if control.most is None else control.most
    return math.isfinite(value) and least <= value <= most


def _bounds(control: Control) -> str:
    kind = "a whole number" if control.kind == "whole" else "a number"
    low = f" from {control.least:g}" if control.least is not None else ""
    high = f" to {control.most:g}" if control.most is not None else ""
    return f"{kind}{low}{high}"
