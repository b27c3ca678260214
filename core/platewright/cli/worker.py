"""`platewright worker`: make queued jobs until told to stop, on this machine or on many."""

from __future__ import annotations

import argparse

from platewright.contract.errors import RequestError

from .console import Console
from .handing_in import add_database_option, opened
from .options import use_threads

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright worker --until-idle
  platewright worker --database postgresql://platewright@db.example/jobs --capability gpu --capability network

Ctrl-C or SIGTERM: the job in hand is given back and goes on with another worker.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_database_option(parser)
    parser.add_argument(
        "--capability",
        action="append",
        default=[],
        metavar="NAME",
        help="what this machine can do, as gpu, nuke or network; may be given again",
    )
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="jobs at the same time; for those that wait for a vendor"
    )
    parser.add_argument("--until-idle", action="store_true", help="end when there is nothing left to do")


def run(options: argparse.Namespace, console: Console) -> int:
    """Work. Raises PlatewrightError."""
    from platewright.jobs.database import shown_database
    from platewright.jobs.worker import work_at_once

    if not 1 <= options.at_once <= 64:
        raise RequestError("--at-once must be 1 to 64", code="usage", hint="Start another worker for more.")
    use_threads(options)
    with opened(options) as desk:
        console.remark(f"working on {shown_database(desk.settings.where)}")
        ended = work_at_once(
            desk,
            options.at_once,
            capabilities=options.capability,
            stopping=lambda: console.is_stopping,
            until_idle=options.until_idle,
        )
    console.say(f"{ended} jobs ended here")
    console.document({"ended": ended})
    return 0
