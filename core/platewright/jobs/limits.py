"""What workers keep to. Beside the leases that ask it, so that who only reads a desk's settings loads no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """lease_s: seconds until a silent worker's job goes on elsewhere. most_deaths: workers that may die over a job, or
    have to put it down because a disk is full or away.

    at_once: backend to how many of its jobs may be on their way at the same time; no entry, no limit.
    known: the backends that are set up here; jobs of others are left to workers that have them. sending: those of
    them that are sent to; a job of any other is made by the worker itself.
    """

    lease_s: float
    most_deaths: int
    at_once: Mapping[str, int]
    known: frozenset[str]
    sending: frozenset[str] = frozenset()
