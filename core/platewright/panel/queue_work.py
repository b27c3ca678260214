"""What the artist does with jobs: cancel, retry, hold, say yes or no; and what happens when one of ours has ended."""

from __future__ import annotations

from collections.abc import Callable

from platewright.client.messages import State
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.jobs import Failure, Job, JobEvent
from platewright.contract.wire import JobList

from .asked import Asked
from .board import Board
from .form import Form
from .host import Brought, Host
from .queue_book import QueueBook
from .words import tr

__all__ = ["QueueWork"]

_PAGE = 25
_MOST_LISTED = 200


class QueueWork:
    """Over a session and a host. on_end: called with each job that has ended, whosever it is; on_list: with a list."""

    def __init__(self, session: Session, host: Host, form: Form, board: Board) -> None:
        self.book = QueueBook()
        self.on_end: Callable[[Job], None] = lambda job: None
        self.on_list: Callable[[tuple[Job, ...]], None] = lambda jobs: None
        self._session = session
        self._host = host
        self._form = form
        self._board = board

    def refresh(self) -> None:
        """Ask for the latest jobs, a page at a time: reading a long list would hold up the host's own Python."""
        self.book.mine |= self._host.jobs()
        self._ask_page("", _MOST_LISTED)

    def _ask_page(self, before: str, left: int) -> None:
        def learn(found: JobList) -> None:
            self._learn_all(found.jobs)
            if found.more and found.jobs and left > _PAGE:
                self._ask_page(found.jobs[-1].id, left - _PAGE)

        self._session.jobs(limit=_PAGE, before=before).then(self._board.answer("queue", learn, "queue"))

    def another_script(self) -> None:
        """Another script was opened: other jobs are its own, and some may have ended meanwhile."""
        self.book.mine = set(self._host.jobs())
        if self._session.connection is State.CONNECTED:
            self.refresh()

    def happened(self, event: JobEvent) -> None:
        """Take an event of the engine in."""
        self._board.mark("queue")
        if self.book.happened(event):
            self._session.job(event.job).then(self._learned)

    def submitted(self, reply: Reply[Job], asked: Asked, brought: Brought) -> None:
        """A submission was answered: the host remembers the job."""
        job = reply.value
        if job is None:
            if reply.failure is not None:
                self._board.trouble("button", reply.failure)
            return
        self.book.learn(job)
        self.book.mine.add(job.id)
        self._board.mark("queue", "button")
        self._board.guarded("button", lambda: self._host.sent(job, asked, brought))
        if not job.state.is_open:
            self._ended(job)

    def change(self, job: str, verb: str, note: str = "") -> None:
        """cancel, retry, pause, go_on, approve or refuse a job."""
        who, session = str(self._form.values["submission.who"]), self._session
        if verb in ("approve", "refuse") and not who:
            hint = tr("Fill in “Your name” under Job; a yes is kept with a name.")
            self._board.trouble("queue", Failure("who_missing", tr("Who says so?"), hint))
            return
        calls: dict[str, Callable[[], Reply[Job]]] = {
            "cancel": lambda: session.cancel(job, who),
            "retry": lambda: session.retry(job, who),
            "pause": lambda: session.pause(job, True, who),
            "go_on": lambda: session.pause(job, False, who),
            "approve": lambda: session.approve(job, who, note),
            "refuse": lambda: session.refuse(job, who, note),
        }
        self._board.dismiss("queue", job)
        calls[verb]().then(self._board.answer("queue", self.book.learn, "queue"))

    def cancel_all(self, only_mine: bool) -> int:
        """Cancel every open job, of this script or of all. Returns how many were asked to stop."""
        rows = [row for row in self.book.rows(only_mine) if row.can_cancel]
        for row in rows:
            self.change(row.id, "cancel")
        return len(rows)

    def _learn_all(self, jobs: tuple[Job, ...]) -> None:
        waited = self._host.jobs()
        self.book.mine |= waited
        self.book.learn_all(jobs)
        self.on_list(jobs)
        self._board.mark("history")
        for job in jobs:
            if job.id in waited and not job.state.is_open:  # it ended while this script was closed
                self._ended(job)

    def _learned(self, reply: Reply[Job]) -> None:
        if reply.value is None:
            return
        self.book.learn(reply.value)
        self._board.mark("queue")
        if not reply.value.state.is_open:
            self._ended(reply.value)

    def _ended(self, job: Job) -> None:
        self.on_end(job)
        if job.id not in self.book.mine:
            return
        place = "history" if job.take else "queue"
        self._board.guarded(place, lambda: self._board.say(self._host.settle(job)))
        if job.failure is not None:
            self._board.trouble("queue", job.failure, job.id)
