"""Addresses: words and questions as they stand in a call's path.

The standard library's own refuses file names that are no proper text, and costs a host's start two milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["question", "word"]

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SIGNS = tuple(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in range(256))


def word(text: object) -> str:
    """Any text as one word of a path (RFC 3986); never raises, also not for a file name that is no proper text."""
    return "".join(_SIGNS[byte] for byte in str(text).encode("utf-8", "surrogatepass"))


def question(words: Mapping[str, object] | Iterable[tuple[str, object]]) -> str:
    """Names and values as the part of an address behind its `?`."""
    pairs = words.items() if isinstance(words, Mapping) else words
    return "&".join(f"{word(name)}={word(value)}" for name, value in pairs)
