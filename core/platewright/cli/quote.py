"""`platewright quote`: what a take would cost and do, before anything is done."""

from __future__ import annotations

import argparse

from platewright.contract.errors import BudgetExceeded
from platewright.contract.jobs import Quote

from . import extend, regenerate, sky
from .actions import Actions, run_action
from .console import Console
from .handing_in import opened, submission_of
from .reference_options import tell_left_out

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright quote regenerate --plate 'plate.####.exr' --matte 'matte.####.exr' --element rig --out elements

exit codes: 0 it could be done; 9 no budget is left for it, or a rule stops it.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an action for each operation, with the operation's own options."""
    actions = Actions(parser)
    example = "--plate 'plate.####.exr'"
    for verb, name in ((regenerate, "regenerate"), (extend, "extend"), (sky, "sky")):
        added = actions.add(name, f"what `platewright {name}` would cost and do", run, example)
        verb.add_options(added)
        added.set_defaults(action=_quote, request_of=verb.request_of)


def run(options: argparse.Namespace, console: Console) -> int:
    """Quote it. Raises PlatewrightError."""
    return run_action(options, console)


def _quote(options: argparse.Namespace, console: Console) -> int:
    submission = submission_of(options.request_of(options), options)
    tell_left_out([submission.request], console)
    with opened(options) as desk:
        quote = desk.quote(submission)
    _tell(console, quote)
    console.document({"quote": quote})
    stopped = any(one.stops for one in quote.rules)
    return 0 if quote.within_budget and not stopped else BudgetExceeded.exit_code


def _tell(console: Console, quote: Quote) -> None:
    if quote.answered_by:
        console.say(f"{quote.answered_by} answers it, for nothing")
    else:
        console.say(f"{quote.frames_to_run} frames to make, {quote.frames_reused} taken over")
        console.say(f"costs at most {quote.cost.amount} {quote.cost.currency}")
    for line in quote.lines:
        console.say(f"  {line.what}: {line.units} at {line.unit_price}, {line.amount}")
    if quote.budget_left is not None:
        within = "" if quote.within_budget else ", which is not enough"
        console.say(f"budget left: {quote.budget_left.amount} {quote.budget_left.currency}{within}")
    for note in quote.notes:
        console.say(f"  {note}")
    for one in quote.rules:
        lifted = f", lifted by {one.lifted_with}" if one.lifted_with else ""
        console.say(f"  {one.rule} {one.weight.value}{lifted}: {one.message}")
