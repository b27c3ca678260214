"""Collecting: for each thing that is published, an instance of ours with the question to the engine, or with why not.

A collector that raises stops nothing: without instances the validators vanish and what follows runs. So nothing raises
here; what goes wrong is written on an instance, which a validator then fails.
"""

from __future__ import annotations

from typing import Any

from .feeding import ask_of, walk_of
from .roster import FAMILY, GRAPHS, WATCHED

__all__ = ["collect"]


def collect(context: Any, hosts: list[str]) -> None:
    """Put an instance of ours beside each one that may hold generated pixels; one for the context where it names some.

    hosts: as pyblish has them registered. In one with a graph, an instance has to be walked from or name its takes
    itself (`platewright: {elements: […]}`, also an empty list): what nobody looked for was not found.
    """
    try:
        walk = walk_of(hosts)
        given, blind = list(context), False
        for instance in given:
            data = instance.data
            families = {str(data.get("family", "")), str(data.get("productType", "")), *(data.get("families") or ())}
            if families & WATCHED and FAMILY not in families and data.get("publish", True) is not False:
                _add(context, instance, walk, str(data.get("name") or instance), instance.id)
                blind |= walk is None and "elements" not in (data.get("platewright") or {})
        if blind and GRAPHS & set(hosts):
            why = "the host's plug-in of Platewright is not loaded, so nobody can tell which takes feed the outputs"
            _broken(context, "graph", why)
        if context.data.get("platewright"):
            _add(context, context, walk, "files of the publish", "")
        if not given and not context.data.get("platewright"):
            _broken(context, "nothing is published", "neither an instance nor a file was named")
        context.data["platewrightCollected"] = True
    except Exception as error:
        _broken(context, "platewright", f"{type(error).__name__}: {error}")


def _add(context: Any, source: Any, walk: Any, name: str, of: str) -> None:
    made = context.create_instance(
        f"platewright {name}", family=FAMILY, families=[FAMILY], publish=True, platewrightOf=of
    )
    try:
        made.data["platewrightAsk"] = ask_of(source, walk)
    except Exception as error:  # whatever a host's graph or another's instance throws at us
        made.data["platewrightError"] = f"{type(error).__name__}: {error}"


def _broken(context: Any, name: str, why: str) -> None:
    made = context.create_instance(f"platewright {name}", family=FAMILY, families=[FAMILY], publish=True)
    made.data["platewrightError"] = why
