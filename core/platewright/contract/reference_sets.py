"""A show's reference sets as hosts are told of them: which there are, and the references that one of them makes."""

from __future__ import annotations

from dataclasses import dataclass

from .request import Reference

__all__ = ["SetList", "SetLook", "SetPictures"]


@dataclass(frozen=True, slots=True)
class SetLook:
    """One version of a set.

    role: what its pictures show: `identity`, `environment` or `style`. right: the record that allows their use.
    pictures: how many. shots: patterns of those it is for; none for the whole show. standing: `active`, or why it can't
    be used: `revoked`, `expired`, `not_yet`. latest: no newer version counts.
    """

    name: str
    version: int
    role: str
    right: str
    pictures: int
    shots: tuple[str, ...] = ()
    standing: str = "active"
    latest: bool = True

    @property
    def named(self) -> str:
        """As a request names it: `anna@2`."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class SetList:
    """The sets of a show by name, the newest version first. damage: ids of records that can't be read."""

    sets: tuple[SetLook, ...]
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetPictures:
    """A set's pictures, held against what was entered: what a request says of each."""

    references: tuple[Reference, ...]
