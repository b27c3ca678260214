"""An error where it happened: the sentence, what to do, and the text for a bug report."""

from __future__ import annotations

from dataclasses import dataclass

from platewright import __version__
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import Failure

__all__ = ["Trouble", "Troubles", "failure_from"]

_MOST = 20


@dataclass(frozen=True)
class Trouble:
    """One error in its place. place: `button`, `queue`, `history`, `compare`; key: what it is about, for replacing."""

    place: str
    failure: Failure
    key: str = ""

    @property
    def text(self) -> str:
        """For the clipboard: everything that is known, and nothing that is secret."""
        failure = self.failure
        frame = f"frame: {failure.frame}" if failure.frame is not None else ""
        lines = [failure.message, failure.hint, f"code: {failure.code}", frame, f"platewright {__version__}"]
        return "\n".join(line for line in lines if line)


def failure_from(error: PlatewrightError) -> Failure:
    """An error of the tree as plain values."""
    return Failure(error.code, error.message, error.hint, error.frame, error.retry)


class Troubles:
    """The errors that are shown now: one for each place and key, the latest kept, and never endlessly many."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Trouble] = {}

    def put(self, trouble: Trouble) -> None:
        """Show it, in place of what stood there."""
        self._found.pop((trouble.place, trouble.key), None)
        self._found[trouble.place, trouble.key] = trouble
        while len(self._found) > _MOST:
            self._found.pop(next(iter(self._found)))

    def clear(self, place: str, key: str = "") -> bool:
        """It is over. Returns whether there was one."""
        return self._found.pop((place, key), None) is not None

    def at(self, place: str) -> tuple[Trouble, ...]:
        """The errors of a place, oldest first."""
        return tuple(one for (where, _), one in self._found.items() if where == place)
