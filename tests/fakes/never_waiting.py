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
    mine = threading.get_ident()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _CAN_WAIT:
            patch.setattr(owner, name, _refused(mine, getattr(owner, name), f"{owner.__name__}.{name}"))
        yield


def _refused(mine: int, real: Any, name: str) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        assert threading.get_ident() != mine, f"{name} can wait, and this thread must not"
        return real(*given, **named)

    return call
