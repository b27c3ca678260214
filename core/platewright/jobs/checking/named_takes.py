"""Which takes a render's headers name, and where they are: the walk for files that no host's graph tells about.

A header is a hint that nobody signed: it can only make more be looked at, never less. A take that is named and nowhere
to be found is one of which nothing could be told.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from platewright.contract.checks import CheckAsk, Subject
from platewright.rights.checks.facts import Facts, Pictures, Unknown

from ..places import TakePlace, parse_name
from .clock import Clock

__all__ = ["lost_take", "named_takes"]

_MOST_FOLDERS = 5_000
_ABOVE, _BELOW = 2, 4


def named_takes(facts: Facts, ask: CheckAsk, known: Iterable[str]) -> dict[str, TakePlace | None]:
    """The takes that a render's headers name beside those that are known already, each with its place.

    None: not found, or several of that name. They are looked for below the roots that were named; where none was, below
    the render's folder and the one above it.
    """
    if not isinstance(facts.pictures, Pictures):
        return {}
    told, names = set(known), dict[str, tuple[str, int]]()
    for picture in facts.pictures.frames:
        parsed = parse_name(f"{picture.take}.take.json")
        if parsed is not None and picture.take not in told:
            names[picture.take] = parsed[:2]
    if not names:
        return {}
    found: dict[str, set[TakePlace]] = {take: set() for take in names}
    for folder in _folders(_bases(facts, ask)):
        for take, (element, version) in names.items():
            place = TakePlace(folder / element, element, version)
            if place.record.is_file():
                found[take].add(place)
    return {take: places.pop() if len(places) == 1 else None for take, places in found.items()}


def lost_take(name: str, ask: CheckAsk, clock: Clock) -> Facts:
    """A take that is named and nowhere to be found: none of its checks can run."""
    why = f"a header names {name}, and there is not just one take of that name below the folders that were named"
    return Facts(
        Subject(name, "take", ""), clock.today, final=ask.final, generated=True, trusted_only=ask.trusted_only,
        record=Unknown(why), evidence=Unknown(why),
    )  # fmt: skip


def _bases(facts: Facts, ask: CheckAsk) -> list[Path]:
    if ask.roots:
        roots = [Path(root) for root in ask.roots]
        return [*roots, *(root.parent for root in roots if _is_element(root))]
    above = list(Path(facts.subject.path).parents)[:_ABOVE]
    return [folder for folder in above if folder != folder.parent]


def _is_element(folder: Path) -> bool:
    """Whether a root is itself an element's folder: a walk names the folders of the records that it found."""
    return any(folder.glob("*.take.json"))


def _folders(bases: list[Path]) -> Iterator[Path]:
    """The bases and the real folders below them, the near ones first, and never endlessly many."""
    waiting, seen = [(base, 0) for base in bases], set[Path]()
    while waiting and len(seen) < _MOST_FOLDERS:
        folder, depth = waiting.pop(0)
        if folder in seen:
            continue
        seen.add(folder)
        yield folder
        if depth < _BELOW:
            waiting += [(one, depth + 1) for one in _inside(folder)]


def _inside(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(one.path) for one in entries if one.is_dir(follow_symlinks=False) and not one.name.startswith(".")
            )
    except OSError:
        return []
