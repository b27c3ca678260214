"""A record of rights from a form: wrong fields are named, a check writes nothing, and filing is the same verb."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.mapper import from_bytes, to_json
from platewright.contract.recording import RecordAnswer, RecordDraft
from platewright.jobs.rights_book import RightsBook
from tests.engine.conftest import Served
from tests.rights.show_folder import approval, consent


@pytest.fixture
def draft(tmp_path: Path) -> RecordDraft:
    """A consent that is in order, for a show with a folder for its records."""
    show = tmp_path / "apollo"
    (show / "elements").mkdir(parents=True)
    (show / "platewright.toml").write_text("")
    sheet = tmp_path / "Jane Doe, signed.pdf"
    sheet.write_bytes(b"signed")
    plain = {name: value for name, value in to_json(consent()).items() if name != "evidence"}
    return RecordDraft("consents", json.dumps(plain), str(show / "elements"), (str(sheet),), who="p-0900")


def said(served: Served, draft: RecordDraft) -> RecordAnswer:
    return from_bytes(RecordAnswer, served.call("POST", "/v1/records", to_json(draft)).body)


def changed(draft: RecordDraft, **changes: Any) -> RecordDraft:
    return replace(draft, data=json.dumps({**json.loads(draft.data), **changes}))


def test_a_draft_is_checked_without_a_trace_then_filed_with_the_hash_of_its_evidence(
    served: Served, draft: RecordDraft
) -> None:
    folder = Path(draft.root).parent / "rights"
    assert said(served, replace(draft, only_check=True)) == RecordAnswer()
    assert not folder.exists()
    done = said(served, draft)
    assert done.filed and done.message == "consents/consent-0412 is filed"
    filed = RightsBook(folder).records().filed["consent-0412"]
    assert filed.sha256 == done.sha256
    assert [one.sha256 for one in filed.record.evidence] == [hashlib.sha256(b"signed").hexdigest()]  # type: ignore[union-attr]
    assert not RightsBook(folder).records().evidence_missing(hashlib.sha256(b"signed").hexdigest())
    for path in folder.rglob("*"):
        assert "Jane" not in path.name and (not path.is_file() or b"Jane" not in path.read_bytes())


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"id": "Jane Doe"}, "id"),
        ({"person": {"ref": "jane-doe"}}, "person.ref"),
        ({"term": {"begins": "next year"}}, "term.begins"),
        ({"scope": {"description": "x", "uses": ["painting"]}}, "scope.uses"),
        ({"kind": "wish"}, "kind"),
        ({"production": {}}, "production.show"),
        ({"nickname": "J"}, ""),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_is_not_filed(
    served: Served, draft: RecordDraft, changes: dict[str, Any], place: str
) -> None:
    for only in (True, False):
        answer = said(served, replace(changed(draft, **changes), only_check=only))
        assert answer.wrong and not answer.filed and answer.message
        assert answer.place == place
    assert not (Path(draft.root).parent / "rights").exists()


def test_every_field_that_is_wrong_is_said_at_once(served: Served, draft: RecordDraft) -> None:
    answer = said(served, replace(changed(
        draft, id="Jane Doe", person={"ref": "jane"}, production={"show": " "}, kind="wish", territory="DE",
        term={"begins": "soon", "ends": "later"},
        scope={"description": "x", "uses": ["painting"], "modalities": ["soul"]},
    ), only_check=True))  # fmt: skip
    assert answer.wrong
    assert {answer.place, *(one.place for one in answer.others)} == {
        "id", "person.ref", "production.show", "kind", "territory", "term.begins", "term.ends", "scope.uses",
        "scope.modalities",
    }  # fmt: skip
    assert all(one.message for one in answer.others)
    bare = RecordDraft("approvals", '{"id": "", "rules": [], "authority": "", "by": "Grace"}', draft.root)
    answer = said(served, replace(bare, only_check=True))
    places = {answer.place: answer.message} | {one.place: one.message for one in answer.others}
    assert set(places) == {"id", "rules", "authority", "by", "reference"} and "written word" in places["reference"]


def test_a_field_nobody_knows_is_said_and_hides_nothing_for_ever(served: Served, draft: RecordDraft) -> None:
    answer = said(served, replace(changed(draft, nickname="J", id="Jane"), only_check=True))
    assert "nickname" in " ".join((answer.message, *(one.message for one in answer.others)))


def test_a_record_of_that_id_is_superseded_only_when_somebody_says_so(served: Served, draft: RecordDraft) -> None:
    assert said(served, draft).filed
    for only in (True, False):
        answer = said(served, replace(draft, only_check=only))
        assert (answer.wrong, answer.place) == (True, "id")
    assert said(served, replace(draft, replace=True)).filed


def test_nobody_files_under_a_name_or_for_no_show(served: Served, draft: RecordDraft, tmp_path: Path) -> None:
    assert said(served, replace(draft, who="Grace")).place == "who"
    nowhere = replace(draft, root=str(tmp_path))
    assert served.call("POST", "/v1/records", to_json(nowhere)).code == "rights_folder_unknown"
    for path in ("relative.pdf", "/show/../etc/passwd"):
        assert said(served, replace(draft, evidence=(path,))).wrong


def test_an_approval_rests_on_its_written_word_and_a_reference_on_its_pictures(
    served: Served, draft: RecordDraft, tmp_path: Path
) -> None:
    plain = {name: value for name, value in to_json(approval("PW403")).items() if name != "reference"}
    word = replace(draft, kind="approvals", data=json.dumps(plain))
    bare = said(served, replace(word, evidence=()))
    assert bare.wrong and bare.place == "reference"
    assert said(served, word).filed
    picture = tmp_path / "sky.exr"
    picture.write_bytes(b"sky")
    right = {"schema": "org.platewright.reference/1", "id": "reference-1", "rights_class": "owned"}
    sky = replace(draft, kind="references", data=json.dumps(right), pictures=(str(picture),))
    assert said(served, sky).filed
    filed = RightsBook(Path(draft.root).parent / "rights").records().filed["reference-1"].record
    assert filed.files == (hashlib.sha256(b"sky").hexdigest(),)  # type: ignore[union-attr]
