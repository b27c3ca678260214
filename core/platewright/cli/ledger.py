"""`platewright ledger`: is the record whole, and what does it say?"""

from __future__ import annotations

import argparse

from platewright.contract.errors import VerificationFailed
from platewright.contract.findings import Severity

from .actions import Actions, run_action
from .console import Console
from .options import out_of

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright ledger verify --out elements
  platewright ledger show --out elements --job 20260131-120000-5f1c0a9b7e

exit codes of verify: 0 it is whole; 6 a line was changed, removed, inserted, or an approval is not signed.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's actions and their options."""
    actions = Actions(parser)
    for name, summary, action in (
        ("verify", "follow the chain and check every approval", _verify),
        ("show", "tell what it says", _show),
    ):
        added = actions.add(name, summary, action, "--out elements")
        added.add_argument("--out", default="elements", metavar="FOLDER", help="root of all elements")
        if name == "show":
            added.add_argument("--job", default="", metavar="JOB", help="only about this job")
            added.add_argument("--element", default="", metavar="NAME", help="only about this element")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do what was asked. Raises PlatewrightError."""
    return run_action(options, console)


def _verify(options: argparse.Namespace, console: Console) -> int:
    from platewright.jobs.decisions import check_decisions
    from platewright.jobs.ledger import Ledger
    from platewright.provenance.identity import trust_anchors
    from platewright.settings.layers import load_settings

    ledger = Ledger(out_of(options))
    findings = (*ledger.check(), *check_decisions(ledger, trust_anchors(load_settings().signing())))
    lines = sum(1 for _ in ledger.entries())
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    console.say(f"ledger: {'failed' if failed else 'passed'}, {lines} lines, ends with {ledger.head()[:16]}")
    console.findings(findings)
    console.document({"passed": not failed, "lines": lines, "head": ledger.head(), "findings": findings})
    return VerificationFailed.exit_code if failed else 0


def _show(options: argparse.Namespace, console: Console) -> int:
    from platewright.jobs.entries import (
        CompEntry,
        CostEntry,
        DecisionEntry,
        JobEntry,
        LedgerBody,
        RepairEntry,
        RightsEntry,
    )
    from platewright.jobs.ledger import Ledger

    found: list[LedgerBody] = []
    for line in Ledger(out_of(options)).entries():
        body = line.body
        if options.element and getattr(body, "element", "") != options.element:
            continue
        if options.job and getattr(body, "job", "") != options.job:
            continue
        found.append(body)
        if isinstance(body, JobEntry):
            money = f" {body.amount} {body.currency}" if body.amount != "0" else ""
            who = f" by {body.who}" if body.who else ""
            why = f": {body.why}" if body.why else ""
            console.say(f"{body.at}  {body.job}  {body.element}  {body.what}{money}{who}{why}")
        elif isinstance(body, DecisionEntry):
            said = f" by {body.who}: {body.note}".rstrip(": ")
            console.say(f"{body.at}  {body.element}_v{body.version:03d}  {body.decision}{said}")
        elif isinstance(body, CostEntry):
            console.say(f"{body.created}  {body.element}_v{body.version:03d}  cost {body.amount} {body.currency}")
        elif isinstance(body, RightsEntry):
            who = f" by {body.who}" if body.who else ""
            console.say(f"{body.at}  {body.sort}/{body.record}  {body.what}{who}")
        elif isinstance(body, RepairEntry):
            who = f" by {body.who}" if body.who else ""
            console.say(f"{body.at}  {body.element}_v{body.version:03d}  {body.what} {body.file}{who}")
        elif isinstance(body, CompEntry):
            console.say(f"{body.at}  comp {body.name} signed with {len(body.takes)} takes")
        else:
            console.say(f"{body.created}  {body.element}_v{body.version:03d}  take of {len(body.frames)} frames")
    console.document({"entries": found})
    return 0
