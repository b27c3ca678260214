"""A show's reference sets for hosts, as `platewright references` lists and shows them. Runs in the looking process."""

from __future__ import annotations

from platewright.contract.reference_sets import SetList, SetLook, SetPictures
from platewright.jobs.reference_sets import latest_sets, references_of_set
from platewright.jobs.rights_book import RightsBook, today
from platewright.rights.folder import Records
from platewright.rights.reference_sets import ReferenceSet
from platewright.settings.layers import records_folder, show_of

from .roots import absolute

__all__ = ["reference_sets", "set_pictures"]


def reference_sets(root: str) -> SetList:
    """Those of the show that a folder belongs to. Raises RequestError `rights_folder_unknown`, StorageError."""
    records = _records(root)
    latest = {one.id for one in latest_sets(records).values()}
    found = sorted(records.of(ReferenceSet), key=lambda one: (one.name, -one.version))
    sets = (
        SetLook(one.name, one.version, one.role, one.right, len(one.pictures), one.shots, one.standing(today()),
                one.id in latest)
        for one in found
    )  # fmt: skip
    return SetList(tuple(sets), tuple(one.id for one in records.damage if one.path.parent.name == "sets"))


def set_pictures(root: str, named: str) -> SetPictures:
    """The references of a set. Raises RequestError `set_unknown`, `set_not_active`, PlateError `set_picture_changed`,
    StorageError."""
    return SetPictures(references_of_set(_records(root), named))


def _records(root: str) -> Records:
    return RightsBook(records_folder(show_of(absolute(root, "root")))).records()
