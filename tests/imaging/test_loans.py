"""Memory for pictures is lent again, and never while anybody looks at it."""

from __future__ import annotations

import gc
import mmap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from platewright.imaging import loans
from platewright.imaging.loans import IDLE, lent, sparse


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    gc.collect()
    loans._spare.clear()
    yield
    loans._spare.clear()


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_what_came_back_is_lent_again() -> None:
    first = lent((600, 400, 3), np.float16)
    place = address(first)
    assert first.shape == (600, 400, 3) and first.dtype == np.float16 and first.flags.writeable
    del first
    again = lent((300, 400, 3), np.float32)  # as many bytes
    assert address(again) == place


def test_a_slice_keeps_it() -> None:
    whole = lent((400, 400), np.float32)
    part = whole[10:20, 5:9].T[1:]
    part[:] = 7
    place = address(whole)
    del whole
    other = lent((400, 400), np.float32)
    other[:] = 0
    assert address(other) != place and (part == 7).all()
    del part
    assert address(lent((400, 400), np.float32)) == place


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
    for make in (lent, sparse):
        with pytest.raises(MemoryError, match="bytes for a picture"):
            make((1 << 62,), np.uint8)
    assert sparse((0, 7), np.float32).shape == (0, 7)


def test_what_is_written_in_parts_is_never_lent_again() -> None:
    array = sparse((500, 300), np.float32)
    assert array.flags.writeable and array.flags.c_contiguous and not array.any()
    array[3:9] = 1
    del array
    assert not loans._spare


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell what memory is in use")
def test_what_is_written_in_parts_takes_memory_for_these() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

    size, before = 256 << 20, resident()
    array = sparse((size // 1024, 1024), np.uint8)
    array[: len(array) // 64] = 1
    assert size // 64 <= resident() - before + (1 << 20) and resident() - before < size // 8


def test_threads_never_share_it() -> None:
    def work(seed: int) -> bool:
        kept = True
        for turn in range(200):
            mine = lent((256, 256), np.int64)
            mine[:] = seed * 1000 + turn
            view = mine[3:, 3:]
            del mine
            kept = kept and bool((view == seed * 1000 + turn).all())
        return kept

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
