"""Waiting jobs that may go on because what they waited for is on record now: an approval was filed.

Nobody has to press anything: whoever files the written word has said yes. Workers look for it, so that an approval that
was filed while no engine ran, or right before a crash, lets its jobs go on all the same. Everything else that a job
waits for (a price that nobody accepted) holds it as before.
"""

from __future__ import annotations

import json
from pathlib import Path

from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import JobState
from platewright.contract.takes import Cost
from platewright.rights.gate import approvals_needed, refusal

from .admission import Estimate, what_it_waits_for
from .book import change
from .database import Database
from .desk_settings import DeskSettings
from .entering import hold
from .ledger import LEDGER_NAME
from .posting import floor_of, post
from .rights_gate import rules_of
from .rows import JobRow, find_row, rows_where, submission_of

__all__ = ["Releasing"]

_RULE = " needs a written approval by "
_Stamp = tuple[int, int]


class Releasing:
    """Looks for jobs that may go on; records that have not changed since its last look are not read again."""

    def __init__(self, database: Database, settings: DeskSettings) -> None:
        self._database = database
        self._settings = settings
        self._looked: dict[str, _Stamp] = {}

    def look(self) -> tuple[str, ...]:
        """Let go on what may; the ids of those jobs. Raises StorageError where the database can't be reached.

        A job whose rules or records can't be looked at stays as it is.
        """
        with self._database.read() as look:
            rows = rows_where(look, "state = ?", JobState.WAITING.value)
        found = [row for row in rows if any(_RULE in reason for reason in json.loads(row.waits_for))]
        return tuple(row.id for row in found if self._released(row))

    def _released(self, row: JobRow) -> bool:
        try:
            settings = self._settings.of(submission_of(row.submission))
            stamp = _stamp(settings.rights.folder)
            if self._looked.get(row.id) == stamp:
                return False
            released = self._let_go(row, settings)
        except PlatewrightError:
            return False
        self._looked[row.id] = stamp
        return released

    def _let_go(self, row: JobRow, settings: DeskSettings) -> bool:
        submission = submission_of(row.submission)
        rules = rules_of(settings, submission)
        if refusal(rules) is not None and not approvals_needed(rules):
            return False  # what blocks by now is said to whoever lets it go on, and stops it again before each send
        known = Estimate(Cost(row.quoted, row.currency), (), None, submission, rules=rules)
        waits, floor = what_it_waits_for(settings, submission, known), floor_of(row.root)
        if list(waits) == json.loads(row.waits_for):
            return False
        lifters = ", ".join(dict.fromkeys(one.lifted_with for one in rules if one.lifted_with))
        said = f"on record: {lifters}"
        with self._database.write() as work:
            now = find_row(work, row.id)
            if now.state != JobState.WAITING.value or now.waits_for != row.waits_for:
                return False
            if waits:
                change(work, row.id, JobState.WAITING, "; ".join(waits), waits_for=json.dumps(waits))
                return False
            hold(work, settings, now)
            change(work, row.id, JobState.QUEUED, f"approved, {said}", waits_for="[]")
            post(work, now, "approved", floor, why=said, amount=now.quoted)
        return True


def _stamp(folder: Path | None) -> _Stamp:
    """When a show's records were last entered into: its ledger's time and size."""
    try:
        found = (folder / LEDGER_NAME).stat() if folder is not None else None
    except OSError:
        found = None
    return (found.st_mtime_ns, found.st_size) if found is not None else (0, 0)
