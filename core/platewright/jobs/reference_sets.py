"""From a reference set's name to the references of a request, its pictures held against what was entered."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from platewright.contract.errors import PlateError, RequestError
from platewright.contract.request import Reference
from platewright.imaging.stream import hash_file
from platewright.rights.folder import Records
from platewright.rights.record_parts import Review
from platewright.rights.reference_sets import ReferenceSet, SetPicture

from .rights_book import today

__all__ = ["latest_sets", "new_set", "references_of_set", "set_named"]


def latest_sets(records: Records) -> dict[str, ReferenceSet]:
    """The newest version of each set that counts, by its name."""
    found: dict[str, ReferenceSet] = {}
    for one in records.of(ReferenceSet):
        if one.name not in found or one.version > found[one.name].version:
            found[one.name] = one
    return found


def set_named(records: Records, text: str) -> ReferenceSet:
    """The set that `anna` (its latest version) or `anna@2` names. Raises RequestError `set_unknown`."""
    name, names_version, version = text.partition("@")
    every = [one for one in records.of(ReferenceSet) if one.name == name]
    found = None if names_version else latest_sets(records).get(name)
    if version.isdecimal() and len(version) < 4:
        found = next((one for one in every if one.version == int(version)), None)
    if found is None:
        versions = ", ".join(f"{name}@{one.version}" for one in sorted(every, key=lambda one: one.version))
        names = versions or ", ".join(sorted(latest_sets(records)))
        raise RequestError(
            f"this show has no reference set {text[:80]}",
            code="set_unknown",
            hint=f"There is {names}." if names else "`platewright references add` enters one.",
        )
    return found


def references_of_set(records: Records, text: str) -> tuple[Reference, ...]:
    """A reference for each picture of a set, in its order.

    Raises RequestError `set_unknown`, `set_not_active`; PlateError `set_picture_changed`, StorageError.
    """
    found = set_named(records, text)
    standing = found.standing(today())
    if standing != "active":
        raise RequestError(
            f"the reference set {found.name}@{found.version} is {standing.replace('_', ' ')}",
            code="set_not_active",
            hint="Name another version, or have its term looked at.",
        )
    return tuple(_reference(records.folder, found, picture) for picture in found.pictures)


def new_set(
    records: Records, name: str, role: str, right: str, files: Iterable[Path], *, shots: Iterable[str] = (), by: str
) -> ReferenceSet:
    """The next version of a set, of pictures as they lie there now. Raises ManifestError, PlateError, StorageError."""
    latest = latest_sets(records).get(name)
    taken = [one.version for one in records.of(ReferenceSet) if one.name == name]
    taken += [int(one.id[len(name) + 2 :]) for one in records.damage if _is_version(one.id, name)]
    version = 1 + max(taken, default=0)
    beside = records.folder.absolute().parent
    pictures = tuple(SetPicture(_short(beside, file), hash_file(file).sha256) for file in files)
    return ReferenceSet(
        f"{name}-v{version:03d}", name, version, role or (latest.role if latest else "identity"),  # type: ignore[arg-type]
        right or (latest.right if latest else ""), pictures, shots=tuple(shots) or (latest.shots if latest else ()),
        review=Review(by, today().isoformat()),
    )  # fmt: skip


def _reference(folder: Path, of: ReferenceSet, picture: SetPicture) -> Reference:
    path = Path(os.path.normpath(folder.absolute().parent / picture.path))
    if hash_file(path).sha256 != picture.sha256:
        raise PlateError(
            f"{path.name} is not the picture that was entered into {of.name}@{of.version}",
            code="set_picture_changed",
            hint="Put the picture back, or enter the new one as the set's next version: `platewright references add`.",
        )
    return Reference(
        of.role, str(path), None, of.colour_space, of.right, of.source_type, f"{of.name}@{of.version}"
    )  # fmt: skip


def _short(beside: Path, file: Path) -> str:
    """A path from the show's folder where it lies in there, so that the show can be moved."""
    whole = file.absolute()
    return whole.relative_to(beside).as_posix() if whole.is_relative_to(beside) else str(whole)


def _is_version(id_: str, name: str) -> bool:
    return id_.startswith(f"{name}-v") and id_[len(name) + 2 :].isdecimal()
