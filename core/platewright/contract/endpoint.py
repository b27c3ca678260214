"""Where the engine of this user is found: the state folder, the endpoint file in it, and the words of the handshake.

Host and engine agree on these before they have said anything to each other, so they stand in the contract.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "CLIENT_HEADER",
    "COMMAND_NAME",
    "ENDPOINT_NAME",
    "LOCK_NAME",
    "PROTOCOL",
    "PROTOCOL_HEADER",
    "Endpoint",
    "endpoint_file",
    "state_folder",
]

# Raised when a host and an engine that differ in it could misunderstand each other.
PROTOCOL = 2
PROTOCOL_HEADER = "Platewright-Protocol"
CLIENT_HEADER = "Platewright-Client"
ENDPOINT_NAME = "engine.json"
COMMAND_NAME = "command.json"
LOCK_NAME = "engine.lock"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running engine: what a host needs to talk to it. The file is readable by its owner alone.

    token: goes with every call; a new one at each start. protocol: what it speaks. version: of the program.
    started: UTC, `2026-01-31T12:00:00.000Z`. command: what runs `platewright`, so that a host can start the next one.
    """

    port: int
    token: str
    pid: int
    protocol: int
    version: str
    started: str
    command: tuple[str, ...] = ()


def state_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder for what lasts between runs but is no work of the user's: endpoint, jobs, logs, pictures kept.

    `$PLATEWRIGHT_STATE`, else `state` in `$PLATEWRIGHT_HOME`, else the system's own place.
    """
    values = os.environ if environment is None else environment
    if given := values.get("PLATEWRIGHT_STATE"):
        return Path(given).expanduser().absolute()
    if home := values.get("PLATEWRIGHT_HOME"):
        return Path(home).expanduser().absolute() / "state"
    if os.name == "nt" and (local := values.get("LOCALAPPDATA")):
        return Path(local) / "platewright" / "state"
    base = values.get("XDG_STATE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state") / "platewright"


def endpoint_file(folder: Path) -> Path:
    """The endpoint file in a state folder; it is there while an engine runs, and perhaps after one has crashed."""
    return folder / ENDPOINT_NAME
