"""Frame ranges: which frames, in the notations of the field.

A range is a sorted tuple of whole frame numbers; its text form is canonical, so that equal ranges have equal
text: `1001-1016`, `1001-1100x2`, `1001,1005-1009`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .errors import RequestError

__all__ = ["FrameRange", "MOST_FRAMES"]

MOST_FRAMES = 1_000_000
_PART = re.compile(r"(-?\d{1,9})(?:-(-?\d{1,9})(?:[x:](\d{1,6}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Sorted, distinct frame numbers; never empty."""

    numbers: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.numbers:
            raise RequestError("the frame range is empty", code="range_empty", hint="Name at least one frame.")
        if any(a >= b for a, b in zip(self.numbers, self.numbers[1:], strict=False)):
            object.__setattr__(self, "numbers", tuple(sorted(set(self.numbers))))

    @classmethod
    def parse(cls, text: str) -> FrameRange:
        """Read `1001`, `1001-1016`, `1001-1100x2` or several of them with commas.

        Raises RequestError with the code `range_invalid` for anything else, and for over a million frames.
        """
        numbers: list[int] = []
        for part in text.replace(" ", "").split(","):
            match = _PART.fullmatch(part)
            if not match:
                raise RequestError(
                    f"'{text[:80]}' is not a frame range",
                    code="range_invalid",
                    hint="Write it as 1001-1016, 1001-1100x2 or 1001,1005-1009.",
                )
            first = int(match[1])
            last = first if match[2] is None else int(match[2])
            step = int(match[3] or 1)
            if last < first or step < 1 or (last - first) // step >= MOST_FRAMES - len(numbers):
                raise RequestError(
                    f"the frame range '{part}' runs backwards or is too long",
                    code="range_invalid",
                    hint="Write the first frame before the last, as in 1001-1016.",
                )
            numbers.extend(range(first, last + 1, step))
        return cls(tuple(numbers))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> FrameRange:
        """The range of any frame numbers, in whatever order they come."""
        return cls(tuple(sorted(set(numbers))))

    @property
    def first(self) -> int:
        """The first frame number."""
        return self.numbers[0]

    @property
    def last(self) -> int:
        """The last frame number."""
        return self.numbers[-1]

    def with_handles(self, handles: int) -> FrameRange:
        """The range with as many further frames at both ends, in its own step at each end."""
        if handles < 0:
            raise RequestError("handles can't be negative", code="handles_invalid")
        numbers = self.numbers
        head = numbers[1] - numbers[0] if len(numbers) > 1 else 1
        tail = numbers[-1] - numbers[-2] if len(numbers) > 1 else 1
        before = tuple(numbers[0] - head * i for i in range(handles, 0, -1))
        after = tuple(numbers[-1] + tail * i for i in range(1, handles + 1))
        return FrameRange(before + numbers + after)

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, number: object) -> bool:
        return number in set(self.numbers)

    def __str__(self) -> str:
        parts: list[str] = []
        numbers = self.numbers
        start = 0
        while start < len(numbers):
            step = numbers[start + 1] - numbers[start] if start + 1 < len(numbers) else 1
            end = start
            while end + 1 < len(numbers) and numbers[end + 1] - numbers[end] == step:
                end += 1
            if end == start:
                parts.append(f"{numbers[start]}")
            elif end == start + 1 and step > 1:
                end = start
                parts.append(f"{numbers[start]}")
            else:
                parts.append(f"{numbers[start]}-{numbers[end]}" + (f"x{step}" if step > 1 else ""))
            start = end + 1
        return ",".join(parts)
