# SPDX-License-Identifier: GPL-3.0-or-later
"""Platewright without a window: `blender -b shot.blend --command platewright extend --left 200 --save`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import bpy

from platewright.contract.errors import PlatewrightError, RequestError

from . import api

__all__ = ["register", "run", "unregister"]

_registered: list[Any] = []


def run(words: Sequence[str]) -> int:
    """Do one command and say the outcome as JSON; the exit code of the error tree."""
    try:
        options = _parser().parse_args(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        take = options.make(options)
        said: dict[str, object] = {"take": take.label, "root": take.root, "frames": str(take.frames)}
        if options.place:
            placed = api.place(take, into=getattr(options, "into", "comp"))
            said["placed"] = placed.group.name if placed is not None else take.record.element
        if options.save:
            bpy.ops.wm.save_mainfile()
            said["saved"] = bpy.data.filepath
    except PlatewrightError as error:
        print(json.dumps({"error": error.as_dict()}), file=sys.stderr)
        return error.exit_code
    print(json.dumps(said))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="blender -b FILE --command platewright", allow_abbrev=False)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    extend = _verb(verbs, "extend", "grow the plate outward", "extension", _extend)
    for side in ("left", "right", "top", "bottom"):
        extend.add_argument(f"--{side}", type=int, default=0, metavar="PIXELS")
    extend.add_argument("--into", choices=("scene", "comp"), default="scene", help="a linked copy, or this comp")
    regenerate = _verb(verbs, "regenerate", "fill what a matte covers", "regenerated", _regenerate)
    regenerate.add_argument("--mask", default="", help="a mask of the file, by its name")
    regenerate.add_argument("--object", action="append", default=[], help="an object, as the camera sees it")
    regenerate.add_argument("--matte", default="", help="matte files, as matte.####.exr")
    sky = _verb(verbs, "sky", "put another sky behind the foreground", "sky", _sky)
    sky.add_argument("--picture", default="", help="the new sky's picture")
    sky.add_argument("--sun", default="", metavar="AZIMUTH/ELEVATION", help="a computed sky")
    again = _verb(verbs, "again", "make frames of a take again, or a part of it", "", _again)
    again.add_argument("--take", required=True, metavar="FILE", help="its record, as rig_v003.take.json")
    again.add_argument("--mask", default="", help="a smaller mask of the file, by its name")
    again.add_argument("--matte", default="", help="smaller matte files, as matte.####.exr")
    return parser


def _verb(verbs: Any, name: str, words: str, element: str, make: Any) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=words, description=words, allow_abbrev=False)
    verb.add_argument("--element", default=element)
    verb.add_argument("--root", default="", help="the folder for elements (default: beside the file)")
    verb.add_argument("--frames", default="", help="as 1001-1016 (default: all of the plate)")
    verb.add_argument("--node", default="", help="the plate's node in the comp (default: the first)")
    verb.add_argument("--seed", type=int, default=0)
    verb.add_argument("--backend", default="", help="who makes the pixels (default: the built-in generator)")
    verb.add_argument("--prompt", default="", help="what is to be seen there, in words")
    verb.add_argument(
        "--control", action="append", default=[], metavar="NAME=VALUE", help="an input of the backend's own"
    )
    verb.add_argument("--accept-cost", default="", metavar="COST", help="the most that it may cost, as 2.50USD")
    verb.add_argument("--place", action="store_true", help="place the take")
    verb.add_argument("--save", action="store_true", help="save the file afterwards")
    verb.set_defaults(make=make)
    return verb


def _shared(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "of": api.plate(node=options.node), "element": options.element, "root": options.root, "frames": options.frames,
        "seed": options.seed, **_generator(options),
    }  # fmt: skip


def _generator(options: argparse.Namespace) -> dict[str, Any]:
    """Who makes the pixels, where that was said. Raises RequestError `control_invalid`."""
    found: dict[str, Any] = {"backend": options.backend, "prompt": options.prompt, "accept_cost": options.accept_cost}
    found["inputs"] = dict(_control(text) for text in options.control)
    return {name: value for name, value in found.items() if value}


def _control(text: str) -> tuple[str, str]:
    name, is_one, value = text.partition("=")
    if not is_one or not name:
        raise RequestError(f"'{text[:80]}' is no input", code="control_invalid", hint="Write --control NAME=VALUE.")
    return name, value


def _extend(options: argparse.Namespace) -> Any:
    sides = {side: getattr(options, side) for side in ("left", "right", "top", "bottom")}
    return api.extend(**sides, into=options.into, **_shared(options))


def _regenerate(options: argparse.Namespace) -> Any:
    mask = bpy.data.masks.get(options.mask) if options.mask else None
    return api.regenerate(mask=mask, objects=tuple(options.object), matte=options.matte, **_shared(options))


def _sky(options: argparse.Namespace) -> Any:
    sun = tuple(float(part) for part in options.sun.split("/", 1)) if options.sun else None
    return api.replace_sky(sky=options.picture, sun=sun, **_shared(options))  # type: ignore[arg-type]


def _again(options: argparse.Namespace) -> Any:
    mask = bpy.data.masks.get(options.mask) if options.mask else None
    found = api.plate(node=options.node) if options.node else None
    return api.again(options.take, frames=options.frames, mask=mask, matte=options.matte, of=found, seed=options.seed,
                     **_generator(options))  # fmt: skip


def register() -> None:
    """Let Blender's command line know the command."""
    _registered.append(bpy.utils.register_cli_command("platewright", run))


def unregister() -> None:
    """Take it back."""
    while _registered:
        bpy.utils.unregister_cli_command(_registered.pop())
