"""The window slides as designed: whole short shots, bounded long ones, every frame read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from platewright.operations.window import NEAR, slide


@dataclass(frozen=True)
class Number:
    number: int


@pytest.mark.parametrize(("total", "window"), [(1, 24), (5, 24), (24, 24), (25, 24), (100, 24), (7, 2), (9, 5)])
def test_each_target_sees_a_full_window_and_no_frame_is_read_twice(total: int, window: int) -> None:
    held: set[int] = set()
    entered: list[int] = []

    begun: list[int] = []

    def enter(frame: Number) -> Callable[[], None]:
        assert begun == entered, "one frame after the other"
        begun.append(frame.number)

        def end() -> None:
            held.add(frame.number)
            entered.append(frame.number)

        return end

    targets = []
    for frame, near in slide((Number(n) for n in range(total)), total, window, enter, held.discard):
        targets.append(frame.number)
        assert len(begun) == min(total, len(entered) + 1), "the next one is begun before a target is made"
        inside = [n for n in held if 0 < abs(n - frame.number) <= NEAR]
        assert sorted(other.number for other in near) == sorted(inside)
        steps = [abs(other.number - frame.number) for other in near]
        assert steps == sorted(steps)
        assert frame.number in held
        assert len(held) == min(total, window)
        assert max(held) - min(held) == len(held) - 1
        reach = min(frame.number - min(held), max(held) - frame.number)
        at_an_end = min(held) == 0 or max(held) == total - 1
        assert at_an_end or reach >= (window - 1) // 2
    assert targets == list(range(total)) == entered
