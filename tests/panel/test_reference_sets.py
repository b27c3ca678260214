"""The show's reference sets in the panel: offered by name, a line each, with what a generator won't see; and drops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.mapper import to_json
from platewright.contract.reference_sets import SetLook
from platewright.contract.request import Reference
from platewright.jobs.reference_sets import new_set
from platewright.jobs.rights_book import RightsBook
from platewright.panel.form import Form
from platewright.panel.kept_values import KeptValues
from platewright.panel.set_words import why_not
from platewright.rights.plain_yaml import write_yaml
from tests.panel.stand_in import StandIn

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtGui, QtTest  # noqa: E402

LEFT, PLAIN = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier
LOOK = SetLook("anna", 2, "identity", "anna-scan", 3, ("sh0*",))


def pictures(of_set: str, *names: str) -> tuple[Reference, ...]:
    return tuple(Reference("identity", f"/p/{name}.exr", licence="own", of_set=of_set) for name in names)


@pytest.fixture
def form(tmp_path: Path) -> Form:
    made = Form(KeptValues(tmp_path / "panel.json"))
    made.put("host.root", "/elements")
    return made


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """Of the folder that the stand-in keeps its elements in: two versions of a set of nine pictures and of one."""
    (tmp_path / "platewright.toml").write_text("")
    book = RightsBook(tmp_path / "rights")
    for count in (1, 9):
        files = [tmp_path / f"look{n}.exr" for n in range(count)]
        for file in files:
            file.write_bytes(file.name.encode())
        book.add(
            write_yaml(to_json(new_set(book.records(), "anna", "identity", "own", files, by="p-0900"))),
            "sets",
            "p-0900",
        )
    return tmp_path


def test_a_set_that_stands_otherwise_or_is_for_other_shots_says_why_it_cant_be_chosen() -> None:
    assert why_not(LOOK, "") == why_not(LOOK, "sh010") == ""
    assert why_not(LOOK, "sh110") == "It is for sh0* alone."
    assert why_not(replace(LOOK, standing="not_yet"), "sh010") == "It is not yet."


def test_another_version_takes_the_place_of_the_one_before_and_cards_stay(form: Form) -> None:
    form.add_reference()
    form.put_reference(0, "references.pattern", "/p/clean.exr")
    form.add_set("anna@1", pictures("anna@1", "front"))
    form.add_set("attic@1", pictures("attic@1", "wide"))
    form.add_set("anna@2", pictures("anna@2", "front", "side"))
    made = form.asked().references
    assert [one.of_set for one in made] == ["", "attic@1", "anna@2", "anna@2"]
    assert made[2:] == pictures("anna@2", "front", "side")
    form.remove_set("anna@2")
    assert [one.of_set for one in form.asked().references] == ["", "attic@1"]


def test_an_extension_is_shown_sets_and_nothing_that_lends_pixels(form: Form) -> None:
    form.choose("extend")
    form.put("operation.pads.left", 8)
    form.add_reference()
    form.put_reference(0, "references.pattern", "/p/clean.exr")
    form.add_set("anna@2", pictures("anna@2", "front"))
    assert form.asked().references == pictures("anna@2", "front")


def test_a_set_is_chosen_from_the_menu_and_what_the_generator_wont_see_is_said(
    panel: Callable[..., Any], host: StandIn, show: Path, until: Callable[..., None]
) -> None:
    widget = panel()
    make, editor = widget.make, widget.make.references
    host.select()
    QtTest.QTest.mouseClick(make.chip, LEFT)
    until(lambda: editor.menu.actions() and make.main.isEnabled())
    newest, older = editor.menu.actions()
    assert newest.text() == "anna@2: identity, 9 pictures, by own" and older.toolTip() == "There is a newer version."
    newest.trigger()
    until(lambda: len(widget.model.form.references) == 9)
    until(lambda: "takes no pictures" in make.why.text() and not make.main.isEnabled())
    widget.model.put("backend", "mock")
    until(lambda: make.main.isEnabled() and "of the 9 pictures" in make.why.text())
    assert "look8.exr (anna@2)" in make.why.text()
    lines = [one.text() for one in editor.findChildren(QtWidgets.QLabel) if one.isVisible()]
    assert lines == ["anna@2  ·  How it looks  ·  9 pictures  ·  by own"]
    (show / "look0.exr").write_bytes(b"another")
    older.trigger()
    until(lambda: make.trouble.isVisible())
    assert widget.model.board.troubles.at("button")[-1].failure.code == "set_picture_changed"
    (remove,) = [
        one for one in editor.findChildren(QtWidgets.QToolButton) if one.text() == "Remove" and one.isVisible()
    ]
    QtTest.QTest.mouseClick(remove, LEFT)
    assert widget.model.form.references == []


def test_files_that_are_dropped_become_references_and_the_skys_picture(
    panel: Callable[..., Any], host: StandIn, until: Callable[..., None], tmp_path: Path
) -> None:
    widget = panel(may_start=False)
    editor, form = widget.make.references, widget.model.form
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.exr", "b.exr")])
    where, copies = QtCore.QPointF(3, 3), QtCore.Qt.DropAction.CopyAction
    form.choose("regenerate")
    form.add_reference()
    entering = QtGui.QDragEnterEvent(where.toPoint(), copies, data, LEFT, PLAIN)
    editor.dragEnterEvent(entering)
    editor.dropEvent(QtGui.QDropEvent(where, copies, data, LEFT, PLAIN))
    assert entering.isAccepted()
    names = [str(one["references.pattern"]).rpartition("/")[2] for one in form.references]
    assert names == ["a.exr", "b.exr"]
    line = widget.make.fields.rows["host.root"].control.focus
    folder = QtCore.QMimeData()
    folder.setUrls([QtCore.QUrl.fromLocalFile(str(tmp_path))])
    entering = QtGui.QDragEnterEvent(where.toPoint(), copies, folder, LEFT, PLAIN)
    line.dragEnterEvent(entering)
    line.dropEvent(QtGui.QDropEvent(where, copies, folder, LEFT, PLAIN))
    assert entering.isAccepted() and line.text() == form.values["host.root"] == str(tmp_path), "and no address of it"
    form.choose("replace_sky")
    editor.dropEvent(QtGui.QDropEvent(where, copies, data, LEFT, PLAIN))
    assert str(form.values["sky.picture"]).endswith("b.exr")
