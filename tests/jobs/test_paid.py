"""Money on its way: each slot is sent and paid for once, and what nobody can tell is asked of a person."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from platewright.contract.errors import ApprovalMissing, BudgetExceeded, RequestError
from platewright.contract.jobs import JobState
from platewright.contract.money import Budget
from platewright.contract.prices import Price, Work, seconds_of
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.jobs.backend import Backend, Rate
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.entries import JobEntry
from platewright.jobs.ledger import Ledger
from platewright.jobs.making import Made, Task
from platewright.jobs.places import takes_at
from platewright.jobs.takes import load
from platewright.jobs.worker import work, work_at_once
from tests.fakes.vendor import RunningVendor, start_vendor
from tests.jobs.desks import desk_at, submission
from tests.jobs.paid import KINDS, paid_backend
from tests.jobs.small_shot import SmallShot, fill_with_grey, small_shot

Vendor = Callable[..., RunningVendor]
PRICE_OF_ALL = Cost("0.12", "USD")


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Vendor]:
    """`vendor(lose=1)` starts one; all are stopped at the end."""
    running: list[RunningVendor] = []

    def start(**options: float) -> RunningVendor:
        running.append(start_vendor(tmp_path / "book.jsonl", **options))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def paying_desk(folder: Path, vendor: RunningVendor, **changes: object) -> LocalDesk:
    backends = {f"fake-{kind}": paid_backend(vendor.port, kind) for kind in KINDS}
    return desk_at(folder, backends=backends, quiet_s=0.3, **changes)


def told(root: Path) -> list[tuple[str, str]]:
    bodies = [line.body for line in Ledger(root).entries() if isinstance(line.body, JobEntry)]
    return [(body.what, body.amount) for body in bodies]


def test_a_paid_job_is_quoted_reserved_sent_once_a_slot_and_settled(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    there, root = vendor(), tmp_path / "out"
    desk = paying_desk(tmp_path, there)
    asked = submission(shot, root, backend="fake-lookup", accept_cost=PRICE_OF_ALL, at="apollo/sh010", who="ada")
    quote = desk.quote(asked)
    assert (quote.cost, quote.frames_to_run) == (PRICE_OF_ALL, 3)
    assert [(line.units, line.unit_price, line.amount) for line in quote.lines] == [("3", "0.04", "0.12")]
    assert there.lines() == [], "a quote sends nothing"
    job = desk.submit(asked)
    assert desk.costs("show")[0].reserved == PRICE_OF_ALL
    work(desk, until_idle=True)
    done = desk.job(job.id)
    assert (done.state, done.cost) == (JobState.DONE, PRICE_OF_ALL)
    states = [event.state.value for event in desk.events(job=job.id) if event.kind == "state"]
    assert states == ["prepared", "queued", "sending", "running", "collecting", "finishing", "done"]
    assert sorted(line["slot"] for line in there.lines()) == ["frames 1001-1001", "frames 1002-1003"]
    assert load(takes_at(Path(done.take))[0]).cost == PRICE_OF_ALL
    assert told(root) == [("asked", "0.12"), ("reserved", "0.12"), ("settled", "0.12"), ("done", "0.12")]
    (line,) = desk.costs("shot")
    assert (line.group, line.spent, line.reserved.amount) == ("apollo/sh010", PRICE_OF_ALL, "0")


def test_a_vendor_that_has_too_much_to_do_is_asked_again_and_needs_nobody(
    tmp_path: Path, shot: SmallShot, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.jobs.sending.pause", lambda attempt: 0.01)
    there = vendor(busy=0.5)
    desk = paying_desk(tmp_path, there)
    job = desk.submit(submission(shot, tmp_path / "out", backend="fake-none", accept_cost=PRICE_OF_ALL))
    while desk.job(job.id).state is JobState.QUEUED:
        work(desk, until_idle=True)
        if desk.job(job.id).state is JobState.FAILED:
            desk.retry(job.id)  # Six times in a row: it happens, and costs nothing.
    assert desk.job(job.id).state is JobState.DONE
    assert (len(there.lines()), desk.job(job.id).cost) == (2, PRICE_OF_ALL)


@pytest.mark.parametrize("kind", ["replay", "lookup"])
def test_an_answer_that_was_lost_is_settled_by_asking_and_paid_once(
    tmp_path: Path, shot: SmallShot, vendor: Vendor, kind: str
) -> None:
    there = vendor(lose=0.5)
    desk = paying_desk(tmp_path, there)
    jobs = [
        desk.submit(submission(shot, tmp_path / "out", f"e{n}", backend=f"fake-{kind}", accept_cost=PRICE_OF_ALL))
        for n in range(4)
    ]
    work(desk, until_idle=True)
    assert {desk.job(job.id).state for job in jobs} == {JobState.DONE}
    assert len(there.lines()) == 8, "two slots of four jobs"
    assert sum(Decimal(line["charged"]) for line in there.lines()) == Decimal("0.48")


def test_what_nobody_can_tell_waits_for_a_person_and_is_not_sent_again(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    there = vendor(lose=1)
    desk = paying_desk(tmp_path, there)
    job = desk.submit(submission(shot, tmp_path / "out", backend="fake-none", accept_cost=PRICE_OF_ALL))
    work(desk, until_idle=True)
    unknown = desk.job(job.id)
    assert unknown.state is JobState.UNKNOWN
    assert unknown.failure is not None and unknown.failure.code == "send_unknown"
    work(desk, until_idle=True)
    assert len(there.lines()) == 1
    (line,) = desk.costs("backend")
    assert (line.spent.amount, line.uncertain.amount, line.reserved.amount) == ("0.04", "0.04", "0")
    with pytest.raises(ApprovalMissing):
        desk.retry(job.id)
    assert desk.retry(job.id, "ada").state is JobState.QUEUED
    assert ("retried", "0.12") in told(tmp_path / "out")


def test_a_refused_send_costs_nothing_and_a_failed_one_what_the_vendor_says(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    there = vendor()
    desk = paying_desk(tmp_path, there)
    ends = {}
    for word in ("forbidden", "broken"):
        asked = submission(
            shot, tmp_path / "out", word, backend="fake-lookup", accept_cost=PRICE_OF_ALL, request={"prompt": word}
        )
        ends[word] = desk.submit(asked).id
    work(desk, until_idle=True)
    refused, failed = desk.job(ends["forbidden"]), desk.job(ends["broken"])
    assert (refused.state, refused.cost.amount) == (JobState.REFUSED, "0")
    assert (failed.state, failed.cost.amount) == (JobState.FAILED, "0.04")


def test_cancelling_reaches_the_vendor_and_its_refund_the_account(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    there = vendor(work=60)
    desk = paying_desk(tmp_path, there)
    job = desk.submit(submission(shot, tmp_path / "out", backend="fake-lookup", accept_cost=PRICE_OF_ALL))
    worker = threading.Thread(target=work, args=(desk,), kwargs={"until_idle": True})
    worker.start()
    until = time.monotonic() + 60
    while desk.job(job.id).state is not JobState.RUNNING and time.monotonic() < until:
        time.sleep(0.02)
    desk.cancel(job.id, "ada")
    worker.join(120)
    assert desk.job(job.id).state is JobState.CANCELLED
    assert [line.get("cancelled") for line in there.lines()] == [True]
    assert desk.job(job.id).cost.amount == "0"


def test_what_was_paid_for_and_arrived_is_not_paid_again_by_a_retry(
    tmp_path: Path, shot: SmallShot, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = vendor()
    desk = paying_desk(tmp_path, there)
    job = desk.submit(submission(shot, tmp_path / "out", backend="fake-lookup", accept_cost=PRICE_OF_ALL))
    monkeypatch.setattr("tests.jobs.paid.fill_with_grey", lambda *given: 1 / 0)
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.FAILED
    monkeypatch.undo()
    desk.retry(job.id)
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert len(there.lines()) == 2
    assert desk.job(job.id).cost == PRICE_OF_ALL


def test_a_retry_after_a_charged_failure_sets_aside_only_what_may_still_be_spent(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    there = vendor()
    budgets = (Budget("show", "apollo", Cost("0.17", "USD")),)
    desk, root = paying_desk(tmp_path, there, budgets=budgets), tmp_path / "out"
    asked = submission(shot, root, backend="fake-lookup", accept_cost=PRICE_OF_ALL, at="apollo/x")
    broken = replace(asked, request=replace(asked.request, prompt="broken"))
    job = desk.submit(broken)
    work(desk, until_idle=True)
    assert (desk.job(job.id).state, desk.budgets()[0].spent) == (JobState.FAILED, Cost("0.04"))
    desk.retry(job.id, "ada")
    assert (desk.budgets()[0].reserved, desk.budgets()[0].left) == (PRICE_OF_ALL, Cost("0.01"))
    work(desk, until_idle=True)
    failed = desk.job(job.id)
    assert failed.failure is not None and failed.failure.code == "vendor_failed", "it was sent again, not refused"
    assert desk.budgets()[0].spent == Cost("0.08")
    with pytest.raises(BudgetExceeded):
        desk.retry(job.id)
    assert desk.job(job.id).state is JobState.FAILED


def test_an_operation_that_asks_for_more_than_was_quoted_is_stopped_before_it_is_sent(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    there = vendor()
    desk = paying_desk(tmp_path, there)
    job = desk.submit(submission(shot, tmp_path / "out", backend="fake-lookup", accept_cost=PRICE_OF_ALL))

    def greedy(task: Task) -> Made:
        for number in range(9):
            task.sends.result(f"frame {number}", b"frame %d" % number, Cost("0.04", "USD"), task.report)
        raise AssertionError("it was let")

    work(desk, perform=greedy, until_idle=True)
    failed = desk.job(job.id)
    assert (failed.state, failed.cost) == (JobState.FAILED, PRICE_OF_ALL)
    assert failed.failure is not None and failed.failure.code == "above_quote"
    assert len(there.lines()) == 3


def test_a_cost_that_nobody_has_accepted_waits_for_a_person(tmp_path: Path, shot: SmallShot, vendor: Vendor) -> None:
    desk, root = paying_desk(tmp_path, vendor()), tmp_path / "out"
    for accepted in (None, Cost("0.11", "USD"), Cost("5", "EUR")):
        job = desk.submit(submission(shot, root, backend="fake-lookup", accept_cost=accepted))
        assert job.state is JobState.WAITING
        assert "0.12 USD" in job.waits_for[0]
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.WAITING
    with pytest.raises(ApprovalMissing):
        desk.approve(job.id, "")
    assert desk.refuse(job.id, "grace", "too dear").state is JobState.REFUSED
    other = desk.jobs()[1].id
    assert desk.approve(other, "grace").state is JobState.QUEUED
    work(desk, until_idle=True)
    assert desk.job(other).state is JobState.DONE
    assert ("approved", "0.12") in told(root)


def test_a_budget_stops_hard_counts_what_is_set_aside_and_warns_before(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    budgets = (Budget("show", "apollo", Cost("0.30", "USD")), Budget("user", "bob", Cost("0.05", "USD")))
    desk, root = paying_desk(tmp_path, vendor(), budgets=budgets), tmp_path / "out"

    def ask(element: str, who: str = "ada") -> str:
        asked = submission(
            shot, root, element, backend="fake-lookup", accept_cost=PRICE_OF_ALL, at="apollo/sh010", who=who
        )
        return desk.submit(asked).id

    first, second, third = ask("a"), ask("b"), ask("c")
    assert [desk.job(job).state.value for job in (first, second, third)] == ["queued", "queued", "refused"]
    failure = desk.job(third).failure
    assert failure is not None and failure.code == "budget_exceeded"
    assert "0.06 USD left" in failure.message
    assert any("left of 0.30" in event.text for event in desk.events(job=second)), "80 % are a warning"
    assert desk.job(ask("d", "bob")).state is JobState.REFUSED
    quote = desk.quote(submission(shot, root, "e", backend="fake-lookup", at="apollo/sh010"))
    assert (quote.within_budget, quote.budget_left) == (False, Cost("0.06", "USD"))
    desk.cancel(first)
    assert desk.retry(third).state is JobState.QUEUED, "what was set aside came back"
    work(desk, until_idle=True)
    show = desk.budgets()[0]
    assert (show.spent, show.reserved, show.left) == (Cost("0.24"), Cost("0"), Cost("0.06"))


def test_the_workers_own_seconds_are_quoted_at_most_and_settled_as_they_were(tmp_path: Path, shot: SmallShot) -> None:
    rate = Rate(Cost("0.5", "EUR"), lambda request: Decimal(4) * len(request.plate.frames))
    backends = {"gpu": Backend("gpu", rate=rate, operate=lambda request, sends: fill_with_grey)}
    desk = desk_at(tmp_path, backends=backends, budgets=(Budget("show", "apollo", Cost("10", "EUR")),))
    asked = submission(shot, tmp_path / "out", backend="gpu", at="apollo/x", accept_cost=Cost("6", "EUR"))
    quote = desk.quote(asked)
    assert [(line.what, line.units, line.amount) for line in quote.lines] == [("GPU seconds", "12", "6")]
    job = desk.submit(asked)
    assert desk.budgets()[0].reserved == Cost("6", "EUR")
    work(desk, until_idle=True)
    done = desk.job(job.id)
    assert done.state is JobState.DONE
    assert Decimal(0) < Decimal(done.cost.amount) < Decimal(6)
    assert load(takes_at(Path(done.take))[0]).cost == done.cost
    assert (desk.budgets()[0].reserved.amount, desk.budgets()[0].spent) == ("0", done.cost)


def test_several_jobs_of_a_vendor_wait_at_the_same_time(tmp_path: Path, shot: SmallShot, vendor: Vendor) -> None:
    desk = paying_desk(tmp_path, vendor(work=0.5))
    for number in range(4):
        desk.submit(submission(shot, tmp_path / "out", f"e{number}", backend="fake-lookup", accept_cost=PRICE_OF_ALL))
    begun = time.monotonic()
    assert work_at_once(desk, 4, capabilities=(), stopping=lambda: False, until_idle=True) == 4
    assert time.monotonic() - begun < 4 * 2 * 0.5, "two slots each, one after the other, would take longer"
    assert {job.state for job in desk.jobs()} == {JobState.DONE}


def test_a_backend_s_prices_and_counts_are_what_is_quoted_accepted_and_set_aside(
    tmp_path: Path, shot: SmallShot, vendor: Vendor
) -> None:
    prices = (Price("image", Cost("0.04", "USD")), Price("second", Cost("0.5", "USD"), step="1"))

    def counts(request: Request) -> Work:
        frames = len(request.plate.frames)
        return Work(images=frames, seconds=seconds_of(frames, 24))

    one = replace(paid_backend(vendor().port, "lookup"), prices=prices, counts=counts)
    desk = desk_at(tmp_path, backends={one.name: one}, quiet_s=0.3)
    asked = submission(shot, tmp_path / "out", backend=one.name, at="apollo/x", accept_cost=Cost("0.62", "USD"))
    lines = [(line.what, line.units, line.amount) for line in desk.quote(asked).lines]
    assert lines == [("images", "3", "0.12"), ("seconds", "1", "0.5")], "an eighth of a second, and a begun one counts"
    job = desk.submit(asked)
    assert desk.costs("show")[0].reserved == Cost("0.62", "USD")
    work(desk, until_idle=True)
    assert (desk.job(job.id).state, desk.job(job.id).cost) == (JobState.DONE, PRICE_OF_ALL), "settled as it was"
    with pytest.raises(RequestError, match="nobody can tell"):
        open_desk(replace(desk.settings, backends={one.name: replace(one, counts=None)})).quote(
            replace(asked, anew=True)
        )
