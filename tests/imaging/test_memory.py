"""Dropped frames go back to the system."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
from platewright.imaging.memory import return_dropped_frames
assert return_dropped_frames()
def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
before = held()
frames = [np.ones(12_000_000 // 4, np.float32) for _ in range(20)]
small = [np.ones(100_000 // 4, np.float32) for _ in range(20)]
full = held() - before
del frames
print(full, held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc, whose switch this is")
def test_dropped_frames_leave_the_process() -> None:
    assert resource.getpagesize() > 0
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    full, left = (int(word) for word in done.stdout.split())
    assert full > 200_000_000
    assert left < 20_000_000
