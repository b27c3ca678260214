"""Handing a request in at the desk, and the words that all verbs about jobs share."""

from __future__ import annotations

import argparse
import getpass
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from platewright.contract.errors import Cancelled, JobError, RefusedError, RequestError
from platewright.contract.jobs import Job, JobState, Submission
from platewright.contract.request import Request
from platewright.contract.takes import Cost

from .console import Console
from .options import out_of

if TYPE_CHECKING:
    from platewright.jobs.desk import LocalDesk

__all__ = ["add_database_option", "cost_of", "exit_code_of", "hand_in", "opened", "submission_of", "tell_job", "who_of"]

_COST = re.compile(r"(?P<amount>[0-9.]+)\s*(?P<currency>[A-Z]{3})", re.ASCII)


def add_database_option(parser: argparse.ArgumentParser) -> None:
    """`--database`."""
    parser.add_argument(
        "--database",
        default="",
        metavar="FILE|URL",
        help="where jobs are kept, as postgresql://user@host/name (default: $PLATEWRIGHT_DATABASE, else yours)",
    )


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[LocalDesk]:
    """The desk that the options and the environment name. Raises StorageError, RequestError."""
    from platewright.engine.opening import desk_settings
    from platewright.jobs.desk import open_desk
    from platewright.settings.layers import load_settings

    settings = desk_settings(load_settings())
    database = getattr(options, "database", "")
    desk = open_desk(replace(settings, database=database) if database else settings)
    try:
        yield desk
    finally:
        desk.close()


def hand_in(requests: Sequence[Request], options: argparse.Namespace, console: Console) -> int:
    """Hand in as many takes of each request as were asked for. Raises PlatewrightError."""
    jobs, several = [], len(requests) > 1
    with opened(options) as desk:
        for request, number in ((one, number) for one in requests for number in range(1, options.takes + 1)):
            asked = submission_of(replace(request, take=number), options)
            if options.key and (options.takes > 1 or several):
                asked = replace(asked, key=f"{options.key}/{f'{request.backend}/' if several else ''}{number}")
            jobs.append(desk.submit(asked))
            tell_job(console, jobs[-1])
    console.document({"jobs": jobs})
    return max((exit_code_of(job) for job in jobs), default=0)


def submission_of(request: Request, options: argparse.Namespace) -> Submission:
    """The request as it is meant. Raises RequestError."""
    return Submission(
        request=request,
        root=str(out_of(options)),
        key=options.key,
        intent=options.intent,
        override=options.override,
        anew=options.anew,
        who=who_of(options),
        why=options.why,
        accept_cost=cost_of(options.accept_cost) if options.accept_cost else None,
        priority=options.priority,
        threads=options.threads,
    )


def who_of(options: argparse.Namespace) -> str:
    """Who asks: as said, else the login name."""
    if options.who:
        return str(options.who)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def cost_of(text: str) -> Cost:
    """`12.50USD` as a cost. Raises RequestError."""
    match = _COST.fullmatch(text.strip())
    if not match:
        raise RequestError(f"'{text[:40]}' is not an amount", code="amount_invalid", hint="Write it as 12.50USD.")
    return Cost(match["amount"], match["currency"])


def tell_job(console: Console, job: Job) -> None:
    """A job in a line or two."""
    request = job.submission.request
    where = f", {job.position} in the queue" if job.position else ""
    cost = f", {job.cost.amount} {job.cost.currency}" if job.cost.amount != "0" else ""
    paused = ", paused" if job.paused else ""
    console.say(f"{job.id}  {request.element}  {job.state.value.replace('_', ' ')}{where}{paused}{cost}")
    if job.step is not None and job.state.is_open:
        left = f", {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""
        console.say(f"  {job.step.stage} {job.step.done} of {job.step.total}{left}")
    for reason in job.waits_for:
        console.say(f"  waits: {reason}")
    if job.failure is not None:
        console.say(f"  {job.failure.message} [{job.failure.code}]")
        if job.failure.hint:
            console.say(f"  {job.failure.hint}")
    if job.take and job.state is JobState.DONE:
        console.say(f"  {job.take}")


def exit_code_of(job: Job) -> int:
    """0 for a job that is done or on its way; else that of the error it ended with."""
    if job.failure is not None and job.failure.exit_code:
        return job.failure.exit_code
    ends = {
        JobState.CANCELLED: Cancelled.exit_code,
        JobState.REFUSED: RefusedError.exit_code,
        JobState.FAILED: JobError.exit_code,
        JobState.UNKNOWN: JobError.exit_code,
    }
    return ends.get(job.state, 0)
