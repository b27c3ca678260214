"""Secrets: from an environment variable or the system's keyring, never from a file, never shown.

A secret that was read is known to the logs from then on, which mask it wherever it might turn up.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping
from typing import Any

from platewright.contract.errors import RequestError
from platewright.logs.redaction import mask

__all__ = ["Secret", "secret"]

SERVICE = "platewright"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Secret:
    """A text that shows itself to nobody who prints, formats or compares it by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        mask(text)

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not written anywhere")


def secret(name: str, environment: Mapping[str, str] | None = None) -> Secret | None:
    """The secret of that name (`comfy_token`): `$PLATEWRIGHT_SECRET_COMFY_TOKEN`, else the keyring's, else None.

    Raises RequestError for a name that can't be one.
    """
    if not _NAME.fullmatch(name):
        raise RequestError(f"'{name[:60]}' can't be a secret's name", code="secret_name_invalid")
    values = os.environ if environment is None else environment
    text = values.get(f"PLATEWRIGHT_SECRET_{name.upper()}") or _from_keyring(name)
    return Secret(text) if text else None


def _from_keyring(name: str) -> str:
    """The keyring's, where the library and a keyring are there; a locked or missing one has no secrets for us."""
    try:
        keyring = importlib.import_module("keyring")
        return str(keyring.get_password(SERVICE, name) or "")
    except Exception:  # whatever a desktop's keyring raises, it means: not here
        return ""
