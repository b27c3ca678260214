"""Texts that cross the border: names that come from outside, and what of ours may be told to others.

A file name out of a record, header or manifest is followed only when it is a plain one: with a folder in it, it
could make a check read, or a person open, a file somewhere else. And a manifest is read by everybody who has the
take, so paths of this machine never go into it.
"""

from __future__ import annotations

import re

__all__ = ["base_name", "is_plain_name", "shown", "told"]

_ABSOLUTE = re.compile(r"(?:file:)?[/\\~]|[A-Za-z]:[/\\]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOT_PLAIN = re.compile(r"[/\\:\x00-\x1f\x7f]")


def is_plain_name(name: str) -> bool:
    """True for a file name without folder, drive or control character, of at most 255 bytes, and not `.` or `..`."""
    return (
        bool(name)
        and name not in {".", ".."}
        and not _NOT_PLAIN.search(name)
        and len(name.encode(errors="replace")) < 256
    )


def base_name(path: str) -> str:
    """The last part of a path as any system writes it: what may be told of a path to whoever reads a manifest."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


def told(text: str) -> str:
    """A text for a manifest: an absolute path is cut down to its last part, all else stays as it is."""
    return base_name(text) if _ABSOLUTE.match(text) else text


def shown(text: object, longest: int = 200) -> str:
    """A text from outside as it may be shown: one line, no control or direction characters, not endless."""
    return _CONTROL.sub(" ", str(text))[:longest]
