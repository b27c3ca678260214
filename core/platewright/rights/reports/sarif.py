"""A gate report as SARIF 2.1.0 (OASIS), for code-review tools and pipelines that show such results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from platewright.contract.checks import Caught, GateReport

from ..rule_table import RULES
from .ordered import in_order, place_of

__all__ = ["as_sarif"]

_LEVELS = {"block": "error", "escalate": "error", "warn": "warning", "note": "note"}


def as_sarif(report: GateReport) -> dict[str, Any]:
    """The document as plain JSON values. A lifted finding is suppressed, with the approval's id as its reason."""
    paths = {subject.name: subject.path for subject in report.subjects}
    used = sorted({one.found.rule for one in report.findings} | {run.rule for run in report.runs})
    unrun = [run for run in report.runs if run.outcome == "could not run"]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "platewright check",
                        "version": report.generator.rpartition(" ")[2],
                        "rules": [_rule(code) for code in used],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not unrun,
                        "endTimeUtc": report.made,
                        "exitCode": report.exit_code,
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {"text": f"{run.rule} could not run on {run.subject}: {run.message}"},
                            }
                            for run in unrun
                        ],
                    }
                ],
                "results": [_result(one, paths.get(one.subject, ""), used) for one in in_order(report)],
                "properties": {"profiles": list(report.profiles), "report": report.id},
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": rule.finds},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.weight.value]},
    }


def _result(one: Caught, path: str, used: list[str]) -> dict[str, Any]:
    found = one.found
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": used.index(found.rule),
        "level": _LEVELS[found.weight.value],
        "message": {"text": f"{place_of(one)}: {found.message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": Path(path).as_uri() if path.startswith("/") else path}
                },
                "logicalLocations": [{"name": one.node or one.subject, "kind": "resource"}],
            }
        ],
        "properties": {
            "code": one.code,
            "frame": found.frame,
            "remedy": found.remedy,
            "sources": list(found.sources),
            "weight": found.weight.value,
            "lifted_by": found.lifted_by,
        },
    }
    if found.lifted_with:
        result["suppressions"] = [{"kind": "external", "justification": f"lifted by {found.lifted_with}"}]
    return result
