"""The desk: where jobs are handed in, asked about and steered; the contract's `Desk` over a database.

    desk = open_desk(DeskSettings.from_environment())     # SQLite in the home, or the PostgreSQL it names
    job = desk.submit(Submission(request, "/shots/sh010/elements", who="ada"))
    work(desk)                                            # jobs.worker: makes jobs until it is told to stop

Any number of desks and workers, in threads, processes and machines, may be open on one database. A desk is
thread-safe and keeps nothing in memory that is not in the database, so it may be dropped at any time.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from platewright.contract.decisions import TakeDecision, TakeSummary
from platewright.contract.errors import ApprovalMissing, JobConflict, PlatewrightError, RefusedError
from platewright.contract.jobs import Job, JobEvent, JobState, Quote, Submission, Unseen
from platewright.contract.mapper import canonical
from platewright.contract.money import EACH, BudgetState, CostGroup, CostLine
from platewright.provenance.identity import trust_anchors

from .accounts import Scopes, applying, states_of
from .admission import checked, estimate, estimate_unseen, pinned_down, quote_of, what_it_waits_for
from .book import change, events_after, failure_of, note, update
from .closing import close
from .costs import cost_lines
from .database import Database, Transaction
from .decisions import decide, summaries
from .desk_settings import DeskSettings
from .entering import enter, hold
from .leases import waiting
from .posting import carry_out, floor_of, post
from .rights_gate import require
from .rows import JobRow, find_row, job_of, rows_where, submission_of
from .schema import prepare

__all__ = ["LocalDesk", "open_desk"]

_MOST = 5000


def open_desk(settings: DeskSettings) -> LocalDesk:
    """Open the desk on its database, making the tables where they are missing. Raises StorageError, RequestError."""
    desk = LocalDesk(settings, Database(settings.where))
    prepare(desk.database)
    return desk


class LocalDesk:
    """The desk on a database that this process reaches itself."""

    def __init__(self, settings: DeskSettings, database: Database) -> None:
        self.settings = settings
        self.database = database

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def quote(self, submission: Submission) -> Quote:
        """What it would cost and do. Changes nothing. Raises InputError, StorageError."""
        settings = self.settings.of(checked(submission))
        found = estimate(settings, pinned_down(submission, settings.ocio))
        with self.database.read() as look:
            return quote_of(look, settings, found.submission, found)

    def estimate(self, unseen: Unseen) -> Quote:
        """What it would cost, before there are files. Changes nothing. Raises InputError, StorageError."""
        settings = self.settings.of(checked(unseen.submission))
        found = estimate_unseen(settings, unseen)
        with self.database.read() as look:
            return quote_of(look, settings, found.submission, found)

    def submit(self, submission: Submission) -> Job:
        """Put it on disk and in the queue, or have it answered, wait or be refused; the same key, the same job.

        Raises InputError where it can't be a job at all, JobConflict `key_reused`, StorageError.
        """
        earlier = self._by_key(checked(submission))
        if earlier is not None:
            return earlier
        settings = self.settings.of(submission)
        found = estimate(settings, pinned_down(submission, settings.ocio))
        submission = found.submission
        waits = what_it_waits_for(settings, submission, found)
        floor = floor_of(submission.root)
        with self.database.write() as work:
            double = rows_where(work, "key = ?", submission.key) if submission.key else []
            job = double[0].id if double else enter(work, settings, submission, found, waits, floor)
        carry_out(self.database, submission.root)
        return self.job(job)

    def job(self, job: str) -> Job:
        """One job as it stands. Raises JobNotFound."""
        with self.database.read() as look:
            row = find_row(look, job)
            return job_of(row, _positions(look).get(job, 0) if row.state == JobState.QUEUED.value else 0)

    def jobs(self, open_only: bool = False, root: str = "", limit: int = 200, before: str = "") -> tuple[Job, ...]:
        """The latest jobs, newest first; `before` is the id to go on behind. Raises JobNotFound for that one."""
        conditions, values = ["1 = 1"], list[str | int]()
        if open_only:
            ended = [state.value for state in JobState if not state.is_open]
            conditions.append(f"state NOT IN ({', '.join('?' * len(ended))})")
            values += ended
        if root:
            conditions.append("root = ?")
            values.append(root)
        with self.database.read() as look:
            if before:
                conditions.append("seq < ?")
                values.append(find_row(look, before).seq)
            values.append(max(1, min(limit, _MOST)))
            rows = rows_where(look, f"{' AND '.join(conditions)} ORDER BY seq DESC LIMIT ?", *values)
            positions = _positions(look) if any(row.state == JobState.QUEUED.value for row in rows) else {}
        return tuple(job_of(row, positions.get(row.id, 0)) for row in rows)

    def events(self, after: int = 0, job: str = "", limit: int = 500, wait_s: float = 0.0) -> tuple[JobEvent, ...]:
        """Events with a number above `after`; waits up to `wait_s` seconds for the first. Raises JobNotFound."""
        until = time.monotonic() + min(wait_s, 300.0)
        while True:
            with self.database.read() as look:
                if job:
                    find_row(look, job)
                found = events_after(look, after, job, max(1, min(limit, _MOST)))
            left = until - time.monotonic()
            if found or left <= 0:
                return found
            self.database.wait(left)

    def cancel(self, job: str, who: str = "") -> Job:
        """Ask it to stop, at the backend too; one that nobody works on stops at once. A job that ended stays so."""
        floor = self._floor(job)
        with self.database.write() as work:
            row = find_row(work, job)
            if row.is_active:
                if not row.cancelling:
                    update(work, job, cancelling=1, lease_until=row.lease_until if row.lease else 0.0)
                    note(work, job, row.state, f"asked to stop{_by(who)}")
            elif JobState(row.state).is_open:
                close(work, row, JobState.CANCELLED, floor, text=f"cancelled{_by(who)}", who=who)
        return self._told(job)

    def retry(self, job: str, who: str = "") -> Job:
        """Try a failed, cancelled, refused or unknown job again; an unknown send only with the person's name.

        What was paid for and has arrived is not paid again. Raises JobConflict, ApprovalMissing, BudgetExceeded.
        """
        floor, settings = self._floor(job), self._allowed(job)
        with self.database.write() as work:
            row = find_row(work, job)
            state = JobState(row.state)
            if state not in (JobState.FAILED, JobState.CANCELLED, JobState.REFUSED, JobState.UNKNOWN):
                raise _conflict(row, "tried again")
            if state is JobState.UNKNOWN and not who.strip():
                raise ApprovalMissing(
                    "nobody can tell whether this was sent, and trying again may cost a second time",
                    code="retry_unnamed",
                    hint="Look at the vendor's own list; then retry with --who, which lands in the ledger.",
                )
            work.run("UPDATE sends SET state = 'given_up' WHERE job = ? AND state = 'unknown'", job)
            held = hold(work, settings, row)
            update(
                work,
                job,
                attempt=row.attempt + 1,
                deaths=0,
                take="",
                step=None,
                seconds_left=None,
                cancelling=0,
                paused=0,
            )
            change(work, job, JobState.QUEUED, f"attempt {row.attempt + 1}{_by(who)}")
            post(work, row, "retried", floor, who=who, amount=held.amount)
        return self._told(job)

    def pause(self, job: str, paused: bool, who: str = "") -> Job:
        """Hold a queued job back, or let it go on. Raises JobConflict for one that is not in the queue."""
        with self.database.write() as work:
            row = find_row(work, job)
            if row.state not in (JobState.QUEUED.value, JobState.WAITING.value):
                raise _conflict(row, "paused" if paused else "let go on")
            if bool(row.paused) != paused:
                update(work, job, paused=int(paused))
                note(work, job, row.state, ("paused" if paused else "goes on") + _by(who))
        return self._told(job)

    def reorder(self, job: str, priority: int, who: str = "") -> Job:
        """Give a queued job another priority. Raises JobConflict."""
        with self.database.write() as work:
            row = find_row(work, job)
            if row.state not in (JobState.QUEUED.value, JobState.WAITING.value):
                raise _conflict(row, "given another priority")
            update(work, job, priority=max(-1_000_000, min(1_000_000, priority)))
            note(work, job, row.state, f"priority {priority}{_by(who)}")
        return self._told(job)

    def approve(self, job: str, who: str, note: str = "") -> Job:
        """Let a waiting job go on. Raises JobConflict, ApprovalMissing, BudgetExceeded, RefusedError.

        What a rule wants approved needs an approval on record: a name alone lifts no rule.
        A final without an approved draft needs a `note`: the reason, which lands in the ledger as an override.
        """
        floor, settings = self._floor(job), self._allowed(job)
        with self.database.write() as work:
            row = self._waiting_row(work, job, who, "approved")
            overrides = any("approved draft" in reason for reason in json.loads(row.waits_for))
            if overrides and not note.strip():
                raise ApprovalMissing(
                    "a final without an approved draft needs a reason",
                    code="override_without_reason",
                    hint="Approve a draft of it first, or say why not, with --note.",
                )
            hold(work, settings, row)
            change(work, job, JobState.QUEUED, f"approved{_by(who)}{': ' + note if note else ''}", waits_for="[]")
            post(work, row, "overridden" if overrides else "approved", floor, who=who, why=note, amount=row.quoted)
        return self._told(job)

    def refuse(self, job: str, who: str, note: str = "") -> Job:
        """Say no to a waiting job. Raises JobConflict, ApprovalMissing."""
        floor = self._floor(job)
        with self.database.write() as work:
            row = self._waiting_row(work, job, who, "refused")
            failure = failure_of(RefusedError(f"refused{_by(who)}{': ' + note if note else ''}", code="refused"))
            close(work, row, JobState.REFUSED, floor, failure=failure, who=who, why=note)
        return self._told(job)

    def takes(self, root: str, element: str = "") -> tuple[TakeSummary, ...]:
        """The takes under a root folder with what was decided about them. Raises StorageError, RequestError."""
        carry_out(self.database, root)
        return summaries(Path(root), element, trust_anchors(self.settings.at(root).identity))

    def decide(self, root: str, element: str, version: int, decision: TakeDecision) -> TakeSummary:
        """Star, note, approve, reject or choose a take. Raises StorageError, InputError, SigningError, RefusedError."""
        return decide(Path(root), element, version, decision, self.settings.at(root).identity)

    def costs(self, by: CostGroup, root: str = "") -> tuple[CostLine, ...]:
        """What was spent, and what is set aside, for each show, shot, user, backend or month."""
        with self.database.read() as look:
            return cost_lines(look, by, root)

    def budgets(self) -> tuple[BudgetState, ...]:
        """Every budget that names somebody, and every one that a job of this desk was under, and what is left of it."""
        with self.database.read() as look:
            rows = look.run("SELECT DISTINCT root, show, shot, who FROM jobs ORDER BY root, show, shot, who")
        found = [budget for budget in self.settings.budgets if budget.name != EACH]
        for root in sorted({str(row[0]) for row in rows}):
            limits = self.settings.budgets
            with suppress(PlatewrightError):  # a show's file that can't be read is told when something is handed in
                limits = self.settings.at(root).budgets
            for _, show, shot, who in (row for row in rows if row[0] == root):
                found += applying(limits, Scopes(show, shot, who))
        with self.database.read() as look:
            return states_of(look, tuple(dict.fromkeys(found)))

    def _by_key(self, submission: Submission) -> Job | None:
        """The job that was handed in under the same key. Raises JobConflict where it was another submission."""
        if not submission.key:
            return None
        with self.database.read() as look:
            found = rows_where(look, "key = ?", submission.key)
        if not found:
            return None
        if not _is_same(submission_of(found[0].submission), submission):
            raise JobConflict(
                f"the key '{submission.key[:80]}' was used for another submission",
                code="key_reused",
                hint="Give every new submission a key of its own.",
            )
        return self.job(found[0].id)

    def _waiting_row(self, work: Transaction, job: str, who: str, doing: str) -> JobRow:
        row = find_row(work, job)
        if row.state != JobState.WAITING.value:
            raise _conflict(row, doing)
        if not who.strip():
            raise ApprovalMissing(
                f"nobody's name stands under it: a job is {doing} by a person",
                code="approval_unnamed",
                hint="Say who decides, with --who.",
            )
        return row

    def _floor(self, job: str) -> int:
        with self.database.read() as look:
            root = find_row(look, job).root
        return floor_of(root)

    def _allowed(self, job: str) -> DeskSettings:
        """The settings a job is under, if no rule stops it. Raises RefusedError, ApprovalMissing."""
        with self.database.read() as look:
            submission = submission_of(find_row(look, job).submission)
        settings = self.settings.of(submission)
        require(settings, submission)
        return settings

    def _told(self, job: str) -> Job:
        with self.database.read() as look:
            root = find_row(look, job).root
        carry_out(self.database, root)
        return self.job(job)


def _positions(look: Transaction) -> dict[str, int]:
    return {row.id: place for place, row in enumerate(waiting(look), start=1)}


def _is_same(earlier: Submission, now: Submission) -> bool:
    """Whether it is the very submission again; its colour and base were filled in then, and may not be now."""
    colour = now.request.colour
    if colour is None or not (colour.is_builtin or colour.sha256):
        now = replace(now, request=replace(now.request, colour=earlier.request.colour))
    if now.request.base is None or not now.request.base.record:
        now = replace(now, request=replace(now.request, base=earlier.request.base))
    return canonical(earlier) == canonical(now)


def _by(who: str) -> str:
    return f" by {who.strip()[:200]}" if who.strip() else ""


def _conflict(row: JobRow, doing: str) -> JobConflict:
    state = row.state.replace("_", " ")
    return JobConflict(
        f"job {row.id} is {state} and can't be {doing}", hint=f"`platewright jobs show {row.id}` tells how it stands."
    )
