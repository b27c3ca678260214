"""What it costs, before anything is rendered and again before anything is sent; real engine, play money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState, PlateShape
from platewright.contract.money import Budget, BudgetState
from platewright.contract.takes import Cost
from platewright.panel.host import ToRender
from tests.panel.stand_in import StandIn

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtTest  # noqa: E402

Until = Callable[..., None]
FRAMES = FrameRange.parse("1001-1003")


def press(button: Any) -> None:
    assert button.isEnabled(), button.toolTip()
    QtTest.QTest.mouseClick(button, QtCore.Qt.MouseButton.LeftButton)


def priced(panel: Any, host: StandIn, until: Until, width: int, height: int, frames: FrameRange = FRAMES) -> Any:
    """A panel with the mock chosen, over a plate that has to be rendered first; its price is there."""
    host.rendered = ToRender(frames, PlateShape(width, height))
    widget = panel()
    host.select()
    press(widget.make.chip)
    until(lambda: widget.make.chip.text() == "Connected" and widget.model.backends)
    widget.model.put("prompt", "0.1")  # the quick worker takes so long
    widget.model.put("backend", "mock")
    until(lambda: widget.model.making.price.first is not None and widget.model.making.price.first.cost.amount != "0")
    until(lambda: widget.make.price.text() != "")
    return widget


def jobs(widget: Any) -> list[Any]:
    return [widget.model.jobs.book.get(row.id) for row in widget.model.jobs.book.rows(True)]


def test_a_plate_that_must_be_rendered_is_estimated_and_what_was_assumed_is_said(
    panel: Any, host: StandIn, until: Until
) -> None:
    widget = priced(panel, host, until, 1920, 1080)
    assert widget.make.price.text().startswith("at most ") and widget.make.price.text().endswith(" XTS")
    said = widget.make.why.text()
    assert said.startswith("Estimated for 3 frames of 1920 × 1080 wherever the matte may be. ")
    whole = widget.model.making.price.first.cost
    widget.model.put("region", "0 0 300 200")
    until(lambda: widget.model.making.price.first is not None and widget.model.making.price.first.cost != whole)
    until(lambda: "may be inside the rectangle" in widget.make.why.text())
    assert float(widget.model.making.price.first.cost.amount) < float(whole.amount)
    widget.model.choose("extend")
    widget.model.put("backend", "mock")
    widget.model.put("operation.pads.left", 64)
    until(lambda: widget.make.why.text().startswith("Estimated for 3 frames of 1920 × 1080. "))
    assert host.brings == 0


def test_what_costs_no_more_than_was_shown_is_sent_for_its_exact_price(panel: Any, host: StandIn, until: Until) -> None:
    widget = priced(panel, host, until, 1920, 1080)
    shown = widget.model.making.price.first.cost
    press(widget.make.main)
    until(lambda: len(jobs(widget)) == 1)
    (job,) = jobs(widget)
    exact = job.submission.accept_cost
    assert 0 < float(exact.amount) < float(shown.amount) and job.quoted == exact
    assert job.submission.request.matte is not None
    until(lambda: jobs(widget)[0].state is JobState.DONE)
    assert widget.model.making.held is None and not widget.make.drop.isVisible()


def test_what_costs_more_is_held_until_the_artist_has_seen_it(panel: Any, host: StandIn, until: Until) -> None:
    widget = priced(panel, host, until, 64, 64, FrameRange.parse("1001"))
    shown = widget.make.price.text().removeprefix("at most ")
    press(widget.make.main)
    until(lambda: widget.make.drop.isVisible())
    held = widget.model.making.held
    assert widget.make.main.text().startswith("Send for ") and jobs(widget) == []
    assert f"not {shown}" in widget.make.why.text() and "Nothing has been sent yet" in widget.make.why.text()
    press(widget.make.drop)
    until(lambda: not widget.make.drop.isVisible())
    assert widget.make.main.text() == "Regenerate" and widget.make.said.text() == "Nothing was sent."
    press(widget.make.main)
    until(lambda: widget.make.drop.isVisible())
    press(widget.make.main)
    until(lambda: len(jobs(widget)) == 1)
    assert jobs(widget)[0].submission.accept_cost == held.price.first.cost != Cost()
    assert host.brings == 2


def test_where_no_price_was_shown_it_is_asked_and_shown_before_anything_is_sent(
    panel: Any, host: StandIn, until: Until
) -> None:
    widget = panel()
    host.select()
    widget.model.put("backend", "mock")
    until(widget.make.main.isEnabled)
    assert widget.make.price.text() == "" and widget.make.chip.text() == "Asleep"
    press(widget.make.main)
    now = widget.model.button()
    assert now.verb == "nothing" and "exact price" in now.sentence, "and pressing it again sends nothing twice"
    until(lambda: widget.make.drop.isVisible())
    assert widget.make.why.text().startswith("It costs 0.1") and " XTS. " in widget.make.why.text()
    host.script = "sh020_comp"
    until(lambda: not widget.make.drop.isVisible())
    assert jobs(widget) == [], "another script's nodes are not what it was for"


def test_no_price_of_another_generator_lets_anything_be_sent(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    press(widget.make.chip)
    until(lambda: widget.make.price.text() == "free" and widget.model.backends)
    widget.model.put("backend", "mock")
    press(widget.make.main)  # before anybody has told what the mock costs
    until(lambda: widget.make.drop.isVisible())
    assert jobs(widget) == [] and widget.make.main.text().startswith("Send for 0.1")


def test_a_price_that_nobody_tells_leaves_the_last_word_to_the_engine(panel: Any, host: StandIn, until: Until) -> None:
    widget = priced(panel, host, until, 1920, 1080)
    shown = widget.model.making.price.first.cost
    host.matte_pattern = "/nowhere/at/all.####.exr"
    press(widget.make.main)
    until(lambda: widget.make.trouble.isVisible())
    assert jobs(widget) == [] and widget.model.making.held is None and shown.amount != "0"


@pytest.mark.parametrize(
    ("show", "number", "who", "said"),
    [
        ("apollo", "sh010", "ada", "apollo/sh010: 2.50 EUR spent, 7.50 EUR left"),
        ("apollo", "sh020", "ada", "apollo: nothing spent, 90.00 EUR left"),
        ("", "", "ada", "ada: 4.00 EUR spent, nothing left"),
        ("", "", "bob", "no budget set"),
    ],
)
def test_spent_and_left_are_those_of_the_tightest_budget_that_applies(
    panel: Any, host: StandIn, until: Until, show: str, number: str, who: str, said: str
) -> None:
    rows = (
        ("shot", "apollo/sh010", "10", "2.5", "7.5"),
        ("show", "apollo", "90", "0", "90"),
        ("user", "ada", "4", "4", "0"),
    )
    widget = panel()
    widget.model.budgets = tuple(
        BudgetState(Budget(scope, name, Cost(limit, "EUR")), Cost(spent, "EUR"), Cost("0", "EUR"), Cost(left, "EUR"))
        for scope, name, limit, spent, left in rows
    )
    for name, value in (("rights.show", show), ("rights.shot", number), ("submission.who", who)):
        widget.model.put(name, value)
    until(lambda: widget.make.budget.text() == said)
    assert widget.make.budget.text() == said
