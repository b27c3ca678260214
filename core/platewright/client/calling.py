"""One HTTP call to the engine, bounded in time and size; failures as the error tree's own words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from platewright.contract.endpoint import CLIENT_HEADER, PROTOCOL, PROTOCOL_HEADER, Endpoint
from platewright.contract.errors import EngineError, PlatewrightError
from platewright.contract.failure import Failure
from platewright.contract.mapper import canonical, from_bytes

if TYPE_CHECKING:  # see session: what only the session's threads need is loaded by them
    import http.client

__all__ = ["Call", "Line", "Refused", "failure_of"]

_MOST_ANSWER = 256 * 1024 * 1024
_CONNECT_S = 2.0


@dataclass(frozen=True)
class Call:
    """A call: method, path with its query, body. within_s: how long an answer may take."""

    method: str
    path: str
    body: object = None
    within_s: float = 10.0


class Refused(EngineError):
    """The engine's own no, with its words."""

    def __init__(self, failure: Failure, status: int) -> None:
        super().__init__(
            failure.message, code=failure.code, hint=failure.hint, frame=failure.frame, retry=failure.retry
        )
        self.status = status
        self.failure = failure


def failure_of(error: PlatewrightError) -> Failure:
    """An error as the plain values that messages carry."""
    if isinstance(error, Refused):
        return error.failure
    return Failure(error.code, error.message, error.hint, error.frame, error.retry, error.exit_code)


class Line:
    """A connection to one engine, kept open between calls; not to be shared between threads."""

    def __init__(self, endpoint: Endpoint, client: str = "") -> None:
        self.endpoint = endpoint
        self._client = client
        self._connection: http.client.HTTPConnection | None = None
        self._ended = False

    def ask(self, call: Call) -> bytes:
        """The answer's body.

        Raises Refused, EngineError `engine_hung` where no answer came in time, `engine_lost` where the connection
        broke, which leaves open whether the call was heard.
        """
        import http.client

        try:
            answer = self._send(call)
            data = answer.read(_MOST_ANSWER + 1)
        except TimeoutError as error:
            self.close()
            raise _hung(call.within_s) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _lost() from error
        if len(data) > _MOST_ANSWER:
            self.close()
            raise EngineError("the engine's answer is too large", code="answer_malformed")
        if answer.status != 200:
            raise _refused(answer.status, data)
        return data

    def listen(self, path: str, silence_s: float) -> http.client.HTTPResponse:
        """An answer without an end, to be read line by line; a read raises after `silence_s` seconds of nothing.

        Raises as `ask`.
        """
        import http.client

        try:
            answer = self._send(Call("GET", path, within_s=silence_s))
            if answer.status != 200:
                raise _refused(answer.status, answer.read(_MOST_ANSWER))
        except TimeoutError as error:
            self.close()
            raise _hung(silence_s) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _lost() from error
        return answer

    def close(self) -> None:
        """Close the connection; a read that waits on it in another thread ends."""
        import socket

        connection, self._connection = self._connection, None
        if connection is not None:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()

    def end(self) -> None:
        """Close it for good, from another thread: a connection that is being made just now is closed too."""
        self._ended = True
        self.close()

    def _send(self, call: Call) -> http.client.HTTPResponse:
        import http.client

        data = None if call.body is None else canonical(call.body)
        headers = {
            "Authorization": f"Bearer {self.endpoint.token}",
            PROTOCOL_HEADER: str(PROTOCOL),
            CLIENT_HEADER: self._client,
        }
        if data is not None:
            headers["Content-Type"] = "application/json"
        if self._connection is not None and _has_ended(self._connection):
            self.close()  # kept for too long: the engine has let go of it
        connection = self._connection
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.endpoint.port, timeout=_CONNECT_S)
            connection.connect()
            connection.auto_open = 0  # closed by another thread, it stays closed
            self._connection = connection
            if self._ended:
                self.close()
        if connection.sock is not None:
            connection.sock.settimeout(call.within_s)
        connection.request(call.method, call.path, data, headers)
        return connection.getresponse()


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed a connection that waits for its next call: then there is something to read."""
    import selectors

    if connection.sock is None:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return bool(selector.select(0))


def _refused(status: int, data: bytes) -> EngineError:
    from platewright.contract.wire import Refusal

    try:
        return Refused(from_bytes(Refusal, data, "answer").error, status)
    except PlatewrightError:
        return EngineError(f"something else answers in the engine's place ({status})", code="engine_lost", retry=True)


def _hung(seconds: float) -> EngineError:
    return EngineError(
        f"the engine did not answer within {seconds:.0f} seconds",
        code="engine_hung",
        hint="Give it a moment; if it stays so, run `platewright engine stop --now`. Jobs are kept.",
        retry=True,
    )


def _lost() -> EngineError:
    return EngineError(
        "the connection to the engine broke",
        code="engine_lost",
        hint="It is looked for and started again by itself; jobs are kept.",
        retry=True,
    )
