"""What a control is, in plain words: its name, its label and help, its bounds, and when it is shown.

Standard library only and no Qt: the panel's widgets and Blender's properties are both made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Capability", "Choice", "Field", "Group", "Kind", "OperationKind", "Value"]

OperationKind = Literal["regenerate", "extend", "replace_sky"]
Kind = Literal[
    "text", "long_text", "whole", "number", "switch", "choice", "several", "frames", "file", "folder", "box",
]  # fmt: skip
"""several: some of what is offered, as names with commas between. box: four whole numbers as text, `x0 y0 x1 y1`, half
open, or empty. frames: as `1001-1016`, or empty."""

Value = str | int | float | bool | None
"""None means that Platewright chooses; only an `optional` field may have it."""

Capability = Literal["prompt", "references", "placing", "views", "script range"]
"""Of the chosen backend: prompt, references. Of the host: it places takes in a comp, its script has several views, its
script has a range of its own."""


@dataclass(frozen=True)
class Choice:
    """One of several: the value in the request, and what people read."""

    value: str
    label: str
    help: str = ""


@dataclass(frozen=True)
class Group:
    """A part of the panel that can be folded. advanced: folded until somebody opens it."""

    name: str
    label: str
    help: str
    advanced: bool = False


@dataclass(frozen=True)
class Field:
    """One control.

    name: the path in the request (`matte.grow`, `operation.pads.left`); `submission.…` for how a job is meant;
        `host.…` for what a host makes paths and frames of; `sky.…` for what composes the sky's formula.
    default: as the request has it, in `defaults` another one for an operation. optional: may be None, "automatic".
    unit: what a number counts. least, most, step: bounds of a number, both inside; most 0 with least 0 has no bound.
    operations: which show it. needs: shown only when the chosen backend, or the host, can do that.
    when: shown only while the other field has that value, or one of those of a tuple.
    remembered: kept between sessions and in presets; what belongs to one shot is not.
    """

    name: str
    group: str
    kind: Kind
    label: str
    help: str
    default: Value = ""
    defaults: tuple[tuple[OperationKind, Value], ...] = ()
    optional: bool = False
    unit: str = ""
    least: float | None = None
    most: float | None = None
    step: float = 1
    digits: int = 2
    choices: tuple[Choice, ...] = ()
    operations: tuple[OperationKind, ...] = ("regenerate", "extend", "replace_sky")
    needs: Capability | None = None
    when: tuple[str, Value | tuple[Value, ...]] | None = None
    remembered: bool = True

    def default_for(self, operation: str) -> Value:
        """What it begins with."""
        return dict(self.defaults).get(operation, self.default)  # type: ignore[call-overload, no-any-return]

    def shown(self, operation: str, values: Mapping[str, Value], can: frozenset[str]) -> bool:
        """Whether it is to be seen now. can: the capabilities of the chosen backend and of the host."""
        if operation not in self.operations or (self.needs is not None and self.needs not in can):
            return False
        if self.when is None:
            return True
        wanted = self.when[1] if isinstance(self.when[1], tuple) else (self.when[1],)
        return values.get(self.when[0]) in wanted

    def checked(self, value: object) -> Value:
        """The value if the field can hold it, else its default: a file of presets is data like all others."""
        if value is None:
            return None if self.optional else self.default
        if self.kind == "switch":
            return value if isinstance(value, bool) else self.default
        if self.kind in ("whole", "number"):
            return self._number(value)
        if not isinstance(value, str) or len(value) > 20_000:
            return self.default
        if self.kind == "choice" and self.choices and value not in {choice.value for choice in self.choices}:
            return self.default
        return value

    def _number(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
            return self.default
        if self.kind == "whole" and value != int(value if abs(value) < 1e15 else 0):
            return self.default
        low = value if self.least is None else max(value, self.least)
        kept = low if self.most is None else min(low, self.most)
        return int(kept) if self.kind == "whole" else float(kept)
