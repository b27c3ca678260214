"""A failure: an error of the tree as plain values, as it is kept, sent, and shown to an artist."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Failure"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job stopped: an error of the error tree as plain values. exit_code: its kind's, 0 where nobody said."""

    code: str
    message: str
    hint: str = ""
    frame: int | None = None
    retry: bool = False
    exit_code: int = 0
