"""Which takes feed what is published: each host's plug-in says how to walk from an output to them.

    register("nuke", walk)      # by the host's plug-in, when it is loaded

`walk(instance)` gives the takes' records with their nodes. A host that has registered nothing has no graph to walk:
then the engine goes by the files' headers and what the instance itself names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from platewright.contract.checks import CheckAsk, ElementUse

__all__ = ["Walk", "ask_of", "register", "walk_of"]

Walk = Callable[[Any], Iterable[ElementUse]]
_walks: dict[str, Walk] = {}


def register(host: str, walk: Walk) -> None:
    """Let a host say which takes feed an output; the latest word counts."""
    _walks[host] = walk


def walk_of(hosts: Iterable[str]) -> Walk | None:
    """The walk of the host that a publish runs in; None for a plain Python."""
    return next((_walks[host] for host in hosts if host in _walks), None)


def ask_of(instance: Any, walk: Walk | None) -> CheckAsk:
    """What to ask the engine about an instance: its files, its declarations, the takes that feed it.

    Reads the names that AYON's instances have, and `platewright` for what an instance says itself (a table with the
    fields of CheckAsk). Raises ValueError where it names no file at all: that is no reason to pass.
    """
    data = instance.data
    own = dict(data.get("platewright") or {})
    paths = [str(path) for path in own.get("paths", ())] or _files(data)
    if not paths:
        raise ValueError(f"'{instance}' names no file that could be checked")
    uses = [ElementUse(str(one["record"]), str(one.get("node", ""))) for one in own.get("elements", ())]
    if walk is not None:
        uses += [use for use in walk(instance) if use not in uses]
    return CheckAsk(
        paths=tuple(paths),
        roots=tuple(str(root) for root in own.get("roots", ())) or _roots([*paths, *(use.record for use in uses)]),
        show=str(own.get("show", "")),
        profiles=tuple(own.get("profiles", ())),
        elements=tuple(uses),
        frames=str(own.get("frames", "")) or _frames(data),
        colour_space=str(own.get("colour_space", "")),
        channels=tuple(own.get("channels", ())),
        plate=str(own.get("plate", "")),
        destination=str(own.get("destination", "")),
        disclosure=str(own.get("disclosure", "")),
        final=bool(own.get("final", False)),
        trusted_only=bool(own.get("trusted_only", False)),
        strict=bool(own.get("strict", False)),
    )


def _files(data: Any) -> list[str]:
    """The files of an instance's representations, one pattern or file for each."""
    found = []
    for one in data.get("representations", ()):
        names = one.get("files")
        folder = str(one.get("stagingDir") or data.get("stagingDir") or "")
        names = [names] if isinstance(names, str) else list(names or ())
        if folder and names:
            found.append(f"{folder}/{_pattern(names)}")
    return found


def _pattern(names: list[str]) -> str:
    """`render.1001.exr`, `render.1002.exr` … as `render.####.exr`; a single name as it is."""
    first = names[0]
    stem, dot, ending = first.rpartition(".")
    digits = stem[len(stem.rstrip("0123456789")) :]
    if len(names) < 2 or not dot or not digits:
        return first
    return f"{stem[: -len(digits)]}{'#' * len(digits)}.{ending}"


def _frames(data: Any) -> str:
    first = data.get("frameStartHandle", data.get("frameStart"))
    last = data.get("frameEndHandle", data.get("frameEnd"))
    return "" if first is None or last is None else f"{int(first)}-{int(last)}"


def _roots(paths: list[str]) -> tuple[str, ...]:
    """The folders that the paths lie in; the engine looks at nothing outside them."""
    return tuple(dict.fromkeys(path.rpartition("/")[0] or "/" for path in paths))
