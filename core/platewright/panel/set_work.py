"""A show's reference sets for the artist: which are offered, and a chosen one's pictures among the references."""

from __future__ import annotations

from platewright.client.messages import State
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.reference_sets import SetList, SetLook, SetPictures

from .board import Board
from .field import Choice
from .form import Form
from .set_words import set_choice, why_not

__all__ = ["SetWork"]

_NO_SHOW = ("rights_folder_unknown", "path_refused", "file_missing", "not_found", "folder_missing")
"""The folder belongs to no show that keeps records: nothing is offered, and nothing is wrong."""


class SetWork:
    """Over a session. sets: those of the show that the folder belongs to, the newest version of each first."""

    def __init__(self, session: Session, form: Form, board: Board) -> None:
        self.sets: tuple[SetLook, ...] = ()
        self._session = session
        self._form = form
        self._board = board

    def refresh(self) -> None:
        """Ask which there are."""
        root = str(self._form.values["host.root"])
        if root and self._session.connection is State.CONNECTED:
            self._session.reference_sets(root).then(self._listed)

    def offered(self) -> tuple[tuple[Choice, str], ...]:
        """What a menu shows: each version in words, and why it can't be chosen; empty where it can."""
        shot = str(self._form.values["rights.shot"])
        return tuple((set_choice(one), why_not(one, shot)) for one in self.sets)

    def add(self, named: str) -> None:
        """Bring a set's pictures among the references, in place of another version of it."""

        def came(reply: Reply[SetPictures]) -> None:
            if reply.value is not None:
                self._form.add_set(named, reply.value.references)
                self._board.mark("form", "button")
            elif reply.failure is not None:
                self._board.trouble("button", reply.failure)

        self._session.set_pictures(str(self._form.values["host.root"]), named).then(came)

    def _listed(self, reply: Reply[SetList]) -> None:
        if reply.value is None and reply.failure is not None and reply.failure.code not in _NO_SHOW:
            self._board.trouble("button", reply.failure)
        self.sets = reply.value.sets if reply.value is not None else ()
        self._board.mark("form")
