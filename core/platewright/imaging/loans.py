"""Memory for pictures that is lent and comes back: to map and clear fresh memory takes longer than to fill it.

Whole frames come and go with every step of a shot, all of one size. What is lent comes back by itself when nothing
looks at it any more, not even a slice of a slice.
"""

from __future__ import annotations

import math
import mmap
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["IDLE", "LEAST", "cleared", "lent", "sparse"]

IDLE = 32 * 1024 * 1024
"""Bytes that may wait to be lent again: a few frames, and little to keep where the shot has ended."""
LEAST = 256 * 1024
"""Bytes from which on memory is worth lending."""
_OWN: dict[str, int] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
"""Unless told, memory is mapped to be shared with child processes, which costs more; Windows has no such choice."""
_spare: deque[npt.NDArray[np.uint8]] = deque()


class _Loan:
    """Who owns the pixels of an array, as numpy sees it: alive as long as any array that looks at them."""

    def __init__(self, memory: npt.NDArray[np.uint8], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._memory = memory
        data = memory.__array_interface__["data"]
        self.__array_interface__ = {"shape": shape, "typestr": dtype.str, "data": data, "version": 3}

    def __del__(self) -> None:
        _spare.append(self._memory)
        while sum(memory.nbytes for memory in tuple(_spare)) > IDLE:
            _taken()


def lent(shape: tuple[int, ...], kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array of a shape and type, its content anything. Raises MemoryError.

    Pages that nobody touches take no memory: it is a mapping of its own, without the huge pages that numpy asks for.
    """
    dtype = np.dtype(kind)
    size = math.prod(shape) * dtype.itemsize
    if size < LEAST:
        return np.empty(shape, dtype)
    whole = _rounded(size)
    for _ in range(len(_spare)):
        memory = _taken()
        if memory is None:
            break
        if memory.nbytes == whole:
            return np.asarray(_Loan(memory, shape, dtype))
        _spare.append(memory)
    return np.asarray(_Loan(_mapped(whole), shape, dtype))


def cleared(shape: tuple[int, ...], kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """As lent, all 0. numpy's own zeros keep every other Python thread waiting while memory is cleared."""
    array = lent(shape, kind)
    array.fill(0)
    return array


def sparse(shape: tuple[int, ...], kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array, all 0, of which only parts will be written; the rest takes no memory. Raises MemoryError.

    Lent memory would not do: what its last borrowers wrote elsewhere is still there, and piles up along a shot.
    """
    dtype, count = np.dtype(kind), math.prod(shape)
    return _mapped(max(1, count * dtype.itemsize))[: count * dtype.itemsize].view(dtype).reshape(shape)


def _mapped(size: int) -> npt.NDArray[np.uint8]:
    try:
        return np.frombuffer(mmap.mmap(-1, size, **_OWN), np.uint8)
    except OSError as error:
        raise MemoryError(f"{size} bytes for a picture") from error


def _rounded(size: int) -> int:
    """The size that is lent: up by an eighth at most, so that what changes a little from frame to frame fits again."""
    step = max(mmap.PAGESIZE, 1 << max(0, size.bit_length() - 4))
    return -(-size // step) * step


def _taken() -> npt.NDArray[np.uint8] | None:
    """The memory that has waited longest; None where another thread was faster. A deque needs no lock for that, which
    the end of a loan, at any moment of any thread, could wait for in vain."""
    try:
        return _spare.popleft()
    except IndexError:
        return None
