"""`platewright jobs`: what was handed in, how far it is, and steering it."""

from __future__ import annotations

import argparse
import time

from platewright.contract.jobs import Job, JobEvent

from .actions import Actions, run_action
from .console import Console
from .handing_in import add_database_option, exit_code_of, opened, tell_job, who_of

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright jobs list --open
  platewright jobs watch 20260131-120000-5f1c0a9b7e
  platewright jobs retry 20260131-120000-5f1c0a9b7e --who ada

exit codes of watch: 0 done; 8 failed or unknown; 9 refused; 130 cancelled.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's actions and their options."""
    add_database_option(parser)
    parser.set_defaults(open=False, limit=50, root="")
    actions = Actions(parser, _list)
    one = actions.add("list", "list jobs, newest first", _list, "--open")
    one.add_argument("--open", action="store_true", help="only those that have not ended")
    one.add_argument("--limit", type=int, default=50, metavar="N", help="how many (default: 50)")
    one.add_argument("--root", default="", metavar="FOLDER", help="only those whose takes go there")
    watch = actions.add("watch", "tell what happens, to one job until it ends or to all", _watch, "JOB")
    watch.add_argument("job", nargs="?", default="", metavar="JOB")
    for name, summary, run_it in (
        ("show", "tell a job and its history", _show),
        ("cancel", "ask a job to stop, at its backend too", _cancel),
        ("retry", "try a failed, cancelled, refused or unknown job again", _retry),
        ("pause", "hold a queued job back", _pause),
        ("resume", "let a paused job go on", _resume),
        ("approve", "let a waiting job go on", _approve),
        ("refuse", "say no to a waiting job", _refuse),
    ):
        action = actions.add(name, summary, run_it, "JOB" + (" --who ada" if name in ("approve", "refuse") else ""))
        action.add_argument("job", metavar="JOB")
        action.add_argument("--who", default="", metavar="NAME", help="who says so (default: the login name)")
        if name in ("approve", "refuse"):
            action.add_argument("--note", default="", metavar="TEXT", help="why, for the ledger")
    order = actions.add("reorder", "give a queued job another priority", _reorder, "JOB 10")
    order.add_argument("job", metavar="JOB")
    order.add_argument("priority", type=int, metavar="N", help="greater goes first within its shot")
    order.add_argument("--who", default="", metavar="NAME", help="who says so (default: the login name)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do what was asked. Raises PlatewrightError."""
    return run_action(options, console)


def _list(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        jobs = desk.jobs(options.open, options.root, options.limit)
    for job in jobs:
        tell_job(console, job)
    if not jobs:
        console.say("there are no jobs")
    console.document({"jobs": jobs})
    return 0


def _show(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        job, events = desk.job(options.job), desk.events(job=options.job)
    tell_job(console, job)
    for event in events:
        _tell_event(console, event)
    console.document({"job": job, "events": events})
    return 0


def _watch(options: argparse.Namespace, console: Console) -> int:
    """With --json the events come together at the end, because one document is the rule."""
    seen: list[JobEvent] = []
    with opened(options) as desk:
        after = 0 if options.job else max((event.number for event in desk.events(limit=5000)), default=0)
        job: Job | None = desk.job(options.job) if options.job else None
        while not console.is_stopping:
            events = desk.events(after, options.job, wait_s=0.5)
            for event in events:
                after = event.number
                _tell_event(console, event)
            if console.json:
                seen += events
            if options.job:
                job = desk.job(options.job)
                if not job.state.is_open and not events:
                    break
            time.sleep(0.05)
    console.document({"job": job, "events": seen})
    return exit_code_of(job) if job is not None else 0


def _cancel(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.cancel(options.job, who_of(options)))


def _retry(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.retry(options.job, options.who))


def _pause(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.pause(options.job, True, who_of(options)))


def _resume(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.pause(options.job, False, who_of(options)))


def _approve(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.approve(options.job, options.who, options.note))


def _refuse(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.refuse(options.job, options.who, options.note))


def _reorder(options: argparse.Namespace, console: Console) -> int:
    with opened(options) as desk:
        return _told(console, desk.reorder(options.job, options.priority, who_of(options)))


def _told(console: Console, job: Job) -> int:
    tell_job(console, job)
    console.document({"job": job})
    return 0


def _tell_event(console: Console, event: JobEvent) -> None:
    said = event.text
    if event.step is not None:
        said = f"{event.step.stage} {event.step.done} of {event.step.total}"
        said += f", {event.seconds_left:.0f} s left" if event.seconds_left is not None else ""
    if event.failure is not None:
        said = f"{event.failure.message} [{event.failure.code}]"
    console.say(f"{event.number:6d}  {event.at}  {event.job}  {event.state.value}  {said}".rstrip())
