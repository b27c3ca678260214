"""A gate report for people at a terminal."""

from __future__ import annotations

from platewright.contract.checks import GateReport
from platewright.contract.rules import NO_LEGAL_ADVICE

from .ordered import in_order, place_of, verdict

__all__ = ["as_text"]


def as_text(report: GateReport) -> str:
    """Every finding with its rule, place, source and remedy, then what could not run, then the verdict."""
    lines: list[str] = []
    for one in in_order(report):
        found = one.found
        lifted = f", lifted by {found.lifted_with}" if found.lifted_with else ""
        lines.append(
            f"{found.weight.value}{lifted}: {place_of(one)}: {found.message} [{found.rule} {one.code}]".rstrip()
        )
        if found.remedy:
            lines.append(f"  to do: {found.remedy}")
        if found.sources:
            lines.append(f"  source: {'; '.join(found.sources)}")
        if found.stops:
            lines.append(f"  may be lifted by: {found.lifted_by}" if found.lifted_by else "  nobody may lift it")
    for run in report.runs:
        if run.outcome == "could not run":
            lines.append(f"could not run: {run.rule} on {run.subject}: {run.message}")
    lines.append(
        f"{len(report.subjects)} subjects, {len(report.runs)} checks, {len(report.findings)} findings; "
        f"profiles: {', '.join(report.profiles)}"
    )
    lines += [f"result: {verdict(report)}", NO_LEGAL_ADVICE]
    return "\n".join(lines) + "\n"
