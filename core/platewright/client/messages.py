"""What a host hears from its session, drained on its own thread: typed, in order, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from platewright.contract.failure import Failure

if TYPE_CHECKING:  # see session
    from platewright.contract.jobs import JobEvent

__all__ = ["Answered", "Connection", "Happened", "Message", "State", "Trouble"]


class State(str, Enum):
    """How the host stands with the engine, in words that a panel can show."""

    ASLEEP = "asleep"  # nobody has asked for it yet
    STARTING = "starting"  # it is being started
    CONNECTED = "connected"
    HUNG = "hung"  # it is there but does not answer
    LOST = "lost"  # it was there and is not; it is being looked for and started again
    ABSENT = "absent"  # it is not there and can't be started
    OTHER_VERSION = "other_version"  # host and engine could misunderstand each other
    CLOSED = "closed"


@dataclass(frozen=True)
class Connection:
    """The connection's state has changed. failure: why, and what to do, where there is something to do.

    Also CONNECTED may carry one, `engine_colour`: the engine works with another OCIO configuration than the host.
    """

    state: State
    failure: Failure | None = None
    version: str = ""


@dataclass(frozen=True)
class Happened:
    """Something happened to a job; each number comes once and in its order, over reconnections too."""

    event: JobEvent


@dataclass(frozen=True)
class Answered:
    """A reply is there: `reply.value` or `reply.failure` is set from this message on."""

    reply: Any


@dataclass(frozen=True)
class Trouble:
    """A callback of the host's own failed; told here, because it must not break the host's loop."""

    failure: Failure


Message = Connection | Happened | Answered | Trouble
