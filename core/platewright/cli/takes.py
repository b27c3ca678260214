"""`platewright takes`: the takes of a folder, and what people say about them."""

from __future__ import annotations

import argparse

from platewright.contract.decisions import DecisionKind, TakeDecision, TakeSummary
from platewright.contract.errors import RequestError

from .actions import Action, Actions, run_action
from .console import Console
from .handing_in import add_database_option, opened, who_of
from .options import out_of

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright takes list --out elements
  platewright takes approve rig_removal_v003 --out elements --who grace --note "good edge"
"""

_SAY: dict[DecisionKind, str] = {
    "star": "mark a take",
    "unstar": "take the mark away",
    "note": "say something about a take",
    "approve": "approve exactly this take, signed into the ledger",
    "choose": "make this the take that hosts bring in; choosing an earlier one rolls back",
    "reject": "reject a take, signed into the ledger",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's actions and their options."""
    add_database_option(parser)
    parser.set_defaults(element="", out="elements")
    actions = Actions(parser, _list)
    listed = actions.add("list", "list takes with what was decided about them", _list, "--element rig_removal")
    listed.add_argument("--element", default="", metavar="NAME", help="only of this element")
    _add_out(listed)
    for kind, summary in _SAY.items():
        action = actions.add(kind, summary, _decide(kind), "rig_removal_v003")
        action.add_argument("take", metavar="TAKE", help="as rig_removal_v003")
        action.add_argument("--who", default="", metavar="NAME", help="who says so")
        action.add_argument("--note", default="", metavar="TEXT", help="in your own words")
        _add_out(action)


def run(options: argparse.Namespace, console: Console) -> int:
    """Do what was asked. Raises PlatewrightError."""
    return run_action(options, console)


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", default="elements", metavar="FOLDER", help="root of all elements (default: elements)")


def _list(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        takes = desk.takes(str(out_of(options)), options.element)
    for take in takes:
        _tell(console, take)
    if not takes:
        console.say("there are no takes")
    console.document({"takes": takes})
    return 0


def _decide(kind: DecisionKind) -> Action:
    def decide(options: argparse.Namespace, console: Console) -> int:
        element, version = _named(options.take)
        # Under an approval stands a name that somebody wrote, not the one of a machine's account.
        who = options.who if kind in ("approve", "reject") else who_of(options)
        with opened(options) as desk:
            take = desk.decide(str(out_of(options)), element, version, TakeDecision(kind, who, options.note))
        _tell(console, take)
        console.document({"take": take})
        return 0

    return decide


def _named(text: str) -> tuple[str, int]:
    """`rig_removal_v003` as element and version. Raises RequestError."""
    element, found, number = text.rpartition("_v")
    if not found or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise RequestError(f"'{text[:80]}' is not a take", code="take_name_invalid", hint="Write it as sky_v003.")
    return element, int(number)


def _tell(console: Console, take: TakeSummary) -> None:
    said: list[str] = [take.intent]
    said += [f"by {take.backend}"] if take.backend else []
    said += [f"score {take.score:.2f}"] if take.score is not None else []
    said += ["chosen"] if take.chosen else []
    said += ["starred"] if take.starred else []
    said += [f"approved by {take.approved_by}"] if take.approved_by else []
    said += [f"rejected by {take.rejected_by}"] if take.rejected_by else []
    said += [f"{take.cost.amount} {take.cost.currency}"] if take.cost.amount != "0" else []
    console.say(f"{take.element}_v{take.version:03d}  {take.frames}  {take.created}  {', '.join(said)}")
    for at, who, text in take.notes:
        console.say(f"  {at} {who}: {text}")
