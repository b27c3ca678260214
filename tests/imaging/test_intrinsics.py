"""Halves become floats to the bit, on any processor; and uncounted rows are the array's own."""

import os
import subprocess
import sys
from typing import Any

import numba
import numpy as np
import pytest

from platewright.imaging.intrinsics import CONVERTS, float_of, uncounted
from platewright.synthesis.rows import unpack
from platewright.synthesis.sampling import HALF_VALUES, codes_of, decode

EVERY_CODE = np.arange(65536, dtype=np.uint16)


def check_every_half() -> None:
    """Each way from a half to a float, for each half there is: the same bits, and NaN where it is NaN."""
    bits = np.empty(65536, np.uint32)
    unpack(EVERY_CODE, HALF_VALUES, 65536, bits, bits.view(np.float32))
    codes, table = codes_of(EVERY_CODE.view(np.float16)[: 3 * 21845].reshape(1, 21845, 3))
    decoded = np.zeros((1, 21845, 3), np.float32)
    decode(codes, table, decoded, 0, 0)
    for found in (bits.view(np.float32), decoded.reshape(-1)):
        wanted = HALF_VALUES[: len(found)]
        numbers = ~np.isnan(wanted)
        assert np.array_equal(np.isnan(found), ~numbers)
        assert np.array_equal(found[numbers].view(np.uint32), wanted[numbers].view(np.uint32))


def test_every_half_becomes_its_float() -> None:
    check_every_half()


def test_so_it_does_and_back_where_the_processor_cannot_convert(tmp_path: Any) -> None:
    told = (
        "from tests.imaging import test_halves, test_intrinsics; test_intrinsics.check_every_half();"
        "ran = [test() for name, test in vars(test_halves).items() if name.startswith('test_')];"
        "print(len(ran), test_intrinsics.CONVERTS)"
    )
    plain = {**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", told], env=plain, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, "4 False"), done.stderr


@pytest.mark.skipif(not CONVERTS, reason="this processor has no instruction for it; any x86 since 2013 has")
def test_one_instruction_is_used_where_there_is_one() -> None:
    @numba.njit
    def one(codes: Any, out: Any) -> None:
        for t in range(len(codes)):
            out[t] = float_of(codes[t])

    out = np.empty(65536, np.float32)
    one(EVERY_CODE, out)
    assert np.array_equal(out, HALF_VALUES, equal_nan=True)
    code = next(iter(one.inspect_asm().values()))
    assert "__gnu_h2f" not in code and "__extendhf" not in code


def test_uncounted_rows_are_the_arrays_own_and_leave_it_alive() -> None:
    @numba.njit
    def double(picture: Any, parts: Any) -> None:
        picture, parts = uncounted(picture), uncounted(parts)
        for row in range(len(picture)):
            line, more = picture[row], parts[0][row]
            for t in range(len(line)):
                line[t] = 2 * line[t] + more[t]

    picture, more = np.ones((64, 32), np.float32), np.full((64, 32), 0.5, np.float32)
    for _ in range(100):
        picture[:] = 1
        double(picture, (more, picture))
    assert (picture == 2.5).all() and (more == 0.5).all()
    assert sys.getrefcount(picture) == 2 and sys.getrefcount(more) == 2
