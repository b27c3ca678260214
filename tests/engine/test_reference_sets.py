"""A show's reference sets over the wire: listed with how they stand, and made into references by their content."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from platewright.contract.mapper import from_bytes, to_json
from platewright.contract.reference_sets import SetList, SetPictures
from platewright.jobs.reference_sets import new_set
from platewright.jobs.rights_book import RightsBook
from platewright.rights.plain_yaml import write_yaml
from tests.engine.conftest import Served


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """Two versions of one set and one of another, whose pictures need not be pictures."""
    folder = tmp_path / "apollo"
    (folder / "elements").mkdir(parents=True)
    (folder / "platewright.toml").write_text("")
    book = RightsBook(folder / "rights")
    for name, files, shots in (
        ("anna", ("front",), ()),
        ("anna", ("front", "side"), ()),
        ("attic", ("wide",), ("sh0*",)),
    ):
        paths = [folder / f"{file}.exr" for file in files]
        for path in paths:
            path.write_bytes(path.name.encode())
        made = new_set(book.records(), name, "identity", "own", paths, shots=shots, by="p-0900")
        book.add(write_yaml(to_json(made)), "sets", "p-0900")
    return folder


def asked(served: Served, path: str, show: Path, **words: str) -> tuple[int, bytes]:
    said = "&".join(f"{name}={quote(value, '')}" for name, value in {"root": str(show / "elements"), **words}.items())
    answer = served.call("GET", f"/v1/reference_sets{path}?{said}")
    return answer.status, answer.body


def test_sets_are_listed_by_name_the_newest_version_first(served: Served, show: Path) -> None:
    status, body = asked(served, "", show)
    found = from_bytes(SetList, body)
    assert status == 200 and found.damage == ()
    assert [(one.named, one.pictures, one.latest, one.standing, one.shots) for one in found.sets] == [
        ("anna@2", 2, True, "active", ()),
        ("anna@1", 1, False, "active", ()),
        ("attic@1", 1, True, "active", ("sh0*",)),
    ]


def test_a_sets_pictures_come_as_references_and_a_swapped_one_is_told(served: Served, show: Path) -> None:
    status, body = asked(served, "/pictures", show, named="anna")
    found = from_bytes(SetPictures, body).references
    assert status == 200
    assert [(one.role, one.pattern, one.licence, one.of_set) for one in found] == [
        ("identity", str(show / f"{name}.exr"), "own", "anna@2") for name in ("front", "side")
    ]
    (show / "side.exr").write_bytes(b"another")
    assert b"set_picture_changed" in asked(served, "/pictures", show, named="anna@2")[1]
    assert b"set_unknown" in asked(served, "/pictures", show, named="../anna")[1]


def test_a_folder_of_no_show_and_one_that_is_no_path_are_refused(served: Served, show: Path, tmp_path: Path) -> None:
    assert b"rights_folder_unknown" in asked(served, "", tmp_path / "nowhere")[1]
    assert b"path_refused" in asked(served, "", Path("elements"))[1]
