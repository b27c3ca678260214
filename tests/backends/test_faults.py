"""Under random faults no job is charged twice; `bench/faults.py` does it a thousand times each.

Which faults are drawn follows from the seed and the backend's name, so that no two go through the same ones.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.backends.deaths import run_dying
from tests.backends.faults import VENDORS, run


@pytest.mark.parametrize("name", VENDORS)
def test_no_job_is_charged_twice_whatever_goes_wrong(name: str, tmp_path: Path) -> None:
    tally = run(name, 10, tmp_path / "run", seed=3)
    assert tally.is_right, tally
    assert len(tally.faults) >= 3 and sum(tally.states.values()) == 10, tally
    assert not set(tally.states) - {"done", "failed", "refused", "unknown"}, tally.states


@pytest.mark.parametrize("name", ["stability-inpaint", "router-bfl-fill", "firefly-fill"])
def test_no_job_is_charged_twice_by_workers_that_are_killed(name: str, tmp_path: Path) -> None:
    # In a process of its own: what forks may have no threads, and other tests have left those of the libraries here.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        tally = pool.submit(run_dying, name, 6, tmp_path / "run", seed=5).result()
    assert tally.is_right, tally
    assert tally.deaths >= 1 and not set(tally.states) - {"done", "failed", "refused", "unknown"}, tally
