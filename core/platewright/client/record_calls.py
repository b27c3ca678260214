"""What a host asks of the engine about a show's records of rights: filing one, and its reference sets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from .addressing import question
from .calling import Call
from .replies import Reply

if TYPE_CHECKING:
    from platewright.contract.recording import RecordAnswer, RecordDraft
    from platewright.contract.reference_sets import SetList, SetPictures

__all__ = ["RecordCalls"]

_HASHING_S = 600.0


class RecordCalls(ABC):
    """The part of a session that is about records."""

    def record(self, draft: RecordDraft) -> Reply[RecordAnswer]:
        """Check a record of rights as it is typed, or file it."""
        return self._ask("record", Call("POST", "/v1/records", draft), "RecordAnswer", again=False, lane="looks")

    def reference_sets(self, root: str) -> Reply[SetList]:
        """The reference sets of the show that a folder belongs to."""
        call = Call("GET", f"/v1/reference_sets?{question({'root': root})}")
        return self._ask("reference_sets", call, "SetList", lane="looks")

    def set_pictures(self, root: str, named: str) -> Reply[SetPictures]:
        """A set's pictures as references, `anna` or `anna@2`; each is held against what was entered."""
        words = question({"root": root, "named": named})
        call = Call("GET", f"/v1/reference_sets/pictures?{words}", within_s=_HASHING_S)
        return self._ask("set_pictures", call, "SetPictures", _HASHING_S, lane="looks")

    @abstractmethod
    def _ask(
        self, what: str, call: Call, gives: str, seconds: float = 30.0, again: bool = True, lane: str = ""
    ) -> Reply[Any]:
        """As the session asks for everything."""
