"""Engines that a publish may meet: one that answers as the real one would, and ones that don't."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from platewright.contract.checks import (
    Caught,
    CheckAsk,
    GateReport,
    GateVerdict,
    RuleRun,
    SealedFile,
    SignedGate,
    Subject,
    exit_code_of,
)
from platewright.contract.errors import EngineError
from platewright.contract.repairs import RepairAsk, Repaired
from platewright.contract.rules import RuleFinding, Weight

__all__ = ["AnEngine", "NoEngine", "a_report"]


def a_report(ask: CheckAsk, *caught: Caught, unrun: str = "", files: tuple[SealedFile, ...] = ()) -> SignedGate:
    """A report about the first path: every group ran, and these were found. unrun: a rule that could not run."""
    rules = ("PW001", "PW005", "PW101", "PW201", "PW301", "PW401", "PW501", "PW601")
    runs = tuple(
        RuleRun(rule, "rig_v001", "could not run" if rule == unrun else "passed", "the disk is gone" * (rule == unrun))
        for rule in rules
    )
    now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"  # noqa: UP017
    subject = Subject("rig_v001", "render", ask.paths[0])
    code = exit_code_of(runs, caught, ask.strict)
    report = GateReport(
        "r1", now, "platewright test", ("house",), (subject,), runs, caught, files, True, ask.strict, code
    )
    return SignedGate(report, "c2lnbmVk", "-----BEGIN CERTIFICATE-----")


def caught(rule: str, weight: Weight = Weight.BLOCK, message: str = "something is wrong") -> Caught:
    """A finding."""
    found = RuleFinding(rule, weight, message, "do it again", sources=("House rules (2026-11-01)",), frame=1003)
    return Caught("rig_v001", found, "wrong", "Read4")


class AnEngine:
    """An engine that finds what it is told to, and opens the gate for reports that are its own."""

    def __init__(self, *found: Caught, unrun: str = "", files: tuple[SealedFile, ...] = ()) -> None:
        self.found, self.unrun, self.files = found, unrun, files
        self.asked: list[CheckAsk] = []
        self.mended: list[RepairAsk] = []
        self.opens = True

    def check(self, asked: CheckAsk) -> SignedGate:
        self.asked.append(asked)
        return a_report(asked, *self.found, unrun=self.unrun, files=self.files)

    def gate(self, signed: SignedGate) -> GateVerdict:
        if not self.opens or signed != replace(signed, signature="c2lnbmVk"):
            return GateVerdict(False, "gate_forged", "the gate report is not signed by anybody who is trusted here")
        return GateVerdict(True)

    def repair(self, asked: RepairAsk) -> Repaired:
        self.mended.append(asked)
        self.found = ()
        return Repaired(asked.kind, asked.records, "put right")


class NoEngine:
    """An engine that can't be reached."""

    def check(self, asked: CheckAsk) -> SignedGate:
        raise EngineError("no engine runs, and none can be started", code="engine_missing")

    def gate(self, signed: SignedGate) -> GateVerdict:
        raise EngineError("no engine runs, and none can be started", code="engine_missing")

    def repair(self, asked: RepairAsk) -> Repaired:
        raise EngineError("no engine runs, and none can be started", code="engine_missing")
