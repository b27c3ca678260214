"""Leases: a job belongs to one worker at a time, for as long as that worker says it lives.

A worker takes the job whose turn it is and gets a token. Everything it writes about the job is checked against the
token in the same transaction, so a worker that was cut off and comes back late changes nothing. A job whose worker
has been silent for the length of a lease goes to the next worker that can do it; at once where the worker's process
is seen to be gone.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

from platewright.contract.errors import JobConflict
from platewright.contract.jobs import JobState

from .book import change, note, update
from .database import Transaction
from .limits import Limits
from .order import Waiting, fair_order
from .process import born, host, is_alive
from .rows import ACTIVE, JobRow, find_row, rows_where

__all__ = [
    "LeaseLost",
    "WorkerName",
    "beat",
    "enlist",
    "held_by",
    "hold_up",
    "leave",
    "release",
    "take_turn",
    "waiting",
]


_HELD_UP_S = 5.0
_FORGET_S = 86_400.0
"""A worker of another machine that was silent for a day is not listed any more; its leases ran out long ago."""


class LeaseLost(JobConflict):
    """The job belongs to another worker now; whoever sees this stops and writes nothing."""


@dataclass(frozen=True, slots=True)
class WorkerName:
    """A worker: where it runs, and what it can do (`gpu`, `nuke`, `network`: whatever backends ask for)."""

    id: str
    host: str
    pid: int
    born: str
    capabilities: frozenset[str]

    @classmethod
    def here(cls, capabilities: frozenset[str] = frozenset()) -> WorkerName:
        """A new worker in this process."""
        return cls(f"{host()}:{os.getpid()}:{secrets.token_hex(3)}", host(), os.getpid(), born(), capabilities)


def enlist(work: Transaction, worker: WorkerName) -> None:
    """Say that a worker is there, and let go on what workers of this machine left behind that are gone."""
    for id_, pid, when in work.run("SELECT id, pid, born FROM workers WHERE host = ?", worker.host):
        if not is_alive(pid, when):
            work.run("UPDATE jobs SET lease_until = 0 WHERE worker = ?", id_)
            work.run("DELETE FROM workers WHERE id = ?", id_)
    work.run("DELETE FROM workers WHERE beat < ?", work.now() - _FORGET_S)
    work.run(
        "INSERT INTO workers (id, host, pid, born, capabilities, beat) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET beat = excluded.beat",
        worker.id, worker.host, worker.pid, worker.born, ",".join(sorted(worker.capabilities)), work.now(),
    )  # fmt: skip


def leave(work: Transaction, worker: WorkerName) -> None:
    """Say that a worker goes, and give back what it holds."""
    work.run("UPDATE jobs SET lease = NULL, lease_until = 0, worker = '' WHERE worker = ?", worker.id)
    work.run("DELETE FROM workers WHERE id = ?", worker.id)


def beat(work: Transaction, worker: WorkerName, row: JobRow, lease_s: float) -> JobRow:
    """Say that the worker lives and keeps its job. Raises LeaseLost."""
    now = work.now()
    current = held_by(work, row)
    work.run("UPDATE workers SET beat = ? WHERE id = ?", now, worker.id)
    update(work, row.id, lease_until=now + lease_s)
    return current


def held_by(work: Transaction, row: JobRow) -> JobRow:
    """The job as it stands, if it still belongs to the holder of the row's lease. Raises LeaseLost."""
    current = find_row(work, row.id)
    if row.lease is None or current.lease != row.lease:
        raise LeaseLost(f"job {row.id} goes on elsewhere", code="lease_lost", hint="Nothing is to be done.")
    return current


def release(work: Transaction, row: JobRow) -> None:
    """Give a job back, to go on with another worker at once."""
    if find_row(work, row.id).lease == row.lease:
        update(work, row.id, lease=None, lease_until=0.0, worker="")


def hold_up(work: Transaction, row: JobRow, why: str, most: int) -> bool:
    """Give a job back that can't go on just now, to be taken up again after a while that grows each time.

    False, and nothing done, where that has happened so often, or so many workers died, that it is no use.
    Raises LeaseLost.
    """
    current = held_by(work, row)
    if current.deaths >= most:
        return False
    seconds = _HELD_UP_S * 2**current.deaths
    update(
        work, row.id, lease=None, worker="", lease_until=work.now() + seconds, deaths=current.deaths + 1,
        seconds_left=None,
    )  # fmt: skip
    note(work, row.id, current.state, f"{why}; it is tried again in {seconds:g} s")
    return True


def waiting(work: Transaction) -> list[JobRow]:
    """The jobs that wait for a worker, paused ones left out, in the order they will be served."""
    rows = {row.id: row for row in rows_where(work, "state = ? AND paused = 0", JobState.QUEUED.value)}
    jobs = [Waiting(row.id, row.fair_group, row.priority, row.seq) for row in rows.values()]
    return [rows[job.id] for job in fair_order(jobs, _turns(work))]


def take_turn(work: Transaction, worker: WorkerName, limits: Limits) -> JobRow | None:
    """Take the job whose turn it is among those the worker can do; None where there is none."""
    now = work.now()
    active = rows_where(work, f"state IN ({', '.join('?' * len(ACTIVE))})", *(state.value for state in ACTIVE))
    for row in sorted(active, key=lambda row: row.seq):
        if row.lease_until < now and _can(worker, row, limits):
            return _leased(work, row, worker, now + limits.lease_s, died=row.lease is not None)
    busy: dict[str, int] = {}
    for row in active:
        busy[row.backend] = busy.get(row.backend, 0) + 1
    for row in waiting(work):
        limit = limits.at_once.get(row.backend, 0)
        if _can(worker, row, limits) and not (limit and busy.get(row.backend, 0) >= limit):
            work.run(
                "INSERT INTO turns (shot, served) SELECT ?, coalesce(max(served), 0) + 1 FROM turns WHERE 1 = 1"
                " ON CONFLICT (shot) DO UPDATE SET served = excluded.served",
                row.fair_group,
            )  # fmt: skip
            change(work, row.id, JobState.SENDING if row.backend in limits.sending else JobState.RUNNING)
            return _leased(work, row, worker, now + limits.lease_s, died=False)
    return None


def _leased(work: Transaction, row: JobRow, worker: WorkerName, until: float, *, died: bool) -> JobRow:
    update(work, row.id, lease=secrets.token_hex(8), lease_until=until, worker=worker.id, deaths=row.deaths + int(died))
    if died:
        note(work, row.id, row.state, "its worker died; it goes on with another one")
    return find_row(work, row.id)


def _can(worker: WorkerName, row: JobRow, limits: Limits) -> bool:
    return row.backend in limits.known and set(filter(None, row.needs.split(","))) <= worker.capabilities


def _turns(work: Transaction) -> dict[str, int]:
    return {str(shot): int(served) for shot, served in work.run("SELECT shot, served FROM turns")}
