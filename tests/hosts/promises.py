"""What every host promises of a take in its comp: one suite, passed by each adapter in its own host.

A host's tests build a `HostComp`, an artist's comp with a plate and a take of some of its frames, and hold each promise
against a fresh one. Needs numpy alone, because it also runs inside hosts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

__all__ = ["PROMISES", "HostComp"]


class HostComp(Protocol):
    """An artist's comp in a host, with a take of two versions that can be placed. Pictures are `(h, w, 4)` float32."""

    element: str
    frames: tuple[int, ...]
    """Frames that the take has."""
    outside: tuple[int, ...]
    """Frames of the plate that it has not."""

    def place(self) -> None:
        """Place version 1, as the artist's command does, in one step of undo."""

    def plate(self, frame: int) -> np.ndarray:
        """The plate as the host has it."""

    def matte(self, frame: int) -> np.ndarray:
        """The take's blend matte, `(h, w)`."""

    def shown(self, frame: int) -> np.ndarray:
        """What the comp gives."""

    def text(self) -> str:
        """The comp as text: every node, setting and link."""

    def undo(self) -> None:
        """One step of the host's own undo."""

    def step(self) -> None:
        """Show the next version, as the artist's command does."""

    def placed(self) -> tuple[str, int]:
        """Element and version that the comp says are placed."""

    def open_again(self) -> None:
        """Save the comp and open it."""

    def shown_without_us(self, frame: int) -> np.ndarray:
        """What the saved comp gives in a host that has never heard of us."""

    def scripts(self) -> list[str]:
        """Everything in the comp that the host would run as a script of ours."""

    def place_where_it_does_not_fit(self) -> Exception | None:
        """Place it on a plate of another size; what was raised."""


def check_nothing_outside_the_matte_changes(comp: HostComp) -> None:
    """On every frame of the take, bit for bit: NaN, infinity and -0.0 included; inside, something does."""
    before = {frame: comp.plate(frame) for frame in comp.frames}
    comp.place()
    changed = 0
    for frame in comp.frames:
        was, now, free = before[frame], comp.shown(frame), comp.matte(frame) == 0
        assert _bits(was)[free].tobytes() == _bits(now)[free].tobytes(), f"frame {frame}"
        changed += int((_bits(was)[~free] != _bits(now)[~free]).sum())
    assert changed > 300


def check_frames_without_a_take_show_the_plate(comp: HostComp) -> None:
    """Before, after and in between: the same values (a host may turn -0.0 into 0.0 where no file is)."""
    comp.place()
    for frame in comp.outside:
        assert np.array_equal(comp.shown(frame), comp.plate(frame), equal_nan=True), f"frame {frame}"


def check_one_undo_brings_the_comp_back(comp: HostComp) -> None:
    """The identical comp, not one like it."""
    before = comp.text()
    comp.place()
    assert comp.text() != before
    comp.undo()
    assert comp.text() == before, f"{comp.text()}\n--- is not ---\n{before}"


def check_a_farm_without_us_gives_the_same(comp: HostComp) -> None:
    """Bit for bit, and nothing in the comp is a script of ours."""
    comp.place()
    assert comp.scripts() == []
    for frame in (comp.frames[0], comp.outside[0]):
        assert _bits(comp.shown(frame)).tobytes() == _bits(comp.shown_without_us(frame)).tobytes(), f"frame {frame}"


def check_an_opened_comp_knows_its_take(comp: HostComp) -> None:
    """Element and version are read back from the file."""
    comp.place()
    comp.open_again()
    assert comp.placed() == (comp.element, 1)


def check_another_version_is_shown_by_the_same_nodes(comp: HostComp) -> None:
    """The plate outside stays, the picture inside changes, and one undo goes back."""
    comp.place()
    frame = comp.frames[0]
    first, before = comp.shown(frame), comp.text()
    comp.step()
    assert comp.placed() == (comp.element, 2)
    second, free = comp.shown(frame), comp.matte(frame) == 0
    assert _bits(second)[free].tobytes() == _bits(comp.plate(frame))[free].tobytes()
    assert not np.array_equal(_bits(first), _bits(second))
    comp.undo()
    assert comp.text() == before, f"{comp.text()}\n--- is not ---\n{before}"


def check_what_does_not_fit_is_refused_and_leaves_no_trace(comp: HostComp) -> None:
    """A sentence, a hint, a code, and the comp as it was."""
    before = comp.text()
    error = comp.place_where_it_does_not_fit()
    assert getattr(error, "code", "") == "format_differs" and getattr(error, "hint", "")
    assert comp.text() == before


PROMISES: tuple[Callable[[HostComp], None], ...] = (
    check_nothing_outside_the_matte_changes,
    check_frames_without_a_take_show_the_plate,
    check_one_undo_brings_the_comp_back,
    check_a_farm_without_us_gives_the_same,
    check_an_opened_comp_knows_its_take,
    check_another_version_is_shown_by_the_same_nodes,
    check_what_does_not_fit_is_refused_and_leaves_no_trace,
)


def _bits(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture, np.float32).view(np.uint32)
