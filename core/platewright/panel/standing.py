"""How the host stands with the engine, in words: a name, a sentence, what to do, and whether anything can be sent; and
what the rules say of a generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from platewright.client.messages import State
from platewright.contract.jobs import Failure, Quote
from platewright.contract.wire import Backend

from .words import tr

__all__ = ["Standing", "Tone", "Verdict", "rules_of", "standing_of", "verdict_of"]

Tone = Literal["good", "busy", "quiet", "warn", "bad"]


@dataclass(frozen=True)
class Standing:
    """A named state. ready: calls may be made now or will start what is missing; else the button is greyed."""

    state: State
    name: str
    sentence: str
    hint: str
    tone: Tone
    ready: bool


@dataclass(frozen=True)
class Verdict:
    """What a show's rules said of the request as it stands: the rule and why where it was refused, who can lift it."""

    allowed: bool
    message: str = ""
    hint: str = ""


def verdict_of(quote: Quote | None) -> Verdict | None:
    """What the rules in an answer for the price say; None without one. The heaviest that stops is told."""
    if quote is None:
        return None
    stopping = [one for one in quote.rules if one.stops]
    if not stopping:
        return Verdict(True)
    first = stopping[0]
    lifted = tr("{who} can lift it.", who=first.lifted_by) if first.lifted_by else ""
    return Verdict(False, f"{first.rule}, {first.message}", f"{first.remedy} {lifted}".strip())


def standing_of(state: State, failure: Failure | None = None, version: str = "") -> Standing:
    """The state in words; what the client said about it wins over the general sentence."""
    name, sentence, hint, tone, ready = _words(state, version)
    if failure is not None and state is not State.CLOSED:
        sentence, hint = failure.message, failure.hint or hint
        tone = "warn" if state is State.CONNECTED else tone
    return Standing(state, name, sentence, hint, tone, ready)


def _words(state: State, version: str) -> tuple[str, str, str, Tone, bool]:
    if state is State.ASLEEP:
        return tr("Asleep"), tr("No engine is running; the first request starts one."), "", "quiet", True
    if state is State.STARTING:
        return tr("Starting"), tr("The engine is starting. You can go on working."), "", "busy", True
    if state is State.CONNECTED:
        return tr("Connected"), tr("The engine answers."), version and tr("Version {v}", v=version), "good", True
    if state is State.HUNG:
        hint = tr("Give it a moment. If it stays so, run `platewright engine stop --now`; jobs are kept.")
        return tr("Not answering"), tr("The engine is there but says nothing."), hint, "warn", True
    if state is State.LOST:
        return (
            tr("Reconnecting"),
            tr("The engine has gone; it is being started again. Jobs are kept."),
            "",
            "busy",
            True,
        )
    if state is State.ABSENT:
        hint = tr("Run `platewright doctor` in a terminal; it says what is missing.")
        return tr("No engine"), tr("The engine is not there and can't be started."), hint, "bad", False
    if state is State.OTHER_VERSION:
        hint = tr("Update the plug-in or Platewright, so that both are of one version.")
        return tr("Another version"), tr("This plug-in and the engine can't understand each other."), hint, "bad", False
    return tr("Closed"), tr("This panel's session has ended."), tr("Open the panel anew."), "quiet", False


def rules_of(backend: Backend, verdict: Verdict | None) -> str:
    """Whether the rules allow a generator, and which one doesn't. What the engine has said wins over what it is."""
    if not backend.available:
        return backend.why_not or tr("can't be used now")
    if verdict is not None:
        words = tr("refused by {rule}", rule=verdict.message) if not verdict.allowed else tr("allowed")
        return f"{words}{'.' if verdict.hint else ''} {verdict.hint}".strip()
    if backend.local and not backend.trained:
        return tr("nothing to allow: local and untrained")
    return tr("checked by the engine before a pixel leaves, when the job is handed in")
