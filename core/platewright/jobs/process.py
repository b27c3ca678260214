"""Which process this is, in a way that a later one can tell whether it still lives.

A process number is used again, and after a restart of the machine all of them are; so the number goes with the
moment the process was born and with the machine's current start.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

__all__ = ["born", "host", "is_alive"]


def host() -> str:
    """The machine's name."""
    return socket.gethostname()[:100] or "localhost"


def born(pid: int | None = None) -> str:
    """When a process was born, as a text to compare; empty where there is no such process or nobody can tell."""
    try:
        stat = Path(f"/proc/{pid or os.getpid()}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbers = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    # The name in brackets may hold anything; the 20th field behind it is the start, in ticks since the boot.
    after = stat.rpartition(")")[2].split()
    return f"{boot} {numbers}:{after[19]}" if after[0] not in ("Z", "X") else ""


def is_alive(pid: int, when: str) -> bool:
    """Whether the process that was born then lives on this machine; True where nobody can tell.

    Containers may bear the same machine's name and count their processes apart: what was born in another one's count
    can't be looked for here.
    """
    place = born().rpartition(":")[0].split(" ")
    other = when.rpartition(":")[0].split(" ")
    elsewhere = len(other) == len(place) == 2 and other[0] == place[0] and other[1] != place[1]
    return when == "" or elsewhere or born(pid) == when
