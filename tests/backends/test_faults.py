"""Under random faults no job is charged twice; `bench/faults.py` does it a thousand times each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backends.faults import VENDORS, run


@pytest.mark.parametrize("name", VENDORS)
def test_no_job_is_charged_twice_whatever_goes_wrong(name: str, tmp_path: Path) -> None:
    tally = run(name, 18, tmp_path / "run", seed=3)
    assert tally.most <= 1 and tally.unpaid == 0
    assert len(tally.faults) >= 4, tally.faults
    assert tally.states["done"] >= 4, tally.states
    assert not set(tally.states) - {"done", "failed", "refused", "unknown"}, tally.states
