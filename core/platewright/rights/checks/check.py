"""A check: one rule of the table, and the pure function that decides it from facts.

A check says what it found, and nothing of how much that weighs: the show's profiles do. One that needs a fact which
nobody could find out raises CannotTell, and counts as not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from platewright.contract.checks import SubjectKind
from platewright.contract.windows import Box

from .facts import Facts

__all__ = ["Check", "Said", "always"]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a check found: a sentence, a finer word, where, what to do. about: the record it is about."""

    message: str
    code: str = ""
    frame: int | None = None
    region: Box | None = None
    remedy: str = ""
    about: str = ""


def always(facts: Facts) -> bool:
    """For a check that applies to every subject of its kinds."""
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """A rule's code, the function that decides it, and which subjects it is about.

    pixels: it needs the pictures' files, so it is left out where only records are asked about.
    """

    rule: str
    judge: Callable[[Facts], Iterable[Said]]
    kinds: frozenset[SubjectKind]
    applies: Callable[[Facts], bool] = always
    pixels: bool = False
