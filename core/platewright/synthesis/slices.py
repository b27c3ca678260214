"""Running one kernel on every core by slices of its work, so that the result cannot depend on how many there are.

Kernels here release the interpreter's lock and take `start, stop`. Plain threads serve better than a parallel loop's
barrier: they do not spin when other work wants the cores, and several shots may be on their way in one process.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba

__all__ = ["in_slices"]


def in_slices(count: int, size: int, work: Callable[[int, int], object]) -> None:
    """Call `work(start, stop)` for every slice of `size` items of 0..count, on up to `numba.get_num_threads()`.

    The slices are the same whatever the number of threads. work: must write only what belongs to its own items, and
    read nothing that another slice writes.
    """
    slices = [(start, min(start + size, count)) for start in range(0, count, size)]
    threads = min(int(numba.get_num_threads()), len(slices))
    if threads < 2:
        for start, stop in slices:
            work(start, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, start, stop) for start, stop in slices]:
            done.result()
