"""Replies: what a call will bring, set on the host's own thread when it drains, and never in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from platewright.contract.failure import Failure

__all__ = ["Reply"]

T = TypeVar("T")


class Reply(Generic[T]):
    """A call on its way. A host asks `done`, or leaves a word with `then`; it never waits.

    value: what was asked for, once done; None while it is on its way or where it failed.
    failure: why there is no value; its sentence and hint are meant for the artist.
    """

    def __init__(self, what: str, again: Callable[[Reply[T]], object]) -> None:
        self.what = what
        self._again = again
        self.done = False
        self.value: T | None = None
        self.failure: Failure | None = None
        self._then: list[Callable[[Reply[T]], object]] = []

    def then(self, call: Callable[[Reply[T]], object]) -> Reply[T]:
        """Call this with the reply on the host's thread once it is done; at the next drain if it already is."""
        self._then.append(call)
        if self.done:
            self._again(self)
        return self

    def settle(self, value: T | None, failure: Failure | None) -> None:
        """Set the outcome; called by the session while the host drains."""
        self.value, self.failure, self.done = value, failure, True

    def waiting(self) -> list[Callable[[Reply[T]], object]]:
        """The calls to make, each given out once."""
        calls, self._then = self._then, []
        return calls

    def __repr__(self) -> str:
        state = "on its way" if not self.done else "failed" if self.failure else "done"
        return f"<Reply {self.what}: {state}>"
