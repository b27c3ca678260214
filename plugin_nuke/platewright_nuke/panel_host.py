"""What the panel asks of Nuke: the actions of this plug-in behind the few verbs that every host has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nuke

from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import PlatewrightError, RequestError
from platewright.contract.jobs import Job
from platewright.contract.request import Matte, Plate
from platewright.contract.wire import VerifyAsk
from platewright.panel.asked import Asked
from platewright.panel.host import Brought, Selection, Tell

from . import actions
from .attaching import Waiting, remember_job, waiting
from .placing import Options, Placed
from .selection import ALPHA, chosen, frames_of
from .state import kept, ours
from .stepping import folder_of, read_of, shown_version
from .upstream import files_in_place

__all__ = ["NukeHost"]


class NukeHost:
    """options: how takes are placed."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options if options is not None else Options()

    @property
    def name(self) -> str:
        """`Nuke 16.0v6`."""
        return f"Nuke {nuke.NUKE_VERSION_STRING}"

    @property
    def script(self) -> str:
        """The script's file name without its ending."""
        return os.path.splitext(os.path.basename(_script_file()))[0] or "untitled"

    @property
    def can_place(self) -> bool:
        """Nuke places takes."""
        return True

    def look(self) -> Selection:
        """What is selected: a take of ours, or a plate with its matte."""
        read = _selected_placement()
        if read is not None:
            return _placement(read)
        found, why = actions.look(needs_matte=True), ("", "")
        if found.trouble:
            why = (found.trouble, found.hint)
            found = actions.look(needs_matte=False)
        if found.trouble:
            return Selection(trouble=found.trouble, hint=found.hint)
        matte = "" if why[0] else found.matte
        return Selection(found.plate, matte, found.frames, no_matte=why, source=found.plate)

    def plate(self, asked: Asked) -> Plate | None:
        """The plate's files, where the selection shows files as they are."""
        if _selected_placement() is not None:
            return None
        picked = chosen(needs_matte=False)
        frames = frames_of(picked.plate, asked.frames, "input", asked.handles)
        found = files_in_place(picked.plate, frames, nuke.views()[0])
        return None if found is None else Plate(found.pattern, frames, found.colour_space)

    def bring(self, asked: Asked, tell: Tell) -> Brought:
        """Export what is selected; of a take of ours, only the frames that were typed are made again."""
        wish = actions.Wish(
            asked.operation, asked.element, asked.root, asked.frames, handles=asked.handles,
            matte_channel=_channel(asked.matte),
        )  # fmt: skip
        read = _selected_placement()
        if read is None:
            prepared = actions.prepare(wish, tell)
        elif not asked.needs_matte:
            raise RequestError(
                "a take can't be extended or given a sky",
                code="operation_not_for_takes",
                hint="Select the plate, or the result of the take and not one of its own nodes.",
            )
        else:
            shown = f"{int(read['first'].value())}-{int(read['last'].value())}"
            prepared = actions.prepare_again(read, asked.frames or shown, wish, tell=tell)
        exported = prepared.exported
        return Brought(exported.plate, exported.matte, prepared, prepared.submission.request.element)

    def sent(self, job: Job, brought: Brought) -> None:
        """The script remembers the job, so that opening it again finds it."""
        prepared = brought.memory
        request = job.submission.request
        remember_job(Waiting(job.id, prepared.source, request.element, job.submission.root))

    def settle(self, job: Job) -> str:
        """Place the take of a job that this script waits for."""
        return _said(actions.settle(job, self.options))

    def place(self, take: TakeSummary) -> str:
        """Switch the element's placement to the take; where none stands, place it on the selected plate."""
        record = Path(take.record)
        for one in actions.reattach()[0]:
            if one.element == take.element and Path(one.root) == record.parent.parent:
                shown = actions.show_take(one.node, take.version)
                return f"{one.node} shows {shown.label}."
        return _said(actions.place_take(record, actions.selected_plate(), self.options))

    def step(self, by: int) -> str:
        """The selected placement's next take, or the one before."""
        return f"{actions.step_take(by).label} is shown."

    def jobs(self) -> frozenset[str]:
        """The jobs that the script waits for."""
        return frozenset(one.job for one in waiting())

    def difference(self) -> VerifyAsk:
        """A check of the selected take against its plate. Raises RequestError `not_a_placement`."""
        read = actions.selected_read()
        element, folder = str(kept(read)["element"]), folder_of(read)
        version = shown_version(read) or int(kept(read)["version"])
        return VerifyAsk(str(folder.parent), element, version)

    def root(self) -> str:
        """`elements` beside the script, where it was saved."""
        file = _script_file()
        return (Path(file).parent / "elements").as_posix() if os.path.isabs(file) else ""


def _script_file() -> str:
    return str(nuke.root()["name"].value() or "")


def _channel(matte: Matte) -> str:
    """A typed channel as Nuke names it: what has no layer is of the plain ones."""
    named = {"A": ALPHA, "R": "rgba.red", "G": "rgba.green", "B": "rgba.blue"}
    return named.get(matte.channel, matte.channel) or ALPHA


def _selected_placement() -> Any:
    """The Read of a take of ours when one of its nodes is all that is selected; else None."""
    nodes = nuke.selectedNodes()
    if len(nodes) != 1 or not ours(nodes[0]):
        return None
    try:
        return read_of(nodes[0])
    except PlatewrightError:
        return None


def _placement(read: Any) -> Selection:
    values = kept(read)
    frames = f"{int(read['first'].value())}-{int(read['last'].value())}"
    version = shown_version(read) or int(values.get("version", 0))
    element = str(values.get("element", ""))
    return Selection(
        read.name(), read.name(), frames, source=str(read.fullName()), element=element, version=version,
        operation="regenerate",
    )  # fmt: skip


def _said(placed: Placed | None) -> str:
    if placed is None:
        return ""
    return " ".join([f"{placed.output.name()} has the take.", *placed.notes])
