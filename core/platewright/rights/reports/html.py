"""A gate report as one HTML page without scripts or anything to fetch: to be read, printed and kept."""

from __future__ import annotations

from html import escape

from platewright.contract.checks import Caught, GateReport
from platewright.contract.rules import NO_LEGAL_ADVICE

from .ordered import in_order, place_of, verdict

__all__ = ["as_html"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c1c1c;background:#fff}
h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem
.6rem;border-bottom:1px solid #ddd}.block,.escalate{color:#a40000;font-weight:600}.warn{color:#7a5200}.note{color:#444}
.v0{color:#1a6b1a}.v1,.v2,.v3{color:#a40000}small{color:#555}@media print{body{margin:0}}
"""


def as_html(report: GateReport) -> str:
    """The page; every text from outside is escaped."""
    rows = "\n".join(_row(one) for one in in_order(report)) or '<tr><td colspan="4">Nothing was found.</td></tr>'
    unrun = "\n".join(
        f"<li>{escape(run.rule)} on {escape(run.subject)}: {escape(run.message)}</li>"
        for run in report.runs
        if run.outcome == "could not run"
    )
    subjects = "\n".join(
        f"<tr><td>{escape(one.name)}</td><td>{one.kind}</td><td>{_counts(report, one.name)}</td></tr>"
        for one in report.subjects
    )
    open_ones = f"<h2>Could not run, which counts as failed</h2><ul>{unrun}</ul>" if unrun else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Check before publish</title><style>{_STYLE}</style></head><body>
<h1>Check before publish: <span class="v{report.exit_code}">{escape(verdict(report))}</span></h1>
<p>{escape(report.made)} · {escape(report.generator)} · profiles: {escape(", ".join(report.profiles))}<br>
<small>{escape(NO_LEGAL_ADVICE)}</small></p>
<table><thead><tr><th>Weight</th><th>Where</th><th>What, and what to do</th><th>Rule and source</th></tr></thead>
<tbody>
{rows}
</tbody></table>
{open_ones}
<h2>What was looked at</h2>
<table><tbody>
{subjects}
</tbody></table>
</body></html>
"""


def _row(one: Caught) -> str:
    found = one.found
    weight = found.weight.value + (f", lifted by {found.lifted_with}" if found.lifted_with else "")
    lifter = f"may be lifted by {found.lifted_by}" if found.lifted_by else "nobody may lift it" if found.stops else ""
    return (
        f'<tr><td class="{found.weight.value}">{escape(weight)}</td><td>{escape(place_of(one))}</td>'
        f"<td>{escape(found.message)}<br><small>{escape(found.remedy)} {escape(lifter)}</small></td>"
        f"<td>{escape(found.rule)}<br><small>{escape('; '.join(found.sources))}</small></td></tr>"
    )


def _counts(report: GateReport, subject: str) -> str:
    runs = [run.outcome for run in report.runs if run.subject == subject]
    return ", ".join(f"{runs.count(word)} {word}" for word in ("passed", "failed", "could not run") if word in runs)
