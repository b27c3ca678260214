"""`platewright prune`: show what could be removed from a folder; remove exactly that, when told so."""

from __future__ import annotations

import argparse

from platewright.contract.errors import RequestError

from .console import Console
from .handing_in import add_database_option, opened, who_of
from .options import out_of

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright prune --out elements --keep 3
  platewright prune --out elements --keep 3 --confirm 5f1c0a9b
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--out", default="elements", metavar="FOLDER", help="root of all elements (default: elements)")
    parser.add_argument("--element", default="", metavar="NAME", help="only of this element")
    parser.add_argument("--keep", type=int, default=5, metavar="N", help="latest takes of each element (default: 5)")
    parser.add_argument("--confirm", default="", metavar="CODE", help="remove what was shown with this code")
    parser.add_argument("--who", default="", metavar="NAME", help="who says so (default: the login name)")
    add_database_option(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Show, or remove. Raises PlatewrightError."""
    from platewright.jobs.retention import plan_pruning, prune

    if options.keep < 1:
        raise RequestError("--keep must be at least 1", code="usage", hint="Use --keep 1 to keep the latest take.")
    with opened(options) as desk:
        plan = plan_pruning(desk, out_of(options), options.keep, options.element)
        removed = prune(desk, plan, options.confirm, who_of(options)) if options.confirm else ()
    if options.confirm:
        console.say(f"removed {len(removed)} things, {plan.size / 1e6:.1f} MB")
    else:
        for item in plan.items:
            console.say(f"{item.size / 1e6:10.1f} MB  {item.name}  {item.reason}")
        if plan.items:
            console.say(f"nothing was removed yet. To remove these {len(plan.items)}: --confirm {plan.code}")
        else:
            console.say("there is nothing to remove")
    console.document({"items": plan.items, "bytes": plan.size, "code": plan.code, "removed": removed})
    return 0
