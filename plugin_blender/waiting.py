# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene waits for: the jobs sent from it, as ids and words, so that an opened file finds them again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import bpy

from .state import keep, kept

__all__ = ["Waiting", "forget", "remember", "scene_of", "waiting"]

_PREFIX = "job:"


@dataclass(frozen=True)
class Waiting:
    """A job that a scene waits for. pattern: the plate's files. into: `scene` for a linked copy, `comp` for here.

    camera: the object to extend where it is not the scene's active camera.
    """

    job: str
    element: str
    root: str
    pattern: str
    operation: str
    into: str = "comp"
    layer: str = "picture"
    at_once: bool = False
    camera: str = ""


def remember(scene: Any, job: Waiting) -> None:
    """Keep in the scene that a job was sent."""
    words = {name: value for name, value in asdict(job).items() if name != "job"}
    keep(scene, {**kept(scene), f"{_PREFIX}{job.job}": json.dumps(words, sort_keys=True)})


def forget(job: str) -> None:
    """It was placed, or nobody wants it any more."""
    for scene in bpy.data.scenes:
        values = kept(scene)
        if values.pop(f"{_PREFIX}{job}", None) is not None and scene.library is None:
            keep(scene, values)


def waiting(scene: Any) -> tuple[Waiting, ...]:
    """The jobs that a scene waits for, by their ids. What can't be read is passed over."""
    found = []
    for name, text in kept(scene).items():
        if not name.startswith(_PREFIX) or not isinstance(text, str):
            continue
        try:
            words = json.loads(text)
            found.append(Waiting(name[len(_PREFIX) :], **words))
        except (ValueError, TypeError, RecursionError):
            continue
    whole = (one for one in found if all(isinstance(value, (str, bool)) for value in asdict(one).values()))
    return tuple(sorted(whole, key=lambda one: one.job))


def scene_of(job: str) -> tuple[Any, Waiting] | None:
    """The scene that waits for a job, and what for; None where none does."""
    for scene in bpy.data.scenes:
        for one in waiting(scene):
            if one.job == job:
                return scene, one
    return None
