"""Routes of the engine itself: how it is, what it can be asked for, and how to end it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from platewright.contract.wire import Backends, Health, Stop

from .answers import answer, body_of
from .parts import Parts, at_desk, speaks

__all__ = ["engine_routes"]


def engine_routes(parts: Parts) -> APIRouter:
    """The routes of the engine itself."""
    router = APIRouter(tags=["engine"])

    @router.get("/health", summary="How the engine is", **speaks(Health))
    async def health() -> Response:
        return answer(await at_desk(parts.health))

    @router.get("/backends", summary="The generators and what each can do", **speaks(Backends))
    async def backends() -> Response:
        return answer(await at_desk(parts.backends))

    @router.post("/stop", summary="Ask the engine to end; jobs go on with the next one", **speaks(Health, Stop))
    async def stop(request: Request) -> Response:
        asked = await body_of(request, Stop)
        now = await at_desk(parts.health)
        parts.stop(asked)
        return answer(now)

    return router
