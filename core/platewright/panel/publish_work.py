"""What the artist does before publish: check, go where a finding is, let a repair be made, see whether the gate opens.

The question is the one that a publish asks, the answer the engine's signed report, and the same plug-ins judge it.
Nothing waits: the report comes when it comes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Literal

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
from platewright.contract.repairs import RepairAsk, Repaired, RepairKind

from .board import Board
from .form import Form
from .host import Host
from .publish_rows import PublishRow, rows_of, rows_of_plugins
from .words import tr

__all__ = ["PublishWork", "Standing"]

Standing = Literal["idle", "checking", "failed", "shut", "open"]
"""failed: the check itself gave no answer, which lets nothing pass."""
_REPORT = "platewright.disclosure.json"


class PublishWork:
    """Over a session and a host. rows: what was found; final: judge it as for the final picture."""

    def __init__(self, session: Session, host: Host, form: Form, board: Board) -> None:
        self.rows: tuple[PublishRow, ...] = ()
        self.standing: Standing = "idle"
        self.sentence = ""
        self.note = ""
        self.final = False
        self.signed: SignedGate | None = None
        self._asked: CheckAsk | None = None
        self._disclosure: dict[tuple[str, ...], str] = {}
        self._number = 0
        self._session, self._host, self._form, self._board = session, host, form, board

    def check(self) -> None:
        """Ask whether what is selected may be published; an answer to an earlier question no longer counts."""
        self._board.dismiss("publish")
        self._number += 1
        self._show("idle", (), "")
        self._board.guarded("publish", self._check)

    def jump(self, row: PublishRow) -> None:
        """Go to the node or frame that a row is about."""
        self._board.guarded("publish", lambda: self._board.say(self._host.go_to(row.node, row.frame, row.record)))

    def repair(self, row: PublishRow, kind: RepairKind) -> None:
        """Ask for a repair; afterwards everything is checked again."""
        asked = self._asked
        records: tuple[str, ...] = (row.record,) if row.record else ()
        if asked is None or kind not in row.repairs or not records:
            return
        to, roots = "", asked.roots
        if kind == "disclose":
            assert self.signed is not None
            records = tuple(one.path for one in self.signed.report.subjects if one.kind == "take")
            to = str(PurePath(asked.paths[0]).parent / _REPORT)
            roots = tuple(dict.fromkeys((*roots, str(PurePath(to).parent))))
        who = str(self._form.values["submission.who"])
        self._number += 1
        number = self._number
        self._show("checking", self.rows, tr("Putting it right…"))
        self._session.repair(RepairAsk(kind, records, roots, to=to, who=who)).then(
            lambda reply: self._repaired(reply, asked, to, number)
        )

    # Inside.

    def _check(self) -> None:
        asked = self._host.publishing()
        known = self._disclosure.get(asked.paths, "")
        if known and not asked.disclosure:
            roots = tuple(dict.fromkeys((*asked.roots, str(PurePath(known).parent))))
            asked = replace(asked, disclosure=known, roots=roots)
        self._ask(replace(asked, final=asked.final or self.final))

    def _ask(self, asked: CheckAsk) -> None:
        self._asked, self.signed, number = asked, None, self._number
        self._show("checking", (), tr("Checking {n} paths…", n=len(asked.paths) + len(asked.elements)))
        self._session.check(asked).then(lambda reply: self._checked(reply, asked, number))

    def _checked(self, reply: Reply[SignedGate], asked: CheckAsk, number: int) -> None:
        if number != self._number:
            return
        if reply.value is None:
            self._not_checked(reply)
            return
        signed = self.signed = reply.value
        rows = rows_of(signed.report)
        said = self._host.judge(asked, signed)
        if said is None:
            self.note = tr("pyblish is not installed here; these are the engine's own words, which it would repeat.")
        else:
            self.note = tr("Judged by the same plug-ins as a publish.")
            rows = (*rows_of_plugins(said, rows), *rows)
        stops = sum(row.stops for row in rows)
        if stops or said or signed.report.exit_code or not signed.report.complete:
            words = tr("{n} findings hold this up.", n=stops) if stops != 1 else tr("One finding holds this up.")
            self._show("shut", rows, words if stops else tr("This can't be published as it is."))
            return
        self._show("checking", rows, tr("Asking the gate…"))
        self._session.gate(signed).then(lambda verdict: self._judged(verdict, number))

    def _judged(self, reply: Reply[GateVerdict], number: int) -> None:
        if number != self._number:
            return
        if reply.value is None:
            self._not_checked(reply)
        elif reply.value.opens:
            self._show("open", self.rows, tr("Nothing holds this up: it may be published."))
        else:
            self._show("shut", self.rows, tr("The gate is shut: {why}.", why=reply.value.message))

    def _repaired(self, reply: Reply[Repaired], asked: CheckAsk, to: str, number: int) -> None:
        if number != self._number:
            return
        if reply.value is None:
            self._show("shut", self.rows, tr("It could not be put right."))
            if reply.failure is not None:
                self._board.trouble("publish", reply.failure)
            return
        self._board.say(reply.value.message)
        if to:
            self._disclosure[asked.paths] = to
            asked = replace(asked, disclosure=to, roots=tuple(dict.fromkeys((*asked.roots, str(PurePath(to).parent)))))
        self._ask(asked)

    def _not_checked(self, reply: Reply[SignedGate] | Reply[GateVerdict]) -> None:
        """No answer is a failure, never a pass."""
        self._show("failed", self.rows, tr("It could not be checked, so it can't be published."))
        if reply.failure is not None:
            self._board.trouble("publish", reply.failure)

    def _show(self, standing: Standing, rows: tuple[PublishRow, ...], sentence: str) -> None:
        self.standing, self.rows, self.sentence = standing, rows, sentence
        self._board.mark("publish")
