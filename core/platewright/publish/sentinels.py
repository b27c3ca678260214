"""The first and the last word of a publish: were all plug-ins found, and did each of them run on everything.

A publisher passes over files that can't be imported, classes that are hidden by another of their name, plug-ins that a
target or a family leaves out, and instances that are switched off. None of that may pass for a check.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .refusing import Refused
from .roster import ALL, FAMILY, GROUPS, PLUGIN_FOLDER, WATCHED, origin_of

__all__ = ["require_all_found", "require_all_ran"]

_MARK = "platewrightCollected"


def require_all_found(discovered: Iterable[type]) -> None:
    """That exactly our plug-ins were discovered, from our folder, blocking and not optional. Raises Refused."""
    found: dict[str, type] = {}
    foreign = []
    for plugin in discovered:
        name = plugin.__name__
        if not name.startswith("Platewright"):
            continue
        origin = origin_of(plugin)
        if origin is None or origin.parent != PLUGIN_FOLDER:
            foreign.append(f"{name} comes from {origin}")
        found[name] = plugin
    missing = sorted(ALL - set(found))
    wrong = [f"{name} can be switched off" for name in GROUPS if name in found and _is_optional(found[name])]
    wrong += [
        f"{name} does not block at order {getattr(found[name], 'order', None)}"
        for name in GROUPS
        if name in found and not 0.51 <= float(getattr(found[name], "order", 0)) <= 1.49
    ]
    problems = [f"{name} was not found" for name in missing] + foreign + wrong
    if problems:
        raise Refused("The checks are not all there", "\n".join(f"- {one}" for one in problems))


def require_all_ran(context: Any) -> None:
    """That everything that is published was collected, and each validator ran on it. Raises Refused."""
    if not context.data.get(_MARK):
        raise Refused("Nothing was looked at", "the collector of Platewright did not run to its end")
    ours = [one for one in context if FAMILY in _families(one)]
    covered = {one.data.get("platewrightOf") for one in ours}
    problems = [
        f"{one.data.get('name', one)} was never looked at"
        for one in context
        if WATCHED & _families(one) and FAMILY not in _families(one) and one.id not in covered
    ]
    ran: dict[str, set[str]] = {}
    for result in context.data.get("results", ()):
        plugin, instance = result.get("plugin"), result.get("instance")
        if plugin is not None and instance is not None and result.get("action") is None:
            ran.setdefault(plugin.__name__, set()).add(instance.id)
    for one in ours:
        asleep = [name for name in GROUPS if one.id not in ran.get(name, set())]
        problems += [f"{name} did not run on {one.data.get('name', one)}" for name in asleep]
    if problems:
        raise Refused("Not every check was run", "\n".join(f"- {one}" for one in problems))


def _families(instance: Any) -> set[str]:
    data = instance.data
    return {str(data.get("family", "")), str(data.get("productType", "")), *map(str, data.get("families") or ())}


def _is_optional(plugin: type) -> bool:
    return bool(getattr(plugin, "optional", False)) or not getattr(plugin, "active", True)
