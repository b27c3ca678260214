"""Routes of events: a stream that can be resumed by number, and a page to ask for where a host has no streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response, StreamingResponse

from platewright.contract.errors import EngineError, StorageError
from platewright.contract.jobs import JobEvent
from platewright.contract.mapper import canonical
from platewright.contract.wire import EventPage

from .answers import answer
from .bell import Bell
from .parts import FAILURES, Parts, at_desk, speaks

__all__ = ["BEAT_S", "MOST_LISTENERS", "event_routes"]

# A stream says something at least this often, so that a listener soon knows a hung engine from a quiet one.
BEAT_S = 1.0
MOST_LISTENERS = 64
_LONGEST_WAIT_S = 25.0
_AT_ONCE = 500

After = Annotated[int, Query(ge=0, lt=2**63, description="go on behind this number")]
OfJob = Annotated[str, Query(max_length=128, description="only of this job")]


def event_routes(parts: Parts) -> APIRouter:
    """The routes, over a desk and its bell."""
    router = APIRouter(tags=["events"])
    desk, bell = parts.desk, parts.bell

    @router.get("/events", summary="Events behind a number; waits for the first if asked to", **speaks(EventPage))
    async def events(
        after: After = 0,
        job: OfJob = "",
        limit: Annotated[int, Query(ge=1, le=_AT_ONCE)] = _AT_ONCE,
        wait: Annotated[float, Query(ge=0, le=_LONGEST_WAIT_S, description="seconds")] = 0.0,
    ) -> Response:
        found = await at_desk(desk.events, after, job, limit)
        if not found and wait > 0:
            with _listening(bell):
                await bell.wait(max(after, bell.latest), wait)
            found = await at_desk(desk.events, after, job, limit)
        return answer(EventPage(tuple(found), max((event.number for event in found), default=after)))

    stream_says = {
        200: {"description": "the stream", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **FAILURES,
    }

    @router.get(
        "/events/stream",
        summary="Events as they happen (server-sent); resumes behind Last-Event-ID or `after`",
        responses=stream_says,
        response_model=None,
        response_class=StreamingResponse,
    )
    async def stream(
        after: After = 0,
        job: OfJob = "",
        last_event_id: Annotated[str, Header(max_length=32)] = "",
    ) -> Response:
        begin = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else after
        if bell.listeners >= MOST_LISTENERS:
            raise _too_many()
        if job:
            await at_desk(desk.job, job)  # one that is not there is told while it can still be said
        return StreamingResponse(
            _flow(parts, min(begin, 2**63 - 1), job),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router


async def _flow(parts: Parts, after: int, job: str) -> AsyncIterator[bytes]:
    """Events as server-sent text, a heartbeat where there are none, until the engine ends.

    A database that is away for a while is no reason to hang up: the events are there when it is back.
    """
    with _listening(parts.bell):
        yield b": welcome\n\n"
        while not parts.bell.stopped:
            seen = parts.bell.latest
            try:
                found = await at_desk(parts.desk.events, after, job, _AT_ONCE)
            except StorageError:
                yield b": the jobs can't be read now\n\n"
                await asyncio.sleep(BEAT_S)
                continue
            for event in found:
                yield _sent(event)
            if found:
                after = found[-1].number
            elif not await parts.bell.wait(max(seen, after), BEAT_S):
                yield b": beat\n\n"
        yield b"event: bye\ndata: {}\n\n"


def _sent(event: JobEvent) -> bytes:
    return b"id: %d\nevent: job\ndata: %s\n\n" % (event.number, canonical(event))


@contextmanager
def _listening(bell: Bell) -> Iterator[None]:
    if bell.listeners >= MOST_LISTENERS:
        raise _too_many()
    bell.listeners += 1
    try:
        yield
    finally:
        bell.listeners -= 1


def _too_many() -> EngineError:
    return EngineError(
        f"{MOST_LISTENERS} listeners are connected already",
        code="engine_busy",
        hint="Close a host that is not needed, then try again.",
        retry=True,
    )
