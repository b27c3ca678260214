"""The body of a send, and results of several files: a zip whose bytes follow from what is in it and nothing else.

`send.json` holds the words, canonical; beside it lie the pictures, stored as they are. The jobs room knows a body by
its hash, so the same send must give the same bytes on another day and in another process.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from platewright.contract.errors import InternalError
from platewright.contract.mapper import canonical

__all__ = ["pack", "unpack"]

WORDS = "send.json"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pack(words: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """The bytes of a body. words: plain JSON values. files: plain names, in any order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [(WORDS, canonical(words)), *sorted(files.items())]:
            member = zipfile.ZipInfo(name, _LONG_AGO)
            member.create_system, member.external_attr = 3, 0o600 << 16
            archive.writestr(member, data)
    return out.getvalue()


def unpack(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The words and files of a body of our own. Raises InternalError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        words: dict[str, Any] = json.loads(files.pop(WORDS))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InternalError("this is no body of a send") from error
    return words, files
