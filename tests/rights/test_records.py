"""Records are read strictly, hold no name, and stand as their days say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from platewright.contract.errors import ManifestError
from platewright.contract.mapper import from_json, to_json
from platewright.rights.folder import read_folder
from platewright.rights.record_parts import Grantor, Person, Revocation, Suspension, Term
from platewright.rights.records import Consent, Licence, Waiver
from platewright.rights.reference_sets import SetPicture

from .show_folder import (
    EVIDENCE,
    TODAY,
    approval,
    card,
    consent,
    file_record,
    licence,
    reference_right,
    reference_set,
    rights_folder,
    statement,
    waiver,
)


def test_every_kind_of_record_is_filed_and_read_back_the_same(tmp_path: Path) -> None:
    all_ = (consent(), licence(), card(), reference_right(), approval("PW106"), waiver("PW103"), statement())
    all_ = (*all_, reference_set())
    found = read_folder(rights_folder(tmp_path, *all_))
    assert not found.damage
    assert {one.record for one in found.filed.values() if not isinstance(one.record, type(card()))} == {
        one for one in all_ if not isinstance(one, type(card()))
    }
    assert found.find("paint-1", type(card())) == card()
    assert found.find("consent-0412", Licence) is None
    assert found.evidence_missing(EVIDENCE.sha256) == ""


@pytest.mark.parametrize("name", ["Ada Lovelace", "ada.lovelace", "ada", "ada lovelace 2", "p-0412\nx", "Ä-12", ""])
def test_a_persons_name_is_no_id(name: str) -> None:
    with pytest.raises(ManifestError, match="never a name"):
        Person(name)


@pytest.mark.parametrize(
    "changes", [{"id": "anna-v002"}, {"version": 0}, {"name": "Anna"}, {"pictures": ()}, {"version": 1000}]
)
def test_a_set_is_called_by_its_name_and_version_and_has_pictures(changes: dict[str, object]) -> None:
    with pytest.raises(ManifestError):
        reference_set(**changes)
    with pytest.raises(ManifestError):
        reference_set(pictures=(SetPicture("a.exr", "no hash"),))


@pytest.mark.parametrize("id_", ["", "A", "../x", "a/b", "a..b", ".a", "a.", "x" * 81, "a b", "a\0"])
def test_an_id_that_is_no_plain_file_name_is_refused(id_: str) -> None:
    with pytest.raises(ManifestError):
        consent(id=id_)


@pytest.mark.parametrize(
    "changes, standing",
    [
        ({}, "active"),
        ({"status": "draft"}, "draft"),
        ({"status": "revoked"}, "revoked"),
        ({"status": "expired"}, "expired"),
        ({"revocation": Revocation(at="2027-01-01")}, "revoked"),
        ({"term": Term("2026-12-01")}, "not_yet"),
        ({"term": Term("2026-01-01", "2026-11-20")}, "expired"),
        ({"term": Term("2026-01-01", "2026-11-21")}, "active"),
        ({"suspensions": (Suspension("strike", "2026-11-01"),)}, "suspended"),
        ({"suspensions": (Suspension("strike", "2026-11-01", "2026-11-20"),)}, "active"),
    ],
)
def test_a_consent_stands_as_its_status_revocation_rests_and_term_say(
    changes: dict[str, object], standing: str
) -> None:
    assert consent(**changes).standing(TODAY) == standing


def test_a_record_has_no_field_that_it_should_not_have(tmp_path: Path) -> None:
    plain = to_json(consent())
    plain["person"]["display"] = "Ada Lovelace"
    with pytest.raises(ManifestError, match="unknown field"):
        from_json(Consent, plain)


@pytest.mark.parametrize("day", ["2026-13-01", "31.01.2026", "2026-01-31T09:00:00", "soon", "2026-02-30"])
def test_a_day_is_a_day(day: str) -> None:
    with pytest.raises(ManifestError, match="must be a day"):
        Term(day)


def test_a_waiver_without_an_end_is_none() -> None:
    with pytest.raises(ManifestError):
        waiver("PW103", term=Term("2026-11-01"))


def test_a_grantors_authority_is_a_hash() -> None:
    with pytest.raises(ManifestError):
        Grantor("guardian", "p-0001", authority="a letter")


def test_a_term_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ManifestError):
        Term("2026-11-01", "2026-10-01")
    assert Term("2020-01-01", "2031-01-01").years() == pytest.approx(11, abs=0.01)


def test_a_file_of_another_name_a_link_and_a_twin_count_for_nothing(tmp_path: Path) -> None:
    folder = rights_folder(tmp_path / "rights", consent())
    good = folder / "consents" / "consent-0412.yaml"
    (folder / "consents" / "other.yaml").write_bytes(good.read_bytes())
    (tmp_path / "elsewhere.yaml").write_bytes(good.read_bytes())
    (folder / "consents" / "linked.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    file_record(folder, reference_right(id="twin-1"))
    file_record(folder, licence(id="twin-1"))
    found = read_folder(folder)
    assert {one.id for one in found.damage} == {"other", "linked", "twin-1"}
    assert list(found.filed) == ["consent-0412"]


def test_a_record_that_is_not_as_it_was_entered_counts_for_nothing(tmp_path: Path) -> None:
    folder = rights_folder(tmp_path, consent(), licence())
    hashes = {id_: one.sha256 for id_, one in read_folder(folder).filed.items()}
    assert not read_folder(folder, hashes).damage
    file_record(folder, consent(term=Term("2026-10-01", "2036-10-01")))
    found = read_folder(folder, hashes)
    assert found.damaged("consent-0412") == "it was changed after it was entered"
    assert "consent-0412" not in found.filed
    file_record(folder, card())
    (folder / "licences" / "licence-paint-1.yaml").unlink()
    found = read_folder(folder, hashes)
    assert "never entered" in found.damaged("paint-1")
    assert "is gone" in found.damaged("licence-paint-1")


def test_evidence_that_was_swapped_is_missed(tmp_path: Path) -> None:
    folder = rights_folder(tmp_path, consent())
    (folder / "evidence" / EVIDENCE.sha256).write_bytes(b"another sheet")
    assert "not those" in read_folder(folder).evidence_missing(EVIDENCE.sha256)
    (folder / "evidence" / EVIDENCE.sha256).unlink()
    assert "can't be read" in read_folder(folder).evidence_missing(EVIDENCE.sha256)
    assert read_folder(folder).evidence_missing("../../etc/passwd")


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "none").filed == {}


def test_a_revoked_licence_card_or_reference_is_not_active() -> None:
    gone = Revocation(at="2026-11-20", reason="withdrawn")
    for one in (licence(), card(), reference_right(), approval("PW106"), statement()):
        assert one.standing(TODAY) == "active"
        assert replace(one, revocation=gone).standing(TODAY) == "revoked"
    assert isinstance(waiver("PW103"), Waiver)
    assert waiver("PW103").standing(date(2027, 1, 1)) == "expired"
