"""Progress as typed messages: nothing parses printed text, and cancelling is asking first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .errors import Cancelled

__all__ = ["Progress", "Reporter", "Silent", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a piece of work is.

    stage: what is being done, in the artist's words ("reading", "filling", "signing").
    done, total: in whole units of work, of which `total` are planned.
    frame: the frame it is at, or None.
    """

    stage: str
    done: int
    total: int
    frame: int | None = None


class Reporter(Protocol):
    """Where work says how far it is, and asks whether to go on."""

    def step(self, step: Step) -> None:
        """Tell how far the work is. Raises Cancelled when the user has asked to stop."""


class Silent:
    """A reporter that says nothing and never cancels."""

    def step(self, step: Step) -> None:
        """Do nothing."""


class Progress:
    """A reporter over two functions: `show` gets each step, `cancelled` is asked at each step."""

    def __init__(self, show: Callable[[Step], None], cancelled: Callable[[], bool] = lambda: False) -> None:
        self._show = show
        self._cancelled = cancelled

    def step(self, step: Step) -> None:
        """Show the step. Raises Cancelled when the user has asked to stop."""
        if self._cancelled():
            raise Cancelled("stopped as asked; nothing was left behind")
        self._show(step)
