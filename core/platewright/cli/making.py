"""Making takes: what regenerate, extend and sky do alike once their request stands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
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
from .reference_options import tell_left_out

__all__ = ["make", "take_document", "tell_take"]

MOST_TAKES = 100


def make(request: Request, options: argparse.Namespace, console: Console) -> int:
    """Make as many takes of a request as were asked for, and say where they are: in the engine, or here."""
    if not 1 <= options.takes <= MOST_TAKES:
        raise RequestError(f"--takes must be 1 to {MOST_TAKES}", code="takes_invalid")
    requests = _by_backend(request)
    tell_left_out(requests, console)
    if options.queue:
        return hand_in(requests, options, console)
    notices: list[Finding] = []
    made: list[dict[str, object]] = []

    def tell(record: TakeRecord, root: Path, answered: bool = False) -> None:
        tell_take(console, record, root, answered=answered)
        made.append({**take_document(record, root), "answered": answered})

    for asked in requests:
        if options.direct:
            _make_here(asked, options, console, tell, notices)
        else:
            from platewright.settings.layers import load_settings

            from .in_engine import EngineHost

            EngineHost(options, console, load_settings().signing_id()).make(asked, options.takes, tell)
    console.findings(notices, "")
    if len(made) > 1:
        _compare(made, console)
    console.say(f"check it any time: {own_name()} verify {made[-1]['record']}")
    console.document({"takes": made, "notices": notices})
    return 0


def _by_backend(request: Request) -> list[Request]:
    """The request for each of the backends that it names, with commas between. Raises RequestError."""
    names = [name.strip() for name in request.backend.split(",")]
    if not all(names) or len(set(names)) != len(names):
        raise RequestError(
            f"'{request.backend[:80]}' does not name backends", code="backend_unknown", hint="Write --backend a,b."
        )
    return [replace(request, backend=name) for name in names]


def _compare(made: list[dict[str, object]], console: Console) -> None:
    """The takes side by side, the one that sits best in its plate first."""
    for one in sorted(made, key=_score):
        found = _score(one)
        told = f"score {found:.2f} (lower sits better)" if found < float("inf") else "not measured"
        console.say(f"{one['element']}_v{one['version']:03d}  {one['backend']}  {told}")
    console.say("look at them, then choose: platewright takes approve")


def _score(made: dict[str, object]) -> float:
    found = made["score"]
    return float(found) if isinstance(found, (int, float)) else float("inf")


def _make_here(
    request: Request,
    options: argparse.Namespace,
    console: Console,
    tell: Callable[[TakeRecord, Path, bool], None],
    notices: list[Finding],
) -> None:
    """Make the takes in this process, in the foreground."""
    from platewright.contract.jobs import Submission
    from platewright.engine.opening import desk_settings
    from platewright.jobs.reuse import answer_or_course
    from platewright.jobs.rights_gate import require
    from platewright.jobs.run import run
    from platewright.jobs.takes import load
    from platewright.settings.layers import load_settings

    use_threads(options)
    root = out_of(options)
    settings = load_settings(root)
    identity, desk = settings.signing(), desk_settings(settings)
    meant = Submission(request, str(root))
    require(desk.of(meant), meant)
    for number in range(1, options.takes + 1):
        asked = replace(request, take=number)
        answer, based = answer_or_course(asked, root, options.anew, settings.jobs.overlap)
        if answer is not None:
            tell(load(answer), root, True)
            continue
        if based.said:
            console.remark(based.said)
        with console.working(f"take {number} of {options.takes}" if options.takes > 1 else "") as report:
            record = run(based.request, root, identity, report, notices.append)
        tell(record, root, False)


def tell_take(console: Console, record: TakeRecord, root: Path, *, answered: bool = False) -> None:
    """A finished take in a few lines. answered: it was there before."""
    from platewright.jobs.takes import TakeStore

    place = TakeStore(root).place(record.element, record.version)
    if answered:
        console.say(f"{place.stem} already answers this: the same request on the same files; --anew makes another")
        console.say(f"  {place.pattern}")
        return
    seconds = sum(record.timings.get(name, 0.0) for name in ("work", "sign"))
    changed = sum(frame.changed_pixels for frame in record.frames)
    console.say(f"{place.stem}: {len(record.frames)} frames, {changed} pixels changed, {seconds:.1f} s")
    console.say(f"  {place.pattern}")
    console.findings(record.findings)


def take_document(record: TakeRecord, root: Path) -> dict[str, object]:
    """A finished take for programs: where it is and what was measured."""
    from platewright.jobs.takes import TakeStore
    from platewright.quality.ranking import score

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
        "backend": record.request.backend,
        "measures": record.measures,
        "score": score(record.measures),
        "timings": record.timings,
    }
