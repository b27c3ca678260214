"""Asking the engine from a publish: waits, because a publish does, and makes an error of everything but an answer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Protocol

from platewright.client.session import Session
from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
from platewright.contract.errors import EngineError
from platewright.contract.repairs import RepairAsk, Repaired

__all__ = ["Engine", "EngineOverLoopback", "engine_of"]

_WITHIN_S = 4 * 3600.0
_STEP_S = 0.02


class Engine(Protocol):
    """What a publish needs of the engine. All raise EngineError where there is no answer."""

    def check(self, asked: CheckAsk) -> SignedGate:
        """The signed report."""

    def gate(self, signed: SignedGate) -> GateVerdict:
        """Whether a report opens the gate now."""

    def repair(self, asked: RepairAsk) -> Repaired:
        """Put right what can be put right safely."""


class EngineOverLoopback:
    """The engine of this user on this machine, started where none runs."""

    def __init__(self, within_s: float = _WITHIN_S) -> None:
        self._within_s = within_s

    def check(self, asked: CheckAsk) -> SignedGate:
        """The signed report. Raises EngineError."""
        found = self._ask(lambda session: session.check(asked))
        if not isinstance(found, SignedGate):
            raise EngineError("the engine gave no report", code="answer_malformed")
        return found

    def gate(self, signed: SignedGate) -> GateVerdict:
        """Whether a report opens the gate now. Raises EngineError."""
        found = self._ask(lambda session: session.gate(signed))
        if not isinstance(found, GateVerdict):
            raise EngineError("the engine gave no verdict", code="answer_malformed")
        return found

    def repair(self, asked: RepairAsk) -> Repaired:
        """Put right what can be put right safely. Raises EngineError, with the engine's own code."""
        found = self._ask(lambda session: session.repair(asked))
        if not isinstance(found, Repaired):
            raise EngineError("the engine did not say what it put right", code="answer_malformed")
        return found

    def _ask(self, call: Callable[[Session], Any]) -> Any:
        session = Session("publish", environment=dict(os.environ)).open()
        try:
            reply = call(session)
            until = time.monotonic() + self._within_s
            while not reply.done and time.monotonic() < until:
                session.drain()
                time.sleep(_STEP_S)
        finally:
            session.close()
        if reply.failure is not None:
            raise EngineError(f"{reply.failure.message} {reply.failure.hint}".strip(), code=reply.failure.code)
        if not reply.done:
            raise EngineError("the engine did not answer", code="engine_hung")
        return reply.value


def engine_of(context: Any) -> Engine:
    """The engine that a publish asks: the one that its context was given, else this user's."""
    given: Engine | None = context.data.get("platewrightEngine")
    return given if given is not None else EngineOverLoopback()
