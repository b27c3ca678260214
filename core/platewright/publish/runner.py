"""A publish without a host, with an honest exit code: `pyblish publish` returns 0 also where plug-ins failed.

python -m platewright.publish.runner --roots /mnt/show elements/rig/rig_v003.take.json
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from .roster import plugin_folder

__all__ = ["main", "publish"]


def publish(data: dict[str, Any], further: tuple[str, ...] = (), engine: Any = None) -> tuple[int, Any]:
    """`(exit code, context)` of a publish of some files: 0 published, 2 refused or failed, 3 nothing was checked.

    data: as an instance names them in `platewright` (see feeding). further: more folders of plug-ins. engine: another
    than this user's.
    """
    from pyblish import api, util

    context = api.Context()
    context.data["platewright"] = data
    if engine is not None:
        context.data["platewrightEngine"] = engine
    paths = [plugin_folder(), *further]
    for path in paths:
        api.register_plugin_path(path)
    try:
        util.publish(context, targets=["default"])
    finally:
        for path in paths:
            api.deregister_plugin_path(path)
    results = context.data.get("results", ())
    if any(result["error"] is not None for result in results):
        return 2, context
    return (0 if context.data.get("platewrightGateOpen") is True else 3), context


def main(words: list[str] | None = None) -> int:
    """Publish files from the command line; what failed goes to the error stream."""
    parser = argparse.ArgumentParser(prog="platewright-publish", description=main.__doc__)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--roots", nargs="*", default=[])
    parser.add_argument("--show", default="")
    parser.add_argument("--final", action="store_true")
    options = parser.parse_args(words)
    data = {
        "paths": [os.path.abspath(path) for path in options.paths],
        "roots": [os.path.abspath(root) for root in options.roots],
        "show": options.show,
        "final": options.final,
    }
    code, context = publish(data)
    for result in context.data.get("results", ()):
        if result["error"] is not None:
            sys.stderr.write(f"{result['plugin'].__name__}: {result['error']}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
