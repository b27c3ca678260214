"""A process of its own for looking at files: pictures to decode, takes to verify.

A hostile or broken picture can take a decoder down; it then takes this process, and not the server. The process is
started at the first question and again after it has died.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from platewright.contract.errors import EngineError

from .held import tidy_up

__all__ = ["Looker"]

T = TypeVar("T")
_log = logging.getLogger("platewright.engine")


def _begin() -> None:
    """In the new process: leave interrupts to the engine, and go when it goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tidy_up()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


class Looker:
    """The process, or as many as `processes`; one more question than `most_waiting` is refused."""

    def __init__(self, processes: int = 1, most_waiting: int = 200) -> None:
        self._processes = processes
        self._most = most_waiting
        self._waiting = 0
        self._pool: ProcessPoolExecutor | None = None

    async def ask(self, work: Callable[..., T], *given: Any, within_s: float) -> T:
        """`work(*given)` in the process; both must be importable there.

        Raises what `work` raises; EngineError `looking_failed` where the process died, `looking_too_slow` where it
        took longer than `within_s` seconds, `engine_busy` where too many wait.
        """
        if self._waiting >= self._most:
            raise EngineError("the engine has too much to look at", code="engine_busy", retry=True)
        pool = self._open()
        self._waiting += 1
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.wrap_future(pool.submit(work, *given))
        except TimeoutError:
            self._drop(pool)
            raise EngineError(
                f"a file could not be looked at within {within_s:.0f} seconds",
                code="looking_too_slow",
                hint="Check the disk or the share it lies on.",
                retry=True,
            ) from None
        except BrokenProcessPool as error:
            self._drop(pool)
            _log.warning("the looking process died")
            raise EngineError(
                "a file made the reader crash",
                code="looking_failed",
                hint="The file is probably damaged; `platewright inspect` may say more.",
            ) from error
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._drop(self._pool)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_begin)
        return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        """Give the pool up; what still runs in it is killed."""
        if self._pool is pool:
            self._pool = None
        running = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.kill()
