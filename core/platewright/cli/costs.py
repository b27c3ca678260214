"""`platewright costs`: what was spent and set aside, and what is left of the budgets."""

from __future__ import annotations

import argparse

from .console import Console
from .handing_in import add_database_option, opened
from .options import full_path

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright costs --by shot
  platewright costs --by month --csv > costs.csv
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    groups = ("show", "shot", "user", "backend", "month")
    parser.add_argument("--by", choices=groups, default="show", help="what to add up by (default: show)")
    parser.add_argument("--csv", action="store_true", help="a table for spreadsheets instead of text")
    parser.add_argument("--out", default="", metavar="FOLDER", help="only jobs whose takes go there")
    add_database_option(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Add up. Raises PlatewrightError."""
    from platewright.jobs.costs import as_csv

    with opened(options) as desk:
        lines = desk.costs(options.by, full_path(options.out) if options.out else "")
        budgets = desk.budgets()
    if options.csv:
        console.say(as_csv(options.by, lines).rstrip("\n"))
    else:
        for line in lines:
            unsure = f", of that {line.uncertain.amount} not certain" if line.uncertain.amount != "0" else ""
            console.say(
                f"{line.group or '-'}: {line.spent.amount} {line.spent.currency} spent{unsure},"
                f" {line.reserved.amount} set aside, {line.jobs} jobs"
            )
        if not lines:
            console.say("there are no jobs")
        for state in budgets:
            mark = "  (warning)" if state.warning else ""
            console.say(
                f"budget of {state.budget.scope} {state.budget.name}: {state.left.amount} left of"
                f" {state.budget.limit.amount} {state.budget.limit.currency}{mark}"
            )
    console.document({"by": options.by, "costs": lines, "budgets": budgets})
    return 0
