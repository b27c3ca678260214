"""What people decide about takes: signed, bound to exactly one take, never inherited; and finals that need it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from platewright.contract.decisions import TakeDecision
from platewright.contract.errors import ApprovalMissing, RequestError, StorageError
from platewright.contract.jobs import JobState
from platewright.contract.takes import TakeRecord
from platewright.jobs.desk import LocalDesk
from platewright.jobs.entries import DecisionEntry, JobEntry
from platewright.jobs.ledger import Ledger, LedgerLine
from platewright.jobs.places import takes_at
from platewright.jobs.takes import load
from platewright.jobs.worker import work
from platewright.quality.ranking import score
from tests.jobs.desks import desk_at, submission
from tests.jobs.small_shot import SmallShot, small_shot

APPROVE = TakeDecision("approve", "grace", "good edge")


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def desk(tmp_path: Path, shot: SmallShot) -> LocalDesk:
    """A desk with two drafts of `rig`."""
    desk = desk_at(tmp_path)
    for _ in range(2):
        desk.submit(submission(shot, tmp_path / "out", anew=True))
    work(desk, until_idle=True)
    return desk


def load_record(record: str) -> TakeRecord:
    return load(takes_at(Path(record))[0])


def root(tmp_path: Path) -> str:
    return str(tmp_path / "out")


def test_an_approval_is_about_one_take_and_no_other(tmp_path: Path, desk: LocalDesk, shot: SmallShot) -> None:
    taken = desk.decide(root(tmp_path), "rig", 2, APPROVE)
    assert (taken.approved_by, taken.notes[0][1:]) == ("grace", ("grace", "good edge"))
    desk.submit(submission(shot, tmp_path / "out", anew=True))
    work(desk, until_idle=True)
    assert [take.approved_by for take in desk.takes(root(tmp_path))] == ["", "grace", ""]
    assert [take.job != "" for take in desk.takes(root(tmp_path), "rig")] == [True] * 3
    assert Ledger(tmp_path / "out").check() == ()


def test_the_latest_word_counts_and_all_of_them_stay(tmp_path: Path, desk: LocalDesk) -> None:
    desk.decide(root(tmp_path), "rig", 1, APPROVE)
    desk.decide(root(tmp_path), "rig", 1, TakeDecision("star", "ada"))
    last = desk.decide(root(tmp_path), "rig", 1, TakeDecision("reject", "linus", "matte line"))
    assert (last.approved_by, last.rejected_by, last.starred) == ("", "linus", True)
    assert not desk.decide(root(tmp_path), "rig", 1, TakeDecision("unstar")).starred
    said = [line.body for line in Ledger(tmp_path / "out").entries() if isinstance(line.body, DecisionEntry)]
    assert [entry.decision for entry in said] == ["approve", "star", "reject", "unstar"]
    assert said[0].signature and not said[1].signature


def test_rolling_back_is_choosing_an_earlier_take(tmp_path: Path, desk: LocalDesk) -> None:
    def chosen() -> list[int]:
        return [take.version for take in desk.takes(root(tmp_path)) if take.chosen]

    assert chosen() == [2], "the latest, where nobody chose"
    for take in desk.takes(root(tmp_path)):  # what a choice is made by
        assert take.backend == "grey" and take.score == score(load_record(take.record).measures)
    assert desk.decide(root(tmp_path), "rig", 1, TakeDecision("choose", "ada")).chosen
    assert chosen() == [1]
    desk.decide(root(tmp_path), "rig", 2, TakeDecision("choose", "ada"))
    assert chosen() == [2]


def test_an_approval_without_a_name_or_of_no_take_is_refused(tmp_path: Path, desk: LocalDesk) -> None:
    with pytest.raises(ApprovalMissing):
        desk.decide(root(tmp_path), "rig", 1, TakeDecision("approve", " "))
    with pytest.raises(StorageError) as caught:
        desk.decide(root(tmp_path), "rig", 9, APPROVE)
    assert caught.value.code == "take_not_found"
    with pytest.raises(RequestError):
        desk.decide(root(tmp_path), "../rig", 1, APPROVE)
    with pytest.raises(RequestError):
        desk.decide(root(tmp_path), "rig", 1, TakeDecision("note", "ada", "x" * 3000))


def test_an_approval_that_somebody_wrote_into_the_ledger_by_hand_counts_for_nothing(
    tmp_path: Path, desk: LocalDesk
) -> None:
    desk.decide(root(tmp_path), "rig", 1, APPROVE)
    ledger = Ledger(tmp_path / "out")
    genuine = next(line.body for line in ledger.entries() if isinstance(line.body, DecisionEntry))
    other = desk.takes(root(tmp_path))[1]
    moved = replace(genuine, id="f" * 32, version=2, record=hashlib.sha256(Path(other.record).read_bytes()).hexdigest())
    ledger.append(moved)
    assert ledger.check() == (), "the chain itself is fine: whoever forges can hash"
    assert [take.approved_by for take in desk.takes(root(tmp_path))] == ["grace", ""]
    stranger = desk_at(tmp_path / "elsewhere")
    assert [take.approved_by for take in stranger.takes(root(tmp_path))] == ["", ""], "nobody there vouches for it"


def test_an_approval_of_a_record_that_was_changed_since_is_gone(tmp_path: Path, desk: LocalDesk) -> None:
    taken = desk.decide(root(tmp_path), "rig", 1, APPROVE)
    record = json.loads(Path(taken.record).read_text())
    record["created"] = "2020-01-01T00:00:00Z"
    Path(taken.record).write_text(json.dumps(record))
    assert desk.takes(root(tmp_path))[0].approved_by == ""


def test_a_final_waits_for_an_approved_draft_or_a_reason_that_lands_in_the_ledger(
    tmp_path: Path, desk: LocalDesk, shot: SmallShot
) -> None:
    waits = desk.submit(submission(shot, tmp_path / "out", anew=True, intent="final", who="ada"))
    assert waits.state is JobState.WAITING
    assert waits.waits_for == ("a final needs an approved draft of rig",)
    with pytest.raises(ApprovalMissing) as caught:
        desk.approve(waits.id, "grace")
    assert caught.value.code == "override_without_reason"
    assert desk.approve(waits.id, "grace", "client is in the room").state is JobState.QUEUED
    forced = desk.submit(submission(shot, tmp_path / "out", anew=True, intent="final", override="temp for edit"))
    assert forced.state is JobState.QUEUED
    desk.decide(root(tmp_path), "rig", 2, APPROVE)
    proper = desk.submit(submission(shot, tmp_path / "out", anew=True, intent="final"))
    assert proper.state is JobState.QUEUED
    work(desk, until_idle=True)
    said = [line.body for line in Ledger(tmp_path / "out").entries() if isinstance(line.body, JobEntry)]
    assert [(one.job, one.who, one.why) for one in said if one.what == "overridden"] == [
        (waits.id, "grace", "client is in the room"), (forced.id, "", "temp for edit"),
    ]  # fmt: skip
    assert [take.intent for take in desk.takes(root(tmp_path))] == ["draft", "draft", "final", "final", "final"]


def test_a_final_of_the_very_request_of_an_approved_draft_is_that_take(
    tmp_path: Path, desk: LocalDesk, shot: SmallShot
) -> None:
    waits = desk.submit(submission(shot, tmp_path / "out", intent="final"))
    assert waits.state is JobState.WAITING, "it would be answered for nothing, but nobody approved the draft"
    desk.decide(root(tmp_path), "rig", 2, APPROVE)
    final = desk.submit(submission(shot, tmp_path / "out", intent="final"))
    assert (final.state, final.cost.amount) == (JobState.DONE, "0")
    desk.approve(waits.id, "grace", "now it is")
    work(desk, until_idle=True)
    assert desk.job(waits.id).take == final.take
    second = desk.takes(root(tmp_path))[1]
    assert (second.intent, second.approved_by, len(desk.takes(root(tmp_path)))) == ("final", "grace", 2)
    assert second.job not in (final.id, waits.id), "it still says which job made it"


def test_an_approved_final_is_no_approved_draft(tmp_path: Path, desk: LocalDesk, shot: SmallShot) -> None:
    desk.submit(submission(shot, tmp_path / "out", anew=True, intent="final", override="temp"))
    work(desk, until_idle=True)
    desk.decide(root(tmp_path), "rig", 3, APPROVE)
    assert desk.submit(submission(shot, tmp_path / "out", anew=True, intent="final")).state is JobState.WAITING


def test_a_ledger_of_the_first_version_still_reads(tmp_path: Path) -> None:
    old = (
        '{"body":{"amount":"0.25","created":"2026-01-31T12:00:01Z","currency":"EUR","element":"sky","kind":"cost",'
        '"version":1},"entry":"ENTRY","prev":"' + "0" * 64 + '"}'
    )
    body = old[: old.index(',"entry"')] + ',"prev":"' + "0" * 64 + '"}'
    (tmp_path / "ledger.jsonl").write_text(old.replace("ENTRY", hashlib.sha256(body.encode()).hexdigest()) + "\n")
    ledger = Ledger(tmp_path)
    assert ledger.check() == ()
    entry = JobEntry("ab" * 16, "j", "asked", "2026-02-01T00:00:00.000Z", "sky")
    floor = ledger.end()
    ledger.append_once(entry, floor)
    ledger.append_once(entry, floor)
    lines = list(ledger.entries())
    assert isinstance(lines[0], LedgerLine)
    assert [line.body.kind for line in lines] == ["cost", "job"], "the same line twice is one line"
    assert ledger.check() == ()
