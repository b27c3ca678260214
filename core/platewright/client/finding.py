"""Finding a running engine: the endpoint file, read with care, because anybody's crash may have left it behind."""

from __future__ import annotations

import os
from pathlib import Path

from platewright.contract.endpoint import Endpoint, endpoint_file
from platewright.contract.errors import PlatewrightError
from platewright.contract.mapper import from_bytes

__all__ = ["find_endpoint"]

_LARGEST = 64 * 1024


def find_endpoint(folder: Path) -> Endpoint | None:
    """The endpoint of the engine that says it runs there; None where there is none that can be believed.

    A file of another user, or one that others may write, is not believed: it could send a host's plates elsewhere.
    """
    try:
        descriptor = os.open(endpoint_file(folder), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    try:
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if hasattr(os, "geteuid") and (found.st_uid != os.geteuid() or found.st_mode & 0o022):
                return None
            endpoint = from_bytes(Endpoint, file.read(_LARGEST), "endpoint")
    except (OSError, PlatewrightError):
        return None
    plain = 0 < endpoint.port < 65536 and endpoint.token.isascii() and endpoint.token.isprintable()
    return endpoint if plain else None
