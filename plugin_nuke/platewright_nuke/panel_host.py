"""What the panel asks of Nuke: the actions of this plug-in behind the few verbs that every host has."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nuke

from platewright.contract.checks import CheckAsk, SignedGate
from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import PlatewrightError, RequestError
from platewright.contract.jobs import Job, PlateShape
from platewright.contract.request import Matte, Plate, Request
from platewright.contract.wire import VerifyAsk
from platewright.panel.asked import Asked, Placing
from platewright.panel.field import Capability
from platewright.panel.host import Brought, Selection, Tell, ToRender
from platewright.panel.words import tr
from platewright.publish.judging import judge

from . import actions, publishing
from .attaching import Waiting, remember_job, waiting
from .made_for import made_for
from .placing import Options, Placed
from .selection import ALPHA, chosen, frames_of
from .state import kept, nodes_with, ours
from .stepping import folder_of, read_of, shown_version
from .takes import load
from .upstream import files_in_place
from .views import one_of, only_view

__all__ = ["NukeHost"]


class NukeHost:
    """Keeps nothing of its own: what it remembers is in the script."""

    @property
    def name(self) -> str:
        """`Nuke 16.0v6`."""
        return f"Nuke {nuke.NUKE_VERSION_STRING}"

    @property
    def script(self) -> str:
        """The script's file name without its ending."""
        return os.path.splitext(os.path.basename(_script_file()))[0] or tr("untitled")

    @property
    def can_place(self) -> bool:
        """Nuke places takes."""
        return True

    @property
    def can(self) -> frozenset[Capability]:
        """It places takes, its script has a range, and perhaps several views."""
        views: frozenset[Capability] = frozenset({"views"}) if len(nuke.views()) > 1 else frozenset()
        return views | {"placing", "script range"}

    def look(self) -> Selection:
        """What is selected: a take of ours, perhaps with a matte beside it, or a plate with its matte."""
        read, beside = _selected_placement()
        if read is not None:
            return _placement(read, beside)
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
        picked = chosen(needs_matte=False)
        frames = frames_of(picked.plate, asked.frames, asked.range_of, asked.handles)
        found = files_in_place(picked.plate, frames, one_of(asked.view))
        return None if found is None else Plate(found.pattern, frames, found.colour_space)

    def to_render(self, asked: Asked) -> ToRender | None:
        """The format and the frames of what would be rendered."""
        node = chosen(needs_matte=False).plate
        form, scaled = node.format(), bool(nuke.root()["proxy"].value())
        if scaled:  # sizes are of the proxy then, and the export is not
            return None
        frames = frames_of(node, asked.frames, asked.range_of, asked.handles)
        return ToRender(frames, PlateShape(int(form.width()), int(form.height()), float(form.pixelAspect())))

    def bring(self, asked: Asked, tell: Tell, earlier: Request | None = None) -> Brought:
        """Export what is selected; for a take that is gone on from, the matte alone."""
        read, _ = _selected_placement()
        view = asked.view or (str(kept(read).get("view", "")) if read is not None else "")
        wish = actions.Wish(
            asked.operation, asked.element, asked.root, asked.frames, asked.range_of, asked.handles, view,
            _channel(asked.matte),
        )  # fmt: skip
        if earlier is not None:
            return Brought(earlier.plate, actions.prepare_matte(wish, earlier, asked.base, tell))
        if read is not None:
            raise RequestError(
                f"{read.name()} belongs to a take itself",
                code="source_is_ours",
                hint="Select the plate, or the result of the take.",
            )
        prepared = actions.prepare(wish, tell)
        return Brought(prepared.exported.plate, prepared.exported.matte, prepared.source)

    def sent(self, job: Job, asked: Asked, brought: Brought) -> None:
        """The script remembers the job, so that opening it again finds it."""
        request, root = job.submission.request, job.submission.root
        source = ""
        if request.element == asked.element:  # a clean twin is for another branch, which the artist selects
            source = brought.memory or _placed(request.element, root)
        options = Options(**asdict(asked.placing), view=only_view(asked.view))
        remember_job(Waiting(job.id, source, request.element, root, options))

    def settle(self, job: Job) -> str:
        """Place the take of a job that this script waits for."""
        mine = next((one for one in waiting() if one.job == job.id), None)
        placed = actions.settle(job)
        if mine is not None and not mine.source and job.take:
            name = Path(job.take).name[: -len(".take.json")]
            return tr("{take} is there. Select its branch of the comp and bring it in.", take=name)
        return _said(placed)

    def place(self, take: TakeSummary, placing: Placing) -> str:
        """Switch the element's placement to the take; where none stands, place it on the selected plate."""
        record = Path(take.record)
        for one in actions.reattach()[0]:
            if one.element == take.element and Path(one.root) == record.parent.parent and _is_of(one.node, record):
                shown = actions.show_take(one.node, take.version)
                return tr("{node} shows {take}.", node=one.node, take=shown.label)
        return _said(actions.place_take(record, actions.selected_plate(), Options(**asdict(placing))))

    def step(self, by: int) -> str:
        """The selected placement's next take, or the one before."""
        return tr("{take} is shown.", take=actions.step_take(by).label)

    def jobs(self) -> frozenset[str]:
        """The jobs that the script waits for."""
        return frozenset(one.job for one in waiting())

    def difference(self) -> VerifyAsk:
        """A check of the selected take against its plate. Raises RequestError `not_a_placement`."""
        read = actions.selected_read()
        element, folder = str(kept(read)["element"]), folder_of(read)
        version = shown_version(read) or int(kept(read)["version"])
        return VerifyAsk(str(folder.parent), element, version)

    def publishing(self) -> CheckAsk:
        """The selected Writes or take, else every Write. Raises RequestError `nothing_selected`."""
        return publishing.asked()

    def go_to(self, node: str, frame: int | None, record: str) -> str:
        """Select the node, and show the frame. Raises RequestError `node_gone`."""
        return publishing.go_to(node, frame)

    def judge(self, asked: CheckAsk, signed: SignedGate) -> tuple[tuple[str, str], ...] | None:
        """By the pyblish that this Nuke's Python has, if it has one."""
        return judge(asked, signed)

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


def _selected_placement() -> tuple[Any, Any]:
    """The Read of a take of ours that is selected, and the one other node beside it; else None."""
    nodes = nuke.selectedNodes()
    mine = [node for node in nodes if ours(node)]
    others = [node for node in nodes if node not in mine]
    if not mine or len(others) > 1 or any(node.Class() in ("Keymix", "ModifyMetaData") for node in mine) and others:
        return None, None  # the result of a take is a plate like all others
    if len({kept(node)["placement"] for node in mine}) > 1:
        return None, None
    try:
        return read_of(mine[0]), (others[0] if others else None)
    except PlatewrightError:
        return None, None


def _placement(read: Any, beside: Any) -> Selection:
    values = kept(read)
    frames = f"{int(read['first'].value())}-{int(read['last'].value())}"
    version = shown_version(read) or int(values.get("version", 0))
    return Selection(
        read.name(), beside.name() if beside is not None else read.name(), frames, source=str(read.fullName()),
        element=str(values.get("element", "")), version=version, operation=str(values.get("operation", "")),
        root=str(folder_of(read).parent),
    )  # fmt: skip


def _is_of(node: str, record: Path) -> bool:
    """Whether a placement, by its Read, is for the view that a take was made for; so where nothing tells."""
    read = nuke.toNode(node)
    view = str(kept(read).get("view", "")) if len(nuke.views()) > 1 else ""
    under = nodes_with(str(kept(read)["placement"]), read.parent() or nuke.root()).get("dot") if view else None
    return under is None or made_for(load(record), under) in ("", view)


def _placed(element: str, root: str) -> str:
    """The Read that shows a take of this element, the selected one first; empty where none does."""
    read, _ = _selected_placement()
    if read is not None and kept(read).get("element") == element:
        return str(read.fullName())
    found = [one.node for one in actions.reattach()[0] if one.element == element and Path(one.root) == Path(root)]
    return found[0] if found else ""


def _said(placed: Placed | None) -> str:
    if placed is None:
        return ""
    if placed.notes and placed.notes[0].startswith(f"{placed.read.name()} shows"):
        return " ".join(placed.notes)
    return " ".join([tr("{node} has the take.", node=placed.output.name()), *placed.notes])
