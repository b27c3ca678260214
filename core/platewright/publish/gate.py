"""One instance before the gate: the report is asked for once, kept with the instance, and never guessed.

What is not there, or not readable, or says no, is a failure. Nothing here returns quietly without having looked.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platewright.contract.checks import Caught, CheckAsk, SignedGate, exit_code_of
from platewright.contract.errors import PlatewrightError

from .asking import engine_of
from .refusing import Refused
from .roster import GROUPS

__all__ = ["nothing_collected", "require_group", "require_open_gate", "signed_gate"]

_FRESH_S = 24 * 3600.0
_REPORT, _ASK, _ERROR = "platewrightGate", "platewrightAsk", "platewrightError"


def signed_gate(instance: Any) -> SignedGate:
    """The report about an instance, asked for once. Raises Refused where there is none."""
    found = instance.data.get(_REPORT)
    if isinstance(found, SignedGate):
        return found
    error, ask = instance.data.get(_ERROR), instance.data.get(_ASK)
    if error or not isinstance(ask, CheckAsk):
        raise Refused("It could not be looked at", str(error or "nobody said which files it is made of"))
    try:
        made = engine_of(instance.context).check(ask)
    except PlatewrightError as failure:
        raise Refused("The engine gave no report", f"{failure.message} {failure.hint}".strip()) from failure
    instance.data[_REPORT] = made
    return made


def require_group(instance: Any, plugin: str, log: Any) -> None:
    """That no rule of a validator's group holds an instance up. Raises Refused with every finding in it."""
    prefix = GROUPS[plugin]
    report = signed_gate(instance).report
    caught = [one for one in report.findings if one.found.rule.startswith(prefix)]
    unrun = [run for run in report.runs if run.rule.startswith(prefix) and run.outcome == "could not run"]
    for one in caught:
        if not (one.found.stops or one.found.unchecked):
            log.warning(_line(one))
    held = [one for one in caught if one.found.stops or one.found.unchecked]
    if prefix == "PW0" and not any(run.rule == "PW005" for run in report.runs):
        raise Refused("The report is not whole", "the engine's own sentinel did not run")
    if prefix == "PW0" and report.exit_code and not (held or unrun) and report.exit_code == 1:
        raise Refused("Warnings count as errors here", "\n".join(_line(one) for one in report.findings))
    if held or unrun:
        lines = [_line(one) for one in held]
        lines += [f"{run.rule} could not run on {run.subject}: {run.message}" for run in unrun]
        title = f"{len(lines)} {'rule holds' if len(lines) == 1 else 'rules hold'} this up"
        raise Refused(title, "\n".join(f"- {line}" for line in lines), "\n".join(_detail(one) for one in held))


def require_open_gate(instance: Any) -> None:
    """That an instance may be integrated: whole, clean, fresh, signed, and its files unchanged. Raises Refused.

    For the integrators of a studio too: those of others run although ours has refused.
    """
    signed = instance.data.get(_REPORT)
    if not isinstance(signed, SignedGate):
        raise Refused("The gate is shut", "there is no gate report")
    report = signed.report
    if not report.complete or report.exit_code or exit_code_of(report.runs, report.findings, report.strict):
        raise Refused("The gate is shut", "the gate report is not whole, or says no")
    age = (datetime.now(timezone.utc) - _moment(report.made)).total_seconds()
    if not -600 <= age <= _FRESH_S:
        raise Refused("The gate is shut", f"the gate report is of {report.made}; check again")
    for sealed in report.files:
        if _hash_of(Path(sealed.path)) != sealed.sha256:
            raise Refused("The gate is shut", f"{Path(sealed.path).name} is not the file that was checked")
    try:
        verdict = engine_of(instance.context).gate(signed)
    except PlatewrightError as failure:
        raise Refused("The gate is shut", f"{failure.message} {failure.hint}".strip()) from failure
    if not verdict.opens:
        raise Refused("The gate is shut", verdict.message)


def _line(one: Caught) -> str:
    place = one.subject if one.found.frame is None else f"{one.subject} frame {one.found.frame}"
    node = f", node {one.node}" if one.node else ""
    lifter = f" May be lifted by {one.found.lifted_by}." if one.found.lifted_by and one.found.stops else ""
    return f"**{one.found.rule}** {place}{node}: {one.found.message}. {one.found.remedy}{lifter}"


def _detail(one: Caught) -> str:
    return f"{one.found.rule}: {'; '.join(one.found.sources)}"


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise Refused("The gate is shut", "the gate report has no proper date") from error


def _hash_of(path: Path) -> str:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                found.update(block)
    except OSError:
        return ""
    return found.hexdigest()


def nothing_collected() -> Refused:
    """The refusal where no instance of ours stands in the publish."""
    return Refused("The gate is shut", "nothing was collected, so nothing was checked")
