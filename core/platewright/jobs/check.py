"""Check before publish: find the subjects, gather facts, apply every rule that holds, and sign what came out.

A path that leads to nothing is not passed over: it is a subject of which nothing could be told.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from platewright import __version__
from platewright.contract.checks import (
    Caught,
    CheckAsk,
    GateReport,
    RuleRun,
    SealedFile,
    SignedGate,
    Subject,
    exit_code_of,
)
from platewright.contract.comps import COMP_ENDING
from platewright.contract.errors import CheckCouldNotRun, PlatewrightError, StorageError
from platewright.contract.mapper import canonical
from platewright.contract.progress import Reporter
from platewright.contract.takes import TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file
from platewright.provenance.identity import Identity
from platewright.provenance.revocation import revocations
from platewright.provenance.statement import attest, sign_statement
from platewright.rights.case import Case
from platewright.rights.checks.facts import Facts
from platewright.rights.checks.table import Judged, expected, judge, sentinel
from platewright.rights.profiles import Policy, policy_for

from .checking.case_facts import read_show
from .checking.clock import Clock
from .checking.ledger_facts import LedgerFacts, ledger_facts, read_ledger
from .checking.named_takes import lost_take, named_takes
from .checking.render_facts import RenderPlace, kind_of, render_facts
from .checking.take_facts import Look, take_facts
from .comps import comp_at, load_comp
from .places import TakePlace, takes_at

__all__ = ["check", "confirm", "sign_gate", "with_lists"]

_FRESH_S = 24 * 3600.0
_REVOKED = "revoked"


def check(ask: CheckAsk, report: Reporter, trust: str = "", clock: Clock | None = None) -> GateReport:
    """Check everything that is asked about. trust: roots as PEM text; lists of revoked certificates in the show's
    folder (`revoked`) count too.

    Raises RequestError `profile_unknown`, ManifestError for a profile that can't be read, SigningError for a list that
    can't be, Cancelled; what is wrong with a subject is in the report.
    """
    clock = clock or Clock.read()
    policy = policy_for(ask.profiles, Path(ask.show) if ask.show else None)
    by = Look(ask, read_show(ask), with_lists(trust, ask.show), clock)
    judged: list[_Looked] = []
    lost: list[tuple[Subject, str]] = []
    places: list[TakePlace | RenderPlace] = []
    for path in [*(use.record for use in ask.elements), *ask.paths]:
        try:
            places += [one for one in _subjects(path) if one not in places]
        except PlatewrightError as error:
            lost.append((Subject(Path(path).name, "render", path), error.message))
    for facts in _gathered(places, by, report):
        own = facts.case.policy if isinstance(facts.case, Case) else policy
        wanted = expected(facts, own, ask.records_only)
        said = sentinel(facts, own, judge(facts, own, ask.records_only), wanted)
        # The facts go, what they led to stays: a show has thousands of takes.
        judged.append(_Looked(facts.subject, own, said, () if ask.records_only else tuple(_sealed(facts))))
    return _report(ask, policy, clock, judged, lost)


def with_lists(trust: str, show: str) -> str:
    """The roots and lists of revoked certificates that count for a show: those given, and those among its records.

    show: the folder of its records, or empty. Raises SigningError `revocations_unreadable`.
    """
    return "\n".join(filter(None, (trust, revocations([Path(show) / _REVOKED] if show else []))))


@dataclass(frozen=True)
class _Looked:
    """One subject that was judged: by which policy, how, and the files that were looked at."""

    subject: Subject
    policy: Policy
    judged: Judged
    files: tuple[SealedFile, ...]


def sign_gate(report: GateReport, identity: Identity) -> SignedGate:
    """A report with its signature. Raises SigningError."""
    signature, chain = sign_statement(canonical(report), identity)
    return SignedGate(report, signature, chain)


def confirm(signed: SignedGate, trust: str, clock: Clock | None = None) -> None:
    """That a report opens the gate: signed by somebody trusted here, fresh, complete, clean, and about these files.

    Raises CheckCouldNotRun with a code that says which of that fails: `gate_forged`, `gate_stale`, `gate_incomplete`,
    `gate_closed`, `gate_outdated`.
    """
    report = signed.report
    worth = attest(canonical(report), signed.signature, signed.chain, trust)
    if not (worth.holds and worth.trusted):
        raise _shut("the gate report is not signed by anybody who is trusted here", "gate_forged")
    age = ((clock or Clock.read()).now - _moment(report.made)).total_seconds()
    if not -600 <= age <= _FRESH_S:
        raise _shut(f"the gate report is of {report.made}", "gate_stale")
    if not report.complete:
        raise _shut("the gate report is not about pixels, or not about everything", "gate_incomplete")
    if exit_code_of(report.runs, report.findings, report.strict) or report.exit_code:
        raise _shut("the gate report says that this can't be published", "gate_closed")
    for sealed in report.files:
        try:
            now = hash_file(Path(sealed.path))
        except StorageError as error:
            raise _shut(f"{Path(sealed.path).name} can't be read any more: {error.message}", "gate_outdated") from error
        if (now.size, now.sha256) != (sealed.size, sealed.sha256):
            raise _shut(f"{Path(sealed.path).name} was changed after it was checked", "gate_outdated")


def _shut(message: str, code: str) -> CheckCouldNotRun:
    return CheckCouldNotRun(message, code=code, hint="Run the checks again, then publish.")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _subjects(path: str) -> Iterator[TakePlace | RenderPlace]:
    """What stands behind a path: takes first, then a render's pattern or file. Raises StorageError, InputError."""
    one = Path(path)
    if one.name.removesuffix(".c2pa").endswith(COMP_ENDING) and (comp := comp_at(one)) is not None:
        yield RenderPlace(str(comp.record.with_name(load_comp(comp).pattern.replace("%d", "#"))), "render")
        return
    try:
        yield from takes_at(one)
        return
    except StorageError as error:
        if error.code != "take_not_found":
            raise
    if one.is_file():
        yield RenderPlace(path, kind_of(path))
        return
    find_sequence(path, None, "render")
    yield RenderPlace(path, "render")


def _gathered(places: list[TakePlace | RenderPlace], by: Look, report: Reporter) -> Iterator[Facts]:
    ledgers: dict[Path, LedgerFacts] = {}
    nodes = {str(Path(use.record)): use.node for use in by.ask.elements}
    feeding: list[Facts] = []
    for place in (one for one in places if isinstance(one, TakePlace)):
        root = place.folder.parent
        if root not in ledgers:
            ledgers[root] = read_ledger(root, by.trust)
        facts = take_facts(place, by, ledgers[root], report)
        node = nodes.get(str(place.record), "")
        if str(place.record) in nodes:
            feeding.append(facts)
        yield replace(facts, nodes={facts.subject.name: node}) if node else facts
    stems = {place.stem for place in places if isinstance(place, TakePlace)}
    for render in (one for one in places if isinstance(one, RenderPlace)):
        facts = render_facts(render, by, feeding, report)
        named = named_takes(facts, by.ask, stems)
        for name, there in named.items():
            stems.add(name)
            if there is None:
                yield lost_take(name, by.ask, by.clock)
                continue
            root = there.folder.parent
            if root not in ledgers:
                ledgers[root] = read_ledger(root, by.trust)
            told = take_facts(there, by, ledgers[root], report)
            feeding.append(told)
            yield told
        yield _fed(facts, feeding) if any(named.values()) else facts
    for known in ledgers.values():
        if known.exists:
            yield ledger_facts(known, by.ask, by.trust, by.clock)


def _fed(facts: Facts, feeding: list[Facts]) -> Facts:
    """A render whose headers led to takes: it is generated as they are, and judged by their case."""
    case = facts.case if facts.case is not None else next((one.case for one in feeding), None)
    return replace(facts, generated=True, trained=any(one.trained for one in feeding), case=case)


def _report(
    ask: CheckAsk,
    policy: Policy,
    clock: Clock,
    judged: list[_Looked],
    lost: list[tuple[Subject, str]],
) -> GateReport:
    runs = tuple(run for one in judged for run in one.judged.runs)
    caught = tuple(found for one in judged for found in one.judged.caught)
    for subject, why in lost or ([] if judged else [(Subject("nothing", "render", ""), "there was nothing to check")]):
        runs += (RuleRun("PW005", subject.name, "could not run", why[:400]),)
        caught += (Caught(subject.name, policy.finding("PW005", why[:400], unchecked=True), "subject_missing"),)
    return GateReport(
        id=secrets.token_hex(16),
        made=clock.moment,
        generator=f"platewright {__version__}",
        profiles=_profiles(policy, judged),
        subjects=(*(one.subject for one in judged), *(subject for subject, _ in lost)),
        runs=runs,
        findings=caught,
        files=tuple(sealed for one in judged for sealed in one.files),
        complete=bool(judged) and not lost and not ask.records_only,
        strict=ask.strict,
        exit_code=exit_code_of(runs, caught, ask.strict),
    )


def _profiles(policy: Policy, judged: list[_Looked]) -> tuple[str, ...]:
    """Every profile that anything was judged by, with its date."""
    policies = [policy, *(one.policy for one in judged)]
    return tuple(dict.fromkeys(f"{one.id} {one.as_of}" for each in policies for one in each.profiles))


def _sealed(facts: Facts) -> Iterator[SealedFile]:
    """The files that a report speaks of: a take's record and manifest seal its frames, a render's are its own."""
    if facts.kind == "show":
        return
    path = Path(facts.subject.path)
    if isinstance(facts.record, TakeRecord):
        paths = [path, path.with_name(path.name + ".c2pa")]
        yield from (
            SealedFile(str(path.with_name(frame.file.name)), frame.file.size, frame.file.sha256)
            for frame in facts.record.frames
        )
    elif facts.kind == "take":
        paths = [path]
    else:
        paths = [path] if path.is_file() else list(find_sequence(str(path), None, "render").files.values())
        comp = comp_at(path)
        paths += [comp.record, comp.manifest] if comp is not None else []
    for one in paths:
        if os.path.isfile(one):
            yield SealedFile.of(str(one), hash_file(one))
