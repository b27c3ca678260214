"""Findings: the one thing that a check, or the generator about its own work, has to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .windows import Box

__all__ = ["Finding", "Severity"]


class Severity(Enum):
    """How much a finding weighs; a profile may raise it, never lower it."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: what, how bad, where, and what to do about it.

    code: stable identifier in lower case with underscores.
    message: a sentence an artist understands, with the numbers in it.
    frame: frame number, or None when it is about the whole.
    region: pixels in plate coordinates, or None.
    remedy: what to do, as a sentence; empty where nothing is to be done.
    """

    code: str
    severity: Severity
    message: str
    frame: int | None = None
    region: Box | None = None
    remedy: str = ""
