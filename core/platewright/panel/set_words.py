"""A show's reference sets in words, as every host's menu offers them. Standard library only."""

from __future__ import annotations

from fnmatch import fnmatchcase

from platewright.contract.reference_sets import SetLook

from .field import Choice
from .words import tr

__all__ = ["set_choice", "why_not"]


def set_choice(one: SetLook) -> Choice:
    """A version of a set: how it is named, what it is, and whether a newer one counts."""
    right = tr("by {right}", right=one.right) if one.right else tr("by no right")
    said = tr("{named}: {role}, {n} pictures, {right}", named=one.named, role=one.role, n=one.pictures, right=right)
    return Choice(one.named, said, "" if one.latest else tr("There is a newer version."))


def why_not(found: SetLook, shot: str) -> str:
    """Why a set can't be used for a shot, as a sentence; empty where it can."""
    if found.standing != "active":
        return tr("It is {standing}.", standing=found.standing.replace("_", " "))
    if found.shots and shot and not any(fnmatchcase(shot, pattern) for pattern in found.shots):
        return tr("It is for {shots} alone.", shots=", ".join(found.shots))
    return ""
