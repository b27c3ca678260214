"""A script that was opened again: which takes it holds, whether they are there, and which jobs it waits for.

Looking changes nothing in the script: it stays unmodified, and its undo list empty. It asks the disk once for each
take and reads no record, because it runs while the artist waits for the script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import nuke

from .placing import AS_USUAL, Options, options_from
from .state import keep, kept
from .stepping import folder_of, shown_version
from .takes import is_there
from .undoing import one_step

__all__ = ["Attached", "Waiting", "attached", "forget_job", "remember_job", "waiting"]

Status = Literal["there", "other_version", "missing"]


@dataclass(frozen=True)
class Attached:
    """A placed take. status: its record is there, another version is shown than was placed, or it is not there."""

    placement: str
    node: str
    element: str
    version: int
    root: str
    status: Status
    job: str = ""


@dataclass(frozen=True)
class Waiting:
    """A job that was sent from this script and has not been placed.

    source: full name of the node it is for, of the take's Read where one is to be switched; empty: the artist brings
    it in. options: how it is to be placed.
    """

    job: str
    source: str
    element: str
    root: str
    options: Options = AS_USUAL


def attached() -> tuple[Attached, ...]:
    """Every take placed in the script, groups included, in the order of their nodes' names."""
    found = []
    for node in nuke.allNodes(recurseGroups=True, group=nuke.root()):
        values = kept(node)
        if values.get("role") == "read" and node.Class() == "Read":
            found.append(_one(node, values))
    return tuple(sorted(found, key=lambda one: one.node))


def _one(read: Any, values: Mapping[str, str | int | bool]) -> Attached:
    element, placed = str(values.get("element", "")), int(values.get("version", 0))
    folder = folder_of(read)
    shown = shown_version(read)
    status: Status = "there" if shown == placed else "other_version"
    if not shown or not is_there(folder, element, shown):
        status = "missing"
    return Attached(
        str(values.get("placement", "")), str(read.fullName()), element, shown or placed, str(folder.parent), status,
        str(values.get("job", "")),
    )  # fmt: skip


def waiting() -> tuple[Waiting, ...]:
    """The jobs that the script waits for, by their id."""
    found = []
    for job, text in kept(nuke.root()).items():
        if not job.startswith("job:") or not isinstance(text, str):
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(values, dict) and all(
            isinstance(values.get(name), str) for name in ("source", "element", "root")
        ):
            options = options_from(values.get("options"))
            found.append(Waiting(job[4:], values["source"], values["element"], values["root"], options))
    return tuple(sorted(found, key=lambda one: one.job))


def remember_job(job: Waiting) -> None:
    """Keep in the script that a job was sent, so that opening it again finds the job."""
    told: dict[str, object] = {"source": job.source, "element": job.element, "root": job.root}
    if job.options != AS_USUAL:
        told["options"] = asdict(job.options)
    text = json.dumps(told, sort_keys=True)
    values = {name: value for name, value in kept(nuke.root()).items() if name != "schema"}
    with one_step(f"Platewright: {job.element} sent"):
        keep(nuke.root(), {**values, f"job:{job.job}": text})


def forget_job(job: str) -> None:
    """It was placed, or nobody wants it any more."""
    values = {name: value for name, value in kept(nuke.root()).items() if name != "schema"}
    if values.pop(f"job:{job}", None) is not None:
        with one_step("Platewright: job settled"):
            keep(nuke.root(), values)
