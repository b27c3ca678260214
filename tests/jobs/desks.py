"""Desks for tests: on a small database beside the test's files, with an operation that takes no time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from platewright.contract.jobs import Submission
from platewright.contract.request import Rights
from platewright.jobs.backend import Backend
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.desk_settings import DeskSettings
from platewright.jobs.making import Made, Task
from platewright.provenance.settings import IdentitySettings
from tests.jobs.small_shot import SmallShot, fill_with_grey

GREY = Backend("grey", operate=lambda request, sends: fill_with_grey)


def settings_at(folder: Path, **changes: Any) -> DeskSettings:
    backends = {"grey": GREY, **changes.pop("backends", {})}
    settings = DeskSettings(
        database=str(folder / "jobs.sqlite"), identity=IdentitySettings(home=folder / "home"), backends=backends
    )
    return replace(settings, **changes)


def desk_at(folder: Path, **changes: Any) -> LocalDesk:
    return open_desk(settings_at(folder, **changes))


def submission(shot: SmallShot, root: Path, element: str = "rig", **changes: Any) -> Submission:
    request = shot.request(element, backend=changes.pop("backend", "grey"))
    place = changes.pop("at", "")
    if place:
        show, _, number = place.partition("/")
        request = replace(request, rights=Rights(show=show, shot=number))
    request = replace(request, **changes.pop("request", {}))
    return Submission(request, str(root), **changes)


def nothing(made: list[str] | None = None) -> Callable[[Task], Made]:
    """Makes a job without doing anything; notes which."""

    def perform(task: Task) -> Made:
        if made is not None:
            made.append(task.row.id)
        return Made("/nowhere", 0)

    return perform
