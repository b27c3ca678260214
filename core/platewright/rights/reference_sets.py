"""A reference set: the pictures by which a show's character, place or look is known, under a name and a version.

A version never changes; another look of the same character is the next one. What allows its use stands in the record of
the right that it names, so that whoever is seen in it, its licence and its end are asked of there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .record_parts import Review, Revocation, Term
from .record_words import Standing, require_head, require_id, require_sha256, standing_in, wrong

__all__ = ["ReferenceSet", "SetPicture", "id_of_set"]

MOST_PICTURES = 64
_NAMED = re.compile(r"([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)@([1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class SetPicture:
    """One picture. path: where it lies, absolute or from the folder that the rights folder is in. sha256: of it."""

    path: str
    sha256: str
    shows: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """See the module. id: `anna-v002` for the second version of `anna`. right: the id of a reference's right, a
    licence or a consent, or `own`. pictures: what matters most first, for a backend takes the first ones. shots: those
    it is for, as patterns; none for the whole show."""

    id: str
    name: str
    version: int
    role: Literal["identity", "environment", "style"]
    right: str
    pictures: tuple[SetPicture, ...]
    schema: Literal["org.platewright.reference-set/1"] = "org.platewright.reference-set/1"
    shots: tuple[str, ...] = ()
    colour_space: str = ""
    source_type: str = ""
    term: Term = field(default_factory=Term)
    revocation: Revocation = field(default_factory=Revocation)
    review: Review = field(default_factory=Review)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        require_id(self.name, "name")
        if self.id != id_of_set(f"{self.name}@{self.version}"):
            raise wrong("id", f"must be the name and version, as in {self.name}-v001")
        if not 1 <= len(self.pictures) <= MOST_PICTURES:
            raise wrong("pictures", f"must be 1 to {MOST_PICTURES}")
        for one in self.pictures:
            require_sha256(one.sha256, "pictures")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in(self.term.begins, self.term.ends, on)


def id_of_set(named: str) -> str:
    """The record's id of a set's version, `anna@2`; empty where the text can't be one."""
    found = _NAMED.fullmatch(named)
    return f"{found[1]}-v{int(found[2]):03d}" if found else ""
