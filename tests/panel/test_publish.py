"""The Publish tab: the engine's own report, heaviest first, and nothing that was not looked at passes for clean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.checks import CheckAsk, RuleRun, SignedGate, Subject, exit_code_of
from platewright.contract.rules import Weight
from platewright.panel.publish_rows import rows_of, rows_of_plugins
from platewright.publish.judging import judge
from tests.jobs.honest_take import Honest
from tests.panel.stand_in import StandIn
from tests.publish.engines import AnEngine, a_report, caught

pytest.importorskip("pyblish", reason="pyblish-base is not installed: it is in requirements-test.lock")
ASK = CheckAsk(("/show/rig/rig_v001.take.json",), ("/show/rig",))
TAKE = Subject("rig_v001", "take", ASK.paths[0])


def reported(*found: Any, unrun: tuple[RuleRun, ...] = ()) -> SignedGate:
    signed = a_report(ASK, *found)
    runs = (*signed.report.runs, *unrun)
    report = replace(signed.report, subjects=(TAKE,), runs=runs, exit_code=exit_code_of(runs, tuple(found), False))
    return replace(signed, report=report)


def test_what_stops_stands_first_and_what_could_not_run_is_a_failure() -> None:
    unrun = RuleRun("PW602", "rig_v001", "could not run", "the disk is gone")
    found = (
        caught("PW209", Weight.NOTE), caught("PW609", Weight.WARN), caught("PW401", Weight.ESCALATE), caught("PW601"),
    )  # fmt: skip
    rows = rows_of(reported(*found, unrun=(unrun,)).report)
    assert [row.rule for row in rows] == ["PW601", "PW602", "PW401", "PW609", "PW209"]
    assert [row.stops for row in rows] == [True, True, True, False, False]
    assert (rows[1].weight, rows[1].tone) == ("could not run", "bad")
    assert "disk is gone" in rows[1].detail


def test_checks_that_could_not_run_for_one_reason_are_one_row_that_names_them_all() -> None:
    runs = tuple(RuleRun(f"PW60{n}", "rig_v001", "could not run", "the disk is gone") for n in range(1, 5))
    (row,) = rows_of(reported(unrun=runs).report)
    assert all(run.rule in f"{row.rule} {row.message}" for run in runs)


def test_a_plug_in_repeats_nothing_that_a_row_tells_of_whichever_of_its_rules_the_row_bears() -> None:
    runs = tuple(RuleRun(rule, "rig_v001", "could not run", "nobody looked") for rule in ("PW101", "PW201", "PW305"))
    rows = rows_of(reported(unrun=runs).report)
    assert len(rows) == 1
    said = (("Models", "1 rule holds this up: - PW201 could not run"), ("Gate", "the gate is shut"))
    assert [row.rule for row in rows_of_plugins(said, rows)] == ["Gate"]


def test_a_row_says_where_what_to_do_on_whose_word_and_who_may_waive_it() -> None:
    one = caught("PW401", Weight.ESCALATE)
    (row,) = rows_of(reported(replace(one, found=replace(one.found, lifted_by="producer"))).report)
    assert row.place == "rig_v001, frame 1003, Read4" and row.can_jump
    for words in ("do it again", "Producer may waive it, in writing.", "House rules (2026-11-01)", "no legal advice"):
        assert words in row.detail
    (lifted,) = rows_of(reported(replace(one, found=replace(one.found, lifted_with="approval-1"))).report)
    assert not lifted.stops and "approval-1" in lifted.weight
    assert "Nobody may waive it." in rows_of(reported(caught("PW002")).report)[0].detail


@pytest.mark.parametrize(
    ("found", "unrun"),
    [((), ""), ((caught("PW601"),), ""), ((caught("PW609", Weight.WARN),), ""), ((), "PW201"), ((), "PW005")],
)
def test_the_same_plug_ins_judge_the_report_as_a_publish_would(
    tmp_path: Path, found: tuple[Any, ...], unrun: str
) -> None:
    from platewright.publish.runner import publish

    render = tmp_path / "comp.1001.exr"
    render.write_bytes(b"pixels")
    ask = CheckAsk((str(render),))
    engine = AnEngine(*found, unrun=unrun)
    said = judge(ask, engine.check(ask))
    code, _ = publish({"paths": [str(render)]}, engine=engine)
    assert said is not None
    assert (said == ()) == (code == 0)


def test_a_plug_in_that_is_not_found_holds_it_up_though_the_report_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyblish import api

    real = api.discover
    monkeypatch.setattr(api, "discover", lambda *a, **k: [one for one in real() if "Likeness" not in one.__name__])
    said = judge(ASK, reported())
    assert said and any("PlatewrightValidateLikeness" in sentence for _, sentence in said)
    (row, *_) = rows_of_plugins(said, ())
    assert row.stops and row.tone == "bad"


def test_pyblish_is_left_as_it_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyblish import api

    monkeypatch.setenv("PYBLISHPLUGINPATH", str(tmp_path))
    api.register_plugin_path(str(tmp_path))
    before = list(api.registered_paths())
    judge(ASK, reported(caught("PW601")))
    assert list(api.registered_paths()) == before
    api.deregister_plugin_path(str(tmp_path))


def test_a_clean_take_is_checked_without_waiting_spoiled_mended_and_opens_the_gate(
    panel: Callable[..., Any], host: StandIn, until: Callable[..., None], tmp_path: Path
) -> None:
    honest = Honest(tmp_path / "show", tmp_path / "home")  # the engine of this test trusts its own home
    host.asks = CheckAsk((str(honest.place.record),), (str(honest.folder),), show=str(honest.folder / "rights"))
    host.judged = None
    widget = panel()
    page, work = widget.work.publish, widget.model.publishing
    page.check.click()
    assert work.standing == "checking", "the answer comes when it comes"
    until(lambda: work.standing != "checking")
    assert (work.standing, work.rows) == ("open", ())
    assert "pyblish is not installed" in page.note.text()
    page.final.setChecked(True)
    host.judged = ()
    page.check.click()
    until(lambda: work.standing != "checking")
    assert work.standing == "shut"
    place = next(place for place, row in enumerate(work.rows) if row.code == "disclosure_missing")
    page.list.setCurrentRow(place)
    assert not page.repairs["disclose"].isHidden() and page.repairs["fetch"].isHidden()
    page.repairs["disclose"].click()
    until(lambda: work.standing not in ("checking", "shut") or "disclosure_missing" not in {r.code for r in work.rows})
    until(lambda: work.standing != "checking")
    assert (honest.place.folder / "platewright.disclosure.json").is_file()
    assert "disclosure_missing" not in {row.code for row in work.rows}


def test_an_engine_that_does_not_answer_is_a_failure_and_an_old_answer_counts_for_nothing(
    panel: Callable[..., Any], host: StandIn, until: Callable[..., None], tmp_path: Path
) -> None:
    host.asks = CheckAsk((str(tmp_path / "gone" / "rig_v001.take.json"),), (str(tmp_path / "gone"),))
    widget = panel()
    page, work = widget.work.publish, widget.model.publishing
    page.check.click()
    until(lambda: work.standing != "checking")
    assert work.standing == "failed" and "can't be published" in page.verdict.text()
    assert widget.model.board.troubles.at("publish")
    work.standing = "checking"
    work._checked(type("Late", (), {"value": reported(), "failure": None})(), ASK, work._number - 1)
    assert work.standing == "checking" and work.rows == ()


def test_nothing_to_publish_is_said_in_its_place(panel: Callable[..., Any], until: Callable[..., None]) -> None:
    widget = panel()
    widget.work.publish.check.click()
    assert [one.failure.code for one in widget.model.board.troubles.at("publish")] == ["nothing_selected"]
    assert widget.model.publishing.standing == "idle"


def test_a_row_leads_to_its_node_and_frame(panel: Callable[..., Any], host: StandIn) -> None:
    widget = panel()
    work, page = widget.model.publishing, widget.work.publish
    work._show("shut", rows_of(reported(caught("PW601")).report), "One finding holds this up.")
    page.changed(frozenset({"publish"}))
    page.jump.click()
    assert host.gone_to == [("Read4", 1003, ASK.paths[0])]
