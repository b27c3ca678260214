"""The verbs of a panel, without any Qt: look, prepare, send, place, step, attach.

Each runs on Nuke's main thread and raises PlatewrightError with a sentence and a hint; what the engine says comes as
a session's reply. None of them waits for the engine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import nuke

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.errors import MatteError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job, Submission
from platewright.contract.request import Base, Extend, Matte, Operation, Plate, Reference, Regenerate, Request, Rights
from platewright.contract.takes import Cost
from platewright.contract.wire import Verification, VerifyAsk

from .attaching import Attached, Waiting, attached, forget_job, remember_job, waiting
from .exporting import Exported, Tell, export, export_matte, export_matte_beside
from .made_for import made_for
from .placing import AS_USUAL, Options, Placed, place
from .selection import ALPHA, Chosen, RangeOf, chosen, frames_of
from .state import kept, nodes_with, ours
from .stepping import folder_of, read_of, show, shown_version, step
from .takes import Take, load
from .undoing import one_step

__all__ = [
    "Look",
    "Prepared",
    "Wish",
    "differences",
    "look",
    "place_take",
    "prepare",
    "prepare_matte",
    "reattach",
    "selected_plate",
    "selected_read",
    "send",
    "settle",
    "show_take",
    "step_take",
]

_QUIET: Tell = lambda what, done, total: True  # noqa: E731


@dataclass(frozen=True)
class Wish:
    """What the panel's fields say. root: absolute folder for elements. frames: typed, or empty for `range_of`."""

    operation: Operation
    element: str
    root: str
    frames: str = ""
    range_of: RangeOf = "input"
    handles: int = 0
    view: str = ""
    matte_channel: str = ALPHA
    prompt: str = ""
    seed: int = 0
    take: int = 1
    backend: str = "builtin"
    references: tuple[Reference, ...] = ()
    rights: Rights = field(default_factory=Rights)
    intent: Literal["draft", "final"] = "draft"
    who: str = ""
    why: str = ""
    accept_cost: Cost | None = None

    @property
    def needs_matte(self) -> bool:
        """Only a regeneration can't do without one."""
        return isinstance(self.operation, Regenerate)


@dataclass(frozen=True)
class Look:
    """What is selected, in words for a panel. trouble: why nothing can be done with it, and what to select."""

    plate: str = ""
    matte: str = ""
    frames: str = ""
    trouble: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Prepared:
    """A submission, and the node its take will be placed on."""

    submission: Submission
    source: str
    exported: Exported


def look(needs_matte: bool = True) -> Look:
    """What the main button would work on. Never raises for a selection that is not fit."""
    try:
        picked = chosen(needs_matte)
        frames = frames_of(picked.plate)
    except (RequestError, MatteError) as error:
        return Look(trouble=error.message, hint=error.hint)
    return Look(picked.plate.name(), picked.matte.name() if picked.matte is not None else "", str(frames))


def prepare(wish: Wish, tell: Tell = _QUIET) -> Prepared:
    """Export what is selected and put it into a submission. Raises as `chosen`, `frames_of` and `export` do."""
    picked = chosen(wish.needs_matte, wish.matte_channel)
    if isinstance(wish.operation, Extend) or (not wish.needs_matte and picked.matte is picked.plate):
        # An extension has none, and a plate's own alpha is no sky matte unless somebody selects one.
        picked = replace(picked, matte=None)
    frames = frames_of(picked.plate, wish.frames, wish.range_of, wish.handles)
    return _prepared(wish, picked, frames, tell)


def prepare_matte(wish: Wish, earlier: Request, base: Base | None, tell: Tell = _QUIET) -> Matte:
    """Export what is selected as the matte of a take's frames; the take's own nodes may be selected beside it.

    earlier: what the take was asked with. base: which of its frames are made again; the others keep its own matte, or,
    where a part is made again, have none. Raises MatteError `matte_missing`; RequestError, and as `export` does.
    """
    others = [node for node in nuke.selectedNodes() if not ours(node)]
    if len(others) == 1:
        picked = Chosen(others[0], others[0], wish.matte_channel)
    else:
        picked = chosen(True, wish.matte_channel)
    frames, folder = earlier.plate.frames, _new_folder(wish)
    if base is None or base.frames is None or base.region:
        return export_matte(picked, frames, folder, wish.view, tell, base.frames if base is not None else None)
    redo = base.redo(frames)
    kept = sorted(set(frames) - set(redo))
    if not kept:
        return export_matte(picked, frames, folder, wish.view, tell)
    return export_matte_beside(picked, redo, folder, wish.view, tell, earlier.matte, FrameRange.of(kept))


def _prepared(wish: Wish, picked: Chosen, frames: FrameRange, tell: Tell) -> Prepared:
    root = Path(wish.root)
    exported = export(picked, frames, _new_folder(wish), wish.view, tell)
    request = Request(
        wish.operation, wish.element, exported.plate, exported.matte, wish.references, None, wish.prompt, wish.seed,
        wish.take, wish.backend, wish.rights,
    )  # fmt: skip
    submission = Submission(
        request, str(root), key=os.urandom(16).hex(), intent=wish.intent, who=wish.who, why=wish.why,
        accept_cost=wish.accept_cost,
    )  # fmt: skip
    return Prepared(submission, str(picked.plate.fullName()), exported)


def _new_folder(wish: Wish) -> Path:
    """Where this export goes: beside the elements, hidden, new each time."""
    root = Path(wish.root)
    if not root.is_absolute():
        raise RequestError("the folder for elements is not a full path", code="root_relative", hint="Give all of it.")
    # The name is checked before anything is rendered.
    Request(wish.operation, wish.element, Plate("", FrameRange((1,))))
    return root / ".sources" / wish.element / os.urandom(4).hex()


def send(session: Session, prepared: Prepared) -> Reply[Job]:
    """Hand it to the engine; once it has a job, the script remembers it."""

    def remember(reply: Reply[Job]) -> None:
        if reply.value is not None:
            submission = prepared.submission
            remember_job(
                Waiting(reply.value.id, prepared.source, submission.request.element, submission.root)
            )  # fmt: skip

    reply = session.submit(prepared.submission)
    reply.then(remember)
    return reply


def settle(job: Job) -> Placed | None:
    """Place the take of a job that this script waits for, as it was asked; a take's Read is switched to it.

    None while it is open, when it made nothing, and where the artist brings it in. Raises RequestError `source_gone`
    where the node it is for is there no more; the job is kept then.
    """
    mine = next((one for one in waiting() if one.job == job.id), None)
    if mine is None or job.state.is_open:
        return None
    if not job.take or not mine.source:
        forget_job(job.id)
        return None
    with one_step(f"Platewright: {mine.element} placed"):
        placed = _placed_or_switched(Path(job.take), mine, replace(mine.options, job=job.id))
        forget_job(job.id)
    return placed


def _placed_or_switched(record: Path, mine: Waiting, options: Options) -> Placed:
    node = nuke.toNode(mine.source)
    if node is None or kept(node).get("role") != "read" or kept(node).get("element") != mine.element:
        return place_take(record, mine.source, options)
    take = load(record)
    show(node, take.record.version)
    parts = nodes_with(str(kept(node)["placement"]), node.parent() or nuke.root())
    said = f"{node.name()} shows {take.label}."
    return Placed(str(kept(node)["placement"]), node, parts.get("keymix", node), tuple(parts.values()), (said,))


def place_take(record: Path, source: str, options: Options = AS_USUAL) -> Placed:
    """Place a take, by its record's file, on a node by its full name; for the view that it was made for, where the
    options name none."""
    node = nuke.toNode(source)
    if node is None:
        raise RequestError(
            f"the node {source} is not there any more",
            code="source_gone",
            hint="Select the plate, and place the take from its history.",
        )
    take = load(record)
    return place(take, node, options if options.view else replace(options, view=made_for(take, node)))


def selected_read() -> Any:
    """The Read of the placement that the selection belongs to. Raises RequestError `not_a_placement`."""
    nodes = nuke.selectedNodes()
    if len(nodes) != 1:
        raise RequestError("select one node of a take", code="not_a_placement", hint="Its Read, for example.")
    return read_of(nodes[0])


def selected_plate() -> str:
    """The full name of the node that a take would be placed on. Raises as `chosen` does."""
    return str(chosen(needs_matte=False).plate.fullName())


def step_take(by: int) -> Take:
    """Show the selected placement's next take, or the one before."""
    return step(selected_read(), by)


def show_take(node: str, version: int) -> Take:
    """Show a version of a placement, by the full name of one of its nodes."""
    found = nuke.toNode(node)
    if found is None:
        raise RequestError(f"the node {node} is not there any more", code="source_gone", hint="Select it again.")
    return show(found, version)


def reattach() -> tuple[tuple[Attached, ...], tuple[Waiting, ...]]:
    """What an opened script holds: its takes and the jobs it waits for. Changes nothing."""
    return attached(), waiting()


def differences(session: Session, read: Any, plate: str = "", matte: str = "") -> Reply[Verification]:
    """What the comp changes outside the matte: the engine compares the take with the plate, bit for bit."""
    element, folder = str(kept(read)["element"]), folder_of(read)
    version = shown_version(read) or int(kept(read)["version"])
    return session.verify(VerifyAsk(str(folder.parent), element, version, plate, matte))
