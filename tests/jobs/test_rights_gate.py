"""No pixel leaves before the rules of a show have been asked, and they are asked again before each send."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.errors import (
    ApprovalMissing,
    CheckCouldNotRun,
    ManifestError,
    PlatewrightError,
    RefusedError,
    RequestError,
)
from platewright.contract.jobs import JobState, Submission
from platewright.contract.mapper import to_json
from platewright.contract.rights import Rights
from platewright.contract.takes import Cost
from platewright.jobs import releasing, worker
from platewright.jobs.backend import Backend
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.desk_settings import RightsSettings
from platewright.jobs.entries import JobEntry, RightsEntry
from platewright.jobs.ledger import Ledger
from platewright.jobs.rights_book import RightsBook
from platewright.jobs.worker import work
from platewright.rights.case import Generator
from platewright.rights.plain_yaml import write_yaml
from platewright.rights.record_parts import Term
from platewright.rights.records import Record
from tests.fakes.vendor import RunningVendor, start_vendor
from tests.jobs.desks import settings_at, submission
from tests.jobs.paid import paid_backend
from tests.jobs.small_shot import SmallShot, small_shot
from tests.rights.show_folder import SIGNED, approval, card, consent, licence, statement

RIGHTS = Rights(
    show="APOLLO",
    shot="sh010",
    consents=("consent-0412",),
    people=("p-0412",),
    uses=("removal",),
    modalities=("body",),
)
ACCEPTED = Cost("10", "USD")
VENDOR = Generator(
    "fake-replay", hosts=("api.paint.example",), regions=("eu",), trains_on_inputs=False, retains_inputs=False
)


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[RunningVendor]:
    running = start_vendor(tmp_path / "vendor.jsonl")
    yield running
    running.stop()


@pytest.fixture
def book(tmp_path: Path) -> RightsBook:
    """The rights folder of a show where all is in order."""
    made = RightsBook(tmp_path / "rights")
    (tmp_path / "signed.pdf").write_bytes(SIGNED)
    for record in (consent(), licence(), card(), statement()):
        enter(made, record, evidence=(tmp_path / "signed.pdf",))
    return made


def enter(book: RightsBook, record: Record, **more: Any) -> None:
    book.add(write_yaml(to_json(record)), "", "p-0900", **more)


def desk_for(folder: Path, vendor: RunningVendor, operate: Any = None, **changes: Any) -> LocalDesk:
    backend = replace(paid_backend(vendor.port, "replay"), gated=VENDOR, **({"operate": operate} if operate else {}))
    rights = RightsSettings(folder / "rights", **changes)
    return open_desk(settings_at(folder, backends={backend.name: backend}, rights=rights))


def asked(shot: SmallShot, tmp_path: Path, rights: Rights = RIGHTS, **changes: Any) -> Submission:
    given = submission(
        shot,
        tmp_path / "elements",
        backend="fake-replay",
        accept_cost=ACCEPTED,
        who="p-0900",
        request={"rights": rights},
    )
    return replace(given, **changes)


def sent(vendor: RunningVendor) -> int:
    return len(vendor.lines())


def test_a_job_that_is_in_order_is_sent_and_made(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor)
    assert [one for one in desk.quote(asked(shot, tmp_path)).rules if one.stops] == []
    job = desk.submit(asked(shot, tmp_path))
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert sent(vendor) == 2


def test_a_rule_that_blocks_refuses_the_job_and_says_which_why_and_what_to_do(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor)
    given = asked(shot, tmp_path, replace(RIGHTS, consents=()))
    assert [one.rule for one in desk.quote(given).rules if one.stops] == ["PW101"]
    job = desk.submit(given)
    assert job.state is JobState.REFUSED
    assert job.failure is not None and job.failure.code == "rule_blocks"
    assert "PW101" in job.failure.message and "p-0412" in job.failure.message
    assert "rights manager" in job.failure.hint
    work(desk, until_idle=True)
    assert sent(vendor) == 0
    with pytest.raises(RefusedError, match="PW101"):
        desk.retry(job.id)


def test_an_escalation_waits_for_an_approval_on_record_and_no_name_stands_in_for_it(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor, profiles=("netflix",))
    job = desk.submit(asked(shot, tmp_path, replace(RIGHTS, declares=("real_event",))))
    assert job.state is JobState.WAITING
    assert any("PW403" in reason and "legal" in reason for reason in job.waits_for)
    with pytest.raises(ApprovalMissing, match="PW403"):
        desk.approve(job.id, "p-0001", "I say so")
    assert desk.job(job.id).state is JobState.WAITING
    enter(book, approval("PW403"))
    assert desk.approve(job.id, "p-0001").state is JobState.QUEUED
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE


NEWS = replace(RIGHTS, declares=("real_event",))


def approvals_of(tmp_path: Path, job: str) -> list[str]:
    lines = Ledger(tmp_path / "elements").entries(without_takes=True)
    bodies = [one.body for one in lines]
    return [one.why for one in bodies if isinstance(one, JobEntry) and one.job == job and one.what == "approved"]


def test_filing_an_approval_releases_the_job_that_waits_for_it_and_no_other(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor, profiles=("netflix",))
    job = desk.submit(asked(shot, tmp_path, NEWS))
    elsewhere = desk.submit(asked(shot, tmp_path, replace(NEWS, shot="sh020")))
    unpaid = desk.submit(asked(shot, tmp_path, replace(NEWS, show="APOLLO", shot="sh011"), accept_cost=None))
    assert [one.state for one in (job, elsewhere, unpaid)] == [JobState.WAITING] * 3
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.WAITING and sent(vendor) == 0
    enter(book, approval("PW403", shots=("sh010", "sh011")))
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert desk.job(elsewhere.id).state is JobState.WAITING, "the approval is for another shot"
    held = desk.job(unpaid.id)
    assert held.state is JobState.WAITING, "nobody has accepted the price"
    assert len(held.waits_for) == 1 and "nobody has accepted" in held.waits_for[0]
    assert len(approvals_of(tmp_path, job.id)) == 1 and "on record" in approvals_of(tmp_path, job.id)[0]


@pytest.mark.parametrize("point", ["before the transaction ends", "before the ledger has the line"])
def test_a_worker_that_is_killed_while_it_releases_a_job_leaves_it_to_the_next(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook, point: str
) -> None:
    desk = desk_for(tmp_path, vendor, profiles=("netflix",))
    job = desk.submit(asked(shot, tmp_path, NEWS))
    desk.close()
    enter(book, approval("PW403"))
    child = os.fork()
    if child == 0:
        where = (releasing, "post") if point == "before the transaction ends" else (worker, "carry_out")
        setattr(*where, lambda *given, **more: os.kill(os.getpid(), signal.SIGKILL))
        work(desk_for(tmp_path, vendor, profiles=("netflix",)), until_idle=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    desk = desk_for(tmp_path, vendor, profiles=("netflix",))
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert sent(vendor) == 2 and len(approvals_of(tmp_path, job.id)) == 1


def test_an_approval_that_was_entered_and_not_looked_at_before_a_kill_is_found_by_the_next_worker(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor, profiles=("netflix",))
    job = desk.submit(asked(shot, tmp_path, NEWS))
    child = os.fork()
    if child == 0:
        enter(book, approval("PW403"))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE


def test_a_revocation_stops_a_job_that_an_approval_has_released(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor, profiles=("netflix",))
    job = desk.submit(asked(shot, tmp_path, NEWS))
    enter(book, approval("PW403"))
    assert releasing.Releasing(desk.database, desk.settings).look() == (job.id,)
    assert desk.job(job.id).state is JobState.QUEUED
    book.revoke("consent-0412", "p-0412", "withdrawn")
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.REFUSED and sent(vendor) == 0


def test_a_revocation_stops_an_open_job_before_anything_is_sent(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor)
    job = desk.submit(asked(shot, tmp_path))
    assert job.state is JobState.QUEUED
    book.revoke("consent-0412", "p-0412", "withdrawn")
    work(desk, until_idle=True)
    ended = desk.job(job.id)
    assert ended.state is JobState.REFUSED and ended.failure is not None and "revoked" in ended.failure.message
    assert sent(vendor) == 0


def test_a_revocation_between_two_sends_stops_the_second(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    def revoking(request: Any, sends: Any) -> Callable[..., Any]:
        def operate(given: Any, out: Any, report: Any) -> Any:
            sends.result("first", b"a", Cost("0.04", "USD"), report)
            book.revoke("consent-0412", "p-0412", "withdrawn")
            sends.result("second", b"b", Cost("0.04", "USD"), report)
            raise AssertionError("the second send left")

        return operate

    desk = desk_for(tmp_path, vendor, revoking)
    job = desk.submit(asked(shot, tmp_path))
    work(desk, until_idle=True)
    ended = desk.job(job.id)
    assert ended.failure is not None and ended.failure.code == "rule_blocks"
    assert sent(vendor) == 1


def test_a_take_that_answers_is_not_handed_out_under_a_consent_that_was_revoked(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor)
    desk.submit(asked(shot, tmp_path))
    work(desk, until_idle=True)
    assert desk.submit(asked(shot, tmp_path)).answered
    book.revoke("consent-0412", "p-0412", "withdrawn")
    assert desk.submit(asked(shot, tmp_path)).state is JobState.REFUSED


def test_where_no_show_keeps_records_a_hosted_model_is_told_of_and_not_stopped(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor
) -> None:
    desk = desk_for(tmp_path, vendor)
    rules = desk.quote(asked(shot, tmp_path, Rights())).rules
    assert {"PW201", "PW302"} <= {one.rule for one in rules if one.lifted_with == "no-show"}
    assert desk.submit(asked(shot, tmp_path, Rights())).state is JobState.QUEUED
    assert desk.submit(asked(shot, tmp_path)).state is JobState.REFUSED, "a person was declared, and nobody agreed"
    always = desk_for(tmp_path, vendor, always=True)
    assert always.submit(asked(shot, tmp_path, Rights())).state is JobState.REFUSED


def test_a_vendor_that_says_it_trains_on_inputs_is_sent_nothing_anywhere(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor
) -> None:
    desk = desk_for(tmp_path, vendor)
    backend = replace(desk.settings.backends["fake-replay"], gated=replace(VENDOR, trains_on_inputs=True))
    greedy = open_desk(replace(desk.settings, backends={"fake-replay": backend}))
    job = greedy.submit(asked(shot, tmp_path, Rights()))
    assert job.state is JobState.REFUSED and job.failure is not None and "PW301" in job.failure.message


def test_a_backend_that_nobody_described_is_taken_for_the_worst() -> None:
    assert Backend("builtin").generator == Generator("builtin", local=True, trained=False)
    hosted = paid_backend(1, "replay").generator
    assert hosted.trained and not hosted.local and hosted.trains_on_inputs is None


def spoil_ledger(book: RightsBook) -> None:
    path = book.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"consent-0412", b"consent-0413"))


def drop_a_line(book: RightsBook) -> None:
    path = book.folder / "ledger.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[1:]))


def edit_record(book: RightsBook) -> None:
    path = book.folder / "consents" / "consent-0412.yaml"
    path.write_bytes(path.read_bytes().replace(b"2028-10-01", b"2088-10-01"))


def drop_record(book: RightsBook) -> None:
    (book.folder / "consents" / "consent-0412.yaml").unlink()


def swap_evidence(book: RightsBook) -> None:
    for path in (book.folder / "evidence").iterdir():
        path.write_bytes(b"another sheet")


def put_back_the_old(book: RightsBook) -> None:
    path = book.folder / "consents" / "consent-0412.yaml"
    before = path.read_bytes()
    enter(book, consent(term=Term("2026-01-01", "2026-02-01")), again=True)
    path.write_bytes(before)


def spoil_profile(book: RightsBook) -> None:
    (book.folder / "profiles").mkdir()
    (book.folder / "profiles" / "own.yaml").write_text("rules: [")


@pytest.mark.parametrize(
    "tamper", [spoil_ledger, drop_a_line, edit_record, drop_record, swap_evidence, put_back_the_old, spoil_profile]
)
def test_whatever_is_tampered_with_nothing_is_sent(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook, tamper: Callable[[RightsBook], None]
) -> None:
    desk = desk_for(tmp_path, vendor)
    before = desk.submit(asked(shot, tmp_path))
    tamper(book)
    try:
        assert desk.submit(asked(shot, tmp_path)).state is JobState.REFUSED
    except (CheckCouldNotRun, ManifestError) as error:
        assert error.message and error.hint
    work(desk, until_idle=True)
    assert desk.job(before.id).state in (JobState.REFUSED, JobState.FAILED)
    assert sent(vendor) == 0


def test_a_clock_that_was_put_back_stops_what_hangs_on_days(
    tmp_path: Path, book: RightsBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.jobs.rights_book.utc_now", lambda: "2099-01-01T00:00:00.000Z")
    enter(book, statement("union_notice"))
    with pytest.raises(CheckCouldNotRun, match="clock"):
        book.records()


def test_records_are_chained_and_superseded_ones_kept(tmp_path: Path, book: RightsBook) -> None:
    first = book.records().filed["consent-0412"].sha256
    with pytest.raises(RequestError, match="already"):
        enter(book, consent())
    enter(book, consent(territory=("DE",)), again=True)
    now = book.records().filed["consent-0412"]
    assert isinstance(now.record, type(consent())) and now.record.prev_hash == first
    assert (book.folder / "history" / f"{first}.yaml").is_file()
    said = [line.body for line in Ledger(book.folder).entries() if isinstance(line.body, RightsEntry)]
    assert [(one.record, one.what) for one in said][-1] == ("consent-0412", "changed")
    book.revoke("licence-paint-1", "p-0900", "ran out")
    assert book.records().filed["licence-paint-1"].record.revocation.reason == "ran out"


@pytest.mark.parametrize(
    "data, code",
    [
        (b"schema: org.platewright.consent/9\nid: a-1\n", "kind_unknown"),
        (b"- 1\n", "kind_unknown"),
        (b"schema: org.platewright.consent/1\nid: ../../x\n", "record_malformed"),
        (b"a: !!python/object/apply:os.system ['true']\n", "record_malformed"),
    ],
)
def test_what_is_no_record_is_not_entered(tmp_path: Path, data: bytes, code: str) -> None:
    book = RightsBook(tmp_path / "rights")
    with pytest.raises(PlatewrightError) as caught:
        book.add(data, "", "p-0900")
    assert caught.value.code == code
    assert not book.folder.exists()


def test_no_name_and_no_text_of_a_consent_reaches_a_take(
    tmp_path: Path, shot: SmallShot, vendor: RunningVendor, book: RightsBook
) -> None:
    desk = desk_for(tmp_path, vendor)
    job = desk.submit(asked(shot, tmp_path))
    work(desk, until_idle=True)
    record = json.loads(Path(desk.job(job.id).take).read_text())
    assert record["request"]["rights"]["consents"] == ["consent-0412"]
    for path in (tmp_path / "elements").rglob("*"):
        if path.is_file():
            assert consent().scope.description.encode() not in path.read_bytes(), path
