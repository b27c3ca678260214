"""What may stand in a record: ids that are files' names, people by opaque id, hashes, days; and how a term stands.

No name has a place in a record: an id of a person needs a digit, which names do not have.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

from platewright.contract.errors import ManifestError

__all__ = [
    "Standing",
    "covers",
    "day_of",
    "is_sha256",
    "require_date",
    "require_head",
    "require_id",
    "require_person",
    "require_sha256",
    "require_word",
    "standing_in",
    "wrong",
]

Standing = Literal["active", "draft", "suspended", "revoked", "expired", "not_yet"]
"""How a record stands on a day. Only an active one allows anything."""

_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?")
_PERSON = re.compile(r"(?=[a-z0-9._:-]*[0-9])[a-z0-9][a-z0-9._:-]{2,79}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def require_head(id_: str, prev_hash: str) -> None:
    """Raises ManifestError unless these can be a record's id and the hash of the file it supersedes."""
    require_id(id_, "id")
    if prev_hash:
        require_sha256(prev_hash, "prev_hash")


def require_id(text: str, place: str) -> None:
    """Raises ManifestError unless the text can be a record's id, and so a file's name."""
    if not _ID.fullmatch(text) or ".." in text:
        raise wrong(place, "must be lower-case letters, digits, '.', '_' and '-', as in consent-0412")


def require_person(text: str, place: str) -> None:
    """Raises ManifestError unless the text is an opaque id: one without a digit is most likely a name."""
    if not _PERSON.fullmatch(text):
        raise wrong(place, "must be an opaque id with a digit in it, as in p-0412, and never a name")


def require_word(text: str, place: str, what: str) -> None:
    """Raises ManifestError where nothing is said. what: `the show, as requests name it`."""
    if not text.strip():
        raise wrong(place, f"must name {what}")


def require_sha256(text: str, place: str) -> None:
    """Raises ManifestError unless the text is a SHA-256 in lower-case hex."""
    if not is_sha256(text):
        raise wrong(place, "must be a SHA-256, 64 lower-case hex digits")


def is_sha256(text: str) -> bool:
    """Whether the text is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None


def require_date(text: str, place: str) -> None:
    """Raises ManifestError unless the text is empty, a day (`2026-01-31`) or a moment in UTC."""
    if text:
        try:
            day_of(text)
        except ValueError as error:
            raise wrong(place, "must be a day as in 2026-01-31, or a moment as in 2026-01-31T09:00:00Z") from error


def day_of(text: str) -> date:
    """The day of a day's or a moment's text, UTC. Raises ValueError."""
    if len(text) == 10:
        return date.fromisoformat(text)
    if not text.endswith("Z"):
        raise ValueError(text)
    return datetime.fromisoformat(text[:-1] + "+00:00").date()


def wrong(place: str, what: str) -> ManifestError:
    """The error of a field that can't be as it is."""
    return ManifestError(f"{place} {what}", code="record_malformed")


def covers(begins: str, ends: str, on: date) -> bool:
    """Whether a day lies between two, both included; an empty one is open."""
    return not (begins and on < day_of(begins)) and not (ends and on > day_of(ends))


def standing_in(begins: str, ends: str, on: date) -> Standing:
    """How something with a term stands on a day."""
    if begins and on < day_of(begins):
        return "not_yet"
    return "expired" if ends and on > day_of(ends) else "active"
