"""A frame of a take that is liked becomes an anchor of the next one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from platewright.client.replies import Reply
from platewright.contract.decisions import TakeSummary
from platewright.contract.failure import Failure
from platewright.contract.wire import FullFrames, FullFramesAsk
from platewright.panel.board import Board
from platewright.panel.form import Form
from platewright.panel.kept_values import KeptValues
from platewright.panel.take_work import TakeWork
from tests.panel.stand_in import StandIn

TAKE = TakeSummary("rig", 2, "/e/rig/rig_v002.take.json", "/e/rig/x", "", "1001-1003", backend="mock")


class OfFullFrames:
    """A session that is asked for nothing but a take's full frames."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int, FullFramesAsk]] = []
        self.reply: Reply[FullFrames] = Reply("full_frames", lambda reply: None)

    def full_frames(self, root: str, element: str, version: int, asked: FullFramesAsk) -> Reply[FullFrames]:
        self.asked.append((root, element, version, asked))
        return self.reply

    def answer(self, value: FullFrames | None, failure: Failure | None = None) -> None:
        self.reply.settle(value, failure)
        for call in self.reply.waiting():
            call(self.reply)


def work(tmp_path: Path) -> tuple[TakeWork, OfFullFrames, Form, Board]:
    form, board, session = Form(KeptValues(tmp_path / "panel.json")), Board(), OfFullFrames()
    form.put("host.root", "/e")
    return TakeWork(session, StandIn(tmp_path), form, board), session, form, board  # type: ignore[arg-type]


def test_a_frame_of_a_take_is_an_anchor_with_what_it_is_made_of(tmp_path: Path) -> None:
    takes, session, form, _ = work(tmp_path)
    form.choose("extend")
    takes.use_as_anchor(TAKE, 1002)
    assert session.asked == [("/e", "rig", 2, FullFramesAsk("whole"))] and form.operation == "extend"
    session.answer(FullFrames("rig", 2, "/e/.full_frames/rig/rig_v002.####.exr", "1001-1003", 96, 64))
    assert form.operation == "regenerate"
    (anchor,) = form.asked().references
    assert (anchor.role, anchor.frame, anchor.pattern) == ("anchor", 1002, "/e/.full_frames/rig/rig_v002.####.exr")
    assert anchor.source_type == "compositeWithTrainedAlgorithmicMedia" and anchor.licence == "own"
    takes.use_as_anchor(TAKE, 1002)
    session.answer(FullFrames("rig", 2, "/e/other.####.exr", "1001-1003", 96, 64))
    assert [one.pattern for one in form.asked().references] == ["/e/other.####.exr"], "one for a frame"


def test_what_goes_wrong_is_told_at_the_takes(tmp_path: Path) -> None:
    takes, session, form, board = work(tmp_path)
    takes.use_as_anchor(TAKE, 1002)
    session.answer(None, Failure("plate_missing", "the plate is gone"))
    assert form.references == [] and board.troubles.at("history")[0].failure.code == "plate_missing"


def test_the_page_asks_for_a_frame_that_the_take_has(panel: Callable[..., Any]) -> None:
    widget, used = panel(may_start=False), []
    page = widget.work.takes
    widget.model.takes.use_as_anchor = lambda take, frame: used.append((take.version, frame))
    widget.model.takes.history.show([TAKE])
    page._show()
    page.choose("rig_v002")
    for frame in (None, 7, 1003):
        page.ask_frame = lambda parent, take, frame=frame: frame
        page._anchor()
    assert used == [(2, 1003)]
    assert "Use a frame as an anchor…" in [one.text() for one in page.more.menu().actions()]
