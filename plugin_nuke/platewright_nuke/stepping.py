"""Another take of a placement: the Read shows it, and nothing of the artist's is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nuke

from platewright.contract.errors import RequestError
from platewright.contract.takes import file_names

from .paths import evaluated, swapped_name
from .reading import range_knobs
from .shapes import Shape, shape_of
from .state import keep, kept, nodes_with
from .takes import Take, load, version_named, versions
from .telling import backdrop_label, disclosure
from .undoing import one_step

__all__ = ["folder_of", "read_of", "show", "shown_version", "step"]


def read_of(node: Any) -> Any:
    """The Read of the placement that a node belongs to. Raises RequestError `not_a_placement`."""
    values = kept(node)
    if values.get("role") == "read":
        return node
    group = node.parent() or nuke.root()
    read = nodes_with(str(values.get("placement", "")), group).get("read")
    if read is None:
        raise RequestError(
            f"{node.name()} does not belong to a take",
            code="not_a_placement",
            hint="Select a node of the take's group, its Read for example.",
        )
    return read


def folder_of(read: Any) -> Path:
    """The folder that a placement's takes lie in."""
    return Path(evaluated(read["file"], int(read["first"].value()))).parent


def shown_version(read: Any) -> int:
    """The version that the file's name says: version keys change it without asking us; 0 for another file."""
    return version_named(str(kept(read).get("element", "")), str(read["file"].value()).rpartition("/")[2])


def step(node: Any, by: int) -> Take:
    """Show the next finished take (`by` 1), or the one before (-1). Raises RequestError `no_more_takes`."""
    read = read_of(node)
    there = versions(folder_of(read), str(kept(read).get("element", "")))
    now = shown_version(read) or int(kept(read).get("version", 0))
    wanted = [one for one in there if one > now] if by > 0 else [one for one in reversed(there) if one < now]
    if not wanted:
        raise RequestError(
            "there is no later take" if by > 0 else "there is no earlier take",
            code="no_more_takes",
            hint=f"This element has {', '.join(f'v{one:03d}' for one in there) or 'no take here'}.",
        )
    return show(read, wanted[min(abs(by), len(wanted)) - 1])


def show(node: Any, version: int) -> Take:
    """Show a take of the same element, as one undo step.

    Raises StorageError `take_missing`; RequestError `take_does_not_fit` where other nodes would be needed for it.
    """
    read = read_of(node)
    values = kept(read)
    element = str(values.get("element", ""))
    take = load(folder_of(read) / file_names(element, version)[1])
    shape = str(values.get("shape", ""))
    wanted = shape_of(take.record, shape == Shape.REFORMATTED.value, shape == Shape.SKY_LAYERS.value)
    if wanted.value != shape:
        raise RequestError(
            f"{take.label} is {wanted.value}, but the nodes here are for {shape}",
            code="take_does_not_fit",
            hint="Place it anew from the panel.",
        )
    group = read.parent() or nuke.root()
    others = nodes_with(str(values["placement"]), group)
    with one_step(f"Platewright: {take.label}"), group:
        for name, value in {"file": swapped_name(str(read["file"].value()), take.pattern), **range_knobs(take)}.items():
            read[name].setValue(value)
        keep(read, {**values, "version": version, "request": take.record.request_hash, "job": ""})
        if "backdropnode" in others:
            others["backdropnode"]["label"].setValue(backdrop_label(take))
        if "modifymetadata" in others:
            others["modifymetadata"]["metadata"].fromScript(disclosure(take, read))
    return take
