"""The form for records of rights: typed, checked by the engine in place, and filed as the command line would."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.recording import RecordAnswer
from platewright.jobs.rights_book import RightsBook
from platewright.panel.record_forms import FORMS, data_of
from platewright.rights.folder import parse_record
from platewright.rights.records import KINDS

FILLED = {
    "consents": {"id": "consent-1", "person.ref": "p-0412", "production.show": "APOLLO", "scope.uses": "removal, voice",
                 "scope.description": "Her arm is taken out of the shots of the bridge, and nothing else.",
                 "term.ends": "2028-01-01", "conspicuous.separately_signed": True},
    "licences": {"id": "licence-1", "spdx": "CC-BY-4.0", "commercial_final_use": "yes", "territory": "DE, US"},
    "references": {"id": "reference-1", "rights_class": "licensed", "licence": "licence-1", "people": "p-0412"},
    "approvals": {"id": "approval-1", "rules": "PW403, PW401", "authority": "legal", "by": "p-0900"},
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_what_a_form_says_is_a_record_of_its_kind_and_every_choice_is_one_of_its_words(kind: Any) -> None:
    form = FORMS[kind]
    plain = json.loads(data_of(form, FILLED[kind]))
    if kind == "approvals":
        plain["reference"] = {"sha256": "0" * 64}
    record = parse_record(kind, json.dumps(plain).encode())
    assert isinstance(record, KINDS[kind]) and record.id == FILLED[kind]["id"]
    for field in form.fields:
        for choice in field.choices:
            values = {**FILLED[kind], field.name: choice.value}
            typed = json.loads(data_of(form, values))
            parse_record(kind, json.dumps({**plain, **{name: typed[name] for name in typed}}).encode())
    names = {one.name for one in dataclasses.fields(KINDS[kind])}
    assert {field.name.partition(".")[0] for field in form.fields} <= names


def test_a_consent_is_typed_checked_in_place_dropped_on_and_filed(
    panel: Callable[..., Any], until: Callable[..., None], tmp_path: Path
) -> None:
    core, gui, test = (importlib.import_module(f"PySide6.Qt{name}") for name in ("Core", "Gui", "Test"))
    (tmp_path / "platewright.toml").write_text("")
    sheet = tmp_path / "signed.pdf"
    sheet.write_bytes(b"signed")
    widget = panel()
    widget.resize(700, 1100)
    model, page = widget.model, widget.work.record
    widget.work.tabs.setCurrentWidget(page)
    model.put("host.root", str(tmp_path / "elements"))
    model.put("submission.who", "p-0900")

    def type_in(name: str, text: str) -> None:
        focus = page.rows[name].control.focus
        focus.setFocus()
        test.QTest.keyClicks(focus, text)

    def colour_of(name: str) -> str:
        return str(page.errors[name].styleSheet())

    type_in("id", "consent-1")
    type_in("person.ref", "jane")
    type_in("term.begins", "soon")
    until(lambda: not page.errors["person.ref"].isHidden() and not page.errors["term.begins"].isHidden())
    assert "never a name" in page.errors["person.ref"].text() and not page.file.isEnabled()
    assert not page.errors["production.show"].isHidden(), "what is still missing is told too"
    assert colour_of("production.show") != colour_of("person.ref") == colour_of("term.begins"), "but not as a mistake"
    page.rows["term.begins"].control.focus.selectAll()
    test.QTest.keyClick(page.rows["term.begins"].control.focus, core.Qt.Key.Key_Backspace)
    page.rows["person.ref"].control.focus.selectAll()
    type_in("person.ref", "p-0412")
    until(lambda: page.errors["person.ref"].isHidden())
    type_in("production.show", "APOLLO")
    type_in("scope.description", "Her arm is taken out of the shots of the bridge.")
    mime = core.QMimeData()
    mime.setUrls([core.QUrl.fromLocalFile(str(sheet))])
    page.evidence.dropEvent(
        gui.QDropEvent(core.QPointF(3, 3), core.Qt.DropAction.CopyAction, mime, core.Qt.MouseButton.LeftButton,
                       core.Qt.KeyboardModifier.NoModifier)
    )  # fmt: skip
    assert model.recording.evidence == (str(sheet),)
    until(page.file.isEnabled)
    test.QTest.mouseClick(page.file, core.Qt.MouseButton.LeftButton)
    until(lambda: (model.recording.answer or RecordAnswer()).filed)
    filed = RightsBook(tmp_path / "rights").records().filed["consent-1"].record
    assert filed.person.ref == "p-0412" and len(filed.evidence) == 1  # type: ignore[union-attr]
    until(lambda: not page.file.isEnabled())


def test_without_a_show_or_under_a_name_nothing_is_filed_and_it_is_said(
    panel: Callable[..., Any], until: Callable[..., None], tmp_path: Path
) -> None:
    widget = panel()
    model, page = widget.model, widget.work.record
    model.put("host.root", "")
    model.recording.file()
    assert [one.failure.code for one in model.board.troubles.at("record")] == ["nothing_selected"]
    model.put("host.root", str(tmp_path / "elements"))
    model.recording.file()
    until(lambda: [one.failure.code for one in model.board.troubles.at("record")] == ["rights_folder_unknown"])
    (tmp_path / "platewright.toml").write_text("")
    page.kinds.setCurrentIndex(page.kinds.findData("licences"))
    model.put("submission.who", "Grace")
    model.recording.put("id", "licence-1")
    model.recording.put("spdx", "MIT")
    model.recording.file()
    until(lambda: model.recording.answer is not None)
    assert model.recording.answer.place == "who"
    until(lambda: "opaque id" in page.said.text())
    assert not (tmp_path / "rights").exists()
