"""How far a server is with one job, as it tells by its WebSocket; only ever a convenience beside asking.

A thread listens while somebody asks for the job. Where the server, a proxy or the network has no WebSocket, nothing is
known and nothing else changes. Messages about others' jobs come too, and are passed over.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from platewright.contract.progress import Step

__all__ = ["Listener"]

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MOST = 8 * 1024 * 1024
_UNASKED_S = 60.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Listener:
    """Listens for one job. It ends with the job, or when nobody has asked for a while."""

    def __init__(self, base: str, prompt_id: str, client_id: str, headers: Mapping[str, str]) -> None:
        self._base, self._prompt, self._client = base, prompt_id, client_id
        self._headers = dict(headers)
        self._step: Step | None = None
        self._asked = time.monotonic()
        self._over = False
        threading.Thread(target=self._run, name="comfyui progress", daemon=True).start()

    @property
    def step(self) -> Step | None:
        """How far it is, None where nothing was said."""
        self._asked = time.monotonic()
        return self._step

    def stop(self) -> None:
        """Listen no longer."""
        self._over = True

    def _run(self) -> None:
        try:
            with _opened(self._base, f"/ws?clientId={self._client}", self._headers) as line:
                line.settimeout(1.0)
                reader = _Reader(line)
                while not self._over and time.monotonic() - self._asked < _UNASKED_S:
                    message = reader.next()
                    if message is not None:
                        self._hear(message)
        except (OSError, ValueError, EOFError):
            return  # asking goes on without it

    def _hear(self, message: str) -> None:
        said = json.loads(message)
        data = said.get("data") if isinstance(said, dict) else None
        if not isinstance(data, dict) or data.get("prompt_id") != self._prompt:
            return
        if said.get("type") == "progress":
            value, most = data.get("value"), data.get("max")
            if isinstance(value, (int, float)) and isinstance(most, (int, float)) and 0 <= value <= most < 10**9:
                self._step = Step("making", int(value), int(most))
        elif said.get("type") in ("execution_success", "execution_error", "execution_interrupted"):
            self._over = True


class _Reader:
    """Messages out of a socket's bytes; what a read that timed out has already got is kept."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._got = bytearray()
        self._message = bytearray()
        self._kind = 0

    def next(self) -> str | None:
        """The next text, None where none has come within the socket's time. Raises EOFError at the end."""
        frame = self._frame()
        while frame is None:
            try:
                data = self._line.recv(65536)
            except TimeoutError:
                return None
            if not data:
                raise EOFError
            self._got += data
            if len(self._got) > 2 * _MOST:
                raise ValueError("a message without an end")
            frame = self._frame()
        final, code, data = frame
        if code == _CLOSE:
            raise EOFError
        if code == _PING:
            self._line.sendall(_masked(_PONG, data))
            return None
        if code != _PONG:
            self._kind = code or self._kind
            self._message += data
            if len(self._message) > _MOST:
                raise ValueError("a message without an end")
            if final:
                whole, self._message = bytes(self._message), bytearray()
                return whole.decode("utf-8") if self._kind == _TEXT else None
        return None

    def _frame(self) -> tuple[bool, int, bytes] | None:
        """One frame, if all of it is here (RFC 6455, section 5.2)."""
        got = self._got
        if len(got) < 2:
            return None
        size, start = got[1] & 127, 2
        if size > 125:
            start = 4 if size == 126 else 10
            if len(got) < start:
                return None
            size = int.from_bytes(got[2:start], "big")
        if size > _MOST or got[1] & 128:
            raise ValueError("no frame that a server may send")
        if len(got) < start + size:
            return None
        frame = bool(got[0] & 128), got[0] & 15, bytes(got[start : start + size])
        del got[: start + size]
        return frame


def _opened(base: str, path: str, headers: Mapping[str, str]) -> socket.socket:
    """A WebSocket, its handshake done (RFC 6455, section 4.1). Raises OSError, ValueError."""
    url = urlsplit(base)
    host, secure = url.hostname or "", url.scheme == "https"
    line = socket.create_connection((host, url.port or (443 if secure else 80)), timeout=10)
    try:
        if secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
        key = base64.b64encode(os.urandom(16)).decode()
        said = {
            "Host": url.netloc.rpartition("@")[2], "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", **headers,
        }  # fmt: skip
        lines = [f"GET {url.path}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        line.sendall("\r\n".join(lines).encode("ascii"))
        reply = _head(line)
        wanted = base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()
        if not reply.startswith("HTTP/1.1 101") or f"sec-websocket-accept: {wanted}".lower() not in reply.lower():
            raise ValueError("it has no WebSocket")
    except BaseException:
        line.close()
        raise
    return line


def _head(line: socket.socket) -> str:
    """The answer's head, and nothing of what follows it."""
    got = bytearray()
    while not got.endswith(b"\r\n\r\n"):
        byte: Any = line.recv(1)
        if not byte or len(got) > 16_384:
            raise ValueError("no answer to a handshake")
        got += byte
    return got.decode("latin-1")


def _masked(code: int, data: bytes) -> bytes:
    """A small frame as a client sends it."""
    mask = os.urandom(4)
    body = bytes(one ^ mask[n % 4] for n, one in enumerate(data[:125]))
    return struct.pack("!BB", 128 | code, 128 | len(body)) + mask + body
