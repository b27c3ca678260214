"""Filing a record of rights from a form: what a host sends, and what is said about it while it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RecordAnswer", "RecordDraft", "RecordKind", "WrongField"]

RecordKind = Literal["consents", "licences", "references", "approvals"]
"""The common ones; all kinds can be filed as YAML."""


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A record as it is filled in.

    data: its fields as JSON. root: a folder of the show, by which its records are found. evidence: full paths of
    documents that it rests on; they are hashed, and copies kept when it is filed. pictures: of a reference, which are
    hashed only. who: opaque id of the person who files it. replace: it supersedes the record of that id. only_check:
    say what is wrong with it and write nothing.
    """

    kind: RecordKind
    data: str
    root: str
    evidence: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    who: str = ""
    replace: bool = False
    only_check: bool = False


@dataclass(frozen=True, slots=True)
class WrongField:
    """One field that can't be as it is. place: its name (`person.ref`), empty where it is about none."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What became of it. filed: it counts now; sha256: of its file. wrong: it can't be filed as it is, `message` and
    `hint` say why, and place is the field it is about (`person.ref`), empty where it is about none. others: what else
    is wrong, as if the fields before were right."""

    filed: bool = False
    wrong: bool = False
    place: str = ""
    message: str = ""
    hint: str = ""
    sha256: str = ""
    others: tuple[WrongField, ...] = ()
