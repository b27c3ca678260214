"""`platewright config`: which settings hold, where each came from, and setting one in your own file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from platewright.contract.errors import RequestError

from .console import Console

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright config
  platewright config explain engine.idle_s
  platewright config set engine.workers 2
"""


_EACH_JOB = "each job as its own show's file says (the nearest platewright.toml above its takes, else its plate)"
_ENGINE = "an engine or a worker as it was when that started"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("action", nargs="?", choices=("show", "explain", "set"), default="show", help="default: show")
    parser.add_argument("key", nargs="?", default="", metavar="KEY", help="as in engine.idle_s")
    parser.add_argument("value", nargs="?", default=None, metavar="VALUE", help="set: what it shall be")
    parser.add_argument("--at", default="", metavar="FOLDER", help="a folder of the show, for the show's own settings")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises RequestError, StorageError."""
    if options.action == "set":
        return _set(options, console)
    if options.action == "explain":
        return _explain(options, console)
    return _show(options, console)


def _show(options: argparse.Namespace, console: Console) -> int:
    from platewright.settings.layers import layered, settings_files

    found = layered(_place(options))
    for path, sources in found.sources.items():
        last = sources[-1]
        origin = "" if last.layer == "default" else f"   ({last.layer}: {last.where})"
        console.say(f"{path} = {json.dumps(last.value, ensure_ascii=False)}{origin}")
    files = {layer: {"file": str(file), "there": file.is_file()} for layer, file in settings_files(_place(options))}
    console.document({"settings": {path: sources[-1] for path, sources in found.sources.items()}, "files": files})
    return 0


def _explain(options: argparse.Namespace, console: Console) -> int:
    from platewright.settings.layers import layered
    from platewright.settings.schema import keys

    key = next((key for key in keys() if key.path == options.key), None)
    if key is None:
        raise RequestError(
            f"there is no setting '{options.key[:80]}'",
            code="setting_unknown",
            hint="`platewright config show` lists the settings there are.",
        )
    sources = layered(_place(options)).sources[key.path]
    console.say(f"{key.path}: {key.meaning}")
    for number, source in enumerate(sources, start=1):
        holds = "  <- holds" if number == len(sources) else ""
        where = f" ({source.where})" if source.where else ""
        console.say(f"  {source.layer}{where}: {json.dumps(source.value, ensure_ascii=False)}{holds}")
    console.say("  holds for " + (_EACH_JOB if key.is_of_jobs else _ENGINE))
    console.say(f"  set it with ${key.variable}, or: platewright config set {key.path} VALUE")
    console.document(
        {
            "key": key.path,
            "meaning": key.meaning,
            "variable": key.variable,
            "of_jobs": key.is_of_jobs,
            "sources": sources,
        }
    )
    return 0


def _set(options: argparse.Namespace, console: Console) -> int:
    from platewright.settings.editing import set_value
    from platewright.settings.layers import layered

    if options.value is None or not options.key:
        raise RequestError("set needs a key and a value", code="usage", hint="As in: config set engine.workers 2")
    file = set_value(options.key, options.value)
    holding = layered(_place(options)).sources[options.key][-1]
    console.say(f"written to {file}")
    if holding.layer == "environment":
        console.say(f"but {holding.where} says {json.dumps(holding.value)}, and the environment wins")
    console.document({"file": str(file), "key": options.key, "holds": holding})
    return 0


def _place(options: argparse.Namespace) -> Path | None:
    return Path(options.at).expanduser().absolute() if options.at else None
