"""The same request by several generators: each one's price and the sum, takes side by side, the choice on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.capabilities import Control
from platewright.contract.decisions import TakeDecision, TakeSummary
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState, Quote
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.contract.rules import RuleFinding, Weight
from platewright.contract.takes import Cost
from platewright.contract.wire import Backend
from platewright.panel.backend_words import caution_of, title_of
from platewright.panel.form import Form
from platewright.panel.kept_values import KeptValues
from platewright.panel.main_button import MainButton
from platewright.panel.price import Price
from platewright.panel.ruled_button import ruled_by_each
from platewright.panel.take_history import TakeHistory
from platewright.panel.take_words import made_words
from tests.panel.stand_in import StandIn

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtTest  # noqa: E402

from platewright.panel.flow_row import FlowRow  # noqa: E402
from platewright.panel.lineup_window import MOST, LineupWindow  # noqa: E402
from tests.panel.test_compare import Kept, plain  # noqa: E402

PLATE, MATTE = Plate("/p/plate.####.exr", FrameRange((1, 2))), Matte("/p/matte.####.exr")
STEPS = (Control("steps", "Steps", "whole", "30", least=1, most=200),)
TITLES = {"one": "One", "two": "Two"}


def take(version: int, backend: str, score: float | None, frames: str = "1-2") -> TakeSummary:
    record = f"/e/rig/rig_v{version:03d}.take.json"
    return TakeSummary("rig", version, record, "/e/rig/x", f"2026-01-0{version}", frames, backend=backend, score=score)


def quote(amount: str, currency: str = "XTS", *rules: RuleFinding) -> Quote:
    return Quote(Cost(amount, currency), rules=rules)


@pytest.fixture
def form(tmp_path: Path) -> Form:
    made = Form(KeptValues(tmp_path / "panel.json"))
    made.controls_of = {"one": STEPS, "two": STEPS}
    made.put("host.root", "/elements")
    made.put("backend", "one")
    made.put("host.also", " two , one, builtin,two,")
    return made


def test_every_generator_is_asked_for_the_same_with_inputs_of_its_own(form: Form) -> None:
    form.put_input("steps", 9)
    form.put_input("steps", 70, "two")
    form.put("host.takes", 2)
    assert form.backends() == ("one", "two", "builtin")
    sent = [one.request for one in form.asked().submissions(PLATE, MATTE)]
    assert [(one.backend, one.take, one.controls) for one in sent] == [
        ("one", 1, {"steps": "9"}), ("one", 2, {"steps": "9"}), ("two", 1, {"steps": "70"}),
        ("two", 2, {"steps": "70"}), ("builtin", 1, {}), ("builtin", 2, {}),
    ]  # fmt: skip
    assert len({replace(one, backend="", controls={}, take=1).element for one in sent}) == 1
    assert len({one.key for one in form.asked().submissions(PLATE, MATTE)}) == 6


def test_what_goes_on_from_a_take_is_made_by_the_generator_of_that_take_alone(form: Form) -> None:
    form.go_on_from("rig", 3)
    form.put("base.frames", "2")
    assert form.asked().rivals == () and form.backends() == ("one",)
    assert "host.also" not in {field.name for field in form.shown()}


def test_the_sum_is_told_in_each_currency_and_never_before_all_have_answered() -> None:
    price = Price((("one", quote("0.5")), ("two", quote("1.25"))))
    assert price.known and price.words == "1.75 XTS"
    assert price.each(TITLES) == "One 0.50 XTS, Two 1.25 XTS; together 1.75 XTS"
    mixed = Price((("one", quote("0.5")), ("two", quote("2", "USD")), ("builtin", quote("0", "USD"))))
    assert mixed.words == "0.50 XTS + 2.00 USD" and "builtin free" in mixed.each(TITLES)
    open_ = Price((("one", quote("0.5")), ("two", None)))
    assert not open_.known and "Two has not said its price; the sum is not known yet" in open_.each(TITLES)
    answered = Price((("one", replace(quote("0"), answered_by="rig_v001")), ("two", quote("0"))))
    assert answered.words == "free" and "rig_v001 is this very request" in answered.each(TITLES)
    assert Price((("one", quote("1")),)).each(TITLES) == "" and not Price().known


def test_a_rule_that_stops_one_of_them_is_told_with_its_name() -> None:
    stops = RuleFinding("PW201", Weight.BLOCK, "its training data is unknown", "Choose another.", lifted_by="legal")
    warns = RuleFinding("PW304", Weight.WARN, "terms were read long ago")
    button = MainButton("make", "Regenerate by 2 generators")
    found = ruled_by_each(button, Price((("one", quote("1")), ("two", quote("1", "XTS", stops)))), TITLES)
    assert found.verb == "nothing" and found.sentence.startswith("Two: Rule PW201") and "leave it out" in found.hint
    both = Price((("one", quote("1", "XTS", warns)), ("two", quote("1", "XTS", warns))))
    assert ruled_by_each(button, both, TITLES).hint.count("PW304") == 1


def test_what_is_experimental_or_not_ready_says_so_wherever_it_is_offered() -> None:
    plain_ = Backend("a", "A", ("regenerate",))
    assert (title_of(plain_), caution_of(plain_)) == ("A", "")
    trial = replace(plain_, experimental="its limits are unknown", terms="kept: unknown")
    assert title_of(trial) == "A (experimental)"
    assert caution_of(trial) == "Experimental: its limits are unknown. Your pixels are kept: unknown."
    gone = replace(trial, available=False, why_not="The token is missing.")
    assert title_of(gone) == "A (experimental, not ready)" and caution_of(gone).startswith(
        "The token is missing. Experimental"
    )


def test_takes_of_one_request_stand_together_whoever_made_them_the_likeliest_first() -> None:
    history = TakeHistory()
    request = Request(Regenerate(), "rig", PLATE, MATTE, backend="one", controls={"steps": "9"})
    takes = [take(1, "one", 0.9), take(2, "two", 0.4), take(3, "builtin", None)]
    history.show(takes)
    for one in takes:
        history.know(one.record, replace(request, backend=one.backend, controls={}))
    (group,) = history.groups()
    assert group.bake_off and [one.version for one in group.takes] == [2, 1, 3]
    assert group.heading.endswith("bake-off") and "builtin, two, one" in group.detail
    assert [one.version for one in history.beside(history.takes[0])] == [2, 1, 3]
    assert made_words(takes[0]) == "one  ·  score 0.90" and made_words(takes[2]) == "builtin"
    history.know("/e/rig/rig_v004.take.json", replace(request, seed=5))
    history.show([*takes, take(4, "one", 0.1)])
    assert [len(one.takes) for one in history.groups()] == [1, 3], "another seed is another request"


def test_takes_are_lined_up_on_the_frames_that_all_have_and_zoom_together(application: Any) -> None:
    kept, chosen = Kept(), []
    kept.here = {(1, 2, "patch"): plain("red"), (2, 2, "patch"): plain("blue")}
    window = LineupWindow(kept, TakeHistory(), lambda one, others: chosen.append((one, others)))
    takes = (replace(take(1, "one", 0.4), chosen=True), take(2, "two", None, "2-9"), take(3, "two", 1.0, "2"))
    window.line_up(takes)
    assert window.bar.number.text() == "2" and [one.view.is_empty for one in window.columns] == [False, False, True]
    assert window.columns[2].view.message == "Loading…"
    assert [one.said.text() for one in window.columns] == [
        "one  ·  score 0.40", "two  ·  not measured", "two  ·  score 1.00"
    ]  # fmt: skip
    window.columns[1].view.zoom_at(QtCore.QPointF(3, 4), 2.0)
    assert window.columns[0].view.scale() == window.columns[2].view.scale() == window.columns[1].view.scale()
    QtTest.QTest.mouseClick(window.columns[1].choose, QtCore.Qt.MouseButton.LeftButton)
    assert chosen == [(takes[1], (takes[0], takes[2]))]
    assert [one.choose.text() for one in window.columns] == ["In use: keep it", "Choose", "Choose"]
    window.line_up(tuple(take(number, "one", 0.1, str(number)) for number in range(1, MOST + 3)))
    assert len(window.columns) == MOST and window.columns[0].view.message == "No frame is in all of them."


def test_a_bake_off_is_priced_sent_made_and_chosen_in_the_panel(
    panel: Any, host: StandIn, until: Callable[..., None]
) -> None:
    widget = panel()
    model, make = widget.model, widget.make
    host.select()
    QtTest.QTest.mouseClick(make.chip, QtCore.Qt.MouseButton.LeftButton)
    until(lambda: make.chip.text() == "Connected" and model.backends)
    model.put("prompt", "0.1")  # the quick worker takes so long
    model.put("backend", "mock")
    others = make.fields.rows["host.also"].control.focus

    def offered() -> list[str]:
        return [one.text() for one in others.ticks.actions()]

    until(
        lambda: (
            others.isVisible() and "Built-in generator" in offered() and "Mock (stills, play money)" not in offered()
        )
    )
    (clips,) = [one for one in others.ticks.actions() if one.text() == "Mock (clips, play money)"]
    clips.trigger()
    assert others.value() == "mock-clip" and clips.isChecked()
    until(lambda: make.main.text() == "Regenerate by 2 generators" and make.main.isEnabled())
    until(lambda: "together" in make.why.text())
    assert set(make.inputs.rows) >= {"work_s", "mock-clip work_s"}
    still, clip = (model.making.price.of(name) for name in ("mock", "mock-clip"))
    assert float(make.price.text().split()[2]) == float(still.cost.amount) + float(clip.cost.amount)
    QtTest.QTest.mouseClick(make.main, QtCore.Qt.MouseButton.LeftButton)
    found = model.jobs.book
    until(lambda: len(found.rows(True)) == 2)
    jobs = {job.submission.request.backend: job for job in (found.get(row.id) for row in found.rows(True))}
    assert set(jobs) == {"mock", "mock-clip"} and all(job.quoted == job.submission.accept_cost for job in jobs.values())
    until(lambda: all(found.get(row.id).state is JobState.DONE for row in found.rows(True)))


def test_the_choice_says_over_what_and_how_all_of_them_measured(panel: Any, host: StandIn) -> None:
    widget, said = panel(), []
    work = widget.model.takes
    work.decide = lambda one, kind, note="": said.append((one.version, TakeDecision(kind, note=note)))
    work.choose_over(take(2, "two", 0.4), (take(1, "one", 0.9), take(3, "builtin", None)))
    work.choose_over(take(1, "one", None), ())
    note = "two, score 0.40; chosen over rig_v001 (one, score 0.90), rig_v003 (builtin)"
    assert said == [(2, TakeDecision("choose", note=note)), (1, TakeDecision("choose"))]


def test_the_row_of_buttons_goes_on_in_the_next_line_where_the_panel_is_narrow(panel: Any, application: Any) -> None:
    holder = QtWidgets.QWidget()
    row = FlowRow(10)
    buttons = [QtWidgets.QPushButton() for _ in range(5)]
    for one in buttons:
        one.setFixedSize(100, 20)
        row.addWidget(one)
    holder.setLayout(row)
    assert row.minimumSize().width() == 100 and row.heightForWidth(330) == 50 and row.heightForWidth(550) == 20
    buttons[1].hide()
    row.setGeometry(QtCore.QRect(0, 0, 330, 90))
    assert [(one.x(), one.y()) for one in buttons if not one.isHidden()] == [(0, 0), (110, 0), (220, 0), (0, 30)]
    assert row.takeAt(9) is None and row.itemAt(9) is None and row.takeAt(0) is not None and row.count() == 4
    widget = panel(may_start=False)
    assert widget.minimumSizeHint().width() <= widget.sizeHint().width(), "it is never wider than it asks to be"
