"""Running one kernel on every core by slices of its work, so that the result cannot depend on how many there are.

Kernels here release the interpreter's lock and take `start, stop`. Plain threads serve better than a parallel loop's
barrier: they do not spin when other work wants the cores, and several shots may be on their way in one process. Who
asks works too, and takes slices for as long as there are any: where all cores are busy, a loop that gives each thread
its half waits for the one that has not begun (three quarters of fusion's time, beside reading and finishing).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numba

__all__ = ["at_once", "in_slices"]

_settings: Any = numba.config


def in_slices(count: int, size: int, work: Callable[[int, int], object]) -> None:
    """Call `work(start, stop)` for every slice of `size` items of 0..count, on up to `numba.get_num_threads()`.

    The slices are the same whatever the number of threads. work: must write only what belongs to its own items, and
    read nothing that another slice writes. Raises what it raises.
    """
    if count <= size:
        if count:
            work(0, count)
        return
    slices = iter([(start, min(start + size, count)) for start in range(0, count, size)])

    def take() -> None:
        for start, stop in slices:  # each goes to one thread: the interpreter's lock is held while one is taken
            work(start, stop)

    helping = min(int(numba.get_num_threads()), -(-count // size)) - 1
    helpers = [_helpers().submit(take) for _ in range(helping)]
    try:
        take()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]
        failed = [helper.exception() for helper in begun]
    for error in failed:
        if error is not None:
            raise error


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of a few tasks gives, done side by side. Raises what they raise."""
    done: dict[int, Any] = {}

    def work(start: int, stop: int) -> None:
        for place in range(start, stop):
            done[place] = tasks[place]()

    in_slices(len(tasks), 1, work)
    return [done[place] for place in range(len(tasks))]


@cache
def _helpers() -> ThreadPoolExecutor:
    """Threads that help whoever asks. One that has not begun when there is nothing left to do is not waited for: so
    it does no harm where they are busy elsewhere, or did not come along into a forked process."""
    return ThreadPoolExecutor(max(1, int(_settings.NUMBA_NUM_THREADS) - 1), thread_name_prefix="slices")
