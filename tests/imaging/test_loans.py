"""Memory for pictures is lent again, and never while anybody looks at it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from platewright.imaging import loans
from platewright.imaging.loans import IDLE, lent


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    gc.collect()
    loans._spare.clear()
    yield
    loans._spare.clear()


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_what_came_back_is_lent_again() -> None:
    first = lent((120, 80, 3), np.float16)
    place = address(first)
    assert first.shape == (120, 80, 3) and first.dtype == np.float16 and first.flags.writeable
    del first
    again = lent((60, 80, 3), np.float32)  # as many bytes
    assert address(again) == place


def test_a_slice_keeps_it() -> None:
    whole = lent((100, 100), np.float32)
    part = whole[10:20, 5:9].T[1:]
    part[:] = 7
    place = address(whole)
    del whole
    other = lent((100, 100), np.float32)
    other[:] = 0
    assert address(other) != place and (part == 7).all()
    del part
    assert address(lent((100, 100), np.float32)) == place


def test_no_more_waits_than_it_may() -> None:
    size = IDLE // 4
    held = [lent((size + n,), np.uint8) for n in range(8)]
    held.clear()
    assert sum(memory.nbytes for memory in loans._spare) <= IDLE
    assert loans._spare


def test_nothing_is_lent_for_nothing() -> None:
    assert lent((0, 7, 3), np.float32).shape == (0, 7, 3)
    assert not loans._spare


def test_more_than_there_is_says_so_as_memory_does() -> None:
    with pytest.raises(MemoryError, match="bytes for a picture"):
        lent((1 << 62,), np.uint8)


def test_threads_never_share_it() -> None:
    def work(seed: int) -> bool:
        kept = True
        for turn in range(200):
            mine = lent((64, 64), np.int64)
            mine[:] = seed * 1000 + turn
            view = mine[3:, 3:]
            del mine
            kept = kept and bool((view == seed * 1000 + turn).all())
        return kept

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
