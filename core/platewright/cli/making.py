"""Making takes: what regenerate, extend and sky do alike once their request stands."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from platewright.contract.errors import RequestError
from platewright.contract.findings import Finding
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord

from .console import Console
from .handing_in import hand_in
from .options import out_of, use_threads
from .own_name import own_name

__all__ = ["make", "take_document", "tell_take"]

MOST_TAKES = 100


def make(request: Request, options: argparse.Namespace, console: Console) -> int:
    """Make as many takes of a request as were asked for, and say where they are."""
    if options.queue:
        return hand_in(request, options, console)
    from platewright.jobs.run import run
    from platewright.jobs.takes import TakeStore
    from platewright.settings.layers import load_settings

    if not 1 <= options.takes <= MOST_TAKES:
        raise RequestError(f"--takes must be 1 to {MOST_TAKES}", code="takes_invalid")
    use_threads(options)
    root = out_of(options)
    identity = load_settings(root).signing()
    notices: list[Finding] = []
    made: list[dict[str, object]] = []

    def told(record: TakeRecord, where: Path) -> None:
        tell_take(console, record, where)
        made.append(take_document(record, where))

    if options.engine:
        from .in_engine import EngineHost

        EngineHost(options, console).make(request, options.takes, told)
    for number in () if options.engine else range(1, options.takes + 1):
        label = f"take {number} of {options.takes}" if options.takes > 1 else ""
        with console.working(label) as report:
            asked = replace(request, take=number)
            record = run(asked, root, identity, report, notices.append)
        told(record, root)
    console.findings(notices, "")
    place = TakeStore(root).place(request.element, int(str(made[-1]["version"])))
    console.say(f"check it any time: {own_name()} verify {place.record}")
    console.document({"takes": made, "notices": notices})
    return 0


def tell_take(console: Console, record: TakeRecord, root: Path) -> None:
    """A finished take in a few lines."""
    from platewright.jobs.takes import TakeStore

    place = TakeStore(root).place(record.element, record.version)
    seconds = sum(record.timings.get(name, 0.0) for name in ("work", "sign"))
    changed = sum(frame.changed_pixels for frame in record.frames)
    console.say(f"{place.stem}: {len(record.frames)} frames, {changed} pixels changed, {seconds:.1f} s")
    console.say(f"  {place.pattern}")
    console.findings(record.findings)


def take_document(record: TakeRecord, root: Path) -> dict[str, object]:
    """A finished take for programs: where it is and what was measured."""
    from platewright.jobs.takes import TakeStore

    place = TakeStore(root).place(record.element, record.version)
    return {
        "element": record.element,
        "version": record.version,
        "record": str(place.record),
        "manifest": str(place.manifest),
        "pattern": place.pattern,
        "frames": record.request.plate.frames,
        "request_hash": record.request_hash,
        "findings": record.findings,
        "measures": record.measures,
        "timings": record.timings,
    }
