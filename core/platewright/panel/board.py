"""Where the panel's parts tell what changed, what was said, and what went wrong; widgets listen here.

Changes are told once a tick by topic, so that a burst of events costs one repaint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from platewright.client.replies import Reply
from platewright.contract.errors import Cancelled, PlatewrightError
from platewright.contract.jobs import Failure

from .trouble import Trouble, Troubles, failure_from
from .words import tr

__all__ = ["Board", "TOPICS"]

TOPICS = (
    "standing",
    "form",
    "button",
    "backends",
    "queue",
    "history",
    "money",
    "troubles",
    "said",
    "check",
    "publish",
    "record",
)


class Board:
    """listeners: called with the topics that changed. said: the last sentence for the artist."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[frozenset[str]], None]] = []
        self.troubles = Troubles()
        self.said = ""
        self._changed: set[str] = set(TOPICS)

    def mark(self, *topics: str) -> None:
        """These have changed; they are told with the next `tell`."""
        self._changed.update(topics)

    def tell(self) -> None:
        """Tell every listener what has changed since."""
        if self._changed:
            topics, self._changed = frozenset(self._changed), set()
            for listener in list(self.listeners):
                listener(topics)

    def say(self, sentence: str) -> None:
        """A sentence for the artist; an empty one is none."""
        if sentence:
            self.said = sentence
            self.mark("said")

    def trouble(self, place: str, failure: Failure, key: str = "") -> None:
        """Show an error in its place."""
        self.troubles.put(Trouble(place, failure, key))
        self.mark("troubles", "button")

    def dismiss(self, place: str, key: str = "") -> None:
        """An error was read, or is over."""
        if self.troubles.clear(place, key):
            self.mark("troubles")

    def guarded(self, place: str, action: Callable[[], object]) -> None:
        """Do it; what goes wrong is shown in its place and stops nothing else."""
        try:
            action()
        except Cancelled:
            self.say(tr("Stopped; nothing was sent."))
        except PlatewrightError as error:
            self.trouble(place, failure_from(error))
        except Exception as error:  # a mistake of ours must not take the host's panel down
            text = f"{type(error).__name__}: {error}"[:300]
            self.trouble(place, Failure("internal", text, tr("Please report this.")))

    def answer(self, place: str, keep: Callable[[Any], object], topic: str) -> Callable[[Reply[Any]], None]:
        """What becomes of a reply: its value is kept and told, its failure shown; nowhere where `place` is empty."""

        def take(reply: Reply[Any]) -> None:
            if reply.value is not None:
                keep(reply.value)
                self.mark(topic)
            elif place and reply.failure is not None:
                self.trouble(place, reply.failure)

        return take
