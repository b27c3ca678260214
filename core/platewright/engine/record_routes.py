"""Routes of a show's records: what a form says is checked while it is typed, and filed when a person says so; its
reference sets are listed, and made into references."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from platewright.contract.recording import RecordAnswer, RecordDraft
from platewright.contract.reference_sets import SetList, SetPictures

from . import recording, set_looks
from .answers import answer, body_of
from .parts import Parts, speaks

__all__ = ["record_routes"]

_WITHIN_S = 600.0
Root = Annotated[str, Query(max_length=4096)]


def record_routes(parts: Parts) -> APIRouter:
    """The routes, over the looking process."""
    router = APIRouter(tags=["rights"])

    @router.post("/records", summary="Check a record of rights, and file it", **speaks(RecordAnswer, RecordDraft))
    async def record(request: Request) -> Response:
        asked = await body_of(request, RecordDraft)
        return answer(await parts.looks.ask(recording.record, asked, within_s=_WITHIN_S))

    @router.get("/reference_sets", summary="A show's reference sets, every version", **speaks(SetList))
    async def sets(root: Root) -> Response:
        return answer(await parts.looks.ask(set_looks.reference_sets, root, within_s=_WITHIN_S))

    @router.get("/reference_sets/pictures", summary="A set's pictures as references", **speaks(SetPictures))
    async def pictures(root: Root, named: Annotated[str, Query(max_length=100)]) -> Response:
        return answer(await parts.looks.ask(set_looks.set_pictures, root, named, within_s=_WITHIN_S))

    return router
