"""The history of takes: grouped by the request they came from, searched, starred, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import PlatewrightError
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical
from platewright.contract.request import ReplaceSky, Request

from .fields import OPERATIONS
from .take_words import label_of
from .words import tr

__all__ = ["TakeGroup", "TakeHistory", "frames_to_play", "key_of"]


@dataclass(frozen=True)
class TakeGroup:
    """Takes of one request, the latest first; of a bake-off, the one that sits best in its plate.

    request: None while it is not known. heading: for people. bake_off: several generators made it.
    """

    key: str
    heading: str
    detail: str
    request: Request | None
    takes: tuple[TakeSummary, ...]
    bake_off: bool = False


def key_of(take: TakeSummary) -> tuple[str, int, str]:
    """What tells a take from all others: element, version and record."""
    return (take.element, take.version, take.record)


class TakeHistory:
    """Takes of one root, and the requests that are known of them."""

    def __init__(self) -> None:
        self.takes: tuple[TakeSummary, ...] = ()
        self._requests: dict[str, Request] = {}
        self._keys: dict[str, str] = {}
        self.search = ""
        self.only_starred = False

    def show(self, takes: Iterable[TakeSummary]) -> None:
        """The takes as they are now."""
        self.takes = tuple(sorted(takes, key=lambda one: (one.created, one.version), reverse=True))

    def replace(self, take: TakeSummary) -> None:
        """One of them as it is now, after a decision."""
        same = [take if key_of(one) == key_of(take) else one for one in self.takes]
        if take.chosen:  # one take of an element is
            same = [
                replace(one, chosen=key_of(one) == key_of(take)) if one.element == take.element else one for one in same
            ]
        self.takes = tuple(same)

    def know(self, record: str, request: Request) -> None:
        """A take's request. Those that differ by their number, or by who was to make it, belong together."""
        if record not in self._requests:
            self._requests[record] = request
            self._keys[record] = canonical(replace(request, take=1, backend="builtin", controls={})).decode()

    def request_of(self, take: TakeSummary) -> Request | None:
        """What the take was asked for with, where it is known."""
        return self._requests.get(take.record)

    def request_at(self, root: str, element: str, version: int) -> Request | None:
        """The same by a take's place below its root."""
        tail = f"/{element}/{element}_v{version:03d}.take.json"
        return self._requests.get(f"{root.rstrip('/')}{tail}")

    def unknown(self, most: int) -> tuple[TakeSummary, ...]:
        """The latest takes whose request is not known yet."""
        return tuple(take for take in self.takes if take.record not in self._requests)[:most]

    def groups(self) -> tuple[TakeGroup, ...]:
        """What is to be seen, in groups, the group with the latest take first."""
        found: dict[str, list[TakeSummary]] = {}
        for take in self.takes:
            if self._fits(take):
                found.setdefault(self._keys.get(take.record, f"element {take.element}"), []).append(take)
        return tuple(self._group(key, takes) for key, takes in found.items())

    def beside(self, take: TakeSummary) -> tuple[TakeSummary, ...]:
        """A take and all others of the same request, in the order of its group."""
        return next((group.takes for group in self.groups() if take in group.takes), (take,))

    def _group(self, key: str, takes: list[TakeSummary]) -> TakeGroup:
        request = self._requests.get(takes[0].record)
        first = takes[0]
        words = [tr("{range} frames", range=first.frames)]
        heading = first.element
        made_by = tuple(dict.fromkeys(take.backend for take in takes if take.backend))
        if request is not None:
            heading = f"{first.element}  ·  {_operation(request)}"
            words = [str(request.plate.frames), *_settings(request, made_by)]
        detail = "  ·  ".join(word for word in words if word)
        if len(made_by) < 2:
            return TakeGroup(key, heading, detail, request, tuple(takes))
        heading = f"{heading}  ·  {tr('bake-off')}"
        return TakeGroup(key, heading, detail, request, tuple(sorted(takes, key=_sits)), True)

    def _fits(self, take: TakeSummary) -> bool:
        if self.only_starred and not take.starred:
            return False
        wanted = self.search.casefold().split()
        if not wanted:
            return True
        request = self._requests.get(take.record)
        notes = " ".join(text for _, _, text in take.notes)
        said = f"{label_of(take)} {take.frames} {take.intent} {take.approved_by} {take.rejected_by} {notes}"
        if request is not None:
            said += f" {request.prompt} {request.backend} {_operation(request)} seed {request.seed} {request.seed}"
        return all(word in said.casefold() for word in wanted)


def _operation(request: Request) -> str:
    return next((tr(one.label) for one in OPERATIONS if one.value == request.operation.kind), "")


def _sits(take: TakeSummary) -> float:
    return take.score if take.score is not None else float("inf")


def _settings(request: Request, made_by: tuple[str, ...]) -> Iterable[str]:
    """What tells one request from another, in few words."""
    if request.prompt:
        yield f"“{request.prompt[:60]}”"
    if isinstance(request.operation, ReplaceSky) and request.operation.sky:
        yield request.operation.sky.removeprefix("procedural:")
    if made_by not in ((), ("builtin",)):
        yield ", ".join(made_by)
    yield tr("seed {n}", n=request.seed)
    if request.base is not None:
        again = tr("a smaller matte") if request.base.region else str(request.base.frames or "")
        yield tr("{what} again, from v{version}", what=again, version=f"{request.base.version:03d}")


def frames_to_play(frames: str, most: int) -> tuple[int, ...]:
    """At most so many frames, spread evenly over a range as text; empty for a text that is none."""
    try:
        numbers = FrameRange.parse(frames).numbers
    except PlatewrightError:
        return ()
    if len(numbers) <= most:
        return numbers
    return tuple(numbers[round(i * (len(numbers) - 1) / (most - 1))] for i in range(most))
