"""A take in few words: which it is, who made it, how well it sits in its plate, and over what it was chosen.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable

from platewright.contract.decisions import TakeSummary

from .words import tr

__all__ = ["choice_note", "label_of", "made_words", "score_words"]

_LONGEST_NOTE = 2000


def label_of(take: TakeSummary) -> str:
    """`rig_v003`."""
    return f"{take.element}_v{take.version:03d}"


def score_words(take: TakeSummary) -> str:
    """`score 0.62`; empty where nothing was measured."""
    return tr("score {n}", n=f"{take.score:.2f}") if take.score is not None else ""


def made_words(take: TakeSummary, between: str = "  ·  ") -> str:
    """Who made it, and how well it sits in its plate: `mock  ·  score 0.62`."""
    return between.join(word for word in (take.backend, score_words(take)) if word)


def choice_note(take: TakeSummary, others: Iterable[TakeSummary]) -> str:
    """What the ledger keeps of a choice: over which takes, and how all of them measured. Empty without others."""
    told = ", ".join(f"{label_of(one)} ({made_words(one, ', ')})" for one in others)
    return f"{made_words(take, ', ')}; chosen over {told}"[:_LONGEST_NOTE] if told else ""
