"""Which day it is, and whether the machine's clock can be believed: consents and certificates hang on it.

A clock that was set back would bring expired consents to life again. What was signed, entered or made later than now
gives it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from platewright.contract.findings import Finding, Severity

__all__ = ["Clock", "ahead_of"]

_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Clock:
    """One moment that a whole check takes for now, in UTC."""

    now: datetime

    @classmethod
    def read(cls) -> Clock:
        """The machine's clock."""
        return cls(datetime.now(timezone.utc))

    @property
    def today(self) -> str:
        """The day, `2026-01-31`."""
        return f"{self.now:%Y-%m-%d}"

    @property
    def moment(self) -> str:
        """The moment, `2026-01-31T12:00:00Z`."""
        return f"{self.now:%Y-%m-%dT%H:%M:%SZ}"


def ahead_of(clock: Clock, times: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each thing whose time lies ahead of the clock. times: what it is, to its time as text or empty."""
    for what, text in times.items():
        try:
            then = datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
        except ValueError:
            yield _finding("time_unreadable", f"{what} has no proper time: '{text[:40]}'")
            continue
        if then is not None and then.tzinfo is None:
            then = then.replace(tzinfo=timezone.utc)
        if then is not None and then > clock.now + _SKEW:
            yield _finding(
                "time_rolled_back", f"{what} is of {text[:40]}, and this machine's clock says {clock.moment}"
            )


def _finding(code: str, message: str) -> Finding:
    return Finding(code, Severity.ERROR, message, remedy="Set the machine's clock, and check again.")
