"""Which words of the contract each call's answer is in, loaded when the first such answer is read."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from platewright.contract.errors import EngineError, ManifestError
from platewright.contract.mapper import from_bytes

__all__ = ["ANSWERS", "reader_of"]

# The class of an answer, and the module of the contract that it stands in.
ANSWERS = {
    "Job": "jobs",
    "JobEvent": "jobs",
    "Quote": "jobs",
    "TakeRecord": "takes",
    "TakeSummary": "decisions",
    "Backends": "wire",
    "Budgets": "wire",
    "Costs": "wire",
    "Delivered": "deliveries",
    "EventPage": "wire",
    "Exported": "wire",
    "FullFrames": "wire",
    "GateVerdict": "checks",
    "Health": "wire",
    "JobList": "wire",
    "MatteFiles": "wire",
    "PlateCopies": "wire",
    "RecordAnswer": "recording",
    "Repaired": "repairs",
    "SequenceLook": "wire",
    "SetList": "reference_sets",
    "SetPictures": "reference_sets",
    "SignedComp": "deliveries",
    "SignedGate": "checks",
    "TakeList": "wire",
    "Verification": "wire",
    "Views": "wire",
}


def reader_of(name: str) -> Callable[[bytes], Any]:
    """What turns an answer's bytes into a value of the class of that name; it raises EngineError `answer_malformed`."""
    module = ANSWERS[name]

    def read(data: bytes) -> Any:
        kind = getattr(importlib.import_module(f"platewright.contract.{module}"), name)
        try:
            return from_bytes(kind, data, "answer")
        except ManifestError as error:
            raise EngineError(
                f"the engine's answer can't be understood: {error.message[:200]}",
                code="answer_malformed",
                hint="Run `platewright engine stop`; the next call starts it again. If that does not help, update "
                "Platewright, so that engine and plug-in are of one version.",
            ) from error

    return read
