"""How the host stands with the engine, in words: a name, a sentence, what to do, and whether anything can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from platewright.client.messages import State
from platewright.contract.jobs import Failure

from .words import tr

__all__ = ["Standing", "Tone", "standing_of"]

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
