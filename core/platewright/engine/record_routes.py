"""The route of records of rights: what a form says is checked while it is typed, and filed when a person says so."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from platewright.contract.recording import RecordAnswer, RecordDraft

from . import recording
from .answers import answer, body_of
from .parts import Parts, speaks

__all__ = ["record_routes"]

_WITHIN_S = 600.0


def record_routes(parts: Parts) -> APIRouter:
    """The route, over the looking process."""
    router = APIRouter(tags=["rights"])

    @router.post("/records", summary="Check a record of rights, and file it", **speaks(RecordAnswer, RecordDraft))
    async def record(request: Request) -> Response:
        asked = await body_of(request, RecordDraft)
        return answer(await parts.looks.ask(recording.record, asked, within_s=_WITHIN_S))

    return router
