"""Which finished takes a show's rules would stop today, and where they are used: after a revocation, or an expiry.

A take's request is in its record, so the very gate that let it through then is asked again with today's records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.errors import ManifestError
from platewright.contract.rules import RuleFinding
from platewright.provenance.identity import trust_anchors

from .decisions import record_hash, summaries
from .desk_settings import DeskSettings
from .entered_comps import comps_by_take
from .places import takes_at
from .rights_gate import judge
from .takes import load

__all__ = ["FlaggedTake", "flagged"]


@dataclass(frozen=True, slots=True)
class FlaggedTake:
    """A take that the rules would stop today. used: where it is: `the take hosts bring in`, `approved by …`,
    `in the comp …`.
    """

    take: str
    record: str
    show: str
    shot: str
    used: tuple[str, ...]
    rules: tuple[RuleFinding, ...]


def flagged(settings: DeskSettings, roots: Iterable[Path], about: str = "") -> tuple[FlaggedTake, ...]:
    """The takes below some roots that a rule stops today.

    about: only what concerns the record of that id. Raises StorageError, CheckCouldNotRun and what else `judge` raises;
    a take's record that can't be read is `verify`'s to tell.
    """
    return tuple(one for root in roots for one in _below(settings, root, about))


def _below(settings: DeskSettings, root: Path, about: str) -> list[FlaggedTake]:
    of_root, in_comps, found = settings.at(str(root)), comps_by_take(root), []
    for take in summaries(root, roots=trust_anchors(of_root.identity)):
        try:
            (place,) = takes_at(Path(take.record))
            request = load(place).request
        except ManifestError:
            continue
        rules = judge(of_root.rights, of_root.generator(request.backend), request, take.intent)
        stopped = tuple(one for one in rules if one.stops and (not about or one.about == about))
        if stopped:
            used = ["the take hosts bring in"] if take.chosen else []
            used += [f"approved by {take.approved_by}"] if take.approved_by else []
            used += ["made as a final"] if take.intent == "final" else []
            used += [f"in the comp {name}" for name in in_comps.get(record_hash(place), ())]
            name = f"{take.element}_v{take.version:03d}"
            rights = request.rights
            found.append(FlaggedTake(name, take.record, rights.show, rights.shot, tuple(used), stopped))
    return found
