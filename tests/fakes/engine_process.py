"""A real engine process over the desk in memory: `python -m tests.fakes.engine_process [seconds a job takes]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from platewright.contract.endpoint import state_folder
from platewright.contract.errors import PlatewrightError
from platewright.engine.running import Plan, run
from platewright.logs.files import log_to
from platewright.settings.layers import load_settings
from tests.fakes.memory_desk import MemoryDesk


@contextmanager
def desk() -> Iterator[MemoryDesk]:
    yield MemoryDesk(seconds=float(sys.argv[1]) if len(sys.argv) > 1 else None)


if __name__ == "__main__":
    state = state_folder()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_to(state, "engine", "debug")
    try:
        run(
            Plan(
                state,
                load_settings(),
                desk,
                command=(sys.executable, "-m", "tests.fakes.engine_process", *sys.argv[1:]),
            )
        )
    except PlatewrightError as error:
        sys.exit(error.exit_code)
