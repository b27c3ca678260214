"""What is asked for, but for the files, which a host brings: with its plate and matte it becomes submissions."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Literal

from platewright.contract.jobs import Submission
from platewright.contract.request import Base, Matte, Operation, Plate, Reference, Regenerate, Request, Rights
from platewright.contract.takes import Cost
from platewright.contract.windows import Box

__all__ = ["Asked", "Placing", "Rival"]


@dataclass(frozen=True)
class Placing:
    """How a take is to be placed, in hosts that place them: the artist's wishes, as in the table."""

    rewire: bool = False
    reformat: bool = False
    layers: bool = True
    disclose: bool = True


@dataclass(frozen=True)
class Rival:
    """A further generator that makes the same request. controls: its inputs that are not as they began."""

    backend: str
    controls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What is asked for, but for the files, which a host brings.

    frames: as typed, empty for all of the plate's, or of the script's where `range_of` says so; handles: further
    frames at both ends. takes: how many.
    matte: how a matte is to be read, its pattern empty; likewise `plate`, whose frames don't count.
    controls: the backend's further inputs, those that are not as they began. base: the earlier take to go on from.
    clean: a second element without grain is asked for too. rivals: a bake-off with these.
    """

    operation: Operation
    element: str
    root: str
    frames: str = ""
    handles: int = 0
    takes: int = 1
    matte: Matte = field(default_factory=lambda: Matte(""))
    colour_space: str = ""
    layer: str = ""
    references: tuple[Reference, ...] = ()
    region: Box | None = None
    prompt: str = ""
    seed: int = 0
    backend: str = "builtin"
    controls: dict[str, str] = field(default_factory=dict)
    rights: Rights = field(default_factory=Rights)
    meant: Submission | None = None
    accept_cost: Cost | None = None
    base: Base | None = None
    range_of: Literal["input", "root"] = "input"
    view: str = ""
    clean: bool = False
    placing: Placing = field(default_factory=Placing)
    rivals: tuple[Rival, ...] = ()

    @property
    def needs_matte(self) -> bool:
        """Only a regeneration can't do without one."""
        return isinstance(self.operation, Regenerate)

    def request(self, plate: Plate, matte: Matte | None, take: int = 1) -> Request:
        """The request for files that a host brings: what it knows of them wins over what was left empty here.

        Raises RequestError for an element's name that can't be.
        """
        known = replace(
            plate, colour_space=self.colour_space or plate.colour_space, layer=self.layer or plate.layer
        )  # fmt: skip
        read = None
        if matte is not None:
            read = replace(self.matte, pattern=matte.pattern, channel=self.matte.channel or matte.channel)
        return Request(
            self.operation, self.element, known, read, self.references, self.region, self.prompt, self.seed, take,
            self.backend, self.rights, base=self.base, controls=dict(self.controls),
        )  # fmt: skip

    def after(self, earlier: Request, version: int, own_matte: bool) -> Asked:
        """The same, read as an earlier take's plate was; own_matte: its matte is read again too, as it was then.

        What is taken over from a take has to have been asked for alike; what is chosen anew is everything else.
        """
        base = self.base if self.base is None else replace(self.base, version=self.base.version or version)
        found = replace(
            self, element=earlier.element, base=base, colour_space=earlier.plate.colour_space,
            layer=earlier.plate.layer, region=earlier.region,
        )  # fmt: skip
        if not own_matte or earlier.matte is None:
            return found
        return replace(found, matte=replace(earlier.matte, pattern=""))

    def each(self) -> tuple[Asked, ...]:
        """The same for each generator alone, the chosen one first."""
        alone = replace(self, rivals=())
        return (alone, *(replace(alone, backend=one.backend, controls=one.controls) for one in self.rivals))

    def submissions(self, plate: Plate, matte: Matte | None) -> tuple[Submission, ...]:
        """One submission for each take of each generator, with a key of its own; then those of clean twins."""
        return tuple(made for one in self.each() for made in one._alone(plate, matte))

    def _alone(self, plate: Plate, matte: Matte | None) -> tuple[Submission, ...]:
        meant = self.meant
        made = []
        wanted = [self.request(plate, matte, number) for number in range(1, self.takes + 1)]
        if self.clean and self.operation.grain:
            wanted += [_clean(request) for request in wanted]
        for request in wanted:
            plain = Submission(request, self.root, os.urandom(16).hex(), accept_cost=self.accept_cost)
            if meant is not None:
                plain = replace(
                    plain, intent=meant.intent, override=meant.override, anew=meant.anew, who=meant.who, why=meant.why,
                    priority=meant.priority,
                )  # fmt: skip
            made.append(plain)
        return tuple(made)


def _clean(request: Request) -> Request:
    """The same without grain, as an element of its own, which goes on from its own latest take."""
    base = None if request.base is None else replace(request.base, version=0)
    operation = replace(request.operation, grain=False)
    return replace(request, operation=operation, element=f"{request.element}_clean", base=base)
