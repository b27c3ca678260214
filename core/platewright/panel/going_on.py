"""Going on from a take that is there: which one is meant, and what of it holds for what is asked for now.

Its frames that hold are taken over by the engine, byte for byte; here it is only found, and what was brought for it is
used again, so that nothing is rendered twice and nothing differs by chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import RequestError
from platewright.contract.request import Request

from .asked import Asked
from .host import Selection
from .take_work import root_of
from .words import tr

__all__ = ["Earlier", "earlier_of"]


@dataclass(frozen=True)
class Earlier:
    """A take by its place. matte_anew: the artist brings another matte; else the take's own is read again."""

    root: str
    element: str
    version: int
    matte_anew: bool

    @property
    def label(self) -> str:
        """`rig_v003`."""
        return f"{self.element}_v{self.version:03d}"

    def asked(self, asked: Asked, request: Request) -> Asked:
        """What is asked for, as the take was: only what the artist changes is another."""
        found = asked.after(request, self.version, own_matte=not self.matte_anew)
        return replace(found, root=self.root)


def earlier_of(asked: Asked, selection: Selection, takes: Iterable[TakeSummary]) -> Earlier | None:
    """The take that is meant: the selected one, else the one named; None where everything is made from the plate.

    takes: those below the folder, to find the latest. Raises RequestError `operation_not_for_takes`, `base_missing`.
    """
    wants_matte = asked.base is not None and asked.base.region
    if selection.element and selection.element == asked.element:
        if selection.operation and selection.operation != asked.operation.kind:
            raise RequestError(
                "a take can't be made again by another operation",
                code="operation_not_for_takes",
                hint="Select the plate, or the result of the take and not one of its own nodes.",
            )
        version = asked.base.version if asked.base is not None and asked.base.version else selection.version
        return Earlier(selection.root or asked.root, asked.element, version, wants_matte or _brings_matte(selection))
    if asked.base is None:
        return None
    found = [one.version for one in takes if one.element == asked.element and _same(root_of(one), asked.root)]
    if not found or asked.base.version not in (0, *found):
        raise RequestError(
            tr("there is no take of {element} to go on from", element=asked.element),
            code="base_missing",
            hint=tr("Choose one in the list of takes, or make everything."),
        )
    return Earlier(asked.root, asked.element, asked.base.version or max(found), wants_matte)


def _brings_matte(selection: Selection) -> bool:
    """Whether a matte of the artist's is selected beside the take."""
    return bool(selection.matte) and selection.matte != selection.plate


def _same(one: str, two: str) -> bool:
    return one.replace("\\", "/").rstrip("/") == two.replace("\\", "/").rstrip("/")
