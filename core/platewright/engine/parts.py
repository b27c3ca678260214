"""What the routes stand on, handed to them as one value, and the words in which a route tells OpenAPI about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import anyio.to_thread

from platewright.contract.errors import EngineError
from platewright.contract.jobs import Desk
from platewright.contract.json_schema import reference
from platewright.contract.wire import Backends, Health, Stop

from .bell import Bell
from .kept import KeptPictures

__all__ = ["FAILURES", "Looks", "Parts", "at_desk", "speaks"]

T = TypeVar("T")

_MEANINGS = {
    400: "the body is not what the route takes",
    401: "the token is missing or an old one",
    403: "a path, a host or an origin that is not allowed",
    404: "there is no such thing",
    405: "the route has no such method",
    408: "the body did not arrive in time",
    409: "it can't be done as things stand",
    413: "the call is too large",
    415: "the body is no JSON",
    422: "what was handed in can't be used",
    426: "host and engine are of different versions",
    503: "the engine is busy or on its way out",
    507: "the disk is full",
}
FAILURES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    for status, meaning in _MEANINGS.items()
}


class Looks(Protocol):
    """Runs work on files in another process, which may die without taking the server along."""

    async def ask(self, work: Callable[..., T], *given: Any, within_s: float) -> T:
        """`work(*given)` there. Raises what it raises, EngineError where it died or took too long."""


@dataclass(frozen=True)
class Parts:
    """Everything the routes use.

    looks: quick questions about files; verifies: those that take minutes. health: how the engine is now.
    stop: asks it to end. backends: every generator, loaded when it is first asked for.
    """

    desk: Desk
    bell: Bell
    looks: Looks
    verifies: Looks
    health: Callable[[], Health]
    stop: Callable[[Stop], None]
    kept: KeptPictures
    backends: Callable[[], Backends]


def speaks(gives: type | None, takes: type | None = None, **others: Any) -> dict[str, Any]:
    """Keywords of a route: what it gives and takes, and how it can fail."""
    responses: dict[int | str, dict[str, Any]] = dict(FAILURES)
    if gives is not None:
        responses[200] = {
            "description": "done",
            "content": {"application/json": {"schema": reference(gives)}},
        }
    said: dict[str, Any] = {"responses": responses, "response_model": None, **others}
    if takes is not None:
        content = {"application/json": {"schema": reference(takes)}}
        said["openapi_extra"] = {"requestBody": {"required": True, "content": content}}
    return said


async def at_desk(work: Callable[..., T], *given: Any) -> T:
    """A verb of the desk, on a thread, so that a slow disk doesn't hold up other callers."""
    try:
        return await anyio.to_thread.run_sync(lambda: work(*given), limiter=None)
    except RuntimeError as error:
        if "cannot schedule new futures after shutdown" in str(error):
            raise EngineError("the engine is on its way out", code="engine_busy", retry=True) from error
        raise
