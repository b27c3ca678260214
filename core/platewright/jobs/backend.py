"""What the jobs room has to know of a backend to queue, price and run its jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from platewright.contract.progress import Reporter
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Vendor

from .run import Operate

__all__ = ["BUILTIN", "Backend", "Sends"]


class Sends(Protocol):
    """How an operation lets a vendor work: each slot is sent and paid for once, whatever happens in between."""

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """The vendor's result for a slot, as a file. The same slot must have the same body when it is asked again.

        Raises BackendError, SendRefused, SendUnknown, Cancelled.
        """


@dataclass(frozen=True)
class Backend:
    """A backend of the registry.

    needs: capabilities a worker must have (`gpu`, `network`). at_once: its jobs on their way at the same time, 0 for
    no limit. vendor: who is sent to and paid, None where the worker makes it itself. operate: the operation with this
    backend in it, None for the built-in ones.
    """

    name: str
    needs: frozenset[str] = frozenset()
    at_once: int = 0
    vendor: Vendor | None = None
    operate: Callable[[Request, Sends], Operate] | None = None


BUILTIN = Backend("builtin")
