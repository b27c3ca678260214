"""Running one kernel on every core by slices of its work, so that the result cannot depend on how many there are.

Kernels here release the interpreter's lock and take `start, stop`. Plain threads serve better than a parallel loop's
barrier: they do not spin when other work wants the cores, and several shots may be on their way in one process.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba

__all__ = ["in_slices"]

_SMALLEST = 512  # items below which a thread costs more than it brings


def in_slices(count: int, work: Callable[[int, int], object]) -> None:
    """Call `work(start, stop)` so that every item of 0..count is covered once, on up to `numba.get_num_threads()`.

    work: must write only what belongs to its own items, and read nothing that another slice writes.
    """
    threads = min(int(numba.get_num_threads()), count // _SMALLEST)
    if threads < 2:
        work(0, count)
        return
    slices = 4 * threads
    edges = [count * i // slices for i in range(slices + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, start, stop) for start, stop in zip(edges, edges[1:], strict=False)]:
            done.result()
