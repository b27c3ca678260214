"""What a host asks of the engine when something is published: checks that may take hours, signatures, deliveries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from .calling import Call
from .replies import Reply

if TYPE_CHECKING:
    from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
    from platewright.contract.deliveries import CompAsk, DeliverAsk, Delivered, SignedComp
    from platewright.contract.repairs import RepairAsk, Repaired

__all__ = ["PublishCalls"]

_CHECK_S = 4 * 3600.0
_REPAIR_S = 3600.0


class PublishCalls(ABC):
    """The part of a session that is about publishing."""

    def check(self, asked: CheckAsk) -> Reply[SignedGate]:
        """Whether something may be published: every rule that holds, as a signed report."""
        return self._check("check", "/v1/check", asked, "SignedGate")

    def gate(self, signed: SignedGate) -> Reply[GateVerdict]:
        """Whether a signed report opens the gate now, its files as they are now."""
        return self._check("gate", "/v1/gate", signed, "GateVerdict")

    def sign_comp(self, asked: CompAsk) -> Reply[SignedComp]:
        """A comp's render signed with the takes in it."""
        return self._check("sign_comp", "/v1/comps", asked, "SignedComp")

    def deliver(self, asked: DeliverAsk) -> Reply[Delivered]:
        """A movie or picture handed over with its manifest inside."""
        return self._check("deliver", "/v1/deliveries", asked, "Delivered")

    def repair(self, asked: RepairAsk) -> Reply[Repaired]:
        """Put right what can be put right safely before publish; no frame is written."""
        return self._ask(
            "repair", Call("POST", "/v1/repair", asked, within_s=_REPAIR_S), "Repaired", _REPAIR_S, False, "checks"
        )

    def _check(self, what: str, path: str, asked: object, gives: str) -> Reply[Any]:
        return self._ask(what, Call("POST", path, asked, within_s=_CHECK_S), gives, _CHECK_S, lane="checks")

    @abstractmethod
    def _ask(
        self, what: str, call: Call, gives: str, seconds: float = 0.0, again: bool = True, lane: str = ""
    ) -> Reply[Any]:
        """As the session asks for everything."""
