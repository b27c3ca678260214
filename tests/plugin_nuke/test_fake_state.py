"""The fake is as strict as the facts: classes, knobs, types, undo, scripts, threads."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.nuke.application import FakeNuke
from tests.fakes.nuke.facts import FakeNukeUnsupported
from tests.fakes.nuke.knobs import WrongThread
from tests.fakes.nuke.make_knobs import HERE, table

FACTS = Path(os.environ.get("PLATEWRIGHT_FACTS", Path(__file__).resolve().parents[3] / "shared" / "facts"))


def test_the_table_is_what_the_scan_of_a_real_nuke_says() -> None:
    scan = FACTS / "nuke_knobs.json"
    if not scan.is_file():
        pytest.skip("the scan is not here; set PLATEWRIGHT_FACTS to the folder of nuke_knobs.json")
    assert json.loads(HERE.read_text(encoding="utf-8")) == table(json.loads(scan.read_text(encoding="utf-8")))


def test_what_is_not_known_raises(nuke: Any) -> None:
    read = nuke.nodes.Read()
    with pytest.raises(NameError, match="does not exist"):
        read["nope"]
    assert read.knob("nope") is None
    with pytest.raises(RuntimeError, match="Aton: Unknown command"):
        nuke.nodes.Aton()
    with pytest.raises(AttributeError):
        nuke.noSuchCall
    with pytest.raises(AttributeError):
        read.noSuchCall
    with pytest.raises(FakeNukeUnsupported):
        nuke.nodes.Viewer().bbox()


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("before", "blak"),
        ("before", 99),
        ("before", None),
        ("raw", "true"),
        ("first", "1"),
        ("file", 3),
        ("first", True),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(nuke: Any, knob: str, value: object) -> None:
    read = nuke.nodes.Read()
    with pytest.raises(TypeError):
        read[knob].setValue(value)


def test_enumerations_take_a_word_first_and_an_index_second(nuke: Any) -> None:
    keymix = nuke.nodes.Keymix()
    keymix["bbox"].setValue(1)
    assert keymix["bbox"].value() == "B"
    keymix["bbox"].setValue("A")
    assert keymix["bbox"].value() == "A"
    assert keymix["bbox"].values() == ["union", "B", "A"]


def test_exr_knobs_come_with_the_file_type(nuke: Any) -> None:
    write = nuke.nodes.Write()
    assert write.knob("datatype") is None
    write["file_type"].setValue("exr")
    assert write["datatype"].value() == "16 bit half"
    write["file_type"].setValue("png")
    assert write.knob("datatype") is None


@pytest.mark.parametrize(("app", "knob", "absent"), [(15, "first_frame", "firstFrame"), (17, "firstFrame", "nope")],
                         indirect=["app"])  # fmt: skip
def test_each_version_has_its_own_knobs(app: FakeNuke, knob: str, absent: str) -> None:
    hold = app.module.nodes.FrameHold()
    hold[knob].setValue(5)
    assert hold.knob(absent) is None
    assert app.major == app.module.NUKE_VERSION_MAJOR
    assert ("ocioColorspace" in app.module.nodes.Write().knobs()) == (app.major > 15)


def test_off_the_main_thread_everything_fails(nuke: Any) -> None:
    node = nuke.nodes.NoOp()
    found: list[BaseException] = []

    def run(call: Any) -> None:
        try:
            call()
        except BaseException as error:
            found.append(error)

    for call in (nuke.allNodes, lambda: node.name(), lambda: node["name"], lambda: nuke.nodes.Dot()):
        thread = threading.Thread(target=run, args=(call,))
        thread.start()
        thread.join()
    assert [type(error) for error in found] == [WrongThread] * 4


def test_a_group_of_changes_is_one_step_and_undo_brings_back_the_same_text(app: FakeNuke, nuke: Any) -> None:
    read = nuke.nodes.Read(file="a.%04d.exr", name="plate")
    before, steps = app.script_text(), nuke.Undo.undoSize()
    nuke.Undo.begin()
    nuke.Undo.name("all of it")
    knob = nuke.String_Knob("state", "State")
    read.addKnob(knob)
    knob.setValue('{"a": "[x]"}')
    read["file_type"].setValue("exr")
    dot = nuke.nodes.Dot(inputs=[read])
    nuke.delete(read)
    nuke.Undo.end()
    assert nuke.Undo.undoSize() == steps + 1
    after = app.script_text()
    with pytest.raises(ValueError, match="not attached"):
        read["file"]
    nuke.Undo.undo()
    assert app.script_text() == before
    assert read.knob("state") is None
    nuke.Undo.redo()
    assert app.script_text() == after
    assert dot.input(0) is None


def test_what_stays_changed_with_undo_off_is_found(nuke: Any) -> None:
    nuke.Undo.disable()
    node = nuke.nodes.Dot()
    with pytest.raises(AssertionError, match="undo off"):
        nuke.Undo.enable()
    steps = nuke.Undo.undoSize()
    nuke.Undo.disable()
    nuke.delete(nuke.nodes.Write(inputs=[node]))
    nuke.Undo.enable()
    assert nuke.Undo.undoSize() == steps


def test_scripts_go_out_and_come_back_the_same(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    read = nuke.nodes.Read(file="/a b/[getenv X]/p.%04d.exr", label='say "this"\n{and} that\\')
    grade = nuke.nodes.Grade(inputs=[read], white=2.5)
    grade["multiply"].setValue([1, 2, 3, 4])
    grade["mix"].setValueAt(0.5, 3)
    grade["mix"].setValueAt(1, 9)
    switch = nuke.nodes.Switch(inputs=[grade, None, read])
    switch["which"].setExpression("frame")
    group = nuke.nodes.Group(name="inside")
    with group:
        entry = nuke.nodes.Input()
        nuke.nodes.Output(inputs=[nuke.nodes.Merge2(inputs=[entry, entry, entry])])
    group.setInput(0, switch)
    meta = nuke.nodes.ModifyMetaData(inputs=[group])
    meta["metadata"].fromScript('{set a/b "c d"}\n{remove e ""}')
    tab = nuke.Tab_Knob("page", "Page")
    tab.setFlag(nuke.INVISIBLE)
    meta.addKnob(tab)
    knob = nuke.String_Knob("state", "A label")
    knob.setFlag(nuke.INVISIBLE)
    meta.addKnob(knob)
    knob.setValue('{"deep": {"quote": "\\"", "bracket": "[", "dollar": "$x"}}')
    nuke.nodes.StickyNote(label="alone")
    text = app.script_text()
    assert "inputs 2+1" in text and "+INVISIBLE" in text
    (tmp_path / "s.nk").write_text(text)
    other = FakeNuke(16)
    other.open(tmp_path / "s.nk")
    other.root_node["name"].setValue("")
    assert other.script_text() == text
    twin = other.root_node.node("ModifyMetaData1")
    assert twin is not None and json.loads(twin["state"].value())["deep"]["dollar"] == "$x"
    inner = other.module.toNode("inside.Merge1")
    assert inner is not None and [one.name() for one in inner.dependencies()] == ["Input1"] * 3


def test_reading_a_script_with_what_is_not_there_says_so(app: FakeNuke) -> None:
    with pytest.raises(RuntimeError, match="Nope: Unknown command"):
        app.paste("Nope {\n name a\n}\n")
    with pytest.raises(RuntimeError, match="no such knob: nope"):
        app.paste("Dot {\n nope 1\n}\n")
    with pytest.raises(RuntimeError, match="bad enumeration"):
        app.paste("Keymix {\n bbox C\n}\n")


def test_a_node_goes_where_the_context_is(app: FakeNuke, nuke: Any) -> None:
    group = nuke.nodes.Group(name="g")
    with group:
        dot = nuke.nodes.Dot()
        assert nuke.allNodes() == [dot]
    assert dot.parent() is group and dot.fullName() == "g.Dot1"
    assert nuke.toNode("g.Dot1") is dot and nuke.toNode("Dot1") is None
    outside = nuke.nodes.Dot()
    assert not outside.setInput(0, dot), "nodes of two groups can't be connected"
    assert not dot.setInput(0, dot), "nor can a circle be made"


def test_a_studio_s_defaults_hold_for_new_nodes(nuke: Any) -> None:
    nuke.knobDefault("Keymix.bbox", "A")
    assert nuke.nodes.Keymix()["bbox"].value() == "A"
    assert nuke.nodes.Keymix(bbox="B")["bbox"].value() == "B"


def test_only_known_tcl_is_carried_out(app: FakeNuke, nuke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOW", "/show")
    read = nuke.nodes.Read(file="[getenv SHOW]/a.%04d.exr")
    nuke.root()["name"].setValue("/show/comp/x.nk")
    assert read["file"].evaluate() == "/show/a.0001.exr"
    assert read["file"].evaluate(7) == "/show/a.0007.exr"
    nuke.root()["project_directory"].setValue("[file dirname [value root.name]]")
    read["file"].setValue("in/a.%04d.exr")
    assert read["file"].evaluate(7) == "in/a.0007.exr"
    assert str(app.file_at(read["file"], 7)) == "/show/comp/in/a.0007.exr"
    read["file"].setValue("[exec rm]")
    with pytest.raises(FakeNukeUnsupported):
        read["file"].evaluate()
