# SPDX-License-Identifier: GPL-3.0-or-later
"""Going on from a take: its bad frames alone, or a smaller matte in it, are made again; all else stays, bit for bit.

The engine takes the kept frames over as files. Here the take is found, and what it was made from is asked for again, so
that nothing differs by chance.
"""

from __future__ import annotations

import os
from dataclasses import replace

from platewright.contract.errors import MatteError, RequestError
from platewright.contract.request import Extend
from platewright.panel.asking import Asked

from .placing import Placement
from .preparing import Prepared
from .sequencer import Laid
from .takes import Take, load, versions_in

__all__ = ["going_on", "gone_on"]


def gone_on(prepared: Prepared, placed: Placement | Laid | None) -> Prepared:
    """The same, going on from the take that the controls name, else from the placed one, else from the latest.

    As it was where the controls ask for everything. Raises RequestError `base_missing`, and as `going_on`.
    """
    asked = prepared.asked
    if asked.base is None:
        return prepared
    shown = placed if placed is not None and placed.element == asked.element else None
    root = shown.root if shown is not None else asked.root
    return going_on(prepared, load(_record(asked, root, shown.version if shown is not None else 0)))


def going_on(prepared: Prepared, take: Take) -> Prepared:
    """The same, going on from a take: its plate, its frames, and its own matte where the artist brings no smaller one.

    Raises RequestError `operation_not_for_takes`, `base_other_plate`; MatteError `matte_missing`.
    """
    asked, then = prepared.asked, take.record.request
    assert asked.base is not None
    if then.operation.kind != asked.operation.kind:
        raise RequestError(
            f"{take.label} was made by another operation",
            code="operation_not_for_takes",
            hint="Choose the operation that it was made by.",
        )
    if then.plate.pattern != prepared.plate.pattern:
        raise RequestError(
            f"{take.label} was made from {os.path.basename(then.plate.pattern)}, and that is not the plate here",
            code="base_other_plate",
            hint="Select the plate that the take was made from.",
        )
    own = not asked.base.region
    if own and then.matte is None and asked.needs_matte:
        raise MatteError(f"{take.label} was made without a matte", code="matte_missing", hint="Make everything anew.")
    found = asked.after(then, take.record.version, own_matte=own)
    if isinstance(found.operation, Extend) and isinstance(then.operation, Extend):
        found = replace(found, operation=replace(found.operation, pads=then.operation.pads,
                                                 grow_display=then.operation.grow_display))  # fmt: skip
    found = replace(found, root=take.root)
    return replace(prepared, asked=found, frames=then.plate.frames, given=then.plate, matte=then.matte if own else None)


def _record(asked: Asked, root: str, shown: int) -> str:
    """The record's file. Raises RequestError `base_missing`."""
    assert asked.base is not None
    there = versions_in(root, asked.element)
    version = asked.base.version or shown or max(there, default=0)
    if version not in there:
        raise RequestError(
            f"there is no take of {asked.element} to go on from",
            code="base_missing",
            hint="Choose one in the list of takes, or make everything.",
        )
    return os.path.join(root, asked.element, f"{asked.element}_v{version:03d}.take.json")
