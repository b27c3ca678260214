"""The same plug-ins over a report that is there already: what a panel shows is what a publish would say.

A panel asks the engine without waiting and only then lets pyblish judge, which takes no longer than it takes to read a
report: no graph is walked again, no engine is asked, and nobody else's plug-in is imported or run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from platewright.contract.checks import CheckAsk, SignedGate

from .refusing import Refused
from .roster import FAMILY, plugin_folder

__all__ = ["judge"]

_VARIABLE = "PYBLISHPLUGINPATH"


def judge(asked: CheckAsk, signed: SignedGate) -> tuple[tuple[str, str], ...] | None:
    """`(plug-in, sentence)` of every plug-in that says no to a report; None where this host has no pyblish."""
    try:
        from pyblish import api, util
    except ImportError:
        return None
    context = api.Context()
    made = context.create_instance("platewright panel", family=FAMILY, families=[FAMILY], publish=True)
    made.data.update(platewrightAsk=asked, platewrightGate=signed)
    context.data["platewrightCollected"] = True
    with _only_ours(api):
        util.validate(context, plugins=api.discover(), targets=["default"])
    results = context.data.get("results", ())
    said = [(result["plugin"].__name__, _sentence(result["error"])) for result in results if result["error"]]
    return tuple(said) if results else (("pyblish", "no plug-in was run"),)


@contextmanager
def _only_ours(api: Any) -> Iterator[None]:
    """Let pyblish find our folder and nothing else, and give it back what it knew."""
    paths, plugins = list(api.registered_paths()), list(api.registered_plugins())
    variable = os.environ.pop(_VARIABLE, None)
    api.deregister_all_paths()
    api.deregister_all_plugins()
    api.register_plugin_path(plugin_folder())
    try:
        yield
    finally:
        api.deregister_all_paths()
        for path in paths:
            api.register_plugin_path(path)
        for plugin in plugins:
            api.register_plugin(plugin)
        if variable is not None:
            os.environ[_VARIABLE] = variable


def _sentence(error: Any) -> str:
    known = error if isinstance(error, Refused) else getattr(error, "__cause__", None)
    return f"{known.title}: {known.description}" if isinstance(known, Refused) else str(error)
