"""That a thread waits for nothing: not a matter of how long something took, but of what it may not call.

A clock tells how busy the machine is. Here whatever can wait is refused to the thread that promises never to: a socket,
a new process, a sleep, a condition that another thread has to meet.
"""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["never_waiting"]

_CAN_WAIT: tuple[tuple[Any, str], ...] = (
    (socket, "getaddrinfo"),
    (socket.socket, "connect"),
    (socket.socket, "sendall"),
    (socket.socket, "recv_into"),
    (subprocess.Popen, "__init__"),
    (subprocess.Popen, "wait"),
    (threading.Condition, "wait"),
    (threading.Thread, "join"),
    (time, "sleep"),
)


@contextmanager
def never_waiting() -> Iterator[None]:
    """What this thread calls in the block fails where it could wait; other threads go on as ever."""
    mine, starting = threading.get_ident(), list[threading.Thread]()
    begin = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        """Beginning a thread waits until it is there, which is no waiting for what it does."""
        if threading.get_ident() == mine:
            starting.append(thread)
        try:
            begin(thread)
        finally:
            if threading.get_ident() == mine:
                starting.pop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        for owner, name in _CAN_WAIT:
            patch.setattr(owner, name, _refused(mine, starting, getattr(owner, name), f"{owner.__name__}.{name}"))
        yield


def _refused(mine: int, starting: list[threading.Thread], real: Any, name: str) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        assert threading.get_ident() != mine or starting, f"{name} can wait, and this thread must not"
        return real(*given, **named)

    return call
