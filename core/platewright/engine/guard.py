"""The door: who may speak to the engine at all, and how much at a time.

Every call needs the token of the endpoint file. A browser that was led here is stopped by three things: the Host
must be this machine's own name (DNS rebinding), a foreign Origin or a cross-site fetch is refused, and nothing is
ever allowed to other origins (no CORS). Bodies are bounded, by their announced and by their real length.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from platewright.contract.endpoint import PROTOCOL, PROTOCOL_HEADER
from platewright.contract.errors import EngineError, InternalError, PlatewrightError, RequestError

from .answers import refusal

__all__ = ["MOST_BODY_BYTES", "Door", "Guard", "REPORT_HINT", "ours"]

MOST_BODY_BYTES = 8 * 1024 * 1024
_BODY_WITHIN_S = 20.0
REPORT_HINT = "This is our mistake. Send us what `platewright diagnose` makes."
_log = logging.getLogger("platewright.engine")


@dataclass(frozen=True)
class Door:
    """What a caller has to know: the token, and under which names the engine is reached."""

    port: int
    token: str

    @property
    def hosts(self) -> frozenset[str]:
        """The values of Host that mean this engine."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    def check(self, headers: Headers) -> None:
        """Raises EngineError where the caller may not speak."""
        if headers.get("host", "").lower() not in self.hosts or len(headers.getlist("host")) != 1:
            raise EngineError("the call was meant for another machine", code="host_refused")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self.hosts}:
            raise EngineError("a page of another site may not use the engine", code="origin_refused")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise EngineError("a page of another site may not use the engine", code="origin_refused")
        scheme, _, given = headers.get("authorization", "").partition(" ")
        same = secrets.compare_digest(given.strip().encode("latin-1", "replace"), self.token.encode())
        if scheme.lower() != "bearer" or not same:
            raise EngineError(
                "the call does not carry this engine's token",
                code="token_refused",
                hint="Read the endpoint file anew: the engine has been started again since.",
                retry=True,
            )

    def check_protocol(self, headers: Headers) -> None:
        """Raises EngineError `engine_version` where host and engine could misunderstand each other."""
        said = headers.get(PROTOCOL_HEADER)
        if said is None or said == str(PROTOCOL):
            return
        newer = said.isascii() and said.isdigit() and int(said[:9]) > PROTOCOL
        raise EngineError(
            f"the plug-in speaks protocol {said[:9]} and this engine {PROTOCOL}",
            code="engine_version",
            hint="Update Platewright, then run `platewright engine stop`; the next call starts the new one."
            if newer
            else "Update the plug-in: run `platewright install` again and restart the host.",
        )


class _Bounded:
    """A body as it comes in, counted and timed."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._taken = 0
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(_BODY_WITHIN_S):
                message = await self._receive()
        except TimeoutError:
            raise RequestError("the call's body did not arrive in time", code="body_slow", retry=True) from None
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._taken > MOST_BODY_BYTES:
                raise _too_large()
        return message


class Guard:
    """ASGI middleware around the whole application: nothing gets past it unasked, nothing comes out as a bare 500."""

    def __init__(self, app: ASGIApp, door: Door, free_of_version: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._door = door
        self._free = free_of_version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then let through; every error becomes an answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no websockets here: the server closes it
        begun = done = False

        async def watched(message: Message) -> None:
            nonlocal begun, done
            begun = begun or message["type"] == "http.response.start"
            done = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, _Bounded(receive), watched)
        except Exception as error:
            problem = error if isinstance(error, PlatewrightError) else ours(error)
            if done:
                return  # it was answered already, and told to the log just now
            if begun:
                raise  # half an answer is out; the server cuts the connection, which the client understands
            await refusal(problem)(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._door.check(headers)
        if scope["path"] not in self._free:
            self._door.check_protocol(headers)
        _check_length(headers)


def _check_length(headers: Mapping[str, str]) -> None:
    said = headers.get("content-length", "0")
    if not said.isascii() or not said.isdigit() or int(said[:20]) > MOST_BODY_BYTES:
        raise _too_large()


def _too_large() -> RequestError:
    return RequestError(
        f"the call is larger than {MOST_BODY_BYTES // 2**20} MB",
        code="body_too_large",
        hint="Send paths, not pictures.",
    )


def ours(error: Exception) -> InternalError:
    """A mistake of ours, told to the log in full and to the caller without the inside."""
    _log.exception("a call failed", exc_info=error)
    return InternalError(f"{type(error).__name__} in the engine", hint=REPORT_HINT)
