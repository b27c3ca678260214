"""What the artist or the rights manager does with a record: fill it in, see what is wrong with it, file it.

Everything typed is checked by the engine against the record's own classes, without waiting; it writes through the verb
that the command line has.
"""

from __future__ import annotations

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.jobs import Failure
from platewright.contract.recording import RecordAnswer, RecordDraft, RecordKind

from .board import Board
from .field import Value
from .form import Form
from .record_forms import FORMS, RecordForm, data_of
from .words import tr

__all__ = ["RecordWork"]


class RecordWork:
    """values: of the kind that is shown. evidence, pictures: dropped files. answer: to the latest question."""

    def __init__(self, session: Session, form: Form, board: Board) -> None:
        self.kind: RecordKind = "consents"
        self.values: dict[str, Value] = {}
        self.evidence: tuple[str, ...] = ()
        self.pictures: tuple[str, ...] = ()
        self.replace = False
        self.answer: RecordAnswer | None = None
        self.filing = False
        self._number = 0
        self._session, self._form, self._board = session, form, board
        self.choose("consents")

    @property
    def shape(self) -> RecordForm:
        """The form that is shown."""
        return FORMS[self.kind]

    @property
    def wrong(self) -> dict[str, str]:
        """What can't be as it is, by the field it is about; under an empty name what is about none, with its hint."""
        answer = self.answer
        if answer is None or not answer.wrong:
            return {}
        first = {answer.place: f"{answer.message} {answer.hint}".strip()}
        return {**{one.place: one.message for one in answer.others}, **first}

    def is_filled(self, name: str) -> bool:
        """Whether something stands in a field."""
        value = self.values.get(name)
        return bool(value.strip()) if isinstance(value, str) else value is not None

    def choose(self, kind: RecordKind) -> None:
        """Show another kind, empty; the show is the one that jobs are for."""
        self.kind = kind
        self.values = {field.name: field.default for field in FORMS[kind].fields}
        if "production.show" in self.values:
            self.values["production.show"] = self._form.values.get("rights.show", "")
        self.evidence, self.pictures, self.replace = (), (), False
        self._number += 1
        self.answer, self.filing = None, False
        self._board.mark("record")

    def put(self, name: str, value: Value) -> None:
        """Something was typed; `check` asks what is to be said about it."""
        self.values[name] = value

    def drop(self, paths: tuple[str, ...], pictures: bool = False) -> None:
        """Files were dropped; they take the place of those before."""
        if pictures and self.shape.pictures:
            self.pictures = paths
        else:
            self.evidence = paths
        self._board.mark("record")
        self.check()

    def check(self) -> None:
        """Ask what is wrong with what is typed."""
        self._ask(only_check=True)

    def file(self) -> None:
        """File it, in the name of whoever works here: an opaque id. Nothing is filed twice by two presses."""
        if not self.filing:
            self._board.dismiss("record")
            self.filing = True
            self._ask(only_check=False)

    def _ask(self, only_check: bool) -> None:
        root = str(self._form.values["host.root"])
        if not root:
            self.filing = False
            hint = tr("Name the folder of the elements first; the show's records are found by it.")
            self._board.trouble("record", Failure("nothing_selected", tr("Nobody knows which show this is"), hint))
            return
        self._number += 1
        number = self._number
        draft = RecordDraft(
            self.kind, data_of(self.shape, self.values), root, self.evidence, self.pictures,
            str(self._form.values["submission.who"]), self.replace, only_check,
        )  # fmt: skip
        self._board.mark("record")
        self._session.record(draft).then(lambda reply: self._answered(reply, number, only_check))

    def _answered(self, reply: Reply[RecordAnswer], number: int, only_check: bool) -> None:
        if not only_check:
            self.filing = False
        if number != self._number and only_check:
            return
        self.answer = reply.value
        if reply.value is not None and reply.value.filed:
            self._board.say(reply.value.message)
        elif reply.failure is not None and (not only_check or reply.failure.code == "rights_folder_unknown"):
            self._board.trouble("record", reply.failure)
        self._board.mark("record")
